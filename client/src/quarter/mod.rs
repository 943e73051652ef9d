//! Figures of all signals and convergences of a quarter that is over, as the hub counted them (V-45): what it tells a
//! privacy officer of every region, and a coordinator of its own. What is small was kept back by the hub.
//!
//! Everything said here, comparisons included, is worked out from what the hub told: nothing more can be had from it.

mod compare;
mod coverage;
mod json;
mod say;

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{Of, Table};
use samenloop_core::figures::LEAST;
use samenloop_core::manifest::{Connection, Manifest, Region};
use samenloop_core::value::{Day, Domain, RegionId};
use samenloop_proto::v1;

use crate::alert::figures::Quarter;
use crate::hub::{Hub, HubFault};

pub use compare::{Comparison, Finding, Measure, comparisons};
pub use json::quarters_json;
pub use say::{quarter_text, quarters_text};

/// Quarters that are told: the last ones that are over.
const QUARTERS: u16 = 4;

const BROKEN: HubFault = HubFault::Broken("its figures are not of the form that was agreed");

/// What the hub told of a quarter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    rows: BTreeMap<(Table, Of), Vec<Option<u32>>>,
    sent: BTreeSet<(RegionId, Domain)>,
}

impl Told {
    /// Parses an answer; `None` when the hub does not tell that quarter yet.
    ///
    /// # Errors
    /// [`HubFault::Broken`] for figures of no table, or of a number that should have been kept back.
    pub fn parse(answer: v1::FetchFiguresResponse) -> Result<Option<Self>, HubFault> {
        let mut told = Self::default();
        for row in answer.rows {
            told.add(&row).ok_or(BROKEN)?;
        }
        Ok(answer.told.then_some(told))
    }

    fn add(&mut self, row: &v1::FigureRow) -> Option<()> {
        let table = Table::from_number(u32::try_from(row.table).ok()?)?;
        let region = if row.region.is_empty() { None } else { Some(RegionId::parse(&row.region).ok()?) };
        let domain = crate::alert::domain(row.domain());
        let of = match (region, domain, row.several_regions) {
            (None, None, false) => Of::Country,
            (None, None, true) => Of::Several,
            (Some(region), None, false) => Of::Region(region),
            (Some(region), Some(domain), false) if table == Table::Sent => {
                self.sent.insert((region, domain));
                return row.counts.is_empty().then_some(());
            }
            (Some(region), Some(domain), false) if table.is_by_domain() => Of::Domain(region, domain),
            _ => return None,
        };
        let is_whole = row.counts.len() == table.columns() + 1 && table != Table::Sent;
        if !is_whole || row.counts.iter().any(|it| (1..LEAST).contains(it)) {
            return None;
        }
        let counts = row.counts.iter().map(|it| (*it > 0).then_some(*it)).collect();
        self.rows.insert((table, of), counts).is_none().then_some(())
    }

    /// The counts of a row, then their total; nothing where all is kept back, or is not there.
    fn row(&self, table: Table, of: &Of) -> &[Option<u32>] {
        self.rows.get(&(table, of.clone())).map_or(&[], Vec::as_slice)
    }

    fn figure(&self, table: Table, of: &Of, column: usize) -> Option<u32> {
        self.row(table, of).get(column).copied().flatten()
    }

    fn total(&self, table: Table, of: &Of) -> Option<u32> {
        self.figure(table, of, table.columns())
    }
}

/// A quarter as the hub told it, beside who takes part today.
pub struct QuarterFigures<'m> {
    quarter: Quarter,
    told: Option<Told>,
    regions: Vec<&'m Region>,
    manifest: &'m Manifest,
    today: Day,
    /// Whether it is of all regions, and of all of them together.
    is_whole: bool,
}

impl<'m> QuarterFigures<'m> {
    /// A quarter for a connection: all regions for who has none of its own.
    #[must_use]
    pub fn new(
        quarter: Quarter,
        told: Option<Told>,
        manifest: &'m Manifest,
        own: &Connection,
        today: Day,
    ) -> Self {
        let is_own = |it: &&Region| own.regions.is_empty() || own.regions.contains(&it.id);
        let regions = manifest.regions().iter().filter(is_own).collect();
        Self { quarter, told, regions, manifest, today, is_whole: own.regions.is_empty() }
    }

    /// What the hub tells of a quarter.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn fetch(
        hub: &Hub,
        quarter: Quarter,
        manifest: &'m Manifest,
        own: &Connection,
        today: Day,
    ) -> Result<Self, HubFault> {
        let told = Told::parse(hub.figures(quarter.number()).await?)?;
        Ok(Self::new(quarter, told, manifest, own, today))
    }

    /// What the hub tells of the last quarters that are over, oldest first.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn fetch_last(
        hub: &Hub,
        manifest: &'m Manifest,
        own: &Connection,
        today: Day,
    ) -> Result<Vec<Self>, HubFault> {
        let now = today.quarter();
        let mut quarters = Vec::new();
        for quarter in now.saturating_sub(QUARTERS)..now {
            quarters.push(Self::fetch(hub, Quarter::new(quarter), manifest, own, today).await?);
        }
        Ok(quarters)
    }
}

#[cfg(test)]
mod tests;
