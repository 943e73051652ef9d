//! The private key of the mTLS certificate, and the request for a certificate over it.

use std::path::Path;

use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, SanType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use samenloop_core::value::ConnectionId;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::file::is_sealed;
use super::{KeyFault, Purpose, Secret, open};

/// X.520 serialNumber, where a certificate has the OIN.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

/// The one URI name of a connection's certificate.
#[must_use]
pub fn uri_of(exchange: &str, connection: &str) -> String {
    format!("samenloop://{exchange}/{connection}")
}

/// Reads a private key: a sealed key file, or a PEM where something else than `samenloop` keeps it.
pub(crate) fn read(path: &Path, secret: &Path) -> Result<PrivateKeyDer<'static>, KeyFault> {
    let unreadable =
        |fault: std::io::Error| KeyFault::Unreadable { path: path.to_owned(), cause: fault.kind() };
    let content = Zeroizing::new(std::fs::read(path).map_err(unreadable)?);
    if !is_sealed(&content) {
        return PrivateKeyDer::from_pem_slice(&content).map_err(|_| KeyFault::Malformed(path.to_owned()));
    }
    let pkcs8 = open(path, Purpose::Tls, &Secret::read(secret)?)?;
    Ok(PrivatePkcs8KeyDer::from(pkcs8.to_vec()).into())
}

/// SHA-256 of the SubjectPublicKeyInfo of a private key, as the manifest enters it.
pub(crate) fn public_key_hash(key: &PrivateKeyDer<'_>) -> Option<[u8; 32]> {
    let signing = rustls::crypto::ring::sign::any_supported_type(key).ok()?;
    Some(Sha256::digest(signing.public_key()?.as_ref()).into())
}

/// A new ECDSA P-256 key as PKCS#8 DER.
pub(super) fn generate() -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let pair = Zeroizing::new(KeyPair::generate().map_err(|_| KeyFault::System)?);
    Ok(Zeroizing::new(pair.serialize_der()))
}

/// A request (PKCS#10, as PEM) for the certificate of a connection: its one URI name, and the OIN of its
/// organisation in Subject.serialNumber. `None` when a name is no ASCII text or the key cannot sign.
pub(super) fn request(
    key: &PrivateKeyDer<'_>,
    exchange: &str,
    connection: &ConnectionId,
    oin: &str,
) -> Option<String> {
    let pair = Zeroizing::new(KeyPair::try_from(key).ok()?);
    let mut subject = DistinguishedName::new();
    let oin = DnValue::PrintableString(oin.try_into().ok()?);
    subject.push(DnType::CustomDnType(SERIAL_NUMBER.to_vec()), oin);
    let mut request = CertificateParams::default();
    request.distinguished_name = subject;
    request.subject_alt_names = vec![SanType::URI(uri_of(exchange, connection.as_str()).try_into().ok()?)];
    request.serialize_request(&*pair).ok()?.pem().ok()
}
