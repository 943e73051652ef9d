//! TLS as the hub speaks it: 1.3 only, both ends with a certificate, every handshake a whole one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::TlsConnector;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file holds no PEM of the expected sort.
    #[error("{path}: {source}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// A file holds no certificate.
    #[error("{0}: no certificate in it")]
    Empty(PathBuf),
    /// The CA cannot verify anybody.
    #[error("the CA: {0}")]
    Ca(String),
    /// The certificate and the key do not make a server.
    #[error("the certificate or its key: {0}")]
    Server(rustls::Error),
}

/// The certificates of a PEM file, in order; at least one.
///
/// # Errors
/// [`TlsFault::Pem`], [`TlsFault::Empty`].
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let pem = |source| TlsFault::Pem { path: path.to_owned(), source };
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(pem)?.collect();
    let read = read.map_err(pem)?;
    if read.is_empty() { Err(TlsFault::Empty(path.to_owned())) } else { Ok(read) }
}

/// The private key of a PEM file.
///
/// # Errors
/// [`TlsFault::Pem`].
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsFault> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| TlsFault::Pem { path: path.to_owned(), source })
}

/// The roots that a CA file pins.
///
/// # Errors
/// [`TlsFault::Ca`].
pub fn roots(ca: &[CertificateDer<'static>]) -> Result<Arc<RootCertStore>, TlsFault> {
    let mut roots = RootCertStore::empty();
    for certificate in ca {
        roots.add(certificate.clone()).map_err(|fault| TlsFault::Ca(fault.to_string()))?;
    }
    Ok(Arc::new(roots))
}

/// TLS of the hub as a client of a server whose certificate is under a CA of this file: ring, 1.3, and no certificate
/// of its own.
///
/// # Errors
/// [`TlsFault`].
pub(crate) fn connector(ca: &Path) -> Result<TlsConnector, TlsFault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsFault::Server)?
        .with_root_certificates(roots(&certificates(ca)?)?)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The hub's TLS: ring, 1.3, HTTP/2, a client certificate under one of `ca`, and no resumption: a struck-out
/// certificate must not come back on an old ticket (P-24).
///
/// # Errors
/// [`TlsFault`].
pub fn server_config(
    ca: &[CertificateDer<'static>],
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, TlsFault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots(ca)?, Arc::clone(&provider))
        .build()
        .map_err(|fault| TlsFault::Ca(fault.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsFault::Server)?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .map_err(TlsFault::Server)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}
