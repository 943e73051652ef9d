//! The one writer: files what arrived, tick by tick.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use samenloop_audit::Log;
use samenloop_core::alert::{Alert, AlertId};
use samenloop_core::batch::Arrival;
use samenloop_core::declaration::Declaration;
use samenloop_core::rights::RightsRequest;
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::room::rights::RightsRefusal;
use samenloop_core::value::{Day, Epoch};
use tokio::sync::{mpsc, oneshot};

use super::base::Base;
use super::draft::Draft;
use super::epochs::{self, Destruction};
use super::kept::Kept;
use super::keys;
use super::ledger::{self, SledLedger};
use super::log;
use super::succession;
use super::sweep::{self, Sweep};
use crate::filing::{self, Walk};
use crate::index::EpochKeys;
use crate::intake::{self, Intake};
use crate::letter::Fates;
use crate::segment::Arrivals;
use crate::tally::Tally;
use crate::{Fault, Filed, Noted, Rebuilt, RightsStep, Step, Tick, codec};

/// Lines that one transaction files at most; each transaction is synced.
pub(super) const LINES_A_COMMIT: usize = 8192;

/// Where the writer says what came of an order.
type Reply<T> = oneshot::Sender<Result<T, Fault>>;

/// What the writer is asked to do.
pub(crate) enum Order {
    /// File a tick, asked for once the arrivals to be filed are set apart.
    File(Box<dyn FnOnce() -> Tick + Send>, Reply<Filed>),
    /// Go one step with the destruction of an epoch.
    Destroy(Epoch, Reply<Destruction>),
    /// Go one step with the sweep of a day.
    Sweep(Day, Sweep, Reply<Option<Sweep>>),
    /// Go one step with a copy into a fresh database.
    Rebuild(Copying, Reply<Option<Rebuilt>>),
    /// Keep a declaration.
    Declare(Declaration, Reply<()>),
    /// Write into the audit logs on a day.
    Note(Vec<Noted>, Day, Reply<()>),
    /// Erase the record of a leaf of a log, on a day.
    ForgetRecord(Log, u64, Day, Reply<bool>),
    /// Take a step with an alert.
    Act(AlertId, Box<Step>, Reply<Result<Alert, ActRefusal>>),
    /// Take a step with a rights request.
    Rights(Box<RightsStep>, Reply<Result<RightsRequest, RightsRefusal>>),
    /// Answer the rights requests whose day has come; with the last day of every manifest that is known.
    AnswerRights(Tick, Day, Reply<Vec<RightsRequest>>),
    /// Keep what became of letters and is not kept yet.
    Close(Reply<()>),
}

/// Which step of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copying {
    Begins,
    GoesOn,
}

/// The writer's own state.
pub(crate) struct Worker {
    base: Arc<Base>,
    intake: Arc<Intake>,
    /// Counters up to what is filed.
    filed: Tally,
    kept: Arc<Mutex<Kept>>,
    fates: Arc<Fates>,
}

/// What lies in the intake log at start.
pub(crate) struct Waiting {
    pub(crate) tally: Tally,
    pub(crate) next_segment: u64,
    pub(crate) next_frame: u64,
    pub(crate) arrivals: u64,
}

/// Reads the intake log at start: every arrival that was not yet filed is there, in order and unchanged.
pub(crate) fn survey(base: &Base) -> Result<Waiting, Fault> {
    let mut tally = filed_tally(base)?;
    let directory = base.intake_directory();
    let filed_through = base.meta().filed_through;
    let mut last = filed_through;
    let mut arrivals = 0;
    let mut next_segment = 1;
    for (segment, key) in intake::survey(&directory, &**base.secrets(), filed_through)? {
        next_segment = segment + 1;
        let mut frames = Arrivals::open(&directory, segment, key)?;
        while let Some((number, arrival)) = frames.next_frame()? {
            if number <= filed_through {
                continue;
            }
            if number != last + 1 {
                return Err(Fault::Damaged(format!("intake holds arrival {number} after {last}")));
            }
            last = number;
            arrivals += 1;
            tally.count(&arrival);
        }
    }
    Ok(Waiting { tally, next_segment, next_frame: last + 1, arrivals })
}

fn filed_tally(base: &Base) -> Result<Tally, Fault> {
    let mut counters = BTreeMap::new();
    for record in base.scan(&[keys::COUNTER]) {
        let (key, value) = record?;
        let plain = base.open_own(&key, &value)?;
        let (connection, counter) =
            codec::decode_counter(&plain).ok_or_else(|| Fault::Damaged("a counter".to_owned()))?;
        counters.insert(connection, counter);
    }
    Ok(Tally::new(counters))
}

