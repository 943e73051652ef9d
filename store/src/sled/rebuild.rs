//! A copy into a fresh database: what was erased is then gone from the disk (V-23), as sled never overwrites.

use std::fmt;
use std::fs::File;

use samenloop_core::value::Epoch;

use super::SledOptions;
use super::base::{Base, generation_directory, open_sled, sync, write_fault, write_meta};
use super::head::Head;
use super::meta::{Digest, Meta};
use super::{epochs, keys};
use crate::index::EpochKeys;
use crate::slots::sync_directory_of;
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

/// Copies every record; with `new_pepper` that epoch's rows move to where its new pepper puts them.
pub(crate) fn rebuild(options: &SledOptions, new_pepper: Option<Epoch>) -> Result<RebuildReport, Fault> {
    let io = |source| Fault::Io { what: "rebuilding the database", source };
    let base = Base::open_kept(options)?;
    let repepper = new_pepper.map(|epoch| Repepper::begin(&base, epoch)).transpose()?;
    let head = base.head().head();
    let generation = head.generation + 1;
    let directory = generation_directory(base.data(), generation);
    if directory.exists() {
        std::fs::remove_dir_all(&directory).map_err(io)?;
    }
    let fresh = open_sled(&directory, options.cache_bytes)?;
    let mut meta =
        Meta { commit: base.meta().commit + 1, count: 0, digest: Digest::default(), ..base.meta() };
    let destroyed = epochs::destroyed(&base)?;
    for record in base.scan(&[]) {
        let (key, value) = record?;
        // What is left of a destroyed epoch is noise that nobody can open.
        let is_noise = keys::epoch_of(&key).is_some_and(|epoch| destroyed.contains(&epoch));
        if key == keys::META || is_noise {
            continue;
        }
        let (key, value) = match &repepper {
            Some(repepper) => repepper.moved(key.to_vec(), value.to_vec()),
            None => (key.to_vec(), value.to_vec()),
        };
        meta.count += 1;
        meta.digest.add(base.record_digest(&key, &value));
        fresh.insert(key, value).map_err(write_fault)?;
    }
    write_meta(&fresh, base.ledger_key(), &meta)?;
    sync(&fresh, &File::open(directory.join("db")).map_err(io)?)?;
    sync_directory_of(&directory)?;
    let bytes_after = fresh.size_on_disk().map_err(write_fault)?;
    drop(fresh);
    // From here on the new generation serves; the old one goes at the latest at the next start.
    base.head().write(Head { generation, commit: meta.commit })?;
    let old = generation_directory(base.data(), head.generation);
    let bytes_before = directory_bytes(&old).map_err(io)?;
    drop(base);
    std::fs::remove_dir_all(&old).map_err(io)?;
    sync_directory_of(&old)?;
    Ok(RebuildReport { records: meta.count, generation, bytes_before, bytes_after })
}

fn directory_bytes(directory: &std::path::Path) -> std::io::Result<u64> {
    std::fs::read_dir(directory)?.map(|entry| entry.and_then(|it| it.metadata()).map(|it| it.len())).sum()
}

/// A new pepper for one epoch: where its rows go, and the record that says how many peppers are in use.
struct Repepper {
    epoch: Epoch,
    keys: EpochKeys,
    record: (Vec<u8>, Vec<u8>),
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
        let record = base.secret_record(purpose, &secret)?;
        Ok(Self { epoch, keys: EpochKeys::new(base.exchange(), epoch, &secret)?, record })
    }

    fn moved(&self, key: Vec<u8>, value: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
        if key == self.record.0 {
            return self.record.clone();
        }
        match keys::parse_row(&key) {
            Some((epoch, shelf, id)) if epoch == self.epoch => {
                (keys::row(epoch, &self.keys.reshelve(&shelf), &id), value)
            }
            _ => (key, value),
        }
    }
}
