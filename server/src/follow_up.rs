//! `FollowUpService` and `ContactService`: what people do with alerts, and what reporters answer.

use std::sync::Arc;

use prost::Message;
use samenloop_core::alert::{Alert, AlertId, Answer, ContactRequest, Reader};
use samenloop_core::case::ClosedList;
use samenloop_core::manifest::Manifest;
use samenloop_core::permit::Submit;
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::value::{ConnectionId, Day};
use samenloop_proto::v1::contact_service_server::ContactService;
use samenloop_proto::v1::follow_up_service_server::FollowUpService;
use samenloop_proto::v1::{
    self, ActOnAlertRequest, ActOnAlertResponse, AnswerContactRequestRequest, AnswerContactRequestResponse,
    ListContactRequestsRequest, ListContactRequestsResponse, ManifestReference,
};
use samenloop_proto::{PADDED_TO, padding_for};
use samenloop_store::{Deed, Step, Store};
use tonic::{Request, Response, Status};

use crate::alerts::Reading;
use crate::beat::Beat;
use crate::directory::Directory;
use crate::door::{self, Peer, check_manifest, peer_of};
use crate::processing::{Foreign, Trace};
use crate::refusal::Refusal;
use crate::rendering::answered;

/// The doors for acts and answers.
pub(crate) struct FollowUp<S> {
    pub(crate) reading: Arc<Reading<S>>,
    /// The numbers of coordinators' alerts.
    pub(crate) directory: Arc<Directory>,
    pub(crate) beat: Arc<Beat>,
}

impl<S> Clone for FollowUp<S> {
    fn clone(&self) -> Self {
        let Self { reading, directory, beat } = self;
        Self { reading: Arc::clone(reading), directory: Arc::clone(directory), beat: Arc::clone(beat) }
    }
}

#[tonic::async_trait]
impl<S: Store> FollowUpService for FollowUp<S> {
    async fn act_on_alert(
        &self,
        request: Request<ActOnAlertRequest>,
    ) -> Result<Response<ActOnAlertResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        let reader = self.reading.reader(&peer, request.manifest.as_ref())?;
        let number = door::number(&request.alert)?;
        let act = door::act(&request.case_reference, request.act)?;
        let Reader::Coordinator { connection, manifest, today } = reader.clone() else {
            return Err(Refusal::Act(ActRefusal::Unknown).into());
        };
        let step = Step { by: connection, manifest, today, deed: Deed::Act(act) };
        let Reading { store, names, processing, .. } = &*self.reading;
        let found = self.directory.find(&**store, names, &reader, &step.by, number).await;
        let found =
            found.map_err(|fault| Refusal::fault(&fault))?.ok_or(Refusal::Act(ActRefusal::Unknown))?;
        let acts = Processing { activity: Activity::Act, subject: found.subject };
        processing.case.announce(trace.by(&step.by), [acts]).await?;
        let alert = self.take(found.id, step).await?;
        let tick = *self.reading.ticks.borrow();
        let related = self.reading.related.after(tick, &*self.reading.store).await;
        let related = related.map_err(|fault| Refusal::fault(&fault))?;
        let alert = self.reading.as_recipient(&peer, |recipient| recipient.alert(&alert, &related))?;
        Ok(Response::new(ActOnAlertResponse { alert }))
    }
}

#[tonic::async_trait]
impl<S: Store> ContactService for FollowUp<S> {
    async fn list_contact_requests(
        &self,
        request: Request<ListContactRequestsRequest>,
    ) -> Result<Response<ListContactRequestsResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let (agency, _, _) = self.agency(&peer, request.get_ref().manifest.as_ref())?;
        let asked = self.reading.store.asked(&agency).map_err(|fault| Refusal::fault(&fault))?;
        if !asked.is_empty() {
            self.announce_contact(trace.by(&agency)).await?;
        }
        let number = |id| self.reading.names.alert_number(&agency, id);
        let mut requests: Vec<_> = asked.iter().map(|(id, it)| rendered(number(*id), it)).collect();
        // Not by the age of the alert, which is no business of the agency.
        requests.sort_by(|a, b| (&a.asked, &a.id).cmp(&(&b.asked, &b.id)));
        let mut response = ListContactRequestsResponse { requests, padding: Vec::new() };
        response.padding = padding_for(response.encoded_len(), PADDED_TO);
        Ok(Response::new(response))
    }

    async fn answer_contact_request(
        &self,
        request: Request<AnswerContactRequestRequest>,
    ) -> Result<Response<AnswerContactRequestResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        let (agency, manifest, today) = self.agency(&peer, request.manifest.as_ref())?;
        let number = door::number(&request.id)?;
        let answer: Answer = door::answer(&request)?;
        // Of its own requests only: what is not among them is refused without a look at the store.
        let asked = self.reading.store.asked(&agency).map_err(|fault| Refusal::fault(&fault))?;
        let mut ids = asked.into_iter().map(|(id, _)| id);
        let is_meant = |id: &AlertId| self.reading.names.alert_number(&agency, *id) == number;
        let id = ids.find(is_meant).ok_or(Refusal::Act(ActRefusal::Unknown))?;
        self.announce_contact(trace.by(&agency)).await?;
        let step = Step { by: agency.clone(), manifest, today, deed: Deed::Answer(answer) };
        let doors = self.clone();
        self.beat.on(&agency, async move { doors.take(id, step).await }).await??;
        Ok(Response::new(AnswerContactRequestResponse {}))
    }
}

impl<S: Store> FollowUp<S> {
    /// The calling agency, if it may send signals at this moment.
    fn agency(
        &self,
        peer: &Peer,
        named: Option<&ManifestReference>,
    ) -> Result<(ConnectionId, Arc<Manifest>, Day), Refusal> {
        let (manifest, today) = (self.reading.seat.current(), self.reading.clock.today());
        let permit = peer.permit::<Submit>(&manifest, self.reading.clock.unix_seconds(), today)?;
        check_manifest(&self.reading.seat.newest(), named)?;
        let agency = permit.connection().id.clone();
        Ok((agency, manifest, today))
    }

    /// Says in the log of what agencies do that one sees or answers contact requests, and so waits for no tick. Its own
    /// list is no record of a child, and no alert is opened to name one.
    async fn announce_contact(&self, by: Option<Foreign>) -> Result<(), Refusal> {
        let contact = Processing { activity: Activity::Contact, subject: None };
        self.reading.processing.intake.announce(by, [contact]).await
    }

    /// Takes a step to its end, also when the caller leaves meanwhile.
    async fn take(&self, id: AlertId, step: Step) -> Result<Alert, Refusal> {
        let store = Arc::clone(&self.reading.store);
        let acted = tokio::spawn(async move { store.act(id, step).await }).await;
        let acted = acted.map_err(|_| Refusal::Stopping)?;
        Ok(acted.map_err(|fault| Refusal::fault(&fault))??)
    }
}

fn rendered(id: Vec<u8>, request: &ContactRequest) -> v1::ContactRequest {
    let (answer, available_from) = answered(request.answer);
    v1::ContactRequest {
        id,
        references: request.references.iter().map(|it| it.bytes().to_vec()).collect(),
        coordinator: request.by.to_string(),
        case_reference: request.case.as_str().to_owned(),
        reason: i32::from(request.reason.number()),
        asked: request.asked.to_string(),
        answer: answer.into(),
        available_from,
    }
}
