//! The embedded engine: sled 0.34.7 behind an intake log, guarded.
//!
//! sled alone does not keep the promises of the seam (decision 2 tells what was measured): its `flush`
//! does not sync, large values go to files that are never synced, a flipped bit loses records in silence, and
//! deleted bytes stay. So: one tree; one writer; no value over 16 KiB; every value sealed to its key; a count,
//! a digest and a commit number in every batch, and that number in a synced file beside the database. What
//! does not agree at start is not served.

mod asked;
mod base;
mod census;
mod database;
mod draft;
mod epochs;
mod erasures;
mod head;
mod kept;
mod keys;
#[cfg(feature = "leaky-intake")]
mod leak;
mod ledger;
mod log;
mod meta;
mod quarters;
mod rebuild;
mod restore;
mod succession;
mod sweep;
mod verify;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use samenloop_audit::Log;
use samenloop_core::alert::{Alert, AlertId, ContactRequest, Reader};
use samenloop_core::batch::Arrival;
use samenloop_core::census::{Census, Where};
use samenloop_core::declaration::Declaration;
use samenloop_core::manifest::Manifest;
use samenloop_core::processing::ProcessingLog;
use samenloop_core::rights::RightsRequest;
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::room::rights::RightsRefusal;
use samenloop_core::value::{ConnectionId, Day, Epoch};
use tokio::sync::{mpsc, oneshot};

pub use rebuild::RebuildReport;
pub use restore::{BackupReport, RestoreReport};
pub use verify::{DestroyedEpoch, Expired, TermOf, VerifyReport};

use crate::intake::Intake;
use crate::letter::Fates;
use crate::tally::Tally;
use crate::{
    AuditLog, Backup, Counter, Erased, Fate, Fault, FileSecrets, Filed, Letter, LetterId, News, Noted,
    Outlasted, Rebuilt, RightsStep, Scope, Secrets, Standing, Step, Store, Swept, Tick,
};
use base::Base;
use kept::Kept;
use sweep::Sweep;
use worker::{Copying, Order, Worker};

/// Where the engine keeps what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SledOptions {
    /// Directory of the database and the intake log.
    pub data: PathBuf,
    /// Directory of the secrets; never inside `data`, so that no backup of the one holds the other (P-30).
    pub secrets: PathBuf,
    /// The exchange of the manifest (P-3); indexes of another exchange never match.
    pub exchange: String,
    /// Bytes of sled's cache; it uses up to 2.5 times that.
    pub cache_bytes: u64,
}

impl SledOptions {
    /// Directories `data` and `secrets` below one, and a cache of 8 MiB: for tests and other small stores.
    #[must_use]
    pub fn below(directory: &Path, exchange: &str) -> Self {
        Self {
            data: directory.join("data"),
            secrets: directory.join("secrets"),
            exchange: exchange.to_owned(),
            cache_bytes: 8 << 20,
        }
    }

    fn secrets(&self) -> Result<Arc<dyn Secrets>, Fault> {
        if self.secrets.starts_with(&self.data) {
            return Err(Fault::Secrets(
                "the directory of secrets may not lie inside the data directory".to_owned(),
            ));
        }
        FileSecrets::open(&self.secrets).map(|it| Arc::new(it) as Arc<dyn Secrets>)
    }
}

