//! The seam: what the hub asks of whatever keeps its signals.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use samenloop_audit::Log;
use samenloop_core::alert::{Act, Alert, AlertId, Answer, ContactRequest, Reader};
use samenloop_core::batch::Arrival;
use samenloop_core::census::{Census, Where};
use samenloop_core::declaration::Declaration;
use samenloop_core::manifest::Manifest;
use samenloop_core::processing::{ProcessingLog, Unwritten};
use samenloop_core::rights::RightsRequest;
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::room::rights::RightsRefusal;
use samenloop_core::terms::BACKUP_KEPT_DAYS;
use samenloop_core::value::{ConnectionId, Day, Epoch};

use crate::{AuditLog, Erased, Fate, Letter, LetterId, Noted, RightsStep};

/// Why an engine could not keep its word. Never the sender's fault, and never about a child.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Reading or writing failed; `what` says which file or step.
    #[error("{what}: {source}")]
    Io {
        /// The file or step, without anything of a signal.
        what: &'static str,
        /// The system's own error.
        source: std::io::Error,
    },
    /// What is on disk is not what was written. The hub must not serve from it.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Nothing was ever kept here, so there is nothing to look at.
    #[error("there is no database yet: start the hub once")]
    NoDatabase,
    /// A secret is missing, or is not the one this database was written with.
    #[error("secrets: {0}")]
    Secrets(String),
    /// A backup, or a database that was put in place by hand, is older than what is remembered of erasures.
    #[error(
        "the database last served on {made}, more than {BACKUP_KEPT_DAYS} days ago: what was erased since would count \
         again. Put a newer one in place, or begin with an empty data directory and new secrets and let every agency \
         send its live signals again. A hub that only stood still starts without --accept-older-log, \
         and can be backed up after its first tick"
    )]
    TooOld {
        /// The day of its last tick.
        made: Day,
    },
    /// What was to be done could not be announced, and was not done. It may be tried again.
    #[error(transparent)]
    Unannounced(#[from] Unwritten),
    /// An earlier fault closed the engine; only a restart, with its checks, opens it again.
    #[error("closed after an earlier fault")]
    Closed,
}

/// What an engine knows of one connection's own sending: the only thing intake may look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counter {
    /// The number of its next line, from 1 (`first sequence` of receipts).
    pub next_sequence: u64,
    /// The day of its last line; `None` when it never sent one.
    pub day: Option<Day>,
    /// Lines admitted on that day.
    pub lines: u64,
}

/// One tick of the clock that files, converges and alerts.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The manifest of this tick.
    pub manifest: Arc<Manifest>,
    /// The day of this tick.
    pub today: Day,
}

/// What one tick did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The number of the last tick that changed anything, this one included; over restarts one more each time.
    pub tick: u64,
    /// Lines filed.
    pub lines: u64,
    /// Alerts that opened, that a domain joined, or that lapsed.
    pub told: u64,
}

/// Which alerts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that still follow their signals.
    Open,
    /// Lapsed and closed ones too.
    All,
}

/// What somebody does with an alert.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who does it.
    pub by: ConnectionId,
    /// The manifest of this moment.
    pub manifest: Arc<Manifest>,
    /// The day.
    pub today: Day,
    /// What.
    pub deed: Deed,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// An act of a coordinator.
    Act(Act),
    /// The answer of an agency that was asked for contact.
    Answer(Answer),
}

/// What one tick has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The tick.
    pub tick: u64,
    /// The alerts as they are now.
    pub alerts: Vec<Alert>,
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// References under one epoch: of signals that ended, and of withdrawals that no push can undo any more.
    pub references: u64,
    /// Rows of those signals.
    pub rows: u64,
}

/// What became of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilt {
    /// Nothing was erased since the last one.
    Needless,
    /// What was erased before it was asked for is gone from the disk.
    Copied {
        /// Records that live.
        records: u64,
        /// Bytes on disk before.
        bytes_before: u64,
        /// Bytes on disk now.
        bytes_after: u64,
    },
    /// It could not be finished, and what was erased still lies on the disk; why. Everything else goes on.
    GivenUp(String),
}

