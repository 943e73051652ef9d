//! The leakage table: each row of it is proved by tests that are there and name it, and stands in docs/threats.md.
//! `docs/leakage.md` is written from it: `UPDATE_DOCS=1 cargo test -p samenloop-tests --test house` writes it anew.

use crate::none;
use crate::requirements::{Proof, all_proofs, names, updated};
use crate::sources::root;

#[path = "../privacy/table.rs"]
mod table;

use table::Row;
pub(crate) use table::TABLE;

/// The page.
const PAGE: &str = "docs/leakage.md";

/// A row without a proof, a proof that is not there or does not name its row, a party that the threats do not know.
fn complaints(table: &[Row], proofs: &[Proof], threats: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, row) in table.iter().enumerate() {
        let id = row.id;
        if id != format!("L-{:02}", at + 1) {
            complaints.push(format!("{id} is not in its place"));
        }
        if row.tests.is_empty() {
            complaints.push(format!("{id} is proved by no test"));
        }
        for (path, name) in row.tests {
            match proofs.iter().find(|it| it.path == *path && it.name == *name) {
                None => complaints.push(format!("{id}: {path} has no test {name}")),
                Some(proof) if !names(&proof.text, id) => {
                    complaints.push(format!("{id} is not named by {name}"));
                }
                Some(_) => {}
            }
        }
        if !threats.contains(&format!("\n| {} | ", row.party)) {
            complaints.push(format!("{id}: docs/threats.md does not know \"{}\"", row.party));
        }
    }
    complaints
}

fn page(table: &[Row]) -> String {
    let mut page = String::from(
        "# What each party learns, and the tests that prove it\n\n\
         Written by `tests/house/leakage.rs` from `tests/privacy/table.rs`; `UPDATE_DOCS=1 cargo test -p samenloop-tests \
         --test\nhouse` writes it anew. [threats.md](threats.md) has the table with the parties that are not attacked here.\n\n\
         One run of a real exchange leaves its files: some hundred synthetic children of a space of 2,000 numbers, under two\n\
         epochs. Each attack gets what its row names and nothing else, tries **every number of that space**, and says what it\n\
         found. A test holds that to what really happened, both ways: what a row says is learned is found, all of it; what\n\
         it says is not is tried and not found, and the same code finds it with the one thing more that ought to make it.\n\n\
         A space of 2,000 stands for one of ninety million: whoever can try one can try the other, in minutes.\n\n\
         | | party or coalition | holds | learns | does not learn |\n|---|---|---|---|---|\n",
    );
    for row in table {
        page += &format!("| {} | {} | {} | {} | {} |\n", row.id, row.party, row.holds, row.learns, row.not);
    }
    page += "\n## Limits and proofs\n";
    for row in table {
        page += &format!("\n**{}, {}.** {}\n\n", row.id, row.party, row.limits);
        for (path, name) in row.tests {
            page += &format!("* `{path}`: `{name}`\n");
        }
    }
    page
}

#[test]
fn each_row_of_the_leakage_table_is_proved_by_a_test_that_names_it() {
    let threats = std::fs::read_to_string(root().join("docs/threats.md")).expect("docs/threats.md");
    none(&complaints(TABLE, &all_proofs(), &threats));
}

#[test]
fn the_page_of_leakage_is_that_of_the_table() {
    updated(PAGE, &page(TABLE));
}

#[test]
fn a_row_that_nobody_proves_is_found() {
    let row = |id, tests| Row { id, party: "a", holds: "b", learns: "c", not: "d", limits: "e", tests };
    let proof = |name: &str, text: &str| Proof {
        path: "tests/privacy/a.rs".to_owned(),
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let proofs = [proof("it_is_so", "/// L-01: so.\n#[test]"), proof("nameless", "#[test]")];
    let found = |row: Row, threats| complaints(&[row], &proofs, threats).len();
    let threats = "\n| a | x | y |\n";
    assert_eq!(found(row("L-01", &[("tests/privacy/a.rs", "it_is_so")]), threats), 0);
    assert_eq!(found(row("L-01", &[]), threats), 1);
    assert_eq!(found(row("L-01", &[("tests/privacy/a.rs", "it_is_not_so")]), threats), 1);
    assert_eq!(found(row("L-01", &[("tests/privacy/a.rs", "nameless")]), threats), 1);
    assert_eq!(found(row("L-02", &[("tests/privacy/a.rs", "it_is_so")]), threats), 2);
    assert_eq!(found(row("L-01", &[("tests/privacy/a.rs", "it_is_so")]), "\n| b | x | y |\n"), 1);
}
