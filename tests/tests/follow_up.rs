//! From an alert to help, over real programs: what coordinators and reporters type.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use samenloop_tests::{Answer, Exchange, bsn, done, refused, this_month};
use serde_json::Value;

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming;zaaknummer";
const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";

/// A hard signal of `first` in its region, and a soft one of a school in west, on one child.
fn converge(exchange: &Exchange, first: (&str, &str), child: u32) {
    let line = |severity: &str, region: &str, case: &str| {
        format!("kind-{child};{};{severity};{};{region};eigen;{case}", bsn(child), this_month())
    };
    exchange.push_all("school-west", HEADER, &[&line("zacht", "west", "Z-77")]);
    exchange.push_all(first.0, HEADER, &[&line("hard", first.1, "")]);
}

/// A day ahead as the commands take it, told by the system.
fn days_ahead(days: u32) -> String {
    let mut date = std::process::Command::new("date");
    let day = date.env("TZ", "Europe/Amsterdam").args(["-d", &format!("+{days} days"), "+%Y-%m-%d"]);
    String::from_utf8(day.output().unwrap().stdout).unwrap().trim().to_owned()
}

fn claim(exchange: &Exchange, coordinator: &str, id: &str) -> Answer {
    let check = days_ahead(3);
    let line = ["alert", "claim", id, "--case", "ZHZ-26-117", "--reason", "own-region", "--check", &check];
    exchange.run(coordinator, &[&line[..], &["--json"]].concat())
}

fn confirm(exchange: &Exchange, coordinator: &str, id: &str) -> Answer {
    exchange.run(coordinator, &["alert", "confirm", id, "--reason", "signals-weighed", "--json"])
}

fn close(exchange: &Exchange, coordinator: &str, id: &str) -> Answer {
    let line = ["--outcome", "help-started", "--comensha", "awaiting-consent", "--child-view", "known"];
    exchange.run(coordinator, &[&["alert", "close", id, "--json"][..], &line].concat())
}

