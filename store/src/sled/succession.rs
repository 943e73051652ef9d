//! The next generation of the database in the making, while the hub serves: what lives is copied, and what was erased
//! stays behind and goes with the old one (V-23), as sled never overwrites.
//!
//! The writer copies a slice at a time and takes other orders between two. What changes meanwhile below the place that
//! the copy has reached is changed in both. A crash, and whatever keeps the copy from being written, leaves the old
//! generation as it was.

use rustix::fs::statvfs;

use super::base::Base;
use super::database::{Change, Database};
use super::keys;
use super::meta::{Digest, Meta};
use crate::{Fault, Rebuilt};

/// Records copied at once; ticks are filed between two slices.
const SLICE: usize = 1024;
/// What has to be free besides the room for a copy: intake and filing go on.
const SPARE_BYTES: u64 = 64 << 20;

/// A copy in the making: its database, and what is in it.
pub(crate) struct Successor {
    database: Database,
    records: u64,
    digest: Digest,
}

impl Successor {
    /// An empty one, on disk.
    pub(crate) fn begin(base: &Base) -> Result<Self, Fault> {
        Ok(Self { database: base.next_generation()?, records: 0, digest: Digest::default() })
    }

    /// Takes changes over; they are durable once it serves.
    pub(crate) fn put(&mut self, base: &Base, changes: &[Change]) -> Result<(), Fault> {
        for (key, value) in changes {
            if let Some(old) = self.database.read(key)? {
                self.records -= 1;
                self.digest.take(base.record_digest(key, &old));
            }
            if let Some(value) = value {
                self.records += 1;
                self.digest.add(base.record_digest(key, value));
            }
        }
        self.database.apply(changes.iter().cloned())
    }

    /// Makes it whole on disk, with so many erased records still in its files; returns what it says of itself.
    pub(crate) fn finish(&self, base: &Base, erased: u64) -> Result<Meta, Fault> {
        let now = base.meta();
        let meta = Meta { commit: now.commit + 1, count: self.records, digest: self.digest, erased, ..now };
        self.database.apply([base.sealed_meta(&meta)?])?;
        self.database.sync()?;
        Ok(meta)
    }

    /// Lets it serve; the generation before it is gone from the disk when this returns.
    pub(crate) fn succeed(self, base: &Base, meta: Meta) -> Result<(), Fault> {
        base.succeed(self.database, meta)
    }

    /// Whether it holds what the database that serves holds.
    fn is_whole(&self, meta: &Meta) -> bool {
        (self.records, self.digest) == (meta.count, meta.digest)
    }
}

/// A copy in the making while the hub serves.
pub(crate) struct Succession {
    successor: Successor,
    /// Records whose key lies before this are copied.
    from: Vec<u8>,
    /// What was erased before it began.
    erased: u64,
    /// Why it cannot go on.
    failed: Option<Fault>,
}

impl Succession {
    /// Changes in the copy too what it holds already. Not being able to is no fault of the database that serves.
    pub(crate) fn follow(&mut self, base: &Base, changes: &[Change]) {
        let copied: Vec<_> = changes.iter().filter(|(key, _)| key[..] < self.from[..]).cloned().collect();
        if self.failed.is_none() {
            self.failed = self.successor.put(base, &copied).err();
        }
    }

    /// Copies the records from where it is; says whether they were the last.
    fn copy(&mut self, base: &Base, mut slice: Vec<Change>) -> Result<bool, Fault> {
        let is_last = slice.len() < SLICE;
        if let Some((last, _)) = slice.last() {
            self.from = [last, &[0][..]].concat();
        }
        slice.retain(|(key, _)| key != keys::META);
        self.successor.put(base, &slice)?;
        self.successor.database.sync()?;
        Ok(is_last)
    }
}

