//! The one place that reads a certificate.
//!
//! rustls has verified the chain, the dates and the purpose before anything here is believed.

use ring::digest::{SHA256, digest};
use samenloop_core::permit::Identity;
use samenloop_core::value::ConnectionId;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OID_X509_SERIALNUMBER;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Digits of an OIN (organisatie-identificatienummer).
const OIN_LEN: usize = 20;

/// Why a certificate names no connection. Whoever shows it is told only that it does not take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Not one X.509 certificate in DER.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// No name, or more than one: the first of several is never taken.
    #[error("the certificate has not exactly one subject alternative name")]
    NotOneName,
    /// The name is no `samenloop://<exchange>/<connection>` of this exchange.
    #[error("the certificate's name is not of this exchange")]
    ForeignName,
    /// Not exactly one `serialNumber` of 20 digits in the subject.
    #[error("the certificate's subject has not exactly one OIN")]
    NotOneOin,
}

/// Whom a certificate names within `exchange`.
///
/// # Errors
/// [`CertificateFault`] unless it has exactly one alternative name, `samenloop://<exchange>/<connection>`,
/// and exactly one OIN in `Subject.serialNumber`.
pub fn identity(der: &[u8], exchange: &str) -> Result<Identity, CertificateFault> {
    let certificate = parse(der)?;
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| CertificateFault::Unreadable)?
        .map_or(&[][..], |extension| extension.value.general_names.as_slice());
    let [name] = names else { return Err(CertificateFault::NotOneName) };
    let GeneralName::URI(uri) = name else { return Err(CertificateFault::ForeignName) };
    let connection = connection_of(uri, exchange).ok_or(CertificateFault::ForeignName)?;
    Ok(Identity { connection, oin: oin(&certificate)?, certificate_key: key_of(&certificate) })
}

/// SHA-256 of a certificate's public key (SPKI), whomever it names.
///
/// # Errors
/// [`CertificateFault::Unreadable`].
pub fn certificate_key(der: &[u8]) -> Result<[u8; 32], CertificateFault> {
    parse(der).map(|certificate| key_of(&certificate))
}

/// The last second at which a certificate is valid, in Unix time; 0 when it cannot be read.
#[must_use]
pub fn valid_until_seconds(der: &[u8]) -> u64 {
    let until = parse(der).map(|certificate| certificate.validity().not_after.timestamp());
    until.ok().and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0)
}

/// Whether the subject's organisation of a CA is `organisation`.
///
/// # Errors
/// [`CertificateFault::Unreadable`].
pub fn is_organisation(der: &[u8], organisation: &str) -> Result<bool, CertificateFault> {
    let certificate = parse(der)?;
    let found = certificate.subject().iter_organization().any(|it| it.as_str() == Ok(organisation));
    Ok(found)
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateFault> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) | Err(_) => Err(CertificateFault::Unreadable),
    }
}

fn connection_of(uri: &str, exchange: &str) -> Option<ConnectionId> {
    let name = uri.strip_prefix("samenloop://")?.strip_prefix(exchange)?.strip_prefix('/')?;
    ConnectionId::parse(name).ok()
}

fn oin(certificate: &X509Certificate<'_>) -> Result<String, CertificateFault> {
    let mut numbers = certificate.subject().iter_by_oid(&OID_X509_SERIALNUMBER);
    let (Some(number), None) = (numbers.next(), numbers.next()) else {
        return Err(CertificateFault::NotOneOin);
    };
    let text = number.as_str().map_err(|_| CertificateFault::NotOneOin)?;
    if text.len() == OIN_LEN && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(CertificateFault::NotOneOin)
    }
}

fn key_of(certificate: &X509Certificate<'_>) -> [u8; 32] {
    sha256(certificate.public_key().raw)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use rcgen::string::Ia5String;
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair, SanType};

    use super::*;

    const EXCHANGE: &str = "samenloop.example/test";
    const OIN: &str = "00000009000000000001";

    fn uri(name: &str) -> SanType {
        SanType::URI(Ia5String::try_from(name).unwrap())
    }

    fn minted(names: Vec<SanType>, oin: &str) -> (Vec<u8>, KeyPair) {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        if !oin.is_empty() {
            let serial = DnType::CustomDnType(vec![2, 5, 4, 5]);
            params.distinguished_name.push(serial, DnValue::PrintableString(oin.try_into().unwrap()));
        }
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().der().to_vec(), key)
    }

    fn read(names: Vec<SanType>, oin: &str) -> Result<Identity, CertificateFault> {
        identity(&minted(names, oin).0, EXCHANGE)
    }

    fn own() -> SanType {
        uri("samenloop://samenloop.example/test/school-west")
    }

    #[test]
    fn one_name_and_one_oin_are_an_identity() {
        let (der, key) = minted(vec![own()], OIN);
        let read = identity(&der, EXCHANGE).unwrap();
        assert_eq!(read.connection.as_str(), "school-west");
        assert_eq!(read.oin, OIN);
        assert_eq!(read.certificate_key, sha256(&rcgen::PublicKeyData::subject_public_key_info(&key)));
    }

    #[test]
    fn two_names_are_none() {
        let other = uri("samenloop://samenloop.example/test/politie-west");
        assert_eq!(read(vec![own(), other], OIN), Err(CertificateFault::NotOneName));
        let host = SanType::DnsName(Ia5String::try_from("hub.example").unwrap());
        assert_eq!(read(vec![own(), host], OIN), Err(CertificateFault::NotOneName));
        assert_eq!(read(vec![own(), own()], OIN), Err(CertificateFault::NotOneName));
    }

    #[test]
    fn no_name_is_none() {
        assert_eq!(read(vec![], OIN), Err(CertificateFault::NotOneName));
    }

    #[test]
    fn a_name_of_another_scheme_or_exchange_is_foreign() {
        for name in [
            "https://samenloop.example/test/school-west",
            "samenloop://samenloop.example/other/school-west",
            "samenloop://samenloop.example/testing/school-west",
            "samenloop://samenloop.example/test/School-West",
            "samenloop://samenloop.example/test/school-west/",
            "samenloop://samenloop.example/test/",
            "SAMENLOOP://samenloop.example/test/school-west",
        ] {
            assert_eq!(read(vec![uri(name)], OIN), Err(CertificateFault::ForeignName), "{name}");
        }
        let host = SanType::DnsName(Ia5String::try_from("school-west").unwrap());
        assert_eq!(read(vec![host], OIN), Err(CertificateFault::ForeignName));
    }

    #[test]
    fn the_oin_has_twenty_digits() {
        for number in ["", "0000000900000000001", "000000090000000000012", "0000000900000000000A"] {
            assert_eq!(read(vec![own()], number), Err(CertificateFault::NotOneOin), "{number}");
        }
    }

    #[test]
    fn bytes_after_a_certificate_make_it_unreadable() {
        let (mut der, _) = minted(vec![own()], OIN);
        der.push(0);
        assert_eq!(identity(&der, EXCHANGE), Err(CertificateFault::Unreadable));
        assert_eq!(valid_until_seconds(&der), 0);
    }
}
