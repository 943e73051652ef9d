//! The window of batches between this machine and the hub.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use samenloop_core::value::{Day, SignalReference};
use samenloop_proto::v1;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

use super::{Observer, Parcel, Parcels, Push, PushFault, Totals};
use crate::hub::{Acks, Expected, Hub, HubFault};
use crate::input::Row;
use crate::journal::Entry;
use crate::membership::Agency;
use crate::prepare::{Prepared, SentLine};
use crate::refusal::Refusal;
use crate::remark::Remark;

/// Batches sent and not yet acknowledged: enough to hide the way to the hub and its disk.
const WINDOW: usize = 16;

/// How long an ack may take before the connection counts as gone.
const ACK_PATIENCE: Duration = Duration::from_secs(60);

/// Waits between attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the journal goes to disk while a push lasts.
const JOURNAL_SYNC: Duration = Duration::from_secs(1);

/// A batch that waits for its ack, as the bytes that left.
struct Flight {
    encoded: Vec<u8>,
    expected: Expected,
    lines: Vec<SentLine>,
    rows: Vec<Row>,
    refused: Vec<(u64, Refusal)>,
    remarks: Vec<(u64, Remark)>,
    has_left: bool,
}

impl Flight {
    /// A batch that has not left, and the flight that keeps it.
    fn new(
        prepared: Prepared,
        refused: Vec<(u64, Refusal)>,
        remarks: Vec<(u64, Remark)>,
    ) -> (v1::SignalBatch, Self) {
        let Prepared { batch, encoded, lines, rows } = prepared;
        let expected = Expected::of(&batch.batch_id, lines.len(), &encoded);
        (batch, Self { encoded, expected, lines, rows, refused, remarks, has_left: false })
    }
}

pub(super) struct Session<'p, O> {
    push: Push<'p, O>,
    /// The hub under the newest manifest that this push met.
    hub: Hub,
    /// The agency under a manifest that was published since the push began.
    renewed: Option<Arc<Agency>>,
    window: VecDeque<Flight>,
    /// Why the input ended early; told once everything before it is acknowledged.
    input_fault: Option<PushFault>,
    has_ended: bool,
    totals: Totals,
    last_progress: Instant,
    last_sync: Instant,
}

impl<'p, O: Observer> Session<'p, O> {
    /// A session in which nothing was sent yet.
    pub(super) fn new(push: Push<'p, O>) -> Self {
        let now = Instant::now();
        Self {
            hub: push.hub.clone(),
            renewed: None,
            push,
            window: VecDeque::with_capacity(WINDOW),
            input_fault: None,
            has_ended: false,
            totals: Totals::default(),
            last_progress: now,
            last_sync: now,
        }
    }

    pub(super) async fn run(mut self, mut parcels: Parcels) -> Result<Totals, (Totals, PushFault)> {
        let ran = self.send_all(&mut parcels).await;
        // Refusals of lines that never came to be sent are still the user's to know.
        for flight in std::mem::take(&mut self.window) {
            self.report(flight.refused);
        }
        let synced = self.push.journal.sync().map_err(PushFault::from);
        let ran = match (ran, self.input_fault.take()) {
            (Ok(()), Some(fault)) => Err(fault),
            (ran, _) => ran,
        };
        ran.and(synced).map(|()| self.totals).map_err(|fault| (self.totals, fault))
    }

