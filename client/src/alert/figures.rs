//! Figures of a coordinator's own alerts, by quarter (startfoto, V-45): what came of them and how soon, and what was signalled by domain
//! and phase. Small numbers are kept back. Nothing is divided: no percentage, no average, no child.
//!
//! Only quarters that are over are told, each by itself, and no total spans quarters. Figures of one quarter still differ
//! by a child between two looks: an alert that is closed moves from one cell to another, a signal that joins an open alert
//! of that quarter adds one, and what the hub forgot since is gone.

use std::collections::BTreeMap;

use samenloop_core::case::{ClosedList as _, Outcome};
use samenloop_core::figures::shown;
use samenloop_core::manifest::{Connection, Manifest, Region};
use samenloop_core::value::{Day, Domain};
use samenloop_manifest::{Term, code_text, phases};

use super::judged::key;
use super::{AlertView, State};

mod json;
mod say;

pub use json::figures_json;
pub use say::{Sheet, figures_text, legend, scope};

/// Quarters that are told: the last ones that are over.
const QUARTERS: u16 = 4;

/// A quarter, counted from the first of 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter(u16);

/// What came of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Nobody leads it yet, or again.
    Waiting,
    /// Somebody leads it.
    Led,
    /// It was closed.
    Closed(Outcome),
    /// It ended by itself.
    Lapsed,
}

impl Came {
    fn of(alert: &AlertView) -> Option<Self> {
        match alert.state {
            State::New | State::Reopened => Some(Self::Waiting),
            State::Claimed | State::Confirmed | State::Unfounded => Some(Self::Led),
            State::Closed => alert.follow_up.outcome.map(Self::Closed),
            State::Lapsed => Some(Self::Lapsed),
        }
    }

    fn all() -> Vec<Self> {
        let outcomes = Outcome::ALL.iter().copied().map(Self::Closed);
        [Self::Waiting, Self::Led].into_iter().chain(outcomes).chain([Self::Lapsed]).collect()
    }
}

/// How soon somebody first picked an alert up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// On the day it opened, or the day after.
    AtOnce,
    /// Within a week.
    Week,
    /// Within thirty days.
    Month,
    /// Later.
    Later,
    /// Nobody did.
    Never,
}

impl Pace {
    const ALL: [Self; 5] = [Self::AtOnce, Self::Week, Self::Month, Self::Later, Self::Never];

    fn of(alert: &AlertView) -> Self {
        match alert.follow_up.claimed.map(|day| alert.opened.days_until(day).unwrap_or_default()) {
            None => Self::Never,
            Some(..=1) => Self::AtOnce,
            Some(..=7) => Self::Week,
            Some(..=30) => Self::Month,
            Some(_) => Self::Later,
        }
    }
}

/// A phase of the barrier model; `None` for a signal without a code.
pub type Phase = Option<&'static Term>;

/// Counts by two axes; `None` for what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<R, C> {
    /// The heads of the columns.
    pub columns: Vec<C>,
    /// The rows, with their totals behind them.
    pub rows: Vec<(R, Vec<Option<u32>>)>,
    /// The totals of the columns, and that of all.
    pub totals: Vec<Option<u32>>,
}

impl<R: PartialEq, C: PartialEq> Table<R, C> {
    fn of(rows: Vec<R>, columns: Vec<C>, counted: &[(R, C)]) -> Self {
        let count = |row: &R, column: &C| {
            let here = counted.iter().filter(|(r, c)| r == row && c == column).count();
            u32::try_from(here).unwrap_or(u32::MAX)
        };
        let line = |row: &R| columns.iter().map(|column| count(row, column)).collect();
        let cells: Vec<Vec<u32>> = rows.iter().map(line).collect();
        let mut lines = shown(&cells).into_iter();
        let rows = rows.into_iter().zip(lines.by_ref()).collect();
        Self { rows, totals: lines.next().unwrap_or_default(), columns }
    }
}

impl<R, C> Table<R, C> {
    /// Whether anything is not kept back.
    fn says_anything(&self) -> bool {
        self.rows.iter().map(|(_, line)| line).chain([&self.totals]).flatten().any(Option::is_some)
    }
}

/// What was signalled in a region, and who could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionFigures {
    /// What the region is called.
    pub name: String,
    /// Listed signals of the region by domain and phase, by the quarter in which their alert opened. Rows are the domains
    /// that take part, or signalled: that the others have none is no news.
    pub quarters: Vec<(Quarter, Table<Domain, Phase>)>,
    /// Domains of which no agency takes part here today, and that no table has.
    pub absent: Vec<Domain>,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What came of the alerts and how soon somebody picked them up, by the quarter in which they opened. One table, as
    /// two over the same alerts could be subtracted.
    pub alerts: Vec<(Quarter, Table<Came, Pace>)>,
    /// Each region of the coordinator.
    pub regions: Vec<RegionFigures>,
}

impl Figures {
    /// The figures of all alerts that a coordinator sees, those that ended included.
    #[must_use]
    pub fn new(alerts: &[AlertView], manifest: &Manifest, own: &Connection, today: Day) -> Self {
        let now = today.quarter();
        let quarters: Vec<_> = (now.saturating_sub(QUARTERS)..now).map(Quarter).collect();
        let of = |quarter: &Quarter| {
            let opened = alerts.iter().filter(|it| it.opened.quarter() == quarter.0);
            let counted: Vec<_> = opened.filter_map(|it| Some((Came::of(it)?, Pace::of(it)))).collect();
            (*quarter, Table::of(Came::all(), Pace::ALL.to_vec(), &counted))
        };
        let is_own = |it: &&Region| own.regions.is_empty() || own.regions.contains(&it.id);
        let region = |it: &Region| RegionFigures::new(it, alerts, manifest, &quarters, today);
        Self {
            alerts: quarters.iter().map(of).collect(),
            regions: manifest.regions().iter().filter(is_own).map(region).collect(),
        }
    }
}

impl RegionFigures {
    fn new(
        region: &Region,
        alerts: &[AlertView],
        manifest: &Manifest,
        quarters: &[Quarter],
        today: Day,
    ) -> Self {
        let agencies = manifest.connections().iter().filter(|it| it.is_valid(today));
        let present: Vec<_> =
            agencies.filter(|it| it.regions.contains(&region.id)).filter_map(Connection::domain).collect();
        // Each signal once, also where two alerts list it: with the first of them.
        let mut signals = BTreeMap::new();
        for alert in alerts {
            for signal in alert.signals.iter().filter(|it| it.shown.region == region.id) {
                signals.entry(key(signal)).or_insert((alert.opened.quarter(), signal));
            }
        }
        let columns = || phases().iter().map(Some).chain([None]).collect();
        let table = |quarter: &Quarter| {
            let counted: Vec<(Domain, Phase)> = signals
                .values()
                .filter(|(opened, _)| *opened == quarter.0)
                .map(|(_, it)| (it.domain, it.shown.code.and_then(code_text).map(|text| text.phase())))
                .collect();
            let rows = Domain::ALL.into_iter();
            let rows =
                rows.filter(|it| present.contains(it) || counted.iter().any(|(domain, _)| domain == it));
            (*quarter, Table::of(rows.collect(), columns(), &counted))
        };
        let quarters: Vec<_> = quarters.iter().map(table).collect();
        let signalled = |domain: &Domain| {
            quarters.iter().any(|(_, table)| table.rows.iter().any(|(row, _)| row == domain))
        };
        let absent = Domain::ALL.into_iter().filter(|it| !present.contains(it) && !signalled(it)).collect();
        Self { name: region.name.clone(), quarters, absent }
    }
}

#[cfg(test)]
mod tests;
