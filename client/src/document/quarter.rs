//! Figures of a quarter (V-45), as the hub told them to a privacy officer or a coordinator.

use super::{Block, Document, Ground, Part, part, text};
use crate::language::Language::Nl;
use crate::quarter::{Chapter, QuarterFigures, Sheet, chapters, legend, scope};

/// The figures of one quarter, beside the manifest that says who takes part.
#[must_use]
pub fn quarter(ground: &Ground<'_>, figures: &QuarterFigures<'_>) -> Document {
    let reading = part("Wat deze cijfers zijn", vec![text(scope(Nl)), text(legend(Nl))]);
    let told = chapters(figures, Nl).into_iter().map(part_of);
    let title = format!("Cijfers van het {}", figures.quarter().words(Nl));
    Document::new(&title, ground, [reading].into_iter().chain(told).collect())
}

fn part_of(chapter: Chapter) -> Part {
    let notes = chapter.notes.into_iter().map(text);
    part(&chapter.title, notes.chain(chapter.sheets.into_iter().flat_map(table_of)).collect())
}

fn table_of(sheet: Sheet) -> [Block; 2] {
    let head = [String::new()].into_iter().chain(sheet.columns).collect();
    let rows = sheet.rows.into_iter().map(|(head, cells)| [head].into_iter().chain(cells).collect());
    [text(format!("{}:", sheet.title)), Block::Table { head, rows: rows.collect() }]
}