    async fn send_all(&mut self, parcels: &mut Parcels) -> Result<(), PushFault> {
        let mut pause = FIRST_PAUSE;
        loop {
            // Nothing to send, nothing to connect for.
            while self.window.is_empty() && !self.has_ended {
                let next = parcels.recv().await;
                self.last_progress = Instant::now();
                self.take(next);
            }
            if self.window.is_empty() {
                return Ok(());
            }
            let before = self.totals;
            match self.stream(parcels).await {
                Ok(()) => return Ok(()),
                Err(PushFault::Hub(fault)) if fault.may_pass() => {
                    if self.totals != before {
                        pause = FIRST_PAUSE;
                    }
                    let left = self.push.wait.saturating_sub(self.last_progress.elapsed());
                    if left.is_zero() {
                        return Err(PushFault::Hub(fault));
                    }
                    self.push.observer.waiting();
                    // The last attempt is when the time is up, not a pause before.
                    tokio::time::sleep(pause.min(left)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(PushFault::Hub(fault)) if fault.is_outdated() => {
                    if !self.renew().await? {
                        return Err(PushFault::Hub(fault));
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Turns to a newer manifest, and makes what is not acknowledged anew under it. Says whether there was one.
    async fn renew(&mut self) -> Result<bool, PushFault> {
        let Some(membership) = self.push.observer.renew().await else { return Ok(false) };
        if membership.newest().sequence() <= self.hub.manifest_reference().sequence {
            return Ok(false);
        }
        let agency = Arc::new(membership.agency(self.push.clock.today())?);
        self.hub = Hub::new(&membership)?;
        for flight in std::mem::take(&mut self.window) {
            let prepared = Prepared::again(flight.lines, flight.rows, &agency, self.withdrawn())?;
            let (_, again) = Flight::new(prepared, flight.refused, flight.remarks);
            self.window.push_back(Flight { has_left: flight.has_left, ..again });
        }
        self.renewed = Some(agency);
        self.last_progress = Instant::now();
        Ok(true)
    }

    fn withdrawn(&self) -> HashSet<SignalReference> {
        self.push.journal.withdrawn(self.push.clock.today())
    }

    /// One connection: first what was sent and not acknowledged, then what follows.
    async fn stream(&mut self, parcels: &mut Parcels) -> Result<(), PushFault> {
        let (sender, requests) = mpsc::channel(WINDOW);
        for flight in &self.window {
            let batch = v1::SignalBatch::decode(&*flight.encoded).map_err(|_| PushFault::Interrupted)?;
            let _ = sender.try_send(v1::PushSignalsRequest { batch: Some(batch) });
        }
        let mut acks = self.hub.push(ReceiverStream::new(requests)).await?;
        self.count_sent();
        let mut deadline = Instant::now() + ACK_PATIENCE;
        while !(self.has_ended && self.window.is_empty()) {
            let has_room = !self.has_ended && self.window.len() < WINDOW;
            tokio::select! {
                ack = next_ack(&mut acks, deadline), if !self.window.is_empty() => {
                    self.acknowledged(&ack?)?;
                    deadline = Instant::now() + ACK_PATIENCE;
                }
                next = parcels.recv(), if has_room => {
                    if self.window.is_empty() {
                        deadline = Instant::now() + ACK_PATIENCE;
                    }
                    if let Some(batch) = self.take(next) {
                        // The window has room for it, and so has the channel; a closed one shows as a
                        // missing ack.
                        let _ = sender.try_send(v1::PushSignalsRequest { batch: Some(batch) });
                        self.count_sent();
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts what the window holds once it leaves over a connection; a batch sent again counts once.
    fn count_sent(&mut self) {
        for flight in self.window.iter_mut().rev().take_while(|flight| !flight.has_left) {
            flight.has_left = true;
            self.totals.sent += u64::try_from(flight.lines.len()).unwrap_or(u64::MAX);
        }
    }

    /// Takes the next parcel into the window; gives the batch to send, if it holds one.
    fn take(&mut self, next: Option<Result<Parcel, PushFault>>) -> Option<v1::SignalBatch> {
        let parcel = match next.map(|it| it.and_then(|parcel| self.under_newest(parcel))) {
            Some(Ok(parcel)) => parcel,
            Some(Err(fault)) => {
                self.input_fault = Some(fault);
                self.has_ended = true;
                return None;
            }
            None => {
                self.has_ended = true;
                return None;
            }
        };
        let Some(prepared) = parcel.prepared else {
            // Refusals alone wait for the batch before them, so that they come in order.
            match self.window.back_mut() {
                Some(last) => last.refused.extend(parcel.refused),
                None => self.report(parcel.refused),
            }
            return None;
        };
        let (batch, flight) = Flight::new(prepared, parcel.refused, parcel.remarks);
        self.window.push_back(flight);
        Some(batch)
    }

    /// A parcel that was made under the manifest with which the push began, made anew where there is a newer one.
    fn under_newest(&self, parcel: Parcel) -> Result<Parcel, PushFault> {
        let Parcel { prepared, refused, remarks } = parcel;
        let prepared = match (&self.renewed, prepared) {
            (Some(agency), Some(Prepared { lines, rows, .. })) => {
                Some(Prepared::again(lines, rows, agency, self.withdrawn())?)
            }
            (_, prepared) => prepared,
        };
        Ok(Parcel { prepared, refused, remarks })
    }

    fn acknowledged(&mut self, ack: &v1::BatchAck) -> Result<(), PushFault> {
        let Some(flight) = self.window.front() else {
            return Err(HubFault::Broken("it acks what was not sent").into());
        };
        self.hub.check(&flight.expected, ack)?;
        let Some(flight) = self.window.pop_front() else { return Ok(()) };
        let today = self.push.clock.today();
        self.push.journal.keep(&flight.expected.receipt(ack, today))?;
        let mut refused = flight.refused;
        let mut refusals = ack.refused.iter().peekable();
        for (at, line) in (0_u32..).zip(flight.lines) {
            if let Some(refusal) = refusals.next_if(|it| it.line == at) {
                let why = Refusal::of_hub(refusal.reason(), refusal.retry_after_seconds);
                refused.push((line.line, why));
            } else {
                self.record(line, today)?;
                self.totals.accepted += 1;
            }
        }
        self.report(refused);
        for (line, remark) in flight.remarks {
            self.push.observer.remarked(line, remark);
        }
        self.last_progress = Instant::now();
        if self.last_sync.elapsed() >= JOURNAL_SYNC {
            self.push.journal.sync()?;
            self.last_sync = Instant::now();
        }
        Ok(())
    }

    fn record(&mut self, line: SentLine, today: Day) -> Result<(), PushFault> {
        // A withdrawal of what the journal never saw changes nothing at a hub that does not know it either:
        // a later push of that reference is taken, so nothing here may call it withdrawn.
        let Some((month, expiry)) = line.months else { return Ok(()) };
        if line.withdrawn.is_none() && self.push.journal.is_withdrawn(line.reference, today) {
            self.push.observer.remarked(line.line, Remark::WithdrawnEarlier);
            return Ok(());
        }
        self.push.journal.append(&Entry {
            reference: line.reference,
            month,
            expiry,
            cap: Entry::cap_of(month),
            revision: line.revision,
            acknowledged: today,
            withdrawn: line.withdrawn,
            local_reference: line.local_reference,
            case_reference: line.case_reference,
        })?;
        Ok(())
    }

    fn report(&mut self, mut refused: Vec<(u64, Refusal)>) {
        refused.sort_by_key(|(line, _)| *line);
        for (line, refusal) in &refused {
            self.totals.refused += 1;
            self.push.observer.refused(*line, refusal);
        }
        self.push.observer.progress(&self.totals);
    }
}

async fn next_ack(acks: &mut Acks, deadline: Instant) -> Result<v1::BatchAck, HubFault> {
    tokio::time::timeout_at(deadline, acks.next()).await.unwrap_or(Err(HubFault::Unreachable))
}
