//! The picture of an alert, drawn: months by domains, and phases by life areas. Shapes and numbers, no colour that means
//! anything, no script and no style of its own; behind each drawing stands a table with the same.

use askama::Template;
use samenloop_core::value::{Month, Severity};
use samenloop_manifest::Term;

use crate::alert::picture::{Cell, Grid, Numbered, Sight, TimeLine};
use crate::desk::page::month_in_words;
use crate::desk::page::signal::domain_in_words;
use crate::language::Language;

/// Units that a drawing is wide at least: those of a narrow phone, so that its text keeps its size there.
const NARROWEST: usize = 340;
/// Units on either side.
const MARGIN: usize = 10;
/// Side of a mark, and with the space after it.
const MARK: usize = 18;
const MARK_STEP: usize = 21;
/// Height of a line of text above a row.
const LABEL: usize = 20;
/// Units that the name of a month needs.
const MONTH_NAME: usize = 34;

/// A signal in a drawing.
struct Mark {
    /// Its middle.
    x: usize,
    y: usize,
    number: usize,
    is_hard: bool,
    counts: bool,
}

impl Mark {
    const fn new(of: &Numbered<'_>, x: usize, y: usize) -> Self {
        let is_hard = matches!(of.signal.shown.severity, Severity::Hard);
        Self { x, y, number: of.number, is_hard, counts: of.signal.counts }
    }

    /// The corner of its square.
    const fn left(&self) -> usize {
        self.x.saturating_sub(MARK / 2)
    }

    const fn top(&self) -> usize {
        self.y.saturating_sub(MARK / 2)
    }

    /// The foot of its number.
    const fn foot(&self) -> usize {
        self.y + 4
    }
}

/// A month of the time line.
struct Tick {
    x: usize,
    /// Empty where there is no room.
    name: String,
    year: String,
}

/// A domain of the time line.
struct Track {
    name: &'static str,
    /// The foot of its name.
    y: usize,
    marks: Vec<Mark>,
}

/// Months by domains.
#[derive(Template)]
#[template(path = "desk/coordinator/time_line.html")]
pub(super) struct TimeLineDrawing {
    language: Language,
    width: usize,
    height: usize,
    ticks: Vec<Tick>,
    tracks: Vec<Track>,
    /// Month, domain, signals.
    table: Vec<(String, &'static str, String)>,
}

impl TimeLineDrawing {
    /// Draws the domains that signalled; `None` without a signal.
    pub(super) fn new(time_line: &TimeLine<'_>, language: Language) -> Option<Self> {
        let months = &time_line.months;
        let step = (NARROWEST - 2 * MARGIN).checked_div(months.len())?.max(MARK_STEP);
        let middle = |at: usize| MARGIN + step * at + step / 2;
        let mut tracks = Vec::new();
        let mut y = 2 * LABEL;
        for row in time_line.rows.iter().filter(|it| it.months.iter().any(|cell| !cell.is_empty())) {
            y += LABEL;
            let mark = |(at, cell): (usize, &Vec<Numbered<'_>>)| {
                let marks = cell.iter().enumerate();
                marks
                    .map(|(line, it)| Mark::new(it, middle(at), y + MARK + line * MARK_STEP))
                    .collect::<Vec<_>>()
            };
            let marks = row.months.iter().enumerate().flat_map(mark).collect();
            tracks.push(Track { name: domain_in_words(row.domain, language), y, marks });
            let lines = row.months.iter().map(Vec::len).max().unwrap_or_default();
            y += lines * MARK_STEP + MARK / 2;
        }
        let mut table = Vec::new();
        for (at, month) in months.iter().enumerate() {
            for row in &time_line.rows {
                if let Some(cell) = row.months.get(at).filter(|it| !it.is_empty()) {
                    let domain = domain_in_words(row.domain, language);
                    table.push((month_in_words(*month, language), domain, in_words(cell, language)));
                }
            }
        }
        let width = (2 * MARGIN + step * months.len()).max(NARROWEST);
        let ticks = ticks(months, step, middle, language);
        Some(Self { language, width, height: y + MARGIN, ticks, tracks, table })
    }

    /// Where lines of months end.
    const fn bottom(&self) -> usize {
        self.height.saturating_sub(MARGIN / 2)
    }

    const fn say<'t>(&self, dutch: &'t str, english: &'t str) -> &'t str {
        self.language.pick(dutch, english)
    }
}

/// The months, named as often as there is room; the year where it changes.
fn ticks(months: &[Month], step: usize, middle: impl Fn(usize) -> usize, language: Language) -> Vec<Tick> {
    let every = MONTH_NAME.div_ceil(step);
    let mut year = None;
    let tick = |(at, month): (usize, &Month)| {
        let is_named = at % every == 0;
        let name: String = month_in_words(*month, language).chars().take(3).collect();
        let is_new = is_named && year.replace(month.year()) != Some(month.year());
        Tick {
            x: middle(at),
            name: if is_named { name } else { String::new() },
            year: if is_new { month.year().to_string() } else { String::new() },
        }
    };
    months.iter().enumerate().map(tick).collect()
}

/// `1 zacht, telt mee; 3 hard, telt niet mee`.
fn in_words(signals: &[Numbered<'_>], language: Language) -> String {
    let words = |it: &Numbered<'_>| {
        let severity = match it.signal.shown.severity {
            Severity::Soft => language.pick("zacht", "soft"),
            Severity::Hard => "hard",
        };
        let counts = if it.signal.counts {
            language.pick("telt mee", "counts")
        } else {
            language.pick("telt niet mee", "does not count")
        };
        format!("{} {}: {severity}, {counts}", language.pick("signaal", "signal"), it.number)
    };
    signals.iter().map(words).collect::<Vec<_>>().join("; ")
}

/// Units of a cell of the grid, with the space after it.
const CELL: usize = 80;
/// Marks beside one another in a cell.
const MARKS_IN_LINE: usize = 3;
/// Letters in one line of the head of a column.
const HEAD_LETTERS: usize = 13;

/// The head of a column, in lines.
struct Head {
    x: usize,
    lines: Vec<(usize, String)>,
}

/// A cell of the grid.
struct Square {
    x: usize,
    y: usize,
    height: usize,
    sight: Sight,
    marks: Vec<Mark>,
}

impl Square {
    const fn middle(&self) -> usize {
        self.x + CELL / 2 - 2
    }

