use std::collections::BTreeMap;

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use samenloop_manifest::note::VerifierKey;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;

use super::*;
use crate::hex::hex;
use crate::key::{ContributeFault, contribute, open_32};
use samenloop_pseudonym::contribution::Contribution;

const OIN: &str = "00000099000000000001";

/// A fresh directory with one configuration, and no root: a ceremony begins with neither.
struct Machine {
    directory: tempfile::TempDir,
    config: Config,
}

fn machine(id: &str, table: &str) -> Machine {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("own.toml");
    let text = format!(
        "connection = '{id}'\nhub = '127.0.0.1:7000'\nca = 'ca.pem'\ncertificate = 'own/cert.pem'\n\
         key = 'own/tls.key'\nsecret = 'apart/machine.secret'\nroot = 'root.toml'\nmanifests = 'manifests'\n\
         {table}\n"
    );
    std::fs::write(&path, text).unwrap();
    Machine { config: Config::read(&path).unwrap(), directory }
}

fn agency() -> Machine {
    machine(
        "school-west",
        "[agency]\nreference_key = 'own/reference.key'\ndetails_key = 'own/details.key'\nepoch_keys = 'own/epochs'",
    )
}

fn administrator() -> Machine {
    machine("beheer-a", "[administrator]\nsign_key = 'own/sign.key'\ncontributions = 'offline'")
}

fn wanted(epoch: Option<u32>, oin: Option<&str>) -> Wanted {
    Wanted {
        epoch: epoch.map(Epoch::new),
        oin: oin.map(str::to_owned),
        founding: Some(("zhz".to_owned(), "samenloop.example/zhz".to_owned())),
    }
}

impl Machine {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn make(&self, epoch: Option<u32>, oin: Option<&str>) -> Result<Made, NewFault> {
        make(&self.config, &wanted(epoch, oin))
    }

    fn enrolment(&self, made: &Made) -> toml::Table {
        std::fs::read_to_string(&made.enrolment).unwrap().parse().unwrap()
    }

    fn secret(&self) -> Secret {
        Secret::read(self.config.secret()).unwrap()
    }

    /// Every file with its content.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        crate::fixture::files(self.directory.path())
    }

    /// Puts the root of three administrators there, of whom this machine's is the first.
    fn pin_root(&self) {
        let vkeys = ["beheer-a", "beheer-b", "beheer-c"].map(|id| {
            let name = format!("samenloop.example/zhz/{id}");
            SigningKey::from_seed(&name, &[id.as_bytes()[7]; 32]).unwrap().verifier().to_string()
        });
        let entries: String = ["a", "b", "c"]
            .iter()
            .zip(&vkeys)
            .zip(1..)
            .map(|((id, vkey), at)| {
                format!(
                    "[[administrators]]\nid = 'beheer-{id}'\nvkey = '{vkey}'\norganisation = '{at:020}'\n"
                )
            })
            .collect();
        let root = format!(
            "origin = 'samenloop.example/zhz'\nexchange = 'zhz'\nsequence = 1\nk = 2\nn = 3\nm = 2\n\
             delay_of_additions_hours = 0\n{entries}"
        );
        std::fs::write(self.config.root(), root).unwrap();
    }
}

#[test]
fn a_fresh_agency_gets_every_key_sealed_and_an_enrolment_with_their_public_halves() {
    let machine = agency();
    let made = machine.make(Some(2), Some(OIN)).unwrap();
    let expected = [
        "apart/machine.secret",
        "own/tls.key",
        "own/reference.key",
        "own/details.key",
        "own/epochs/wrap-2.key",
    ];
    assert_eq!(made.made, expected.map(|it| machine.path(it)));
    assert_eq!((made.kept.len(), &made.enrolment), (0, &machine.path("own/enrolment-school-west-2.toml")));
    let secret = machine.secret();
    let wrap =
        open_32(&machine.path("own/epochs/wrap-2.key"), Purpose::Wrap(Epoch::new(2)), &secret).unwrap();
    let details = open_32(&machine.path("own/details.key"), Purpose::Details, &secret).unwrap();
    let reference = open_32(&machine.path("own/reference.key"), Purpose::Reference, &secret).unwrap();
    let tls = tls::read(machine.config.key(), machine.config.secret()).unwrap();
    let enrolment = machine.enrolment(&made);
    let connection = &enrolment["connections"][0];
    assert_eq!(
        (connection["id"].as_str(), connection["role"].as_str()),
        (Some("school-west"), Some("agency"))
    );
    assert_eq!(
        connection["details_key"].as_str(),
        public_key(&DetailsKey::new(*details)).map(|it| hex(&it)).as_deref()
    );
    let certificate_key = hex(&tls::public_key_hash(&tls).unwrap());
    assert_eq!(connection["certificate_keys"][0].as_str(), Some(certificate_key.as_str()));
    let wrapped = &enrolment["wrap_keys"][0];
    assert_eq!(wrapped["wrap_key"].as_str(), Some(hex(&WrapKey::new(&wrap).public()).as_str()));
    assert_eq!(
        (wrapped["connection"].as_str(), wrapped["epoch"].as_integer()),
        (Some("school-west"), Some(2))
    );
    // What administrators decide is left to them, and nothing secret is in it.
    let text = std::fs::read_to_string(&made.enrolment).unwrap();
    for left in ["organisation", "domain", "regions", "kinds", "quota_lines", "legal_basis", "valid_until"] {
        assert!(connection.get(left).is_none() && text.contains(&format!("# INVULLEN {left} = ")), "{left}");
    }
    for key in [&wrap, &details, &reference] {
        assert!(!text.contains(&hex(&key[..])));
    }
}

