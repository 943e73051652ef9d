//! A manifest and keys for tests: one agency, two regions, two live epochs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use samenloop_core::manifest::{
    CodesAllowed, Connection, EpochEntry, EpochState, HubEntry, Manifest, ManifestEntries, Organisation,
    Region, Role, RouteNumber, Rule,
};
use samenloop_core::value::{ConnectionId, Day, Domain, Epoch, Mailbox, OrganisationId, RegionId};
use samenloop_pseudonym::{BSN, EpochKey, ReferenceKey, V_NUMBER};

use crate::details::{DetailsKey, public_key};
use crate::membership::Agency;

pub(crate) const SCHOOL_KEY: [u8; 32] = [1; 32];
pub(crate) const WEST_KEY: [u8; 32] = [2; 32];
pub(crate) const NOORD_KEY: [u8; 32] = [3; 32];

pub(crate) fn id(text: &str) -> ConnectionId {
    ConnectionId::parse(text).unwrap()
}

pub(crate) fn region(text: &str) -> RegionId {
    RegionId::parse(text).unwrap()
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// The day on which tests take place.
pub(crate) fn today() -> Day {
    day("2026-11-22")
}

fn connection(name: &str, role: Role, regions: &[&str], key: &[u8; 32]) -> Connection {
    let details_key = public_key(&DetailsKey::new(*key)).unwrap();
    Connection {
        id: id(name),
        organisation: OrganisationId::parse(name).unwrap(),
        oin: format!("{:020}", key[0]),
        role,
        regions: regions.iter().map(|it| region(it)).collect(),
        certificate_keys: vec![*key],
        details_key: Some(details_key),
        details_key_id: Some(samenloop_manifest::details_key_id(&details_key)),
        kinds: vec![BSN, V_NUMBER],
        codes: CodesAllowed { unmarked: true, marked: Vec::new() },
        legal_basis: "example".into(),
        agreement: "example".into(),
        valid_until: day("2027-12-31"),
        quota_lines: 1000,
        mailbox: None,
    }
}

pub(crate) fn entries() -> ManifestEntries {
    let connections = vec![
        connection("school-west", Role::Agency(Domain::Onderwijs), &["west"], &SCHOOL_KEY),
        connection("zorgcoordinator-west", Role::Coordinator, &["west"], &WEST_KEY),
        connection("zorgcoordinator-noord", Role::Coordinator, &["noord"], &NOORD_KEY),
    ];
    let organisation = |it: &Connection| Organisation {
        id: it.organisation.clone(),
        oin: it.oin.clone(),
        name: format!("Stichting {}", it.id),
    };
    let a_region = |name: &str| Region {
        id: region(name),
        name: name.into(),
        coordinators: vec![id(&format!("zorgcoordinator-{name}"))],
        fallback: id("zorgcoordinator-west"),
        term_days: 7,
        acute_numbers: vec![
            RouteNumber { name: "Alarmnummer".into(), number: "112".into() },
            RouteNumber { name: format!("Veilig Thuis {name}"), number: "0800-2000".into() },
        ],
    };
    ManifestEntries {
        exchange: "zhz".into(),
        sequence: 42,
        hash: [7; 32],
        root: [0; 32],
        predecessor: None,
        issued: day("2026-11-20"),
        acts_from: day("2026-11-20"),
        expires: day("2026-12-20"),
        tick_seconds: 1,
        mail_hours: vec![],
        rights_days: vec![3],
        hub: HubEntry {
            server_name: "localhost".into(),
            receipt_key: [8; 32],
            log_key: [9; 32],
            operator: "99".into(),
        },
        rule: Rule {
            name: "samenloop-regel/1".into(),
            domains: 2,
            organisations: 2,
            pairs_with_hard: 2,
            pairs: 3,
        },
        organisations: connections.iter().map(organisation).collect(),
        regions: vec![a_region("west"), a_region("noord")],
        national_fallback: None,
        epochs: vec![
            EpochEntry { epoch: Epoch::new(6), state: EpochState::Overlap { until: day("2026-12-20") } },
            EpochEntry { epoch: Epoch::new(7), state: EpochState::Active },
        ],
        making: vec![],
        connections,
    }
}

/// Enters one more, of an organisation of its own and with a mailbox.
pub(crate) fn add(entries: &mut ManifestEntries, name: &str, role: Role) {
    let own = Connection {
        oin: format!("{:020}", 70 + entries.connections.len()),
        mailbox: Some(Mailbox::parse(&format!("{name}@voorbeeld.example")).unwrap()),
        ..connection(name, role, &["west"], &SCHOOL_KEY)
    };
    entries.organisations.push(Organisation {
        id: own.organisation.clone(),
        oin: own.oin.clone(),
        name: format!("Bureau {name}"),
    });
    entries.connections.push(own);
}

pub(crate) fn manifest() -> Manifest {
    Manifest::new(entries()).unwrap()
}

pub(crate) fn agency() -> Arc<Agency> {
    let manifest = manifest();
    let key = |epoch: u8| EpochKey::new(manifest.exchange(), Epoch::new(epoch.into()), [epoch; 32]);
    Arc::new(Agency {
        connection: id("school-west"),
        reference_key: ReferenceKey::new([5; 32]),
        details_key: DetailsKey::new(SCHOOL_KEY),
        epoch_keys: vec![key(6), key(7)],
        named: samenloop_proto::v1::ManifestReference {
            sequence: manifest.sequence(),
            sha256: manifest.hash().to_vec(),
        },
        manifest: Arc::new(manifest),
    })
}

/// Every file below a directory with its content: nothing changed when it is the same afterwards.
pub(crate) fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut open) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
        } else {
            files.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    files
}