    const fn foot(&self) -> usize {
        self.y + self.height / 2 + 4
    }

    /// A reference to a pattern of the drawing itself, which a stylesheet cannot make.
    const fn fill(&self) -> &'static str {
        match self.sight {
            Sight::Unwatched => "url(#streep)",
            Sight::Seen | Sight::Unseen | Sight::NoCode => "none",
        }
    }

    const fn class(&self) -> &'static str {
        match self.sight {
            Sight::Seen => "cell seen",
            Sight::Unseen => "cell",
            Sight::Unwatched => "cell unwatched",
            Sight::NoCode => "cell no-code",
        }
    }
}

/// A phase.
struct Line {
    name: String,
    y: usize,
    squares: Vec<Square>,
}

/// Phases by life areas.
#[derive(Template)]
#[template(path = "desk/coordinator/grid.html")]
pub(super) struct GridDrawing {
    language: Language,
    height: usize,
    heads: Vec<Head>,
    lines: Vec<Line>,
    /// Phase, life area, what was seen.
    table: Vec<(String, String, String)>,
    /// Signals without a place.
    elsewhere: String,
}

impl GridDrawing {
    pub(super) fn new(grid: &Grid<'_>, language: Language) -> Self {
        let name = |term: &Term| language.words(term.words()).to_owned();
        let column = |at: usize| MARGIN + at * CELL;
        let head = |(at, term): (usize, &Term)| {
            let lines = wrapped(&name(term)).into_iter().enumerate();
            Head { x: column(at), lines: lines.map(|(line, text)| (LABEL + line * 14, text)).collect() }
        };
        let heads: Vec<_> = grid.life_areas.iter().enumerate().map(head).collect();
        let mut y = LABEL + MARGIN + heads.iter().map(|it| it.lines.len() * 14).max().unwrap_or_default();
        let (mut lines, mut table) = (Vec::new(), Vec::new());
        for row in &grid.rows {
            let most = row.cells.iter().map(|it| it.signals.len()).max().unwrap_or_default();
            let height = most.div_ceil(MARKS_IN_LINE).max(1) * MARK_STEP + MARK / 2;
            let top = y + MARK / 2;
            let square = |(at, cell): (usize, &Cell<'_>)| square(cell, column(at), top, height);
            let squares = row.cells.iter().enumerate().map(square).collect();
            lines.push(Line { name: name(row.phase), y, squares });
            y = top + height + LABEL + MARGIN / 2;
            for (area, cell) in grid.life_areas.iter().zip(&row.cells) {
                table.push((name(row.phase), name(area), cell_in_words(cell, language)));
            }
        }
        let elsewhere = in_words(&grid.elsewhere, language);
        Self { language, height: y.saturating_sub(MARGIN), heads, lines, table, elsewhere }
    }

    const fn say<'t>(&self, dutch: &'t str, english: &'t str) -> &'t str {
        self.language.pick(dutch, english)
    }

    /// What stands in a cell without a signal.
    const fn mark(&self, sight: &Sight) -> &'static str {
        match sight {
            Sight::Seen => "",
            Sight::Unseen => self.language.pick("niets", "nothing"),
            Sight::Unwatched => self.language.pick("niet bekeken", "not watched"),
            Sight::NoCode => "–",
        }
    }
}

fn square(cell: &Cell<'_>, x: usize, y: usize, height: usize) -> Square {
    let mark = |(at, it): (usize, &Numbered<'_>)| {
        let (column, line) = (at % MARKS_IN_LINE, at / MARKS_IN_LINE);
        Mark::new(it, x + MARK_STEP * column + MARK_STEP / 2 + 6, y + MARK_STEP * line + MARK_STEP / 2 + 4)
    };
    Square { x, y, height, sight: cell.sight(), marks: cell.signals.iter().enumerate().map(mark).collect() }
}

fn cell_in_words(cell: &Cell<'_>, language: Language) -> String {
    let names = |domains: &[samenloop_core::value::Domain]| {
        domains.iter().map(|it| domain_in_words(*it, language)).collect::<Vec<_>>().join("; ")
    };
    match cell.sight() {
        Sight::Seen => in_words(&cell.signals, language),
        Sight::Unseen => {
            let words = language.pick(
                "Niets gesignaleerd; dat betekent niets. Kijken mee",
                "Nothing signalled; that means nothing. Looking",
            );
            format!("{words}: {}", names(&cell.looking))
        }
        Sight::Unwatched => {
            let words = language.pick(
                "Niemand kijkt hier. Zouden dit zien, en doen niet mee",
                "Nobody looks here. Would see this, and take no part",
            );
            format!("{words}: {}", names(&cell.absent))
        }
        Sight::NoCode => language.pick("Hiervoor is geen code", "There is no code for this").to_owned(),
    }
}

/// A name in lines of whole words.
fn wrapped(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= HEAD_LETTERS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
