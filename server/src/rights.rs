//! `RightsService`: what contact points ask on behalf of a child, and who decides on it (V-30).

use std::sync::Arc;

use prost::Message;
use samenloop_audit::{EntryKind, hours_of_unix};
use samenloop_core::case::ClosedList;
use samenloop_core::clock::Clock;
use samenloop_core::permit::{AskRights, DecideRights, Submit};
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::rights::{Found, FoundAlert, FoundSignal, RequestId, RightsRequest};
use samenloop_core::room::rights::{DECIDED_WITHIN_DAYS, RightsRefusal, has_lapsed};
use samenloop_core::value::{ConnectionId, Day, Observation};
use samenloop_proto::padding_for;
use samenloop_proto::v1::rights_service_server::RightsService;
use samenloop_proto::v1::{
    self, AskRightsRequest, AskRightsResponse, DecideRightsRequest, DecideRightsResponse, FetchRightsRequest,
    FetchRightsResponse, ListErasedRequest, ListErasedResponse, ListRightsRequestsRequest,
    ListRightsRequestsResponse,
};
use samenloop_store::{Erased, Fault, Noted, RightsDeed, RightsStep, Store, Tick};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use crate::HubParts;
use crate::beat::Beat;
use crate::door::{self, check_manifest, peer_of};
use crate::processing::{ProcessingLogs, Trace};
use crate::refusal::Refusal;
use crate::rendering::{domain, severity, state};
use crate::seat::Seat;

/// Bytes of every answer, whatever it tells.
const ANSWER_LEN: usize = 32 * 1024;

/// Bytes of which every list of erased signals is a multiple.
const ERASED_LEN: usize = 16 * 1024;

/// A line of the processing log. It names no child: who asks again and again would show in the lines. Of what is only listed it
/// stands among what agencies ask, where it waits for no tick.
const EXERCISED: Processing = Processing { activity: Activity::Rights, subject: None };

/// The door for rights, and the clerk that answers on the day.
pub(crate) struct Rights<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) processing: ProcessingLogs,
    /// Some of who asks and decides works where signals are sent too.
    pub(crate) beat: Arc<Beat>,
}

impl<S> Rights<S> {
    pub(crate) fn of(parts: &HubParts<S>) -> Self {
        let HubParts { store, seat, clock, processing, .. } = parts;
        let (processing, beat) = (processing.clone(), Arc::default());
        Self { store: Arc::clone(store), seat: Arc::clone(seat), clock: Arc::clone(clock), processing, beat }
    }
}

impl<S> Clone for Rights<S> {
    fn clone(&self) -> Self {
        let (store, seat, clock) = (Arc::clone(&self.store), Arc::clone(&self.seat), Arc::clone(&self.clock));
        Self { store, seat, clock, processing: self.processing.clone(), beat: Arc::clone(&self.beat) }
    }
}

#[tonic::async_trait]
impl<S: Store> RightsService for Rights<S> {
    async fn ask_rights(
        &self,
        request: Request<AskRightsRequest>,
    ) -> Result<Response<AskRightsResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<AskRights>(&manifest, self.clock.unix_seconds(), today)?;
        check_manifest(&self.seat.newest(), request.manifest.as_ref())?;
        let (kind, places) = door::asked(request)?;
        let (by, deed) = (permit.connection().id.clone(), RightsDeed::Ask { kind, places });
        let step = RightsStep { by, manifest: Arc::clone(&manifest), today, deed };
        let asked = self.take(trace, step).await?;
        Ok(Response::new(AskRightsResponse { request: Some(rendered(&asked, today)) }))
    }

    async fn list_rights_requests(
        &self,
        request: Request<ListRightsRequestsRequest>,
    ) -> Result<Response<ListRightsRequestsResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<DecideRights>(&manifest, self.clock.unix_seconds(), today)?;
        check_manifest(&self.seat.newest(), request.get_ref().manifest.as_ref())?;
        let by = trace.by(&permit.connection().id);
        self.processing.intake.announce(by, [EXERCISED]).await?;
        let requests = self.store.requests().map_err(|fault| Refusal::fault(&fault))?;
        Ok(Response::new(ListRightsRequestsResponse {
            requests: requests.iter().map(|it| rendered(it, today)).collect(),
        }))
    }

    async fn decide_rights(
        &self,
        request: Request<DecideRightsRequest>,
    ) -> Result<Response<DecideRightsResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<DecideRights>(&manifest, self.clock.unix_seconds(), today)?;
        check_manifest(&self.seat.newest(), request.manifest.as_ref())?;
        let (id, verdict, reason) = door::decided(&request)?;
        let (by, deed) =
            (permit.connection().id.clone(), RightsDeed::Decide { request: id, verdict, reason });
        let step = RightsStep { by, manifest: Arc::clone(&manifest), today, deed };
        let decided = self.take(trace, step).await?;
        Ok(Response::new(DecideRightsResponse { request: Some(rendered(&decided, today)) }))
    }

    async fn fetch_rights(
        &self,
        request: Request<FetchRightsRequest>,
    ) -> Result<Response<FetchRightsResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<AskRights>(&manifest, self.clock.unix_seconds(), today)?;
        check_manifest(&self.seat.newest(), request.manifest.as_ref())?;
        let by = permit.connection().id.clone();
        let fetched = self.request(&by, door::request_id(&request.id)?)?;
        if fetched.answer.is_some() {
            let (rights, reader) = (self.clone(), by.clone());
            self.beat.on(&by, async move { rights.note_read(trace, &reader, fetched.id).await }).await??;
        }
        Ok(Response::new(answer(&fetched, today)))
    }

    async fn list_erased(
        &self,
        request: Request<ListErasedRequest>,
    ) -> Result<Response<ListErasedResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<Submit>(&manifest, self.clock.unix_seconds(), today)?;
        check_manifest(&self.seat.newest(), request.get_ref().manifest.as_ref())?;
        let by = &permit.connection().id;
        self.processing.intake.announce(trace.by(by), [EXERCISED]).await?;
        let erased = self.store.erased(by).map_err(|fault| Refusal::fault(&fault))?;
        Ok(Response::new(told(&erased)))
    }
}

