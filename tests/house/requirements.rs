//! Every requirement of privacy V-01 to V-15 is named by something that a test can fail.

use crate::none;
use crate::sources::{SourceFile, below};
use crate::tidy::CRATES;

/// Data minimisation, and purpose and independence. What each asks stands in docs/threats.md.
const REQUIREMENTS: [&str; 12] =
    ["V-01", "V-02", "V-03", "V-04", "V-05", "V-06", "V-10", "V-11", "V-12", "V-13", "V-14", "V-15"];

/// This file names them all and proves none.
const HERE: &str = "tests/house/requirements.rs";

/// Whether a text names a requirement, and not one whose number only begins so.
fn names(text: &str, requirement: &str) -> bool {
    text.match_indices(requirement).any(|(at, _)| {
        let after = text[at + requirement.len()..].chars().next();
        !after.is_some_and(|it| it.is_ascii_digit())
    })
}

fn unnamed(files: &[SourceFile]) -> Vec<String> {
    let by_somebody = |it: &str| files.iter().any(|file| file.path != HERE && names(&file.text, it));
    REQUIREMENTS
        .iter()
        .filter(|it| !by_somebody(it))
        .map(|it| format!("{it} is named by no test and no code"))
        .collect()
}

fn code() -> Vec<SourceFile> {
    let kept = |file: &SourceFile| [".rs", ".proto", ".py"].iter().any(|end| file.path.ends_with(end));
    CRATES.into_iter().flat_map(below).filter(kept).collect()
}

#[test]
fn every_requirement_of_privacy_is_named_where_it_is_kept() {
    none(&unnamed(&code()));
}

#[test]
fn every_requirement_of_privacy_is_explained() {
    let threats =
        below("docs").into_iter().find(|file| file.path == "docs/threats.md").expect("docs/threats.md");
    let complaints: Vec<_> = REQUIREMENTS
        .iter()
        .filter(|it| !names(&threats.text, it))
        .map(|it| format!("{it} is not in docs/threats.md"))
        .collect();
    none(&complaints);
}

#[test]
fn a_requirement_that_nobody_names_is_found() {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let all: String = REQUIREMENTS.join(" ");
    assert!(unnamed(&[file("a.rs", &all)]).is_empty());
    assert_eq!(unnamed(&[file(HERE, &all)]).len(), REQUIREMENTS.len());
    assert_eq!(
        unnamed(&[file("a.rs", &all.replace("V-13", "V-130"))]),
        ["V-13 is named by no test and no code"]
    );
}
