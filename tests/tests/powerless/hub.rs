//! A hub with everything that the real one has, which answers as a test tells it to, and remembers what it heard.
//!
//! It holds the kit's own certificate, TLS key and receipt key, and listens where the kit says that the hub is.
//! Until it is told otherwise it answers honestly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use prost::Message;
use samenloop_core::value::ConnectionId;
use samenloop_keys_example::Kit;
use samenloop_manifest::{Publication, sha256};
use samenloop_proto::v1;
use samenloop_proto::v1::alert_service_server::{AlertService, AlertServiceServer};
use samenloop_proto::v1::key_service_server::{KeyService, KeyServiceServer};
use samenloop_proto::v1::manifest_service_server::{ManifestService, ManifestServiceServer};
use samenloop_proto::v1::rights_service_server::{RightsService, RightsServiceServer};
use samenloop_proto::v1::signal_service_server::{SignalService, SignalServiceServer};
use samenloop_server::certificate::identity;
use samenloop_server::receipt::{Promise, ReceiptKey};
use samenloop_server::tls;
use samenloop_tests::Exchange;
use tokio_rustls::TlsAcceptor;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use crate::office::sequence_of;

/// The agency whose pushes are lied to.
pub(crate) const AGENCY: &str = "school-west";

/// Bytes of a message that this hub takes.
const MAX_MESSAGE: usize = 8 << 20;

/// A batch that asks for its ack.
pub(crate) struct Asked<'a> {
    /// The batch.
    pub(crate) batch: &'a v1::SignalBatch,
    /// What an honest hub answers.
    pub(crate) honest: v1::BatchAck,
    /// What it answered to the batch before this one.
    pub(crate) before: Option<&'a v1::BatchAck>,
    /// The hub's own receipt key.
    pub(crate) key: &'a ReceiptKey,
}

type Acking = Box<dyn Fn(Asked<'_>) -> v1::BatchAck + Send>;

/// What the hub answers, and what it heard.
pub(crate) struct Answers {
    /// What it gives as the manifest of each number.
    pub(crate) publications: BTreeMap<u64, v1::Publication>,
    /// What it says that connections declared.
    pub(crate) declarations: Vec<v1::Declaration>,
    /// What it says that it destroyed.
    pub(crate) statements: Vec<Vec<u8>>,
    /// What it shows coordinators.
    pub(crate) alerts: Vec<v1::Alert>,
    /// How it acks.
    pub(crate) acking: Acking,
    /// Each call that it heard, with the message, and the metadata as text.
    pub(crate) heard: Vec<(&'static str, Vec<u8>)>,
    /// Each batch that it heard, and whose it was.
    pub(crate) batches: Vec<(ConnectionId, v1::SignalBatch)>,
    before: Option<v1::BatchAck>,
}

impl Answers {
    /// Gives a publication as the manifest of a number, whatever number it says itself.
    pub(crate) fn give(&mut self, number: u64, publication: &Publication) {
        self.publications.insert(number, sent(publication));
    }

    /// The names of the calls that it heard.
    pub(crate) fn calls(&self) -> BTreeSet<&'static str> {
        self.heard.iter().map(|(call, _)| *call).collect()
    }
}

/// The receipt of P-60 over this ack of this batch, signed with any key, for any agency.
pub(crate) fn receipt(
    key: &ReceiptKey,
    agency: &str,
    batch: &v1::SignalBatch,
    ack: &v1::BatchAck,
) -> Vec<u8> {
    key.sign(&Promise {
        connection: &ConnectionId::parse(agency).unwrap(),
        batch: &batch.batch_id.as_slice().try_into().unwrap(),
        digest: &sha256(&batch.encode_to_vec()),
        first_sequence: ack.first_sequence,
        count: ack.count,
    })
}

/// A publication as it travels.
fn sent(publication: &Publication) -> v1::Publication {
    let bytes = |text: &str| text.as_bytes().to_vec();
    v1::Publication {
        manifest: bytes(publication.manifest().body()),
        manifest_signatures: bytes(publication.manifest().note()),
        ..Default::default()
    }
}

/// The hub. Ends with it.
pub(crate) struct HostileHub {
    answers: Arc<Mutex<Answers>>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl HostileHub {
    /// Listens where the kit says that its hub is, honest for now.
    pub(crate) fn start(exchange: &Exchange) -> Self {
        let kit = exchange.kit_directory();
        let answers = Arc::new(Mutex::new(Answers {
            publications: BTreeMap::new(),
            declarations: Vec::new(),
            statements: Vec::new(),
            alerts: Vec::new(),
            acking: Box::new(|asked| asked.honest),
            heard: Vec::new(),
            batches: Vec::new(),
            before: None,
        }));
        let key = Arc::new(receipt_key(&kit));
        let desk = Desk { answers: Arc::clone(&answers), key, caller: None };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(exchange.hub_address())).unwrap();
        runtime.spawn(serve(listener, acceptor(&kit), desk));
        Self { answers, runtime: Some(runtime) }
    }

    /// What it answers and what it heard, to look at or to change.
    pub(crate) fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap()
    }
}

