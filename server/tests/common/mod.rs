//! A small exchange to test against: a CA, a manifest of six connections, and a hub in this process.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "shared by several test programs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod bare;
pub mod batches;
pub mod endpoint;
pub mod smtp;
pub mod store;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PublicKeyData, SanType,
};
use ring::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::{
    CodesAllowed, Connection, EpochEntry, EpochState, HubEntry, Manifest, ManifestEntries, Organisation,
    Region, Role, RouteNumber, Rule,
};
use samenloop_core::taxonomy::{CodeEntry, Taxonomy};
use samenloop_core::value::{
    Code, ConnectionId, Day, Domain, Epoch, Kind, Mailbox, OrganisationId, RegionId, Severity,
};
use samenloop_server::receipt::ReceiptKey;
use samenloop_server::{HubParts, Limits, Outgoing, ProcessingLogs, RunningHub, Seat, tls};
use samenloop_store::{Letter, Store as _};
use store::TestStore;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

pub const EXCHANGE: &str = "samenloop-test";
pub const SEED: [u8; 32] = [7; 32];

/// A clock that stands at noon of 2026-11-22 until it is moved.
pub struct TestClock(AtomicU64, AtomicU32);

impl TestClock {
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Noon of a later day.
    pub fn advance_days(&self, days: u32) {
        self.advance(u64::from(days) * 86_400);
        self.1.fetch_add(days, Ordering::Relaxed);
    }

    /// Noon of an earlier day.
    pub fn set_back_days(&self, days: u32) {
        self.0.fetch_sub(u64::from(days) * 86_400, Ordering::Relaxed);
        self.1.fetch_sub(days, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn unix_seconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn today(&self) -> Day {
        // From a day so early that the clock can be set back.
        Day::parse("2016-11-24").unwrap().plus_days(self.1.load(Ordering::Relaxed))
    }
}

/// A certificate and its key.
pub struct Minted {
    pub der: CertificateDer<'static>,
    key: KeyPair,
}

impl Minted {
    pub fn spki_hash(&self) -> [u8; 32] {
        digest(&SHA256, &self.key.subject_public_key_info()).as_ref().try_into().unwrap()
    }

    pub fn private(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()))
    }
}

/// A certificate authority.
pub struct Ca {
    pub der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().clone();
        Self { der, issuer: Issuer::new(params, key) }
    }

    pub fn mint(&self, names: &[&str], oin: &str, change: impl FnOnce(&mut CertificateParams)) -> Minted {
        let mut params = CertificateParams::default();
        let name = |name: &&str| {
            let text = Ia5String::try_from(*name).unwrap();
            if name.contains("://") { SanType::URI(text) } else { SanType::DnsName(text) }
        };
        params.subject_alt_names = names.iter().map(name).collect();
        if !oin.is_empty() {
            let serial = DnType::CustomDnType(vec![2, 5, 4, 5]);
            params.distinguished_name.push(serial, DnValue::PrintableString(oin.try_into().unwrap()));
        }
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Minted { der: params.signed_by(&key, &self.issuer).unwrap().der().clone(), key }
    }
}

pub fn uri(connection: &str) -> String {
    format!("samenloop://{EXCHANGE}/{connection}")
}

/// Everybody who takes part: connection, organisation, OIN, role.
const CAST: [(&str, &str, &str, Option<Domain>); 6] = [
    ("school-west", "scholen", "00000009000000000001", Some(Domain::Onderwijs)),
    ("gemeente-west", "gemeente", "00000009000000000002", Some(Domain::SociaalDomein)),
    ("politie-west", "politie", "00000009000000000003", Some(Domain::PolitieJustitie)),
    ("coa-noord", "coa", "00000009000000000004", Some(Domain::Asielketen)),
    ("zorgcoordinator-west", "zorg-west", "00000009000000000005", None),
    ("zorgcoordinator-noord", "zorg-noord", "00000009000000000006", None),
];

/// The details key id that tests give a coordinator.
pub fn details_key_id(region: &str) -> [u8; 8] {
    let mut id = [0; 8];
    id[..4].copy_from_slice(&region.as_bytes()[..4]);
    id
}

