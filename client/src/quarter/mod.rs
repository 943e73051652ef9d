//! Figures of all signals and convergences of a quarter that is over, as the hub counted them (V-45): what it tells a
//! privacy officer of every region, and a coordinator of its own. What is small was kept back by the hub.
//!
//! Everything said here, comparisons included, is worked out from what the hub told: nothing more can be had from it. And
//! the hub tells the same of a quarter whenever it is asked.

mod chapter;
mod compare;
mod coverage;
mod json;
mod told;
mod words;

use std::fmt;

use samenloop_core::manifest::{Connection, Manifest, Region, Role};
use samenloop_core::value::Day;

use crate::hub::{Hub, HubFault};
use crate::language::Language;

pub use chapter::{Chapter, Sheet, chapters, legend, quarters_text, scope};
pub use compare::{Beside, Comparison, Finding, Measure, Part, comparisons};
pub use json::quarters_json;
pub use told::Told;

/// Quarters that are told together: the last ones that are over.
const QUARTERS: u16 = 4;

/// A quarter, counted from the first of 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter(u16);

impl Quarter {
    /// Reads `2026-Q3`.
    ///
    /// # Errors
    /// A sentence when it is no quarter of this century.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once("-Q").and_then(|(year, number)| Some((year.parse().ok()?, number)));
        match parts {
            Some((year @ 2000_u16..=2099, number @ ("1" | "2" | "3" | "4"))) if text.len() == 7 => {
                let number: u16 = number.parse().unwrap_or(1);
                Ok(Self((year - 2000) * 4 + number - 1))
            }
            _ => Err("een kwartaal is bijvoorbeeld 2026-Q3".to_owned()),
        }
    }

    /// The last one that was over on a day.
    #[must_use]
    pub const fn before(today: Day) -> Self {
        Self(today.quarter().saturating_sub(1))
    }

    /// In words: `3e kwartaal 2026`.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        let (number, year) = (self.0 % 4 + 1, 2000 + self.0 / 4);
        match language {
            Language::Nl => format!("{number}e kwartaal {year}"),
            Language::En => format!("Q{number} {year}"),
        }
    }
}

/// As programs see it, and [`Quarter::parse`] reads it.
impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-Q{}", 2000 + self.0 / 4, self.0 % 4 + 1)
    }
}

/// What the hub tells of a quarter; `None` when it is not over by the hub's own ticks.
///
/// # Errors
/// [`HubFault`].
pub async fn told_of(hub: &Hub, quarter: Quarter) -> Result<Option<Told>, HubFault> {
    Told::parse(hub.figures(quarter.0).await?)
}

/// What the hub tells of the last quarters that are over, oldest first.
///
/// # Errors
/// [`HubFault`].
pub async fn told_of_last(hub: &Hub, today: Day) -> Result<Vec<(Quarter, Option<Told>)>, HubFault> {
    let mut quarters = Vec::new();
    for quarter in (today.quarter().saturating_sub(QUARTERS)..today.quarter()).map(Quarter) {
        quarters.push((quarter, told_of(hub, quarter).await?));
    }
    Ok(quarters)
}

/// A quarter as the hub told it, beside who takes part today.
#[derive(Debug)]
pub struct QuarterFigures<'m> {
    quarter: Quarter,
    told: Option<Told>,
    regions: Vec<&'m Region>,
    manifest: &'m Manifest,
    today: Day,
    /// Whether it is of all regions, and of alerts of several.
    is_whole: bool,
}

impl<'m> QuarterFigures<'m> {
    /// A quarter for a connection: all regions for a privacy officer, else its own.
    #[must_use]
    pub fn new(
        (quarter, told): (Quarter, Option<Told>),
        manifest: &'m Manifest,
        own: &Connection,
        today: Day,
    ) -> Self {
        let is_whole = own.role == Role::PrivacyOfficer;
        let is_own = |it: &&Region| is_whole || own.regions.contains(&it.id);
        let regions = manifest.regions().iter().filter(is_own).collect();
        Self { quarter, told, regions, manifest, today, is_whole }
    }

    /// The quarter.
    #[must_use]
    pub const fn quarter(&self) -> Quarter {
        self.quarter
    }
}

#[cfg(test)]
mod tests;
