//! `ManifestService`: relays publications to whoever takes part, and takes them from administrators.

use std::sync::Arc;

use samenloop_core::clock::Clock;
use samenloop_core::permit::{Administer, TakePart};
use samenloop_manifest::{BookFault, Publication, Signed};
use samenloop_proto::v1::manifest_service_server::ManifestService;
use samenloop_proto::v1::{
    self, FetchManifestRequest, FetchManifestResponse, PublishManifestRequest, PublishManifestResponse,
};
use tonic::{Request, Response, Status};

use crate::archive::Archive;
use crate::door::{named_manifest, peer_of};
use crate::refusal::Refusal;

/// The door for manifests.
pub(crate) struct Manifests {
    pub(crate) archive: Arc<Archive>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl ManifestService for Manifests {
    async fn fetch_manifest(
        &self,
        request: Request<FetchManifestRequest>,
    ) -> Result<Response<FetchManifestResponse>, Status> {
        let peer = peer_of(&request)?;
        let manifest = self.archive.seat().current();
        peer.permit::<TakePart>(&manifest, self.clock.unix_seconds(), self.clock.today())?;
        let named = named_manifest(request.get_ref().manifest.as_ref())?;
        let next = named.sequence.saturating_add(1);
        let found = self.with_archive(move |archive| archive.publication(next)).await?;
        let next = found.map_err(|fault| Refusal::book(&fault))?.map(published);
        Ok(Response::new(FetchManifestResponse { next }))
    }

    async fn publish_manifest(
        &self,
        request: Request<PublishManifestRequest>,
    ) -> Result<Response<PublishManifestResponse>, Status> {
        let peer = peer_of(&request)?;
        let manifest = self.archive.seat().current();
        peer.permit::<Administer>(&manifest, self.clock.unix_seconds(), self.clock.today())?;
        let publication = parse(request.into_inner().publication)?;
        let published = self.with_archive(move |archive| archive.publish(&publication)).await?;
        let sequence = published.map_err(|fault| Refusal::book(&fault))?;
        Ok(Response::new(PublishManifestResponse { sequence }))
    }
}

impl Manifests {
    /// Files are read and synced off the runtime's own threads.
    async fn with_archive<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Archive) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let archive = Arc::clone(&self.archive);
        tokio::task::spawn_blocking(move || act(&archive)).await.map_err(|_| Refusal::Stopping)
    }
}

fn parse(publication: Option<v1::Publication>) -> Result<Publication, Refusal> {
    let malformed = |what: &str| Refusal::Malformed(what.to_owned());
    let sent = publication.ok_or_else(|| malformed("the request holds no publication"))?;
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes).map_err(|_| malformed("a manifest, a root and a note are UTF-8"))
    };
    let manifest = Signed::new(text(sent.manifest)?, text(sent.manifest_signatures)?);
    let root = Signed::new(text(sent.root)?, text(sent.root_signatures)?);
    match (root.body().is_empty(), root.note().is_empty()) {
        (true, true) => Ok(Publication::new(manifest, None)),
        (false, false) => Ok(Publication::new(manifest, Some(root))),
        _ => Err(malformed("a root comes with its signatures, or not at all")),
    }
}

fn published(publication: Publication) -> v1::Publication {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let (manifest, root) = (publication.manifest(), publication.root());
    v1::Publication {
        manifest: bytes(manifest.body()),
        manifest_signatures: bytes(manifest.note()),
        root: root.map_or_else(Vec::new, |it| bytes(it.body())),
        root_signatures: root.map_or_else(Vec::new, |it| bytes(it.note())),
    }
}

impl Refusal {
    /// A publication that is not taken says why; a file of ours that fails does not.
    fn book(fault: &BookFault) -> Self {
        match fault {
            BookFault::File(_) | BookFault::Root { .. } | BookFault::Empty(_) => Self::broken(fault),
            BookFault::NewRoot(_) | BookFault::Open(_) | BookFault::Order(_) => {
                Self::Publication(fault.to_string())
            }
        }
    }
}
