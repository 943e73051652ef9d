//! What is counted, and where.

use samenloop_proto::v1;

use super::*;
use crate::alert::example::{alert, manifest, soft, today, view};
use crate::fixture::id;
use crate::language::Language;

const SUMMER: Quarter = Quarter(26 * 4 + 2);

/// The alert of the example in the third quarter, under references of its own.
fn numbered(number: u8) -> v1::Alert {
    let mut shown = alert();
    for (of, signal) in (1..).zip(&mut shown.signals) {
        signal.reference = [vec![of], vec![number; 15]].concat();
    }
    v1::Alert { opened: "2026-08-15".into(), id: vec![number; 16], ..shown }
}

fn figures(alerts: &[v1::Alert]) -> Figures {
    let manifest = manifest();
    let own = manifest.connection(&id("zorgcoordinator-west")).unwrap();
    let alerts: Vec<_> = alerts.iter().map(|it| view(it, &manifest)).collect();
    Figures::new(&alerts, &manifest, own, today())
}

fn signals(figures: &Figures) -> &Table<Domain, Phase> {
    let [west] = figures.regions.as_slice() else { panic!("only its own region: {figures:?}") };
    &west.quarters.iter().find(|(it, _)| *it == SUMMER).unwrap().1
}

fn count(table: &Table<Domain, Phase>, domain: Domain, phase: &str) -> Option<u32> {
    let column = table.columns.iter().position(|it| it.map_or("", Term::name) == phase).unwrap();
    table.rows.iter().find(|(it, _)| *it == domain).unwrap().1[column]
}

#[test]
fn alerts_and_signals_are_counted_in_the_quarter_in_which_they_opened() {
    let mut alerts: Vec<_> = (0..12).map(numbered).collect();
    let figures = figures(&alerts);
    let quarters: Vec<_> = figures.alerts.iter().map(|(it, _)| it.0).collect();
    assert_eq!(quarters, [103, 104, 105, 106], "those that are over");
    let totals = figures.alerts.iter().map(|(_, it)| *it.totals.last().unwrap());
    assert_eq!(totals.collect::<Vec<_>>(), [None, None, None, Some(12)]);
    let table = signals(&figures);
    let (all, phases) = table.totals.split_last().unwrap();
    assert_eq!(
        (*all, phases[1]),
        (Some(36), Some(12)),
        "36 signals, of which 12 of the police in the second phase"
    );
    let by_domain = table.rows.iter().filter_map(|(_, line)| *line.last().unwrap());
    assert!(phases.iter().flatten().copied().chain(by_domain).all(|it| it == 12));
    assert!(table.rows.iter().all(|(it, _)| *it != Domain::Zorg), "takes no part");
    assert!(figures.regions[0].absent.contains(&Domain::Zorg));
    // What opened in a quarter that is not over is not told yet.
    for it in &mut alerts {
        it.opened = "2026-10-01".into();
    }
    let table = super::tests::figures(&alerts);
    assert!(table.alerts.iter().all(|(_, it)| !it.says_anything()));
    assert!(signals(&table).totals.iter().all(Option::is_none));
}

#[test]
fn a_signal_on_two_alerts_is_counted_once() {
    let mut alerts: Vec<_> = (0..12).map(numbered).collect();
    alerts.push(v1::Alert { id: vec![0xee; 16], ..numbered(3) });
    let figures = figures(&alerts);
    assert_eq!(figures.alerts[3].1.totals.last(), Some(&Some(13)));
    assert_eq!(signals(&figures).totals.last(), Some(&Some(36)));
}

/// V-45: the total of a domain does not give back what is kept back in it.
#[test]
fn a_small_number_is_kept_back_and_another_beside_it() {
    let mut alerts: Vec<_> = (0..12).map(numbered).collect();
    for number in 0..4 {
        let here = soft("school-west", v1::Domain::Onderwijs, 0xf0 + number);
        alerts[0].signals.push(v1::ListedSignal { code: "V11".into(), ..here });
    }
    let figures = figures(&alerts);
    let table = signals(&figures);
    assert_eq!(count(table, Domain::Onderwijs, "verblijf"), None);
    let row = &table.rows.iter().find(|(it, _)| *it == Domain::Onderwijs).unwrap().1;
    let shown: u32 = row[..row.len() - 1].iter().flatten().sum();
    assert!(row.last().unwrap().is_none_or(|total| total >= shown + 10), "{row:?}");
}

/// An agency of noord may signal for west, and takes part in it by that.
#[test]
fn a_domain_that_signalled_has_a_row_and_another_region_is_not_told() {
    let mut alerts: Vec<_> = (0..10).map(numbered).collect();
    for (number, it) in (0..).zip(&mut alerts) {
        it.signals.push(soft("coa-noord", v1::Domain::Asielketen, 0x80 + number));
        let elsewhere = soft("zorg-noord", v1::Domain::Zorg, 0xa0 + number);
        it.signals.push(v1::ListedSignal { region: "noord".into(), ..elsewhere });
    }
    let figures = figures(&alerts);
    assert!(signals(&figures).rows.iter().any(|(it, _)| *it == Domain::Asielketen));
    assert_eq!(signals(&figures).totals.last(), Some(&Some(40)), "none of another region");
    assert!(signals(&figures).rows.iter().all(|(it, _)| *it != Domain::Zorg));
}

#[test]
fn figures_are_told_in_words_and_to_programs() {
    let alerts: Vec<_> = (0..12).map(numbered).collect();
    let figures = figures(&alerts);
    let text = figures_text(&figures, Language::Nl);
    for part in
        ["Totaal 12", "- Onderwijs: ", "Verblijf 12", "Te weinig", "minder dan 10", "Doet vandaag niet mee"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('%') && figures_text(&figures, Language::En).contains("Q3 2026"));
    let json: serde_json::Value = serde_json::from_str(&figures_json(&figures)).unwrap();
    for (quarters, at, total) in [(&json["alerts"], 5, 12), (&json["regions"][0]["signals"], 7, 36)] {
        assert_eq!(quarters[3]["quarter"], "2026-Q3");
        assert_eq!(quarters[3]["table"]["totals"][at], total);
    }
}

#[test]
fn how_soon_somebody_picked_them_up_is_told_beside_what_came_of_them() {
    let led = |number: u8, claimed: &str| v1::Alert {
        state: v1::AlertState::Claimed.into(),
        lead: "zorgcoordinator-west".into(),
        claimed: claimed.into(),
        ..numbered(number)
    };
    let days = ["2026-08-16", "2026-08-17", "2026-08-22", "2026-08-23", "2026-09-14", "2026-09-15"];
    let alerts: Vec<_> =
        (0..72).map(|it| led(it, days[usize::from(it) % 6])).chain((80..95).map(numbered)).collect();
    let figures = figures(&alerts);
    let table = &figures.alerts[3].1;
    let paces: Vec<_> = table.columns.iter().zip(&table.totals).collect();
    let shown =
        [(&Pace::AtOnce, 12), (&Pace::Week, 24), (&Pace::Month, 24), (&Pace::Later, 12), (&Pace::Never, 15)];
    assert_eq!(table.totals.last(), Some(&Some(87)));
    for (pace, count) in shown {
        assert!(paces.contains(&(pace, &Some(count))), "{pace:?}: {paces:?}");
    }
}
