//! The names of tables and columns, for programs and for people.

use samenloop_core::case::{ClosedList as _, Outcome};
use samenloop_core::census::{PHASE_LETTERS, Table};
use samenloop_core::value::Domain;
use samenloop_manifest::{Term, domain_words, phases};

use crate::alert::InWords as _;
use crate::language::{Language, capitalised};

/// A column: its name for programs, and its words.
type Column = (&'static str, &'static str);

/// The columns of a table in their order, that of the totals included.
fn columns(table: Table, language: Language) -> Vec<Column> {
    let words = |name, dutch, english| (name, language.pick(dutch, english));
    let own = match table {
        Table::Filed => {
            let phase = |it: &'static Term| (it.name(), language.words(it.words()));
            let phases = phases().iter().take(PHASE_LETTERS.len()).map(phase);
            phases.chain([words("none", "geen code", "no code")]).collect()
        }
        Table::Listed => {
            vec![
                words("counted", "tellen mee", "count"),
                words("listed-only", "alleen genoemd", "named only"),
            ]
        }
        Table::Weighed => vec![
            words("outcome", "met een uitkomst", "with an outcome"),
            words("unfounded", "niet gegrond", "unfounded"),
        ],
        Table::Raised => vec![
            words("two-domains", "2 domeinen", "2 domains"),
            words("three-domains", "3 domeinen", "3 domains"),
            words("four-or-more-domains", "4 of meer domeinen", "4 or more domains"),
        ],
        Table::Claimed => vec![
            words("at-once", "binnen 1 dag", "within 1 day"),
            words("week", "2 tot en met 7 dagen", "2 to 7 days"),
            words("month", "8 tot en met 30 dagen", "8 to 30 days"),
            words("later", "na 30 dagen", "after 30 days"),
        ],
        Table::Judged => vec![
            words("confirmed", "bevestigd", "confirmed"),
            words("unfounded", "niet gegrond", "unfounded"),
        ],
        Table::Closed => Outcome::ALL.iter().map(|it| (it.code(), it.words(language))).collect(),
        Table::Lapsed => vec![
            words("never-claimed", "nooit opgepakt", "never claimed"),
            words("no-longer-converges", "komen niet meer samen", "no longer converge"),
        ],
        Table::Sent => Vec::new(),
    };
    own.into_iter().chain([("total", total(language))]).collect()
}

/// The names of the columns for programs.
pub(super) fn column_names(table: Table) -> Vec<&'static str> {
    columns(table, Language::En).into_iter().map(|(name, _)| name).collect()
}

/// The heads of the columns.
pub(super) fn column_heads(table: Table, language: Language) -> Vec<String> {
    columns(table, language).into_iter().map(|(_, words)| capitalised(words)).collect()
}

/// The row or column of totals.
pub(super) const fn total(language: Language) -> &'static str {
    language.pick("Totaal", "Total")
}

/// What a table counts.
pub(super) const fn title(table: Table, language: Language) -> &'static str {
    match table {
        Table::Filed => language.pick("Nieuwe signalen, naar fase", "New signals, by phase"),
        Table::Listed => {
            language.pick("Signalen die in een samenloop kwamen", "Signals that came onto a convergence")
        }
        Table::Weighed => language
            .pick("Signalen in samenlopen die gesloten zijn", "Signals on convergences that were closed"),
        Table::Raised => language.pick(
            "Samenlopen die ontstonden of weer opengingen, naar aantal domeinen",
            "Convergences that opened or opened again, by number of domains",
        ),
        Table::Claimed => language.pick(
            "Opgepakte samenlopen, naar hoe lang zij wachtten",
            "Convergences that were claimed, by how long they waited",
        ),
        Table::Judged => language.pick("Oordelen van wie de regie had", "Judgements of whoever had the lead"),
        Table::Closed => {
            language.pick("Gesloten samenlopen, naar uitkomst", "Closed convergences, by outcome")
        }
        Table::Lapsed => {
            language.pick("Samenlopen die vanzelf eindigden", "Convergences that ended by themselves")
        }
        Table::Sent => language.pick("Domeinen die iets stuurden", "Domains that sent something"),
    }
}

/// A domain in words.
pub(super) fn domain_name(domain: Domain, language: Language) -> String {
    domain_words(domain).map_or_else(|| domain.code(), |it| language.words(it)).to_owned()
}
