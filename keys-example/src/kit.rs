//! A whole kit, written in one go.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use hpke::kem::X25519HkdfSha256;
use hpke::{Kem as _, Serializable as _};
use jiff::civil::Date;
use samenloop_client::key::{KeyFault, Purpose, Secret, open};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::note::{SigningKey, sign};
use samenloop_manifest::{Publication, Signed, Statement, Subject, sha256};
use samenloop_pseudonym::contribution::{Contribution, epoch_key};
use zeroize::Zeroizing;

use crate::authority::{Authority, Request};
use crate::calendar::today;
use crate::directory::{Directory, secret_of};
use crate::papers::{self, Commitment, PublicKeys};
use crate::parties::{EXCHANGE, ORIGIN, PARTIES, Party, SERVER_NAME, oin};
use crate::samples::{Samples, samples};

/// The one epoch of a kit.
const EPOCH: u32 = 1;

/// Administrators, in the order of the root; the first two sign, and make the epoch key.
const ADMINISTRATORS: [&str; 3] = ["beheer-a", "beheer-b", "beheer-c"];

/// Signatures under the manifest (k).
const SIGNATURES: usize = 2;

/// Contributions that the epoch key is made of (m).
const CONTRIBUTIONS: u8 = 2;

/// Why a kit could not be written.
#[derive(Debug, thiserror::Error)]
pub enum KitFault {
    /// There is something in the directory.
    #[error("{path} is not empty; name a directory that is not there yet", path = .0.display())]
    NotEmpty(PathBuf),
    /// A file or directory could not be made or read.
    #[error("{path}: {fault}", path = .path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        fault: std::io::Error,
    },
    /// No loopback port is free, or the system gives no random bytes.
    #[error("the system gives no {what}: {fault}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system says.
        fault: String,
    },
    /// A certificate or key could not be made.
    #[error("a certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A sealed key or machine secret could not be made or opened.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A name or key of the kit's own does not parse.
    #[error("the kit is wrong in itself: {0}")]
    Itself(String),
    /// A sample file could not be made.
    #[error("the sample files cannot be made: {0}")]
    Samples(String),
}

impl From<csv::Error> for KitFault {
    fn from(fault: csv::Error) -> Self {
        Self::Samples(fault.to_string())
    }
}

impl From<serde_json::Error> for KitFault {
    fn from(fault: serde_json::Error) -> Self {
        Self::Samples(fault.to_string())
    }
}

/// A kit as it was written. `Display` tells in Dutch what there is.
#[derive(Debug)]
pub struct Kit {
    directory: PathBuf,
    port: u16,
    children: usize,
    converging: usize,
    lines: usize,
}

impl Kit {
    /// Its directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The loopback port that all its files name.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The configuration of a connection, or of the hub by the name `hub`.
    #[must_use]
    pub fn config(&self, connection: &str) -> PathBuf {
        self.directory.join(format!("{connection}.toml"))
    }

    /// The sample file of an agency.
    #[must_use]
    pub fn samples(&self, agency: &str) -> PathBuf {
        self.directory.join(format!("samples/{agency}.csv"))
    }

    /// The ids of its agencies.
    pub fn agencies() -> impl Iterator<Item = &'static str> {
        crate::parties::agencies().map(|party| party.id)
    }

    /// The ids of all its connections.
    pub fn connections() -> impl Iterator<Item = &'static str> {
        PARTIES.iter().map(|party| party.id)
    }

    /// The exchange of every kit.
    #[must_use]
    pub const fn exchange() -> &'static str {
        EXCHANGE
    }

    /// The OIN of a connection's organisation, as its certificate says it; `None` when there is no such connection.
    #[must_use]
    pub fn oin_of(connection: &str) -> Option<String> {
        PARTIES.iter().find(|party| party.id == connection).map(|party| oin(party.organisation))
    }
}