pub struct World {
    pub ca: Ca,
    pub clock: Arc<TestClock>,
    pub entries: ManifestEntries,
    pub clients: Vec<(String, Minted)>,
}

impl World {
    pub fn new() -> Self {
        let ca = Ca::new("test CA");
        let clients: Vec<_> = CAST
            .iter()
            .map(|(name, _, oin, _)| ((*name).to_owned(), ca.mint(&[&uri(name)], oin, |_| ())))
            .collect();
        let entries = entries(&clients);
        let noon = 1_795_345_200;
        Self { ca, clock: Arc::new(TestClock(AtomicU64::new(noon), AtomicU32::new(3650))), entries, clients }
    }

    pub fn client(&self, name: &str) -> &Minted {
        &self.clients.iter().find(|(it, _)| it == name).unwrap().1
    }

    pub fn manifest(&self) -> Arc<Manifest> {
        Arc::new(Manifest::new(self.entries.clone()).unwrap())
    }

    /// A manifest with one more sequence number and `change`.
    pub fn changed(&self, change: impl FnOnce(&mut ManifestEntries)) -> Arc<Manifest> {
        let mut entries = self.entries.clone();
        change(&mut entries);
        Arc::new(Manifest::new(entries).unwrap())
    }

    pub fn start(&self) -> Hub {
        self.start_with(Limits::default())
    }

    pub fn start_with(&self, limits: Limits) -> Hub {
        self.start_as(limits, Outgoing::default())
    }

