//! What is said of what the hub told.

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::Table;
use samenloop_core::fixture::{connection, day, entries, today};
use samenloop_core::value::Domain;
use samenloop_proto::v1;

use super::*;

const SUMMER: Quarter = Quarter(26 * 4 + 2);

/// The fixture's exchange with a privacy officer.
fn manifest() -> Manifest {
    let mut entries = entries();
    let mut officer = entries.connections.last().unwrap().clone();
    (officer.id, officer.role) = (connection("fg"), Role::PrivacyOfficer);
    (officer.details_key, officer.details_key_id) = (None, None);
    officer.certificate_keys = vec![[0xf9; 32]];
    officer.regions.clear();
    entries.connections.push(officer);
    Manifest::new(entries).unwrap()
}

/// A row as the hub sends it.
fn row(table: Table, of: (&str, v1::Domain), counts: &[u32]) -> v1::FigureRow {
    v1::FigureRow {
        table: table.number().into(),
        region: of.0.to_owned(),
        domain: of.1.into(),
        counts: counts.to_vec(),
    }
}

/// Schools of west signal often, and often without ground; the police of west and care of noord once in a while.
fn rows() -> Vec<v1::FigureRow> {
    let none = v1::Domain::Unspecified;
    let filed =
        |region, domain, count| row(Table::Filed, (region, domain), &[0, 0, 0, 0, 0, 0, count, count]);
    let pair = |table, region, domain, a, b| row(table, (region, domain), &[a, b, a + b]);
    let mut rows = vec![
        filed("west", v1::Domain::Onderwijs, 120),
        filed("west", v1::Domain::PolitieJustitie, 60),
        filed("west", none, 180),
        filed("noord", v1::Domain::Onderwijs, 20),
        filed("noord", none, 20),
        pair(Table::Listed, "west", v1::Domain::Onderwijs, 20, 10),
        pair(Table::Listed, "west", v1::Domain::PolitieJustitie, 40, 10),
        pair(Table::Listed, "west", none, 60, 20),
        pair(Table::Weighed, "west", v1::Domain::Onderwijs, 10, 20),
        pair(Table::Weighed, "west", v1::Domain::PolitieJustitie, 30, 10),
        row(Table::Raised, ("west", none), &[14, 0, 0, 22]),
        row(Table::Raised, ("", none), &[0, 0, 0, 11]),
        row(Table::Closed, ("west", none), &[11, 0, 0, 0, 0, 0, 12, 0, 25]),
    ];
    for (region, domain) in [
        ("west", v1::Domain::Onderwijs),
        ("west", v1::Domain::PolitieJustitie),
        ("noord", v1::Domain::Onderwijs),
    ] {
        rows.push(v1::FigureRow { counts: Vec::new(), ..row(Table::Sent, (region, domain), &[]) });
    }
    rows
}

fn told(rows: Vec<v1::FigureRow>) -> Result<Option<Told>, HubFault> {
    Told::parse(v1::FetchFiguresResponse { told: true, rows })
}

fn figures<'m>(manifest: &'m Manifest, by: &str, rows: Vec<v1::FigureRow>) -> QuarterFigures<'m> {
    let own = manifest.connection(&connection(by)).unwrap();
    QuarterFigures::new((SUMMER, told(rows).unwrap()), manifest, own, today())
}

