//! Manifests from and to the hub. Whatever comes is verified by the book that takes it, never here.

use samenloop_manifest::{Publication, Signed};
use samenloop_proto::v1;
use samenloop_proto::v1::manifest_service_client::ManifestServiceClient;

use super::{Hub, HubFault, MAX_MESSAGE_LEN, PATIENCE, Way};

impl Hub {
    /// The publication that follows the manifest `after` names; `None` when that is the hub's newest. Nothing of it
    /// is verified here.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn fetch_after(&self, after: v1::ManifestReference) -> Result<Option<Publication>, HubFault> {
        let request = v1::FetchManifestRequest { manifest: Some(after) };
        let mut client = self.manifest_client();
        let answer = tokio::time::timeout(PATIENCE, client.fetch_manifest(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        let next = answer.map_err(|status| self.fault(&status))?.into_inner().next;
        next.map(received).transpose()
    }

    /// Hands the hub the next publication; says the hub's newest sequence. It acts when this returns.
    ///
    /// # Errors
    /// [`HubFault`]; when the hub refuses it, nothing changed there.
    pub async fn publish(&self, publication: &Publication) -> Result<u64, HubFault> {
        let request = v1::PublishManifestRequest { publication: Some(sent(publication)) };
        let mut client = self.manifest_client();
        let answer = tokio::time::timeout(PATIENCE, client.publish_manifest(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        Ok(answer.map_err(|status| self.fault(&status))?.into_inner().sequence)
    }

    fn manifest_client(&self) -> ManifestServiceClient<Way> {
        ManifestServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN)
    }
}

fn received(publication: v1::Publication) -> Result<Publication, HubFault> {
    let text = |bytes| String::from_utf8(bytes).map_err(|_| HubFault::Broken("its manifest is no text"));
    let manifest = Signed::new(text(publication.manifest)?, text(publication.manifest_signatures)?);
    let root = Signed::new(text(publication.root)?, text(publication.root_signatures)?);
    Ok(Publication::new(manifest, Some(root).filter(|it| !it.body().is_empty())))
}

fn sent(publication: &Publication) -> v1::Publication {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let (manifest, root) = (publication.manifest(), publication.root());
    v1::Publication {
        manifest: bytes(manifest.body()),
        manifest_signatures: bytes(manifest.note()),
        root: root.map_or_else(Vec::new, |it| bytes(it.body())),
        root_signatures: root.map_or_else(Vec::new, |it| bytes(it.note())),
    }
}
