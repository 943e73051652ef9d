//! What the sample files claim, judged again by intake and by the rule itself.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests only")]

use std::collections::{BTreeMap, BTreeSet};

use samenloop_client::key::Purpose;
use samenloop_core::batch::{Line, SubmittedLine, SubmittedPut};
use samenloop_core::manifest::Manifest;
use samenloop_core::permit::{Identity, Permit, Submit};
use samenloop_core::room::admission::{Allowance, admit};
use samenloop_core::room::convergence::{Judgement, judge};
use samenloop_core::value::{
    Code, ConnectionId, Day, Domain, Epoch, Month, Observation, Place, RegionId, SealedDetails, Severity,
    Signal, SubjectId,
};
use samenloop_keys_example::{Kit, key_of, write_kit};
use samenloop_manifest::{Book, taxonomy};
use samenloop_pseudonym::{EpochKey, Identifier, ReferenceKey};

type Row = BTreeMap<String, String>;

/// A kit, and all that its sample files amount to.
struct Told {
    _directory: tempfile::TempDir,
    kit: Kit,
    manifest: Manifest,
    today: Day,
}

fn told() -> Told {
    let directory = tempfile::tempdir().unwrap();
    let kit = write_kit(&directory.path().join("kit"), 0).unwrap();
    let book = kit.directory().join("school-west/manifests");
    let book = Book::open(&kit.directory().join("root.toml"), &book).unwrap();
    let manifest = Manifest::clone(book.newest().unwrap());
    let publication = book.publication(1).unwrap().unwrap();
    let body: toml::Table = publication.manifest().body().parse().unwrap();
    let today = Day::parse(body["issued"].as_str().unwrap()).unwrap();
    Told { _directory: directory, kit, manifest, today }
}

impl Told {
    fn rows(&self, agency: &str) -> Vec<Row> {
        let text = std::fs::read_to_string(self.kit.samples(agency)).unwrap();
        let separator = if text.lines().next().unwrap().contains(';') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(text.as_bytes());
        reader.deserialize().map(Result::unwrap).collect()
    }

    fn key(&self, agency: &str, file: &str, purpose: Purpose) -> [u8; 32] {
        key_of(self.kit.directory(), agency, file, purpose).unwrap()[..].try_into().unwrap()
    }

    fn reference_key(&self, agency: &str) -> ReferenceKey {
        ReferenceKey::new(self.key(agency, "reference.key", Purpose::Reference))
    }

    /// What the agency would send of a row.
    fn put(&self, agency: &str, row: &Row) -> SubmittedPut {
        let one = Epoch::new(1);
        let key = self.key(agency, "epochs/1.key", Purpose::Epoch(one));
        let epoch = EpochKey::new(self.manifest.exchange(), one, key);
        let reference = self.reference_key(agency).reference(&row["referentie"]);
        let cell = |name: &str| row.get(name).map(String::as_str).filter(|it| !it.is_empty());
        let bsn = cell("bsn").map(|it| Identifier::parse_bsn(it).unwrap());
        let v_number = cell("v_nummer").map(|it| Identifier::parse_v_number(it).unwrap());
        let code = cell("code").map(|it| Code::parse(it).unwrap());
        let severity = match cell("soort") {
            Some("zacht") => Severity::Soft,
            Some("hard") => Severity::Hard,
            Some(other) => panic!("{other}"),
            None => taxonomy().entry(code.unwrap()).unwrap().severity(),
        };
        let observation = match cell("waarneming").unwrap_or("eigen") {
            "eigen" => Observation::Own,
            heard => {
                Observation::Hearsay(Domain::parse(heard.strip_prefix("van-horen-zeggen:").unwrap()).unwrap())
            }
        };
        let region = RegionId::parse(cell("regio").unwrap()).unwrap();
        let sealed = |key_id| SealedDetails::new(key_id, [0; 32], [0; 12], Box::new([0; 272]));
        SubmittedPut {
            subject: SubjectId::new([0; 16]),
            reference,
            revision: 1,
            places: bsn.iter().chain(&v_number).map(|it| epoch.place(it)).collect(),
            severity,
            code,
            month: Month::parse(cell("maand").unwrap()).unwrap(),
            observation,
            acute: false,
            acute_route_followed: false,
            shorter_term: None,
            details: self
                .manifest
                .coordinators_of(&region)
                .map(|it| sealed(it.details_key_id.unwrap()))
                .collect(),
            region,
        }
    }

    /// What intake admits of all of an agency's rows, which is everything.
    fn admitted(&self, agency: &str) -> Vec<(Signal, Vec<Place>)> {
        let connection = self.manifest.connection(&ConnectionId::parse(agency).unwrap()).unwrap();
        let identity = Identity {
            connection: connection.id.clone(),
            oin: connection.oin.clone(),
            certificate_key: connection.certificate_keys[0],
        };
        let permit = Permit::<Submit>::of(&self.manifest, &identity, self.today).unwrap();
        let lines =
            self.rows(agency).iter().map(|row| SubmittedLine::Put(Box::new(self.put(agency, row)))).collect();
        let allowance = Allowance { lines: connection.quota_lines, retry_after_seconds: 0 };
        let admission = admit(&permit, taxonomy(), lines, self.today, allowance).unwrap();
        assert_eq!(admission.refused, [], "{agency}");
        let put = |line: &Line| match line {
            Line::Put(put) => (put.signal().clone(), put.places().to_vec()),
            Line::Withdraw(_) => panic!("a sample withdraws"),
        };
        admission.arrival.lines().iter().map(put).collect()
    }

