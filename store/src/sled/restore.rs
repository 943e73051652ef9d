//! A store that nobody has open, into a backup; and out of one, into an empty data directory (V-25).

use std::collections::BTreeSet;
use std::path::Path;

use samenloop_core::terms::BACKUP_KEPT_DAYS;
use samenloop_core::value::{Day, Epoch};

use super::SledOptions;
use super::base::Base;
use super::database::{Change, Database, generation_directory, sync_names};
use super::draft::Draft;
use super::head::{Head, HeadFile};
use super::ledger::SledLedger;
use super::{epochs, worker};
use crate::backup::{Written, part_of};
use crate::seal::Key;
use crate::{Backup, Contents, Fault, Outlasted, Purpose, filing};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// What it is of.
    pub contents: Contents,
    /// Bytes of the file.
    pub bytes: u64,
    /// Batches that the next tick will file: they are not in it.
    pub waiting_arrivals: u64,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// What the backup was of.
    pub contents: Contents,
    /// What was erased or restricted since, or before, and was done again; `None` when the list of it is lost, or was since: then
    /// what it knows was done again all the same.
    pub outlasted: Option<Outlasted>,
    /// Intake segments whose keys were there without their arrivals: acked, lost, and to be sent again.
    pub lost_segments: u64,
}

/// Writes every record into a new file, and leaves none half-written. A backup is of the day on which its database last
/// served, and where that is so long ago that no restore would take it, none is made.
pub(crate) fn back_up(
    options: &SledOptions,
    path: &Path,
    key: &[u8; 32],
    today: Day,
) -> Result<BackupReport, Fault> {
    let base = Base::open_kept(options)?;
    let waiting_arrivals = worker::survey(&base)?.arrivals;
    let meta = base.meta();
    let made = meta.served.map_or(today, |it| it.min(today));
    if made.plus_days(BACKUP_KEPT_DAYS) < today {
        return Err(Fault::TooOld { made });
    }
    let contents = Contents {
        exchange: options.exchange.clone(),
        made,
        commit: meta.commit,
        tick: meta.tick,
        // The one that is about the database is not counted there.
        records: meta.count + 1,
    };
    let mut written = Written::create(path, &Key::new(*key), &contents)?;
    let copied =
        base.scan(&[]).try_for_each(|record| record.and_then(|(key, value)| written.record(&key, &value)));
    match copied.and_then(|()| written.finish(path)) {
        Ok(bytes) => Ok(BackupReport { contents, bytes, waiting_arrivals }),
        Err(fault) => {
            let _ = std::fs::remove_file(part_of(path));
            Err(fault)
        }
    }
}

/// Puts a backup into an empty data directory, under the secrets that are there. Epochs that were destroyed since are
/// destroyed in it too, and what was erased or restricted is so again. What cannot be restored whole leaves the directory empty.
pub(crate) fn restore(
    options: &SledOptions,
    backup: Backup,
    destroyed: &BTreeSet<Epoch>,
    today: Day,
) -> Result<RestoreReport, Fault> {
    let io = |source| Fault::Io { what: "the data directory", source };
    std::fs::create_dir_all(&options.data).map_err(io)?;
    if std::fs::read_dir(&options.data).map_err(io)?.next().is_some() {
        return Err(Fault::Damaged("the data directory is not empty: move away what is in it".to_owned()));
    }
    let restored = put(options, backup, destroyed, today);
    if restored.is_err() {
        for entry in std::fs::read_dir(&options.data).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.map_err(io)?;
        }
    }
    restored
}

/// Does again what was erased or restricted, in a store of a day that nobody has open; `None` when the list of it is lost, or
/// was since that day. One of before the list reaches back is refused (V-25): what was erased since would count again.
pub(crate) fn outlast(base: &Base, made: Option<Day>, today: Day) -> Result<Option<Outlasted>, Fault> {
    if let Some(made) = made.filter(|made| made.plus_days(BACKUP_KEPT_DAYS) < today) {
        return Err(Fault::TooOld { made });
    }
    let Some(known) = base.outlasting().read()? else { return Ok(None) };
    let mut draft = Draft::new(base);
    let epochs = epochs::kept_keys(&mut draft)?;
    let tick = draft.meta.tick + 1;
    let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
    let outlasted = filing::again(&mut ledger, &epochs, &known.all, made, today)?;
    let mut draft = ledger.draft;
    // Open alerts are judged anew by the first tick.
    (draft.meta.tick, draft.meta.judged) = (tick, None);
    let is_whole = known.reaches(made);
    draft.meta.served = if is_whole { made.map(|_| today) } else { made };
    draft.commit()?;
    Ok(is_whole.then_some(outlasted))
}

fn put(
    options: &SledOptions,
    backup: Backup,
    destroyed: &BTreeSet<Epoch>,
    today: Day,
) -> Result<RestoreReport, Fault> {
    let io = |source| Fault::Io { what: "the data directory", source };
    let contents = backup.contents().clone();
    if contents.exchange != options.exchange {
        return Err(Fault::Damaged("the backup is of another exchange".to_owned()));
    }
    let secrets = options.secrets()?;
    let directory = generation_directory(&options.data, 1);
    let database = Database::open(&directory, options.cache_bytes)?;
    backup.each(|records| {
        let change = |(key, value): (Vec<u8>, Vec<u8>)| -> Change { (key.into(), Some(value.into())) };
        database.apply(records.into_iter().map(change))
    })?;
    database.sync()?;
    drop(database);
    sync_names(&directory)?;
    std::fs::create_dir_all(options.data.join("intake")).map_err(io)?;
    let head = HeadFile::create(&options.data.join("head"), Head { generation: 1, commit: contents.commit })?;
    let base = Base::open_without(options, secrets, head, destroyed)?;
    for epoch in destroyed {
        while !epochs::destroy(&base, *epoch)?.ended {}
    }
    let outlasted = outlast(&base, Some(contents.made), today)?;
    // Only now: a backup that is refused costs no key.
    let mut lost_segments = 0;
    for purpose in base.secrets().purposes()? {
        if matches!(purpose, Purpose::Queue(_)) {
            base.secrets().destroy(purpose)?;
            lost_segments += 1;
        }
    }
    Ok(RestoreReport { contents, outlasted, lost_segments })
}
