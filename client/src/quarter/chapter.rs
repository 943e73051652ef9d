//! Figures of quarters for people: by chapter, the same in the terminal, on the desk and on paper.

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{Of, Table};
use samenloop_core::manifest::Region;
use samenloop_core::value::Domain;

use super::compare::{Beside, Comparison, Finding, Measure, Part, comparisons};
use super::coverage::Connected;
use super::words::{column_heads, domain_name, title, total};
use super::{QuarterFigures, Told};
use crate::language::Language;

/// A table in words, with a dash for what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it counts.
    pub title: String,
    /// The heads of the columns, that of the totals included.
    pub columns: Vec<String>,
    /// Rows with their heads.
    pub rows: Vec<(String, Vec<String>)>,
    /// Whether the last row has the totals.
    pub has_totals: bool,
}

/// A part of the figures under its own heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chapter {
    /// The heading: a quarter, and what of it.
    pub title: String,
    /// Whole sentences.
    pub notes: Vec<String>,
    /// The tables.
    pub sheets: Vec<Sheet>,
}

/// All that is told of a quarter.
#[must_use]
pub fn chapters(figures: &QuarterFigures<'_>, language: Language) -> Vec<Chapter> {
    let quarter = figures.quarter.words(language);
    let Some(told) = &figures.told else {
        let note = language.pick(
            "De hub vertelt nog niets over dit kwartaal.",
            "The hub does not tell anything of this quarter yet.",
        );
        return vec![Chapter { title: quarter, notes: vec![note.to_owned()], ..Chapter::default() }];
    };
    let mut chapters = Vec::new();
    if figures.is_whole {
        chapters.push(told.overview(figures, format!("{quarter}: {}", all_regions(language)), language));
    }
    for region in &figures.regions {
        let named = format!("{quarter}: {} {}", language.pick("regio", "region"), region.name);
        chapters.push(told.of_region(figures, region, named, language));
    }
    chapters.extend(compared(figures, &quarter, language));
    chapters
}

const fn all_regions(language: Language) -> &'static str {
    language.pick("alle regio's", "all regions")
}

impl Told {
    /// Region by region. There is no sum of them: it would give what is kept back in one.
    fn overview(&self, figures: &QuarterFigures<'_>, title: String, language: Language) -> Chapter {
        let regions = || figures.regions.iter().map(|it| (it.name.clone(), Of::Region(it.id.clone())));
        let several = (language.pick("Meer regio's", "Several regions").to_owned(), Of::Several);
        let sheet = |table: &Table| {
            let several = Some(several.clone()).filter(|_| !table.is_by_domain());
            (*table, regions().chain(several).collect())
        };
        let tables = Table::ALL.iter().filter(|it| **it != Table::Sent).map(sheet);
        self.chapter(title, Vec::new(), tables, language)
    }

    /// Signals of a region by domain; and where that is not told elsewhere, its convergences.
    fn of_region(
        &self,
        figures: &QuarterFigures<'_>,
        region: &Region,
        title: String,
        language: Language,
    ) -> Chapter {
        let coverage = figures.coverage(region);
        let has_row = |it: &&Connected| it.organisations > 0 || self.knows(&region.id, it.domain);
        let shown: Vec<_> = coverage.iter().filter(has_row).map(|it| it.domain).collect();
        let of = |it: &Domain| (domain_name(*it, language), Of::Domain(region.id.clone(), *it));
        let whole = || (total(language).to_owned(), Of::Region(region.id.clone()));
        let sheet = |table: &Table| match table.is_by_domain() {
            true => (*table, shown.iter().map(of).chain([whole()]).collect()),
            false => (*table, vec![(region.name.clone(), Of::Region(region.id.clone()))]),
        };
        let is_told = |it: &&Table| **it != Table::Sent && (it.is_by_domain() || !figures.is_whole);
        let tables = Table::ALL.iter().filter(is_told).map(sheet);
        self.chapter(title, coverage_notes(&coverage, language), tables, language)
    }

