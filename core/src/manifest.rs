//! What the manifest says, parsed: who takes part, in which epoch, under which rule.
//!
//! The `samenloop-manifest` crate makes one from verified bytes; nothing else does outside tests.

mod epoch;
mod peak;

use std::collections::BTreeMap;

pub use epoch::{Commitment, EpochEntry, EpochMaking, EpochState, Wrap};
pub use peak::{MOST_LINES_A_DAY, PEAK_REFERENCES, SWEPT_REFERENCES};

use crate::taxonomy::CodeEntry;
use crate::value::{
    Code, ConnectionId, Day, Domain, Epoch, KeyId, Kind, MAX_DETAILS, Mailbox, OrganisationId, RegionId,
};

/// The name by which the hub itself is meant, where connections are; no connection has it.
pub const HUB: &str = "hub";

/// The name by which the audit logs mean whoever has the hub's machine; no connection has it.
pub const OPERATOR: &str = "operator";

/// What a connection is for. Exactly one: who signals does not coordinate (P-23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sends signals of one domain and reads nothing (V-10).
    Agency(Domain),
    /// Gets the alerts of its regions.
    Coordinator,
    /// Answers for rights requests.
    ContactPoint,
    /// Watches over the processing (FG).
    PrivacyOfficer,
    /// Publishes manifests (sleutelbeheerder).
    Administrator,
}

impl Role {
    /// Whether it asks for, or decides on, the rights of a child (V-30).
    #[must_use]
    pub const fn answers_rights(self) -> bool {
        matches!(self, Self::ContactPoint | Self::PrivacyOfficer)
    }
}

/// Which codes a connection may send (V-02).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodesAllowed {
    /// All codes without a special mark.
    pub unmarked: bool,
    /// Marked codes (art. 9, art. 10), each with its own entry.
    pub marked: Vec<Code>,
}

impl CodesAllowed {
    /// Whether a code with this entry may be sent.
    #[must_use]
    pub fn allow(&self, code: Code, entry: CodeEntry) -> bool {
        if entry.is_marked() { self.marked.contains(&code) } else { self.unmarked }
    }
}

/// A connection as the manifest enters it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest; docs/protocol.md P-23 lists them")]
pub struct Connection {
    pub id: ConnectionId,
    pub organisation: OrganisationId,
    /// The organisation's OIN, as the certificate's `serialNumber` must repeat it.
    pub oin: String,
    pub role: Role,
    pub regions: Vec<RegionId>,
    /// SHA-256 of the SubjectPublicKeyInfo of each certificate key it may use.
    pub certificate_keys: Vec<[u8; 32]>,
    /// X25519 public key: agencies authenticate details with it, coordinators open them.
    pub details_key: Option<[u8; 32]>,
    pub details_key_id: Option<KeyId>,
    pub kinds: Vec<Kind>,
    pub codes: CodesAllowed,
    /// Statutory ground; empty means none, and then nothing is taken or given (V-40).
    pub legal_basis: String,
    pub agreement: String,
    /// The last day it may take part.
    pub valid_until: Day,
    /// Lines a day (P-63).
    pub quota_lines: u64,
    /// Where it is mailed that something waits for it; without one it is not mailed.
    pub mailbox: Option<Mailbox>,
}

impl Connection {
    /// Whether it takes part on a day (V-40).
    #[must_use]
    pub fn is_valid(&self, today: Day) -> bool {
        today <= self.valid_until && !self.legal_basis.is_empty() && !self.agreement.is_empty()
    }

    /// The domain it signals for; `None` for whoever does not signal.
    #[must_use]
    pub const fn domain(&self) -> Option<Domain> {
        match self.role {
            Role::Agency(domain) => Some(domain),
            Role::Coordinator | Role::ContactPoint | Role::PrivacyOfficer | Role::Administrator => None,
        }
    }
}

/// An organisation as the manifest enters it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct Organisation {
    pub id: OrganisationId,
    pub oin: String,
    pub name: String,
}

/// A number to call in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct RouteNumber {
    pub name: String,
    pub number: String,
}

/// A region as the manifest enters it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct Region {
    pub id: RegionId,
    pub name: String,
    pub coordinators: Vec<ConnectionId>,
    /// Who gets what nobody picks up (achtervang).
    pub fallback: ConnectionId,
    /// Days after which it does.
    pub term_days: u8,
    /// Whom to call at once in acute danger (V-15), in this order.
    pub acute_numbers: Vec<RouteNumber>,
}

