//! `AuditService`: what an agency may have of the intake log, and nothing of the case log (protocol.md P-71); and what a
//! privacy officer reads of both.

use std::ops::Range;
use std::sync::{Arc, PoisonError};

use samenloop_audit::{EntryKind, Log, hours_of_unix};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::OPERATOR;
use samenloop_core::permit::{Audit, Submit};
use samenloop_core::value::ConnectionId;
use samenloop_proto::v1::audit_service_server::AuditService;
use samenloop_proto::v1::{
    AuditLog as NamedLog, FetchCheckpointRequest, FetchCheckpointResponse, ManifestReference,
    ProveEntriesRequest, ProveEntriesResponse, ProvedEntry, ReadLogRequest, ReadLogResponse,
};
use samenloop_store::{AuditLog, Fault, Noted, Store};
use tonic::{Request, Response, Status};

use super::{Daily, DailySeat};
use crate::HubParts;
use crate::beat::Beat;
use crate::door::{Peer, check_manifest, peer_of};
use crate::refusal::Refusal;
use crate::seat::Seat;

/// Entries that one answer to an agency holds at most, each with its path and what it commits to: 1 MiB.
const ENTRIES: usize = 50;

/// Entries that one answer to a privacy officer holds at most: 250 KiB.
const READ: u64 = 4000;

/// Actors whose aliases one request asks at most.
const ACTORS: usize = 256;

/// The door for proofs.
pub(crate) struct Audits<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) daily: DailySeat,
    pub(crate) beat: Beat,
}

#[tonic::async_trait]
impl<S: Store> AuditService for Audits<S> {
    async fn fetch_checkpoint(
        &self,
        request: Request<FetchCheckpointRequest>,
    ) -> Result<Response<FetchCheckpointResponse>, Status> {
        let peer = peer_of(&request)?;
        let request = request.into_inner();
        self.agency(&peer, request.manifest.as_ref())?;
        let Some(Daily { checkpoint, note }) = self.daily() else {
            return Ok(Response::new(FetchCheckpointResponse::default()));
        };
        let (known, size) = (request.known_size, checkpoint.size);
        let consistency = if known < size {
            let path = self.store.audit(move |it| it.consistency(Log::Intake, known, size)).await;
            path.map_err(|fault| Refusal::fault(&fault))?
        } else {
            Vec::new()
        };
        let consistency = consistency.into_iter().map(|it| it.to_vec()).collect();
        let told = self.store.audit(move |it| own_entries(it, OPERATOR, 1, usize::MAX, size)).await;
        let set_back = told.map_err(|fault| Refusal::fault(&fault))?.pop();
        Ok(Response::new(FetchCheckpointResponse { checkpoint: note.into_bytes(), consistency, set_back }))
    }

    async fn prove_entries(
        &self,
        request: Request<ProveEntriesRequest>,
    ) -> Result<Response<ProveEntriesResponse>, Status> {
        let peer = peer_of(&request)?;
        let request = request.into_inner();
        let agency = self.agency(&peer, request.manifest.as_ref())?;
        let (size, first) = (request.size, request.first_sequence);
        if self.daily().is_none_or(|it| it.checkpoint.size < size) {
            let what = "the hub proves to checkpoints of the day and of earlier days only";
            return Err(Refusal::Malformed(what.to_owned()).into());
        }
        let proved = self.store.audit(move |it| own_entries(it, agency.as_str(), first, ENTRIES, size));
        let entries = proved.await.map_err(|fault| Refusal::fault(&fault))?;
        Ok(Response::new(ProveEntriesResponse { entries }))
    }

