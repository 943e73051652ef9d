//! The one writer: files what arrived, tick by tick.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use samenloop_core::batch::Arrival;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::Epoch;
use tokio::sync::oneshot;

use super::base::Base;
use super::draft::Draft;
use super::keys;
use super::ledger::SledLedger;
use crate::filing::Walk;
use crate::index::EpochKeys;
use crate::intake::{self, Intake};
use crate::segment::Arrivals;
use crate::tally::Tally;
use crate::{Fault, Filed, Purpose, Tick, codec};

/// Lines that one transaction files at most; each transaction is synced.
const LINES_A_COMMIT: usize = 8192;

/// A tick to file, and where to say what it did.
pub(crate) type Order = (Tick, oneshot::Sender<Result<Filed, Fault>>);

/// The writer's own state.
pub(crate) struct Worker {
    base: Arc<Base>,
    intake: Arc<Intake>,
    /// Counters up to what is filed.
    filed: Tally,
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

impl Worker {
    pub(crate) fn new(base: Arc<Base>, intake: Arc<Intake>) -> Result<Self, Fault> {
        let filed = filed_tally(&base)?;
        Ok(Self { base, intake, filed })
    }

    /// Files ticks until nobody asks any more. After a fault it files nothing: what is on disk must be
    /// checked first.
    pub(crate) fn run(mut self, orders: &Receiver<Order>) {
        let mut failed = false;
        while let Ok((tick, reply)) = orders.recv() {
            let result = if failed { Err(Fault::Closed) } else { self.tick(&tick) };
            failed = failed || result.is_err();
            let _ = reply.send(result);
        }
    }

    fn tick(&mut self, tick: &Tick) -> Result<Filed, Fault> {
        let closed_below = self.intake.close_segment()?;
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
        let epochs = keys_of_epochs(&mut draft, &tick.manifest)?;
        let mut ledger = SledLedger::new(draft, &epochs, tick.today, filed.tick)?;
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
        if all_alerts {
            draft.meta.judged = Some((tick.today, *tick.manifest.hash()));
        }
        draft.commit()
    }
}

/// The keys of every epoch that has a secret; a live one gets it at its first tick.
fn keys_of_epochs(draft: &mut Draft<'_>, manifest: &Manifest) -> Result<BTreeMap<Epoch, EpochKeys>, Fault> {
    let kept: BTreeSet<Epoch> = draft
        .base()
        .secrets()
        .purposes()?
        .into_iter()
        .filter_map(|it| if let Purpose::Epoch(epoch) = it { Some(epoch) } else { None })
        .chain(manifest.live_epochs())
        .collect();
    let mut epochs = BTreeMap::new();
    for epoch in kept {
        let secret = draft.secret(Purpose::Epoch(epoch))?;
        epochs.insert(epoch, EpochKeys::new(draft.base().exchange(), epoch, &secret)?);
    }
    Ok(epochs)
}
