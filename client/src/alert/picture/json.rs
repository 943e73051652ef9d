//! The picture of an alert for programs.

use serde::Serialize;

use super::{Cell, DomainRow, Numbered, Picture, RegionCoverage, Sight};

/// Signals are numbered from 1, in the order of the alert.
#[derive(Serialize)]
pub(crate) struct PictureJson<'a> {
    cells: Vec<CellJson<'a>>,
    /// Signals without a code of the list.
    elsewhere: Vec<usize>,
    months: Vec<String>,
    domains: Vec<DomainJson>,
    coverage: Vec<CoverageJson<'a>>,
}

#[derive(Serialize)]
struct CellJson<'a> {
    phase: &'a str,
    life_area: &'a str,
    sight: &'static str,
    signals: Vec<usize>,
    looking: Vec<&'static str>,
    absent: Vec<&'static str>,
}

/// One domain, with its signals for each of the months.
#[derive(Serialize)]
struct DomainJson {
    domain: &'static str,
    takes_part: bool,
    signals: Vec<Vec<usize>>,
}

#[derive(Serialize)]
struct CoverageJson<'a> {
    region: &'a str,
    present: Vec<&'static str>,
    absent: Vec<&'static str>,
}

impl<'a> PictureJson<'a> {
    pub(crate) fn of(picture: &'a Picture<'_>) -> Self {
        let areas = picture.grid.life_areas;
        let rows = picture.grid.rows.iter();
        let cells =
            rows.flat_map(|row| areas.iter().zip(&row.cells).map(move |(area, cell)| (row, area, cell)));
        Self {
            cells: cells.map(|(row, area, cell)| cell_of(row.phase.name(), area.name(), cell)).collect(),
            elsewhere: numbers(&picture.grid.elsewhere),
            months: picture.time_line.months.iter().map(ToString::to_string).collect(),
            domains: picture.time_line.rows.iter().map(domain_of).collect(),
            coverage: picture.coverage.regions.iter().map(coverage_of).collect(),
        }
    }
}

fn numbers(signals: &[Numbered<'_>]) -> Vec<usize> {
    signals.iter().map(|it| it.number).collect()
}

fn cell_of<'a>(phase: &'a str, life_area: &'a str, cell: &Cell<'_>) -> CellJson<'a> {
    CellJson {
        phase,
        life_area,
        sight: match cell.sight() {
            Sight::Seen => "seen",
            Sight::Unseen => "unseen",
            Sight::Unwatched => "unwatched",
            Sight::NoCode => "no-code",
        },
        signals: numbers(&cell.signals),
        looking: cell.looking.iter().map(|it| it.code()).collect(),
        absent: cell.absent.iter().map(|it| it.code()).collect(),
    }
}

fn domain_of(row: &DomainRow<'_>) -> DomainJson {
    DomainJson {
        domain: row.domain.code(),
        takes_part: row.takes_part,
        signals: row.months.iter().map(|it| numbers(it)).collect(),
    }
}

fn coverage_of(of: &RegionCoverage) -> CoverageJson<'_> {
    let present = of.domains.iter().filter(|(_, agencies)| !agencies.is_empty());
    CoverageJson {
        region: of.region.as_str(),
        present: present.map(|(domain, _)| domain.code()).collect(),
        absent: of.absent().map(|it| it.code()).collect(),
    }
}