#[test]
fn a_certificate_is_requested_for_one_name_and_one_oin() {
    let machine = agency();
    let made = machine.make(None, Some(OIN)).unwrap();
    let enrolment = machine.enrolment(&made);
    let (_, pem) =
        x509_parser::pem::parse_x509_pem(enrolment["certificate_request"].as_str().unwrap().as_bytes())
            .unwrap();
    assert_eq!(pem.label, "CERTIFICATE REQUEST");
    let (_, request) = X509CertificationRequest::from_der(&pem.contents).unwrap();
    let info = &request.certification_request_info;
    let subject: Vec<_> = info.subject.iter_attributes().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(subject, [OIN]);
    let serial_number = x509_parser::oid_registry::OID_X509_SERIALNUMBER;
    assert_eq!(info.subject.iter_by_oid(&serial_number).count(), 1);
    let names: Vec<_> = request
        .requested_extensions()
        .unwrap()
        .filter_map(|it| {
            if let ParsedExtension::SubjectAlternativeName(names) = it {
                Some(&names.general_names)
            } else {
                None
            }
        })
        .collect();
    assert!(
        matches!(names[..], [names] if matches!(names[..], [GeneralName::URI("samenloop://zhz/school-west")])),
        "{names:?}"
    );
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &info.subject_pki.subject_public_key.data);
    key.verify(info.raw, &request.signature_value.data).unwrap();
    // The manifest enters the key that is asked a certificate for.
    let hash = hex(&samenloop_manifest::sha256(info.subject_pki.raw));
    assert_eq!(enrolment["connections"][0]["certificate_keys"][0].as_str(), Some(hash.as_str()));
}

#[test]
fn what_is_there_stays_and_what_is_missing_comes() {
    let machine = agency();
    let first = machine.make(None, Some(OIN)).unwrap();
    let before = machine.files();
    // A year later: a new epoch, for which nothing but a wrap key is made, and no certificate is asked.
    let second = machine.make(Some(3), None).unwrap();
    assert_eq!(second.made, [machine.path("own/epochs/wrap-3.key")]);
    assert_eq!(second.kept.len(), 3);
    let after = machine.files();
    assert!(before.iter().all(|(path, content)| after.get(path) == Some(content)));
    let (one, other) = (machine.enrolment(&first), machine.enrolment(&second));
    assert_eq!(one["connections"], other["connections"]);
    assert!(one.contains_key("certificate_request") && !other.contains_key("certificate_request"));
    // The same again changes no key.
    let third = machine.make(Some(3), Some(OIN)).unwrap();
    assert_eq!((third.made.len(), third.kept.len()), (0, 4));
    assert!(machine.enrolment(&third).contains_key("certificate_request"));
    assert_eq!(machine.enrolment(&third)["wrap_keys"], other["wrap_keys"]);
}

#[test]
fn a_refusal_changes_nothing() {
    let machine = agency();
    let before = machine.files();
    for oin in [None, Some("1"), Some("0000009900000000000x"), Some("000000990000000000011")] {
        assert!(matches!(machine.make(Some(2), oin), Err(NewFault::Oin)), "{oin:?}");
    }
    let unpinned = Wanted { founding: None, ..wanted(None, Some(OIN)) };
    assert!(matches!(make(&machine.config, &unpinned), Err(NewFault::Root { .. })));
    let coordinator = self::machine("zc-west", "[coordinator]\ndetails_key = 'own/details.key'");
    assert!(matches!(coordinator.make(Some(2), Some(OIN)), Err(NewFault::NoAgency(_))));
    assert_eq!(machine.files(), before);

    machine.make(None, Some(OIN)).unwrap();
    std::fs::create_dir(machine.path("own/epochs")).unwrap();
    let installed = machine.path("own/epochs/2.key");
    seal(&installed, Purpose::Epoch(Epoch::new(2)), &[1; 32], &machine.secret()).unwrap();
    let before = machine.files();
    assert!(matches!(machine.make(Some(2), None), Err(NewFault::Installed(_))));
    // A key that does not open: nothing is made beside it, not even what is missing.
    std::fs::remove_file(machine.path("own/reference.key")).unwrap();
    std::fs::rename(machine.path("own/details.key"), machine.path("own/kept")).unwrap();
    seal(&machine.path("own/details.key"), Purpose::Sign, &[1; 32], &machine.secret()).unwrap();
    assert!(matches!(machine.make(Some(3), None), Err(NewFault::Key(KeyFault::Other { .. }))));
    assert!(!machine.path("own/reference.key").exists() && !machine.path("own/epochs/wrap-3.key").exists());
    // Nor is a lost secret replaced while keys wait for it.
    std::fs::remove_file(machine.config.secret()).unwrap();
    let lost = machine.make(None, None).unwrap_err();
    assert!(matches!(lost, NewFault::Key(KeyFault::Unreadable { .. })), "{lost}");
    assert!(!machine.config.secret().exists() && before.contains_key(machine.config.secret()));
    assert!(lost.say(Language::Nl).contains("machine.secret"));
}

