//! A small exchange for tests: the organisations of the example kit, without keys that open anything.

use crate::batch::{Line, Put};
use crate::manifest::{
    CodesAllowed, Connection, EpochEntry, EpochState, HubEntry, Manifest, ManifestEntries, Organisation,
    Region, Role, RouteNumber, Rule,
};
use crate::processing::SubjectId;
use crate::value::{
    Code, ConnectionId, DETAILS_LEN, Day, Domain, Epoch, Kind, Mailbox, Month, Observation, OrganisationId,
    Place, Pseudonym, RegionId, SealedDetails, Severity, Signal, SignalContent, SignalReference,
};

/// The kind of identifier that fixtures use unless they say otherwise.
pub const KIND: u8 = 1;

/// Connection, organisation and domain of every agency of the fixture.
pub const AGENCIES: [(&str, &str, Domain); 9] = [
    ("school-west", "school-west", Domain::Onderwijs),
    ("gemeente-west", "gemeente-west", Domain::SociaalDomein),
    ("veilig-thuis-west", "veilig-thuis-west", Domain::Jeugdbescherming),
    ("politie-west", "politie-west", Domain::PolitieJustitie),
    ("coa-noord", "coa-noord", Domain::Asielketen),
    ("zorg-noord", "zorg-noord", Domain::Zorg),
    ("school-noord", "school-noord", Domain::Onderwijs),
    ("leerplicht-west", "gemeente-west", Domain::Onderwijs),
    ("riec-west", "riec-west", Domain::BestuurVeiligheid),
];

/// The day on which fixtures happen.
#[must_use]
pub fn today() -> Day {
    day("2026-11-22")
}

/// A day that is known to be one.
#[must_use]
#[allow(clippy::expect_used, reason = "fixtures are for tests")]
pub fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// A month that is known to be one.
#[must_use]
#[allow(clippy::expect_used, reason = "fixtures are for tests")]
pub fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

/// A connection's name that is known to be one.
#[must_use]
#[allow(clippy::expect_used, reason = "fixtures are for tests")]
pub fn connection(text: &str) -> ConnectionId {
    ConnectionId::parse(text).expect("a name")
}

/// A region's name that is known to be one.
#[must_use]
#[allow(clippy::expect_used, reason = "fixtures are for tests")]
pub fn region(text: &str) -> RegionId {
    RegionId::parse(text).expect("a name")
}

/// Two regions, each the other's fallback.
fn regions() -> Vec<Region> {
    let acute = vec![RouteNumber { name: "alarmnummer".to_owned(), number: "112".to_owned() }];
    ["west", "noord"]
        .map(|it| Region {
            id: region(it),
            name: it.to_owned(),
            coordinators: vec![connection(&format!("zorgcoordinator-{it}"))],
            fallback: connection(if it == "west" { "zorgcoordinator-noord" } else { "zorgcoordinator-west" }),
            term_days: 7,
            acute_numbers: acute.clone(),
        })
        .into()
}

