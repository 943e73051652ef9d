//! The picture of an alert: what was seen, when and by which domains, and where nobody looked (V-13). Values to draw or
//! to print, without a word of text.
//!
//! An empty cell is never good news. It says that nothing was signalled, or that nobody could have: the two are told
//! apart here. Nothing is weighed, ranked or added up.

use std::collections::BTreeSet;

use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::value::{ConnectionId, Day, Domain, Month, RegionId};
use samenloop_manifest::{CodeText, Term, catalogue, code_text, life_areas, phases};

use super::{AlertView, SignalView};

mod json;
mod say;

pub(super) use json::PictureJson;
pub use say::picture_text;

/// Months that a time line shows without a gap at most; of a longer one, only those in which something was seen. No
/// lawful signal is older (V-20).
const LONGEST_MONTHS: u16 = 36;

/// A listed signal, and its number in [`AlertView::signals`]: 1 for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Numbered<'a> {
    pub number: usize,
    pub signal: &'a SignalView,
}

/// The listed signals, numbered from 1.
pub fn numbered(alert: &AlertView) -> impl Iterator<Item = Numbered<'_>> {
    (1..).zip(&alert.signals).map(|(number, signal)| Numbered { number, signal })
}

/// What was seen by phase and life area, and by month and domain, with who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Picture<'a> {
    pub grid: Grid<'a>,
    pub time_line: TimeLine<'a>,
    pub coverage: Coverage,
}

impl<'a> Picture<'a> {
    /// The picture of an alert, with who takes part on a day by a verified manifest; nothing of that is the hub's word.
    #[must_use]
    pub fn new(alert: &'a AlertView, manifest: &Manifest, today: Day) -> Self {
        let agencies: Vec<_> = manifest
            .connections()
            .iter()
            .filter(|it| it.is_valid(today) && alert.regions.iter().any(|region| looks_in(region, it, alert)))
            .filter_map(|it| Some((it.domain()?, it)))
            .collect();
        Self {
            grid: Grid::new(alert, &agencies),
            time_line: TimeLine::new(alert, &agencies),
            coverage: Coverage::new(alert, &agencies),
        }
    }
}

/// Whether an agency takes part in a region: by the manifest, or by a signal of that region that is listed.
fn looks_in(region: &RegionId, agency: &Connection, alert: &AlertView) -> bool {
    let sent = |it: &SignalView| it.shown.connection == agency.id && it.shown.region == *region;
    agency.regions.contains(region) || alert.signals.iter().any(sent)
}

/// An agency that takes part, with its domain.
type Agency<'m> = (Domain, &'m Connection);

/// Phases by life areas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid<'a> {
    /// The heads of the columns: the four life areas.
    pub life_areas: &'static [Term],
    /// The five phases of the barrier model in its order, and last `algemeen`, which is no phase: what belongs to no one
    /// of them.
    pub rows: Vec<PhaseRow<'a>>,
    /// Signals without a place in the grid: without a code, or with one that is not on the list.
    pub elsewhere: Vec<Numbered<'a>>,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseRow<'a> {
    /// The phase.
    pub phase: &'static Term,
    /// One cell for each life area, in the order of [`Grid::life_areas`].
    pub cells: Vec<Cell<'a>>,
}

/// One phase in one life area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What was signalled: own observations and hearsay, whether or not the rule counts it.
    pub signals: Vec<Numbered<'a>>,
    /// Domains that look here: an agency of it takes part in a region of the alert, or sent a signal on it, and may send
    /// a code of this cell that its domain sees.
    pub looking: Vec<Domain>,
    /// Domains that see codes of this cell, and of which no agency looks here.
    pub absent: Vec<Domain>,
}

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Something was signalled.
    Seen,
    /// Nothing was signalled, by domains that could have. That means nothing.
    Unseen,
    /// Nothing was signalled, and nobody looks here.
    Unwatched,
    /// The list has no code for this: nothing can stand here.
    NoCode,
}

impl Cell<'_> {
    /// What it says.
    #[must_use]
    pub const fn sight(&self) -> Sight {
        match (self.signals.is_empty(), self.looking.is_empty(), self.absent.is_empty()) {
            (false, _, _) => Sight::Seen,
            (true, false, _) => Sight::Unseen,
            (true, true, false) => Sight::Unwatched,
            (true, true, true) => Sight::NoCode,
        }
    }
}