/// The store on sled.
pub struct SledStore {
    base: Arc<Base>,
    intake: Arc<Intake>,
    tally: Arc<Mutex<Tally>>,
    kept: Arc<Mutex<Kept>>,
    fates: Arc<Fates>,
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl SledStore {
    /// Opens the store, making it when neither database nor secrets are there, and checks every record.
    ///
    /// # Errors
    /// [`Fault::Damaged`] or [`Fault::Secrets`] when what is on disk is not what was written; then nothing is
    /// changed and nothing is served. [`Fault::Io`] when another process has it open.
    pub fn open(options: SledOptions) -> Result<Self, Fault> {
        let secrets = options.secrets()?;
        let base = Arc::new(Base::open(&options, Arc::clone(&secrets))?);
        let waiting = worker::survey(&base)?;
        *base.asked() = asked::Asked::read(&base)?;
        *base.erasures() = erasures::Erasures::read(&base)?;
        let tally = Arc::new(Mutex::new(waiting.tally));
        let intake = Intake::start(
            &base.intake_directory(),
            secrets,
            Arc::clone(&tally),
            waiting.next_segment,
            waiting.next_frame,
        )?;
        let intake = Arc::new(intake);
        let (orders, received) = mpsc::channel(16);
        let (kept, fates) = (Arc::default(), Arc::default());
        let (own_kept, own_fates) = (Arc::clone(&kept), Arc::clone(&fates));
        let worker = Worker::new(Arc::clone(&base), Arc::clone(&intake), own_kept, own_fates)?;
        let io = |source| Fault::Io { what: "starting the filing thread", source };
        let thread = std::thread::Builder::new()
            .name("filing".into())
            .spawn(move || worker.run(received))
            .map_err(io)?;
        Ok(Self { base, intake, tally, kept, fates, orders: Some(orders), thread: Some(thread) })
    }

    /// Checks a store that nobody has open: every record, every secret, every waiting arrival.
    ///
    /// # Errors
    /// [`Fault`] for the first thing that is not as it was written.
    pub fn verify(options: &SledOptions, today: Day) -> Result<VerifyReport, Fault> {
        Self::verify_and_read(options, today, |_| ()).map(|(report, ())| report)
    }

    /// As [`Self::verify`], and reads its audit logs.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_and_read<T>(
        options: &SledOptions,
        today: Day,
        read: impl FnOnce(&AuditLog<'_>) -> T,
    ) -> Result<(VerifyReport, T), Fault> {
        verify::verify(options, today, read)
    }

    /// The outbox of a store that nobody has open.
    ///
    /// # Errors
    /// [`Fault`] for the first thing that is not as it was written.
    pub fn letters(options: &SledOptions) -> Result<Vec<Letter>, Fault> {
        ledger::letters(&Base::open_kept(options)?)
    }

    /// Writes into the audit logs of a store that nobody has open.
    ///
    /// # Errors
    /// [`Fault`] for the first thing that is not as it was written.
    pub fn note_closed(options: &SledOptions, noted: Noted, today: Day) -> Result<(), Fault> {
        log::note(&Base::open_kept(options)?, vec![noted], today)
    }

    /// Copies a store that nobody has open into a fresh database, so that what was erased is gone from the
    /// disk (V-23).
    ///
    /// # Errors
    /// [`Fault`] when the old one is damaged or the new one cannot be written; the old one is then kept.
    pub fn rebuild(options: &SledOptions) -> Result<RebuildReport, Fault> {
        rebuild::rebuild(options, None)
    }

    /// Writes a store that nobody has open into a new file, sealed under `key`; arrivals that no tick has filed yet are
    /// left out (V-25).
    ///
    /// # Errors
    /// [`Fault`] when the store is damaged, or the file is there already or cannot be written; then none is left.
    pub fn back_up(
        options: &SledOptions,
        path: &Path,
        key: &[u8; 32],
        today: Day,
    ) -> Result<BackupReport, Fault> {
        restore::back_up(options, path, key, today)
    }

    /// Puts a backup into an empty data directory, under the secrets that are there; `destroyed` are the epochs whose
    /// secrets may be gone since. What was erased or restricted since is so again.
    ///
    /// # Errors
    /// [`Fault`] when the directory is not empty, the backup is not whole, or a secret is missing or another; the
    /// directory is empty then.
    pub fn restore(
        options: &SledOptions,
        backup: Backup,
        destroyed: &BTreeSet<Epoch>,
        today: Day,
    ) -> Result<RestoreReport, Fault> {
        restore::restore(options, backup, destroyed, today)
    }

    /// Does again what was erased or restricted, in an older database that was put in place by hand and that nobody has
    /// open; `None` when the list of it is lost, or was since that database last saw a tick.
    ///
    /// # Errors
    /// [`Fault::TooOld`] when its last tick was longer ago than a backup is kept; else for the first thing that is not
    /// as it was written.
    pub fn outlast(options: &SledOptions, today: Day) -> Result<Option<Outlasted>, Fault> {
        let base = Base::open_kept(options)?;
        restore::outlast(&base, base.meta().served, today)
    }

    /// As [`Self::rebuild`], with a new pepper for one epoch after its pepper leaked (P-34). No agency notices.
    ///
    /// # Errors
    /// As [`Self::rebuild`]; also when the epoch has no secrets or its chain of peppers is full.
    pub fn replace_pepper(options: &SledOptions, epoch: Epoch) -> Result<RebuildReport, Fault> {
        rebuild::rebuild(options, Some(epoch))
    }
}

impl SledStore {
    /// Gives the writer an order, and waits for what came of it.
    async fn order<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, Fault>>) -> Order + Send,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or(Fault::Closed)?;
        orders.send(order(reply)).await.map_err(|_| Fault::Closed)?;
        answer.await.map_err(|_| Fault::Closed)?
    }
}

impl SledStore {
    /// Keeps what became of letters, which waits for the next commit otherwise: a hub that stops mails nobody twice.
    ///
    /// # Errors
    /// [`Fault`]; then those letters leave once more.
    pub async fn close(&self) -> Result<(), Fault> {
        self.order(Order::Close).await
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn reading<T: Send + 'static>(
    base: &Arc<Base>,
    read: impl FnOnce(&Base) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let base = Arc::clone(base);
    tokio::task::spawn_blocking(move || read(&base)).await.map_err(|_| Fault::Closed)?
}

impl Store for SledStore {
    fn announce_to(&self, log: Arc<dyn ProcessingLog>) {
        self.base.announcer().tell(log);
    }

    async fn admit(&self, arrival: Arrival) -> Result<u64, Fault> {
        #[cfg(feature = "leaky-intake")]
        leak::open_ledger(&self.base, &arrival)?;
        self.intake.admit(arrival).await
    }

