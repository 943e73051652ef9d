//! Figures in words.

use samenloop_core::case::ClosedList as _;
use samenloop_core::value::Domain;
use samenloop_manifest::domain_words;

use super::{Came, Figures, Pace, Phase, Quarter, RegionFigures, Table};
use crate::alert::InWords as _;
use crate::language::Language;

/// The head of a row or column.
pub(super) trait Head {
    /// As programs see it.
    fn code(&self) -> String;
    /// As people read it.
    fn words(&self, language: Language) -> String;
}

impl Head for Quarter {
    fn code(&self) -> String {
        format!("{}-Q{}", 2000 + self.0 / 4, self.0 % 4 + 1)
    }

    fn words(&self, language: Language) -> String {
        let (number, year) = (self.0 % 4 + 1, 2000 + self.0 / 4);
        match language {
            Language::Nl => format!("{number}e kwartaal {year}"),
            Language::En => format!("Q{number} {year}"),
        }
    }
}

impl Head for Came {
    fn code(&self) -> String {
        match self {
            Self::Waiting => "waiting",
            Self::Led => "led",
            Self::Closed(outcome) => outcome.code(),
            Self::Lapsed => "lapsed",
        }
        .to_owned()
    }

    fn words(&self, language: Language) -> String {
        match self {
            Self::Waiting => language.pick("niemand heeft de regie", "nobody leads"),
            Self::Led => language.pick("iemand heeft de regie", "somebody leads"),
            Self::Closed(outcome) => outcome.words(language),
            Self::Lapsed => language.pick("vervallen", "lapsed"),
        }
        .to_owned()
    }
}

impl Head for Pace {
    fn code(&self) -> String {
        match self {
            Self::AtOnce => "at-once",
            Self::Week => "week",
            Self::Month => "month",
            Self::Later => "later",
            Self::Never => "never",
        }
        .to_owned()
    }

    fn words(&self, language: Language) -> String {
        match self {
            Self::AtOnce => language.pick("Binnen 1 dag", "Within 1 day"),
            Self::Week => language.pick("2 tot en met 7 dagen", "2 to 7 days"),
            Self::Month => language.pick("8 tot en met 30 dagen", "8 to 30 days"),
            Self::Later => language.pick("Na 30 dagen", "After 30 days"),
            Self::Never => language.pick("Nooit", "Never"),
        }
        .to_owned()
    }
}

impl Head for Domain {
    fn code(&self) -> String {
        (*self).code().to_owned()
    }

    fn words(&self, language: Language) -> String {
        domain_words(*self).map_or_else(|| (*self).code(), |it| language.words(it)).to_owned()
    }
}

impl Head for Phase {
    fn code(&self) -> String {
        self.map_or("", |it| it.name()).to_owned()
    }

    fn words(&self, language: Language) -> String {
        self.map_or(language.pick("Geen code", "No code"), |it| language.words(it.words())).to_owned()
    }
}

/// A table in words, with a dash for what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it counts.
    pub title: String,
    /// The heads of the columns, that of the totals included.
    pub columns: Vec<String>,
    /// Rows with their heads; the last one has the totals.
    pub rows: Vec<(String, Vec<String>)>,
}

impl Sheet {
    fn of<R: Head, C: Head>(title: String, table: &Table<R, C>, language: Language) -> Self {
        let total = || language.pick("Totaal", "Total").to_owned();
        let figure = |it: &Option<u32>| it.map_or_else(|| "–".to_owned(), |count| count.to_string());
        let line = |head: String, counts: &[Option<u32>]| (head, counts.iter().map(figure).collect());
        let rows = table.rows.iter().map(|(head, counts)| line(head.words(language), counts));
        let heads = table.columns.iter().map(|it| it.words(language));
        Self {
            title,
            columns: heads.chain([total()]).collect(),
            rows: rows.chain([line(total(), &table.totals)]).collect(),
        }
    }

    /// A table for each quarter of which there is anything to show.
    fn of_quarters<R: Head, C: Head>(
        title: &str,
        quarters: &[(Quarter, Table<R, C>)],
        language: Language,
    ) -> Vec<Self> {
        let title = |quarter: &Quarter| format!("{title}: {}", quarter.words(language));
        let told = quarters.iter().filter(|(_, table)| table.says_anything());
        told.map(|(quarter, table)| Self::of(title(quarter), table, language)).collect()
    }
}

