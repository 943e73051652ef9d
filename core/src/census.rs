//! What the hub counts as it files (V-45): numbers by quarter, region and domain, of nobody. No pseudonym, no index, no
//! number of a signal or an alert goes into a count, and none can be taken out of it again.
//!
//! Everything is counted once, in the quarter in which it happens, and a quarter that is over never changes. So what is
//! withdrawn, replaced or erased later is not subtracted: a figure that could go down by one would tell of one.

mod publication;

use std::collections::BTreeMap;

use crate::case::{ClosedList as _, Outcome};
use crate::value::{Code, Domain, RegionId};

pub use publication::{Of, Publication, Row};

/// The phases of the barrier model by the letter of their codes, in the order of the taxonomy.
pub const PHASE_LETTERS: [u8; 6] = *b"EVIDFA";

crate::case::closed_list! {
    /// What is counted. Every list below names its columns in their order.
    Table:
    /// Signals, by phase, then those without a code: when a reference is filed for the first time, under whatever epoch.
    /// Not when it is sent again, replaced by a new revision, extended or carried over to another epoch; a reference that
    /// is used again after its term is new.
    Filed = 1 "filed",
    /// Signals that come onto an alert: those that the rule counts, and those that are listed only. Once for each alert.
    Listed = 2 "listed",
    /// Signals that were on an alert when its lead closed it: with an outcome, as unfounded.
    Weighed = 3 "weighed",
    /// Alerts that open, or open again: with two domains, three, four or more.
    Raised = 4 "raised",
    /// Alerts that are picked up while nobody leads them: within 1 day, 7 days, 30 days, later.
    Claimed = 5 "claimed",
    /// Judgements of a lead: confirmed, unfounded. One that changes its mind counts again.
    Judged = 6 "judged",
    /// Alerts that their lead closed, by [`Outcome`].
    Closed = 7 "closed",
    /// Alerts that ended by themselves: never picked up, their signals no longer converge.
    Lapsed = 8 "lapsed",
    /// Whether a domain sent anything of a region, new or not.
    Sent = 9 "sent",
}

impl Table {
    /// Its columns, without that of the totals.
    #[must_use]
    pub const fn columns(self) -> usize {
        match self {
            Self::Filed => PHASE_LETTERS.len() + 1,
            Self::Raised => 3,
            Self::Claimed => 4,
            Self::Closed => Outcome::ALL.len(),
            Self::Listed | Self::Weighed | Self::Judged | Self::Lapsed => 2,
            Self::Sent => 1,
        }
    }

    /// Whether it is by region and domain; of the others one count may be of several regions.
    #[must_use]
    pub const fn is_by_domain(self) -> bool {
        matches!(self, Self::Filed | Self::Listed | Self::Weighed | Self::Sent)
    }

    /// The tables that count what has to happen before: where they are silent, a figure of this one would bound them.
    const fn after(self) -> &'static [Self] {
        match self {
            Self::Filed | Self::Sent => &[],
            Self::Listed => &[Self::Filed],
            Self::Weighed | Self::Raised => &[Self::Listed],
            Self::Claimed | Self::Lapsed => &[Self::Raised],
            Self::Judged => &[Self::Claimed],
            Self::Closed => &[Self::Claimed, Self::Weighed],
        }
    }
}

/// One thing that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    table: Table,
    domain: Option<Domain>,
    column: u8,
}

impl Count {
    const fn new(table: Table, domain: Option<Domain>, column: u8) -> Self {
        Self { table, domain, column }
    }

    /// A count as it was kept; `None` when its table has no such column.
    #[must_use]
    pub fn kept(table: Table, domain: Option<Domain>, column: u8) -> Option<Self> {
        let fits = usize::from(column) < table.columns() && table.is_by_domain() == domain.is_some();
        fits.then_some(Self { table, domain, column })
    }

