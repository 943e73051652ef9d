//! What contact points and privacy officers do with rights requests.

use std::collections::HashSet;

use samenloop_core::case::ClosedList as _;
use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
use samenloop_core::value::{Place, SignalReference};
use samenloop_proto::v1;
use samenloop_proto::v1::rights_service_client::RightsServiceClient;

use super::{Hub, HubFault, MAX_MESSAGE_LEN, Way};
use crate::prepare::pseudonym;

/// What the hub answers to a call that should name a request, and does not.
const NONE: HubFault = HubFault::Broken("an answer without a request");

impl Hub {
    /// Asks on behalf of a child.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn ask_rights(
        &self,
        kind: RightsKind,
        places: &[Place],
    ) -> Result<v1::RightsRequest, HubFault> {
        let request = v1::AskRightsRequest {
            manifest: Some(self.named.clone()),
            kind: kind.number().into(),
            pseudonyms: places.iter().map(pseudonym).collect(),
        };
        let answer = self.answered(self.rights_client().ask_rights(request)).await?;
        answer.request.ok_or(NONE)
    }

    /// The requests there are.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn rights_requests(&self) -> Result<Vec<v1::RightsRequest>, HubFault> {
        let request = v1::ListRightsRequestsRequest { manifest: Some(self.named.clone()) };
        Ok(self.answered(self.rights_client().list_rights_requests(request)).await?.requests)
    }

    /// Decides on a request.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn decide_rights(
        &self,
        id: Vec<u8>,
        verdict: Verdict,
        reason: Option<RightsReason>,
    ) -> Result<v1::RightsRequest, HubFault> {
        let request = v1::DecideRightsRequest {
            manifest: Some(self.named.clone()),
            id,
            verdict: verdict.number().into(),
            reason: reason.map_or(0, |it| it.number().into()),
        };
        let answer = self.answered(self.rights_client().decide_rights(request)).await?;
        answer.request.ok_or(NONE)
    }

    /// How one's own request stands, with the answer once there is one.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn fetch_rights(&self, id: Vec<u8>) -> Result<v1::FetchRightsResponse, HubFault> {
        let request = v1::FetchRightsRequest { manifest: Some(self.named.clone()), id };
        self.answered(self.rights_client().fetch_rights(request)).await
    }

    /// Which of one's own signals were erased on request, and when, as the hub answers it.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn list_erased(&self) -> Result<v1::ListErasedResponse, HubFault> {
        let request = v1::ListErasedRequest { manifest: Some(self.named.clone()) };
        let client = self.rights_client().max_decoding_message_size(MAX_MESSAGE_LEN);
        self.answered({ client }.list_erased(request)).await
    }

    /// Which of one's own signals were erased on request.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn erased(&self) -> Result<HashSet<SignalReference>, HubFault> {
        let answer = self.list_erased().await?;
        let reference = |it: v1::ErasedSignal| it.reference.try_into().map(SignalReference::new);
        let references: Result<_, _> = answer.erased.into_iter().map(reference).collect();
        references.map_err(|_| HubFault::Broken("an erased signal without a reference"))
    }

    fn rights_client(&self) -> RightsServiceClient<Way> {
        RightsServiceClient::new(self.channel.clone())
    }
}
