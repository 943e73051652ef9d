//! Words that make a child a suspect or a number, in what people read and in what programs say of it.

use crate::none;
use crate::sources::{SourceFile, below, line_of, root, running};

/// Never, as whole words, alone or in a compound or plural that begins with them.
const NEVER: [&str; 5] = ["risico", "dader", "verdachte", "dossier", "loverboy"];

/// Never, as these words only: longer words begin with them and mean something else.
const NEVER_ALONE: [&str; 5] = ["hit", "hits", "score", "scores", "scored"];

/// Where people's words come from.
const SPEAKING: [&str; 3] = ["client", "keys-example", "proto"];

/// The words of a text with their offsets: split at all that is no letter, and where a capital follows a small
/// letter, so that `ProfileHit` and `profile_hit` hold the same two words and `white` holds one.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        if letter.is_alphabetic() {
            let begins = !before.is_alphabetic() || (before.is_lowercase() && letter.is_uppercase());
            match words.last_mut() {
                Some((_, word)) if !begins => word.extend(letter.to_lowercase()),
                _ => words.push((at, letter.to_lowercase().collect())),
            }
        }
        before = letter;
    }
    words
}

fn is_never(word: &str) -> bool {
    NEVER_ALONE.contains(&word) || NEVER.iter().any(|never| word.starts_with(never))
}

fn banned(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let found = words(&file.text).into_iter().filter(|(_, word)| is_never(word));
        complaints
            .extend(found.map(|(at, word)| format!("{}:{}: {word}", file.path, line_of(&file.text, at))));
    }
    complaints
}

/// Tests of the programs are left out: some look for these very words in what was printed.
#[test]
fn no_word_makes_a_child_a_suspect_or_a_number() {
    let files = running(SPEAKING.into_iter().flat_map(below).collect());
    none(&banned(&files));
}

/// The labels of codes and domains, which people read. Left out are the remarks to whoever keeps the lists:
/// `toelichting` speaks of an agency's "eigen dossier", and `domains.csv` has a column `echo_risico`, which is
/// about counting one source twice; no program shows either.
#[test]
fn no_label_of_a_code_makes_a_child_a_suspect_or_a_number() {
    let labels = |file: &str, without: &[&str]| {
        let path = format!("manifest/data/{file}");
        let mut reader = csv::Reader::from_path(root().join(&path)).unwrap();
        let headers = reader.headers().unwrap().clone();
        assert!(without.iter().all(|it| headers.iter().any(|header| header == *it)), "{path}: {headers:?}");
        let row = |record: csv::StringRecord| {
            let kept = headers.iter().zip(record.iter()).filter(|(header, _)| !without.contains(header));
            kept.map(|(_, cell)| cell).collect::<Vec<_>>().join("; ")
        };
        let rows: Vec<_> = reader.records().map(|record| row(record.unwrap())).collect();
        SourceFile { path, text: rows.join("\n") }
    };
    none(&banned(&[
        labels("taxonomy.csv", &["toelichting"]),
        labels("domains.csv", &["echo_risico", "opmerking"]),
        labels("terms.csv", &[]),
        labels("guidance.csv", &[]),
    ]));
}

#[test]
fn a_banned_word_is_found_and_a_false_friend_is_not() {
    let told = |text: &str| banned(&[SourceFile { path: "a".to_owned(), text: text.to_owned() }]);
    for word in [
        "a Hit.",
        "cache_hit",
        "CacheHit",
        "de scores",
        "risico's",
        "Risicoscore",
        "eigen dossiers",
        "verdachten",
    ] {
        assert_eq!(told(word).len(), 1, "{word}");
    }
    for word in
        ["white", "architecture", "underscore", "verdacht licht", "HitCounter".trim_start_matches("Hit")]
    {
        assert!(told(word).is_empty(), "{word}");
    }
    assert_eq!(told("a\nb hit"), ["a:2: hit"]);
}
