//! A file of slots where keys can be forgotten: written and overwritten in place, and synced.
//!
//! Preallocated, so that nothing moves when a key comes or goes. A file system or drive that copies on write
//! may still keep old blocks; whoever must be sure puts a TPM or KMS behind the `Secrets` seam (P-33).

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Fault;
use crate::codec::{Reader, Writer};

/// One slot is one sector, so that it is written whole.
const SLOT: usize = 512;
const SLOTS: usize = 512;
const CHECK: usize = 32;
/// Bytes of secret that a slot holds at most.
pub(crate) const CAPACITY: usize = 384;

/// A name of what a slot holds: a purpose and a number.
pub(crate) type SlotName = (u8, u64);

/// A taken slot: its name, and what it holds.
type Taken = (SlotName, Zeroizing<Vec<u8>>);

/// The file, and which slots are taken.
pub(crate) struct SlotFile {
    file: File,
    taken: Vec<Option<Taken>>,
}

impl SlotFile {
    /// Opens the file, making it when it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "opening the file of secrets", source };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(io)?;
        file.try_lock().map_err(|_| {
            Fault::Secrets("the file of secrets is in use by another process: stop the hub first".to_owned())
        })?;
        let whole = (SLOTS * SLOT) as u64;
        let length = file.metadata().map_err(io)?.len();
        if length < whole && is_empty(&file, length).map_err(io)? {
            // Real zeros, not a hole: a slot must not get a new block when it is first written.
            file.write_all_at(&vec![0; SLOT * SLOTS], 0).map_err(io)?;
            file.sync_all().map_err(io)?;
            sync_directory_of(path)?;
        } else if length != whole {
            return Err(Fault::Secrets("the file of secrets is cut short or too long".to_owned()));
        }
        let mut bytes = Zeroizing::new(vec![0; SLOT * SLOTS]);
        file.read_exact_at(&mut bytes, 0).map_err(io)?;
        let taken = bytes.chunks_exact(SLOT).map(read_slot).collect::<Result<_, _>>()?;
        Ok(Self { file, taken })
    }

    /// What a name holds; the longest, where a crash left an older one beside it.
    pub(crate) fn find(&self, name: SlotName) -> Option<&[u8]> {
        let held = self.taken.iter().flatten().filter(|(it, _)| *it == name);
        held.map(|(_, secret)| secret.as_slice()).max_by_key(|secret| secret.len())
    }

    /// Every name that holds something.
    pub(crate) fn names(&self) -> impl Iterator<Item = SlotName> + '_ {
        self.taken.iter().flatten().map(|(name, _)| *name)
    }

    /// Keeps a secret; on disk when this returns.
    pub(crate) fn keep(&mut self, name: SlotName, secret: &[u8]) -> Result<(), Fault> {
        let at = self.taken.iter().position(Option::is_none);
        let at = at.ok_or_else(|| Fault::Secrets("the file of secrets is full".to_owned()))?;
        self.write(at, &write_slot(name, secret))?;
        if let Some(slot) = self.taken.get_mut(at) {
            *slot = Some((name, Zeroizing::new(secret.to_vec())));
        }
        Ok(())
    }

    /// Overwrites what a name holds; gone from the disk, as far as the disk forgets, when this returns.
    pub(crate) fn destroy(&mut self, name: SlotName) -> Result<(), Fault> {
        self.destroy_shorter(name, usize::MAX)
    }

    /// Overwrites what a name holds in fewer than `length` bytes.
    pub(crate) fn destroy_shorter(&mut self, name: SlotName, length: usize) -> Result<(), Fault> {
        let doomed = |slot: &Option<Taken>| {
            slot.as_ref().is_some_and(|(it, secret)| *it == name && secret.len() < length)
        };
        while let Some(at) = self.taken.iter().position(doomed) {
            self.write(at, &[0; SLOT])?;
            if let Some(slot) = self.taken.get_mut(at) {
                *slot = None;
            }
        }
        Ok(())
    }

    fn write(&self, at: usize, slot: &[u8; SLOT]) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "writing the file of secrets", source };
        self.file.write_all_at(slot, (at * SLOT) as u64).map_err(io)?;
        self.file.sync_data().map_err(io)
    }
}

fn write_slot((purpose, number): SlotName, secret: &[u8]) -> Zeroizing<[u8; SLOT]> {
    let mut writer = Writer::default();
    let length = u16::try_from(secret.len()).unwrap_or(u16::MAX);
    let body = Zeroizing::new(writer.u8(purpose).u64(number).u16(length).bytes(secret).done());
    let mut slot = Zeroizing::new([0; SLOT]);
    for (to, from) in slot.iter_mut().zip(body.iter().take(SLOT - CHECK)) {
        *to = *from;
    }
    let check: [u8; CHECK] = Sha256::digest(slot.get(..SLOT - CHECK).unwrap_or_default()).into();
    for (to, from) in slot.iter_mut().skip(SLOT - CHECK).zip(check) {
        *to = from;
    }
    slot
}

/// A slot of zeros is free. One that is neither free nor as it was written is damage: taken for free, it would
/// make a segment that still waits look like one that was filed and forgotten.
fn read_slot(slot: &[u8]) -> Result<Option<Taken>, Fault> {
    if slot.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let damaged = || Fault::Secrets("the file of secrets was changed after it was written".to_owned());
    let (body, check) = slot.split_at_checked(SLOT - CHECK).ok_or_else(damaged)?;
    if Sha256::digest(body).as_slice() != check {
        return Err(damaged());
    }
    parse_slot(body).map(Some).ok_or_else(damaged)
}

fn parse_slot(body: &[u8]) -> Option<Taken> {
    let reader = &mut Reader::new(body);
    let name = (reader.u8()?, reader.u64()?);
    let length = usize::from(reader.u16()?);
    let secret = body.get(11..)?.get(..length)?;
    Some((name, Zeroizing::new(secret.to_vec())))
}

/// Whether a file has no byte but zeros: never used, or a crash came while it was being made.
fn is_empty(file: &File, length: u64) -> std::io::Result<bool> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(SLOT * SLOTS)];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}

/// Makes a new or removed name in a directory durable.
pub(crate) fn sync_directory_of(path: &Path) -> Result<(), Fault> {
    let io = |source| Fault::Io { what: "syncing a directory", source };
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|it| it.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destroyed_secret_is_gone_from_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("slots");
        let mut slots = SlotFile::open(&path).unwrap();
        slots.keep((1, 7), &[0xa5; 96]).unwrap();
        slots.keep((1, 8), &[0x5a; 96]).unwrap();
        drop(slots);
        let mut slots = SlotFile::open(&path).unwrap();
        assert_eq!(slots.find((1, 7)), Some(&[0xa5; 96][..]));
        slots.destroy((1, 7)).unwrap();
        drop(slots);
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|it| it == [0xa5; 32]));
        let slots = SlotFile::open(&path).unwrap();
        assert_eq!(slots.find((1, 7)), None);
        assert_eq!(slots.names().collect::<Vec<_>>(), [(1, 8)]);
    }

    #[test]
    fn a_file_that_was_cut_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("slots");
        SlotFile::open(&path).unwrap().keep((1, 7), &[1; 32]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
        assert!(matches!(SlotFile::open(&path), Err(Fault::Secrets(_))));
    }
}
