//! What of the counts of a quarter may be told: the same to everybody who asks, whenever they ask.

use std::collections::{BTreeMap, BTreeSet};

use super::{Census, Count, Table, Where};
use crate::case::ClosedList;
use crate::figures::shown;
use crate::value::{Domain, RegionId};

/// What a row is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
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
            Self::Several => None,
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
    /// takes part by now, as two versions of one quarter could be subtracted. Every place stands by itself, without a sum
    /// over regions: what is small in one hides nothing of another, and nothing can be had by subtracting the others.
    #[must_use]
    pub fn of(quarter: &BTreeMap<Where, Census>) -> Self {
        let (mut rows, mut sent) = (Vec::new(), BTreeSet::new());
        for (place, census) in quarter {
            rows.extend(told_of(place, census));
            let domains = Domain::ALL.into_iter().filter(|it| census.of(Count::sent(*it)) > 0);
            sent.extend(domains.filter_map(|it| Some((place.clone()?, it))));
        }
        Self { rows, sent }
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

/// The rows of one place that say anything.
fn told_of(place: &Where, census: &Census) -> Vec<Row> {
    let mut silent = BTreeSet::new();
    let mut told = Vec::new();
    for table in Table::ALL.iter().copied().filter(|it| *it != Table::Sent) {
        let mut rows = match place {
            Some(region) if table.is_by_domain() => by_domain(table, region, census),
            Some(region) => of_alerts(table, Of::Region(region.clone()), census),
            None if table.is_by_domain() => Vec::new(),
            None => of_alerts(table, Of::Several, census),
        };
        for row in &mut rows {
            if table.after().iter().any(|it| silent.contains(&(*it, row.of.clone()))) {
                row.counts.fill(None);
            }
            if row.counts.last().is_none_or(Option::is_none) {
                silent.insert((table, row.of.clone()));
            }
        }
        told.extend(rows);
    }
    told.retain(|row| row.counts.iter().any(Option::is_some));
    told
}

fn by_domain(table: Table, region: &RegionId, census: &Census) -> Vec<Row> {
    let cells = Domain::ALL.map(|it| line(table, census, Some(it)));
    let domains = Domain::ALL.into_iter().map(|it| Of::Domain(region.clone(), it));
    let of = domains.chain([Of::Region(region.clone())]);
    of.zip(shown(&cells)).map(|(of, counts)| Row { table, of, counts }).collect()
}

/// Of alerts there is one line, which is its own total.
fn of_alerts(table: Table, of: Of, census: &Census) -> Vec<Row> {
    let counts = shown(&[line(table, census, None)]).into_iter().next();
    counts.map(|counts| Row { table, of, counts }).into_iter().collect()
}

#[cfg(test)]
mod tests;
