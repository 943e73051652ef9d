//! The sample files: synthetic children, of whom some converge and more do not.

mod children;
mod expected;
mod filling;
mod rows;
mod stories;

use jiff::civil::Date;

use crate::KitFault;
use crate::parties::agencies;
use children::Children;
use rows::Row;
pub(crate) use stories::Numbers;
use stories::{Seen, Story, stories};

/// Starts the generator; every kit has the same children.
const SEED: u64 = 0x5a4d_454e_4c4f_4f50;

/// All sample files of a kit.
pub(crate) struct Samples {
    /// Content of `<agency>.csv`, by agency.
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
    /// Content of `expected.json`.
    pub(crate) expected: Vec<u8>,
    /// Children in all files together.
    pub(crate) children: usize,
    /// Children on whom signals converge.
    pub(crate) converging: usize,
    /// Lines in all files together.
    pub(crate) lines: usize,
}

/// Writes down what happened to each child, seen from each agency.
pub(crate) fn samples(today: Date) -> Result<Samples, KitFault> {
    let mut children = Children::new(SEED);
    let mut told = stories();
    filling::add(&mut told, &mut children);
    let mut rows: Vec<Row> = Vec::new();
    for (child, story) in told.iter().enumerate() {
        let numbers = children.numbers();
        rows.extend(story.seen.iter().map(|seen| Row::new(child, seen, &numbers, today)));
    }
    // In the order of the stories the first lines of a file would be the ones that converge.
    children.shuffle(&mut rows);
    rows::number(&mut rows);
    let mut files = Vec::new();
    for agency in agencies() {
        files.push((agency.id, rows::csv(agency, &rows)?));
    }
    Ok(Samples {
        expected: expected::json(&told, &rows)?,
        children: told.len(),
        converging: told.iter().filter(|story| story.converges).count(),
        lines: rows.len(),
        files,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_day_gives_the_same_files() {
        let today = "2026-11-22".parse().unwrap();
        let (one, other) = (samples(today).unwrap(), samples(today).unwrap());
        assert_eq!(one.files, other.files);
        assert_eq!(one.expected, other.expected);
        let next_month = samples("2026-12-01".parse().unwrap()).unwrap();
        assert_ne!(one.files, next_month.files);
        assert_eq!(one.expected, next_month.expected);
    }

    #[test]
    fn no_story_names_an_agency_that_is_not_there() {
        let (mut told, mut children) = (stories(), Children::new(SEED));
        filling::add(&mut told, &mut children);
        for seen in told.iter().flat_map(|story| &story.seen) {
            assert!(agencies().any(|party| party.id == seen.agency), "{}", seen.agency);
        }
    }
}
