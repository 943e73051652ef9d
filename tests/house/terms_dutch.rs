//! The documents tell the terms in Dutch (`client/src/document/term.rs`, AVG art. 30(1)(f)): every row of docs/terms.md is
//! there, with the constants of its term, or it is said here why no register needs it.

use crate::none;
use crate::sources::root;
use crate::terms::{page, quoted, rows};

/// How a row of docs/terms.md begins, and which rows of the documents tell it.
const TOLD: &[(&str, &[&str])] = &[
    ("arrivals", &["Zending die nog niet is verwerkt"]),
    (
        "signal rows",
        &["Signaal met een code", "Signaal zonder code", "Verlengen, na", "Ingetrokken of gewist signaal"],
    ),
    ("references", &["Ingetrokken of gewist signaal"]),
    ("how many signals", &["Tellers per aansluiting"]),
    ("counts of a quarter", &["Tellingen per kwartaal"]),
    ("alerts that nobody", &["Samenloop die niemand oppakt"]),
    ("alerts that ended", &["Vervallen of niet gegronde samenloop", "Samenloop met een andere uitkomst"]),
    ("the signals and contact requests", &["Samenloop met een andere uitkomst"]),
    ("letters", &["Bericht dat er iets wacht"]),
    ("rights requests", &["Verzoek van kind of ouder"]),
    ("restrictions", &["Beperking"]),
    ("which signals of a sender", &["Welke signalen van een organisatie op verzoek zijn gewist"]),
    ("quotas", &["Tellers per aansluiting"]),
    ("records of entries", &["Waarmee na te rekenen is"]),
    ("case keys", &["Sleutels van de hub"]),
    ("entries and trees", &["Auditlogboeken"]),
    ("signed heads", &["Auditlogboeken"]),
    ("keys of an epoch", &["Sleutelperiode"]),
    ("that an epoch was destroyed", &["Dat een sleutelperiode is vernietigd"]),
    ("the key of the database", &["Sleutels van de hub"]),
    ("bytes that sled keeps", &["Wat gewist is, op de schijf"]),
    ("backups", &["Reservekopie"]),
    ("lines of the processing log", &["Logboek dataverwerkingen"]),
    ("what has to outlast", &["Lijst van wat gewist is of rust"]),
    ("the journal", &["Bij een organisatie: het journaal"]),
    ("an agency's receipts", &["Bij een organisatie: ontvangstbewijzen"]),
    ("the report of a push", &["Bij een organisatie: het verslag"]),
];

/// How a row begins that no register needs, and why.
const NOT_TOLD: &[(&str, &str)] = &[
    ("the last head", "a hash of the whole log, of nobody"),
    ("signatures under a draft", "of administrators, under a text that is published"),
];

fn complaints(page: &str, documents: &[&str], code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let beginnings: Vec<_> = TOLD.iter().map(|it| it.0).chain(NOT_TOLD.iter().map(|it| it.0)).collect();
    for row in rows(page) {
        let named: Vec<_> = beginnings.iter().filter(|it| row[0].starts_with(**it)).collect();
        if named.len() != 1 {
            found.push(format!("{}: {} rows of the documents tell it", row[0], named.len()));
        }
        if TOLD.iter().any(|(it, _)| row[0].starts_with(it)) {
            let constants = quoted(row[2]).into_iter().filter(|it| it.starts_with(char::is_uppercase));
            let missing = constants.filter(|it| !code.contains(it));
            found.extend(missing.map(|it| format!("{}: term.rs does not tell {it}", row[0])));
        }
    }
    let gone = beginnings.iter().filter(|it| !rows(page).iter().any(|row| row[0].starts_with(**it)));
    found.extend(gone.map(|it| format!("{it}: is no row of docs/terms.md")));
    for head in TOLD.iter().flat_map(|(_, heads)| *heads) {
        let is_there = |it: &&str| it.contains(&format!("\n| {head}"));
        if !documents.iter().all(is_there) {
            found.push(format!("{head}: is not in every document"));
        }
    }
    found
}

/// What is judged: docs/terms.md, the documents as they were last read, and the code that writes their terms.
fn judged(bend: impl Fn(String) -> String) -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let documents =
        ["register", "dpia", "arrangement"].map(|it| read(&format!("client/src/document/read/{it}.md")));
    complaints(&bend(page()), &documents.each_ref().map(String::as_str), &read("client/src/document/term.rs"))
}

/// V-43: what is kept, a document says how long.
#[test]
fn every_term_is_told_in_every_document() {
    none(&judged(|page| page));
}

#[test]
fn a_term_that_no_document_tells_is_found() {
    for (told, from, to) in [
        ("0 rows of the documents", "| backups |", "| copies |"),
        ("backups: is no row", "| backups |", "| copies |"),
        ("does not tell KEPT_YEARS", "`KEPT_QUARTERS`", "`KEPT_YEARS`"),
    ] {
        let complaints = judged(|page| page.replace(from, to));
        assert!(complaints.iter().any(|it| it.contains(told)), "{told}: {complaints:?}");
    }
    let page = page();
    assert!(
        complaints(&page, &["\n| Reservekopie | 1 |"], "")
            .iter()
            .any(|it| it.starts_with("Beperking: is not"))
    );
}
