//! Every requirement of privacy is named by a test, or stands on the list of what is not kept yet: `docs/avg.md` is
//! written from both. `UPDATE_DOCS=1 cargo test -p samenloop-tests --test house` writes it anew.

use crate::lexer::code_of;
use crate::none;
use crate::sources::{SourceFile, below, root};
use crate::tidy::CRATES;

/// The lines of privacy. What each asks stands in docs/threats.md, and nowhere else.
const REQUIREMENTS: [&str; 28] = [
    "V-01", "V-02", "V-03", "V-04", "V-05", "V-06", "V-10", "V-11", "V-12", "V-13", "V-14", "V-15", "V-20",
    "V-21", "V-22", "V-23", "V-24", "V-25", "V-30", "V-31", "V-32", "V-33", "V-40", "V-41", "V-42", "V-43",
    "V-44", "V-45",
];

/// The lines without a test, and what is missing. It only ever gets shorter: a line of it that a test names fails.
const NOT_KEPT_YET: &[(&str, &str)] = &[];

/// The lines of which a part is a speed: a test that fails on a busy machine says nothing of it, so a bench measures it, and
/// fails where it is missed. The bench, and what is left to the tests.
const MEASURED: &[(&str, &str, &str)] = &[(
    "V-22",
    "tests/benches/terms/main.rs",
    "how fast the sweep goes is no test's: `cargo bench --bench terms` measures it on a machine of its own, and fails below \
     ten times. The tests show the structure: a bound on what a manifest may agree to, the steps of one sweep, and its \
     going on between ticks",
)];

/// The page.
const PAGE: &str = "docs/avg.md";

/// This file names them all and proves none.
const HERE: &str = "tests/house/requirements.rs";

/// A test, or a demand of the suite that every engine passes.
pub(crate) struct Proof {
    pub(crate) path: String,
    pub(crate) name: String,
    /// The comments and attributes above it. What its body says of a requirement in passing proves nothing.
    pub(crate) text: String,
}

/// Whether a text names a requirement, and not one whose number only begins so.
pub(crate) fn names(text: &str, requirement: &str) -> bool {
    text.match_indices(requirement).any(|(at, _)| {
        let after = text[at + requirement.len()..].chars().next();
        !after.is_some_and(|it| it.is_ascii_digit())
    })
}

/// The tests of a file, each with the comments above it.
fn proofs(file: &SourceFile) -> Vec<Proof> {
    let code = code_of(&file.text);
    let is_suite = file.path.starts_with("store/src/conformance");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if !code[..at].ends_with([' ', '\n', '(']) {
            continue;
        }
        let name: String =
            code[at + 3..].chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
        let line = file.text[..at].rfind('\n').map_or(0, |it| it + 1);
        let start = above(&file.text, line);
        let is_test = file.text[start..line].lines().any(|it| {
            let it = it.trim();
            it.starts_with("#[") && (it.contains("test]") || it.contains("test("))
        });
        if is_test || is_suite {
            found.push(Proof { path: file.path.clone(), name, text: file.text[start..line].to_owned() });
        }
    }
    found
}

/// The start of the comments and attributes that end where a line begins.
fn above(text: &str, line: usize) -> usize {
    let mut start = line;
    while let Some(before) = text[..start].strip_suffix('\n') {
        let from = before.rfind('\n').map_or(0, |it| it + 1);
        let told = before[from..].trim_start();
        if !told.starts_with("//") && !told.starts_with("#[") {
            break;
        }
        start = from;
    }
    start
}

pub(crate) fn all_proofs() -> Vec<Proof> {
    let files = CRATES.into_iter().flat_map(below);
    let files = files.filter(|it| it.path.ends_with(".rs") && it.path != HERE);
    files.flat_map(|it| proofs(&it)).collect()
}

/// What a line asks, from the table of docs/threats.md.
fn asks<'t>(threats: &'t str, requirement: &str) -> Option<&'t str> {
    let row = threats.lines().find_map(|it| it.strip_prefix(&format!("| {requirement} | ")))?;
    row.split(" | ").next()
}

