//! The heads of the audit logs: what the hub signs of them, and keeps apart from the database.
//!
//! An operator who puts an older backup in place rolls the logs back with it; the heads outside show it, and those
//! that agencies keep show it even if the heads go too (protocol.md P-70, P-75).

mod daily;
mod door;
mod heads;
mod reads;
#[cfg(test)]
mod tests;
mod torn;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samenloop_audit::{Entry, EntryKind, Log, hours_of_day, hours_of_unix};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::{HUB, Manifest, OPERATOR};
use samenloop_core::value::Day;
use samenloop_manifest::{Checkpoint, LogKey};
use samenloop_store::{AuditLog, Fault, Noted, Store};

pub(crate) use door::Audits;
pub use heads::HeadsFault;
use heads::{Heads, HeadsFile};
use torn::Torn;

/// A checkpoint and its signed note.
#[derive(Debug, Clone)]
pub(crate) struct Daily {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) note: String,
}

/// What may be shown: to agencies the checkpoint of the day; to privacy officers the last head of the intake log and the
/// one of the day of the case log.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) daily: Option<Daily>,
    pub(crate) heads: BTreeMap<Log, Daily>,
}

/// Where it lies for whoever asks.
pub(crate) type DailySeat = Arc<Mutex<Shown>>;

/// The files of heads in their directory: every head, and those of a day, which agencies and privacy officers get.
const FILES: [(&str, Log); 4] = [
    ("intake.heads", Log::Intake),
    ("case.heads", Log::Case),
    ("intake.daily", Log::Intake),
    ("case.daily", Log::Case),
];

/// How the name of a file ends that has a day in each head.
const DAILY: &str = ".daily";

/// What the files of heads say of logs that they go together with.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// How many entries of each log the last head covers.
    pub(crate) signed: BTreeMap<Log, u64>,
    /// The files that end in a head that was not written whole. The hub drops it when it starts.
    pub(crate) torn: Vec<&'static str>,
}

/// Holds logs against every head that was ever signed and lies in a directory. Writes nothing and needs no secret;
/// `log_key` is the public key.
///
/// # Errors
/// [`HeadsFault`] for the first head from which a log does not go on.
pub(crate) fn hold(
    directory: &Path,
    origin: &str,
    log_key: [u8; 32],
    logs: &AuditLog<'_>,
) -> Result<Held, HeadsFault> {
    let mut held = Held::default();
    for (name, log) in FILES {
        let (found, mut agreed) = (logs.size(log).map_err(HeadsFault::Store)?, 0);
        let path = directory.join(name);
        let Heads { last, rest, .. } = heads::read(&path, origin, log, log_key, |head| {
            if found < head.size {
                return Err(HeadsFault::Older { log: log.name(), signed: head.size, found });
            }
            if logs.root(log, head.size).map_err(HeadsFault::Store)? != head.root {
                return Err(HeadsFault::Forked { log: log.name(), agreed, signed: head.size });
            }
            agreed = head.size;
            Ok(())
        })?;
        if !rest.is_empty() {
            let torn = Torn { path: &path, origin, log, is_daily: name.ends_with(DAILY), rest: &rest };
            torn.check(last.as_ref(), logs)?;
            held.torn.push(name);
        }
        let covered = held.signed.entry(log).or_default();
        *covered = agreed.max(*covered);
    }
    Ok(held)
}

/// What is written of an operator's act.
pub(crate) fn of_operator(kind: EntryKind, clock: &dyn Clock) -> Noted {
    let hours = hours_of_unix(clock.unix_seconds());
    Noted { kind, hours, actor: OPERATOR.to_owned(), count: 1, record: Vec::new() }
}

/// The signed heads of both logs, and the key that signs them.
pub struct LogHeads {
    directory: PathBuf,
    key: LogKey,
    origin: String,
    intake: HeadsFile,
    case: HeadsFile,
    daily: HeadsFile,
    case_daily: HeadsFile,
    /// The days on which this process made the last heads of a day.
    made: BTreeMap<Log, Day>,
    /// Whether the last head for agencies that this process found was made before the day that it bears; `None` before the
    /// first tick.
    is_early: Option<bool>,
    seat: DailySeat,
}

