//! The codes as the rooms need them, from `data/taxonomy.csv`, and how a manifest names that list.

use std::sync::LazyLock;

use samenloop_core::taxonomy::{CodeEntry, Taxonomy};
use samenloop_core::value::{Code, Severity};

use crate::catalogue::{Row, rows};
use crate::statement::sha256;

pub(crate) const TAXONOMY_CSV: &str = include_str!("../data/taxonomy.csv");

/// The version of the list of codes, for people; programs compare [`taxonomy_hash`]. Raised whenever
/// `taxonomy.csv` changes, which a test holds it to.
pub const TAXONOMY_VERSION: u32 = 1;

static TAXONOMY: LazyLock<Taxonomy> =
    LazyLock::new(|| Taxonomy::new(rows(TAXONOMY_CSV).filter_map(|row| code_entry(&row))));
static TAXONOMY_HASH: LazyLock<[u8; 32]> = LazyLock::new(|| sha256(TAXONOMY_CSV.as_bytes()));

/// All codes that exist. A manifest must name this list by [`taxonomy_hash`].
#[must_use]
pub fn taxonomy() -> &'static Taxonomy {
    &TAXONOMY
}

/// SHA-256 of the shipped `taxonomy.csv`, every byte of it and of nothing else: codes, labels, severities, terms
/// and marks. Advice and translations of its closed lists lie in other files and may change under one manifest.
#[must_use]
pub fn taxonomy_hash() -> [u8; 32] {
    *TAXONOMY_HASH
}

/// What the rooms need of a row; `None` when it cannot be read.
pub(crate) fn code_entry(row: &Row) -> Option<(Code, CodeEntry)> {
    let severity = match row.get("zacht_hard")?.as_str() {
        "zacht" => Severity::Soft,
        "hard" => Severity::Hard,
        _ => return None,
    };
    let term_months = row.get("geldig_maanden")?.parse().ok()?;
    let is_marked = row.get("bijzondere_gegevens")? != "geen";
    Some((Code::parse(row.get("code")?).ok()?, CodeEntry::new(severity, term_months, is_marked)))
}
