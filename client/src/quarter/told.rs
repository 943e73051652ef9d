//! What the hub told of a quarter, parsed at the door.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{Of, Table};
use samenloop_core::figures::LEAST;
use samenloop_core::value::{Domain, RegionId};
use samenloop_proto::v1;

use crate::hub::HubFault;

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
        let of = match (region, domain) {
            (None, None) if !table.is_by_domain() => Of::Several,
            (Some(region), None) => Of::Region(region),
            (Some(region), Some(domain)) if table == Table::Sent => {
                self.sent.insert((region, domain));
                return row.counts.is_empty().then_some(());
            }
            (Some(region), Some(domain)) if table.is_by_domain() => Of::Domain(region, domain),
            _ => return None,
        };
        let is_whole = row.counts.len() == table.columns() + 1 && table != Table::Sent;
        if !is_whole || row.counts.iter().any(|it| (1..LEAST).contains(it)) {
            return None;
        }
        let counts = row.counts.iter().map(|it| (*it > 0).then_some(*it)).collect();
        self.rows.insert((table, of), counts).is_none().then_some(())
    }

    /// Every row that says anything.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Table, &Of, &[Option<u32>])> {
        self.rows.iter().map(|((table, of), counts)| (*table, of, counts.as_slice()))
    }

    /// The counts of a row, then their total: all kept back where it is not there.
    pub(super) fn row(&self, table: Table, of: &Of) -> Vec<Option<u32>> {
        self.rows.get(&(table, of.clone())).cloned().unwrap_or_else(|| vec![None; table.columns() + 1])
    }

    pub(super) fn figure(&self, table: Table, of: &Of, column: usize) -> Option<u32> {
        self.rows.get(&(table, of.clone()))?.get(column).copied().flatten()
    }

    pub(super) fn total(&self, table: Table, of: &Of) -> Option<u32> {
        self.figure(table, of, table.columns())
    }

    /// Whether a domain sent anything of a region.
    pub(super) fn has_sent(&self, region: &RegionId, domain: Domain) -> bool {
        self.sent.contains(&(region.clone(), domain))
    }

    /// Whether it says anything of a region's domain, or that it sent something.
    pub(super) fn knows(&self, region: &RegionId, domain: Domain) -> bool {
        let of = Of::Domain(region.clone(), domain);
        self.has_sent(region, domain) || self.rows.keys().any(|(_, it)| *it == of)
    }
}