impl LogHeads {
    /// Reads the heads of a directory, which is never inside the database's; it is made when it is not there.
    ///
    /// # Errors
    /// [`HeadsFault`] when a file of heads is not what this hub signed, in the order in which it did.
    pub fn open(directory: &Path, origin: &str, key: LogKey) -> Result<Self, HeadsFault> {
        let io = |source| HeadsFault::Io { what: "making the directory of heads", source };
        std::fs::create_dir_all(directory).map_err(io)?;
        let open = |(name, log)| HeadsFile::open(&directory.join(name), origin, log, *key.public());
        let [intake, case, daily, case_daily] = FILES.map(open);
        let (intake, case, daily, case_daily) = (intake?, case?, daily?, case_daily?);
        let show =
            |file: &HeadsFile| file.last().map(|it| Daily { checkpoint: it.clone(), note: it.signed(&key) });
        let heads = [(Log::Intake, show(&intake)), (Log::Case, show(&case_daily))];
        let heads = heads.into_iter().filter_map(|(log, head)| Some((log, head?))).collect();
        let seat = Arc::new(Mutex::new(Shown { daily: show(&daily), heads }));
        let (directory, origin) = (directory.to_owned(), origin.to_owned());
        Ok(Self {
            directory,
            key,
            origin,
            intake,
            case,
            daily,
            case_daily,
            made: BTreeMap::new(),
            is_early: None,
            seat,
        })
    }

    /// Where the checkpoint of the day lies.
    pub(crate) fn daily(&self) -> DailySeat {
        Arc::clone(&self.seat)
    }

    /// Holds a store against the last heads: its logs go on from them. Where a power cut left a head half-written, they are
    /// held against every head; then it is dropped.
    ///
    /// # Errors
    /// [`HeadsFault::Older`], [`HeadsFault::Differs`] or [`HeadsFault::Forked`] when they do not: a backup was put in
    /// place, or the log was changed. [`HeadsFault::Store`] when the store cannot tell.
    pub async fn check<S: Store>(&mut self, store: &S) -> Result<(), HeadsFault> {
        let heads: Vec<_> = self.files().iter().filter_map(|it| it.last().cloned()).collect();
        for head in heads {
            let (log, signed) = (head.log, head.size);
            let found = store.audit(move |it| {
                let size = it.size(log)?;
                let root = if size < signed { None } else { Some(it.root(log, signed)?) };
                Ok((size, root))
            });
            match found.await.map_err(HeadsFault::Store)? {
                (size, None) => return Err(HeadsFault::Older { log: log.name(), signed, found: size }),
                (_, Some(root)) if root != head.root => {
                    return Err(HeadsFault::Differs { log: log.name(), signed });
                }
                _ => {}
            }
        }
        if self.files().iter().any(|it| it.is_torn()) {
            let (directory, origin, key) = (self.directory.clone(), self.origin.clone(), *self.key.public());
            let held = store.audit(move |it| Ok(hold(&directory, &origin, key, it))).await;
            let Held { torn, .. } = held.map_err(HeadsFault::Store)??;
            tracing::warn!(?torn, "the last head was not written whole; it is signed anew");
            self.files().into_iter().try_for_each(HeadsFile::mend)?;
        }
        Ok(())
    }

    fn files(&mut self) -> [&mut HeadsFile; 4] {
        [&mut self.intake, &mut self.case, &mut self.daily, &mut self.case_daily]
    }

    /// Takes logs into service that do not go on from the last heads. The files of heads are kept under another
    /// name, as evidence, and the logs say that this was done.
    ///
    /// # Errors
    /// [`HeadsFault`] when it cannot be written down.
    pub async fn accept_older<S: Store>(&mut self, store: &S, clock: &dyn Clock) -> Result<(), HeadsFault> {
        let noted = |kind| of_operator(kind, clock);
        // The second one is for the agencies, which see nothing of the case log.
        let both = [EntryKind::OlderLogAccepted, EntryKind::SetBack].map(noted).to_vec();
        store.note(both, clock.today()).await.map_err(HeadsFault::Store)?;
        self.files().into_iter().try_for_each(HeadsFile::set_aside)?;
        *self.shown() = Shown::default();
        Ok(())
    }

