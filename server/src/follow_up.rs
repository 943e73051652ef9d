//! `FollowUpService` and `ContactService`: what people do with alerts, and what reporters answer.

use std::sync::Arc;

use prost::Message;
use samenloop_core::alert::{Answer, ContactRequest, Reader};
use samenloop_core::case::ClosedList;
use samenloop_core::manifest::Manifest;
use samenloop_core::permit::Submit;
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::value::{ConnectionId, Day};
use samenloop_proto::padding_for;
use samenloop_proto::v1::contact_service_server::ContactService;
use samenloop_proto::v1::follow_up_service_server::FollowUpService;
use samenloop_proto::v1::{
    self, ActOnAlertRequest, ActOnAlertResponse, AnswerContactRequestRequest, AnswerContactRequestResponse,
    ListContactRequestsRequest, ListContactRequestsResponse, ManifestReference,
};
use samenloop_store::{Deed, Scope, Step, Store};
use tonic::{Request, Response, Status};

use crate::alerts::Reading;
use crate::directory::Directory;
use crate::door::{self, Number, Peer, check_manifest, peer_of};
use crate::processing::Trace;
use crate::refusal::Refusal;
use crate::rendering::answered;

/// The doors for acts and answers.
pub(crate) struct FollowUp<S> {
    pub(crate) reading: Arc<Reading<S>>,
    pub(crate) directory: Arc<Directory>,
}

impl<S> Clone for FollowUp<S> {
    fn clone(&self) -> Self {
        Self { reading: Arc::clone(&self.reading), directory: Arc::clone(&self.directory) }
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
        let alert = self.take(&reader, number, trace, step).await?;
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
        let alerts = self.reading.store.alerts(&Reader::Asked(agency.clone()), Scope::Open).await;
        let alerts = alerts.map_err(|fault| Refusal::fault(&fault))?;
        self.reading
            .announce(trace.by(&agency), Activity::Contact, &alerts.iter().collect::<Vec<_>>())
            .await?;
        let mut requests: Vec<_> = alerts
            .iter()
            .flat_map(|alert| alert.contacts().iter().map(move |it| (alert.id(), it)))
            .filter(|(_, it)| it.of == agency)
            .map(|(id, it)| rendered(self.reading.names.alert_number(&agency, id), it))
            .collect();
        // Not by the age of the alert, which is no business of the agency.
        requests.sort_by(|a, b| (&a.asked, &a.id).cmp(&(&b.asked, &b.id)));
        let mut response = ListContactRequestsResponse { requests, padding: Vec::new() };
        response.padding = padding_for(response.encoded_len());
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
        let reader = Reader::Asked(agency.clone());
        let step = Step { by: agency, manifest, today, deed: Deed::Answer(answer) };
        self.take(&reader, number, trace, step).await?;
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

    /// Announces a step and takes it to its end, also when the caller leaves meanwhile.
    async fn take(
        &self,
        reader: &Reader,
        number: Number,
        trace: Trace,
        step: Step,
    ) -> Result<samenloop_core::alert::Alert, Refusal> {
        let reading = &self.reading;
        let found = self.directory.find(&*reading.store, &reading.names, reader, &step.by, number).await;
        let found = found.map_err(|fault| Refusal::fault(&fault))?.ok_or(ActRefusal::Unknown)?;
        let activity = match step.deed {
            Deed::Act(_) => Activity::Act,
            Deed::Answer(_) => Activity::Contact,
        };
        let processing = Processing { activity, subject: found.subject };
        reading.processing.announce(trace.by(&step.by), [processing]).await?;
        let id = found.id;
        let store = Arc::clone(&reading.store);
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