impl Drop for HostileHub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Whoever serves next at this address must not meet what is left of this one.
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }
}

/// The receipt key of the kit's hub.
pub(crate) fn receipt_key(kit: &Path) -> ReceiptKey {
    ReceiptKey::load(&kit.join("hub/receipt.key")).unwrap()
}

/// The TLS of the kit's hub.
fn acceptor(kit: &Path) -> TlsAcceptor {
    let ca = tls::certificates(&kit.join("ca.pem")).unwrap();
    let own = tls::certificates(&kit.join("hub/cert.pem")).unwrap();
    let key = tls::private_key(&kit.join("hub/key.pem")).unwrap();
    TlsAcceptor::from(tls::server_config(&ca, own, key).unwrap())
}

async fn serve(listener: tokio::net::TcpListener, acceptor: TlsAcceptor, desk: Desk) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, desk) = (acceptor.clone(), desk.clone());
        tokio::spawn(async move {
            // A test may connect only to see whether anybody listens.
            let Ok(tls) = acceptor.accept(stream).await else { return };
            let certificate = &tls.get_ref().1.peer_certificates().unwrap()[0];
            let caller = identity(certificate, Kit::exchange()).unwrap().connection;
            let routes = Desk { caller: Some(caller), ..desk }.routes();
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new()).http2_only();
            let _ = builder.serve_connection(TokioIo::new(tls), TowerToHyperService::new(routes)).await;
        });
    }
}

/// Every service of the hub.
#[derive(Clone)]
struct Desk {
    answers: Arc<Mutex<Answers>>,
    key: Arc<ReceiptKey>,
    /// Whose certificate it was shown.
    caller: Option<ConnectionId>,
}

impl Desk {
    fn routes(self) -> Routes {
        Routes::new(SignalServiceServer::new(self.clone()).max_decoding_message_size(MAX_MESSAGE))
            .add_service(AlertServiceServer::new(self.clone()))
            .add_service(ManifestServiceServer::new(self.clone()).max_decoding_message_size(MAX_MESSAGE))
            .add_service(RightsServiceServer::new(self.clone()))
            .add_service(KeyServiceServer::new(self))
            .prepare()
    }

    /// Remembers a call, byte for byte: a strict codec lets nothing in that encoding again would leave out.
    fn hear<T: Message>(&self, call: &'static str, request: Request<T>) -> T {
        let metadata = format!("{:?}", request.metadata()).into_bytes();
        let message = request.into_inner();
        let mut answers = self.answers.lock().unwrap();
        answers.heard.extend([(call, metadata), (call, message.encode_to_vec())]);
        message
    }

    fn ack(&self, call: &'static str, batch: Option<v1::SignalBatch>) -> v1::BatchAck {
        let (batch, caller) = (batch.unwrap(), self.caller.clone().unwrap());
        let mut answers = self.answers.lock().unwrap();
        answers.heard.push((call, batch.encode_to_vec()));
        let first_sequence = answers.before.as_ref().map_or(1, |it| it.first_sequence + u64::from(it.count));
        let count = u32::try_from(batch.lines.len()).unwrap();
        let mut honest =
            v1::BatchAck { batch_id: batch.batch_id.clone(), first_sequence, count, ..Default::default() };
        honest.receipt = receipt(&self.key, caller.as_str(), &batch, &honest);
        let asked =
            Asked { batch: &batch, honest: honest.clone(), before: answers.before.as_ref(), key: &self.key };
        let given = (answers.acking)(asked);
        answers.batches.push((caller, batch));
        answers.before = Some(honest);
        given
    }
}

#[tonic::async_trait]
impl SignalService for Desk {
    type PushSignalsStream = ReceiverStream<Result<v1::PushSignalsResponse, Status>>;