fn id_of(alert: &Value) -> String {
    alert["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_alert_walks_from_new_to_closed_and_the_reporter_finds_its_own_case() {
    let exchange = Exchange::start();
    converge(&exchange, ("politie-west", "west"), 1);
    exchange.two_ticks();
    let alert = exchange.alerts(WEST).remove(0);
    let id = id_of(&alert);
    assert_eq!((&alert["state"], &alert["owners"]), (&"new".into(), &serde_json::json!([WEST])));
    let claimed = done(&claim(&exchange, WEST, &id));
    assert_eq!((&claimed["state"], &claimed["lead"]), (&"claimed".into(), &WEST.into()));
    done(&claim(&exchange, WEST, &id));
    let ask = ["alert", "contact", &id, "--of", "school-west", "--reason", "explain", "--json"];
    let asked = done(&exchange.run(WEST, &ask));
    assert_eq!(asked["contacts"][0]["connection"], "school-west");
    assert_eq!(done(&exchange.run(WEST, &ask))["contacts"], asked["contacts"], "a repeat asks nobody twice");
    let otherwise = ["alert", "contact", &id, "--of", "school-west", "--reason", "safety", "--json"];
    refused(&exchange.run(WEST, &otherwise), "al gevraagd");

    let requests = done(&exchange.run("school-west", &["contact", "list", "--json"]));
    let request = &requests[0];
    assert_eq!(request["signals"][0]["case_reference"], "Z-77", "the journal knows it");
    assert_eq!(request["coordinator_case_reference"], "ZHZ-26-117");
    let text = exchange.run("school-west", &["contact", "list"]).out;
    assert!(text.contains("Z-77") && text.contains(WEST) && text.contains("nog geen antwoord"), "{text}");
    assert_eq!(done(&exchange.run("politie-west", &["contact", "list", "--json"])), serde_json::json!([]));
    let answer = ["contact", "answer", &id_of(request)[..8], "--will-call", "--json"];
    done(&exchange.run("school-west", &answer));

    let shown = exchange.run(WEST, &["alert", "show", &id]).out;
    for part in ["opgepakt", WEST, "veiligheidscheck", "ZHZ-26-117", "school-west", "belt"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(done(&confirm(&exchange, WEST, &id))["state"], "confirmed");
    let closed = done(&close(&exchange, WEST, &id));
    assert_eq!((&closed["state"], &closed["outcome"]), (&"closed".into(), &"help-started".into()));
    assert!(exchange.alerts(WEST).is_empty());
    refused(&claim(&exchange, WEST, &id), "gesloten of vervallen");
    assert_eq!(done(&exchange.run("school-west", &["contact", "list", "--json"])), serde_json::json!([]));

    // A new domain opens it again, over a restart of the hub.
    let mut exchange = exchange;
    exchange.stop_hub();
    exchange.start_hub();
    let line = format!("kind-1;{};zacht;{};west;eigen;", bsn(1), this_month());
    exchange.push_all("gemeente-west", HEADER, &[&line]);
    exchange.two_ticks();
    let again = exchange.alerts(WEST).remove(0);
    assert_eq!((again["state"].as_str(), id_of(&again)), (Some("reopened"), id));
}

#[test]
fn who_may_not_act_changes_nothing() {
    let exchange = Exchange::start();
    converge(&exchange, ("politie-west", "west"), 1);
    exchange.two_ticks();
    let id = id_of(&exchange.alerts(WEST)[0]);
    refused(&claim(&exchange, NOORD, &id), "is er niet");
    refused(&claim(&exchange, "school-west", &id), "geen samenlopen");
    refused(&confirm(&exchange, WEST, &id), "zaaknummer");
    let line = ["alert", "confirm", &id, "--reason", "signals-weighed", "--case", "Z1"];
    refused(&exchange.run(WEST, &line), "eerst op");
    for wrong in [&["--case", "Jansen"][..], &["--case", "123456782"], &["--reason", "boos"]] {
        let line = ["alert", "claim", &id, "--check", "2026-12-01"];
        assert_eq!(exchange.run(WEST, &[&line[..], wrong].concat()).status, 2, "{wrong:?}");
    }
    done(&claim(&exchange, WEST, &id));
    let check = days_ahead(5);
    let to = |who: &str| {
        let line =
            ["alert", "handover", &id, "--reason", "other-region", "--check", &check, "--json", "--to"];
        exchange.run(WEST, &[&line[..], &[who]].concat())
    };
    refused(&to("school-west"), "kunt u niet overdragen");
    refused(&to(WEST), "kunt u niet overdragen");
    assert_eq!(done(&to(NOORD))["lead"], NOORD);
    refused(&close(&exchange, WEST, &id), "zaaknummer");
    let line = ["alert", "confirm", &id, "--reason", "signals-weighed", "--case", "Z1"];
    refused(&exchange.run(WEST, &line), "Een andere zorgcoördinator");
    let handed = exchange.alerts(NOORD).remove(0);
    assert_eq!(done(&confirm(&exchange, NOORD, &id_of(&handed)))["state"], "confirmed");

    // A claimed alert stays when its signals go, and its lead is told to decide.
    let withdraw = ["signal", "withdraw", "kind-1", "--json"];
    done(&exchange.run("school-west", &withdraw));
    exchange.two_ticks();
    let left = exchange.alerts(NOORD).remove(0);
    assert_eq!((&left["state"], left["unmet_since"].is_string()), (&"confirmed".into(), true));
}

#[test]
fn of_two_coordinators_who_race_one_leads() {
    const CHILDREN: u32 = 8;
    let exchange = Exchange::start();
    for child in 1..=CHILDREN {
        converge(&exchange, ("coa-noord", "noord"), child);
    }
    exchange.two_ticks();
    let racing = [WEST, NOORD].map(|name| {
        let exchange = exchange.view();
        std::thread::spawn(move || {
            let alerts = exchange.alerts(name);
            assert_eq!(alerts.len(), CHILDREN as usize);
            let claims = alerts.iter().map(|it| claim(&exchange, name, &id_of(it)));
            claims
                .filter(|answer| {
                    if answer.status != 0 {
                        refused(answer, "Een andere zorgcoördinator");
                    }
                    answer.status == 0
                })
                .count()
        })
    });
    let [west, noord] = racing.map(|it| it.join().unwrap());
    assert_eq!(west + noord, CHILDREN as usize, "{west} and {noord}");
    let led = |by: &str| exchange.alerts(WEST).iter().filter(|it| it["lead"] == by).count();
    assert_eq!((led(WEST), led(NOORD)), (west, noord));
}

/// V-13, V-42: why, checked on the coordinator's own machine; and nobody falls between two alerts or two regions.
#[test]
fn a_coordinator_has_an_alert_explained_is_offered_the_related_one_and_told_what_stays_behind_at_a_hand_over()
{
    let exchange = Exchange::start();
    let header = "referentie;bsn;v_nummer;soort;maand;regio;zaaknummer";
    let (number, v_number) = (bsn(1), "2912345678");
    for (agency, bsn, v_number, severity, case) in [
        ("school-west", number.as_str(), v_number, "zacht", "Z-77"),
        ("politie-west", &number, "", "hard", ""),
        ("gemeente-west", "", v_number, "hard", ""),
    ] {
        let line = format!("kind;{bsn};{v_number};{severity};{};west;{case}", this_month());
        exchange.push_all(agency, header, &[&line]);
    }
    exchange.two_ticks();
    let alerts = exchange.alerts(WEST);
    let by_police = |it: &&Value| it["organisations"].as_array().unwrap().contains(&"politie-west".into());
    let (one, other) =
        (alerts.iter().find(by_police).unwrap(), alerts.iter().find(|it| !by_police(it)).unwrap());
    let (one, other) = (id_of(one), id_of(other));
    for id in [&one, &other] {
        let explained = done(&exchange.run(WEST, &["alert", "explain", id, "--json"]));
        assert_eq!(
            (&explained["verdict"], &explained["unsealed"]),
            (&"agrees".into(), &serde_json::json!([]))
        );
    }
    let shown = exchange.run(WEST, &["alert", "show", &one]).out;
    for part in [other.as_str(), "Zonder signaal 2 (school-west", "Doet niet mee", "barrièremodel"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let check = days_ahead(3);
    let claim = ["alert", "claim", &one, "--case", "Z1", "--reason", "own-region", "--check", &check];
    let claimed = exchange.run(WEST, &claim).out;
    assert!(claimed.contains(&format!("samenloop alert claim {other}")), "{claimed}");
    let to = ["alert", "handover", &one, "--reason", "other-region", "--check", &check, "--to", NOORD];
    let handed = exchange.run(WEST, &to).out;
    for part in ["gaan niet mee", "Z-77", "politie-west"] {
        assert!(handed.contains(part), "{part}: {handed}");
    }
    let received = exchange.alerts(NOORD).remove(0);
    let received = exchange.run(NOORD, &["alert", "show", &id_of(&received)]).out;
    assert!(
        received.contains("kunt u niet openen") && received.contains("Bel zorgcoordinator-west"),
        "{received}"
    );
    assert!(!received.contains("Z-77"), "{received}");
}
