//! Everything that is kept has its row in `docs/terms.md`, which says how long, what ends it, and which test shows that
//! (V-20 to V-25). And that page says nothing that is not in the code.

use crate::none;
use crate::sources::{SourceFile, below, root};
use crate::tidy::CRATES;

const PAGE: &str = "docs/terms.md";

/// Names in backticks.
pub(crate) fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The cells of each row of the table.
pub(crate) fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|it| it.starts_with("| ")).skip(1);
    lines.map(|it| it.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What is in a text between each mark and the next of some other.
fn after<'a>(text: &'a str, mark: &str, end: char) -> Vec<&'a str> {
    text.split(mark).skip(1).filter_map(|it| it.split(end).next()).collect()
}

/// The variants of an enumeration, whatever they carry.
fn variants(text: &str, name: &str) -> Vec<String> {
    let body = after(text, &format!("enum {name} {{"), '}').concat();
    let lines = body.lines().map(str::trim).filter(|it| it.starts_with(char::is_uppercase));
    lines.map(|it| format!("{name}::{}", it.split(['(', ',']).next().unwrap())).collect()
}

/// Every sort of record, key and file of a child or of what is done, as the code names it.
fn kept(sources: &[SourceFile]) -> Vec<String> {
    let of = |path: &str| &sources.iter().find(|it| it.path == path).unwrap().text;
    let letters = of("store/src/sled/keys.rs").lines().filter(|it| it.contains(": u8 = b'"));
    let mut kept: Vec<_> = letters.flat_map(|it| after(it, "const ", ':')).map(str::to_owned).collect();
    kept.extend(variants(of("store/src/log/page.rs"), "Page"));
    kept.extend(variants(of("store/src/secrets.rs"), "Purpose"));
    let of_programs = ["store/src/", "server/src/", "client/src/"];
    for file in sources.iter().filter(|file| of_programs.iter().any(|it| file.path.starts_with(it))) {
        let endings = after(&file.text, ".push(\".", '"').into_iter().map(|it| format!(".{it}"));
        kept.extend(endings.filter(|it| it.chars().skip(1).all(|it| it.is_ascii_lowercase())));
    }
    for ending in ["heads", "daily"] {
        assert!(of("server/src/audit.rs").contains(&format!("intake.{ending}\"")));
        kept.push(format!(".{ending}"));
    }
    for (path, ending) in [("server/src/processing/file.rs", "jsonl"), ("store/src/outlasting.rs", "sealed")]
    {
        assert!(of(path).contains(&format!(".{ending}\"")));
        kept.push(format!(".{ending}"));
    }
    kept
}

fn complaints(page: &str, sources: &[SourceFile]) -> Vec<String> {
    let (rows, mut found) = (rows(page), Vec::new());
    let named: Vec<_> = rows.iter().flat_map(|it| quoted(it[1])).collect();
    let (kept, all) = (kept(sources), sources.iter().map(|it| &it.text[..]).collect::<String>());
    for sort in kept.iter().filter(|it| !named.contains(&it.as_str())) {
        found.push(format!("{sort} is kept and has no term in {PAGE}"));
    }
    for name in named.iter().filter(|it| !kept.iter().any(|kept| kept == *it)) {
        found.push(format!("{PAGE} has a term of {name}, which nothing keeps"));
    }
    for row in &rows {
        let [what, _, long, ended, proved] = row[..] else { panic!("{row:?}") };
        if long.is_empty() || ended.is_empty() {
            found.push(format!("{PAGE}: of {what} is not said how long it is kept, and what ends it"));
        }
        for name in [long, ended, proved].into_iter().flat_map(quoted) {
            let is_there = match name {
                it if it.ends_with(".rs") => sources.iter().any(|file| file.path == it),
                it if it.starts_with(char::is_uppercase) => all.contains(&format!("const {it}: ")),
                it if it.matches('_').count() > 2 => {
                    all.contains(&format!("fn {it}(")) || all.contains(&format!("fn {it}<"))
                }
                _ => true,
            };
            if !is_there {
                found.push(format!("{PAGE}: {what}: {name} is not in the code"));
            }
        }
    }
    found
}

fn sources() -> Vec<SourceFile> {
    CRATES.iter().flat_map(|it| below(it)).filter(|it| !it.path.starts_with("tests/house/terms")).collect()
}

pub(crate) fn page() -> String {
    std::fs::read_to_string(root().join(PAGE)).unwrap()
}

/// V-20, V-24: what is kept has a term.
#[test]
fn everything_that_is_kept_has_a_term_an_end_and_a_test() {
    none(&complaints(&page(), &sources()));
    assert!(kept(&sources()).len() > 30, "the code is still read as it is written");
}

#[test]
fn a_sort_without_a_term_and_a_term_without_a_sort_are_found() {
    let (page, sources) = (page(), sources());
    for (told, bent) in [
        ("NEWS is kept", page.replace("`NEWS`", "")),
        ("Page::Record is kept", page.replace("`Page::Record`", "")),
        ("Purpose::Queue is kept", page.replace("`Purpose::Queue`", "")),
        (".receipts is kept", page.replace("`.receipts`", "")),
        ("GONE, which nothing keeps", page.replace("`NEWS`", "`NEWS`, `GONE`")),
        ("DEAD_YEARS is not in the code", page.replace("DEAD_DAYS", "DEAD_YEARS")),
        ("store/src/sweep.rs is not", page.replace("store/src/sled/sweep.rs", "store/src/sweep.rs")),
        (
            "a_test_that_is_not_there is not",
            page.replace("after_the_days_for_it_nobody_decides", "a_test_that_is_not_there"),
        ),
    ] {
        let complaints = complaints(&bent, &sources);
        assert!(complaints.iter().any(|it| it.contains(told)), "{told}: {complaints:?}");
    }
}