    async fn file(&self, tick: impl FnOnce() -> Tick + Send + 'static) -> Result<Filed, Fault> {
        self.order(|reply| Order::File(Box::new(tick), reply)).await
    }

    async fn alerts(&self, reader: &Reader, scope: Scope) -> Result<Vec<Alert>, Fault> {
        let reader = reader.clone();
        reading(&self.base, move |base| ledger::alerts(base, &reader, scope)).await
    }

    fn asked(&self, agency: &ConnectionId) -> Result<Vec<(AlertId, ContactRequest)>, Fault> {
        Ok(self.base.asked().of(agency))
    }

    async fn news(&self, reader: &Reader, tick: u64) -> Result<Vec<News>, Fault> {
        let reader = reader.clone();
        reading(&self.base, move |base| ledger::news(base, &reader, tick)).await
    }

    async fn act(&self, alert: AlertId, step: Step) -> Result<Result<Alert, ActRefusal>, Fault> {
        self.order(|reply| Order::Act(alert, Box::new(step), reply)).await
    }

    async fn outbox(&self, manifest: &Arc<Manifest>, today: Day) -> Result<Vec<Letter>, Fault> {
        let (fates, manifest) = (Arc::clone(&self.fates), Arc::clone(manifest));
        reading(&self.base, move |base| ledger::outbox(base, &fates, &manifest, today)).await
    }

    fn dispatched(&self, fates: Vec<(LetterId, Fate)>) {
        self.fates.note(fates);
    }

    async fn rights(&self, step: RightsStep) -> Result<Result<RightsRequest, RightsRefusal>, Fault> {
        self.order(|reply| Order::Rights(Box::new(step), reply)).await
    }

    async fn answer_requests(&self, tick: Tick, last: Day) -> Result<Vec<RightsRequest>, Fault> {
        self.order(|reply| Order::AnswerRights(tick, last, reply)).await
    }

    fn requests(&self) -> Result<Vec<RightsRequest>, Fault> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).requests().to_vec())
    }

    fn erased(&self, sender: &ConnectionId) -> Result<Vec<Erased>, Fault> {
        Ok(self.base.erasures().of(sender))
    }

    fn restrictions_behind(&self, today: Day) -> Result<BTreeMap<Epoch, u64>, Fault> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).restrictions_behind(today))
    }

    fn last_tick(&self) -> u64 {
        self.base.meta().tick
    }

    fn counters(&self) -> Result<BTreeMap<ConnectionId, Counter>, Fault> {
        Ok(self.tally.lock().unwrap_or_else(PoisonError::into_inner).counters().clone())
    }

    async fn destroy_epoch(&self, epoch: Epoch) -> Result<bool, Fault> {
        let mut found = false;
        loop {
            let step = self.order(|reply| Order::Destroy(epoch, reply)).await?;
            found |= step.found;
            if step.ended {
                return Ok(found);
            }
        }
    }

    async fn sweep(&self, today: Day) -> Result<Option<Swept>, Fault> {
        let mut sweep = Sweep::begin();
        while sweep.next.is_some() {
            match self.order(|reply| Order::Sweep(today, sweep, reply)).await? {
                Some(further) => sweep = further,
                None => return Ok(None),
            }
        }
        Ok(Some(sweep.swept))
    }

    async fn rebuild(&self) -> Result<Rebuilt, Fault> {
        let mut copying = Copying::Begins;
        loop {
            if let Some(rebuilt) = self.order(|reply| Order::Rebuild(copying, reply)).await? {
                return Ok(rebuilt);
            }
            copying = Copying::GoesOn;
        }
    }

    fn standings(&self, today: Day) -> Result<BTreeMap<(ConnectionId, Epoch), Standing>, Fault> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).standings(today))
    }

    async fn census(&self, quarter: u16) -> Result<Option<BTreeMap<Where, Census>>, Fault> {
        reading(&self.base, move |base| census::of_quarter(base, quarter)).await
    }

    async fn declare(&self, declaration: Declaration) -> Result<(), Fault> {
        self.order(|reply| Order::Declare(declaration, reply)).await
    }

    fn declarations(&self) -> Result<Vec<Declaration>, Fault> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).declarations().to_vec())
    }

    async fn note(&self, noted: Vec<Noted>, today: Day) -> Result<(), Fault> {
        self.order(|reply| Order::Note(noted, today, reply)).await
    }

    async fn audit<T: Send + 'static>(
        &self,
        read: impl FnOnce(&AuditLog<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let sizes = self.kept.lock().unwrap_or_else(PoisonError::into_inner).log_sizes().clone();
        reading(&self.base, |base| log::read(base, sizes, read)).await
    }

    async fn forget_record(&self, log: Log, leaf: u64, today: Day) -> Result<bool, Fault> {
        self.order(|reply| Order::ForgetRecord(log, leaf, today, reply)).await
    }
}