    async fn push_signals(
        &self,
        request: Request<Streaming<v1::PushSignalsRequest>>,
    ) -> Result<Response<Self::PushSignalsStream>, Status> {
        let metadata = format!("{:?}", request.metadata()).into_bytes();
        self.answers.lock().unwrap().heard.push(("PushSignals", metadata));
        let mut batches = request.into_inner();
        let (sender, receiver) = tokio::sync::mpsc::channel(64);
        let desk = self.clone();
        tokio::spawn(async move {
            while let Some(Ok(request)) = batches.next().await {
                let ack = Some(desk.ack("PushSignals", request.batch));
                if sender.send(Ok(v1::PushSignalsResponse { ack })).await.is_err() {
                    break;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn submit_signals(
        &self,
        request: Request<v1::SubmitSignalsRequest>,
    ) -> Result<Response<v1::SubmitSignalsResponse>, Status> {
        let ack = Some(self.ack("SubmitSignals", request.into_inner().batch));
        Ok(Response::new(v1::SubmitSignalsResponse { ack }))
    }
}

#[tonic::async_trait]
impl AlertService for Desk {
    type ListAlertsStream = ReceiverStream<Result<v1::ListAlertsResponse, Status>>;
    type WatchAlertsStream = ReceiverStream<Result<v1::WatchAlertsResponse, Status>>;

    async fn list_alerts(
        &self,
        request: Request<v1::ListAlertsRequest>,
    ) -> Result<Response<Self::ListAlertsStream>, Status> {
        self.hear("ListAlerts", request);
        let alerts = self.answers.lock().unwrap().alerts.clone();
        let (sender, receiver) = tokio::sync::mpsc::channel(alerts.len().max(1));
        for alert in alerts {
            sender.try_send(Ok(v1::ListAlertsResponse { alert: Some(alert) })).unwrap();
        }
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn watch_alerts(
        &self,
        request: Request<v1::WatchAlertsRequest>,
    ) -> Result<Response<Self::WatchAlertsStream>, Status> {
        self.hear("WatchAlerts", request);
        Ok(Response::new(ReceiverStream::new(tokio::sync::mpsc::channel(1).1)))
    }
}

#[tonic::async_trait]
impl ManifestService for Desk {
    async fn fetch_manifest(
        &self,
        request: Request<v1::FetchManifestRequest>,
    ) -> Result<Response<v1::FetchManifestResponse>, Status> {
        let named = self.hear("FetchManifest", request).manifest.unwrap();
        let next = self.answers.lock().unwrap().publications.get(&(named.sequence + 1)).cloned();
        Ok(Response::new(v1::FetchManifestResponse { next }))
    }

    async fn publish_manifest(
        &self,
        request: Request<v1::PublishManifestRequest>,
    ) -> Result<Response<v1::PublishManifestResponse>, Status> {
        let publication = self.hear("PublishManifest", request).publication.unwrap();
        let sequence = sequence_of(std::str::from_utf8(&publication.manifest).unwrap());
        self.answers.lock().unwrap().publications.insert(sequence, publication);
        Ok(Response::new(v1::PublishManifestResponse { sequence }))
    }
}

#[tonic::async_trait]
impl RightsService for Desk {
    async fn list_erased(
        &self,
        request: Request<v1::ListErasedRequest>,
    ) -> Result<Response<v1::ListErasedResponse>, Status> {
        self.hear("ListErased", request);
        Ok(Response::new(v1::ListErasedResponse::default()))
    }

    async fn ask_rights(
        &self,
        _request: Request<v1::AskRightsRequest>,
    ) -> Result<Response<v1::AskRightsResponse>, Status> {
        Err(Status::unimplemented("asked by nobody here"))
    }

    async fn list_rights_requests(
        &self,
        _request: Request<v1::ListRightsRequestsRequest>,
    ) -> Result<Response<v1::ListRightsRequestsResponse>, Status> {
        Err(Status::unimplemented("asked by nobody here"))
    }

    async fn decide_rights(
        &self,
        _request: Request<v1::DecideRightsRequest>,
    ) -> Result<Response<v1::DecideRightsResponse>, Status> {
        Err(Status::unimplemented("asked by nobody here"))
    }

    async fn fetch_rights(
        &self,
        _request: Request<v1::FetchRightsRequest>,
    ) -> Result<Response<v1::FetchRightsResponse>, Status> {
        Err(Status::unimplemented("asked by nobody here"))
    }
}

#[tonic::async_trait]
impl KeyService for Desk {
    async fn declare_key(
        &self,
        request: Request<v1::DeclareKeyRequest>,
    ) -> Result<Response<v1::DeclareKeyResponse>, Status> {
        let declaration = self.hear("DeclareKey", request).declaration.unwrap();
        self.answers.lock().unwrap().declarations.push(declaration);
        Ok(Response::new(v1::DeclareKeyResponse {}))
    }

    async fn list_key_standings(
        &self,
        request: Request<v1::ListKeyStandingsRequest>,
    ) -> Result<Response<v1::ListKeyStandingsResponse>, Status> {
        self.hear("ListKeyStandings", request);
        let answers = self.answers.lock().unwrap();
        Ok(Response::new(v1::ListKeyStandingsResponse {
            agencies: Vec::new(),
            declarations: answers.declarations.clone(),
            hub_statements: answers.statements.clone(),
            restrictions: Vec::new(),
        }))
    }
}
