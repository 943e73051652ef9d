//! A copy into a fresh database while the hub is stopped, which also moves rows to a new pepper (P-34).

use std::fmt;

use samenloop_core::value::Epoch;

use super::SledOptions;
use super::base::Base;
use super::database::{Change, Stored};
use super::succession::Successor;
use super::{epochs, keys};
use crate::index::EpochKeys;
use crate::{Fault, Purpose};

/// What a rebuild did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// Records copied.
    pub records: u64,
    /// The generation that serves now.
    pub generation: u64,
    /// Bytes of the old database on disk.
    pub bytes_before: u64,
    /// Bytes of the new one.
    pub bytes_after: u64,
}

impl fmt::Display for RebuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} records copied into generation {}; {} bytes became {}",
            self.records, self.generation, self.bytes_before, self.bytes_after
        )
    }
}

/// Records that are copied at once.
const SLICE: usize = 4096;

/// Copies every record; with `new_pepper` that epoch's rows move to where its new pepper puts them.
pub(crate) fn rebuild(options: &SledOptions, new_pepper: Option<Epoch>) -> Result<RebuildReport, Fault> {
    let base = Base::open_kept(options)?;
    let repepper = new_pepper.map(|epoch| Repepper::begin(&base, epoch)).transpose()?;
    let mut successor = Successor::begin(&base)?;
    let destroyed = epochs::destroyed(&base)?;
    let mut slice: Vec<Change> = Vec::new();
    for record in base.scan(&[]) {
        let (key, value) = record?;
        // What is left of a destroyed epoch is noise that nobody can open.
        let is_noise = keys::epoch_of(&key).is_some_and(|epoch| destroyed.contains(&epoch));
        if key == keys::META || is_noise {
            continue;
        }
        let (key, value) = match &repepper {
            Some(repepper) => repepper.moved(key, value),
            None => (key, value),
        };
        slice.push((key, Some(value)));
        if slice.len() == SLICE {
            successor.put(&base, &std::mem::take(&mut slice))?;
        }
    }
    successor.put(&base, &slice)?;
    let meta = successor.finish(&base, 0)?;
    let bytes_before = base.bytes_on_disk()?;
    successor.succeed(&base, meta)?;
    let (generation, bytes_after) = (base.generation(), base.bytes_on_disk()?);
    Ok(RebuildReport { records: meta.count, generation, bytes_before, bytes_after })
}

/// A new pepper for one epoch: where its rows go, and the record that says how many peppers are in use.
struct Repepper {
    epoch: Epoch,
    keys: EpochKeys,
    record: Stored,
}

impl Repepper {
    fn begin(base: &Base, epoch: Epoch) -> Result<Self, Fault> {
        let purpose = Purpose::Epoch(epoch);
        let used =
            base.secret(purpose)?.ok_or_else(|| Fault::Secrets(format!("epoch {epoch} has no secret")))?;
        let wanted = used.keys().len() + 1;
        // A rebuild that was cut short left a pepper that nothing uses: it serves now.
        let left = base.secrets().find(purpose)?.and_then(|it| it.first(wanted));
        let secret = match left {
            Some(secret) => secret,
            None => base.secrets().extend(purpose)?,
        };
        let (key, value) = base.secret_record(purpose, &secret)?;
        let record = (key.into(), value.into());
        Ok(Self { epoch, keys: EpochKeys::new(base.exchange(), epoch, &secret)?, record })
    }

    fn moved(&self, key: sled::IVec, value: sled::IVec) -> Stored {
        if key == self.record.0 {
            return self.record.clone();
        }
        match keys::parse_row(&key) {
            Some((epoch, shelf, id)) if epoch == self.epoch => {
                (keys::row(epoch, &self.keys.reshelve(&shelf), &id).into(), value)
            }
            _ => (key, value),
        }
    }
}
