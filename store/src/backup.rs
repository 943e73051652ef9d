//! The file of a backup: every record as the database keeps it, sealed once more under a key of the operator's.
//!
//! ```text
//! "samenloop-backup/2\n" ‖ 32 random bytes ‖ frames
//! frame   u32 length ‖ nonce ‖ ciphertext ‖ tag      sealed to the random bytes, its number and being last
//! ```
//!
//! The first frame says what the backup is of. No key is in it: what a record is sealed under stays in the hub's
//! directory of secrets (P-30), and arrivals that wait are left out, as their keys are forgotten within a tick.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use samenloop_core::value::Day;
use zeroize::Zeroizing;

use crate::Fault;
use crate::codec::{Reader, Writer, day, read_day};
use crate::seal::{self, Key, hmac, lp};
use crate::slots::sync_directory_of;

const MAGIC: &[u8; 19] = b"samenloop-backup/2\n";
/// Bytes that a frame gathers before it is written; one record more may be in it.
const FRAME: usize = 1 << 20;
/// No frame that we write is longer.
const MAX_FRAME: usize = 2 << 20;

/// What a backup is of; nothing of it is about one child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The exchange.
    pub exchange: String,
    /// The day it was made.
    pub made: Day,
    /// Commits of the database at that moment.
    pub commit: u64,
    /// The last tick before it.
    pub tick: u64,
    /// Records.
    pub records: u64,
}

/// A record: key and value.
pub(crate) type Record = (Vec<u8>, Vec<u8>);

/// A backup that is being written. Until [`Self::finish`] it has another name, which ends in `.part`: whatever stops it
/// leaves no half of a backup under the name of one.
pub(crate) struct Written {
    file: BufWriter<File>,
    part: PathBuf,
    key: Key,
    salt: [u8; 32],
    frames: u64,
    records: Vec<u8>,
}

fn io(source: std::io::Error) -> Fault {
    Fault::Io { what: "the file of the backup", source }
}

fn unfit(what: &str) -> Fault {
    Fault::Damaged(format!("the backup {what}"))
}

fn frame_key(key: &Key, salt: &[u8; 32]) -> Key {
    Key::new(hmac(key, &[&lp(b"samenloop/v1/hub/backup"), salt]))
}

fn place(salt: &[u8; 32], number: u64, is_last: bool) -> Vec<u8> {
    [&lp(b"samenloop/v1/hub/backup/frame")[..], salt, &number.to_be_bytes(), &[u8::from(is_last)]].concat()
}

impl Written {
    /// Begins a file, which may not be there yet, of mode 0600. What a backup that was stopped left goes.
    pub(crate) fn create(path: &Path, key: &Key, contents: &Contents) -> Result<Self, Fault> {
        if path.try_exists().map_err(io)? {
            let source = std::io::Error::new(ErrorKind::AlreadyExists, "the file is there already");
            return Err(io(source));
        }
        let part = part_of(path);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(io)?;
        let mut salt = [0; 32];
        seal::random(&mut salt)?;
        let mut file = BufWriter::new(file);
        file.write_all(MAGIC).and_then(|()| file.write_all(&salt)).map_err(io)?;
        let mut written =
            Self { file, part, key: frame_key(key, &salt), salt, frames: 0, records: Vec::new() };
        let mut writer = Writer::default();
        writer.text(&contents.exchange);
        day(&mut writer, contents.made);
        writer.u64(contents.commit).u64(contents.tick).u64(contents.records);
        written.frame(&writer.done(), false)?;
        Ok(written)
    }

    fn frame(&mut self, plain: &[u8], is_last: bool) -> Result<(), Fault> {
        let sealed = seal::seal(&self.key, &place(&self.salt, self.frames, is_last), plain)?;
        let mut writer = Writer::default();
        let length = writer.length(sealed.len()).done();
        self.file.write_all(&length).and_then(|()| self.file.write_all(&sealed)).map_err(io)?;
        self.frames += 1;
        Ok(())
    }

    pub(crate) fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let mut writer = Writer::default();
        let record = writer.length(key.len()).bytes(key).length(value.len()).bytes(value).done();
        self.records.extend(record);
        if self.records.len() >= FRAME {
            let records = std::mem::take(&mut self.records);
            self.frame(&records, false)?;
        }
        Ok(())
    }

    /// Ends the file; on disk when this returns.
    pub(crate) fn finish(mut self, path: &Path) -> Result<u64, Fault> {
        let records = std::mem::take(&mut self.records);
        self.frame(&records, true)?;
        self.file.flush().map_err(io)?;
        self.file.get_ref().sync_all().map_err(io)?;
        std::fs::rename(&self.part, path).map_err(io)?;
        sync_directory_of(path)?;
        self.file.get_ref().metadata().map(|it| it.len()).map_err(io)
    }
}

