//! A coordinator's endpoint for tests, and ways to fail as one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::Minted;

/// A delivery as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Delivery {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Answers with a status; 0 means never.
pub struct TestEndpoint {
    pub address: SocketAddr,
    status: Arc<AtomicU16>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
}

impl TestEndpoint {
    pub async fn start(certificate: &Minted) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der.clone()], certificate.private())
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (status, deliveries) = (Arc::new(AtomicU16::new(204)), Arc::<Mutex<Vec<Delivery>>>::default());
        let (answer, kept) = (Arc::clone(&status), Arc::clone(&deliveries));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, answer, kept) = (tls.clone(), Arc::clone(&answer), Arc::clone(&kept));
                tokio::spawn(async move {
                    let stream = tls.accept(stream).await.ok()?;
                    let service = service_fn(move |it| take(it, Arc::clone(&answer), Arc::clone(&kept)));
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok()
                });
            }
        });
        Self { address, status, deliveries }
    }

    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What came, delivered or not.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.lock().unwrap().clone()
    }
}

async fn take(
    request: Request<Incoming>,
    status: Arc<AtomicU16>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let line = format!("{} {}", request.method(), request.uri());
    let text = |it: &http::HeaderValue| it.to_str().unwrap().to_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = request.into_body().collect().await.unwrap().to_bytes().to_vec();
    deliveries.lock().unwrap().push(Delivery { line, headers, body });
    let status = status.load(Ordering::SeqCst);
    if status == 0 {
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
    Ok(Response::builder()
        .status(status)
        .body(Full::new(Bytes::from_static(b"said the other side")))
        .unwrap())
}