impl<S: Store> Rights<S> {
    /// Says in the processing log that a right is exercised.
    async fn announce(&self, trace: Trace, by: &ConnectionId) -> Result<(), Refusal> {
        self.processing.case.announce(trace.by(by), [EXERCISED]).await
    }

    /// Takes a step to its end, and answers on a beat whatever came of it: also a refusal is an entry of the case log.
    async fn take(&self, trace: Trace, step: RightsStep) -> Result<RightsRequest, Refusal> {
        let (rights, by) = (self.clone(), step.by.clone());
        let taken = async move {
            rights.announce(trace, &step.by).await?;
            let taken = rights.store.rights(step).await;
            Ok(taken.map_err(|fault| Refusal::fault(&fault))??)
        };
        self.beat.on(&by, taken).await?
    }

    /// A request of the caller's own.
    fn request(&self, by: &ConnectionId, id: RequestId) -> Result<RightsRequest, Refusal> {
        let requests = self.store.requests().map_err(|fault| Refusal::fault(&fault))?;
        let mut own = requests.into_iter().filter(|it| it.id == id && it.by == *by);
        own.next().ok_or(Refusal::Rights(RightsRefusal::Unknown))
    }

    /// Says in both logs that an answer is read (V-41, V-44), before it leaves.
    async fn note_read(&self, trace: Trace, by: &ConnectionId, id: RequestId) -> Result<(), Refusal> {
        self.announce(trace, by).await?;
        let noted = Noted {
            kind: EntryKind::Read,
            hours: hours_of_unix(self.clock.unix_seconds()),
            actor: by.to_string(),
            count: 1,
            record: id.bytes().to_vec(),
        };
        let noted = self.store.note(vec![noted], self.clock.today()).await;
        noted.map_err(|fault| Refusal::fault(&fault))
    }

    /// Answers after each tick what is due, until the ticks end. On most days that is nothing.
    ///
    /// # Errors
    /// The store's [`Fault`]: the hub ends with it.
    pub(crate) async fn answer(self, mut ticks: watch::Receiver<u64>) -> Result<(), Fault> {
        while ticks.changed().await.is_ok() {
            let tick = Tick { manifest: self.seat.current(), today: self.clock.today() };
            let last = self.seat.newest().expires().max(tick.manifest.expires());
            let answered = match self.store.answer_requests(tick, last).await {
                // At the next tick again.
                Err(Fault::Unannounced(_)) => continue,
                answered => answered?.len(),
            };
            if answered > 0 {
                tracing::info!(count = answered, "rights requests answered");
            }
        }
        Ok(())
    }
}

