//! Documents by which the parties answer for the exchange, over real programs (V-43).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use std::time::{Duration, Instant};

use samenloop_tests::{Answer, Exchange, bsn, day, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";

fn report(exchange: &Exchange, by: &str, arguments: &[&str]) -> Answer {
    exchange.run(by, &[&["report"][..], arguments].concat())
}

/// V-43: register, annex and arrangement come from the manifest on disk, without a hub and without a role.
#[test]
fn whoever_has_a_manifest_makes_documents_of_it_without_a_hub() {
    let exchange = Exchange::kit();
    let shown = exchange.run("fg", &["manifest", "show", "--json"]).json();
    let hash = shown["acting_sha256"].as_str().unwrap();
    for (by, what, says) in [
        ("school-west", "register", "Stichting Voorbeeldscholen West"),
        ("fg", "dpia", "| L-09 |"),
        ("beheer-a", "arrangement", "Stichting Contactpunt Samenloop (voorbeeld)"),
    ] {
        let text = report(&exchange, by, &[what]);
        assert_eq!(text.status, 0, "{text:?}");
        for said in [says, hash, "uit manifest 1 van uitwisseling voorbeeld", "voor verzonnen gegevens"] {
            assert_eq!(text.out.contains(said), said != "voor verzonnen gegevens", "{said}: {}", text.out);
        }
        let html = report(&exchange, by, &[what, "--html"]);
        assert!(html.out.starts_with("<!DOCTYPE html>") && html.out.contains(hash), "{}", html.out);
        let json = report(&exchange, by, &[what, "--json"]).json();
        assert!(json["parts"].as_array().unwrap().len() > 4, "{json}");
    }
    // What no key administrators signed is no ground for a document.
    let book = exchange.kit_directory().join("fg/manifests/manifest-1.json");
    let signed = std::fs::read_to_string(&book).unwrap();
    std::fs::write(&book, signed.replace("term_days = 30", "term_days = 29")).unwrap();
    let refused = report(&exchange, "fg", &["register"]);
    assert!(refused.status == 1 && refused.out.is_empty(), "{refused:?}");
}

#[test]
fn a_document_goes_into_a_file_of_its_owner_and_over_none() {
    let exchange = Exchange::kit();
    let path = exchange.scratch().join("register.html");
    let out = path.to_str().unwrap();
    let saved = report(&exchange, "fg", &["register", "--html", "--out", out]);
    assert!(saved.status == 0 && saved.out.is_empty(), "{saved:?}");
    let first = std::fs::read_to_string(&path).unwrap();
    let again = report(&exchange, "fg", &["dpia", "--out", out]);
    assert!(again.status == 1 && again.err.contains("--replace"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    assert_eq!(report(&exchange, "fg", &["dpia", "--out", out, "--replace"]).status, 0);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Bijlage"));
    assert_eq!(report(&exchange, "fg", &["dpia", "--replace"]).status, 2);
}

/// V-43: the facts of an incident come from both logs, by name, for the privacy officer; for others that part is missing.
#[test]
fn the_facts_of_an_incident_come_from_the_log_of_the_hub() {
    let exchange = Exchange::start();
    let line = |sender: &str, severity: &str, child: u32| {
        format!("{sender}-{child};{};{severity};{};west", bsn(child), this_month())
    };
    exchange.push_all("school-west", HEADER, &[&line("s", "zacht", 1), &line("s", "zacht", 2)]);
    exchange.push_all("politie-west", HEADER, &[&line("p", "hard", 2)]);
    assert_eq!(exchange.alerts_once("zorgcoordinator-west", 1).len(), 1);
    let discovered = format!("{}T00:00", day(0));
    let ask = ["incident", "--discovered", &discovered, "--lost", "agency-key"];
    let begun = Instant::now();
    let told = loop {
        let told = report(&exchange, "fg", &ask);
        assert_eq!(told.status, 0, "{told:?}");
        // What was read of the alert is signed on the next tick.
        if told.out.contains("samenlopen bekeken") || begun.elapsed() > Duration::from_secs(20) {
            break told.out;
        }
        std::thread::sleep(Duration::from_millis(300));
    };
    let today = day(0);
    for said in [
        format!("| {today} | school-west | 1 | 2 | 0 |"),
        format!("| {today} | politie-west | 1 | 1 | 0 |"),
        "| zorgcoordinator-west | samenlopen bekeken | ".to_owned(),
        "| samenlopen geopend | 1 |".to_owned(),
        "een ander manifest ging gelden".to_owned(),
        "heel en zonder gat".to_owned(),
        "leaked-agency-key.md".to_owned(),
        "Bureau Functionaris Gegevensbescherming".to_owned(),
    ] {
        assert!(told.contains(&said), "{said}: {told}");
    }
    assert!(!told.contains("niet meer in het manifest staat") && !told.contains(&bsn(2)), "{told}");

    let one = report(&exchange, "fg", &[&ask[..], &["--connection", "politie-west"]].concat());
    assert!(one.out.contains("door politie-west 1 regels") && !one.out.contains("school-west |"), "{one:?}");

    let other = report(&exchange, "zorgcoordinator-west", &ask);
    assert!(other.status == 3 && other.out.contains("ONTBREEKT"), "{other:?}");
    assert!(other.out.contains("Alleen de functionaris") && !other.out.contains("| school-west | 1 |"));
    let future = report(&exchange, "fg", &["incident", "--discovered", &format!("{}T00:00", day(2))]);
    assert!(future.status == 1 && future.err.contains("--discovered"), "{future:?}");
}

#[test]
fn without_the_hub_an_incident_still_has_its_clock() {
    let exchange = Exchange::kit();
    let told = report(&exchange, "fg", &["incident", "--discovered", &format!("{}T00:00", day(-9))]);
    assert_eq!(told.status, 3, "{told:?}");
    assert!(told.out.contains("De termijn is voorbij") && told.out.contains("ONTBREEKT"), "{told:?}");
}