/// Begins a copy, in the place of one that was broken off. Says what came of it when that is known at once.
pub(crate) fn begin(base: &Base) -> Result<Option<Rebuilt>, Fault> {
    if base.succession().take().is_some() {
        base.remove_other_generations()?;
    }
    let erased = base.meta().erased;
    if erased == 0 {
        return Ok(Some(Rebuilt::Needless));
    }
    let bytes = base.bytes_on_disk()?;
    let room = statvfs(base.data()).map(|it| it.f_bavail.saturating_mul(it.f_frsize));
    if room.is_ok_and(|room| room < bytes.saturating_add(SPARE_BYTES)) {
        return Ok(Some(Rebuilt::GivenUp(format!("a copy of {bytes} bytes has no room on the disk"))));
    }
    match Successor::begin(base) {
        Ok(successor) => {
            let succession = Succession { successor, from: Vec::new(), erased, failed: None };
            *base.succession() = Some(succession);
            Ok(None)
        }
        Err(fault) => give_up(base, &fault).map(Some),
    }
}

/// Copies some records on, and after the last lets the copy serve.
pub(crate) fn go_on(base: &Base) -> Result<Option<Rebuilt>, Fault> {
    let Some(mut succession) = base.succession().take() else {
        return Ok(Some(Rebuilt::GivenUp("another one was begun".to_owned())));
    };
    let mut slice = Vec::new();
    for record in base.scan_from(&succession.from).take(SLICE) {
        let (key, value) = record?;
        slice.push((key, Some(value)));
    }
    let copied = match succession.failed.take() {
        Some(fault) => Err(fault),
        None => succession.copy(base, slice),
    };
    let meta = base.meta();
    let finished = copied.and_then(|is_last| {
        let whole = || succession.successor.finish(base, meta.erased - succession.erased);
        is_last.then(whole).transpose()
    });
    match finished {
        Ok(None) => {
            *base.succession() = Some(succession);
            Ok(None)
        }
        Ok(Some(next)) if succession.successor.is_whole(&meta) => {
            let bytes_before = base.bytes_on_disk()?;
            succession.successor.succeed(base, next)?;
            let (records, bytes_after) = (next.count, base.bytes_on_disk()?);
            Ok(Some(Rebuilt::Copied { records, bytes_before, bytes_after }))
        }
        Ok(Some(_)) => Err(Fault::Damaged("a copy is not what it was copied from".to_owned())),
        Err(fault) => {
            drop(succession);
            give_up(base, &fault).map(Some)
        }
    }
}

/// Removes what there is of a copy; the old generation serves on.
fn give_up(base: &Base, why: &Fault) -> Result<Rebuilt, Fault> {
    base.remove_other_generations()?;
    Ok(Rebuilt::GivenUp(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sled::SledOptions;
    use crate::sled::draft::Draft;

    /// Whatever keeps the copy from being written is no fault of the database that serves.
    #[test]
    fn a_copy_that_cannot_be_written_is_given_up_and_nothing_else_is() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let options = SledOptions::below(directory.path(), "zhz");
        let base = Base::open(&options, options.secrets().unwrap()).unwrap();
        for turn in 0..2 {
            let mut draft = Draft::new(&base);
            draft.write(b"l-some-letter".to_vec(), vec![turn; 64]).unwrap();
            draft.commit().unwrap();
        }
        assert_eq!(begin(&base).unwrap(), None);
        base.succession().as_mut().unwrap().failed = Some(Fault::Closed);
        assert_eq!(go_on(&base).unwrap(), Some(Rebuilt::GivenUp(Fault::Closed.to_string())));
        assert_eq!((base.generation(), at("data/db-000002").exists()), (1, false));
        assert_eq!(base.read(b"l-some-letter").unwrap().unwrap(), [1; 64]);
        assert_eq!(begin(&base).unwrap(), None);
        assert!(matches!(go_on(&base), Ok(Some(Rebuilt::Copied { records: 1, .. }))));
        assert_eq!((base.generation(), at("data/db-000001").exists()), (2, false));
        assert_eq!(base.read(b"l-some-letter").unwrap().unwrap(), [1; 64]);
        assert_eq!(begin(&base).unwrap(), Some(Rebuilt::Needless));
    }
}
