//! One generation of the database, open: sled and a handle of our own on its file.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::Fault;
use crate::slots::sync_directory_of;

/// A key and its value, as they are stored.
pub(crate) type Stored = (sled::IVec, sled::IVec);
/// A key, and its value from now on; `None` when it goes.
pub(crate) type Change = (sled::IVec, Option<sled::IVec>);

/// How long a database that was just let go may still be locked, or write: sled's threads end after its handle does.
const PATIENCE: Duration = Duration::from_secs(5);

/// The directory of a generation.
pub(crate) fn generation_directory(data: &Path, generation: u64) -> PathBuf {
    data.join(format!("db-{generation:06}"))
}

/// An open database.
pub(crate) struct Database {
    db: sled::Db,
    /// sled's flush does not sync (measured on 0.34.7).
    file: File,
}

impl Database {
    /// Opens a database, or makes an empty one.
    pub(crate) fn open(directory: &Path, cache_bytes: u64) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "opening the database", source };
        let db = open_sled(directory, cache_bytes)?;
        let file = File::open(directory.join("db")).map_err(io)?;
        Ok(Self { db, file })
    }

    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<sled::IVec>, Fault> {
        sound(|| self.db.get(key))?.map_err(unread)
    }

    /// The records whose key begins so, in order.
    pub(crate) fn scan(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Stored, Fault>> + use<> {
        records(self.db.scan_prefix(prefix))
    }

    /// The records from a key on, in order.
    pub(crate) fn scan_from(&self, from: &[u8]) -> impl Iterator<Item = Result<Stored, Fault>> + use<> {
        records(self.db.range(from..))
    }

    /// Applies changes together; they are on disk after [`Self::sync`].
    pub(crate) fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), Fault> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.db.apply_batch(batch).map_err(write_fault)
    }

    /// Everything applied so far is on disk when this returns.
    pub(crate) fn sync(&self) -> Result<(), Fault> {
        self.db.flush().map_err(write_fault)?;
        self.file.sync_all().map_err(|source| Fault::Io { what: "syncing the database", source })
    }
}

/// A new database's files and its own name are on disk when this returns.
pub(crate) fn sync_names(directory: &Path) -> Result<(), Fault> {
    sync_directory_of(&directory.join("db"))?;
    sync_directory_of(directory)
}

/// Removes every generation but one. The threads of one that was just let go may still write.
pub(crate) fn remove_other_generations(data: &Path, serving: u64) -> Result<(), Fault> {
    let io = |source| Fault::Io { what: "removing another generation of the database", source };
    let serving = generation_directory(data, serving);
    for entry in std::fs::read_dir(data).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let is_generation =
            path.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with("db-"));
        if is_generation && path != serving {
            let begun = Instant::now();
            while let Err(fault) = std::fs::remove_dir_all(&path) {
                if begun.elapsed() > PATIENCE {
                    return Err(io(fault));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            sync_directory_of(&path)?;
        }
    }
    Ok(())
}

/// Opens sled. It may panic on a damaged file; that is damage, not a fault of ours.
fn open_sled(path: &Path, cache_bytes: u64) -> Result<sled::Db, Fault> {
    let config = sled::Config::new()
        .path(path)
        .mode(sled::Mode::HighThroughput)
        .cache_capacity(cache_bytes)
        .use_compression(false)
        .flush_every_ms(None);
    let begun = Instant::now();
    loop {
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => return Ok(db),
            // sled gives the lock's error no kind of its own, only this text.
            Ok(Err(sled::Error::Io(error)))
                if error.to_string().contains("could not acquire lock") && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(Err(sled::Error::Io(source))) => {
                return Err(Fault::Io { what: "opening the database", source });
            }
            Ok(Err(_)) | Err(_) => return Err(Fault::Damaged("the database does not open".to_owned())),
        }
    }
}

/// Reads from sled. It may panic on a page that was damaged after it opened, and that is damage too.
fn sound<T>(read: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| unreadable())
}

/// The records that are left, up to the first that cannot be read.
fn records(mut left: sled::Iter) -> impl Iterator<Item = Result<Stored, Fault>> {
    let mut is_whole = true;
    std::iter::from_fn(move || {
        if !is_whole {
            return None;
        }
        let next = sound(|| left.next()).transpose()?;
        let record = next.and_then(|record| record.map_err(unread));
        is_whole = record.is_ok();
        Some(record)
    })
}

fn unreadable() -> Fault {
    Fault::Damaged("a record of the database cannot be read".to_owned())
}

#[allow(clippy::needless_pass_by_value, reason = "sled's own error, as it is given")]
fn unread(_: sled::Error) -> Fault {
    unreadable()
}

fn write_fault(error: sled::Error) -> Fault {
    match error {
        sled::Error::Io(source) => Fault::Io { what: "writing the database", source },
        sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. } => Fault::Damaged("the database could not be written".to_owned()),
    }
}
