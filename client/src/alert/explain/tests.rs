//! An honest alert agrees; whatever a hub changes of it is named.

use samenloop_core::fixture::day;
use samenloop_proto::v1;

use super::*;
use crate::alert::example::{alert, entries, manifest, soft, today, view};
use crate::language::Language;

/// What an explanation doubts of an alert, by name.
fn doubts(alert: &v1::Alert) -> Vec<&'static str> {
    let manifest = manifest();
    let view = view(alert, &manifest);
    Explanation::new(&view, &manifest, today()).doubts.iter().map(|it| it.name()).collect()
}

fn changed(change: impl FnOnce(&mut v1::Alert)) -> v1::Alert {
    let mut alert = alert();
    change(&mut alert);
    alert
}

/// V-42: the rule of the day over the same signals gives the same answer.
#[test]
fn an_honest_alert_agrees() {
    let manifest = manifest();
    let view = view(&alert(), &manifest);
    let explanation = Explanation::new(&view, &manifest, today());
    assert_eq!((explanation.verdict(), &explanation.doubts), (Verdict::Agrees, &vec![]));
    assert!(explanation.lacking.is_nothing());
    let unsealed: Vec<_> = explanation.unsealed.iter().map(|it| it.number).collect();
    assert_eq!(unsealed, [1, 2], "counted, and sealed to nobody");
    let text = explanation_text(&view, &explanation, &manifest, Language::Nl);
    for part in ["samenloop-regel/1", "22 november 2026", "Dat klopt met", "1 (politie-west)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_alert_of_one_domain_does_not_agree() {
    // Both are of education, whatever the hub says of the second.
    let shown = changed(|it| {
        it.signals[0].connection = "leerplicht-west".into();
        it.organisations = vec!["gemeente-west".into(), "school-west".into()];
    });
    assert_eq!(doubts(&shown), ["misplaced", "unmet", "numbers"]);
}

/// V-12: a municipality that is two domains is one organisation.
#[test]
fn an_alert_of_one_organisation_does_not_agree() {
    let shown = changed(|it| {
        it.signals[0].connection = "gemeente-west".into();
        it.signals[0].domain = v1::Domain::SociaalDomein.into();
        it.signals[1].connection = "leerplicht-west".into();
        it.domains = vec![v1::Domain::Onderwijs.into(), v1::Domain::SociaalDomein.into()];
        it.organisations = vec!["gemeente-west".into(), "school-west".into()];
    });
    assert_eq!(doubts(&shown), ["unmet", "numbers"]);
}

/// V-11: hearsay counts for nothing, whatever the hub says.
#[test]
fn an_alert_of_hearsay_does_not_agree() {
    let shown = changed(|it| it.signals[0].hearsay_of = v1::Domain::Zorg.into());
    assert_eq!(doubts(&shown), ["counts", "unmet", "numbers"]);
    let owned_up = changed(|it| {
        it.signals[0].hearsay_of = v1::Domain::Zorg.into();
        it.signals[0].counts = false;
    });
    assert_eq!(doubts(&owned_up), ["unmet", "numbers"]);
}

#[test]
fn an_alert_of_months_that_have_lapsed_does_not_agree() {
    let ended = changed(|it| {
        it.signals[1].month = 202_603;
        it.signals[1].expires = "2026-09-30".into();
    });
    assert_eq!(doubts(&ended), ["ended", "unmet", "numbers"]);
    // A term that is longer than its code allows makes it no younger.
    let stretched = changed(|it| it.signals[1].month = 202_603);
    assert_eq!(doubts(&stretched), ["impossible", "ended", "unmet", "numbers"]);
}

#[test]
fn what_no_hub_can_have_taken_is_named() {
    for (what, shown) in [
        ("a later month", changed(|it| it.signals[1].month = 202_612)),
        ("hard of a soft code", changed(|it| it.signals[1].severity = v1::Severity::Hard.into())),
        ("a code that is none", changed(|it| it.signals[1].code = "Z99".into())),
        ("past its term", changed(|it| it.signals[1].expires = "2027-06-30".into())),
    ] {
        assert_eq!(doubts(&shown), ["impossible"], "{what}");
    }
}

#[test]
fn each_lie_about_the_alert_itself_is_named() {
    for (name, shown) in [
        ("rule", changed(|it| it.rule = "samenloop-regel/2".into())),
        ("numbers", changed(|it| it.pairs = 3)),
        ("numbers", changed(|it| it.hard = false)),
        ("numbers", changed(|it| it.organisations.push("zorg-noord".into()))),
        ("numbers", changed(|it| it.domains.clear())),
        ("regions", changed(|it| it.regions.push("noord".into()))),
        ("met", changed(|it| it.unmet_since = "2026-11-20".into())),
        ("counts", changed(|it| it.signals[2].counts = true)),
        ("twice", changed(|it| it.signals.push(it.signals[2].clone()))),
    ] {
        assert_eq!(doubts(&shown), [name], "{shown:?}");
    }
}

/// One signal under two codes is one pair.
#[test]
fn a_signal_that_is_listed_twice_counts_once() {
    let shown = changed(|it| {
        it.signals[0] = soft("politie-west", v1::Domain::PolitieJustitie, 1);
        it.signals.push(v1::ListedSignal { code: "A04".into(), ..it.signals[1].clone() });
        it.hard = false;
        it.pairs = 3;
    });
    assert_eq!(doubts(&shown), ["twice", "unmet", "numbers"]);
}

#[test]
fn who_takes_no_part_any_more_gives_no_signal() {
    let mut entries = entries();
    for agency in entries.connections.iter_mut().filter(|it| it.id.as_str() == "school-west") {
        agency.valid_until = day("2026-11-21");
    }
    let manifest = Manifest::new(entries).unwrap();
    let view = view(&alert(), &manifest);
    let explanation = Explanation::new(&view, &manifest, today());
    let names: Vec<_> = explanation.doubts.iter().map(|it| it.name()).collect();
    assert_eq!(names, ["takes-no-part", "unmet", "numbers"]);
    let text = explanation_text(&view, &explanation, &manifest, Language::Nl);
    assert!(text.contains("klopt NIET") && text.contains("Signaal 2 (school-west)"), "{text}");
    assert!(text.contains("Te weinig: 1 domein, 1 organisatie en 1 combinatie"), "{text}");
}

#[test]
fn an_alert_that_its_lead_is_to_decide_on_agrees_while_its_signals_do_not_meet_the_rule() {
    let shown = changed(|it| {
        it.state = v1::AlertState::Claimed.into();
        it.unmet_since = "2026-11-20".into();
        it.signals.remove(0);
    });
    assert_eq!(doubts(&shown), <[&str; 0]>::default());
}

/// What was listed when it ended may have ended since, and that is no lie of the hub.
#[test]
fn an_alert_that_has_ended_is_neither_confirmed_nor_doubted() {
    for state in [v1::AlertState::Closed, v1::AlertState::Lapsed] {
        let manifest = manifest();
        let shown = changed(|it| {
            it.state = state.into();
            it.signals.remove(0);
            it.signals[0].expires = "2026-10-31".into();
        });
        let shown = view(&shown, &manifest);
        assert_eq!(Explanation::new(&shown, &manifest, today()).verdict(), Verdict::Ended);
        let made_up = changed(|it| {
            it.state = state.into();
            it.signals[1].month = 202_612;
        });
        let made_up = view(&made_up, &manifest);
        assert_eq!(Explanation::new(&made_up, &manifest, today()).verdict(), Verdict::Differs);
    }
}

#[test]
fn programs_get_the_verdict_and_every_doubt() {
    let manifest = manifest();
    let view = view(&changed(|it| it.signals[1].month = 202_612), &manifest);
    let json = explanation_json(&view, &Explanation::new(&view, &manifest, today()), &manifest);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let doubts = serde_json::json!([{"doubt": "impossible", "signal": 2, "connection": "school-west"}]);
    assert_eq!((&json["verdict"], &json["doubts"]), (&"differs".into(), &doubts));
    assert_eq!((&json["numbers"]["pairs"], &json["lacking"]["domains"]), (&2.into(), &0.into()));
}

#[test]
fn whoever_doubts_is_told_whom_to_call() {
    for language in [Language::Nl, Language::En] {
        let sentence = whom_to_call(&manifest(), language);
        assert!(sentence.contains("hub") && sentence.contains("1 second"), "{sentence}");
    }
}