/// The entries of the fixture's manifest, to be changed at will before they are checked.
#[must_use]
#[allow(clippy::expect_used, reason = "fixtures are for tests")]
pub fn entries() -> ManifestEntries {
    let mut organisations: Vec<Organisation> = Vec::new();
    let mut connections = Vec::new();
    let coordinators = ["west", "noord"].map(|it| format!("zorgcoordinator-{it}"));
    let agencies = AGENCIES.map(|(id, organisation, domain)| (id, organisation, Role::Agency(domain)));
    let others = coordinators.iter().map(|id| (id.as_str(), id.as_str(), Role::Coordinator));
    for (number, (id, organisation, role)) in (1_u8..).zip(agencies.into_iter().chain(others)) {
        let organisation = OrganisationId::parse(organisation).expect("a name");
        let oin = match organisations.iter().find(|it| it.id == organisation) {
            Some(known) => known.oin.clone(),
            None => {
                let oin = format!("00000009{number:012}");
                let name = organisation.to_string();
                organisations.push(Organisation { id: organisation.clone(), oin: oin.clone(), name });
                oin
            }
        };
        let regions = if id.ends_with("noord") { vec![region("noord")] } else { vec![region("west")] };
        connections.push(Connection {
            id: connection(id),
            organisation,
            oin,
            role,
            regions,
            certificate_keys: vec![[number; 32]],
            details_key: Some([number; 32]),
            details_key_id: Some([number; 8]),
            kinds: (1..=3).filter_map(Kind::new).collect(),
            codes: CodesAllowed { unmarked: true, marked: Vec::new() },
            legal_basis: "synthetic".to_owned(),
            agreement: "fixture".to_owned(),
            valid_until: day("2027-12-31"),
            quota_lines: 1_000_000,
            mailbox: Mailbox::parse(&format!("{id}@voorbeeld.example")).ok(),
        });
    }
    ManifestEntries {
        exchange: "zhz".to_owned(),
        sequence: 1,
        hash: [1; 32],
        root: [0; 32],
        predecessor: None,
        issued: day("2026-11-20"),
        acts_from: day("2026-11-20"),
        expires: day("2026-12-20"),
        tick_seconds: 1,
        mail_hours: Vec::new(),
        rights_days: vec![3],
        hub: HubEntry {
            server_name: "hub.samenloop.example".to_owned(),
            receipt_key: [0; 32],
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
        organisations,
        regions: regions(),
        national_fallback: None,
        epochs: vec![EpochEntry { epoch: Epoch::new(1), state: EpochState::Active }],
        making: Vec::new(),
        connections,
    }
}

/// The fixture's manifest.
#[must_use]
#[allow(clippy::expect_used, reason = "fixtures are for tests")]
pub fn manifest() -> Manifest {
    Manifest::new(entries()).expect("a whole manifest")
}

/// The pseudonym of a synthetic child in an epoch: any 32 bytes that differ will do.
#[must_use]
pub fn place(epoch: u32, kind: u8, child: u64) -> Place {
    let mut bytes = [0x5a; 32];
    let names = u64::from(epoch).to_be_bytes().into_iter().chain([kind]).chain(child.to_be_bytes());
    for (to, from) in bytes.iter_mut().zip(names) {
        *to = from;
    }
    #[allow(clippy::expect_used, reason = "fixtures are for tests")]
    let kind = Kind::new(kind).expect("a kind");
    Place::new(Epoch::new(epoch), kind, Pseudonym::new(bytes))
}

/// A signal under construction: soft, own, west, this month, no code, revision 1.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "fields are those of a signal")]
pub struct Draft {
    pub reference: u64,
    pub revision: u64,
    pub severity: Severity,
    pub code: Option<Code>,
    pub month: Month,
    pub expiry: Month,
    pub region: RegionId,
    pub observation: Observation,
}

impl Draft {
    /// A soft signal of this reference.
    #[must_use]
    pub fn soft(reference: u64) -> Self {
        Self {
            reference,
            revision: 1,
            severity: Severity::Soft,
            code: None,
            month: month("2026-11"),
            expiry: month("2027-05"),
            region: region("west"),
            observation: Observation::Own,
        }
    }

    /// A hard signal of this reference.
    #[must_use]
    pub fn hard(reference: u64) -> Self {
        Self { severity: Severity::Hard, expiry: month("2027-11"), ..Self::soft(reference) }
    }

    /// With a code, whatever its severity.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.code = Code::parse(code).ok();
        self
    }

    /// Heard from a domain.
    #[must_use]
    pub fn hearsay(mut self, source: Domain) -> Self {
        self.observation = Observation::Hearsay(source);
        self
    }

    /// The signal, with one sealed details text that nobody can open.
    #[must_use]
    #[allow(clippy::expect_used, reason = "fixtures are for tests")]
    pub fn signal(&self) -> Signal {
        let content = SignalContent::new(
            self.severity,
            self.code,
            self.month,
            self.region.clone(),
            self.observation,
            self.expiry,
        );
        let key = if self.region == region("west") { [10; 8] } else { [11; 8] };
        let details = SealedDetails::new(key, [1; 32], [2; 12], Box::new([3; DETAILS_LEN]));
        Signal::new(reference(self.reference), self.revision, content, vec![details]).expect("few details")
    }

    /// The line that files it in these places.
    #[must_use]
    pub fn put(&self, places: Vec<Place>) -> Line {
        let subject = SubjectId::new(*reference(self.reference).bytes());
        Line::Put(Box::new(Put::new(subject, self.signal(), places)))
    }
}

/// The reference of this number.
#[must_use]
pub fn reference(number: u64) -> SignalReference {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *to = from;
    }
    SignalReference::new(bytes)
}