/// How far a connection's signals of one epoch are carried over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Signals that are filed under the epoch and alive.
    pub filed: u64,
    /// How many of those are filed under the epoch that is active at the last tick too; of that epoch itself,
    /// all. The difference lapses when the epoch ends (P-43).
    pub carried: u64,
}

/// Keeps arrivals, rows, alerts and what is to be told. **When a verb returns, it is durable**, but for
/// [`Self::dispatched`].
///
/// Several tasks may call at once. `admit` and `file` share no lock that a sender could time.
pub trait Store: Send + Sync + 'static {
    /// Announces from now on, to this log, what ticks, rights and sweeps do, each before it becomes real: where that
    /// cannot be written they fail with [`Fault::Unannounced`] and change nothing (V-44). Only the first log is kept.
    fn announce_to(&self, log: Arc<dyn ProcessingLog>);

    /// Keeps an arrival until the next tick and says the sequence of its first line. The ack may go out when
    /// this returns, and not before.
    fn admit(&self, arrival: Arrival) -> impl Future<Output = Result<u64, Fault>> + Send;

    /// Files what was admitted before this call, judges each child it touches and every open alert that a
    /// day or a manifest may have changed, and keeps what is to be told. Running it again changes nothing.
    ///
    /// `tick` is asked once the arrivals to be filed are set apart. So no arrival is filed under a manifest older
    /// than the one it was admitted under, which would not know its epoch or its sender yet (P-44).
    fn file(
        &self,
        tick: impl FnOnce() -> Tick + Send + 'static,
    ) -> impl Future<Output = Result<Filed, Fault>> + Send;

    /// The alerts that `reader` may see, oldest first.
    fn alerts(&self, reader: &Reader, scope: Scope)
    -> impl Future<Output = Result<Vec<Alert>, Fault>> + Send;

    /// What an agency is asked on open alerts, and on which. Costs what its own requests cost and waits for no writer, so
    /// that an agency can tell neither how many alerts there are nor when a tick files.
    fn asked(&self, agency: &ConnectionId) -> Result<Vec<(AlertId, ContactRequest)>, Fault>;

    /// What ticks after `tick` have to tell to `reader`, oldest first; ticks without news are left out.
    fn news(&self, reader: &Reader, tick: u64) -> impl Future<Output = Result<Vec<News>, Fault>> + Send;

    /// Takes one step with an alert, whole or not at all, one step at a time over all callers: of two that claim an
    /// alert, one gets it. Returns the alert as it is then, or why nothing changed. What is to be told is news of
    /// the next tick.
    fn act(
        &self,
        alert: AlertId,
        step: Step,
    ) -> impl Future<Output = Result<Result<Alert, ActRefusal>, Fault>> + Send;

    /// What is to leave the hub on a day: letters are written in the transaction of what they tell, and stay until
    /// [`Self::dispatched`] says what became of them. One whose alert no longer waits for its recipient goes.
    fn outbox(
        &self,
        manifest: &Arc<Manifest>,
        today: Day,
    ) -> impl Future<Output = Result<Vec<Letter>, Fault>> + Send;

    /// Notes what became of letters. One that is not there, or was replaced since, is passed over.
    ///
    /// Not durable when it returns: it becomes so with the next tick that keeps anything, or when the store is closed.
    /// Until then a crash brings the letter back, which is why one may leave twice.
    fn dispatched(&self, fates: Vec<(LetterId, Fate)>);

    /// Takes one step with a rights request, and keeps it with its pseudonyms until it is answered. Neither what it
    /// says nor what it costs depends on what is filed.
    fn rights(
        &self,
        step: RightsStep,
    ) -> impl Future<Output = Result<Result<RightsRequest, RightsRefusal>, Fault>> + Send;

    /// Answers every rights request whose day has come, whole or not at all, between two steps with an alert: what is
    /// erased while somebody picks it up ends either way. What is to be told is news of the next tick. `last` is the last day
    /// of every manifest that is known, also of one that does not act yet: what was asked after it, no true clock saw.
    fn answer_requests(
        &self,
        tick: Tick,
        last: Day,
    ) -> impl Future<Output = Result<Vec<RightsRequest>, Fault>> + Send;

    /// The rights requests whose term is not over, oldest first. Waits for no writer: who asks for them may send signals too.
    fn requests(&self) -> Result<Vec<RightsRequest>, Fault>;

    /// The signals of one sender that were erased on request, by their references, until each would have ended anyway.
    /// Costs as much as there are of its own and waits for no writer, as [`Self::asked`].
    fn erased(&self, sender: &ConnectionId) -> Result<Vec<Erased>, Fault>;

    /// By epoch, the children that rest under it and not yet under the epoch that was active at the last tick, and the
    /// rights requests that wait and name nothing of that epoch; epochs without any are left out.
    fn restrictions_behind(&self, today: Day) -> Result<BTreeMap<Epoch, u64>, Fault>;

    /// The number of the last tick that changed anything; 0 before the first.
    fn last_tick(&self) -> u64;

    /// Every connection's counter, arrivals not yet filed included.
    fn counters(&self) -> Result<BTreeMap<ConnectionId, Counter>, Fault>;

    /// Destroys an epoch (P-33): first it is durably so, and no secret is ever made for it again, whatever a
    /// manifest says; then its secret is overwritten; then its rows, reference records and counts are dropped
    /// unopened. Alerts live on. Says whether there was something to destroy. After a fault, or when it was
    /// given up half-way, it is to be repeated; repeating is free.
    fn destroy_epoch(&self, epoch: Epoch) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// Removes what is past its term on a day: signals that ended, and withdrawals (V-21). Nothing of it counted any
    /// more. `None`, and nothing is done, while the last tick was of another day. Ticks go on meanwhile; repeating is
    /// free.
    fn sweep(&self, today: Day) -> impl Future<Output = Result<Option<Swept>, Fault>> + Send;

    /// Takes what was erased, replaced or swept before this call from the disk, where it lies closed until then (V-23).
    /// Intake, ticks and readers go on meanwhile, and a crash at any moment leaves the store as it was before or after.
    /// One at a time; another call breaks off the one before it.
    fn rebuild(&self) -> impl Future<Output = Result<Rebuilt, Fault>> + Send;

    /// How many signals of each connection are filed under each epoch on a day, and how many of those are
    /// carried over, as of the last tick; pairs without any are left out. An epoch that is
    /// no longer live is counted until it is destroyed, without what was withdrawn or pushed anew since.
    fn standings(&self, today: Day) -> Result<BTreeMap<(ConnectionId, Epoch), Standing>, Fault>;

    /// What was counted of a quarter, by region (V-45): in the transaction of what it counts, and by nothing else. `None`
    /// unless that quarter is over, by the ticks that counted since; then it never changes.
    fn census(
        &self,
        quarter: u16,
    ) -> impl Future<Output = Result<Option<BTreeMap<Where, Census>>, Fault>> + Send;

    /// Keeps a declaration; the one before it on the same matter of the same epoch is forgotten. Whether the
    /// epoch is one of the manifest is for the caller to check.
    fn declare(&self, declaration: Declaration) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Every declaration, by connection, epoch and matter.
    fn declarations(&self) -> Result<Vec<Declaration>, Fault>;

    /// Writes into the audit logs, together, on a day, what no tick and no act does by itself.
    fn note(&self, noted: Vec<Noted>, today: Day) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Reads the audit logs, as they are at one moment.
    fn audit<T: Send + 'static>(
        &self,
        read: impl FnOnce(&AuditLog<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> impl Future<Output = Result<T, Fault>> + Send;

    /// Erases the record of a leaf and its salt (P-74); says whether it was there. The tree stays as it is.
    fn forget_record(
        &self,
        log: Log,
        leaf: u64,
        today: Day,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}