/// The quarters of which nothing can be shown; empty when there are none.
fn silent<R, C>(quarters: &[(Quarter, Table<R, C>)], language: Language) -> String {
    let silent = quarters.iter().filter(|(_, table)| !table.says_anything());
    let names: Vec<_> = silent.map(|(quarter, _)| quarter.words(language)).collect();
    let words = language.pick("Te weinig om te tonen:", "Too few to show:");
    if names.is_empty() { String::new() } else { format!("{words} {}.", language.list(&names)) }
}

impl Figures {
    /// The tables of alerts.
    #[must_use]
    pub fn sheets(&self, language: Language) -> Vec<Sheet> {
        let title = language.pick(
            "Samenlopen, naar wat ervan kwam en wanneer iemand ze oppakte",
            "Convergences, by what came of them and when somebody claimed them",
        );
        Sheet::of_quarters(title, &self.alerts, language)
    }

    /// The quarters of which there is no table of alerts; empty when there are none.
    #[must_use]
    pub fn silent(&self, language: Language) -> String {
        silent(&self.alerts, language)
    }
}

impl RegionFigures {
    /// The tables of signals.
    #[must_use]
    pub fn sheets(&self, language: Language) -> Vec<Sheet> {
        let title = language.pick("Signalen, naar domein en fase", "Signals, by domain and phase");
        Sheet::of_quarters(title, &self.quarters, language)
    }

    /// The quarters of which there is no table of signals; empty when there are none.
    #[must_use]
    pub fn silent(&self, language: Language) -> String {
        silent(&self.quarters, language)
    }

    /// Which domains take no part: an empty place beside their name would mean nothing.
    #[must_use]
    pub fn coverage(&self, language: Language) -> String {
        let names: Vec<_> = self.absent.iter().map(|it| it.words(language)).collect();
        let words = language.pick(
            "Doet vandaag niet mee, dus wat deze domeinen zien, staat hier niet:",
            "Takes no part today, so what these domains see is not here:",
        );
        let none = language.pick("geen", "none");
        format!("{words} {}.", if names.is_empty() { none.to_owned() } else { names.join("; ") })
    }
}

/// What the figures are of, and what is not in them.
#[must_use]
pub const fn scope(language: Language) -> &'static str {
    language.pick(
        "Geteld zijn de samenlopen die u vandaag nog ziet, in het kwartaal waarin zij ontstonden. Alleen kwartalen die voorbij zijn, tellen mee. Wat vervallen of niet gegrond is, staat er na een maand niet meer bij, en de signalen van wat gesloten is na drie maanden niet meer. Maak de cijfers dus kort na een kwartaal. Signalen zonder samenloop ziet niemand, en staan hier niet.",
        "Counted are the convergences that you still see today, in the quarter in which they opened. Only quarters that are over count. What lapsed or was unfounded is gone after a month, and the signals of what was closed after three. So make the figures soon after a quarter. Signals without a convergence are seen by nobody, and are not here.",
    )
}

/// What a dash means.
#[must_use]
pub const fn legend(language: Language) -> &'static str {
    language.pick(
        "Een streepje: minder dan 10, of weggelaten omdat anders zo'n klein getal is uit te rekenen. Een klein getal zegt niets over hoe vaak iets gebeurt.",
        "A dash: fewer than 10, or left out because such a small number could be worked out otherwise. A small number says nothing about how often something happens.",
    )
}

/// The figures, for a terminal.
#[must_use]
pub fn figures_text(figures: &Figures, language: Language) -> String {
    let mut text = format!("{}\n{}\n", scope(language), legend(language));
    text.push_str(&told(&figures.silent(language), &figures.sheets(language)));
    for region in &figures.regions {
        text.push_str(&format!("\n{} {}\n", language.pick("Regio", "Region"), region.name));
        text.push_str(&format!("{}\n", region.coverage(language)));
        text.push_str(&told(&region.silent(language), &region.sheets(language)));
    }
    text
}

fn told(silent: &str, sheets: &[Sheet]) -> String {
    format!("\n{silent}\n") + &sheets.iter().map(table).collect::<String>()
}

fn table(sheet: &Sheet) -> String {
    let mut text = format!("\n{}\n", sheet.title);
    for (head, counts) in &sheet.rows {
        let counts: Vec<_> =
            sheet.columns.iter().zip(counts).map(|(it, count)| format!("{it} {count}")).collect();
        text.push_str(&format!("- {head}: {}\n", counts.join(", ")));
    }
    text
}