/// The thresholds of the rule, as data with a name and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Name and version, such as `samenloop-regel/1`.
    pub name: String,
    /// Different domains needed.
    pub domains: usize,
    /// Different organisations needed.
    pub organisations: usize,
    /// Different (organisation, code) pairs needed where a counted signal is hard.
    pub pairs_with_hard: usize,
    /// Different (organisation, code) pairs needed where all are soft.
    pub pairs: usize,
}

/// What the manifest enters about the hub itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubEntry {
    /// DNS name of its TLS certificate.
    pub server_name: String,
    /// Ed25519 public key of its receipts (P-60).
    pub receipt_key: [u8; 32],
    /// Ed25519 public key of the checkpoints of its audit logs (P-70).
    pub log_key: [u8; 32],
    /// OIN of the operator, who may hold no administrator's key (P-21).
    pub operator: String,
}

/// Everything a manifest enters, not yet checked as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct ManifestEntries {
    pub exchange: String,
    pub sequence: u64,
    /// SHA-256 of the signed TOML bytes.
    pub hash: [u8; 32],
    /// Hash of the root under which it was signed.
    pub root: [u8; 32],
    /// Hash of the manifest before it; the first has none (P-22).
    pub predecessor: Option<[u8; 32]>,
    /// The day it was written.
    pub issued: Day,
    /// The day from which it acts: later than `issued` when it adds something and the root delays that (P-24).
    pub acts_from: Day,
    /// The last day on which signals are taken and alerts opened under it (P-22).
    pub expires: Day,
    pub tick_seconds: u32,
    /// Hours of the day, 0 to 23, at which mail leaves; none means at every tick (P-61).
    pub mail_hours: Vec<u8>,
    /// Days of the week, 1 for Monday to 7, on which rights requests are answered (V-30).
    pub rights_days: Vec<u8>,
    pub hub: HubEntry,
    pub rule: Rule,
    pub organisations: Vec<Organisation>,
    pub regions: Vec<Region>,
    /// Who gets what no region and no fallback picks up.
    pub national_fallback: Option<ConnectionId>,
    pub epochs: Vec<EpochEntry>,
    /// How the keys of some of `epochs` are made.
    pub making: Vec<EpochMaking>,
    pub connections: Vec<Connection>,
}

/// What is wrong with a manifest as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestFault {
    /// A name is entered twice, or refers to nothing.
    #[error("{0} is entered twice")]
    Twice(String),
    /// An entry names something that is not entered.
    #[error("{whose} names {what}, which is not entered")]
    Unknown {
        /// The entry.
        whose: String,
        /// What it names.
        what: String,
    },
    /// Not exactly one active epoch, or more than one in overlap (P-40).
    #[error("exactly one epoch is active and at most one overlaps; here {active} and {overlap}")]
    Epochs {
        /// Active epochs.
        active: usize,
        /// Overlapping epochs.
        overlap: usize,
    },
    /// One organisation signals and coordinates (P-23).
    #[error("organisation {0} both signals and coordinates")]
    SignalsAndCoordinates(OrganisationId),
    /// An agency without a details key, kinds or regions; a coordinator without a details key.
    #[error("connection {0} lacks a key, a kind or a region that its role needs")]
    Incomplete(ConnectionId),
    /// A region has no coordinator, or more than details can be sealed to.
    #[error("region {0} has no coordinator, more than {MAX_DETAILS}, or nobody to call in acute danger")]
    Region(RegionId),
    /// A connection has a name by which the hub is meant, or its operator.
    #[error("no connection is named {0}: that is the hub itself, or its operator")]
    Reserved(ConnectionId),
    /// A number outside what the design allows.
    #[error("{0}")]
    Bound(&'static str),
}

/// A manifest that was verified, parsed and found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    entries: ManifestEntries,
    connections: BTreeMap<ConnectionId, usize>,
    regions: BTreeMap<RegionId, usize>,
    active: Epoch,
}

impl Manifest {
    /// Checks the entries against one another.
    ///
    /// # Errors
    /// [`ManifestFault`] for the first contradiction found.
    pub fn new(entries: ManifestEntries) -> Result<Self, ManifestFault> {
        check_bounds(&entries)?;
        peak::check_quotas(&entries)?;
        let active = check_epochs(&entries.epochs)?;
        let organisations = index_of(entries.organisations.iter().map(|it| &it.id))?;
        // One legal entity under two names would count as two (V-12).
        index_of(entries.organisations.iter().map(|it| &it.oin))?;
        let regions = index_of(entries.regions.iter().map(|it| &it.id))?;
        let connections = index_of(entries.connections.iter().map(|it| &it.id))?;
        let manifest = Self { entries, connections, regions, active };
        for connection in &manifest.entries.connections {
            manifest.check_connection(connection, &organisations)?;
        }
        for region in &manifest.entries.regions {
            manifest.check_region(region)?;
        }
        match &manifest.entries.national_fallback {
            Some(id) if !manifest.coordinates(id) => Err(ManifestFault::Unknown {
                whose: "the national fallback".to_owned(),
                what: id.to_string(),
            }),
            Some(_) | None => Ok(manifest),
        }
    }

