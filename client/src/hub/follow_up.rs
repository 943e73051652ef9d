//! What a coordinator does with an alert, and what an agency answers.

use samenloop_core::case::CaseReference;
use samenloop_proto::v1;
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_proto::v1::contact_service_client::ContactServiceClient;
use samenloop_proto::v1::follow_up_service_client::FollowUpServiceClient;
use tonic::{Response, Status};

use super::{Hub, HubFault, MAX_MESSAGE_LEN, PATIENCE};

impl Hub {
    /// Does one act, and returns the alert as it is then; `None` when it is no longer the caller's.
    ///
    /// # Errors
    /// [`HubFault`]. After a break the act may have been done: it is safe to repeat.
    pub async fn act(
        &self,
        alert: &[u8; 16],
        case: &CaseReference,
        act: Act,
    ) -> Result<Option<v1::Alert>, HubFault> {
        let request = v1::ActOnAlertRequest {
            manifest: Some(self.named.clone()),
            alert: alert.to_vec(),
            case_reference: case.as_str().to_owned(),
            act: Some(act),
        };
        let mut client =
            FollowUpServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN);
        Ok(self.answered(client.act_on_alert(request)).await?.alert)
    }

    /// The contact requests to the calling agency.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn contact_requests(&self) -> Result<Vec<v1::ContactRequest>, HubFault> {
        let request = v1::ListContactRequestsRequest { manifest: Some(self.named.clone()) };
        let mut client =
            ContactServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN);
        Ok(self.answered(client.list_contact_requests(request)).await?.requests)
    }

    /// Answers a contact request; `available_from` goes with an answer that is later.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn answer_contact(
        &self,
        id: &[u8; 16],
        answer: v1::ContactAnswer,
        available_from: String,
    ) -> Result<(), HubFault> {
        let request = v1::AnswerContactRequestRequest {
            manifest: Some(self.named.clone()),
            id: id.to_vec(),
            answer: answer.into(),
            available_from,
        };
        let mut client = ContactServiceClient::new(self.channel.clone());
        self.answered(client.answer_contact_request(request)).await.map(drop)
    }

    pub(super) async fn answered<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, HubFault> {
        let answer = tokio::time::timeout(PATIENCE, call).await.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner())
    }
}
