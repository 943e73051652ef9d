//! What every code and domain says to people, in Dutch and English, as shipped:
//!
//! ```text
//! data/taxonomy.csv   the codes; the manifest names its hash, so this file alone decides what a code is
//! data/guidance.csv   when not to use each code
//! data/terms.csv      the words of the closed lists in taxonomy.csv
//! data/domains.csv    the names of the domains
//! ```
//!
//! Knows nothing of who may send which code: that is in the manifest.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use samenloop_core::taxonomy::CodeEntry;
use samenloop_core::value::{Code, Domain};

use crate::taxonomy::{TAXONOMY_CSV, code_entry};

const GUIDANCE_CSV: &str = include_str!("../data/guidance.csv");
const TERMS_CSV: &str = include_str!("../data/terms.csv");
const DOMAINS_CSV: &str = include_str!("../data/domains.csv");

static CATALOGUE: LazyLock<Vec<CodeText>> = LazyLock::new(read_codes);
static TERMS: LazyLock<BTreeMap<String, Vec<Term>>> = LazyLock::new(read_terms);
static DOMAINS: LazyLock<BTreeMap<Domain, Words>> = LazyLock::new(read_domains);

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    dutch: String,
    english: String,
}

impl Words {
    /// In Dutch.
    #[must_use]
    pub fn dutch(&self) -> &str {
        &self.dutch
    }

    /// In English.
    #[must_use]
    pub fn english(&self) -> &str {
        &self.english
    }
}

/// A term of a closed list: the name that programs use, and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    name: String,
    words: Words,
}

impl Term {
    /// The name, as `taxonomy.csv` spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its words.
    #[must_use]
    pub const fn words(&self) -> &Words {
        &self.words
    }
}

/// One code, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeText {
    code: Code,
    entry: CodeEntry,
    label: Words,
    phase: Term,
    life_area: Term,
    indicator: Term,
    forms: Vec<Term>,
    special: Vec<Term>,
    domains: Vec<Domain>,
    not_when: Words,
}

impl CodeText {
    /// The code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Soft or hard, the months that it counts, and whether it needs its own entry in the manifest.
    #[must_use]
    pub const fn entry(&self) -> CodeEntry {
        self.entry
    }

    /// What was observed.
    #[must_use]
    pub const fn label(&self) -> &Words {
        &self.label
    }

    /// The phase of the barrier model (barrièremodel).
    #[must_use]
    pub const fn phase(&self) -> &Term {
        &self.phase
    }

    /// The life area (leefgebied).
    #[must_use]
    pub const fn life_area(&self) -> &Term {
        &self.life_area
    }

    /// The indicator within its life area.
    #[must_use]
    pub const fn indicator(&self) -> &Term {
        &self.indicator
    }

    /// The forms of exploitation that it may point at.
    #[must_use]
    pub fn forms(&self) -> &[Term] {
        &self.forms
    }

    /// What kinds of special data it is (AVG art. 9, art. 10); none for an unmarked code.
    #[must_use]
    pub fn special(&self) -> &[Term] {
        &self.special
    }

    /// The domains that see it: the one that mostly does, then others. Any domain may send it.
    #[must_use]
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// When not to use it.
    #[must_use]
    pub const fn not_when(&self) -> &Words {
        &self.not_when
    }
}

/// Every code, in the order of the list.
#[must_use]
pub fn catalogue() -> &'static [CodeText] {
    &CATALOGUE
}

/// One code; `None` for a code that does not exist.
#[must_use]
pub fn code_text(code: Code) -> Option<&'static CodeText> {
    catalogue().iter().find(|it| it.code == code)
}

/// The five phases of the barrier model (barrièremodel) in its order, and last `algemeen`: what belongs to no one phase.
#[must_use]
pub fn phases() -> &'static [Term] {
    terms("barrierefase")
}

/// The four life areas (leefgebieden).
#[must_use]
pub fn life_areas() -> &'static [Term] {
    terms("leefgebied")
}

/// The name of a domain. `None` never happens with the list as shipped, which a test reads whole.
#[must_use]
pub fn domain_words(domain: Domain) -> Option<&'static Words> {
    DOMAINS.get(&domain)
}

/// A row of a list, by heading.
pub(crate) type Row = BTreeMap<String, String>;

/// The rows of a list. The files are compiled in, so a test, not a caller, finds what cannot be read.
pub(crate) fn rows(csv: &str) -> impl Iterator<Item = Row> {
    csv::Reader::from_reader(csv.as_bytes())
        .into_deserialize()
        .filter_map(Result::ok)
        .collect::<Vec<_>>()
        .into_iter()
}

fn words(row: &Row, dutch: &str, english: &str) -> Option<Words> {
    Some(Words { dutch: row.get(dutch)?.clone(), english: row.get(english)?.clone() })
}

fn read_codes() -> Vec<CodeText> {
    let guidance: BTreeMap<String, Words> = rows(GUIDANCE_CSV)
        .filter_map(|row| Some((row.get("code")?.clone(), words(&row, "niet_wanneer", "not_when")?)))
        .collect();
    let read = |row: Row| {
        let (code, entry) = code_entry(&row)?;
        let term = |column: &str, name: &str| terms(column).iter().find(|term| term.name == name).cloned();
        let one = |column: &str| term(column, row.get(column)?);
        let several = |column: &str| -> Option<Vec<Term>> {
            row.get(column)?.split('|').map(|name| term(column, name)).collect()
        };
        let domains = ["domein_primair", "domeinen_ook"].into_iter().filter_map(|column| row.get(column));
        let domains = domains.flat_map(|cell| cell.split('|')).filter(|name| !name.is_empty());
        Some(CodeText {
            code,
            entry,
            label: words(&row, "label_nl", "label_en")?,
            phase: one("barrierefase")?,
            life_area: one("leefgebied")?,
            indicator: one("indicator")?,
            forms: several("uitbuitingsvorm")?,
            special: if entry.is_marked() { several("bijzondere_gegevens")? } else { Vec::new() },
            domains: domains.map(|name| Domain::parse(name).ok()).collect::<Option<_>>()?,
            not_when: guidance.get(code.as_str())?.clone(),
        })
    };
    rows(TAXONOMY_CSV).filter_map(read).collect()
}

fn terms(column: &str) -> &'static [Term] {
    TERMS.get(column).map_or(&[], Vec::as_slice)
}

fn read_terms() -> BTreeMap<String, Vec<Term>> {
    let mut terms: BTreeMap<String, Vec<Term>> = BTreeMap::new();
    let read = |row: Row| {
        let term = Term { name: row.get("term")?.clone(), words: words(&row, "label_nl", "label_en")? };
        Some((row.get("column")?.clone(), term))
    };
    for (column, term) in rows(TERMS_CSV).filter_map(read) {
        terms.entry(column).or_default().push(term);
    }
    terms
}

fn read_domains() -> BTreeMap<Domain, Words> {
    let read = |row: Row| {
        Some((Domain::parse(row.get("domein_code")?).ok()?, words(&row, "domein_nl", "domain_en")?))
    };
    rows(DOMAINS_CSV).filter_map(read).collect()
}