    fn check_connection(
        &self,
        connection: &Connection,
        organisations: &BTreeMap<OrganisationId, usize>,
    ) -> Result<(), ManifestFault> {
        let unknown =
            |what: &str| ManifestFault::Unknown { whose: connection.id.to_string(), what: what.to_owned() };
        if [HUB, OPERATOR].contains(&connection.id.as_str()) {
            return Err(ManifestFault::Reserved(connection.id.clone()));
        }
        let organisation = organisations
            .get(&connection.organisation)
            .and_then(|at| self.entries.organisations.get(*at))
            .ok_or_else(|| unknown(connection.organisation.as_str()))?;
        if organisation.oin != connection.oin {
            return Err(unknown("an OIN"));
        }
        if let Some(region) = connection.regions.iter().find(|it| !self.regions.contains_key(it)) {
            return Err(unknown(region.as_str()));
        }
        let complete = match connection.role {
            Role::Agency(_) => {
                connection.details_key.is_some()
                    && !connection.kinds.is_empty()
                    && !connection.regions.is_empty()
            }
            Role::Coordinator => connection.details_key.is_some() && !connection.regions.is_empty(),
            Role::ContactPoint | Role::PrivacyOfficer | Role::Administrator => true,
        };
        if !complete || connection.details_key.is_some() != connection.details_key_id.is_some() {
            return Err(ManifestFault::Incomplete(connection.id.clone()));
        }
        let coordinates = connection.role == Role::Coordinator;
        let clash = self.entries.connections.iter().any(|other| {
            coordinates && other.domain().is_some() && other.organisation == connection.organisation
        });
        if clash {
            Err(ManifestFault::SignalsAndCoordinates(connection.organisation.clone()))
        } else {
            Ok(())
        }
    }

    fn coordinates(&self, id: &ConnectionId) -> bool {
        self.connection(id).is_some_and(|it| it.role == Role::Coordinator)
    }

    fn check_region(&self, region: &Region) -> Result<(), ManifestFault> {
        let coordinators = region.coordinators.len();
        if coordinators == 0 || coordinators > MAX_DETAILS || region.acute_numbers.is_empty() {
            return Err(ManifestFault::Region(region.id.clone()));
        }
        for id in region.coordinators.iter().chain([&region.fallback]) {
            if !self.coordinates(id) {
                return Err(ManifestFault::Unknown { whose: region.id.to_string(), what: id.to_string() });
            }
        }
        Ok(())
    }

    /// The exchange whose pseudonyms these are (P-3).
    #[must_use]
    pub fn exchange(&self) -> &str {
        &self.entries.exchange
    }