    fn expected(&self) -> serde_json::Value {
        let path = self.kit.directory().join("samples/expected.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// Every pseudonym with what the rule makes of it.
    fn judgements(&self) -> Vec<Judgement> {
        let mut by_place: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for agency in Kit::agencies() {
            for (signal, places) in self.admitted(agency) {
                for place in places {
                    let at = (place.kind().number(), *place.pseudonym().bytes());
                    let filed = by_place.entry(at).or_default();
                    filed.push((ConnectionId::parse(agency).unwrap(), signal.clone()));
                }
            }
        }
        by_place.into_values().map(|filed| judge(&self.manifest, filed, self.today)).collect()
    }

    /// The child of each (agency, reference in hex), by `expected.json`.
    fn children(&self) -> BTreeMap<(String, String), u64> {
        let mut children = BTreeMap::new();
        for child in self.expected().as_array().unwrap() {
            for signal in child["signals"].as_array().unwrap() {
                let agency = signal["agency"].as_str().unwrap();
                let reference = self.reference_key(agency).reference(signal["reference"].as_str().unwrap());
                let twice =
                    children.insert((agency.to_owned(), reference.hex()), child["child"].as_u64().unwrap());
                assert_eq!(twice, None);
            }
        }
        children
    }
}

fn child_of(judgement: &Judgement, children: &BTreeMap<(String, String), u64>) -> u64 {
    let of: BTreeSet<_> = judgement
        .listed
        .iter()
        .map(|it| children[&(it.connection().to_string(), it.signal().reference().hex())])
        .collect();
    assert_eq!(of.len(), 1, "one number is of one child");
    of.into_iter().next().unwrap()
}

#[test]
fn the_rule_agrees_with_what_is_expected_of_every_child() {
    let told = told();
    let children = told.children();
    let mut alerts: BTreeMap<u64, Vec<Judgement>> = BTreeMap::new();
    for judgement in told.judgements() {
        let child = child_of(&judgement, &children);
        let of_child = alerts.entry(child).or_default();
        if judgement.converges {
            of_child.push(judgement);
        }
    }
    let expected = told.expected();
    let expected = expected.as_array().unwrap();
    assert_eq!(alerts.len(), expected.len());
    for child in expected {
        let opened = &alerts[&child["child"].as_u64().unwrap()];
        let why = child["why"].as_str().unwrap();
        assert_eq!(opened.len(), usize::from(child["converges"].as_bool().unwrap()), "{why}");
        for judgement in opened {
            let regions: BTreeSet<_> =
                judgement.listed.iter().map(|it| it.signal().content().region().as_str()).collect();
            let claimed: BTreeSet<_> =
                child["regions"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
            assert_eq!(regions, claimed, "{why}");
        }
    }
}

#[test]
fn some_children_converge_and_more_do_not() {
    let told = told();
    let expected = told.expected();
    let converge =
        |yes: bool| expected.as_array().unwrap().iter().filter(|it| it["converges"] == yes).count();
    assert!(converge(true) >= 5, "{}", converge(true));
    assert!(converge(false) > converge(true) * 3, "{}", converge(false));
    let in_two_regions =
        |it: &&serde_json::Value| it["converges"] == true && it["regions"].as_array().unwrap().len() == 2;
    assert!(expected.as_array().unwrap().iter().any(|it| in_two_regions(&it)));
}

#[test]
fn every_agency_has_twelve_to_thirty_lines() {
    let told = told();
    for agency in Kit::agencies() {
        let rows = told.rows(agency).len();
        assert!((12..=30).contains(&rows), "{agency}: {rows}");
    }
}

#[test]
fn who_sends_no_codes_has_none_in_the_file() {
    let told = told();
    for agency in ["zorg-noord", "school-noord"] {
        assert!(told.rows(agency).iter().all(|row| !row.contains_key("code")), "{agency}");
        let connection = told.manifest.connection(&ConnectionId::parse(agency).unwrap()).unwrap();
        assert!(!connection.codes.unmarked && connection.codes.marked.is_empty());
    }
    for agency in Kit::agencies().filter(|it| !it.ends_with("zorg-noord") && !it.ends_with("school-noord")) {
        assert!(
            told.rows(agency).iter().any(|row| row.get("code").is_some_and(|it| !it.is_empty())),
            "{agency}"
        );
    }
}

#[test]
fn all_children_are_synthetic() {
    let told = told();
    for agency in Kit::agencies() {
        for row in told.rows(agency) {
            let bsn = row.get("bsn").filter(|it| !it.is_empty());
            assert!(bsn.is_none_or(|it| it.starts_with('9')), "{agency}");
            let v_number = row.get("v_nummer").filter(|it| !it.is_empty());
            assert!(bsn.is_some() || v_number.is_some(), "{agency}");
        }
    }
}

#[test]
fn what_is_expected_holds_no_number_of_a_child() {
    let told = told();
    let text = told.expected().to_string();
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap();
    assert!(longest < 8, "{longest} digits in a row");
}
