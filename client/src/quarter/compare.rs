//! A region beside the others, domain by domain: whether much or little is signalled there, how much of it comes together
//! and how often that was unfounded. By organisations and numbers alone: nothing of any person is known here.
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

/// How a region lies beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// At least twice as much as elsewhere.
    More,
    /// At most half as much as elsewhere.
    Less,
    /// Neither.
    Alike,
    /// Nothing can be said: elsewhere every number is kept back.
    Alone,
}

impl Finding {
    /// The name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::More => "twice-or-more",
            Self::Less => "half-or-less",
            Self::Alike => "alike",
            Self::Alone => "nothing-to-compare",
        }
    }

    fn of(here: Part, elsewhere: Option<Part>) -> Self {
        let Some(elsewhere) = elsewhere else { return Self::Alone };
        let (here, there) = (
            u64::from(here.count) * u64::from(elsewhere.of),
            u64::from(elsewhere.count) * u64::from(here.of),
        );
        if here >= 2 * there {
            Self::More
        } else if 2 * here <= there {
            Self::Less
        } else {
            Self::Alike
        }
    }
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What is compared.
    pub measure: Measure,
    /// The domain; `None` for convergences, which are of several.
    pub domain: Option<Domain>,
    /// The region, by its place among those of the figures.
    pub region: usize,
    /// Here.
    pub here: Part,
    /// In the other regions together, as far as their numbers are told.
    pub elsewhere: Option<Part>,
    /// The words for it.
    pub finding: Finding,
}

/// Every comparison that can be made, region by region. None for who sees one region only.
#[must_use]
pub fn comparisons(figures: &QuarterFigures<'_>) -> Vec<Comparison> {
    let Some(told) = figures.told.as_ref().filter(|_| figures.regions.len() > 1) else { return Vec::new() };
    let mut made = Vec::new();
    for region in 0..figures.regions.len() {
        for domain in Domain::ALL {
            for measure in [Measure::Signals, Measure::Converged, Measure::Unfounded] {
                made.extend(comparison(figures, told, measure, region, Some(domain)));
            }
        }
        made.extend(comparison(figures, told, Measure::Prompt, region, None));
    }
    made
}

fn comparison(
    figures: &QuarterFigures<'_>,
    told: &Told,
    measure: Measure,
    region: usize,
    domain: Option<Domain>,
) -> Option<Comparison> {
    let part_of = |at: usize| part(figures, told, measure, at, domain);
    let here = part_of(region)?;
    let others = (0..figures.regions.len()).filter(|it| *it != region).filter_map(part_of);
    let elsewhere = others.reduce(|a, b| Part { count: a.count + b.count, of: a.of + b.of });
    Some(Comparison { measure, domain, region, here, elsewhere, finding: Finding::of(here, elsewhere) })
}

/// What a region has of a measure; `None` when a number of it is kept back.
fn part(
    figures: &QuarterFigures<'_>,
    told: &Told,
    measure: Measure,
    region: usize,
    domain: Option<Domain>,
) -> Option<Part> {
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
