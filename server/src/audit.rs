//! The heads of the audit logs: what the hub signs of them, and keeps apart from the database.
//!
//! An operator who puts an older backup in place rolls the logs back with it; the heads outside show it, and those
//! that agencies keep show it even if the heads go too (protocol.md P-70, P-75).

mod door;
mod heads;
mod reads;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samenloop_audit::{EntryKind, Log, hours_of_unix};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::{HUB, Manifest};
use samenloop_manifest::{Checkpoint, LogKey};
use samenloop_store::{AuditLog, Fault, Noted, Store};

use crate::clock::hour_of;
pub(crate) use door::Audits;
pub use heads::HeadsFault;
use heads::HeadsFile;

/// Whoever has the hub's machine, as the case log names him.
pub(crate) const OPERATOR: &str = "operator";

/// A checkpoint and its signed note.
#[derive(Debug, Clone)]
pub(crate) struct Daily {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) note: String,
}

/// What may be shown: to agencies the checkpoint of the day, to privacy officers the last head of each log.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) daily: Option<Daily>,
    pub(crate) heads: BTreeMap<Log, Daily>,
}

/// Where it lies for whoever asks.
pub(crate) type DailySeat = Arc<Mutex<Shown>>;

/// The files of heads in their directory. Of the intake log also those that agencies get, one a day.
const FILES: [(&str, Log); 3] =
    [("intake.heads", Log::Intake), ("case.heads", Log::Case), ("intake.daily", Log::Intake)];

/// Holds logs against every head that was ever signed and lies in a directory, and returns how many entries of each the
/// last one covers. Writes nothing and needs no secret; `log_key` is the public key.
///
/// # Errors
/// [`HeadsFault`] for the first head from which a log does not go on.
pub(crate) fn hold(
    directory: &Path,
    origin: &str,
    log_key: [u8; 32],
    logs: &AuditLog<'_>,
) -> Result<BTreeMap<Log, u64>, HeadsFault> {
    let mut signed: BTreeMap<Log, u64> = BTreeMap::new();
    for (name, log) in FILES {
        let (found, mut agreed) = (logs.size(log).map_err(HeadsFault::Store)?, 0);
        heads::read(&directory.join(name), origin, log, log_key, |head| {
            if found < head.size {
                return Err(HeadsFault::Older { log: log.name(), signed: head.size, found });
            }
            if logs.root(log, head.size).map_err(HeadsFault::Store)? != head.root {
                return Err(HeadsFault::Forked { log: log.name(), agreed, signed: head.size });
            }
            agreed = head.size;
            Ok(())
        })?;
        let covered = signed.entry(log).or_default();
        *covered = agreed.max(*covered);
    }
    Ok(signed)
}

/// The signed heads of both logs, and the key that signs them.
pub struct LogHeads {
    key: LogKey,
    origin: String,
    intake: HeadsFile,
    case: HeadsFile,
    daily: HeadsFile,
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
        let [intake, case, daily] = FILES.map(open);
        let (intake, case, daily) = (intake?, case?, daily?);
        let show =
            |file: &HeadsFile| file.last().map(|it| Daily { checkpoint: it.clone(), note: it.signed(&key) });
        let heads = [(Log::Intake, show(&intake)), (Log::Case, show(&case))];
        let heads = heads.into_iter().filter_map(|(log, head)| Some((log, head?))).collect();
        let seat = Arc::new(Mutex::new(Shown { daily: show(&daily), heads }));
        Ok(Self { key, origin: origin.to_owned(), intake, case, daily, seat })
    }

    /// Where the checkpoint of the day lies.
    pub(crate) fn daily(&self) -> DailySeat {
        Arc::clone(&self.seat)
    }

    /// Holds a store against the last heads: its logs go on from them.
    ///
    /// # Errors
    /// [`HeadsFault::Older`] or [`HeadsFault::Differs`] when they do not: a backup was put in place, or the log was
    /// changed. [`HeadsFault::Store`] when the store cannot tell.
    pub async fn check<S: Store>(&self, store: &S) -> Result<(), HeadsFault> {
        for head in [self.intake.last(), self.case.last(), self.daily.last()].into_iter().flatten() {
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
        Ok(())
    }

    /// Takes logs into service that do not go on from the last heads. The files of heads are kept under another
    /// name, as evidence, and the logs say that this was done.
    ///
    /// # Errors
    /// [`HeadsFault`] when it cannot be written down.
    pub async fn accept_older<S: Store>(&mut self, store: &S, clock: &dyn Clock) -> Result<(), HeadsFault> {
        let noted = Noted {
            kind: EntryKind::OlderLogAccepted,
            hours: hours_of_unix(clock.unix_seconds()),
            actor: OPERATOR.to_owned(),
            count: 1,
            record: Vec::new(),
        };
        store.note(vec![noted], clock.today()).await.map_err(HeadsFault::Store)?;
        for file in [&mut self.intake, &mut self.case, &mut self.daily] {
            file.set_aside()?;
        }
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
            let shown = Daily { note: head.signed(&self.key), checkpoint: head.clone() };
            let file = if head.log == Log::Intake { &mut self.intake } else { &mut self.case };
            file.append(head, &self.key)?;
            self.shown().heads.insert(shown.checkpoint.log, shown);
        }
        self.sign_daily(manifest, clock)
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

    /// Once a day, from the first hour of mail on, the head of that moment is the one that agencies get.
    fn sign_daily(&mut self, manifest: &Manifest, clock: &dyn Clock) -> Result<(), Fault> {
        let (today, hour) = (clock.today(), manifest.mail_hours().first().copied());
        let is_due = match (self.daily.last(), hour, self.intake.last()) {
            (_, _, None) => false,
            (Some(last), Some(hour), _) => {
                last.day.is_none_or(|it| it < today) && hour_of(clock.unix_seconds()) >= hour
            }
            (None, Some(hour), _) => hour_of(clock.unix_seconds()) >= hour,
            // A kit, which has no hours: whenever there is something new.
            (Some(last), None, Some(head)) => last.size < head.size || last.day.is_none_or(|it| it < today),
            (None, None, _) => true,
        };
        let Some(head) = self.intake.last().filter(|_| is_due) else { return Ok(()) };
        let daily = Checkpoint { day: Some(today), ..head.clone() };
        let note = daily.signed(&self.key);
        self.daily.append(daily.clone(), &self.key)?;
        self.shown().daily = Some(Daily { checkpoint: daily, note });
        Ok(())
    }
}
