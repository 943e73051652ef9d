//! The picture of an alert in words, with what would be missing without each signal.

use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;
use samenloop_manifest::Term;

use super::{AlertView, Cell, Coverage, Grid, Numbered, Picture, RegionCoverage, Sight, TimeLine};
use crate::alert::judged::without_each;
use crate::alert::why::without_sentence;
use crate::language::Language;

/// What each signal adds, what was seen, and where nobody looked. Nothing for an alert that has ended.
#[must_use]
pub fn picture_text(alert: &AlertView, manifest: &Manifest, today: Day, language: Language) -> String {
    if alert.state.is_ended() {
        return String::new();
    }
    let picture = Picture::new(alert, manifest, today);
    let without: String = without_each(alert, manifest, today)
        .iter()
        .map(|it| format!("- {}\n", without_sentence(it, language)))
        .collect();
    let mut text = String::new();
    if !without.is_empty() {
        text.push_str(language.pick("\nZonder ieder signaal\n", "\nWithout each signal\n"));
        text.push_str(&without);
    }
    text.push_str(&grid(&picture.grid, language));
    text.push_str(&time_line(&picture.time_line, language));
    text.push_str(&coverage(&picture.coverage, language));
    text
}

/// `signaal 1`, or `signaal 1, 3`.
fn signals(of: &[Numbered<'_>], language: Language) -> String {
    let numbers: Vec<_> = of.iter().map(|it| it.number.to_string()).collect();
    format!("{} {}", language.pick("signaal", "signal"), numbers.join(", "))
}

fn grid(grid: &Grid<'_>, language: Language) -> String {
    let mut text = language
        .pick(
            "\nGezien, per fase van het barrièremodel en leefgebied\n",
            "\nSeen, by phase of the barrier model and life area\n",
        )
        .to_owned();
    text.push_str(&cells(grid, Sight::Seen, language, |cell| signals(&cell.signals, language)));
    if !grid.elsewhere.is_empty() {
        let place = language.pick("Geen code, dus zonder plaats", "No code, and so no place");
        text.push_str(&format!("- {place}: {}\n", signals(&grid.elsewhere, language)));
    }
    text.push_str(language.pick(
        "Niets gesignaleerd, en deze domeinen kijken mee. Dat betekent niets\n",
        "Nothing signalled, and these domains look. That means nothing\n",
    ));
    text.push_str(&cells(grid, Sight::Unseen, language, |cell| codes(&cell.looking)));
    text.push_str(language.pick(
        "Niemand kijkt hier mee: deze domeinen zouden dit zien en kunnen het hier niet signaleren\n",
        "Nobody looks here: these domains would see this and cannot signal it here\n",
    ));
    text.push_str(&cells(grid, Sight::Unwatched, language, |cell| codes(&cell.absent)));
    text
}

/// One line for each cell of a sight.
fn cells(grid: &Grid<'_>, sight: Sight, language: Language, rest: impl Fn(&Cell<'_>) -> String) -> String {
    let name = |term: &Term| language.words(term.words()).to_owned();
    let mut lines = String::new();
    for row in &grid.rows {
        for (area, cell) in grid.life_areas.iter().zip(&row.cells).filter(|(_, cell)| cell.sight() == sight) {
            lines.push_str(&format!("- {} / {}: {}\n", name(row.phase), name(area), rest(cell)));
        }
    }
    lines
}

fn codes(domains: &[samenloop_core::value::Domain]) -> String {
    domains.iter().map(|it| it.code()).collect::<Vec<_>>().join(", ")
}

fn time_line(time_line: &TimeLine<'_>, language: Language) -> String {
    let mut text = language.pick("\nPer maand\n", "\nBy month\n").to_owned();
    for (at, month) in time_line.months.iter().enumerate() {
        let of = |row: &super::DomainRow<'_>| {
            let here = row.months.get(at).filter(|it| !it.is_empty())?;
            Some(format!("{} ({})", row.domain, signals(here, language)))
        };
        let seen: Vec<_> = time_line.rows.iter().filter_map(of).collect();
        let nothing = language.pick("niets gesignaleerd", "nothing signalled");
        text.push_str(&format!(
            "- {month}: {}\n",
            if seen.is_empty() { nothing.to_owned() } else { seen.join(", ") }
        ));
    }
    text
}

fn coverage(coverage: &Coverage, language: Language) -> String {
    coverage.regions.iter().map(|it| region(it, language)).collect()
}

fn region(coverage: &RegionCoverage, language: Language) -> String {
    let present = coverage.domains.iter().filter(|(_, agencies)| !agencies.is_empty());
    let present: Vec<_> = present
        .map(|(domain, agencies)| {
            let names: Vec<_> = agencies.iter().map(ToString::to_string).collect();
            format!("{domain} ({})", names.join(", "))
        })
        .collect();
    let absent: Vec<_> = coverage.absent().collect();
    let mut text = format!(
        "\n{} {}\n{}: {}\n",
        language.pick("Wie meedoet in regio", "Who takes part in region"),
        coverage.region,
        language.pick("Doet mee", "Takes part"),
        present.join(", ")
    );
    if !absent.is_empty() {
        text.push_str(&format!(
            "{}: {}\n",
            language.pick(
                "Doet niet mee, dus wat deze domeinen zien staat hier niet",
                "Takes no part, so what these domains see does not stand here"
            ),
            codes(&absent)
        ));
    }
    text
}