#[test]
fn the_exchange_comes_from_the_root_as_soon_as_there_is_one() {
    let machine = agency();
    machine.pin_root();
    assert!(matches!(machine.make(None, Some(OIN)), Err(NewFault::Founded(_))));
    let pinned = Wanted { founding: None, ..wanted(None, Some(OIN)) };
    make(&machine.config, &pinned).unwrap();
    std::fs::write(machine.config.root(), "k = 1").unwrap();
    assert!(matches!(make(&machine.config, &pinned), Err(NewFault::Root { .. })));
}

#[test]
fn a_key_that_something_else_keeps_as_a_pem_is_left_and_entered() {
    let machine = agency();
    let pair = rcgen::KeyPair::generate().unwrap();
    std::fs::create_dir(machine.path("own")).unwrap();
    std::fs::write(machine.config.key(), pair.serialize_pem()).unwrap();
    let made = machine.make(None, None).unwrap();
    assert_eq!(made.kept, [machine.path("own/tls.key")]);
    assert_eq!(std::fs::read_to_string(machine.config.key()).unwrap(), pair.serialize_pem());
    let hash = hex(&samenloop_manifest::sha256(&rcgen::PublicKeyData::subject_public_key_info(&pair)));
    let enrolment = machine.enrolment(&made);
    assert_eq!(enrolment["connections"][0]["certificate_keys"][0].as_str(), Some(hash.as_str()));
}

#[test]
fn an_administrator_gets_a_signing_key_named_after_origin_and_id() {
    let machine = administrator();
    let made = machine.make(None, Some(OIN)).unwrap();
    let enrolment = machine.enrolment(&made);
    let entry = &enrolment["administrators"][0];
    let vkey = VerifierKey::parse(entry["vkey"].as_str().unwrap()).unwrap();
    assert_eq!(vkey.name(), "samenloop.example/zhz/beheer-a");
    let seed = open_32(&machine.path("own/sign.key"), Purpose::Sign, &machine.secret()).unwrap();
    assert_eq!(SigningKey::from_seed(vkey.name(), &seed).unwrap().verifier(), &vkey);
    assert_eq!((entry["id"].as_str(), entry["organisation"].as_str()), (Some("beheer-a"), Some(OIN)));
    assert_eq!(enrolment["connections"][0]["role"].as_str(), Some("administrator"));
}

#[test]
fn a_contribution_is_drawn_once_and_its_commitment_is_that_of_what_is_kept() {
    let machine = administrator();
    machine.make(None, Some(OIN)).unwrap();
    machine.pin_root();
    let epoch = Epoch::new(2);
    let contributed = contribute(&machine.config, epoch).unwrap();
    assert_eq!(contributed.contribution, machine.path("offline/contribution-2.key"));
    assert_eq!(contributed.commitment, machine.path("offline/contribution-2-beheer-a.toml"));
    let kept = open_32(&contributed.contribution, Purpose::Contribution(epoch), &machine.secret()).unwrap();
    let expected = Contribution::new(machine.config.connection().clone(), *kept).commitment("zhz", epoch);
    let text = std::fs::read_to_string(&contributed.commitment).unwrap();
    let told: toml::Table = text.parse().unwrap();
    assert_eq!(told["commitment"].as_str(), Some(hex(&expected).as_str()));
    assert_eq!((told["administrator"].as_str(), told["epoch"].as_integer()), (Some("beheer-a"), Some(2)));
    assert!(!text.contains(&hex(&kept[..])));

    let before = machine.files();
    let again = contribute(&machine.config, epoch).unwrap_err();
    assert!(matches!(again, ContributeFault::Key(KeyFault::Present(_))), "{again}");
    assert_eq!(machine.files(), before);
    // Only what a crash left out is written again, and it is the same.
    std::fs::remove_file(&contributed.commitment).unwrap();
    contribute(&machine.config, epoch).unwrap();
    assert_eq!(machine.files(), before);
    // Another epoch is another contribution.
    let other = contribute(&machine.config, Epoch::new(3)).unwrap();
    assert_ne!(std::fs::read_to_string(other.commitment).unwrap(), text);
    let agency = agency();
    assert!(matches!(contribute(&agency.config, epoch), Err(ContributeFault::NoAdministrator(_))));
    let unpinned = administrator();
    assert!(matches!(contribute(&unpinned.config, epoch), Err(ContributeFault::Root { .. })));
}
