//! The shipped codes and domains: whole, in agreement with the rooms, and about behaviour only (V-04).
#![allow(clippy::unwrap_used, reason = "tests only")]

use std::collections::BTreeSet;

use samenloop_core::value::{Code, Domain, Severity};
use samenloop_manifest::{sha256, taxonomy, taxonomy_hash};

const TAXONOMY: &str = include_str!("../data/taxonomy.csv");
const DOMAINS: &str = include_str!("../data/domains.csv");

fn column(csv: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let at = reader.headers().unwrap().iter().position(|it| it == name).unwrap();
    reader.records().map(|row| row.unwrap().get(at).unwrap().to_owned()).collect()
}

#[test]
fn every_row_of_the_file_is_a_code() {
    let codes: Vec<_> = taxonomy().entries().map(|(code, _)| code.to_string()).collect();
    let written: BTreeSet<_> = column(TAXONOMY, "code").into_iter().collect();
    assert_eq!(codes.len(), 84);
    assert_eq!(codes.into_iter().collect::<BTreeSet<_>>(), written);
    assert_eq!(taxonomy_hash(), sha256(TAXONOMY.as_bytes()));
}

#[test]
fn terms_and_marks_are_those_of_the_file() {
    let entry = |code| taxonomy().entry(Code::parse(code).unwrap()).unwrap();
    assert!(taxonomy().entries().all(|(_, entry)| [6, 9, 12, 18].contains(&entry.term_months())));
    assert_eq!((entry("E01").severity(), entry("E01").term_months()), (Severity::Soft, 6));
    assert_eq!((entry("V11").severity(), entry("V11").term_months()), (Severity::Hard, 18));
    let marked: BTreeSet<_> =
        taxonomy().entries().filter(|(_, it)| it.is_marked()).map(|(code, _)| code.to_string()).collect();
    let written: BTreeSet<_> = column(TAXONOMY, "code")
        .into_iter()
        .zip(column(TAXONOMY, "bijzondere_gegevens"))
        .filter(|(_, mark)| mark.ends_with("-art9") || mark.ends_with("-art10"))
        .map(|(code, _)| code)
        .collect();
    assert_eq!(marked, written);
    assert_eq!(marked.len(), 24);
}

#[test]
fn severities_terms_and_marks_hold_no_other_words() {
    let words = |name| column(TAXONOMY, name).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(words("zacht_hard"), BTreeSet::from(["hard".to_owned(), "zacht".to_owned()]));
    let lawful = |mark: &str| mark == "geen" || mark.ends_with("-art9") || mark.ends_with("-art10");
    assert!(words("bijzondere_gegevens").iter().all(|mark| lawful(mark)));
    let codes: BTreeSet<_> = Domain::ALL.into_iter().map(|it| it.code().to_owned()).collect();
    assert!(words("domein_primair").is_subset(&codes));
}

#[test]
fn the_domains_of_the_file_are_those_of_the_rooms_in_order() {
    let codes: Vec<_> = Domain::ALL.into_iter().map(Domain::code).collect();
    assert_eq!(column(DOMAINS, "domein_code"), codes);
    for (domain, counts) in Domain::ALL.into_iter().zip(column(DOMAINS, "telt_als_onafhankelijk_domein")) {
        let (yes, no) = (counts.starts_with("ja"), counts.starts_with("nee"));
        assert!(yes != no, "{domain}: {counts}");
        assert_eq!(domain.is_independent(), yes, "{domain}");
    }
}

/// Beginnings of words that say where a person comes from, what they believe or speak, or how they may stay.
const NEVER: [&str; 46] = [
    "nationa",
    "herkomst",
    "origin",
    "afkomst",
    "etni",
    "ethni",
    "ras",
    "race",
    "racial",
    "huidskleur",
    "skin",
    "taal",
    "language",
    "accent",
    "tolk",
    "interpreter",
    "geloof",
    "religi",
    "faith",
    "moslim",
    "muslim",
    "islam",
    "christ",
    "joods",
    "jewish",
    "kerk",
    "church",
    "moskee",
    "mosque",
    "cultu",
    "migrant",
    "migrat",
    "allochto",
    "vreemdeling",
    "foreign",
    "buitenland",
    "abroad",
    "illega",
    "verblijfsstatus",
    "residence",
    "statushouder",
    "asielzoeker",
    "roma",
    "sinti",
    "eu",
    "land",
];

/// Words of the list that mean something else in these labels: the origin of a paper, not of a person.
const ELSEWHERE: [(&str, &str); 2] = [("I03", "herkomst"), ("I03", "origin")];

fn forbidden(label: &str) -> Vec<&'static str> {
    let words: Vec<_> = label
        .to_lowercase()
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    // Short ones stand for whole words: "ras" begins "rasp", "land" begins "landelijk".
    let names = |word: &str, never: &str| {
        if never.len() <= 4 { word == never } else { word.starts_with(never) }
    };
    NEVER.into_iter().filter(|never| words.iter().any(|word| names(word, never))).collect()
}

#[test]
fn no_label_names_origin_nationality_faith_language_or_status() {
    for name in ["label_nl", "label_en", "indicator", "leefgebied", "uitbuitingsvorm", "barrierefase"] {
        for (code, label) in column(TAXONOMY, "code").into_iter().zip(column(TAXONOMY, name)) {
            let found: Vec<_> = forbidden(&label)
                .into_iter()
                .filter(|word| !ELSEWHERE.contains(&(code.as_str(), word)))
                .collect();
            assert!(found.is_empty(), "{code} {name}: {label}: {found:?}");
        }
    }
}

#[test]
fn the_deny_list_finds_what_it_is_for() {
    for label in
        ["Spreekt een andere taal", "Country of origin unknown", "Gaat naar de moskee", "Uit een ander land"]
    {
        assert!(!forbidden(label).is_empty(), "{label}");
    }
}
