//! A bare tonic echo over the hub's own TLS: what the transport alone allows.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use samenloop_proto::v1;
use samenloop_proto::v1::signal_service_server::{SignalService, SignalServiceServer};
use samenloop_server::tls;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

struct Echo;

fn ack(batch: Option<v1::SignalBatch>) -> v1::BatchAck {
    let batch = batch.unwrap_or_default();
    let count = u32::try_from(batch.lines.len()).unwrap_or_default();
    v1::BatchAck {
        batch_id: batch.batch_id,
        first_sequence: 1,
        count,
        refused: Vec::new(),
        receipt: vec![0; 64],
    }
}

#[tonic::async_trait]
impl SignalService for Echo {
    type PushSignalsStream = ReceiverStream<Result<v1::PushSignalsResponse, Status>>;

    async fn push_signals(
        &self,
        request: Request<Streaming<v1::PushSignalsRequest>>,
    ) -> Result<Response<Self::PushSignalsStream>, Status> {
        let mut batches = request.into_inner();
        let (sender, receiver) = tokio::sync::mpsc::channel(64);
        tokio::spawn(async move {
            while let Some(Ok(request)) = batches.next().await {
                let response = v1::PushSignalsResponse { ack: Some(ack(request.batch)) };
                if sender.send(Ok(response)).await.is_err() {
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
        Ok(Response::new(v1::SubmitSignalsResponse { ack: Some(ack(request.into_inner().batch)) }))
    }
}

/// Serves on a port of its own with the papers of a kit.
pub(crate) async fn serve(kit: &Path) -> (String, JoinHandle<()>) {
    let ca = tls::certificates(&kit.join("ca.pem")).unwrap();
    let own = tls::certificates(&kit.join("hub/cert.pem")).unwrap();
    let key = tls::private_key(&kit.join("hub/key.pem")).unwrap();
    let acceptor = TlsAcceptor::from(tls::server_config(&ca, own, key).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let service = SignalServiceServer::new(Echo).max_decoding_message_size(4 << 20);
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let (acceptor, service) = (acceptor.clone(), service.clone());
            tokio::spawn(async move {
                let tls = acceptor.accept(stream).await.unwrap();
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new()).http2_only();
                let _ = builder.serve_connection(TokioIo::new(tls), TowerToHyperService::new(service)).await;
            });
        }
    });
    (address, serving)
}
