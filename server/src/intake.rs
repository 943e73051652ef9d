//! Steps 0 and 1 of a signal's walk: door, admission, durable write, ack.
//!
//! **The ack is blind**: nothing here looks at what another connection sent. Same bytes, same work, whoever
//! else knows the child (P-60).

use std::collections::HashSet;
use std::sync::Arc;

use samenloop_core::batch::{Arrival, BatchId, Line};
use samenloop_core::clock::Clock;
use samenloop_core::permit::{Permit, Submit};
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::room::admission::{self, Admission, Allowance, BatchRefusal, LineRefusal};
use samenloop_core::taxonomy::Taxonomy;
use samenloop_core::value::{ConnectionId, Day, SignalReference};
use samenloop_proto::v1;
use samenloop_store::{Fault, Store};

use crate::door::{self, DoorLine, ParsedBatch, Peer};
use crate::processing::{Log, Trace};
use crate::quota::Quotas;
use crate::receipt::{Promise, ReceiptKey};
use crate::refusal::{self, Refusal};
use crate::seat::Seat;

/// What intake needs, and all that it may look at.
pub(crate) struct Intake<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) taxonomy: &'static Taxonomy,
    pub(crate) quotas: Quotas,
    pub(crate) receipts: Arc<ReceiptKey>,
    pub(crate) processing: Log,
}

/// A batch that was judged and is not yet on disk.
pub(crate) struct Judged {
    arrival: Arrival,
    answer: Answer,
    references: HashSet<SignalReference>,
}

impl Judged {
    /// The signals that it is about.
    pub(crate) const fn references(&self) -> &HashSet<SignalReference> {
        &self.references
    }
}

/// What the ack will say, but for the sequence that the store gives.
struct Answer {
    connection: ConnectionId,
    batch: BatchId,
    digest: [u8; 32],
    count: u32,
    refused: Vec<v1::LineRefusal>,
}

impl<S: Store> Intake<S> {
    /// Whether `peer` may send at all, at this moment.
    ///
    /// # Errors
    /// [`Refusal::Permit`].
    pub(crate) fn check_sender(&self, peer: &Peer) -> Result<(), Refusal> {
        let manifest = self.seat.current();
        peer.permit::<Submit>(&manifest, self.clock.unix_seconds(), self.clock.today()).map(|_| ())
    }

    /// Judges one batch of `peer`. Nothing is stored, and nothing waits.
    ///
    /// # Errors
    /// [`Refusal`] when the batch is refused as a whole.
    pub(crate) fn judge(&self, peer: &Peer, batch: Option<v1::SignalBatch>) -> Result<Judged, Refusal> {
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<Submit>(&manifest, self.clock.unix_seconds(), today)?;
        let batch = batch.ok_or_else(|| Refusal::Malformed("the request holds no batch".to_owned()))?;
        door::check_manifest(&self.seat.newest(), batch.manifest.as_ref())?;
        let ParsedBatch { id, digest, lines } = door::parse(batch)?;
        let references = references(&lines)?;
        let submitted = lines.len();
        let connection = permit.connection();
        let admission = self.quotas.spend(&manifest, connection, today, submitted, |allowance| {
            let admission = admit(&permit, self.taxonomy, lines, today, allowance);
            let admitted = admission.as_ref().map_or(0, |it| it.arrival.lines().len());
            (admission, admitted)
        })?;
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let refused = admission.refused.into_iter().map(|(at, why)| refusal::line(number(at), why));
        let answer = Answer {
            connection: connection.id.clone(),
            batch: id,
            digest,
            count: number(admission.arrival.lines().len()),
            refused: refused.collect(),
        };
        Ok(Judged { arrival: admission.arrival.with_digest(digest), answer, references })
    }

    /// Announces a judged batch, keeps it, and acks it once it is on disk; one without an admitted line is acked from sequence 0.
    ///
    /// # Errors
    /// [`Refusal::Fault`] when the store cannot keep its word; then nothing was promised.
    pub(crate) async fn keep(&self, judged: Judged, trace: Trace) -> Result<v1::BatchAck, Refusal> {
        let Judged { arrival, answer, .. } = judged;
        let first_sequence = if arrival.lines().is_empty() {
            // Refused lines cost no disk.
            0
        } else {
            let by = trace.by(&answer.connection);
            self.processing.announce(by, arrival.lines().iter().map(processing)).await?;
            self.store.admit(arrival).await.map_err(|fault: Fault| Refusal::fault(&fault))?
        };
        let receipt = self.receipts.sign(&Promise {
            connection: &answer.connection,
            batch: &answer.batch,
            digest: &answer.digest,
            first_sequence,
            count: answer.count,
        });
        Ok(v1::BatchAck {
            batch_id: answer.batch.to_vec(),
            first_sequence,
            count: answer.count,
            refused: answer.refused,
            receipt,
        })
    }
}

/// What is done with the child of a line: of a withdrawal nobody knows who that is.
fn processing(line: &Line) -> Processing {
    match line {
        Line::Put(put) => Processing { activity: Activity::Receive, subject: Some(put.subject()) },
        Line::Withdraw(_) => Processing { activity: Activity::Withdraw, subject: None },
    }
}

/// The references of a batch, which names none twice; counts the lines that the door refused as well.
fn references(lines: &[DoorLine]) -> Result<HashSet<SignalReference>, Refusal> {
    let mut seen = HashSet::with_capacity(lines.len());
    match lines.iter().position(|line| !seen.insert(line.reference())) {
        Some(line) => Err(BatchRefusal::ReferenceTwice { line }.into()),
        None => Ok(seen),
    }
}

/// The room, with the lines that the door refused put back in their places.
fn admit(
    permit: &Permit<'_, Submit>,
    taxonomy: &Taxonomy,
    lines: Vec<DoorLine>,
    today: Day,
    allowance: Allowance,
) -> Result<Admission, BatchRefusal> {
    let mut refused: Vec<(usize, LineRefusal)> = Vec::new();
    let (mut numbers, mut submitted) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
    for (number, line) in lines.into_iter().enumerate() {
        match line {
            DoorLine::Refused { refusal, .. } => refused.push((number, refusal)),
            DoorLine::Submitted(line) => {
                numbers.push(number);
                submitted.push(line);
            }
        }
    }
    if submitted.is_empty() {
        let arrival = Arrival::new(permit.connection().id.clone(), today, Vec::new());
        return Ok(Admission { arrival, refused });
    }
    let mut admission = admission::admit(permit, taxonomy, submitted, today, allowance)?;
    let own_number = |at: usize| numbers.get(at).copied().unwrap_or(at);
    refused.extend(admission.refused.into_iter().map(|(at, refusal)| (own_number(at), refusal)));
    refused.sort_by_key(|(number, _)| *number);
    admission.refused = refused;
    Ok(admission)
}