/// A line neither kept nor owned up to, or both; one that nobody explains.
fn complaints(proofs: &[Proof], threats: &str, not_kept: &[(&str, &str)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for line in REQUIREMENTS {
        let is_named = proofs.iter().any(|it| names(&it.text, line));
        let is_owned_up_to = not_kept.iter().any(|it| it.0 == line);
        if is_named && is_owned_up_to {
            complaints.push(format!("{line} is named by a test, and on the list of what is not kept yet"));
        } else if !is_named && !is_owned_up_to {
            complaints.push(format!("{line} is named by no test"));
        }
        if asks(threats, line).is_none() {
            complaints.push(format!("{line} is not in the table of docs/threats.md"));
        }
    }
    let unknown = not_kept.iter().filter(|it| !REQUIREMENTS.contains(&it.0));
    complaints.extend(unknown.map(|it| format!("{} is no requirement", it.0)));
    complaints
}

/// The page, from the table, the tests and the list.
fn page(proofs: &[Proof], threats: &str, not_kept: &[(&str, &str)]) -> String {
    let mut page = String::from(
        "# Privacy, line by line, and the tests that name it\n\n\
         Written by `tests/house/requirements.rs` from the tests themselves and from the table in\n\
         [threats.md](threats.md), which also says what keeps each line; `UPDATE_DOCS=1 cargo test -p samenloop-tests --test\n\
         house` writes it anew. A line without a test fails that test, unless it stands here as *not kept yet*.\n\n",
    );
    let kept = REQUIREMENTS.len() - not_kept.len();
    page += &format!(
        "{kept} of {} lines are named by a test; {} are not kept yet.\n",
        REQUIREMENTS.len(),
        not_kept.len()
    );
    for line in REQUIREMENTS {
        page += &format!("\n## {line}\n\nAsks: {}.\n\n", asks(threats, line).unwrap_or_default());
        if let Some((_, missing)) = not_kept.iter().find(|it| it.0 == line) {
            page += &format!("**Not kept yet**: {missing}.\n");
        }
        if let Some((_, bench, told)) = MEASURED.iter().find(|it| it.0 == line) {
            page += &format!("**Measured**, by `{bench}`: {told}.\n\n");
        }
        let mut tests: Vec<_> = proofs.iter().filter(|it| names(&it.text, line)).collect();
        tests.sort_by_key(|it| (&it.path, &it.name));
        for test in tests {
            page += &format!("* `{}`: `{}`\n", test.path, test.name);
        }
    }
    page
}

/// A page is as wanted; with `UPDATE_DOCS` it is written so.
pub(crate) fn updated(page: &str, wanted: &str) {
    let place = root().join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&place, wanted).expect("a page that can be written");
    }
    let found = std::fs::read_to_string(&place).unwrap_or_default();
    let hint = "write it anew with UPDATE_DOCS=1 cargo test -p samenloop-tests --test house";
    assert!(found == wanted, "{page} is not what the tests say: {hint}");
}

fn threats() -> String {
    std::fs::read_to_string(root().join("docs/threats.md")).expect("docs/threats.md")
}

#[test]
fn every_requirement_of_privacy_is_named_by_a_test_or_owned_up_to() {
    none(&complaints(&all_proofs(), &threats(), NOT_KEPT_YET));
}

#[test]
fn the_page_of_requirements_is_that_of_the_tests() {
    updated(PAGE, &page(&all_proofs(), &threats(), NOT_KEPT_YET));
}

#[test]
fn what_is_measured_has_a_bench_that_names_it_and_can_fail() {
    for (line, bench, _) in MEASURED {
        let text = std::fs::read_to_string(root().join(bench)).expect("a bench");
        let fails =
            text.split("assert!(").skip(1).any(|it| it.split(");").next().is_some_and(|it| names(it, line)));
        assert!(REQUIREMENTS.contains(line) && fails, "{bench} cannot fail for {line}");
    }
}

#[test]
fn a_requirement_that_nobody_keeps_is_found() {
    let test = |names: &str| {
        let text =
            format!("/// {names}.\n#[test]\nfn it_is_so() {{\n    assert!(true);\n}}\n\nfn other() {{}}\n");
        proofs(&SourceFile { path: "a/tests/b.rs".to_owned(), text })
    };
    let all = REQUIREMENTS.join(", ");
    let table: String = REQUIREMENTS.iter().map(|it| format!("| {it} | something | somehow |\n")).collect();
    assert_eq!(test(&all).len(), 1);
    assert!(complaints(&test(&all), &table, &[]).is_empty());
    assert_eq!(complaints(&test(&all.replace("V-13", "V-130")), &table, &[]), ["V-13 is named by no test"]);
    assert!(complaints(&test(&all.replace("V-13", "")), &table, &[("V-13", "it")]).is_empty());
    assert_eq!(complaints(&test(&all), &table, &[("V-13", "it"), ("V-99", "it")]).len(), 2);
    assert_eq!(complaints(&test(&all), &table.replace("| V-13", ""), &[]).len(), 1);
    assert!(
        page(&test(&all), &table, &[])
            .contains("## V-13\n\nAsks: something.\n\n* `a/tests/b.rs`: `it_is_so`\n")
    );
}

#[test]
fn only_what_stands_above_a_test_counts() {
    let of = |path: &str, text: &str| {
        let proofs = proofs(&SourceFile { path: path.to_owned(), text: text.to_owned() });
        proofs.iter().filter(|it| names(&it.text, "V-23")).map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(of("a/src/b.rs", "/// V-23\nfn a() {}\n// V-23\n\n#[test]\nfn b() {}\n"), nothing);
    assert_eq!(of("a/src/b.rs", "#[test]\nfn b() { // V-23\n g(\"V-23\") }\n// V-23\n"), nothing);
    assert_eq!(of("a/src/b.rs", "/// V-23\n#[tokio::test(flavor = \"x\")]\nasync fn b() {}\n"), ["b"]);
    assert_eq!(of("store/src/conformance/b.rs", "/// V-23\nasync fn b() {}\n"), ["b"]);
}
