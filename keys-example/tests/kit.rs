//! A kit is whole, agrees with itself, and says everywhere that it is to be thrown away.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests only")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as _, Serializable as _};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use samenloop_client::key::Purpose;
use samenloop_core::manifest::{Manifest, Role};
use samenloop_core::value::{ConnectionId, Domain, Epoch, RegionId};
use samenloop_keys_example::{Authority, End, Kit, KitFault, Request, key_of, uri_of, write_kit};
use samenloop_manifest::{Book, EXAMPLE_CA_ORGANISATION, Root, sha256};
use samenloop_pseudonym::contribution::{Contribution, epoch_key};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

fn kit() -> (tempfile::TempDir, Kit) {
    let directory = tempfile::tempdir().unwrap();
    let kit = write_kit(&directory.path().join("kit"), 4711).unwrap();
    (directory, kit)
}

fn manifest(kit: &Kit) -> Manifest {
    Manifest::clone(book(kit, "school-west").newest().unwrap())
}

fn book(kit: &Kit, party: &str) -> Book {
    Book::open(&kit.directory().join("root.toml"), &kit.directory().join(party).join("manifests")).unwrap()
}

fn table(path: &Path) -> toml::Table {
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn key(kit: &Kit, party: &str, file: &str, purpose: Purpose) -> [u8; 32] {
    key_of(kit.directory(), party, file, purpose).unwrap()[..].try_into().unwrap()
}

#[test]
fn the_manifest_of_a_kit_loads_and_enters_everyone() {
    let (_directory, kit) = kit();
    let manifest = manifest(&kit);
    let entered: Vec<_> = manifest.connections().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(entered, Kit::connections().collect::<Vec<_>>());
    let role = |id: &str| manifest.connection(&ConnectionId::parse(id).unwrap()).unwrap().role;
    for (id, domain) in [
        ("school-west", Domain::Onderwijs),
        ("gemeente-west", Domain::SociaalDomein),
        ("veilig-thuis-west", Domain::Jeugdbescherming),
        ("politie-west", Domain::PolitieJustitie),
        ("coa-noord", Domain::Asielketen),
        ("zorg-noord", Domain::Zorg),
        ("school-noord", Domain::Onderwijs),
        ("leerplicht-west", Domain::Onderwijs),
        ("riec-west", Domain::BestuurVeiligheid),
    ] {
        assert_eq!(role(id), Role::Agency(domain), "{id}");
    }
    for id in ["zorgcoordinator-west", "zorgcoordinator-noord"] {
        assert_eq!(role(id), Role::Coordinator, "{id}");
    }
    assert_eq!((role("contactpunt"), role("fg")), (Role::ContactPoint, Role::PrivacyOfficer));
    for id in ["beheer-a", "beheer-b", "beheer-c"] {
        assert_eq!(role(id), Role::Administrator, "{id}");
    }
    let organisation =
        |id: &str| manifest.connection(&ConnectionId::parse(id).unwrap()).unwrap().organisation.clone();
    assert_eq!(organisation("gemeente-west"), organisation("leerplicht-west"));
    assert_eq!(manifest.organisations().len(), 16);
    let national = manifest.national_fallback().unwrap();
    assert_eq!(role(national.as_str()), Role::Coordinator);
    assert_eq!(
        manifest.regions().iter().flat_map(|it| &it.coordinators).filter(|it| *it == national).count(),
        0
    );
}

#[test]
fn terms_of_a_kit_are_those_of_the_issue() {
    let (_directory, kit) = kit();
    let manifest = manifest(&kit);
    assert_eq!(manifest.tick_seconds(), 1);
    assert_eq!(manifest.active_epoch(), Epoch::new(1));
    assert_eq!(manifest.rule().name, "samenloop-regel/1");
    for agency in Kit::agencies() {
        let connection = manifest.connection(&ConnectionId::parse(agency).unwrap()).unwrap();
        assert_eq!(connection.quota_lines, 1_000_000);
        assert_eq!(connection.kinds.iter().map(|it| it.number()).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(connection.codes.marked.is_empty());
        assert_eq!(connection.codes.unmarked, !["zorg-noord", "school-noord"].contains(&agency));
    }
    for (id, other) in [("west", "noord"), ("noord", "west")] {
        let region = manifest.region(&RegionId::parse(id).unwrap()).unwrap();
        assert_eq!(region.coordinators[0].as_str(), format!("zorgcoordinator-{id}"));
        assert_eq!(region.fallback.as_str(), format!("zorgcoordinator-{other}"));
        let numbers: Vec<_> = region.acute_numbers.iter().map(|it| it.number.as_str()).collect();
        assert_eq!((numbers[0], numbers[2]), ("112", "0800-2000"));
    }
    let root = Root::parse(&std::fs::read_to_string(kit.directory().join("root.toml")).unwrap()).unwrap();
    assert!(!root.is_for_development());
    assert_eq!((root.threshold(), root.contributions(), root.delay_of_additions_hours()), (2, 2, 0));
    let publication = book(&kit, "hub").publication(1).unwrap().unwrap();
    let note = publication.manifest().note();
    let signed_by =
        |id: &str| note.lines().any(|it| it.starts_with(&format!("\u{2014} {}/{id} ", root.origin())));
    assert_eq!(["beheer-a", "beheer-b", "beheer-c"].map(signed_by), [true, true, false]);
}

#[test]
fn every_path_in_a_file_is_there() {
    let (_directory, kit) = kit();
    let exists = |entry: &toml::Value| {
        let path = kit.directory().join(entry.as_str().unwrap());
        assert!(Path::new(entry.as_str().unwrap()).is_relative());
        assert!(path.exists(), "{}", path.display());
    };
    let hub = table(&kit.config("hub"));
    assert_eq!(hub["listen"].as_str(), Some("127.0.0.1:4711"));
    let keys = [
        "ca",
        "certificate",
        "key",
        "root",
        "manifests",
        "receipt_key",
        "log_key",
        "heads",
        "data",
        "secrets",
    ];
    keys.into_iter().for_each(|name| exists(&hub[name]));
    // The directory of the processing log is the hub's to make.
    assert!(kit.directory().join(hub["processing_log"].as_str().unwrap()).parent().unwrap().exists());
    assert_eq!(hub.len(), keys.len() + 2);
    for id in Kit::connections() {
        let file = table(&kit.config(id));
        assert_eq!((file["connection"].as_str(), file["hub"].as_str()), (Some(id), Some("127.0.0.1:4711")));
        ["ca", "certificate", "key", "secret", "root", "manifests"]
            .into_iter()
            .for_each(|name| exists(&file[name]));
        assert_eq!(book(&kit, id).newest().unwrap().hash(), manifest(&kit).hash(), "{id}");
        // The journal is the client's to make.
        let journal = kit.directory().join(file["journal"].as_str().unwrap());
        assert!(!journal.exists() && journal.parent().unwrap().exists());
        for section in ["agency", "coordinator", "administrator"] {
            file.get(section).into_iter().flat_map(|it| it.as_table().unwrap().values()).for_each(exists);
        }
        assert_eq!(file.contains_key("agency"), Kit::agencies().any(|it| it == id), "{id}");
        let is_coordinator = id.starts_with("zorgcoordinator") || id.starts_with("achtervang");
        assert_eq!(file.contains_key("coordinator"), is_coordinator, "{id}");
        assert_eq!(file.contains_key("administrator"), id.starts_with("beheer"), "{id}");
    }
    for agency in Kit::agencies() {
        assert!(kit.samples(agency).exists());
    }
}

#[test]
fn nobody_else_reads_a_kit() {
    fn visit(path: &Path, seen: &mut usize) {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        *seen += 1;
        if path.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            std::fs::read_dir(path).unwrap().for_each(|it| visit(&it.unwrap().path(), seen));
        } else {
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    let (_directory, kit) = kit();
    let mut seen = 0;
    visit(kit.directory(), &mut seen);
    assert!(seen > 100, "{seen}");
}

#[test]
fn all_agencies_hold_the_epoch_key_of_two_contributions() {
    let (_directory, kit) = kit();
    let contributions = ["beheer-a", "beheer-b"].map(|id| {
        let value = key(&kit, id, "contribution-1.key", Purpose::Contribution(Epoch::new(1)));
        Contribution::new(ConnectionId::parse(id).unwrap(), value)
    });
    let expected = epoch_key(Kit::exchange(), Epoch::new(1), 2, &contributions).unwrap();
    for agency in Kit::agencies() {
        let own = key(&kit, agency, "epochs/1.key", Purpose::Epoch(Epoch::new(1)));
        assert_eq!(own, *expected, "{agency}");
    }
    let manifest = manifest(&kit);
    let committed = &manifest.making_of(Epoch::new(1)).unwrap().commitments;
    assert_eq!(committed.len(), 2);
    for (entry, contribution) in committed.iter().zip(&contributions) {
        assert_eq!(entry.administrator, *contribution.administrator());
        assert_eq!(entry.commitment, contribution.commitment(Kit::exchange(), Epoch::new(1)));
    }
    // The hub gets none (P-14), nor do coordinators.
    for id in ["hub", "zorgcoordinator-west", "contactpunt", "fg"] {
        assert!(!kit.directory().join(id).join("epochs").exists(), "{id}");
    }
}

#[test]
fn details_keys_in_the_manifest_are_those_of_the_files() {
    let (_directory, kit) = kit();
    let mut keys = 0;
    for connection in manifest(&kit).connections() {
        let path = kit.directory().join(connection.id.as_str()).join("details.key");
        assert_eq!(path.exists(), connection.details_key.is_some(), "{}", connection.id);
        if let Some(public_key) = connection.details_key {
            let own = key(&kit, connection.id.as_str(), "details.key", Purpose::Details);
            let private = <X25519HkdfSha256 as hpke::Kem>::PrivateKey::from_bytes(&own).unwrap();
            let derived: [u8; 32] = X25519HkdfSha256::sk_to_pk(&private).to_bytes().into();
            assert_eq!(derived, public_key);
            keys += 1;
        }
    }
    assert_eq!(keys, 13);
}

fn is_signed_by(x509: &X509Certificate, ca: &X509Certificate) -> bool {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &ca.public_key().subject_public_key.data);
    x509.issuer() == ca.subject()
        && key.verify(x509.tbs_certificate.as_ref(), &x509.signature_value.data).is_ok()
}

fn certificate(path: &Path) -> Pem {
    Pem::iter_from_buffer(&std::fs::read(path).unwrap()).next().unwrap().unwrap()
}

#[test]
fn a_certificate_names_one_connection_and_its_organisation() {
    let (_directory, kit) = kit();
    let manifest = manifest(&kit);
    for connection in manifest.connections() {
        let id = connection.id.as_str();
        let pem = certificate(&kit.directory().join(id).join("cert.pem"));
        let x509 = pem.parse_x509().unwrap();
        let names = &x509.subject_alternative_name().unwrap().unwrap().value.general_names;
        let uri = format!("samenloop://{}/{id}", manifest.exchange());
        assert!(matches!(names.as_slice(), [GeneralName::URI(name)] if *name == uri), "{id}: {names:?}");
        let serial_number = x509_parser::oid_registry::OID_X509_SERIALNUMBER;
        let oins: Vec<_> =
            x509.subject().iter_by_oid(&serial_number).map(|it| it.as_str().unwrap().to_owned()).collect();
        assert_eq!(oins, std::slice::from_ref(&connection.oin), "{id}");
        assert_eq!(Kit::oin_of(id).as_deref(), Some(connection.oin.as_str()));
        assert_eq!(connection.certificate_keys, [sha256(x509.public_key().raw)], "{id}");
        let usage = x509.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth, "{id}");
    }
}

#[test]
fn the_hub_has_a_name_for_thirty_days() {
    let (_directory, kit) = kit();
    let pem = certificate(&kit.directory().join("hub/cert.pem"));
    let x509 = pem.parse_x509().unwrap();
    let names = &x509.subject_alternative_name().unwrap().unwrap().value.general_names;
    let name = manifest(&kit).hub().server_name.clone();
    assert!(matches!(names.as_slice(), [GeneralName::DNSName(it)] if *it == name), "{names:?}");
    let days = (x509.validity().not_after.timestamp() - x509.validity().not_before.timestamp()) / 86_400;
    assert_eq!(days, 31, "from yesterday, so that no clock that is a little slow refuses it");
    assert!(x509.validity().is_valid());
}

#[test]
fn the_ca_is_marked_and_signed_every_certificate() {
    let (_directory, kit) = kit();
    let ca_pem = certificate(&kit.directory().join("ca.pem"));
    let ca = ca_pem.parse_x509().unwrap();
    let organisation: Vec<_> = ca.subject().iter_organization().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(organisation, [EXAMPLE_CA_ORGANISATION]);
    assert!(ca.is_ca());
    for id in Kit::connections().chain(["hub"]) {
        let pem = certificate(&kit.directory().join(id).join("cert.pem"));
        let x509 = pem.parse_x509().unwrap();
        assert!(is_signed_by(&x509, &ca), "{id}");
        assert!(!x509.is_ca(), "{id}");
    }
}

#[test]
fn tests_can_mint_wrong_certificates_of_the_same_ca() {
    let (_directory, kit) = kit();
    let authority = Authority::of_kit(kit.directory()).unwrap();
    let right = Request::of_connection(Kit::exchange(), "school-west", &Kit::oin_of("school-west").unwrap());
    assert_eq!((right.end, right.uris.len()), (End::Client, 1));
    let two_named = Request { uris: vec![right.uris[0].clone(), uri_of("other", "fg")], ..right.clone() };
    let expired = Request { starts_in_days: -9, ends_in_days: -2, ..right.clone() };
    let nameless = Request { uris: Vec::new(), oin: None, ..right };
    let ca_pem = certificate(&kit.directory().join("ca.pem"));
    let ca = ca_pem.parse_x509().unwrap();
    for (request, names, valid) in [(two_named, 2, true), (expired, 1, false), (nameless, 0, true)] {
        let issued = authority.issue(&request).unwrap();
        let pem = Pem::iter_from_buffer(issued.certificate_pem.as_bytes()).next().unwrap().unwrap();
        let x509 = pem.parse_x509().unwrap();
        let found = x509.subject_alternative_name().unwrap().map_or(0, |it| it.value.general_names.len());
        assert_eq!((found, x509.validity().is_valid()), (names, valid));
        assert!(is_signed_by(&x509, &ca));
        assert_eq!(sha256(x509.public_key().raw), issued.certificate_key);
        assert!(issued.key_pem.contains("PRIVATE KEY"));
    }
}

#[test]
fn two_kits_share_no_key() {
    let ((_one, one), (_other, other)) = (kit(), kit());
    let epoch = Purpose::Epoch(Epoch::new(1));
    for (party, file, purpose) in [
        ("school-west", "tls.key", Purpose::Tls),
        ("school-west", "epochs/1.key", epoch),
        ("school-west", "reference.key", Purpose::Reference),
        ("beheer-a", "sign.key", Purpose::Sign),
    ] {
        let keys = [&one, &other].map(|kit| key_of(kit.directory(), party, file, purpose).unwrap());
        assert_ne!(keys[0], keys[1], "{file}");
    }
    let receipt_key = |kit: &Kit| std::fs::read(kit.directory().join("hub/receipt.key")).unwrap();
    assert_ne!(receipt_key(&one), receipt_key(&other));
    // Nor do two parties of one kit share a machine secret.
    let secret = |party: &str| std::fs::read(one.directory().join(party).join("machine.secret")).unwrap();
    let secrets: BTreeSet<_> = Kit::connections().map(secret).collect();
    assert_eq!(secrets.len(), Kit::connections().count());
}

#[test]
fn a_directory_with_anything_in_it_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    // Empty is fine.
    write_kit(directory.path(), 0).unwrap();
    let before = std::fs::read(directory.path().join("hub.toml")).unwrap();
    let fault = write_kit(directory.path(), 0).unwrap_err();
    assert!(matches!(fault, KitFault::NotEmpty(_)), "{fault}");
    assert_eq!(std::fs::read(directory.path().join("hub.toml")).unwrap(), before);
}

