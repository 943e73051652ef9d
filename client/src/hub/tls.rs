//! TLS 1.3 with our certificate, to the one name that the manifest gives the hub.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use samenloop_core::manifest::Manifest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::fault::{HubFault, TlsFault};
use super::proxy::Route;
use crate::config::Config;
use crate::key::tls;

/// How long a hub is waited for that finished its half of the handshake and says nothing.
const FIRST_WORD: Duration = Duration::from_millis(500);

/// Makes connections to one hub, and remembers why TLS or the proxy refused the last.
#[derive(Clone)]
pub(super) struct Connector {
    route: Route,
    name: ServerName<'static>,
    tls: TlsConnector,
    last: LastFault,
}

/// The last fault of TLS or the proxy, which hyper's errors do not always carry.
#[derive(Clone, Default)]
pub(super) struct LastFault(Arc<Mutex<Option<HubFault>>>);

impl LastFault {
    fn note(&self, error: &io::Error) {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        if let Some(fault) = cause.and_then(TlsFault::of) {
            self.keep(HubFault::Tls(fault));
        }
    }

    fn keep(&self, fault: HubFault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    pub(super) fn take(&self) -> Option<HubFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Connector {
    /// Refuses a key that the manifest does not enter for this connection: with another's certificate the
    /// hub would file our signals as another's.
    pub(super) fn new(config: &Config, manifest: &Manifest) -> Result<Self, HubFault> {
        let unusable = |path: &Path| HubFault::Credentials(path.display().to_string());
        let chain = |path: &Path| -> Result<Vec<CertificateDer<'static>>, HubFault> {
            let chain: Result<Vec<_>, _> =
                CertificateDer::pem_file_iter(path).and_then(|certificates| certificates.collect());
            chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| unusable(path))
        };
        let mut roots = RootCertStore::empty();
        for certificate in chain(&config.ca)? {
            roots.add(certificate).map_err(|_| unusable(&config.ca))?;
        }
        let key = tls::read(&config.key, &config.secret).map_err(HubFault::Key)?;
        let own = manifest.connection(&config.connection).map(|it| it.certificate_keys.as_slice());
        let hash = tls::public_key_hash(&key).ok_or_else(|| unusable(&config.key))?;
        if !own.unwrap_or_default().contains(&hash) {
            return Err(HubFault::KeyNotOwn);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|_| HubFault::Broken("TLS 1.3 is not there"))?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain(&config.certificate)?, key)
            .map_err(|_| unusable(&config.certificate))?;
        client.alpn_protocols = vec![b"h2".to_vec()];
        // The hub gives no tickets, and a certificate that was struck out must not live on in one.
        client.resumption = rustls::client::Resumption::disabled();
        let name = ServerName::try_from(manifest.hub().server_name.clone())
            .map_err(|_| HubFault::Broken("the manifest gives the hub no usable name"))?;
        Ok(Self {
            route: Route::of_environment(&config.hub),
            name,
            tls: TlsConnector::from(Arc::new(client)),
            last: LastFault::default(),
        })
    }

    pub(super) fn last_fault(&self) -> LastFault {
        self.last.clone()
    }

    pub(super) async fn connect(self) -> io::Result<Watched> {
        let tcp = self.route.connect().await.map_err(|(error, fault)| {
            if let Some(fault) = fault {
                self.last.keep(fault);
            }
            error
        })?;
        // Acks are small and waited for.
        tcp.set_nodelay(true)?;
        let noted = |error: io::Error| {
            self.last.note(&error);
            error
        };
        let mut stream = self.tls.connect(self.name.clone(), tcp).await.map_err(noted)?;
        // In TLS 1.3 the hub judges our certificate after our half of the handshake is done (RFC 8446
        // section 2). Its refusal is sure to arrive only while we have not written yet; a hub that takes
        // us begins with its HTTP/2 settings.
        let mut first = vec![0; 1024];
        let length = match tokio::time::timeout(FIRST_WORD, stream.read(&mut first)).await {
            Ok(read) => read.map_err(noted)?,
            Err(_) => 0,
        };
        first.truncate(length);
        Ok(Watched { stream, first: io::Cursor::new(first), last: self.last.clone() })
    }
}

/// A TLS stream that notes why TLS ended it.
pub(super) struct Watched {
    stream: TlsStream<TcpStream>,
    /// What the hub said first.
    first: io::Cursor<Vec<u8>>,
    last: LastFault,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buf.filled().len();
        if let Poll::Ready(Ok(())) = Pin::new(&mut self.first).poll_read(cx, buf)
            && buf.filled().len() > filled
        {
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Err(error)) = &read {
            self.last.note(error);
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
