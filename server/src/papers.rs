//! The papers a hub needs before it opens: CA, certificate, key, manifest, receipt key.
//!
//! `serve` opens with them, `check` only looks at them; both read them here, so that what `check` passes,
//! `serve` takes. Writes nothing.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::{Manifest, Role};
use samenloop_core::value::ConnectionId;
use samenloop_manifest::{Book, BookFault, EXAMPLE_CA_ORGANISATION, LogKey};

use crate::certificate;
use crate::config::HubConfig;
use crate::key_file;
use crate::outgoing::Outgoing;
use crate::receipt::ReceiptKey;
use crate::tls;

/// Something wrong with the papers, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: String,
    what: String,
}

impl Problem {
    fn new(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self { place: place.to_string(), what: what.to_string() }
    }

    fn at(path: &Path, what: impl fmt::Display) -> Self {
        Self::new(path.display(), what)
    }

    /// The file or key of the configuration that it is in.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Faults of reading name their file themselves.
        if self.what.starts_with(&self.place) {
            f.write_str(&self.what)
        } else {
            write!(f, "{}: {}", self.place, self.what)
        }
    }
}

/// Papers in order.
pub struct Papers {
    /// The book of manifests.
    pub book: Book,
    /// The manifest that acts today.
    pub manifest: Arc<Manifest>,
    /// The hub's TLS.
    pub tls: Arc<ServerConfig>,
    /// The key of its receipts.
    pub receipts: ReceiptKey,
    /// The key of its audit logs.
    pub log_key: LogKey,
    /// Where things leave.
    pub outgoing: Outgoing,
}

impl Papers {
    /// Webhooks of whom the manifest knows no coordinator: nothing leaves by them. A hub serves all the same, as somebody
    /// may have been struck out since the configuration was written.
    #[must_use]
    pub fn idle_webhooks(&self) -> Vec<Problem> {
        let is_coordinator =
            |id: &ConnectionId| self.manifest.connection(id).is_some_and(|it| it.role == Role::Coordinator);
        let idle = self.outgoing.coordinators().filter(|it| !is_coordinator(it));
        let problem = |id| Problem::new("[[webhooks]]", format_args!("the manifest has no coordinator {id}"));
        idle.map(problem).collect()
    }
}

/// Reads a hub's papers, and holds them against one another and against the clock.
///
/// `example_keys` lets the CA of a throw-away kit pass, whose keys anyone may hold.
///
/// # Errors
/// Every problem found, in the order of the configuration.
pub fn read(config: &HubConfig, clock: &dyn Clock, example_keys: bool) -> Result<Papers, Vec<Problem>> {
    let mut problems = Vec::new();
    let ca = keep(&mut problems, ca_of(config, example_keys));
    let chain = keep(&mut problems, certificates_of(&config.certificate));
    let book = keep(&mut problems, book_of(config));
    let manifest = book.as_ref().and_then(|it| it.acting(clock.today())).cloned();
    let receipts = keep(&mut problems, receipts_of(config, manifest.as_deref()));
    let log_key = keep(&mut problems, log_key_of(config, book.as_ref(), manifest.as_deref())).flatten();
    let mut tls = None;
    if let (Some(ca), Some(chain)) = (&ca, &chain) {
        tls = keep(&mut problems, tls_of(config, ca, chain));
        if let Some(manifest) = &manifest {
            keep(&mut problems, check_certificate(config, ca, chain, manifest, clock.unix_seconds()));
        }
    }
    let outgoing = Outgoing::open(config.mail.as_ref(), &config.webhooks).unwrap_or_else(|faults| {
        problems.extend(faults.iter().map(|fault| Problem::new("[mail] and [[webhooks]]", fault)));
        Outgoing::default()
    });
    match (book, manifest, tls, receipts, log_key) {
        (Some(book), Some(manifest), Some(tls), Some(receipts), Some(log_key)) if problems.is_empty() => {
            Ok(Papers { book, manifest, tls, receipts, log_key, outgoing })
        }
        _ => Err(problems),
    }
}

