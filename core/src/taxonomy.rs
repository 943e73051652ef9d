//! The codes that a signal may carry. The list itself is data (`manifest/data/taxonomy.csv`).

use std::collections::BTreeMap;

use crate::value::{Code, Severity};

/// One code of the taxonomy, as the rooms need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeEntry {
    severity: Severity,
    term_months: u8,
    marked: bool,
}

impl CodeEntry {
    /// A code that is soft or hard, counts `term_months`, and is `marked` when it falls under AVG art. 9 or 10.
    #[must_use]
    pub const fn new(severity: Severity, term_months: u8, marked: bool) -> Self {
        Self { severity, term_months, marked }
    }

    /// Soft or hard: fixed by the code.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.severity
    }

    /// Months that a signal with this code counts (6, 9, 12 or 18).
    #[must_use]
    pub const fn term_months(self) -> u8 {
        self.term_months
    }

    /// Whether it is special (art. 9) or criminal (art. 10) data and needs its own entry in the manifest (V-02).
    #[must_use]
    pub const fn is_marked(self) -> bool {
        self.marked
    }
}

/// All codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taxonomy {
    entries: BTreeMap<Code, CodeEntry>,
}

impl Taxonomy {
    /// A taxonomy of these codes.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (Code, CodeEntry)>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }

    /// The entry of a code; `None` when there is no such code.
    #[must_use]
    pub fn entry(&self, code: Code) -> Option<CodeEntry> {
        self.entries.get(&code).copied()
    }

    /// Every code with its entry, in order.
    pub fn entries(&self) -> impl Iterator<Item = (Code, CodeEntry)> + '_ {
        self.entries.iter().map(|(code, entry)| (*code, *entry))
    }
}