/// The name of a file that is not whole yet.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// A backup that is being read.
pub struct Backup {
    frames: Frames,
    contents: Contents,
}

struct Frames {
    file: BufReader<File>,
    key: Key,
    salt: [u8; 32],
    number: u64,
}

impl Frames {
    /// The next frame, and whether it is the last.
    fn next(&mut self) -> Result<(Zeroizing<Vec<u8>>, bool), Fault> {
        let mut length = [0; 4];
        self.file.read_exact(&mut length).map_err(cut)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Err(unfit("was changed"));
        }
        let mut sealed = vec![0; length];
        self.file.read_exact(&mut sealed).map_err(cut)?;
        let open = |is_last| seal::open(&self.key, &place(&self.salt, self.number, is_last), &sealed);
        let opened = match open(false) {
            Some(plain) => Some((plain, false)),
            None => open(true).map(|plain| (plain, true)),
        };
        self.number += 1;
        opened.ok_or_else(|| unfit("does not open: it was changed, or is of another key"))
    }
}

impl Backup {
    /// Opens a file with its key, and reads what it is of.
    ///
    /// # Errors
    /// [`Fault::Io`] when it cannot be read, [`Fault::Damaged`] when it is no backup, or not under this key.
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Self, Fault> {
        let mut file = BufReader::new(File::open(path).map_err(io)?);
        let (mut magic, mut salt) = ([0; MAGIC.len()], [0; 32]);
        file.read_exact(&mut magic).and_then(|()| file.read_exact(&mut salt)).map_err(cut)?;
        if magic != *MAGIC {
            return Err(unfit("is none"));
        }
        let mut frames = Frames { file, key: frame_key(&Key::new(*key), &salt), salt, number: 0 };
        let (plain, is_last) = frames.next()?;
        let contents = read_contents(&plain).filter(|_| !is_last);
        Ok(Self { frames, contents: contents.ok_or_else(|| unfit("does not say what it is of"))? })
    }

    /// What it is of.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Gives every record, some at a time. What was given counts for nothing until this returns without fault: only then
    /// is the file known to be whole.
    ///
    /// # Errors
    /// [`Fault`]: of the file, or of `take`.
    pub fn each(mut self, mut take: impl FnMut(Vec<Record>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut seen = 0;
        loop {
            let (plain, is_last) = self.frames.next()?;
            let records = read_records(&plain).ok_or_else(|| unfit("holds half a record"))?;
            seen += records.len() as u64;
            take(records)?;
            if is_last {
                break;
            }
        }
        let beyond = self.frames.file.read(&mut [0; 1]).map_err(io)?;
        if beyond == 0 && seen == self.contents.records { Ok(()) } else { Err(unfit("was changed")) }
    }
}

fn cut(_: std::io::Error) -> Fault {
    unfit("was cut")
}

fn read_contents(plain: &[u8]) -> Option<Contents> {
    let reader = &mut Reader::new(plain);
    let (exchange, made) = (reader.text()?.to_owned(), read_day(reader)?);
    Some(Contents { exchange, made, commit: reader.u64()?, tick: reader.u64()?, records: reader.u64()? })
}

fn read_records(plain: &[u8]) -> Option<Vec<Record>> {
    let reader = &mut Reader::new(plain);
    let mut records = Vec::new();
    while !reader.is_empty() {
        records.push((reader.part()?.to_vec(), reader.part()?.to_vec()));
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use samenloop_core::fixture;

    use super::*;

    fn begun(path: &Path) -> Result<Written, Fault> {
        let contents =
            Contents { exchange: "zhz".into(), made: fixture::today(), commit: 1, tick: 1, records: 1 };
        Written::create(path, &Key::new([7; 32]), &contents)
    }

    /// V-25: a backup that was killed is no backup, and stands in the way of none.
    #[test]
    fn a_backup_has_its_name_once_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hub.backup");
        drop(begun(&path).unwrap());
        assert!(!path.exists(), "what was stopped half-way");
        let mut written = begun(&path).unwrap();
        written.record(b"key", b"value").unwrap();
        written.finish(&path).unwrap();
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(names, std::slice::from_ref(&path));
        Backup::open(&path, &[7; 32]).unwrap().each(|_| Ok(())).unwrap();
        assert!(matches!(begun(&path), Err(Fault::Io { .. })), "nothing is overwritten");
    }
}
