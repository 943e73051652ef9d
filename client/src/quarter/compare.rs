//! A domain of a region beside the same domain elsewhere, and beside the other domains there: whether much or little is
//! signalled, how much of it comes together and how often that was unfounded. By organisations and numbers alone: nothing
//! of any person is known here.
//!
//! A difference is put in words only when it is large, and never explained. Where a number is kept back, on either side,
//! nothing is said.

use samenloop_core::census::{Of, Table};
use samenloop_core::value::Domain;

use super::{QuarterFigures, Told};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// New signals for each organisation that takes part.
    Signals,
    /// Signals that came onto a convergence, of the new signals.
    Converged,
    /// Signals on convergences that were closed as unfounded, of those on all that were closed.
    Unfounded,
    /// Convergences that were picked up within a week, of all that were picked up.
    Prompt,
}

impl Measure {
    /// The name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signals => "signals-per-organisation",
            Self::Converged => "converged-of-new-signals",
            Self::Unfounded => "unfounded-of-closed-signals",
            Self::Prompt => "within-a-week-of-claimed",
        }
    }
}

/// A number, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The number.
    pub count: u32,
    /// Of how many organisations, signals or convergences; never 0.
    pub of: u32,
}

/// How something lies beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// At least twice as much as the others.
    More,
    /// At most half as much as the others.
    Less,
    /// Neither.
    Alike,
}

impl Finding {
    /// The name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::More => "twice-or-more",
            Self::Less => "half-or-less",
            Self::Alike => "alike",
        }
    }

    fn of(here: Part, others: Part) -> Self {
        let (here, there) =
            (u64::from(here.count) * u64::from(others.of), u64::from(others.count) * u64::from(here.of));
        if here >= 2 * there {
            Self::More
        } else if 2 * here <= there {
            Self::Less
        } else {
            Self::Alike
        }
    }
}

/// What something is compared with, as far as the numbers of it are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The same in the other regions together.
    Regions,
    /// The other domains of the region together.
    Domains,
}

impl Beside {
    /// The name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regions => "other-regions",
            Self::Domains => "other-domains",
        }
    }
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// What is compared.
    pub measure: Measure,
    /// With what.
    pub beside: Beside,
    /// The region, by its place among those of the figures.
    pub region: usize,
    /// The domain; `None` for convergences, which have more than one.
    pub domain: Option<Domain>,
    /// Here.
    pub here: Part,
    /// What it is compared with.
    pub others: Part,
    /// The words for it.
    pub finding: Finding,
}

/// Every comparison that can be made, region by region. None where a number of either side is kept back.
#[must_use]
pub fn comparisons(figures: &QuarterFigures<'_>) -> Vec<Comparison> {
    let Some(told) = &figures.told else { return Vec::new() };
    let mut made = Vec::new();
    for region in 0..figures.regions.len() {
        let here = Here { figures, told, region };
        for domain in Domain::ALL {
            for measure in [Measure::Signals, Measure::Converged, Measure::Unfounded] {
                made.extend(here.beside_regions(measure, Some(domain)));
            }
            for measure in [Measure::Converged, Measure::Unfounded] {
                made.extend(here.beside_domains(measure, domain));
            }
        }
        made.extend(here.beside_regions(Measure::Prompt, None));
    }
    made
}

/// A region among the others.
#[derive(Clone, Copy)]
struct Here<'f, 'm> {
    figures: &'f QuarterFigures<'m>,
    told: &'f Told,
    region: usize,
}

impl Here<'_, '_> {
    fn beside_regions(self, measure: Measure, domain: Option<Domain>) -> Option<Comparison> {
        let others = (0..self.figures.regions.len()).filter(|it| *it != self.region);
        let others = others.filter_map(|region| Here { region, ..self }.part(measure, domain));
        self.compared(measure, domain, Beside::Regions, others)
    }

    fn beside_domains(self, measure: Measure, domain: Domain) -> Option<Comparison> {
        let others = Domain::ALL.into_iter().filter(|it| *it != domain);
        let others = others.filter_map(|it| self.part(measure, Some(it)));
        self.compared(measure, Some(domain), Beside::Domains, others)
    }

    fn compared(
        self,
        measure: Measure,
        domain: Option<Domain>,
        beside: Beside,
        others: impl Iterator<Item = Part>,
    ) -> Option<Comparison> {
        let here = self.part(measure, domain)?;
        let others = others.reduce(|a, b| Part { count: a.count + b.count, of: a.of + b.of })?;
        let finding = Finding::of(here, others);
        Some(Comparison { measure, beside, region: self.region, domain, here, others, finding })
    }

    /// What the region has of a measure; `None` when a number of it is kept back.
    fn part(self, measure: Measure, domain: Option<Domain>) -> Option<Part> {
        let Self { figures, told, region } = self;
        let region = &figures.regions.get(region)?.id;
        let of = domain.map_or_else(|| Of::Region(region.clone()), |it| Of::Domain(region.clone(), it));
        let (count, whole) = match measure {
            Measure::Signals => {
                let organisations = figures.organisations(region, domain?);
                (told.total(Table::Filed, &of)?, u32::try_from(organisations).ok()?)
            }
            Measure::Converged => (told.total(Table::Listed, &of)?, told.total(Table::Filed, &of)?),
            Measure::Unfounded => (told.figure(Table::Weighed, &of, 1)?, told.total(Table::Weighed, &of)?),
            Measure::Prompt => {
                let within = |column| told.figure(Table::Claimed, &of, column);
                (within(0)? + within(1)?, told.total(Table::Claimed, &of)?)
            }
        };
        (whole > 0).then_some(Part { count, of: whole })
    }
}
