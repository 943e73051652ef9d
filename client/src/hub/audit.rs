//! What the hub can prove of the caller's own batches.

use samenloop_audit::Log;
use samenloop_proto::v1;
use samenloop_proto::v1::audit_service_client::AuditServiceClient;

use super::{Hub, HubFault, MAX_MESSAGE_LEN, PATIENCE, Way};

/// Actors whose aliases one request asks at most.
const MAX_ACTORS: usize = 256;

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
    pub async fn read_log(&self, log: Log, leaf: u64) -> Result<v1::ReadLogResponse, HubFault> {
        self.ask_log(log, leaf, Vec::new()).await
    }

    /// The aliases of these actors in a log, in their order. The hub's word: no tree proves it. Privacy officers only.
    ///
    /// # Errors
    /// [`HubFault`]; [`HubFault::Broken`] when it answers with another number of them.
    pub async fn aliases(&self, log: Log, actors: &[String]) -> Result<Vec<u64>, HubFault> {
        let mut aliases = Vec::new();
        for some in actors.chunks(MAX_ACTORS) {
            let told = self.ask_log(log, u64::MAX, some.to_vec()).await?.aliases;
            if told.len() != some.len() {
                return Err(HubFault::Broken("aliases of others than were asked"));
            }
            aliases.extend(told);
        }
        Ok(aliases)
    }

    async fn ask_log(
        &self,
        log: Log,
        leaf: u64,
        actors: Vec<String>,
    ) -> Result<v1::ReadLogResponse, HubFault> {
        let log = match log {
            Log::Intake => v1::AuditLog::Intake,
            Log::Case => v1::AuditLog::Case,
        };
        let manifest = Some(self.named.clone());
        let request = v1::ReadLogRequest { manifest, log: log.into(), leaf, actors };
        let mut client = self.audit_client();
        let answer = tokio::time::timeout(PATIENCE, client.read_log(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner())
    }

    fn audit_client(&self) -> AuditServiceClient<Way> {
        AuditServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN)
    }
}