    /// The sequence number; higher is newer (P-22).
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.entries.sequence
    }

    /// SHA-256 of the signed TOML bytes.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.entries.hash
    }

    /// Hash of the root under which it was signed.
    #[must_use]
    pub const fn root(&self) -> &[u8; 32] {
        &self.entries.root
    }

    /// Hash of the manifest before it; the first has none (P-22).
    #[must_use]
    pub const fn predecessor(&self) -> Option<&[u8; 32]> {
        self.entries.predecessor.as_ref()
    }

    /// The day it was written.
    #[must_use]
    pub const fn issued(&self) -> Day {
        self.entries.issued
    }

    /// The day from which it acts (P-24).
    #[must_use]
    pub const fn acts_from(&self) -> Day {
        self.entries.acts_from
    }

    /// Whether signals are taken and alerts opened under it on a day (P-22).
    #[must_use]
    pub fn is_current(&self, today: Day) -> bool {
        today <= self.entries.expires
    }

    /// The last day on which signals are taken and alerts opened under it (P-22).
    #[must_use]
    pub const fn expires(&self) -> Day {
        self.entries.expires
    }

    /// Seconds between two ticks (P-61).
    #[must_use]
    pub const fn tick_seconds(&self) -> u32 {
        self.entries.tick_seconds
    }

    /// Hours of the day at which mail leaves; none means at every tick (P-61).
    #[must_use]
    pub fn mail_hours(&self) -> &[u8] {
        &self.entries.mail_hours
    }

    /// Days of the week, 1 for Monday to 7, on which rights requests are answered (V-30).
    #[must_use]
    pub fn rights_days(&self) -> &[u8] {
        &self.entries.rights_days
    }

    /// Whether rights requests are answered on a day (V-30).
    #[must_use]
    pub fn answers_rights(&self, today: Day) -> bool {
        self.entries.rights_days.contains(&today.weekday())
    }

    /// What it says of the hub.
    #[must_use]
    pub const fn hub(&self) -> &HubEntry {
        &self.entries.hub
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &Rule {
        &self.entries.rule
    }

    /// All connections, in the order entered.
    #[must_use]
    pub fn connections(&self) -> &[Connection] {
        &self.entries.connections
    }

    /// The connection of an id.
    #[must_use]
    pub fn connection(&self, id: &ConnectionId) -> Option<&Connection> {
        self.connections.get(id).and_then(|at| self.entries.connections.get(*at))
    }

    /// All organisations, in the order entered.
    #[must_use]
    pub fn organisations(&self) -> &[Organisation] {
        &self.entries.organisations
    }

    /// All regions, in the order entered.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.entries.regions
    }

    /// The region of an id.
    #[must_use]
    pub fn region(&self, id: &RegionId) -> Option<&Region> {
        self.regions.get(id).and_then(|at| self.entries.regions.get(*at))
    }

    /// The connections that coordinate a region.
    pub fn coordinators_of(&self, region: &RegionId) -> impl Iterator<Item = &Connection> + '_ {
        let ids = self.region(region).map_or(&[][..], |it| it.coordinators.as_slice());
        ids.iter().filter_map(|id| self.connection(id))
    }

    /// Who gets what no region and no fallback picks up.
    #[must_use]
    pub const fn national_fallback(&self) -> Option<&ConnectionId> {
        self.entries.national_fallback.as_ref()
    }

    /// All epochs, in the order entered.
    #[must_use]
    pub fn epochs(&self) -> &[EpochEntry] {
        &self.entries.epochs
    }

    /// The one active epoch.
    #[must_use]
    pub const fn active_epoch(&self) -> Epoch {
        self.active
    }

    /// The epochs under which signals are filed on a day: the active one, and one in overlap if there is one.
    pub fn live_epochs(&self, today: Day) -> impl Iterator<Item = Epoch> + '_ {
        self.entries.epochs.iter().filter(move |it| it.state.is_live(today)).map(|it| it.epoch)
    }

    /// How the key of an epoch is made, where the manifest says it.
    #[must_use]
    pub fn making_of(&self, epoch: Epoch) -> Option<&EpochMaking> {
        self.entries.making.iter().find(|it| it.epoch == epoch)
    }
}

fn check_bounds(entries: &ManifestEntries) -> Result<(), ManifestFault> {
    let rule = &entries.rule;
    if !(1..=3600).contains(&entries.tick_seconds) {
        return Err(ManifestFault::Bound("a tick is 1 to 3600 seconds"));
    }
    // Below two, one organisation could see its own signals converge.
    if rule.domains < 2
        || rule.organisations < 2
        || rule.pairs_with_hard < 2
        || rule.pairs < rule.pairs_with_hard
    {
        return Err(ManifestFault::Bound(
            "the rule asks for 2 domains, 2 organisations and 2 pairs at least",
        ));
    }
    if entries.rights_days.is_empty() || entries.rights_days.iter().any(|it| !(1..=7).contains(it)) {
        return Err(ManifestFault::Bound("rights_days has days of the week, 1 to 7, and at least one"));
    }
    if !(1..=64).contains(&entries.exchange.len()) {
        return Err(ManifestFault::Bound("the exchange has a label of 1 to 64 bytes"));
    }
    Ok(())
}

fn check_epochs(epochs: &[EpochEntry]) -> Result<Epoch, ManifestFault> {
    index_of(epochs.iter().map(|it| &it.epoch))?;
    let active = epochs.iter().filter(|it| it.state == EpochState::Active).count();
    let overlap = epochs.iter().filter(|it| matches!(it.state, EpochState::Overlap { .. })).count();
    let first = epochs.iter().find(|it| it.state == EpochState::Active);
    match first {
        Some(entry) if active == 1 && overlap <= 1 => Ok(entry.epoch),
        _ => Err(ManifestFault::Epochs { active, overlap }),
    }
}

fn index_of<'a, Id: Ord + Clone + std::fmt::Display + 'a>(
    ids: impl Iterator<Item = &'a Id>,
) -> Result<BTreeMap<Id, usize>, ManifestFault> {
    let mut index = BTreeMap::new();
    for (at, id) in ids.enumerate() {
        if index.insert(id.clone(), at).is_some() {
            return Err(ManifestFault::Twice(id.to_string()));
        }
    }
    Ok(index)
}