    pub fn start_as(&self, limits: Limits, outgoing: Outgoing) -> Hub {
        let store = Arc::new(TestStore::new(EXCHANGE));
        let certificate = self.ca.mint(&["hub.example"], "", |_| ());
        let key = certificate.private();
        let parts = HubParts {
            seat: Arc::new(Seat::new(self.manifest())),
            archive: None,
            taxonomy: Box::leak(Box::new(taxonomy())),
            tls: tls::server_config(std::slice::from_ref(&self.ca.der), vec![certificate.der], key).unwrap(),
            receipts: Arc::new(ReceiptKey::from_seed(&SEED).unwrap()),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            store: Arc::clone(&store),
            heads: None,
            outgoing,
            processing: ProcessingLogs::default(),
            limits,
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = RunningHub::start(parts, listener).unwrap();
        Hub { address: hub.address(), hub, store, clock: Arc::clone(&self.clock) }
    }

    /// A hub, and `school-west` connected to it.
    pub async fn begin(&self) -> (Hub, Channel) {
        let hub = self.start();
        let channel = self.dial_as(&hub, "school-west").await;
        (hub, channel)
    }

    /// TLS of a client with this certificate, or none.
    pub fn client_tls(&self, client: Option<&Minted>) -> ClientConfig {
        client_tls(&self.ca, client, &[&rustls::version::TLS13])
    }

    pub async fn dial(&self, hub: &Hub, client: &Minted) -> Channel {
        let tls = TlsConnector::from(Arc::new(self.client_tls(Some(client))));
        let address = hub.address;
        let connector = tower::service_fn(move |_: http::Uri| {
            let tls = tls.clone();
            async move { connect(address, &tls).await.map(TokioIo::new) }
        });
        Endpoint::from_static("http://hub.example").connect_with_connector(connector).await.unwrap()
    }

    pub async fn dial_as(&self, hub: &Hub, name: &str) -> Channel {
        self.dial(hub, self.client(name)).await
    }
}

pub fn client_tls(
    ca: &Ca,
    client: Option<&Minted>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(ca.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match client {
        Some(minted) => config.with_client_auth_cert(vec![minted.der.clone()], minted.private()).unwrap(),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

pub async fn connect(address: SocketAddr, tls: &TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    tls.connect(ServerName::try_from("hub.example").unwrap(), stream).await
}

/// A hub in this process, and the store behind it.
pub struct Hub {
    pub address: SocketAddr,
    pub hub: RunningHub,
    pub store: Arc<TestStore>,
    clock: Arc<TestClock>,
}

impl Hub {
    /// The outbox, as the hub sees it.
    pub async fn letters(&self) -> Vec<Letter> {
        self.store.outbox(&self.hub.seat().current(), self.clock.today()).await.unwrap()
    }

    /// Waits until a tick that began after this call has finished.
    pub async fn tick(&self) {
        let mut ticks = self.hub.ticks();
        for _ in 0..2 {
            ticks.mark_unchanged();
            tokio::time::timeout(Duration::from_secs(5), ticks.changed()).await.unwrap().unwrap();
        }
    }
}

fn taxonomy() -> Taxonomy {
    let code = |text| Code::parse(text).unwrap();
    Taxonomy::new([
        (code("V10"), CodeEntry::new(Severity::Soft, 6, false)),
        (code("V11"), CodeEntry::new(Severity::Hard, 12, false)),
        (code("G01"), CodeEntry::new(Severity::Soft, 6, true)),
    ])
}

fn entries(clients: &[(String, Minted)]) -> ManifestEntries {
    let region = |name: &str| RegionId::parse(name).unwrap();
    let region_entry = |name: &str| Region {
        id: region(name),
        name: name.to_owned(),
        coordinators: vec![ConnectionId::parse(&format!("zorgcoordinator-{name}")).unwrap()],
        fallback: ConnectionId::parse(&format!("zorgcoordinator-{name}")).unwrap(),
        term_days: 30,
        acute_numbers: vec![RouteNumber { name: "acuut".to_owned(), number: "112".to_owned() }],
    };
    let connection = |(at, (id, organisation, oin, domain)): (usize, &(&str, &str, &str, Option<Domain>))| {
        let own = if id.ends_with("west") { "west" } else { "noord" };
        Connection {
            id: ConnectionId::parse(id).unwrap(),
            organisation: OrganisationId::parse(organisation).unwrap(),
            oin: (*oin).to_owned(),
            role: domain.map_or(Role::Coordinator, Role::Agency),
            regions: vec![region(own)],
            certificate_keys: vec![clients[at].1.spki_hash()],
            details_key: Some([u8::try_from(at).unwrap(); 32]),
            details_key_id: Some(details_key_id(own)),
            kinds: vec![Kind::new(1).unwrap()],
            codes: CodesAllowed { unmarked: true, marked: vec![] },
            legal_basis: "oefening".to_owned(),
            agreement: "oefening-1".to_owned(),
            valid_until: Day::parse("2099-12-31").unwrap(),
            quota_lines: 100_000,
            mailbox: Mailbox::parse(&format!("{id}@voorbeeld.example")).ok(),
        }
    };
    ManifestEntries {
        exchange: EXCHANGE.to_owned(),
        sequence: 5,
        hash: [5; 32],
        root: [0; 32],
        predecessor: None,
        issued: Day::parse("2026-11-20").unwrap(),
        acts_from: Day::parse("2026-11-20").unwrap(),
        expires: Day::parse("2026-12-20").unwrap(),
        tick_seconds: 1,
        mail_hours: Vec::new(),
        rights_days: vec![3],
        hub: HubEntry {
            server_name: "hub.example".to_owned(),
            receipt_key: ReceiptKey::from_seed(&SEED).unwrap().public().try_into().unwrap(),
            log_key: [0; 32],
            operator: String::new(),
        },
        rule: Rule {
            name: "samenloop-regel/1".to_owned(),
            domains: 2,
            organisations: 2,
            pairs_with_hard: 2,
            pairs: 3,
        },
        organisations: CAST
            .iter()
            .map(|(_, id, oin, _)| Organisation {
                id: OrganisationId::parse(id).unwrap(),
                oin: (*oin).to_owned(),
                name: (*id).to_owned(),
            })
            .collect(),
        regions: vec![region_entry("west"), region_entry("noord")],
        national_fallback: None,
        epochs: vec![EpochEntry { epoch: Epoch::new(1), state: EpochState::Active }],
        making: vec![],
        connections: CAST.iter().enumerate().map(connection).collect(),
    }
}
