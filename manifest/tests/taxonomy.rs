//! The shipped codes and domains: whole, in agreement with the rooms, and about behaviour only (V-04).
#![allow(clippy::unwrap_used, reason = "tests only")]

use std::collections::BTreeSet;

use samenloop_core::value::{Code, Domain, Severity};
use samenloop_manifest::{
    TAXONOMY_VERSION, Term, Words, catalogue, code_text, domain_words, life_areas, phases, sha256, taxonomy,
    taxonomy_hash,
};

const TAXONOMY: &str = include_str!("../data/taxonomy.csv");
const DOMAINS: &str = include_str!("../data/domains.csv");
const TERMS: &str = include_str!("../data/terms.csv");
const GUIDANCE: &str = include_str!("../data/guidance.csv");

/// Every version of the list, by its hash. A change of the list is a new line.
const VERSIONS: [(u32, &str); 1] = [(1, "e97c01d3843c1016e56b88677389eb36c0ed9440c1b3e5f46988195f0a9f7a25")];

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
fn the_version_names_the_list_as_it_is() {
    let hash: String = taxonomy_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(VERSIONS.last(), Some(&(TAXONOMY_VERSION, hash.as_str())));
}

/// Every text that a program shows of codes and domains, with what it belongs to.
fn shown() -> Vec<(String, &'static str, String)> {
    let mut shown = Vec::new();
    let mut add = |of: &str, column: &'static str, words: &Words| {
        shown.push((of.to_owned(), column, words.dutch().to_owned()));
        shown.push((of.to_owned(), column, words.english().to_owned()));
    };
    for text in catalogue() {
        let code = text.code().to_string();
        add(&code, "label", text.label());
        add(&code, "not when", text.not_when());
        let lists = [("form", text.forms()), ("special", text.special())];
        let one = |column, term| (column, std::slice::from_ref(term));
        let lists = lists.into_iter().chain([
            one("phase", text.phase()),
            one("life area", text.life_area()),
            one("indicator", text.indicator()),
        ]);
        for (column, terms) in lists {
            terms.iter().map(Term::words).for_each(|words| add(&code, column, words));
        }
    }
    for domain in Domain::ALL {
        add(domain.code(), "domain", domain_words(domain).unwrap());
    }
    shown
}

#[test]
fn every_code_and_domain_says_everything_in_both_languages() {
    let written = column(TAXONOMY, "code");
    assert_eq!(catalogue().iter().map(|it| it.code().to_string()).collect::<Vec<_>>(), written);
    assert_eq!(column(GUIDANCE, "code"), written);
    for text in catalogue() {
        assert_eq!(Some(text.entry()), taxonomy().entry(text.code()));
        assert_eq!(code_text(text.code()), Some(text));
        assert_eq!(text.entry().is_marked(), !text.special().is_empty(), "{}", text.code());
        assert!(!text.domains().is_empty() && !text.forms().is_empty(), "{}", text.code());
    }
    for (of, column, text) in shown() {
        assert!(text.len() >= 4 && text.trim() == text, "{of} {column}: {text:?}");
    }
    let used: BTreeSet<_> = catalogue()
        .iter()
        .flat_map(|it| {
            it.forms().iter().chain(it.special()).chain([it.phase(), it.life_area(), it.indicator()])
        })
        .map(|term| term.name().to_owned())
        .collect();
    assert_eq!(used, column(TERMS, "term").into_iter().collect(), "a term without a code, or the reverse");
    assert_eq!(code_text(Code::parse("Z99").unwrap()), None);
}

#[test]
fn every_code_stands_in_one_of_five_phases_or_the_general_one_and_in_one_of_four_life_areas() {
    let names = |terms: &'static [Term]| terms.iter().map(Term::name).collect::<Vec<_>>();
    let order = ["entree", "verblijf", "identiteit", "delictpleging", "financien", "algemeen"];
    assert_eq!(names(phases()), order);
    assert_eq!(life_areas().len(), 4);
    for text in catalogue() {
        assert!(
            phases().contains(text.phase()) && life_areas().contains(text.life_area()),
            "{}",
            text.code()
        );
    }
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

/// V-04, over everything that programs show of codes and domains, in both languages, and the names of terms.
#[test]
fn no_text_names_origin_nationality_faith_language_or_status() {
    let names = ["indicator", "leefgebied", "uitbuitingsvorm", "barrierefase"].into_iter().flat_map(|name| {
        column(TAXONOMY, "code")
            .into_iter()
            .zip(column(TAXONOMY, name))
            .map(move |(of, text)| (of, name, text))
    });
    for (of, column, text) in shown().into_iter().chain(names) {
        let elsewhere = |word: &&str| column == "label" && ELSEWHERE.contains(&(of.as_str(), *word));
        let found: Vec<_> = forbidden(&text).into_iter().filter(|word| !elsewhere(word)).collect();
        assert!(found.is_empty(), "{of} {column}: {text}: {found:?}");
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