fn keep<T>(problems: &mut Vec<Problem>, read: Result<T, Problem>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

type Certificates = Vec<CertificateDer<'static>>;

fn certificates_of(path: &Path) -> Result<Certificates, Problem> {
    tls::certificates(path).map_err(|fault| Problem::at(path, fault))
}

fn ca_of(config: &HubConfig, example_keys: bool) -> Result<Certificates, Problem> {
    let ca = certificates_of(&config.ca)?;
    for certificate in &ca {
        let example = certificate::is_organisation(certificate, EXAMPLE_CA_ORGANISATION)
            .map_err(|fault| Problem::at(&config.ca, fault))?;
        if example && !example_keys {
            let what = "this CA is of a throw-away kit, whose keys anyone may hold; for an exercise without \
                        real children, start with --danger-example-keys";
            return Err(Problem::at(&config.ca, what));
        }
    }
    Ok(ca)
}

fn book_of(config: &HubConfig) -> Result<Book, Problem> {
    let place = &config.manifests;
    let book = Book::open(&config.root, place).map_err(|fault| Problem::at(place, fault))?;
    match book.newest() {
        Some(_) => Ok(book),
        None => Err(Problem::at(place, BookFault::Empty(place.clone()))),
    }
}

fn receipts_of(config: &HubConfig, manifest: Option<&Manifest>) -> Result<ReceiptKey, Problem> {
    let path = &config.receipt_key;
    let key = ReceiptKey::load(path).map_err(|fault| Problem::at(path, fault))?;
    match manifest {
        Some(manifest) if manifest.hub().receipt_key != key.public() => {
            Err(Problem::at(path, "this is not the receipt key that the manifest enters for the hub"))
        }
        Some(_) | None => Ok(key),
    }
}

fn log_key_of(
    config: &HubConfig,
    book: Option<&Book>,
    manifest: Option<&Manifest>,
) -> Result<Option<LogKey>, Problem> {
    let problem = |what: &dyn fmt::Display| Problem::at(&config.log_key, what);
    let seed = key_file::key(&config.log_key).map_err(|fault| problem(&fault))?;
    let Some((book, manifest)) = book.zip(manifest) else { return Ok(None) };
    let key = LogKey::from_seed(book.root().origin(), &seed).map_err(|fault| problem(&fault))?;
    if manifest.hub().log_key == *key.public() {
        Ok(Some(key))
    } else {
        Err(problem(&"this is not the log key that the manifest enters for the hub"))
    }
}

fn tls_of(config: &HubConfig, ca: &Certificates, chain: &Certificates) -> Result<Arc<ServerConfig>, Problem> {
    let key = tls::private_key(&config.key).map_err(|fault| Problem::at(&config.key, fault))?;
    tls::server_config(ca, chain.clone(), key).map_err(|fault| Problem::at(&config.certificate, fault))
}

/// Sees the hub's certificate as a client would: chain, dates, and the name that the manifest enters.
fn check_certificate(
    config: &HubConfig,
    ca: &Certificates,
    chain: &Certificates,
    manifest: &Manifest,
    now_seconds: u64,
) -> Result<(), Problem> {
    let problem = |what: String| Problem::at(&config.certificate, what);
    let roots = tls::roots(ca).map_err(|fault| Problem::at(&config.ca, fault))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider)
        .build()
        .map_err(|fault| Problem::at(&config.ca, fault))?;
    let name = ServerName::try_from(manifest.hub().server_name.as_str())
        .map_err(|_| Problem::at(&config.manifests, "hub.server_name is no DNS name"))?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now_seconds));
    let Some((own, intermediates)) = chain.split_first() else {
        return Err(problem("no certificate in it".to_owned()));
    };
    verifier
        .verify_server_cert(own, intermediates, &name, &[], now)
        .map(|_| ())
        .map_err(|fault| problem(format!("clients will refuse it: {fault}")))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
    use samenloop_core::value::Day;

    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn unix_seconds(&self) -> u64 {
            1_795_345_200
        }

        fn today(&self) -> Day {
            Day::parse("2026-11-22").unwrap()
        }
    }

    /// A folder with the CA of `organisation` and nothing else.
    fn folder(organisation: &str) -> (tempfile::TempDir, HubConfig) {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::OrganizationName, organisation);
        let ca = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();
        let at = |name: &str| folder.path().join(name);
        let config = HubConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            ca: at("ca.pem"),
            certificate: at("hub.pem"),
            key: at("hub.key"),
            root: at("root"),
            manifests: at("manifests"),
            receipt_key: at("receipt.key"),
            log_key: at("log.key"),
            heads: at("heads"),
            data: at("data"),
            secrets: at("secrets"),
            cache_mib: std::num::NonZeroU32::MIN,
            connections_per_key: None,
            mail: None,
            webhooks: Vec::new(),
            processing_log: at("processing"),
            processing_collector: None,
        };
        (folder, config)
    }

    fn problems(organisation: &str, example_keys: bool) -> Vec<String> {
        let (_folder, config) = folder(organisation);
        let Err(problems) = read(&config, &Noon, example_keys) else { panic!("papers in order") };
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_problem_is_told_with_its_place() {
        let told = problems("Ministerie", false);
        assert_eq!(told.len(), 4, "{told:?}");
        for (told, place) in told.iter().zip(["hub.pem", "root", "receipt.key", "log.key"]) {
            assert!(told.contains(place), "{told}");
        }
    }

    #[test]
    fn the_ca_of_a_throw_away_kit_is_refused_unless_asked_for() {
        let refused = |example_keys| {
            let told = problems(EXAMPLE_CA_ORGANISATION, example_keys);
            told.iter().any(|it| it.contains("--danger-example-keys"))
        };
        assert!(refused(false));
        assert!(!refused(true));
    }
}
