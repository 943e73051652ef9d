//! The small file beside the database: which generation serves, and the last commit that was synced.
//!
//! Two sectors, written in turn and synced: whatever a crash does to one, the other holds the commit before.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use sha2::{Digest, Sha256};

use crate::Fault;
use crate::codec::{Reader, Writer};
use crate::slots::sync_directory_of;

const SECTOR: usize = 512;

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Head {
    /// The directory that serves is `db-<generation>`.
    pub(crate) generation: u64,
    /// The database holds this commit, or a later one.
    pub(crate) commit: u64,
}

/// The file.
pub(crate) struct HeadFile {
    file: File,
    last: Mutex<(Head, u64)>,
}

impl HeadFile {
    /// Opens the file; `None` when it is not there.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Fault> {
        let io = |source| Fault::Io { what: "opening the head file", source };
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        let mut newest: Option<(Head, u64)> = None;
        for turn in 0..2 {
            let mut bytes = [0; SECTOR];
            let found =
                file.read_exact_at(&mut bytes, turn * SECTOR as u64).is_ok().then(|| parse(&bytes)).flatten();
            newest = newest.into_iter().chain(found.map(|head| (head, turn))).max();
        }
        let last = newest.ok_or_else(|| Fault::Damaged("the head file beside the database".to_owned()))?;
        Ok(Some(Self { file, last: Mutex::new(last) }))
    }

    /// Makes the file; durable when this returns.
    pub(crate) fn create(path: &Path, head: Head) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "making the head file", source };
        let mut open = OpenOptions::new();
        let file =
            open.read(true).write(true).create(true).truncate(true).mode(0o600).open(path).map_err(io)?;
        file.write_all_at(&[0; 2 * SECTOR], 0).map_err(io)?;
        let made = Self { file, last: Mutex::new((head, 1)) };
        made.write(head)?;
        made.file.sync_all().map_err(io)?;
        sync_directory_of(path)?;
        Ok(made)
    }

    /// What it says.
    pub(crate) fn head(&self) -> Head {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Writes a newer head; durable when this returns.
    pub(crate) fn write(&self, head: Head) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "writing the head file", source };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = 1 - last.1;
        let mut writer = Writer::default();
        let body = writer.u64(head.generation).u64(head.commit).done();
        let check = Sha256::digest(&body);
        let mut sector = [0; SECTOR];
        for (to, from) in sector.iter_mut().zip(body.iter().chain(&check)) {
            *to = *from;
        }
        self.file.write_all_at(&sector, turn * SECTOR as u64).map_err(io)?;
        self.file.sync_data().map_err(io)?;
        *last = (head, turn);
        Ok(())
    }
}

fn parse(sector: &[u8]) -> Option<Head> {
    let (body, rest) = sector.split_at_checked(16)?;
    if Sha256::digest(body).as_slice() != rest.get(..32)? {
        return None;
    }
    let reader = &mut Reader::new(body);
    Some(Head { generation: reader.u64()?, commit: reader.u64()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_head_leaves_the_one_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("head");
        let file = HeadFile::create(&path, Head { generation: 1, commit: 1 }).unwrap();
        file.write(Head { generation: 1, commit: 2 }).unwrap();
        file.write(Head { generation: 1, commit: 3 }).unwrap();
        drop(file);
        let commit = || HeadFile::open(&path).unwrap().unwrap().head().commit;
        assert_eq!(commit(), 3);
        // Commit 1 went to the first sector, so 3 did too.
        File::options().write(true).open(&path).unwrap().write_all_at(&[0xff; 20], 0).unwrap();
        assert_eq!(commit(), 2);
        File::options().write(true).open(&path).unwrap().write_all_at(&[0xff; 20], SECTOR as u64).unwrap();
        assert!(matches!(HeadFile::open(&path), Err(Fault::Damaged(_))));
    }
}
