//! The body of a manifest: reviewed TOML, read only after it was verified (protocol.md P-20, P-23).

use samenloop_core::manifest::{
    CodesAllowed, Connection, HubEntry, ManifestEntries, Organisation, Region, Role, RouteNumber, Rule,
};
use samenloop_core::value::{Code, ConnectionId, Day, Domain, Kind, Mailbox, OrganisationId, RegionId};
use serde::Deserialize;

use crate::epoch::EpochToml;
use crate::field::{As, Bytes32, Oin, ServerName};
use crate::root::Root;
use crate::statement::sha256;
use crate::unsound::Unsound;

/// A manifest as its file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    pub(crate) origin: String,
    pub(crate) exchange: String,
    pub(crate) sequence: u64,
    /// SHA-256 of the root under which it was written.
    pub(crate) root: As<Bytes32>,
    /// SHA-256 of the manifest before it; the first has none (P-22).
    pub(crate) predecessor: Option<As<Bytes32>>,
    pub(crate) issued: As<Day>,
    /// The day from which it acts, where that is not the day it was issued (P-24).
    pub(crate) acts_from: Option<As<Day>>,
    pub(crate) expires: As<Day>,
    /// SHA-256 of `taxonomy.csv`.
    pub(crate) taxonomy: As<Bytes32>,
    tick_seconds: u32,
    /// Hours of the day, 0 to 23, at which mail leaves; none means at every tick (P-61).
    pub(crate) mail_hours: Vec<u8>,
    /// Days of the week, 1 for Monday to 7, on which rights requests are answered; Wednesday unless it says otherwise
    /// (V-30).
    #[serde(default = "wednesday")]
    rights_days: Vec<u8>,
    pub(crate) hub: HubToml,
    rule: RuleToml,
    #[serde(default)]
    organisations: Vec<OrganisationToml>,
    #[serde(default)]
    pub(crate) regions: Vec<RegionToml>,
    /// Who gets what no region and no fallback picks up.
    national_fallback: Option<As<ConnectionId>>,
    #[serde(default)]
    epochs: Vec<EpochToml>,
    #[serde(default)]
    pub(crate) connections: Vec<ConnectionToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HubToml {
    server_name: As<ServerName>,
    receipt_key: As<Bytes32>,
    /// Signs the checkpoints of the audit logs.
    log_key: As<Bytes32>,
    /// OIN of the operator, who may hold no administrator's key (P-21).
    pub(crate) operator: As<Oin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    name: String,
    domains: usize,
    organisations: usize,
    pairs_with_hard: usize,
    pairs: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationToml {
    id: As<OrganisationId>,
    oin: As<Oin>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionToml {
    pub(crate) id: As<RegionId>,
    name: String,
    pub(crate) coordinators: Vec<As<ConnectionId>>,
    fallback: As<ConnectionId>,
    pub(crate) term_days: u8,
    acute_numbers: Vec<RouteNumberToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteNumberToml {
    name: String,
    number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionToml {
    pub(crate) id: As<ConnectionId>,
    pub(crate) organisation: As<OrganisationId>,
    role: RoleToml,
    domain: Option<As<Domain>>,
    #[serde(default)]
    pub(crate) regions: Vec<As<RegionId>>,
    certificate_keys: Vec<As<Bytes32>>,
    details_key: Option<As<Bytes32>>,
    #[serde(default)]
    kinds: Vec<u8>,
    #[serde(default)]
    unmarked_codes: bool,
    #[serde(default)]
    marked_codes: Vec<As<Code>>,
    legal_basis: String,
    agreement: String,
    valid_until: As<Day>,
    #[serde(default)]
    quota_lines: u64,
    mailbox: Option<As<Mailbox>>,
}

fn wednesday() -> Vec<u8> {
    vec![3]
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum RoleToml {
    Agency,
    Coordinator,
    ContactPoint,
    PrivacyOfficer,
    Administrator,
}

impl Body {
    /// The entries, each well formed, not yet checked against one another. `hash` is that of the body.
    pub(crate) fn into_entries(self, hash: [u8; 32], root: &Root) -> Result<ManifestEntries, Unsound> {
        let issued = self.issued.0;
        let organisations: Vec<_> = self.organisations.into_iter().map(Organisation::from).collect();
        let connections: Result<_, _> =
            self.connections.into_iter().map(|it| it.into_entry(&organisations)).collect();
        let epochs: Result<Vec<_>, _> =
            self.epochs.into_iter().map(|it| it.into_entry(issued, root)).collect();
        let (epochs, making) = epochs?.into_iter().unzip();
        Ok(ManifestEntries {
            exchange: self.exchange,
            sequence: self.sequence,
            hash,
            root: self.root.0.0,
            predecessor: self.predecessor.map(|it| it.0.0),
            issued,
            acts_from: self.acts_from.map_or(issued, |it| it.0),
            expires: self.expires.0,
            tick_seconds: self.tick_seconds,
            mail_hours: self.mail_hours,
            rights_days: self.rights_days,
            hub: HubEntry {
                server_name: self.hub.server_name.0.0,
                receipt_key: self.hub.receipt_key.0.0,
                log_key: self.hub.log_key.0.0,
                operator: self.hub.operator.0.0,
            },
            rule: self.rule.into(),
            connections: connections?,
            organisations,
            regions: self.regions.into_iter().map(Region::from).collect(),
            national_fallback: self.national_fallback.map(|it| it.0),
            epochs,
            making,
        })
    }
}

impl ConnectionToml {
    /// Whether it is an administrator's, and must be in the root.
    pub(crate) fn is_administrator(&self) -> bool {
        self.role == RoleToml::Administrator
    }

    /// The codes with a mark that it may send.
    pub(crate) fn marked_codes(&self) -> impl Iterator<Item = Code> + '_ {
        self.marked_codes.iter().map(|it| it.0)
    }

    fn into_entry(self, organisations: &[Organisation]) -> Result<Connection, Unsound> {
        let id = self.id.0;
        let fault = |of: fn(ConnectionId) -> Unsound| of(id.clone());
        let role = match (self.role, self.domain) {
            (RoleToml::Agency, Some(domain)) => Role::Agency(domain.0),
            (RoleToml::Agency, None) => return Err(fault(Unsound::NoDomain)),
            (_, Some(_)) => return Err(fault(Unsound::Domain)),
            (RoleToml::Coordinator, None) => Role::Coordinator,
            (RoleToml::ContactPoint, None) => Role::ContactPoint,
            (RoleToml::PrivacyOfficer, None) => Role::PrivacyOfficer,
            (RoleToml::Administrator, None) => Role::Administrator,
        };
        if self.certificate_keys.is_empty() {
            return Err(fault(Unsound::NoCertificateKey));
        }
        // What is blank for an agency stops it alone on the day, and would be signed by mistake only.
        if self.legal_basis.trim().is_empty() || self.agreement.trim().is_empty() {
            return Err(fault(Unsound::NoLegalBasis));
        }
        let kinds = self.kinds.into_iter().map(Kind::new).collect::<Option<_>>();
        // An organisation that is not entered has no OIN; the check of the whole names it.
        let entered = organisations.iter().find(|it| it.id == self.organisation.0);
        Ok(Connection {
            kinds: kinds.ok_or_else(|| fault(Unsound::Kind))?,
            oin: entered.map(|it| it.oin.clone()).unwrap_or_default(),
            organisation: self.organisation.0,
            role,
            regions: self.regions.into_iter().map(|it| it.0).collect(),
            certificate_keys: self.certificate_keys.into_iter().map(|it| it.0.0).collect(),
            details_key_id: self.details_key.as_ref().map(|it| details_key_id(&it.0.0)),
            details_key: self.details_key.map(|it| it.0.0),
            codes: CodesAllowed {
                unmarked: self.unmarked_codes,
                marked: self.marked_codes.into_iter().map(|it| it.0).collect(),
            },
            legal_basis: self.legal_basis,
            agreement: self.agreement,
            valid_until: self.valid_until.0,
            quota_lines: self.quota_lines,
            mailbox: self.mailbox.map(|it| it.0),
            id,
        })
    }
}

/// The id of a details key: the first 8 bytes of the SHA-256 of the X25519 public key.
#[must_use]
pub fn details_key_id(public_key: &[u8; 32]) -> samenloop_core::value::KeyId {
    let mut id = [0; 8];
    id.iter_mut().zip(sha256(public_key)).for_each(|(to, from)| *to = from);
    id
}

impl From<OrganisationToml> for Organisation {
    fn from(toml: OrganisationToml) -> Self {
        Self { id: toml.id.0, oin: toml.oin.0.0, name: toml.name }
    }
}

impl From<RuleToml> for Rule {
    fn from(toml: RuleToml) -> Self {
        Self {
            name: toml.name,
            domains: toml.domains,
            organisations: toml.organisations,
            pairs_with_hard: toml.pairs_with_hard,
            pairs: toml.pairs,
        }
    }
}

impl From<RegionToml> for Region {
    fn from(toml: RegionToml) -> Self {
        let number = |it: RouteNumberToml| RouteNumber { name: it.name, number: it.number };
        Self {
            id: toml.id.0,
            name: toml.name,
            coordinators: toml.coordinators.into_iter().map(|it| it.0).collect(),
            fallback: toml.fallback.0,
            term_days: toml.term_days,
            acute_numbers: toml.acute_numbers.into_iter().map(number).collect(),
        }
    }
}
