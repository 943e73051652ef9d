//! The annex of the DPIA tells the leakage table in Dutch (`client/src/document/leakage.rs`): a row that is changed is read
//! again beside it.

use std::fmt::Write as _;

use samenloop_client::document::LEAKAGE_READ;

use crate::sources::root;

/// The rows of the page and what limits them; not the tests that prove them.
fn digest(page: &str) -> String {
    let told = page.lines().filter(|it| it.starts_with("| L-") || it.starts_with("**L-"));
    let told: String = told.map(|it| format!("{it}\n")).collect();
    let hash = ring::digest::digest(&ring::digest::SHA256, told.as_bytes());
    hash.as_ref().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// V-43: the table of the annex is that of the page.
#[test]
fn the_dutch_table_was_read_beside_the_page_of_leakage() {
    let page = std::fs::read_to_string(root().join("docs/leakage.md")).expect("docs/leakage.md");
    let now = digest(&page);
    assert_eq!(
        now, LEAKAGE_READ,
        "\ndocs/leakage.md has changed: read the Dutch of those rows in client/src/document/leakage.rs again, mend it, \
         and put {now} in LEAKAGE_READ"
    );
}

#[test]
fn another_word_in_a_row_or_a_limit_is_another_digest_and_another_proof_is_not() {
    let page = "| L-01 | a | b | c | d |\n\n**L-01, a.** Not more.\n\n* `x.rs`: `t`\n";
    assert_eq!(digest(page), digest(&page.replace("x.rs", "y.rs")));
    assert_ne!(digest(page), digest(&page.replace("| b |", "| e |")));
    assert_ne!(digest(page), digest(&page.replace("Not more", "More")));
}