    fn chapter(
        &self,
        heading: String,
        mut notes: Vec<String>,
        tables: impl Iterator<Item = (Table, Vec<(String, Of)>)>,
        language: Language,
    ) -> Chapter {
        let (mut sheets, mut silent) = (Vec::new(), Vec::new());
        let figure = |it: Option<u32>| it.map_or_else(|| "–".to_owned(), |count| count.to_string());
        for (table, rows) in tables {
            if rows.iter().all(|(_, of)| self.row(table, of).iter().all(Option::is_none)) {
                silent.push(title(table, language).to_lowercase());
                continue;
            }
            let line =
                |(head, of): (String, Of)| (head, self.row(table, &of).into_iter().map(figure).collect());
            sheets.push(Sheet {
                title: title(table, language).to_owned(),
                columns: column_heads(table, language),
                has_totals: rows.iter().any(|(_, of)| matches!(of, Of::Domain(..))),
                rows: rows.into_iter().map(line).collect(),
            });
        }
        let words = language.pick("Te weinig om te tonen", "Too few to show");
        if sheets.is_empty() {
            notes.push(format!("{words}."));
        } else if !silent.is_empty() {
            notes.push(format!("{words}: {}.", silent.join("; ")));
        }
        Chapter { title: heading, notes, sheets }
    }
}

/// Which domains sent something, which could have, and which take no part: an empty place beside a name means something
/// else for each.
fn coverage_notes(coverage: &[Connected], language: Language) -> Vec<String> {
    let named = |it: &Connected| match (it.organisations, domain_name(it.domain, language)) {
        (0, name) => name,
        (1, name) => format!("{name} (1 {})", language.pick("organisatie", "organisation")),
        (count, name) => format!("{name} ({count} {})", language.pick("organisaties", "organisations")),
    };
    let note = |words: &str, is_it: &dyn Fn(&Connected) -> bool| {
        let names: Vec<_> = coverage.iter().filter(|it| is_it(it)).map(named).collect();
        let none = || language.pick("geen", "none").to_owned();
        format!("{words} {}.", if names.is_empty() { none() } else { names.join("; ") })
    };
    vec![
        note(language.pick("Stuurden in dit kwartaal iets:", "Sent something in this quarter:"), &|it| {
            it.has_sent
        }),
        note(
            language.pick("Doen vandaag mee en stuurden niets:", "Take part today and sent nothing:"),
            &|it| !it.has_sent && it.organisations > 0,
        ),
        note(
            language.pick(
                "Doen vandaag niet mee, dus wat deze domeinen zien, staat hier niet:",
                "Take no part today, so what these domains see is not here:",
            ),
            &|it| !it.has_sent && it.organisations == 0,
        ),
    ]
}

/// What is much or little beside something else; `None` when nothing can be compared.
fn compared(figures: &QuarterFigures<'_>, quarter: &str, language: Language) -> Option<Chapter> {
    let made = comparisons(figures);
    let of = |beside: Beside| {
        let rows: Vec<_> = made.iter().filter(|it| it.beside == beside).collect();
        let (title, others) = match beside {
            Beside::Regions => (
                language.pick("Naast hetzelfde in de andere regio's", "Beside the same in the other regions"),
                language.pick("Andere regio's", "Other regions"),
            ),
            Beside::Domains => (
                language
                    .pick("Naast de andere domeinen van de regio", "Beside the other domains of the region"),
                language.pick("Andere domeinen", "Other domains"),
            ),
        };
        let heads = [language.pick("Hier", "Here"), others, language.pick("Verschil", "Difference")];
        (!rows.is_empty()).then(|| Sheet {
            title: title.to_owned(),
            columns: heads.map(str::to_owned).to_vec(),
            rows: rows.into_iter().map(|it| line(figures, it, language)).collect(),
            has_totals: false,
        })
    };
    let sheets: Vec<_> = [Beside::Regions, Beside::Domains].into_iter().filter_map(of).collect();
    let note = language.pick(
        "Een verschil zegt niet waardoor het komt. Te veel en te weinig signalen zijn allebei een vraag waard, aan de organisaties en niet over een kind.",
        "A difference does not say where it comes from. Too many and too few signals are both worth a question, to the organisations and not about a child.",
    );
    let title = format!("{quarter}: {}", language.pick("veel of weinig", "much or little"));
    (!sheets.is_empty()).then(|| Chapter { title, notes: vec![note.to_owned()], sheets })
}

