//! Calls as bytes, over real mTLS with the certificate of a party of the kit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use samenloop_client::key::Purpose;
use samenloop_keys_example::key_of;
use samenloop_server::tls;
use samenloop_tests::Exchange;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tonic::client::Grpc;
use tonic::codegen::{Service, http};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::bare::Bare;

/// Reaches the hub of an exchange, whatever address is asked for.
#[derive(Clone)]
struct Dialer {
    address: String,
    tls: TlsConnector,
}

impl Service<http::Uri> for Dialer {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        let Self { address, tls } = self.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            let name = ServerName::try_from(uri.host().unwrap().to_owned()).unwrap();
            tls.connect(name, stream).await.map(TokioIo::new)
        })
    }
}

/// Connects with the certificate and the key of a party to the name that the manifest gives the hub.
pub(crate) fn dial(exchange: &Exchange, party: &str, server_name: &str) -> Channel {
    let kit = exchange.kit_directory();
    let key = key_of(&kit, party, "tls.key", Purpose::Tls).unwrap().to_vec();
    let mut roots = RootCertStore::empty();
    for certificate in tls::certificates(&kit.join("ca.pem")).unwrap() {
        roots.add(certificate).unwrap();
    }
    let own = tls::certificates(&kit.join(party).join("cert.pem")).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(own, PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)))
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let dialer = Dialer { address: exchange.hub_address(), tls: TlsConnector::from(Arc::new(config)) };
    Endpoint::from_shared(format!("https://{server_name}")).unwrap().connect_with_connector_lazy(dialer)
}

/// Makes one call with one message and gives the first message of its answer, if there is any. On the wire a single
/// message and a stream of one are the same.
pub(crate) async fn call(
    channel: &Channel,
    path: &str,
    message: Vec<u8>,
    metadata: MetadataMap,
) -> Result<Vec<u8>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::try_from(path).unwrap();
    let mut request = Request::new(tokio_stream::once(message));
    *request.metadata_mut() = metadata;
    let answered = async {
        let mut answers = grpc.streaming(request, path, Bare).await?.into_inner();
        Ok(answers.message().await?.unwrap_or_default())
    };
    tokio::time::timeout(Duration::from_secs(20), answered).await.unwrap()
}
