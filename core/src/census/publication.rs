//! What of the counts of a quarter may be told: the same to everybody who asks, whenever they ask.

use std::collections::{BTreeMap, BTreeSet};

use super::{Census, Count, Table, Where};
use crate::case::ClosedList;
use crate::figures::shown_in_groups;
use crate::value::{Domain, RegionId};

/// What a row is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// All regions together.
    Country,
    /// Alerts of several regions.
    Several,
    /// One region.
    Region(RegionId),
    /// One domain in one region.
    Domain(RegionId, Domain),
}

impl Of {
    /// The region; `None` for what is of no one region.
    #[must_use]
    pub const fn region(&self) -> Option<&RegionId> {
        match self {
            Self::Region(region) | Self::Domain(region, _) => Some(region),
            Self::Country | Self::Several => None,
        }
    }
}

/// Figures of one row: a count for each column, then their total; `None` for what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The table.
    pub table: Table,
    /// What it is of.
    pub of: Of,
    /// The counts.
    pub counts: Vec<Option<u32>>,
}

/// The figures of a quarter that is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publication {
    rows: Vec<Row>,
    sent: BTreeSet<(RegionId, Domain)>,
}

impl Publication {
    /// Keeps back what is small, and what would give it. Depends on the counts alone: not on who asks, and not on who
    /// takes part by now, as two versions of one quarter could be subtracted.
    #[must_use]
    pub fn of(quarter: &BTreeMap<Where, Census>) -> Self {
        let mut silent = BTreeSet::new();
        let mut rows = Vec::new();
        for table in Table::ALL.iter().copied().filter(|it| *it != Table::Sent) {
            let mut told =
                if table.is_by_domain() { by_domain(table, quarter) } else { by_region(table, quarter) };
            for row in &mut told {
                let bounds = |it: &Table| silent.contains(&(*it, row.of.clone()));
                // What is of several regions stands on what is of all.
                let several = |it: &Table| row.of == Of::Several && silent.contains(&(*it, Of::Country));
                if table.after().iter().any(|it| bounds(it) || (it.is_by_domain() && several(it))) {
                    row.counts.fill(None);
                }
                if row.counts.last().is_none_or(Option::is_none) {
                    silent.insert((table, row.of.clone()));
                }
            }
            rows.extend(told);
        }
        rows.retain(|row| row.counts.iter().any(Option::is_some));
        let sent = |(place, census): (&Where, &Census)| {
            let region = place.clone();
            let domains = Domain::ALL.into_iter().filter(|it| census.of(Count::sent(*it)) > 0);
            domains.filter_map(|it| Some((region.clone()?, it))).collect::<Vec<_>>()
        };
        Self { rows, sent: quarter.iter().flat_map(sent).collect() }
    }

    /// The rows that say anything.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Which domains of a region sent anything.
    #[must_use]
    pub const fn sent(&self) -> &BTreeSet<(RegionId, Domain)> {
        &self.sent
    }

    /// What of it is of one of these regions alone.
    #[must_use]
    pub fn of_regions(&self, regions: &[RegionId]) -> Self {
        let is_own = |it: &RegionId| regions.contains(it);
        Self {
            rows: self.rows.iter().filter(|it| it.of.region().is_some_and(is_own)).cloned().collect(),
            sent: self.sent.iter().filter(|it| is_own(&it.0)).cloned().collect(),
        }
    }
}

/// The counts of a table in one place, of a domain or of alerts.
fn line(table: Table, census: &Census, domain: Option<Domain>) -> Vec<u32> {
    let column = |at: usize| Count::kept(table, domain, u8::try_from(at).ok()?);
    (0..table.columns()).map(|at| column(at).map_or(0, |it| census.of(it))).collect()
}

fn by_domain(table: Table, quarter: &BTreeMap<Where, Census>) -> Vec<Row> {
    let places: Vec<_> =
        quarter.iter().filter_map(|(place, census)| Some((place.as_ref()?, census))).collect();
    let lines = |census: &Census| Domain::ALL.iter().map(|it| line(table, census, Some(*it))).collect();
    let cells: Vec<Vec<Vec<u32>>> = places.iter().map(|(_, census)| lines(census)).collect();
    let shown = shown_in_groups(&cells);
    let mut rows = vec![Row { table, of: Of::Country, counts: shown.totals }];
    for ((region, _), group) in places.into_iter().zip(shown.groups) {
        rows.push(Row { table, of: Of::Region(region.clone()), counts: group.totals });
        let domains = Domain::ALL.into_iter().zip(group.rows);
        rows.extend(domains.map(|(it, counts)| Row { table, of: Of::Domain(region.clone(), it), counts }));
    }
    rows
}

fn by_region(table: Table, quarter: &BTreeMap<Where, Census>) -> Vec<Row> {
    // All places are one group: they have no domains below them.
    let cells: Vec<_> = quarter.values().map(|census| line(table, census, None)).collect();
    let mut shown = shown_in_groups(&[cells]);
    let mut rows = vec![Row { table, of: Of::Country, counts: shown.totals }];
    let lines = shown.groups.pop().map(|it| it.rows).unwrap_or_default();
    for (place, counts) in quarter.keys().zip(lines) {
        let of = place.clone().map_or(Of::Several, Of::Region);
        rows.push(Row { table, of, counts });
    }
    rows
}

#[cfg(test)]
mod tests;