fn rendered(request: &RightsRequest, today: Day) -> v1::RightsRequest {
    let decision = request.decision.as_ref();
    let number = |it: u8| i32::from(it);
    v1::RightsRequest {
        id: request.id.bytes().to_vec(),
        kind: number(request.kind.number()),
        asked_by: request.by.to_string(),
        asked: request.asked.to_string(),
        until: request.asked.plus_days(DECIDED_WITHIN_DAYS).to_string(),
        verdict: decision.map_or(0, |it| number(it.verdict.number())),
        reason: decision.and_then(|it| it.reason).map_or(0, |it| number(it.number())),
        decided_by: decision.map(|it| it.by.to_string()).unwrap_or_default(),
        decided: decision.map(|it| it.on.to_string()).unwrap_or_default(),
        answered: request.answer.as_ref().map(|(on, _)| on.to_string()).unwrap_or_default(),
        lapsed: has_lapsed(request, today),
    }
}

/// One size, whether it waits, found nothing or found all that it tells.
fn answer(request: &RightsRequest, today: Day) -> FetchRightsResponse {
    let nothing = Found::default();
    let found = request.answer.as_ref().map_or(&nothing, |(_, found)| found);
    let mut response = FetchRightsResponse {
        request: Some(rendered(request, today)),
        signals: found.signals.iter().map(signal).collect(),
        alerts: found.alerts.iter().map(alert).collect(),
        more: found.more,
        padding: Vec::new(),
    };
    response.padding = padding_for(response.encoded_len(), ANSWER_LEN);
    response
}

/// What an agency is told of its own: padded, so that the network does not tell how many were erased.
fn told(erased: &[Erased]) -> ListErasedResponse {
    let signal = |it: &Erased| v1::ErasedSignal {
        reference: it.reference.bytes().to_vec(),
        erased: it.on.to_string(),
    };
    let mut response =
        ListErasedResponse { erased: erased.iter().map(signal).collect(), padding: Vec::new() };
    response.padding = padding_for(response.encoded_len(), ERASED_LEN);
    response
}

fn signal(found: &FoundSignal) -> v1::FoundSignal {
    let hearsay_of = match found.observation {
        Observation::Own => v1::Domain::Unspecified,
        Observation::Hearsay(of) => domain(of),
    };
    v1::FoundSignal {
        organisation: found.by.as_ref().map(|(it, _)| it.to_string()).unwrap_or_default(),
        domain: found.by.as_ref().map_or(v1::Domain::Unspecified, |(_, it)| domain(*it)).into(),
        severity: severity(found.severity).into(),
        month: found.month.number(),
        expires: found.expiry.last_day().to_string(),
        hearsay_of: hearsay_of.into(),
    }
}

fn alert(found: &FoundAlert) -> v1::FoundAlert {
    let look = |(by, on): &(ConnectionId, Day)| v1::Look { coordinator: by.to_string(), day: on.to_string() };
    v1::FoundAlert {
        opened: found.opened.to_string(),
        state: state(found.state).into(),
        looks: found.looks.iter().map(look).collect(),
    }
}

#[cfg(test)]
mod tests {
    use samenloop_core::alert::AlertState;
    use samenloop_core::fixture::{connection, day, month};
    use samenloop_core::rights::{Decision, RightsKind, Verdict};
    use samenloop_core::value::{Domain, OrganisationId, Severity};

    use super::*;

    /// V-30: the size of an answer tells nobody on the network whether a child is known.
    #[test]
    fn every_answer_has_one_size() {
        let today = day("2026-11-25");
        let long: String = std::iter::repeat_n('x', 32).collect();
        let signal = FoundSignal {
            by: Some((OrganisationId::parse(&long).unwrap(), Domain::Zorg)),
            severity: Severity::Hard,
            month: month("2026-11"),
            expiry: month("2027-11"),
            observation: Observation::Hearsay(Domain::Wonen),
        };
        let looks = vec![(connection(&long), today); Found::MAX_LOOKS];
        let alert = FoundAlert { opened: today, state: AlertState::Claimed, looks };
        let found = Found {
            signals: vec![signal; Found::MAX_SIGNALS],
            alerts: vec![alert; Found::MAX_ALERTS],
            more: true,
        };
        let decision = Decision { by: connection(&long), on: today, verdict: Verdict::Release, reason: None };
        let waiting = RightsRequest {
            id: RequestId::new([1; 16]),
            kind: RightsKind::Access,
            by: connection(&long),
            oin: String::new(),
            asked: today,
            reminded: false,
            decision: None,
            answer: None,
        };
        let decided = RightsRequest { decision: Some(decision), ..waiting.clone() };
        let empty = RightsRequest { answer: Some((today, Found::default())), ..decided.clone() };
        let full = RightsRequest { answer: Some((today, found)), ..decided.clone() };
        for request in [waiting, decided, empty, full] {
            assert_eq!(answer(&request, today).encoded_len(), ANSWER_LEN);
        }
    }
}