impl<'a> Grid<'a> {
    fn new(alert: &'a AlertView, agencies: &[Agency<'_>]) -> Self {
        let placed: Vec<_> =
            numbered(alert).map(|it| (it.signal.shown.code.and_then(code_text), it)).collect();
        let cell = |phase: &Term, area: &Term| {
            let here = |text: &CodeText| text.phase() == phase && text.life_area() == area;
            let signals = placed.iter().filter(|(text, _)| text.is_some_and(here)).map(|(_, it)| *it);
            let codes: Vec<_> = catalogue().iter().filter(|it| here(it)).collect();
            let seen_by: BTreeSet<_> = codes.iter().flat_map(|it| it.domains()).copied().collect();
            let looks = |of: &Domain| {
                let may = |it: &&CodeText, agency: &Connection| {
                    it.domains().contains(of) && agency.codes.allow(it.code(), it.entry())
                };
                agencies.iter().any(|(domain, agency)| domain == of && codes.iter().any(|it| may(it, agency)))
            };
            let (looking, absent) = seen_by.into_iter().partition(looks);
            Cell { signals: signals.collect(), looking, absent }
        };
        let row =
            |phase| PhaseRow { phase, cells: life_areas().iter().map(|area| cell(phase, area)).collect() };
        Self {
            life_areas: life_areas(),
            rows: phases().iter().map(row).collect(),
            elsewhere: placed.iter().filter(|(text, _)| text.is_none()).map(|(_, it)| *it).collect(),
        }
    }
}

/// Months by domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeLine<'a> {
    /// From the first month of observation to the last, those in between included.
    pub months: Vec<Month>,
    /// All domains, in the order of the list.
    pub rows: Vec<DomainRow<'a>>,
}

/// One domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainRow<'a> {
    /// The domain, as the hub shows it on the signal.
    pub domain: Domain,
    /// Whether an agency of it takes part in a region of the alert, or sent a signal on it.
    pub takes_part: bool,
    /// What its agencies sent by month of observation, in the order of [`TimeLine::months`]. Hearsay stands at its
    /// sender.
    pub months: Vec<Vec<Numbered<'a>>>,
}

impl<'a> TimeLine<'a> {
    fn new(alert: &'a AlertView, agencies: &[Agency<'_>]) -> Self {
        let months = months(alert.signals.iter().map(|it| it.shown.month).collect());
        let row = |domain| {
            let of = |month: &Month| {
                let here = |it: &Numbered<'_>| it.signal.domain == domain && it.signal.shown.month == *month;
                numbered(alert).filter(here).collect()
            };
            DomainRow {
                domain,
                takes_part: agencies.iter().any(|(it, _)| *it == domain),
                months: months.iter().map(of).collect(),
            }
        };
        Self { rows: Domain::ALL.into_iter().map(row).collect(), months }
    }
}

fn months(seen: BTreeSet<Month>) -> Vec<Month> {
    match (seen.first(), seen.last()) {
        (Some(first), Some(last)) if last.since(*first).is_some_and(|it| it < LONGEST_MONTHS) => {
            (first.index()..=last.index()).filter_map(|it| Month::from_index(it).ok()).collect()
        }
        _ => seen.into_iter().collect(),
    }
}

/// Which domains take part in each region of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// One for each region of the alert.
    pub regions: Vec<RegionCoverage>,
}

/// One region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionCoverage {
    /// The region.
    pub region: RegionId,
    /// Every domain, in the order of the list, with its agencies that take part here; none where the domain is absent.
    pub domains: Vec<(Domain, Vec<ConnectionId>)>,
}

impl RegionCoverage {
    /// The domains of which no agency takes part.
    pub fn absent(&self) -> impl Iterator<Item = Domain> + '_ {
        self.domains.iter().filter(|(_, agencies)| agencies.is_empty()).map(|(domain, _)| *domain)
    }
}

impl Coverage {
    fn new(alert: &AlertView, agencies: &[Agency<'_>]) -> Self {
        let of = |region: &RegionId, domain| {
            let here =
                agencies.iter().filter(|(it, agency)| *it == domain && looks_in(region, agency, alert));
            (domain, here.map(|(_, agency)| agency.id.clone()).collect())
        };
        let covered = |region: &RegionId| RegionCoverage {
            region: region.clone(),
            domains: Domain::ALL.into_iter().map(|domain| of(region, domain)).collect(),
        };
        Self { regions: alert.regions.iter().map(covered).collect() }
    }
}

#[cfg(test)]
mod tests;
