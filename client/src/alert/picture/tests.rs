//! What a picture says of each place, and of places where nobody looks.

use samenloop_core::value::Code;
use samenloop_proto::v1;

use super::*;
use crate::alert::example::{alert, entries, manifest, soft, today, view};

fn numbers(signals: &[Numbered<'_>]) -> Vec<usize> {
    signals.iter().map(|it| it.number).collect()
}

fn cell<'p, 'a>(picture: &'p Picture<'a>, phase: &str, life_area: &str) -> &'p Cell<'a> {
    let row = picture.grid.rows.iter().find(|it| it.phase.name() == phase).unwrap();
    let at = picture.grid.life_areas.iter().position(|it| it.name() == life_area).unwrap();
    &row.cells[at]
}

fn row<'p, 'a>(picture: &'p Picture<'a>, domain: Domain) -> &'p DomainRow<'a> {
    picture.time_line.rows.iter().find(|it| it.domain == domain).unwrap()
}

#[test]
fn a_signal_stands_in_the_phase_and_life_area_of_its_code() {
    let manifest = manifest();
    let alert = view(&alert(), &manifest);
    let picture = Picture::new(&alert, &manifest, today());
    let shape: Vec<_> = picture.grid.rows.iter().map(|it| it.cells.len()).collect();
    assert_eq!(shape, [4; 6], "five phases and the general one, four life areas each");
    let gone = cell(&picture, "verblijf", "werk-activiteiten-relaties");
    let absent = cell(&picture, "identiteit", "zingeving-leren-inzicht");
    assert_eq!((numbers(&gone.signals), gone.sight()), (vec![1], Sight::Seen));
    assert_eq!((numbers(&absent.signals), absent.sight()), (vec![2], Sight::Seen));
    let seen = picture.grid.rows.iter().flat_map(|it| &it.cells).flat_map(|it| &it.signals).count();
    assert_eq!((seen, numbers(&picture.grid.elsewhere)), (2, vec![3]), "each signal stands once");
}

/// V-13: where nobody looked is told apart from where nothing was signalled.
#[test]
fn an_empty_cell_says_whether_anybody_looks_there() {
    let mut entries = entries();
    let sight = |entries: &samenloop_core::manifest::ManifestEntries, phase: &str, area: &str| {
        let manifest = Manifest::new(entries.clone()).unwrap();
        let alert = view(&alert(), &manifest);
        let picture = Picture::new(&alert, &manifest, today());
        let cell = cell(&picture, phase, area);
        (cell.sight(), cell.looking.clone(), cell.absent.clone())
    };
    // E-codes on where one stays are seen by care, the asylum chain and shelters: none of them is of west.
    let nobody = vec![Domain::Zorg, Domain::Asielketen, Domain::OpvangExpertise];
    let (phase, area) = ("entree", "wonen-financien");
    assert_eq!(sight(&entries, phase, area), (Sight::Unwatched, vec![], nobody));
    for agency in entries.connections.iter_mut().filter(|it| it.id.as_str() == "zorg-noord") {
        agency.regions.push(RegionId::parse("west").unwrap());
    }
    let others = vec![Domain::Asielketen, Domain::OpvangExpertise];
    assert_eq!(sight(&entries, phase, area), (Sight::Unseen, vec![Domain::Zorg], others));
    // Health under the phase of identity has one code, which is marked: care does not look there until it may send it.
    let (phase, area) = ("identiteit", "gezondheid");
    assert_eq!(sight(&entries, phase, area).0, Sight::Unwatched);
    let marked = catalogue().iter().find(|it| it.phase().name() == phase && it.life_area().name() == area);
    for agency in &mut entries.connections {
        agency.codes.marked = marked.iter().map(|it| it.code()).collect::<Vec<Code>>();
    }
    assert_eq!(sight(&entries, phase, area).0, Sight::Unseen);
    // Nobody looks any more whose time to take part is over.
    for agency in &mut entries.connections {
        agency.legal_basis.clear();
    }
    assert_eq!(sight(&entries, phase, area).0, Sight::Unwatched);
    assert_eq!(sight(&entries, "entree", "gezondheid"), (Sight::NoCode, vec![], vec![]));
}

#[test]
fn the_time_line_has_every_month_between_and_every_domain() {
    let manifest = manifest();
    let alert = view(&alert(), &manifest);
    let picture = Picture::new(&alert, &manifest, today());
    let months: Vec<_> = picture.time_line.months.iter().map(ToString::to_string).collect();
    assert_eq!(months, ["2026-09", "2026-10", "2026-11"]);
    assert_eq!(picture.time_line.rows.len(), Domain::ALL.len());
    let by_month = |domain| {
        let row = row(&picture, domain);
        (row.takes_part, row.months.iter().map(|it| numbers(it)).collect::<Vec<_>>())
    };
    assert_eq!(by_month(Domain::PolitieJustitie), (true, vec![vec![1], vec![], vec![]]));
    assert_eq!(by_month(Domain::Onderwijs), (true, vec![vec![], vec![], vec![2]]));
    assert_eq!(
        by_month(Domain::Jeugdbescherming),
        (true, vec![vec![], vec![], vec![3]]),
        "hearsay, at its sender"
    );
    assert_eq!(by_month(Domain::SociaalDomein), (true, vec![vec![]; 3]), "takes part, signalled nothing");
    assert_eq!(by_month(Domain::Zorg), (false, vec![vec![]; 3]), "takes no part in west");
}

/// A hub that shows a month of long ago makes nobody's screen overflow.
#[test]
fn a_time_line_of_many_years_shows_only_the_months_in_which_something_was_seen() {
    let manifest = manifest();
    let old = v1::ListedSignal { month: 200_001, ..soft("school-west", v1::Domain::Onderwijs, 4) };
    let mut shown = alert();
    shown.signals.push(old);
    let alert = view(&shown, &manifest);
    let months = Picture::new(&alert, &manifest, today()).time_line.months;
    assert_eq!(months.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2000-01", "2026-09", "2026-11"]);
}

#[test]
fn coverage_names_who_takes_part_in_each_region_and_which_domains_are_absent() {
    let manifest = manifest();
    let shown = v1::Alert { regions: vec!["noord".into(), "west".into()], ..alert() };
    let alert = view(&shown, &manifest);
    let coverage = Picture::new(&alert, &manifest, today()).coverage;
    let [noord, west] = coverage.regions.as_slice() else { panic!("{coverage:?}") };
    let agencies = |region: &RegionCoverage, domain| {
        let (_, agencies) = region.domains.iter().find(|(it, _)| *it == domain).unwrap();
        agencies.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(agencies(west, Domain::Onderwijs), ["school-west", "leerplicht-west"]);
    assert_eq!(agencies(noord, Domain::Onderwijs), ["school-noord"]);
    assert!(agencies(west, Domain::Zorg).is_empty() && !agencies(noord, Domain::Zorg).is_empty());
    let absent: Vec<_> = noord.absent().collect();
    assert!(absent.contains(&Domain::PolitieJustitie) && !absent.contains(&Domain::Asielketen), "{absent:?}");
    assert_eq!(west.domains.len(), Domain::ALL.len());
}

/// An agency may signal for any region; who did looks there.
#[test]
fn who_signalled_for_a_region_that_is_not_its_own_takes_part_in_it() {
    let manifest = manifest();
    let mut shown = alert();
    shown.signals.push(soft("coa-noord", v1::Domain::Asielketen, 4));
    let alert = view(&shown, &manifest);
    let picture = Picture::new(&alert, &manifest, today());
    assert!(row(&picture, Domain::Asielketen).takes_part && !row(&picture, Domain::Zorg).takes_part);
    let [west] = picture.coverage.regions.as_slice() else { panic!("{:?}", picture.coverage) };
    assert!(!west.absent().any(|it| it == Domain::Asielketen));
    let place = cell(&picture, "entree", "wonen-financien");
    assert_eq!((place.sight(), &*place.looking), (Sight::Unseen, &[Domain::Asielketen][..]));
}