impl fmt::Display for Kit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, port, children, converging, lines } = self;
        writeln!(f, "De oefenset staat in {}.", directory.display())?;
        writeln!(f, "  hub           hub.toml, poort {port}; start met --danger-example-keys")?;
        writeln!(f, "  deelnemers    {} aansluitingen, elk met een eigen .toml", PARTIES.len())?;
        writeln!(f, "  voorbeelden   samples/*.csv: {lines} signalen over {children} verzonnen kinderen;")?;
        writeln!(
            f,
            "                bij {converging} van hen is er samenloop (samples/expected.json zegt waarom)"
        )?;
        write!(f, "Alle sleutels zijn om weg te gooien. Gebruik ze nooit voor echte kinderen.")
    }
}

/// Opens a sealed key of a kit, such as `reference.key` of an agency, with the machine secret of its party.
///
/// # Errors
/// [`KitFault::Key`] when it is not there or is for something else.
pub fn key_of(kit: &Path, party: &str, file: &str, purpose: Purpose) -> Result<Zeroizing<Vec<u8>>, KitFault> {
    let secret = Secret::read(&kit.join(secret_of(party)))?;
    Ok(open(&kit.join(party).join(file), purpose, &secret)?)
}

/// Writes a kit into a directory that is not there yet, or empty; port 0 picks a free one.
///
/// # Errors
/// [`KitFault`] says what went wrong; what was written until then stays.
pub fn write_kit(directory: &Path, port: u16) -> Result<Kit, KitFault> {
    let today = today();
    let kit = Directory::create(directory)?;
    let port = if port == 0 { free_port()? } else { port };
    let (authority, ca, ca_key) = Authority::generate(today)?;
    kit.write("ca.pem", ca.as_bytes())?;
    kit.make("ca")?;
    kit.write("ca/ca.key", ca_key.as_bytes())?;

    let hub_keys = write_hub(&kit, &authority, port)?;
    let mut keys = Vec::new();
    for party in &PARTIES {
        keys.push(write_party(&kit, &authority, party, port)?);
    }
    let signers = write_signing_keys(&kit)?;
    let commitments = write_epoch(&kit)?;
    write_manifest(&kit, &signers, &hub_keys, &commitments, &keys, today)?;

    let Samples { files, expected, children, converging, lines } = samples(today)?;
    kit.make("samples")?;
    for (agency, content) in files {
        kit.write(&format!("samples/{agency}.csv"), &content)?;
    }
    kit.write("samples/expected.json", &expected)?;
    kit.write("README.txt", include_bytes!("kit_readme.txt"))?;
    Ok(Kit { directory: directory.to_owned(), port, children, converging, lines })
}

/// The hub's certificate, keys and directories; gives the public keys of receipts and of the log.
fn write_hub(kit: &Directory, authority: &Authority, port: u16) -> Result<[[u8; 32]; 2], KitFault> {
    let issued = authority.issue(&Request::of_hub(SERVER_NAME))?;
    for directory in ["hub", "hub/data", "hub/heads", "hub/secrets"] {
        kit.make(directory)?;
    }
    kit.write("hub/cert.pem", issued.certificate_pem.as_bytes())?;
    kit.write("hub/key.pem", issued.key_pem.as_bytes())?;
    kit.write("hub.toml", papers::hub(port).as_bytes())?;
    let key = |name: &str| -> Result<[u8; 32], KitFault> {
        let seed = random()?;
        kit.write_key(&format!("hub/{name}.key"), &seed)?;
        Ok(*signing_key(name, &seed)?.verifier().public_key())
    };
    Ok([key("receipt")?, key("log")?])
}

/// The certificate, keys and configuration of a connection.
fn write_party(
    kit: &Directory,
    authority: &Authority,
    party: &'static Party,
    port: u16,
) -> Result<PublicKeys, KitFault> {
    let id = party.id;
    kit.make(id)?;
    let issued = authority.issue(&Request::of_connection(EXCHANGE, id, &oin(party.organisation)))?;
    kit.write(&format!("{id}/cert.pem"), issued.certificate_pem.as_bytes())?;
    let secret = kit.make_secret(id)?;
    kit.seal(&format!("{id}/tls.key"), Purpose::Tls, &issued.key_der, &secret)?;
    if party.is_agency() {
        kit.seal(&format!("{id}/reference.key"), Purpose::Reference, &random()?, &secret)?;
        kit.make(&format!("{id}/epochs"))?;
    }
    let mut details_key = None;
    if party.role.has_details_key() {
        let (private, public) = X25519HkdfSha256::gen_keypair();
        kit.seal(&format!("{id}/details.key"), Purpose::Details, &private.to_bytes(), &secret)?;
        details_key = Some(public.to_bytes().into());
    }
    kit.write(&format!("{id}.toml"), papers::client(party, port).as_bytes())?;
    Ok(PublicKeys { party, certificate_key: issued.certificate_key, details_key })
}

