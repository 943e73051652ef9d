//! What the hub can prove of the caller's own batches.

use samenloop_proto::v1;
use samenloop_proto::v1::audit_service_client::AuditServiceClient;

use super::{Hub, HubFault, MAX_MESSAGE_LEN, PATIENCE, Way};

impl Hub {
    /// The checkpoint of the day, with the proof that it goes on from one of `known_size` entries. Nothing of it is
    /// verified here.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn checkpoint(&self, known_size: u64) -> Result<v1::FetchCheckpointResponse, HubFault> {
        let request = v1::FetchCheckpointRequest { manifest: Some(self.named.clone()), known_size };
        let mut client = self.audit_client();
        let answer = tokio::time::timeout(PATIENCE, client.fetch_checkpoint(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner())
    }

    /// Entries of own batches from a sequence on, in a tree of `size` entries. Nothing of it is verified here.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn prove(&self, size: u64, first_sequence: u64) -> Result<Vec<v1::ProvedEntry>, HubFault> {
        let manifest = Some(self.named.clone());
        let request = v1::ProveEntriesRequest { manifest, size, first_sequence };
        let mut client = self.audit_client();
        let answer = tokio::time::timeout(PATIENCE, client.prove_entries(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner().entries)
    }

    /// Entries of a log from a leaf on, and its last checkpoint. Nothing of it is verified here. Privacy officers only.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn read_log(&self, log: v1::AuditLog, leaf: u64) -> Result<v1::ReadLogResponse, HubFault> {
        let request = v1::ReadLogRequest { manifest: Some(self.named.clone()), log: log.into(), leaf };
        let mut client = self.audit_client();
        let answer = tokio::time::timeout(PATIENCE, client.read_log(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner())
    }

    fn audit_client(&self) -> AuditServiceClient<Way> {
        AuditServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN)
    }
}