    /// Says in the intake log that the hub started, and of which version it is.
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub async fn started<S: Store>(&self, store: &S, clock: &dyn Clock) -> Result<(), Fault> {
        let noted = Noted {
            kind: EntryKind::Configuration,
            hours: hours_of_unix(clock.unix_seconds()),
            actor: HUB.to_owned(),
            count: 1,
            record: env!("CARGO_PKG_VERSION").as_bytes().to_vec(),
        };
        store.note(vec![noted], clock.today()).await
    }

    /// Whether a batch of an earlier day came after the last head for agencies, which bears today: the clock was ahead when
    /// that was made.
    async fn was_early<S: Store>(&self, store: &S, today: Day) -> Result<bool, Fault> {
        let of_today = self.daily.last().filter(|it| it.day == Some(today));
        let Some(Checkpoint { size, .. }) = of_today else { return Ok(false) };
        let from = *size;
        let is_of_before = move |it: &Entry| {
            matches!(it.kind, EntryKind::Batch | EntryKind::Withdrawal) && it.hours < hours_of_day(today)
        };
        let found = store.audit(move |it| {
            // One by one: records are long, and a day has many.
            for leaf in from..it.size(Log::Intake)? {
                if it.since(Log::Intake, leaf, 1)?.iter().any(|it| is_of_before(&it.entry)) {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        found.await
    }

    /// Signs what a tick added: the database first, then the heads.
    ///
    /// # Errors
    /// [`Fault`] when a head cannot be kept; the hub stops then.
    pub(crate) async fn sign<S: Store>(
        &mut self,
        store: &S,
        manifest: &Manifest,
        clock: &dyn Clock,
    ) -> Result<(), Fault> {
        let intake = self.head(store, Log::Intake, self.intake.last().map(|it| it.size)).await?;
        let case = self.head(store, Log::Case, self.case.last().map(|it| it.size)).await?;
        for head in intake.into_iter().chain(case) {
            match head.log {
                Log::Intake => {
                    let shown = Daily { note: head.signed(&self.key), checkpoint: head.clone() };
                    self.intake.append(head, &self.key)?;
                    self.shown().heads.insert(Log::Intake, shown);
                }
                Log::Case => self.case.append(head, &self.key)?,
            }
        }
        if self.is_early.is_none() {
            self.is_early = Some(self.was_early(store, clock.today()).await?);
        }
        self.sign_daily(Log::Intake, manifest, clock)?;
        self.sign_daily(Log::Case, manifest, clock)
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The head of a log that has grown beyond `signed`.
    async fn head<S: Store>(
        &self,
        store: &S,
        log: Log,
        signed: Option<u64>,
    ) -> Result<Option<Checkpoint>, Fault> {
        let origin = self.origin.clone();
        let head = store.audit(move |it| {
            let size = it.size(log)?;
            if signed.unwrap_or(0) >= size {
                return Ok(None);
            }
            Ok(Some(Checkpoint { origin, log, size, root: it.root(log, size)?, day: None }))
        });
        head.await
    }

    /// Makes the head of the day of a log, if it is due, and shows it to whoever gets those.
    fn sign_daily(&mut self, log: Log, manifest: &Manifest, clock: &dyn Clock) -> Result<(), Fault> {
        let (file, newest) = match log {
            Log::Intake => (&mut self.daily, &self.intake),
            Log::Case => (&mut self.case_daily, &self.case),
        };
        let (made, is_early) =
            (self.made.get(&log).copied(), self.is_early == Some(true) && log == Log::Intake);
        let Some(head) = daily::due(file.last(), newest.last(), made, is_early, manifest, clock) else {
            return Ok(());
        };
        let shown = Daily { note: head.signed(&self.key), checkpoint: head.clone() };
        file.append(head, &self.key)?;
        self.made.insert(log, clock.today());
        match log {
            Log::Intake => self.shown().daily = Some(shown),
            Log::Case => {
                self.shown().heads.insert(log, shown);
            }
        }
        Ok(())
    }
}
