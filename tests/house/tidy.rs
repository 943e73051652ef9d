//! Limits on files, and what no file may hold.

use crate::lexer::code_of;
use crate::none;
use crate::sources::{SourceFile, below, ending, line_of};

/// The folders of the crates; everything built from here.
pub(crate) const CRATES: [&str; 10] =
    ["audit", "core", "proto", "manifest", "pseudonym", "store", "server", "client", "keys-example", "tests"];

/// A file longer than this holds two ideas.
const MOST_LINES: usize = 600;

/// Crates in which a number of a person can have no name, because it can have no place.
const WITHOUT_IDENTIFIERS: [&str; 4] = ["core", "proto", "store", "server"];

/// Put together here, so that this file does not hold what it looks for.
fn unfinished_words() -> [String; 3] {
    [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()]
}

fn too_long(files: &[SourceFile]) -> Vec<String> {
    let long = files.iter().map(|file| (file, file.text.lines().count())).filter(|(_, it)| *it > MOST_LINES);
    long.map(|(file, lines)| format!("{}: {lines} lines, above {MOST_LINES}", file.path)).collect()
}

fn unfinished(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    let tests_put_off = ["#[", "ignore"].concat();
    for file in files {
        let code = code_of(&file.text);
        for found in ["unimplemented!", "todo!", tests_put_off.as_str()] {
            let at = code.match_indices(found).map(|(at, _)| line_of(&code, at));
            complaints.extend(at.map(|line| format!("{}:{line}: {found}", file.path)));
        }
        for word in unfinished_words() {
            let at = file.text.match_indices(&word).map(|(at, _)| line_of(&file.text, at));
            complaints.extend(at.map(|line| format!("{}:{line}: {word}", file.path)));
        }
    }
    complaints
}

/// The number that every Dutch person has, by name, in any case and in any part of a word.
fn naming_the_number(files: &[SourceFile]) -> Vec<String> {
    let name = ["b", "sn"].concat();
    let mut complaints = Vec::new();
    for file in files {
        let text = file.text.to_lowercase();
        let at = text.match_indices(&name).map(|(at, _)| line_of(&text, at));
        complaints.extend(at.map(|line| format!("{}:{line}: {name}", file.path)));
        if file.path.to_lowercase().contains(&name) {
            complaints.push(format!("{}: {name}", file.path));
        }
    }
    complaints
}

/// A path that exists on one machine only.
fn naming_a_machine(files: &[SourceFile]) -> Vec<String> {
    let places = ["home", "root", "Users", "tmp"].map(|it| format!("/{it}/"));
    let mut complaints = Vec::new();
    for file in files {
        // At the start of a path only: a URL may well have such a part.
        let found =
            places.iter().flat_map(|place| file.text.match_indices(place.as_str())).filter(|(at, _)| {
                !file.text[..*at]
                    .ends_with(|before: char| before.is_alphanumeric() || "_./-".contains(before))
            });
        complaints.extend(found.map(|(at, it)| format!("{}:{}: {it}", file.path, line_of(&file.text, at))));
    }
    complaints
}

fn without_lints(manifests: &[SourceFile]) -> Vec<String> {
    let kept = |text: &str| {
        let after = text.lines().skip_while(|line| line.trim() != "[lints]").nth(1);
        after.is_some_and(|line| line.trim() == "workspace = true")
    };
    let without = manifests.iter().filter(|file| !kept(&file.text));
    without.map(|file| format!("{}: without `[lints] workspace = true`", file.path)).collect()
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    none(&too_long(&ending(&CRATES, ".rs")));
}

#[test]
fn nothing_is_left_for_later() {
    none(&unfinished(&ending(&CRATES, ".rs")));
}

#[test]
fn the_hub_has_no_word_for_the_number_of_a_person() {
    let files: Vec<_> = WITHOUT_IDENTIFIERS.into_iter().flat_map(below).collect();
    none(&naming_the_number(&files));
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let folders = CRATES.into_iter().chain(["docs", ".ci"]);
    let files: Vec<_> = folders.flat_map(below).filter(|it| it.path != "tests/house/tidy.rs").collect();
    none(&naming_a_machine(&files));
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let manifests = ending(&CRATES, "Cargo.toml");
    assert_eq!(manifests.len(), CRATES.len());
    none(&without_lints(&manifests));
}

#[test]
fn planted_faults_of_tidiness_are_found() {
    let file = |text: &str| [SourceFile { path: "a/b.rs".to_owned(), text: text.to_owned() }];
    assert_eq!(too_long(&file(&"x\n".repeat(601))), ["a/b.rs: 601 lines, above 600"]);
    assert!(too_long(&file(&"x\n".repeat(600))).is_empty());
    let later = ["#[", "ignore = \"slow\"]\nfn f() { unimplemented!() } // ", "TO", "DO"].concat();
    assert_eq!(unfinished(&file(&later)).len(), 3);
    assert!(unfinished(&file("// #[ig")).is_empty());
    assert_eq!(naming_the_number(&file("let a;\nlet parseBSN")), ["a/b.rs:2: bsn"]);
    assert_eq!(naming_a_machine(&file("open(\"/home/x\")")), ["a/b.rs:1: /home/"]);
    assert!(naming_a_machine(&file("https://example.org/home/x")).is_empty());
    assert_eq!(without_lints(&file("[lints]\n[package]\n")).len(), 1);
    assert!(without_lints(&file("[lints]\nworkspace = true\n")).is_empty());
}
