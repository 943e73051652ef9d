//! What a connection says of its own keys, and how far others are.

use samenloop_manifest::declaration::SignedDeclaration;
use samenloop_proto::v1;
use samenloop_proto::v1::key_service_client::KeyServiceClient;

use super::{Hub, HubFault, MAX_MESSAGE_LEN, PATIENCE};

impl Hub {
    /// Hands over what this connection says of its own key of an epoch.
    ///
    /// # Errors
    /// [`HubFault`]; then it is to be said again.
    pub async fn declare(&self, declaration: &SignedDeclaration) -> Result<(), HubFault> {
        let declaration = v1::Declaration {
            statement: declaration.text().to_vec(),
            certificate_key: declaration.certificate_key().to_vec(),
            signature: declaration.signature().to_vec(),
        };
        let request =
            v1::DeclareKeyRequest { manifest: Some(self.named.clone()), declaration: Some(declaration) };
        let mut client = KeyServiceClient::new(self.channel.clone());
        let answer = tokio::time::timeout(PATIENCE, client.declare_key(request)).await;
        answer.map_err(|_| HubFault::Unreachable)?.map_err(|status| self.fault(&status))?;
        Ok(())
    }

    /// How far each agency is with its keys, by the hub's count and by their own word, which is not verified here.
    /// Administrators only.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn key_standings(&self) -> Result<v1::ListKeyStandingsResponse, HubFault> {
        let request = v1::ListKeyStandingsRequest { manifest: Some(self.named.clone()) };
        let mut client =
            KeyServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN);
        let answer = tokio::time::timeout(PATIENCE, client.list_key_standings(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner())
    }
}