#[test]
fn a_quarter_is_read_as_it_is_written() {
    for text in ["2000-Q1", "2026-Q3", "2099-Q4"] {
        assert_eq!(Quarter::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Quarter::parse("2026-Q3"), Ok(SUMMER));
    assert_eq!(SUMMER.words(Language::Nl), "3e kwartaal 2026");
    assert_eq!(Quarter::before(day("2026-10-01")), SUMMER);
    for text in ["", "2026", "2026-Q0", "2026-Q5", "2026-3", "1999-Q4", "+026-Q1", "02026-Q1", "2026-Q03"] {
        assert!(Quarter::parse(text).is_err(), "{text}");
    }
}

/// V-45: a hub that tells a small number, or a table of another form, is not believed.
#[test]
fn a_small_number_is_no_figure() {
    let of = ("west", v1::Domain::Unspecified);
    let weighed = |a, b, all| row(Table::Weighed, of, &[a, b, all]);
    assert!(told(vec![weighed(0, 10, 20)]).unwrap().is_some());
    for wrong in [
        weighed(0, 9, 20),
        weighed(1, 0, 0),
        row(Table::Weighed, of, &[10, 10]),
        row(Table::Sent, of, &[10, 10]),
        row(Table::Raised, ("west", v1::Domain::Zorg), &[10, 10, 10, 30]),
        row(Table::Filed, ("", v1::Domain::Zorg), &[10; 8]),
        v1::FigureRow { table: 77, ..weighed(10, 10, 20) },
        v1::FigureRow { table: 0, ..weighed(10, 10, 20) },
        v1::FigureRow { region: "West!".into(), ..weighed(10, 10, 20) },
        v1::FigureRow { region: String::new(), ..weighed(10, 10, 20) },
    ] {
        assert!(told(vec![wrong.clone()]).is_err(), "{wrong:?}");
    }
    assert!(told(vec![weighed(10, 10, 20), weighed(10, 11, 21)]).is_err(), "a row twice");
    let not_yet = v1::FetchFiguresResponse { told: false, rows: Vec::new() };
    assert_eq!(Told::parse(not_yet).unwrap(), None);
}

/// V-45: over- and under-signalling show by domain and region, and nobody is in it.
#[test]
fn a_privacy_officer_sees_who_signals_much_and_how_often_without_ground() {
    let manifest = manifest();
    let figures = figures(&manifest, "fg", rows());
    let found = |measure, beside, region: &str, domain| {
        let made = comparisons(&figures);
        let at = figures.regions.iter().position(|it| it.id.as_str() == region);
        let it = made.iter().find(|it| {
            (it.measure, it.beside, it.domain) == (measure, beside, domain) && Some(it.region) == at
        });
        it.map(|it| (it.here.count, it.here.of, it.others.count, it.others.of, it.finding))
    };
    let school = Some(Domain::Onderwijs);
    // Two organisations of west: the school and the municipality's attendance officers.
    let much = Some((120, 2, 20, 1, Finding::More));
    assert_eq!(found(Measure::Signals, Beside::Regions, "west", school), much);
    let little = Some((20, 1, 120, 2, Finding::Less));
    assert_eq!(found(Measure::Signals, Beside::Regions, "noord", school), little);
    let seldom = Some((30, 120, 50, 60, Finding::Less));
    assert_eq!(found(Measure::Converged, Beside::Domains, "west", school), seldom);
    let unfounded = Some((20, 30, 10, 40, Finding::More));
    assert_eq!(found(Measure::Unfounded, Beside::Domains, "west", school), unfounded);
    assert_eq!(
        found(Measure::Unfounded, Beside::Regions, "west", school),
        None,
        "noord has none that is told"
    );
    assert_eq!(found(Measure::Signals, Beside::Regions, "west", Some(Domain::Zorg)), None);

    let text = quarters_text(&[figures], Language::Nl);
    for part in [
        "3e kwartaal 2026: alle regio's",
        "- Meer regio's: 2 domeinen –, 3 domeinen –, 4 of meer domeinen –, Totaal 11",
        "3e kwartaal 2026: regio west",
        "Stuurden in dit kwartaal iets: Onderwijs (2 organisaties)",
        "Te weinig om te tonen: ",
        "west, Onderwijs: nieuwe signalen, op zoveel organisaties: Hier 120 op 2, Andere regio's 20 op 1, \
         Verschil ten minste twee keer zo veel",
        "Een verschil zegt niet",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('%'), "{text}");
}

/// V-45: which domains could have signalled stands beside every empty place.
#[test]
fn coverage_tells_silence_from_absence() {
    let manifest = manifest();
    let figures = figures(&manifest, "fg", rows());
    let west = figures.regions.iter().find(|it| it.id.as_str() == "west").unwrap();
    let of = |domain| {
        let coverage = figures.coverage(west);
        let it = coverage.iter().find(|it| it.domain == domain).unwrap();
        (it.organisations, it.has_sent)
    };
    assert_eq!(of(Domain::Onderwijs), (2, true));
    assert_eq!(of(Domain::SociaalDomein), (1, false));
    assert_eq!(of(Domain::Zorg), (0, false));
    let chapters = chapters(&figures, Language::Nl);
    let chapter = chapters.iter().find(|it| it.title.ends_with("regio west")).unwrap();
    let line = |words: &str| chapter.notes.iter().find(|it| it.starts_with(words)).unwrap();
    assert!(line("Doen vandaag mee en stuurden niets").contains("ociaal domein"), "{chapter:?}");
    assert!(line("Doen vandaag niet mee").contains("org"), "{chapter:?}");
    let rows: Vec<_> = chapter.sheets[0].rows.iter().map(|it| it.0.as_str()).collect();
    assert!(rows.contains(&"Onderwijs") && rows.last() == Some(&"Totaal"), "{rows:?}");
}

#[test]
fn a_coordinator_is_told_of_its_own_region() {
    let manifest = manifest();
    let own = rows().into_iter().filter(|it| it.region == "west").collect();
    let figures = figures(&manifest, "zorgcoordinator-west", own);
    let text = quarters_text(&[figures], Language::En);
    for part in ["Q3 2026: region west", "Closed convergences, by outcome", "Total 25", "Take part today"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("noord") && !text.contains("all regions:") && !text.contains("Several"), "{text}");
}

#[test]
fn programs_get_null_for_what_is_kept_back_and_a_quarter_without_figures_says_so() {
    let manifest = manifest();
    let json: serde_json::Value =
        serde_json::from_str(&quarters_json(&[figures(&manifest, "fg", rows())])).unwrap();
    assert_eq!((&json[0]["quarter"], &json[0]["told"]), (&"2026-Q3".into(), &true.into()));
    let rows = json[0]["rows"].as_array().unwrap();
    let raised = rows.iter().find(|it| it["table"] == "raised" && it["region"] == "west").unwrap();
    assert_eq!(raised["counts"], serde_json::json!([14, null, null, 22]));
    for columns in json[0]["columns"].as_array().unwrap() {
        let row = rows.iter().find(|it| it["table"] == columns["table"]);
        let counts = row.map_or(0, |it| it["counts"].as_array().unwrap().len());
        assert!(counts == 0 || columns["columns"].as_array().unwrap().len() == counts, "{columns}");
    }
    let own = manifest.connection(&connection("fg")).unwrap();
    let not_yet = QuarterFigures::new((SUMMER, None), &manifest, own, today());
    let chapters = chapters(&not_yet, Language::Nl);
    assert!(chapters.len() == 1 && chapters[0].notes[0].contains("nog niets"), "{chapters:?}");
}