/// The signing key of each administrator.
fn write_signing_keys(kit: &Directory) -> Result<Vec<SigningKey>, KitFault> {
    let write = |id| {
        let seed = random()?;
        kit.seal(&format!("{id}/sign.key"), Purpose::Sign, &seed, &kit.secret(id)?)?;
        signing_key(&format!("{ORIGIN}/{id}"), &seed)
    };
    ADMINISTRATORS.into_iter().map(write).collect()
}

/// One key of one epoch for all agencies, of two contributions (P-10); gives the commitments to them.
///
/// The administrators of a real exchange never see it: they wrap their contributions to each agency.
fn write_epoch(kit: &Directory) -> Result<Vec<Commitment>, KitFault> {
    let epoch = Epoch::new(EPOCH);
    let (mut contributions, mut commitments) = (Vec::new(), Vec::new());
    for administrator in ADMINISTRATORS.into_iter().take(usize::from(CONTRIBUTIONS)) {
        let id = ConnectionId::parse(administrator).map_err(|fault| KitFault::Itself(fault.to_string()))?;
        let value = random()?;
        let path = format!("{administrator}/contribution-{EPOCH}.key");
        kit.seal(&path, Purpose::Contribution(epoch), &value, &kit.secret(administrator)?)?;
        let contribution = Contribution::new(id, value);
        commitments.push(Commitment { administrator, commitment: contribution.commitment(EXCHANGE, epoch) });
        contributions.push(contribution);
    }
    let key = epoch_key(EXCHANGE, epoch, CONTRIBUTIONS, &contributions)
        .map_err(|fault| KitFault::Itself(fault.to_string()))?;
    for agency in Kit::agencies() {
        let path = format!("{agency}/epochs/{EPOCH}.key");
        kit.seal(&path, Purpose::Epoch(epoch), &*key, &kit.secret(agency)?)?;
    }
    Ok(commitments)
}

/// The root, and the first publication in everybody's book, signed by as many administrators as must.
fn write_manifest(
    kit: &Directory,
    signers: &[SigningKey],
    hub_keys: &[[u8; 32]; 2],
    commitments: &[Commitment],
    keys: &[PublicKeys],
    today: Date,
) -> Result<(), KitFault> {
    let vkeys: Vec<_> =
        ADMINISTRATORS.into_iter().zip(signers.iter().map(|it| it.verifier().to_string())).collect();
    let root = papers::root(&vkeys, SIGNATURES, CONTRIBUTIONS);
    let manifest = papers::manifest(&sha256(root.as_bytes()), hub_keys, commitments, keys, today);
    let statement = Statement::of(ORIGIN, Subject::Manifest, 1, manifest.as_bytes()).to_string();
    let signing: Vec<_> = signers.iter().take(SIGNATURES).collect();
    kit.write("root.toml", root.as_bytes())?;
    let publication = Publication::new(Signed::new(manifest, sign(&statement, &signing)), None);
    for party in Kit::connections().chain(["hub"]) {
        kit.make(&format!("{party}/manifests"))?;
        kit.publish(&format!("{party}/manifests/manifest-1.json"), &publication)?;
    }
    Ok(())
}

fn signing_key(name: &str, seed: &[u8; 32]) -> Result<SigningKey, KitFault> {
    SigningKey::from_seed(name, seed).map_err(|fault| KitFault::Itself(fault.to_string()))
}

fn random() -> Result<[u8; 32], KitFault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|fault| KitFault::System { what: "random bytes", fault: fault.to_string() })?;
    Ok(bytes)
}

/// A port that was free a moment ago: bound and let go, so another process could still take it.
fn free_port() -> Result<u16, KitFault> {
    let fault = |fault: std::io::Error| KitFault::System { what: "loopback port", fault: fault.to_string() };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fault)?;
    Ok(listener.local_addr().map_err(fault)?.port())
}
