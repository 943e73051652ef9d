//! The annex of the DPIA tells who learns what in Dutch (`client/src/document/leakage.rs` and `untried.rs`): a row that is
//! changed is read again beside it.

use std::fmt::Write as _;

use samenloop_client::document::{LEAKAGE_READ, THREATS_READ};

use crate::leakage::TABLE;
use crate::sources::root;

fn digest<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let told: String = lines.into_iter().map(|it| format!("{it}\n")).collect();
    let hash = ring::digest::digest(&ring::digest::SHA256, told.as_bytes());
    hash.as_ref().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The rows of docs/leakage.md and what limits them; not the tests that prove them.
fn tried(page: &str) -> Vec<&str> {
    page.lines().filter(|it| it.starts_with("| L-") || it.starts_with("**L-")).collect()
}

/// The parties of docs/threats.md for which no attack is made.
fn untried(page: &str) -> Vec<&str> {
    let table = page.lines().skip_while(|it| !it.starts_with("| party or coalition |")).skip(1);
    let rows = table.take_while(|it| it.starts_with('|')).filter(|it| it.starts_with("| "));
    rows.filter(|it| !TABLE.iter().any(|row| it.starts_with(&format!("| {} |", row.party)))).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

/// V-43: the tables of the annex are those of the pages.
#[test]
fn the_dutch_tables_were_read_beside_the_pages() {
    let (leakage, threats) = (read("docs/leakage.md"), read("docs/threats.md"));
    for (page, rows, known, file, mark) in [
        ("docs/leakage.md", tried(&leakage), LEAKAGE_READ, "leakage.rs", "LEAKAGE_READ"),
        ("docs/threats.md", untried(&threats), THREATS_READ, "untried.rs", "THREATS_READ"),
    ] {
        let now = digest(rows);
        assert_eq!(
            now, known,
            "\n{page} has changed: read the Dutch of those rows in client/src/document/{file} again, mend it, and put \
             {now} in {mark}"
        );
    }
}

/// V-43: the annex names every party of the threats once.
#[test]
fn the_annex_has_a_row_for_every_party_that_no_attack_is_made_for() {
    let (threats, annex) = (read("docs/threats.md"), read("client/src/document/read/dpia.md"));
    let told = annex.lines().filter(|it| it.starts_with("| N-")).count();
    assert_eq!(untried(&threats).len(), told);
    assert!(untried(&threats).iter().any(|it| it.starts_with("| contact point |")));
}

#[test]
fn another_word_in_a_row_or_a_limit_is_another_digest_and_another_proof_is_not() {
    let page = "| L-01 | a | b | c | d |\n\n**L-01, a.** Not more.\n\n* `x.rs`: `t`\n";
    let of = |page: &str| digest(tried(page));
    assert_eq!(of(page), of(&page.replace("x.rs", "y.rs")));
    assert_ne!(of(page), of(&page.replace("| b |", "| e |")));
    assert_ne!(of(page), of(&page.replace("Not more", "More")));
    let page =
        "| party or coalition | learns |\n|---|---|\n| one agency | a |\n| stranger | b |\n\n| else | c |\n";
    assert_eq!(untried(page), ["| stranger | b |"]);
}