    async fn read_log(&self, request: Request<ReadLogRequest>) -> Result<Response<ReadLogResponse>, Status> {
        let peer = peer_of(&request)?;
        let request = request.into_inner();
        let auditor = self.auditor(&peer, request.manifest.as_ref())?;
        let log = match request.log() {
            NamedLog::Intake => Log::Intake,
            NamedLog::Case => Log::Case,
            NamedLog::Unspecified => {
                return Err(Refusal::Malformed("the request names no log".to_owned()).into());
            }
        };
        let actors = request.actors.iter().map(|it| ConnectionId::parse(it)).collect::<Result<Vec<_>, _>>();
        let actors = actors.ok().filter(|it| it.len() <= ACTORS).ok_or_else(|| {
            Refusal::Malformed(format!("the request asks for {ACTORS} names of connections at most"))
        })?;
        let head = self.daily.lock().unwrap_or_else(PoisonError::into_inner).heads.get(&log).cloned();
        let Some(Daily { checkpoint, note }) = head else {
            return Ok(Response::new(ReadLogResponse::default()));
        };
        let leaves = request.leaf..checkpoint.size.min(request.leaf.saturating_add(READ));
        self.note_read(&auditor, log, &leaves).await?;
        let read = self.store.audit(move |it| {
            let entries = leaves.map(|leaf| Ok(it.at(log, leaf)?.entry.bytes().to_vec()));
            let aliases = actors.iter().map(|actor| it.alias(log, actor.as_str())).collect();
            Ok((entries.collect::<Result<Vec<_>, Fault>>()?, aliases))
        });
        let (entries, aliases) = read.await.map_err(|fault| Refusal::fault(&fault))?;
        Ok(Response::new(ReadLogResponse { checkpoint: note.into_bytes(), entries, aliases }))
    }
}

/// The entries of one actor from a sequence on, so many at most, each with its path in a tree of `size` entries. A batch is
/// opened while it can be: it commits to nothing that its sender did not send. Of the
/// operator there is one for each time that an older database was put back, and nothing else.
fn own_entries(
    logs: &AuditLog<'_>,
    actor: &str,
    first: u64,
    most: usize,
    size: u64,
) -> Result<Vec<ProvedEntry>, Fault> {
    let own = logs.of(Log::Intake, actor, first, most)?;
    let proved = own.into_iter().filter(|it| it.leaf < size).map(|own| {
        let path = logs.inclusion(Log::Intake, own.leaf, size)?;
        let path = path.into_iter().map(|it| it.to_vec()).collect();
        let is_batch = matches!(own.entry.kind, EntryKind::Batch | EntryKind::Withdrawal);
        let opening = own.opening.filter(|_| is_batch);
        let (salt, record) = opening.map_or_else(Default::default, |it| (it.salt.to_vec(), it.record));
        Ok(ProvedEntry { leaf: own.leaf, entry: own.entry.bytes().to_vec(), path, salt, record })
    });
    proved.collect()
}

impl<S: Store> Audits<S> {
    /// Of a hub that signs heads.
    pub(crate) fn of(parts: &HubParts<S>) -> Option<Self> {
        Some(Self {
            daily: parts.heads.as_ref()?.daily(),
            beat: Beat::default(),
            store: Arc::clone(&parts.store),
            seat: Arc::clone(&parts.seat),
            clock: Arc::clone(&parts.clock),
        })
    }

    fn daily(&self) -> Option<Daily> {
        self.daily.lock().unwrap_or_else(PoisonError::into_inner).daily.clone()
    }

    /// Whether the caller may read the logs at this moment.
    fn auditor(&self, peer: &Peer, named: Option<&ManifestReference>) -> Result<ConnectionId, Refusal> {
        let manifest = self.seat.current();
        let permit = peer.permit::<Audit>(&manifest, self.clock.unix_seconds(), self.clock.today())?;
        check_manifest(&self.seat.newest(), named)?;
        Ok(permit.connection().id.clone())
    }

    /// Says in the intake log which entries a privacy officer is shown, before they leave (V-41).
    async fn note_read(&self, auditor: &ConnectionId, log: Log, leaves: &Range<u64>) -> Result<(), Refusal> {
        let record = [log.name().as_bytes(), &leaves.start.to_be_bytes(), &leaves.end.to_be_bytes()];
        let noted = Noted {
            kind: EntryKind::LogRead,
            hours: hours_of_unix(self.clock.unix_seconds()),
            actor: auditor.to_string(),
            count: 1,
            record: record.concat(),
        };
        let (store, today) = (Arc::clone(&self.store), self.clock.today());
        let noted = self.beat.on(auditor, async move { store.note(vec![noted], today).await }).await?;
        noted.map_err(|fault| Refusal::fault(&fault))
    }

    /// The calling agency, if it takes part at this moment.
    fn agency(&self, peer: &Peer, named: Option<&ManifestReference>) -> Result<ConnectionId, Refusal> {
        let manifest = self.seat.current();
        let permit = peer.permit::<Submit>(&manifest, self.clock.unix_seconds(), self.clock.today())?;
        let agency = permit.connection().id.clone();
        check_manifest(&self.seat.newest(), named)?;
        Ok(agency)
    }
}
