//! A hub that shows an alert which the rule does not give is caught by whoever has it explained (V-42).

use samenloop_core::value::Month;
use samenloop_proto::v1;
use samenloop_tests::Answer;

use crate::office::today;
use crate::taken_over;

/// The month so many months ago.
fn ago(months: u16) -> Month {
    Month::from_index(today().month().index() - months).unwrap()
}

/// A soft signal of west, of this month, with a code that counts six months.
fn soft(connection: &str, domain: v1::Domain, reference: u8) -> v1::ListedSignal {
    v1::ListedSignal {
        connection: connection.into(),
        domain: domain.into(),
        severity: v1::Severity::Soft.into(),
        code: "I07".into(),
        month: ago(0).number(),
        region: "west".into(),
        expires: ago(0).plus(6).last_day().to_string(),
        reference: vec![reference; 16],
        revision: 1,
        counts: true,
        ..v1::ListedSignal::default()
    }
}

/// A hard signal of the police and a soft one of a school, as an honest hub shows them.
fn honest() -> v1::Alert {
    let hard = v1::ListedSignal {
        severity: v1::Severity::Hard.into(),
        code: "V11".into(),
        ..soft("politie-west", v1::Domain::PolitieJustitie, 1)
    };
    v1::Alert {
        id: vec![0xab; 16],
        state: v1::AlertState::New.into(),
        rule: "samenloop-regel/1".into(),
        opened: today().to_string(),
        regions: vec!["west".into()],
        domains: vec![v1::Domain::Onderwijs.into(), v1::Domain::PolitieJustitie.into()],
        organisations: vec!["politie-west".into(), "school-west".into()],
        pairs: 2,
        hard: true,
        signals: vec![hard, soft("school-west", v1::Domain::Onderwijs, 2)],
        ..v1::Alert::default()
    }
}

fn changed(change: impl FnOnce(&mut v1::Alert)) -> v1::Alert {
    let mut alert = honest();
    change(&mut alert);
    alert
}

/// Each lie, with what explaining it must name.
fn lies() -> [(&'static str, &'static str, v1::Alert); 5] {
    let one_domain = changed(|it| {
        it.signals[0].connection = "leerplicht-west".into();
        it.organisations = vec!["gemeente-west".into(), "school-west".into()];
    });
    let one_organisation = changed(|it| {
        it.signals[0].connection = "gemeente-west".into();
        it.signals[0].domain = v1::Domain::SociaalDomein.into();
        it.signals[1].connection = "leerplicht-west".into();
        it.domains = vec![v1::Domain::Onderwijs.into(), v1::Domain::SociaalDomein.into()];
        it.organisations = vec!["gemeente-west".into(), "school-west".into()];
    });
    let hearsay = changed(|it| it.signals[0].hearsay_of = v1::Domain::Zorg.into());
    let lapsed = changed(|it| {
        it.signals[1].month = ago(8).number();
        it.signals[1].expires = ago(2).last_day().to_string();
    });
    let stretched = changed(|it| it.signals[1].month = ago(8).number());
    [
        ("one domain", "misplaced", one_domain),
        ("one organisation", "unmet", one_organisation),
        ("only hearsay beside it", "counts", hearsay),
        ("months that lapsed", "ended", lapsed),
        ("months that lapsed, with a longer term", "impossible", stretched),
    ]
}

#[test]
fn a_hub_that_shows_an_alert_which_the_rule_does_not_give_is_caught() {
    let (exchange, hub, _) = taken_over();
    let explain = |alert: v1::Alert, more: &[&str]| -> Answer {
        hub.answers().alerts = vec![alert];
        exchange.run("zorgcoordinator-west", &[&["alert", "explain", "abab"], more].concat())
    };
    let answer = explain(honest(), &["--json"]);
    assert_eq!((answer.status, &answer.json()["verdict"]), (0, &"agrees".into()), "{answer:?}");
    assert_eq!(answer.json()["unsealed"], serde_json::json!([1, 2]), "nobody sealed what the hub made up");
    for (what, doubt, alert) in lies() {
        let answer = explain(alert.clone(), &["--json"]);
        assert_eq!(answer.status, 1, "{what}: {answer:?}");
        let json = answer.json();
        let doubts: Vec<_> =
            json["doubts"].as_array().unwrap().iter().map(|it| it["doubt"].clone()).collect();
        assert!(doubts.contains(&doubt.into()) && doubts.contains(&"unmet".into()), "{what}: {answer:?}");
        assert_eq!(json["verdict"], "differs", "{what}");
        for words in ["bel de beheerder van de hub", "gegevensbescherming (fg)"] {
            assert!(answer.err.contains(words), "{what}, {words}: {answer:?}");
        }
        let answer = explain(alert, &[]);
        assert_eq!(answer.status, 1, "{what}");
        assert!(answer.out.contains("klopt NIET") && answer.out.contains("Te weinig"), "{what}: {answer:?}");
    }
}