#[test]
fn a_free_port_is_picked_and_written_everywhere() {
    let directory = tempfile::tempdir().unwrap();
    let kit = write_kit(directory.path(), 0).unwrap();
    assert_ne!(kit.port(), 0);
    let address = format!("127.0.0.1:{}", kit.port());
    assert_eq!(table(&kit.config("hub"))["listen"].as_str(), Some(address.as_str()));
    assert!(Kit::connections().all(|id| table(&kit.config(id))["hub"].as_str() == Some(address.as_str())));
}

#[test]
fn the_command_tells_in_dutch_what_it_wrote_and_what_it_is_not_for() {
    let directory = tempfile::tempdir().unwrap();
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samenloop-keys-example"));
        command.arg(directory.path().join("kit")).args(["--port", "4712"]).output().unwrap()
    };
    let first = run();
    let told = String::from_utf8(first.stdout).unwrap();
    assert!(first.status.success());
    assert!(told.contains("4712") && told.contains("--danger-example-keys"), "{told}");
    assert!(told.contains("nooit voor echte kinderen"), "{told}");
    let readme = std::fs::read_to_string(directory.path().join("kit/README.txt")).unwrap();
    assert!(readme.contains("NIET VOOR ECHTE KINDEREN"));
    let again = run();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("not empty"));
}