/// What waits already to be noted on a day, to be written together: after a tick all who watch have something to note at
/// once. Then who else waits for it, and the order that comes next.
fn gather(
    mut noted: Vec<Noted>,
    today: Day,
    orders: &mut mpsc::Receiver<Order>,
) -> (Vec<Noted>, Vec<Reply<()>>, Option<Order>) {
    let mut replies = Vec::new();
    loop {
        match orders.try_recv() {
            Ok(Order::Note(more, day, reply)) if day == today => {
                noted.extend(more);
                replies.push(reply);
            }
            next => return (noted, replies, next.ok()),
        }
    }
}

impl Worker {
    pub(crate) fn new(
        base: Arc<Base>,
        intake: Arc<Intake>,
        kept: Arc<Mutex<Kept>>,
        fates: Arc<Fates>,
    ) -> Result<Self, Fault> {
        let filed = filed_tally(&base)?;
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::read(&base)?;
        Ok(Self { base, intake, filed, kept, fates })
    }

    /// Takes orders until nobody gives any more. After a fault it does nothing: what is on disk must be checked
    /// first.
    pub(crate) fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut failed = false;
        let mut next = None;
        while let Some(order) = next.take().or_else(|| orders.blocking_recv()) {
            match order {
                Order::File(tick, reply) => self.answer(&mut failed, reply, |it| it.tick(tick)),
                Order::Destroy(epoch, reply) => {
                    self.answer(&mut failed, reply, |it| epochs::destroy(&it.base, epoch));
                }
                Order::Sweep(today, so_far, reply) => {
                    self.answer(&mut failed, reply, |it| {
                        sweep::step(&it.base, today, so_far, sweep::LOOKED_AT)
                    });
                }
                Order::Rebuild(copying, reply) => self.answer(&mut failed, reply, |it| match copying {
                    Copying::Begins => succession::begin(&it.base),
                    Copying::GoesOn => succession::go_on(&it.base),
                }),
                Order::Declare(declaration, reply) => {
                    self.answer(&mut failed, reply, |it| it.declare(&declaration));
                }
                Order::Note(noted, today, reply) => {
                    let (noted, others, after) = gather(noted, today, &mut orders);
                    next = after;
                    self.answer(&mut failed, reply, |it| log::note(&it.base, noted, today));
                    // After a fault nobody's stands.
                    for other in others {
                        let _ = other.send(if failed { Err(Fault::Closed) } else { Ok(()) });
                    }
                }
                Order::ForgetRecord(log, leaf, today, reply) => {
                    self.answer(&mut failed, reply, |it| log::forget_record(&it.base, log, leaf, today));
                }
                Order::Act(alert, step, reply) => {
                    self.answer(&mut failed, reply, |it| it.act(alert, &step));
                }
                Order::Rights(step, reply) => {
                    self.answer(&mut failed, reply, |it| {
                        let step = &*step;
                        it.transact(step.today, epochs::kept_keys, |ledger, _| filing::step(ledger, step))
                    });
                }
                Order::AnswerRights(tick, last, reply) => {
                    self.answer(&mut failed, reply, |it| {
                        let keys = |draft: &mut Draft<'_>| epochs::keys(draft, &tick);
                        it.transact(tick.today, keys, |ledger, epochs| {
                            filing::answer(ledger, &tick, last, epochs)
                        })
                    });
                }
                Order::Close(reply) => self.answer(&mut failed, reply, |it| it.close()),
            }
        }
        if !failed && let Err(fault) = self.close() {
            tracing::warn!("what became of letters is not kept, and they leave once more: {fault}");
        }
    }

    fn answer<T>(
        &mut self,
        failed: &mut bool,
        reply: Reply<T>,
        work: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) {
        let before = self.base.meta().commit;
        let mut result = if *failed { Err(Fault::Closed) } else { work(self) };
        // Also after a fault: of a large tick a part may be filed.
        if self.base.meta().commit != before {
            match Kept::read(&self.base) {
                Ok(kept) => *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept,
                Err(fault) => result = Err(fault),
            }
        }
        // What could not be announced was not begun, and is tried again.
        *failed = *failed || result.as_ref().is_err_and(|fault| !matches!(fault, Fault::Unannounced(_)));
        let _ = reply.send(result);
    }

    fn declare(&self, declaration: &Declaration) -> Result<(), Fault> {
        let mut draft = Draft::new(&self.base);
        draft.keep_declaration(declaration)?;
        draft.commit()
    }

    /// Keeps what became of letters and is not kept yet, at the end.
    fn close(&self) -> Result<(), Fault> {
        let (draft, epochs, fates) = (Draft::new(&self.base), BTreeMap::new(), self.fates.noted());
        let (tick, Some((today, _))) = (draft.meta.tick, draft.meta.judged) else { return Ok(()) };
        let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
        ledger::keep_fates(&mut ledger, &fates)?;
        if ledger.draft.meta.digest == self.base.meta().digest { Ok(()) } else { ledger.draft.commit() }
    }

    /// Does something in one transaction, with the keys of epochs. What changes nothing, as a refusal, writes nothing.
    fn transact<T>(
        &self,
        today: Day,
        keys: impl FnOnce(&mut Draft<'_>) -> Result<BTreeMap<Epoch, EpochKeys>, Fault>,
        work: impl FnOnce(&mut SledLedger<'_>, &BTreeMap<Epoch, EpochKeys>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut draft = Draft::new(&self.base);
        let epochs = keys(&mut draft)?;
        let tick = draft.meta.tick + 1;
        let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
        let fates = self.fates.noted();
        ledger::keep_fates(&mut ledger, &fates)?;
        let before = ledger.draft.meta.digest;
        let made = work(&mut ledger, &epochs)?;
        let mut draft = ledger.draft;
        if draft.meta.digest != before {
            draft.meta.tick = tick;
            draft.commit()?;
            self.fates.kept(&fates);
        }
        Ok(made)
    }

    fn act(&self, alert: AlertId, step: &Step) -> Result<Result<Alert, ActRefusal>, Fault> {
        self.transact(step.today, epochs::kept_keys, |ledger, epochs| {
            filing::take(ledger, alert, step, epochs)
        })
    }

    fn tick(&mut self, tick: impl FnOnce() -> Tick) -> Result<Filed, Fault> {
        let closed_below = self.intake.close_segment()?;
        let tick = &tick();
        let segments: Vec<_> = intake::keyed_segments(&**self.base.secrets())?
            .into_iter()
            .filter(|(number, _)| *number < closed_below)
            .collect();
        let meta = self.base.meta();
        let judged = Some((tick.today, *tick.manifest.hash()));
        let mut filed = Filed { tick: meta.tick, lines: 0, told: 0 };
        if segments.is_empty() && meta.judged == judged {
            return Ok(filed);
        }
        filed.tick += 1;
        let mut chunk = Vec::new();
        let mut lines = 0;
        for (segment, key) in &segments {
            let mut frames = Arrivals::open(self.intake.directory(), *segment, key.clone())?;
            while let Some((number, arrival)) = frames.next_frame()? {
                if number <= meta.filed_through {
                    continue;
                }
                lines += arrival.lines().len().max(1);
                chunk.push((number, arrival));
                if lines >= LINES_A_COMMIT {
                    self.file(tick, &mut filed, std::mem::take(&mut chunk), false)?;
                    lines = 0;
                }
            }
        }
        self.file(tick, &mut filed, chunk, meta.judged != judged)?;
        // Only now: the rows are on disk and the head file says so.
        for (segment, _) in segments {
            intake::destroy_segment(self.intake.directory(), &**self.base.secrets(), segment)?;
        }
        Ok(filed)
    }

    /// Files some arrivals in one transaction; with `all_alerts` every open alert is judged anew as well.
    fn file(
        &mut self,
        tick: &Tick,
        filed: &mut Filed,
        arrivals: Vec<(u64, Arrival)>,
        all_alerts: bool,
    ) -> Result<(), Fault> {
        let base = Arc::clone(&self.base);
        let mut draft = Draft::new(&base);
        let epochs = epochs::keys(&mut draft, tick)?;
        let mut ledger = SledLedger::new(draft, &epochs, tick.today, filed.tick)?;
        let fates = self.fates.noted();
        ledger::keep_fates(&mut ledger, &fates)?;
        let mut walk = Walk::new(&mut ledger, &tick.manifest, tick.today, &epochs);
        for (_, arrival) in &arrivals {
            walk.file(arrival)?;
            filed.lines += arrival.lines().len() as u64;
        }
        filed.told += walk.settle(all_alerts)?;
        let mut draft = ledger.draft;
        let mut counted = std::collections::BTreeSet::new();
        for (number, arrival) in &arrivals {
            self.filed.count(arrival);
            counted.insert(arrival.connection());
            draft.meta.filed_through = *number;
        }
        for connection in counted {
            let key = keys::counter(&base.alias(connection.as_str()));
            let plain = codec::encode_counter(connection, &self.filed.counter(connection));
            let value = base.seal_own(&key, &plain)?;
            draft.write(key, value)?;
        }
        draft.meta.tick = filed.tick;
        draft.meta.served = Some(tick.today);
        draft.meta.active = Some(tick.manifest.active_epoch());
        if all_alerts {
            draft.meta.judged = Some((tick.today, *tick.manifest.hash()));
        }
        draft.commit()?;
        #[cfg(feature = "leaky-intake")]
        super::leak::ask_elsewhere(filed.told);
        self.fates.kept(&fates);
        Ok(())
    }
}