fn line(figures: &QuarterFigures<'_>, it: &Comparison, language: Language) -> (String, Vec<String>) {
    let region = figures.regions.get(it.region).map(|it| it.name.clone());
    let domain = it.domain.map(|it| domain_name(it, language));
    let measure = match it.measure {
        Measure::Signals => {
            language.pick("nieuwe signalen, op zoveel organisaties", "new signals, for so many organisations")
        }
        Measure::Converged => language.pick(
            "in een samenloop gekomen, van de nieuwe signalen",
            "onto a convergence, of the new signals",
        ),
        Measure::Unfounded => language.pick(
            "niet gegrond, van de signalen in gesloten samenlopen",
            "unfounded, of the signals on closed convergences",
        ),
        Measure::Prompt => language.pick(
            "binnen een week, van de opgepakte samenlopen",
            "within a week, of the claimed convergences",
        ),
    };
    let head: Vec<_> = region.into_iter().chain(domain).collect();
    let part = |Part { count, of }: Part| format!("{count} {} {of}", language.pick("op", "to"));
    let finding = match it.finding {
        Finding::More => language.pick("ten minste twee keer zo veel", "at least twice as much"),
        Finding::Less => language.pick("ten hoogste half zo veel", "at most half as much"),
        Finding::Alike => language.pick("geen groot verschil", "no large difference"),
    };
    (format!("{}: {measure}", head.join(", ")), vec![part(it.here), part(it.others), finding.to_owned()])
}

/// What the figures are of, and what is not in them.
#[must_use]
pub const fn scope(language: Language) -> &'static str {
    language.pick(
        "Geteld is wat in het kwartaal gebeurde, van alle signalen en samenlopen van de regio. Alleen kwartalen die voorbij zijn, worden verteld, en hun cijfers veranderen niet meer: wat later is ingetrokken, verlopen of gewist, blijft geteld. Een samenloop van meer regio's telt bij geen van die regio's mee.",
        "Counted is what happened in the quarter, of all signals and convergences of the region. Only quarters that are over are told, and their figures no longer change: what was withdrawn, expired or erased later stays counted. A convergence of several regions counts in none of those regions.",
    )
}

/// What a dash means.
#[must_use]
pub const fn legend(language: Language) -> &'static str {
    language.pick(
        "Een streepje: niets, minder dan 10, of weggelaten omdat anders zo'n klein getal is uit te rekenen. Een klein getal zegt niets over hoe vaak iets gebeurt.",
        "A dash: nothing, fewer than 10, or left out because such a small number could be worked out otherwise. A small number says nothing about how often something happens.",
    )
}

/// Quarters, for a terminal.
#[must_use]
pub fn quarters_text(quarters: &[QuarterFigures<'_>], language: Language) -> String {
    let mut text = format!("{}\n{}\n", scope(language), legend(language));
    for chapter in quarters.iter().flat_map(|it| chapters(it, language)) {
        text.push_str(&format!("\n{}\n", chapter.title));
        chapter.notes.iter().for_each(|it| text.push_str(&format!("{it}\n")));
        chapter.sheets.iter().for_each(|it| text.push_str(&table(it)));
    }
    text
}

fn table(sheet: &Sheet) -> String {
    let mut text = format!("\n{}\n", sheet.title);
    for (head, cells) in &sheet.rows {
        let cells: Vec<_> =
            sheet.columns.iter().zip(cells).map(|(it, cell)| format!("{it} {cell}")).collect();
        text.push_str(&format!("- {head}: {}\n", cells.join(", ")));
    }
    text
}
