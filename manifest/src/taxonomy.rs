//! The codes as shipped, from `data/taxonomy.csv`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use samenloop_core::taxonomy::{CodeEntry, Taxonomy};
use samenloop_core::value::{Code, Domain, Severity};

use crate::statement::sha256;

const TAXONOMY_CSV: &str = include_str!("../data/taxonomy.csv");

static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| Taxonomy::new(entries(TAXONOMY_CSV)));
static TAXONOMY_HASH: LazyLock<[u8; 32]> = LazyLock::new(|| sha256(TAXONOMY_CSV.as_bytes()));

static LABELS: LazyLock<BTreeMap<Code, Labels>> = LazyLock::new(|| read_labels(TAXONOMY_CSV));

/// What a code says, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// In Dutch.
    pub dutch: String,
    /// In English.
    pub english: String,
}

/// The words of a code; `None` for a code that does not exist.
#[must_use]
pub fn labels(code: Code) -> Option<&'static Labels> {
    LABELS.get(&code)
}

static DOMAINS: LazyLock<BTreeMap<Code, Vec<Domain>>> = LazyLock::new(|| read_domains(TAXONOMY_CSV));

/// The domains that see what a code says: first the one that sees it most. Empty for a code that does not exist.
#[must_use]
pub fn domains_of(code: Code) -> &'static [Domain] {
    DOMAINS.get(&code).map_or(&[], Vec::as_slice)
}

fn read_domains(csv: &str) -> BTreeMap<Code, Vec<Domain>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let Ok(headings) = reader.headers().cloned() else { return BTreeMap::new() };
    let entry = |row: csv::StringRecord| {
        let text = |name| headings.iter().position(|it| it == name).and_then(|column| row.get(column));
        let also = text("domeinen_ook")?.split('|').filter(|it| !it.is_empty());
        let domains =
            std::iter::once(text("domein_primair")?).chain(also).filter_map(|it| Domain::parse(it).ok());
        Some((Code::parse(text("code")?).ok()?, domains.collect()))
    };
    reader.records().filter_map(Result::ok).filter_map(entry).collect()
}

fn read_labels(csv: &str) -> BTreeMap<Code, Labels> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let Ok(headings) = reader.headers().cloned() else { return BTreeMap::new() };
    let text = |row: &csv::StringRecord, name| {
        let column = headings.iter().position(|it| it == name)?;
        row.get(column).map(str::to_owned)
    };
    let entry = |row: csv::StringRecord| {
        let labels = Labels { dutch: text(&row, "label_nl")?, english: text(&row, "label_en")? };
        Some((Code::parse(&text(&row, "code")?).ok()?, labels))
    };
    reader.records().filter_map(Result::ok).filter_map(entry).collect()
}

/// All codes that exist. A manifest must name this list by [`taxonomy_hash`].
#[must_use]
pub fn taxonomy() -> &'static Taxonomy {
    &TAXONOMY
}

/// SHA-256 of the shipped `taxonomy.csv`.
#[must_use]
pub fn taxonomy_hash() -> [u8; 32] {
    *TAXONOMY_HASH
}

/// The rows that can be read. The file is compiled in, so a test, not a caller, finds the others.
fn entries(csv: &str) -> Vec<(Code, CodeEntry)> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let Ok(headings) = reader.headers().cloned() else { return Vec::new() };
    let column = |name| headings.iter().position(|it| it == name);
    let (Some(code), Some(severity), Some(marks), Some(term)) =
        (column("code"), column("zacht_hard"), column("bijzondere_gegevens"), column("geldig_maanden"))
    else {
        return Vec::new();
    };
    let entry = |row: csv::StringRecord| {
        let severity = match row.get(severity)? {
            "zacht" => Severity::Soft,
            "hard" => Severity::Hard,
            _ => return None,
        };
        let entry = CodeEntry::new(severity, row.get(term)?.parse().ok()?, row.get(marks)? != "geen");
        Some((Code::parse(row.get(code)?).ok()?, entry))
    };
    reader.records().filter_map(Result::ok).filter_map(entry).collect()
}