    /// A signal of a domain, filed for the first time.
    #[must_use]
    pub fn filed(domain: Domain, code: Option<Code>) -> Self {
        let letter = code.and_then(|it| it.as_str().bytes().next());
        let phase = PHASE_LETTERS.iter().position(|it| Some(*it) == letter).unwrap_or(PHASE_LETTERS.len());
        Self::new(Table::Filed, Some(domain), u8::try_from(phase).unwrap_or_default())
    }

    /// A signal of a domain that comes onto an alert.
    #[must_use]
    pub fn listed(domain: Domain, counts: bool) -> Self {
        Self::new(Table::Listed, Some(domain), u8::from(!counts))
    }

    /// A signal of a domain on an alert that is closed.
    #[must_use]
    pub fn weighed(domain: Domain, is_unfounded: bool) -> Self {
        Self::new(Table::Weighed, Some(domain), u8::from(is_unfounded))
    }

    /// An alert that opens with so many domains.
    #[must_use]
    pub fn raised(domains: usize) -> Self {
        Self::new(Table::Raised, None, u8::try_from(domains.clamp(2, 4) - 2).unwrap_or_default())
    }

    /// An alert that is picked up after so many days.
    #[must_use]
    pub const fn claimed(after_days: u32) -> Self {
        let column = match after_days {
            0..=1 => 0,
            2..=7 => 1,
            8..=30 => 2,
            _ => 3,
        };
        Self::new(Table::Claimed, None, column)
    }

    /// A judgement.
    #[must_use]
    pub fn judged(is_unfounded: bool) -> Self {
        Self::new(Table::Judged, None, u8::from(is_unfounded))
    }

    /// An alert that its lead closes.
    #[must_use]
    pub fn closed(outcome: Outcome) -> Self {
        let column = Outcome::ALL.iter().position(|it| *it == outcome).unwrap_or_default();
        Self::new(Table::Closed, None, u8::try_from(column).unwrap_or_default())
    }

    /// An alert that ends by itself.
    #[must_use]
    pub fn lapsed(was_neglected: bool) -> Self {
        Self::new(Table::Lapsed, None, u8::from(!was_neglected))
    }

    /// A domain that sends something.
    #[must_use]
    pub const fn sent(domain: Domain) -> Self {
        Self::new(Table::Sent, Some(domain), 0)
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// The domain; `None` in tables of alerts.
    #[must_use]
    pub const fn domain(&self) -> Option<Domain> {
        self.domain
    }

    /// The column, from 0.
    #[must_use]
    pub const fn column(&self) -> u8 {
        self.column
    }
}

/// Where something is counted: a region, or `None` for an alert of several regions, which would be in each of them
/// otherwise and let nobody add them up.
pub type Where = Option<RegionId>;

/// The counts of one quarter and region. Small ones too: never shown, nor logged.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Census(BTreeMap<Count, u32>);

impl Census {
    /// Counts as they were kept.
    #[must_use]
    pub fn new(counts: impl IntoIterator<Item = (Count, u32)>) -> Self {
        Self(counts.into_iter().collect())
    }

    /// Counts one thing more; that a domain sent is noted once.
    pub fn add(&mut self, count: Count) {
        self.extend(&Self::new([(count, 1)]));
    }

    /// Adds what was counted besides.
    pub fn extend(&mut self, more: &Self) {
        for (count, number) in &more.0 {
            let sum = self.0.entry(*count).or_default();
            *sum = if count.table == Table::Sent { 1 } else { sum.saturating_add(*number) };
        }
    }

    /// The counts that are not zero.
    pub fn counts(&self) -> impl ExactSizeIterator<Item = (Count, u32)> + '_ {
        self.0.iter().map(|(count, number)| (*count, *number))
    }

    /// How often a thing was counted.
    #[must_use]
    pub fn of(&self, count: Count) -> u32 {
        self.0.get(&count).copied().unwrap_or_default()
    }
}

/// The quarters over which counts are kept before the one that runs: three years.
pub const KEPT_QUARTERS: u16 = 12;
