//! The kit's certificate authority, marked so that a hub refuses it unless told otherwise.

use std::path::Path;

use jiff::ToSpan as _;
use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType, date_time_ymd,
};
use samenloop_client::key::uri_of;
use samenloop_manifest::{EXAMPLE_CA_ORGANISATION, sha256};

use crate::{KitFault, calendar::today};

/// X.520 serialNumber, where a certificate has the OIN.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

/// Days that the CA outlives the day it was made.
const CA_DAYS: i32 = 35;

/// Days that a certificate of the kit outlives the day it was made.
pub const CERTIFICATE_DAYS: i32 = 30;

/// Which end of a connection a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The hub.
    Server,
    /// A connection.
    Client,
}

/// What a certificate is to say. Tests also mint wrong ones with it: expired, two-named, without an OIN.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which end it is for.
    pub end: End,
    /// URI names; a right one of a connection has exactly one, [`uri_of`] it.
    pub uris: Vec<String>,
    /// DNS names; only the hub has one.
    pub dns_names: Vec<String>,
    /// 20 digits for `Subject.serialNumber`, or none.
    pub oin: Option<String>,
    /// The day on which it starts, at 00:00 UTC, in days from today.
    pub starts_in_days: i32,
    /// The day on which it ends, at 00:00 UTC, in days from today.
    pub ends_in_days: i32,
}

impl Request {
    /// The right certificate of a connection, valid from yesterday, for 30 days.
    #[must_use]
    pub fn of_connection(exchange: &str, connection: &str, oin: &str) -> Self {
        Self {
            end: End::Client,
            uris: vec![uri_of(exchange, connection)],
            dns_names: Vec::new(),
            oin: Some(oin.to_owned()),
            starts_in_days: -1,
            ends_in_days: CERTIFICATE_DAYS,
        }
    }

    /// The right certificate of the hub, valid from yesterday, for 30 days.
    #[must_use]
    pub fn of_hub(server_name: &str) -> Self {
        Self {
            end: End::Server,
            uris: Vec::new(),
            dns_names: vec![server_name.to_owned()],
            oin: None,
            starts_in_days: -1,
            ends_in_days: CERTIFICATE_DAYS,
        }
    }
}

/// A certificate with its key.
pub struct Issued {
    /// The certificate.
    pub certificate_pem: String,
    /// The PKCS#8 key.
    pub key_pem: String,
    /// The same key as DER.
    pub key_der: Vec<u8>,
    /// SHA-256 of the SubjectPublicKeyInfo, by which the manifest knows it.
    pub certificate_key: [u8; 32],
}

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    today: Date,
}

impl Authority {
    /// A new one, with the PEM of its certificate and of its key.
    pub(crate) fn generate(today: Date) -> Result<(Self, String, String), KitFault> {
        let key = KeyPair::generate()?;
        let mut params = subject();
        set_days(&mut params, today, -1, CA_DAYS);
        let (certificate, pem) = (params.self_signed(&key)?.pem(), key.serialize_pem());
        Ok((Self { issuer: Issuer::new(params, key), today }, certificate, pem))
    }

    /// The authority of a kit, from its `ca/ca.key`.
    ///
    /// # Errors
    /// [`KitFault`] when the file is not there or holds no key.
    pub fn of_kit(directory: &Path) -> Result<Self, KitFault> {
        let path = directory.join("ca/ca.key");
        let pem = std::fs::read_to_string(&path).map_err(|fault| KitFault::File { path, fault })?;
        Ok(Self { issuer: Issuer::new(subject(), KeyPair::from_pem(&pem)?), today: today() })
    }

    /// Issues a certificate for a new key (ECDSA P-256).
    ///
    /// # Errors
    /// [`KitFault`] when a name is no ASCII text.
    pub fn issue(&self, request: &Request) -> Result<Issued, KitFault> {
        self.issue_for(request, &KeyPair::generate()?)
    }

    /// Issues another certificate for a key that there is (PKCS#8 DER): what a renewal does, and what a test
    /// does that wants a wrong certificate over the right key.
    ///
    /// # Errors
    /// [`KitFault`] when a name is no ASCII text, or the key is none.
    pub fn reissue(&self, request: &Request, key_der: &[u8]) -> Result<Issued, KitFault> {
        self.issue_for(request, &KeyPair::try_from(key_der)?)
    }

    fn issue_for(&self, request: &Request, key: &KeyPair) -> Result<Issued, KitFault> {
        let mut params = CertificateParams::default();
        let mut subject = DistinguishedName::new();
        if let Some(oin) = &request.oin {
            let number = DnValue::PrintableString(oin.as_str().try_into()?);
            subject.push(DnType::CustomDnType(SERIAL_NUMBER.to_vec()), number);
        }
        params.distinguished_name = subject;
        for uri in &request.uris {
            params.subject_alt_names.push(SanType::URI(uri.as_str().try_into()?));
        }
        for name in &request.dns_names {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        set_days(&mut params, self.today, request.starts_in_days, request.ends_in_days);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match request.end {
            End::Server => ExtendedKeyUsagePurpose::ServerAuth,
            End::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(key, &self.issuer)?;
        Ok(Issued {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
            certificate_key: sha256(&key.subject_public_key_info()),
        })
    }
}

/// Everything of the CA that its certificates refer to: the same for every kit, as only the key differs.
fn subject() -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, EXAMPLE_CA_ORGANISATION);
    name.push(DnType::CommonName, "samenloop example CA");
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn set_days(params: &mut CertificateParams, today: Date, starts_in: i32, ends_in: i32) {
    let midnight = |days: i32| {
        let date = today.saturating_add(days.days());
        date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = midnight(starts_in);
    params.not_after = midnight(ends_in);
}
