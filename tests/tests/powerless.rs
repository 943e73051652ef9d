//! A hub that is taken over is powerless over keys: it can withhold a manifest, and nothing else.
//!
//! Played by a server with everything that the kit's hub has, against the real `samenloop`. Whatever it tries, the
//! command ends in a sentence that says what to do, and no file of any party is another than before. Beside each
//! attack stands the same act with the administrators' word, which succeeds: so each of these tests can fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an attack that cannot go on fails"
)]

#[path = "powerless/alerts.rs"]
mod alerts;
#[path = "powerless/hub.rs"]
mod hub;
#[path = "powerless/keys.rs"]
mod keys;
#[path = "powerless/office.rs"]
mod office;
#[path = "powerless/receipts.rs"]
mod receipts;
#[path = "powerless/surface.rs"]
mod surface;

use hub::HostileHub;
use office::{Office, changed, entry_of, following, sequence_of, today};
use samenloop_core::value::Day;
use samenloop_manifest::{Publication, sha256};
use samenloop_proto::v1;
use samenloop_tests::{Answer, Exchange, bsn, files, hex, this_month};

/// One party of each role, with a command by which it asks the hub for its newest manifest.
const PARTIES: [(&str, &[&str]); 3] = [
    ("school-west", &["key", "install"]),
    ("zorgcoordinator-west", &["alert", "list"]),
    ("beheer-c", &["key", "status"]),
];

/// A kit whose hub is hostile, and its administrators.
fn taken_over() -> (Exchange, HostileHub, Office) {
    let exchange = Exchange::kit();
    let hub = HostileHub::start(&exchange);
    let office = Office::of(&exchange);
    (exchange, hub, office)
}

/// Pushes one signal of the school, without patience.
fn push(exchange: &Exchange, reference: &str) -> Answer {
    let lines =
        format!("referentie;bsn;soort;maand;regio\n{reference};{};zacht;{};west\n", bsn(1), this_month());
    exchange.run_with("school-west", &["signal", "push", "-", "--json", "--wait", "0"], lines.as_bytes())
}

/// The number and the hash of the newest manifest of a party.
fn newest(exchange: &Exchange, party: &str) -> (u64, String) {
    let shown = exchange.run(party, &["manifest", "show", "--json"]).json();
    (shown["sequence"].as_u64().unwrap(), shown["sha256"].as_str().unwrap().to_owned())
}

/// Every party refuses what the hub gives as its next manifest, says so, and keeps every file as it was.
fn refused_by_all(exchange: &Exchange, what: &str, sentence: &str) {
    let before = files(&exchange.kit_directory());
    for (party, command) in PARTIES {
        let answer = exchange.run(party, command);
        assert_eq!(answer.status, 1, "{what}: {answer:?}");
        for words in ["niet overgenomen", "Waarschuw de sleutelbeheerders", sentence] {
            assert!(answer.err.contains(words), "{what}, {words}: {answer:?}");
        }
        assert_eq!(answer.out, "", "{what}");
    }
    assert_eq!(push(exchange, "r-1").status, 1, "{what}");
    assert!(files(&exchange.kit_directory()) == before, "{what}: a file changed");
}

/// Every party takes what the hub gives as its next manifest.
fn taken_by_all(exchange: &Exchange, publication: &Publication) {
    let body = publication.manifest().body();
    for (party, command) in PARTIES {
        let answer = exchange.run(party, command);
        assert_eq!(answer.status, 0, "{answer:?}");
        assert_eq!(newest(exchange, party), (sequence_of(body), hex(&sha256(body.as_bytes()))), "{party}");
    }
    let pushed = push(exchange, "r-2");
    assert_eq!((pushed.status, pushed.json()["accepted"].as_u64()), (0, Some(1)), "{pushed:?}");
}

/// The hub tries a body under every note that it can make; with k signatures the same body is taken.
fn only_administrators_can(body: impl Fn(&Office, &str) -> String) {
    let (exchange, hub, office) = taken_over();
    let body = body(&office, &following(office.first().manifest().body()));
    for (what, forged, sentence) in office.forgeries(&body) {
        hub.answers().give(2, &forged);
        refused_by_all(&exchange, what, sentence);
    }
    let signed = office.signed(&body);
    hub.answers().give(2, &signed);
    taken_by_all(&exchange, &signed);
}

/// The hash of the key of the hub's own certificate: with this a connection would be the hub's.
fn key_of_hub(office: &Office) -> String {
    hex(&sha256(&office.tls_of_hub(b"").0))
}

/// A body with a copy of a connection, under another name and with the hub's key.
fn enrolled(office: &Office, body: &str, like: &str) -> String {
    let entry = entry_of(body, like);
    let line = |name: &str| entry.lines().find(|it| it.starts_with(name)).unwrap();
    let own = changed(entry, &format!("id = \"{like}\""), "id = \"hub-zelf\"");
    let own =
        changed(&own, line("certificate_keys"), &format!("certificate_keys = [\"{}\"]", key_of_hub(office)));
    let own = changed(&own, line("details_key"), &format!("details_key = \"{}\"", "5a".repeat(32)));
    format!("{body}\n{own}")
}

#[test]
fn it_cannot_enrol_itself_as_an_agency() {
    only_administrators_can(|office, body| enrolled(office, body, "school-west"));
}

#[test]
fn it_cannot_enrol_itself_as_a_coordinator() {
    only_administrators_can(|office, body| {
        let body = enrolled(office, body, "zorgcoordinator-west");
        let own = "coordinators = [\"zorgcoordinator-west\"]";
        changed(&body, own, "coordinators = [\"zorgcoordinator-west\", \"hub-zelf\"]")
    });
}

#[test]
fn it_cannot_put_its_own_key_in_the_place_of_a_coordinators() {
    only_administrators_can(|_, body| {
        let entry = entry_of(body, "zorgcoordinator-noord");
        let line = entry.lines().find(|it| it.starts_with("details_key")).unwrap();
        changed(body, entry, &changed(entry, line, &format!("details_key = \"{}\"", "5a".repeat(32))))
    });
}

#[test]
fn it_cannot_change_a_domain() {
    only_administrators_can(|_, body| {
        let entry = entry_of(body, "school-west");
        changed(body, entry, &changed(entry, "domain = \"onderwijs\"", "domain = \"politie-justitie\""))
    });
}

/// An alert on one signal of the school, which the hub says is of a domain.
fn alert_in(domain: v1::Domain) -> v1::Alert {
    let month = this_month().replace('-', "").parse().unwrap();
    let listed = v1::ListedSignal {
        connection: "school-west".to_owned(),
        domain: domain.into(),
        severity: v1::Severity::Soft.into(),
        month,
        region: "west".to_owned(),
        expires: today().to_string(),
        reference: vec![7; 16],
        revision: 1,
        counts: true,
        ..Default::default()
    };
    v1::Alert {
        id: vec![7; 16],
        state: v1::AlertState::New.into(),
        rule: "samenloop-regel/1".to_owned(),
        opened: today().to_string(),
        regions: vec!["west".to_owned()],
        domains: vec![domain.into()],
        organisations: vec!["school-west".to_owned()],
        pairs: 3,
        signals: vec![listed],
        ..Default::default()
    }
}

/// What a coordinator is shown is held against the manifest as well.
#[test]
fn it_cannot_show_a_signal_in_another_domain_than_the_manifests() {
    let (exchange, hub, _) = taken_over();
    let list = |arguments: &[&str]| {
        let answer = exchange.run("zorgcoordinator-west", arguments);
        assert_eq!(answer.status, 0, "{answer:?}");
        answer
    };
    let warning = "volgens het manifest hoort deze organisatie niet bij dit domein";
    for (domain, is_misplaced) in [(v1::Domain::Onderwijs, false), (v1::Domain::PolitieJustitie, true)] {
        hub.answers().alerts = vec![alert_in(domain)];
        assert_eq!(list(&["alert", "list"]).out.contains(warning), is_misplaced);
        let signal = list(&["alert", "list", "--json"]).json()[0]["signals"][0].clone();
        assert_eq!(signal["misplaced"] == true, is_misplaced, "{signal}");
    }
}

#[test]
fn it_cannot_bring_an_old_manifest_back() {
    let (exchange, hub, office) = taken_over();
    let first = office.first();
    let second = office.signed(&following(first.manifest().body()));
    hub.answers().give(2, &second);
    taken_by_all(&exchange, &second);
    // Signed by k administrators, once; as the next one, and as the only one there is.
    hub.answers().give(3, &first);
    refused_by_all(&exchange, "an older one", "Een ouder manifest wordt nooit meer aangenomen");
    let file = exchange.scratch().join("first.json");
    first.write(&file).unwrap();
    let imported = exchange.run("school-west", &["manifest", "import", file.to_str().unwrap()]);
    assert!(imported.status == 1 && imported.err.contains("ouder manifest"), "{imported:?}");
    // One further than the next does not hide what is between.
    let third = office.signed(&following(second.manifest().body()));
    let fourth = office.signed(&following(third.manifest().body()));
    hub.answers().give(3, &fourth);
    refused_by_all(&exchange, "one too far", "Neem eerst 3 over");
    hub.answers().give(3, &third);
    hub.answers().give(4, &fourth);
    taken_by_all(&exchange, &fourth);
}

/// The day so many days ago.
fn days_ago(days: u32) -> Day {
    let first = Day::parse("2020-01-01").unwrap();
    first.plus_days(first.days_until(today()).unwrap() - days)
}

#[test]
fn a_hub_that_withholds_manifests_stops_everything_and_gains_nothing() {
    let (exchange, hub, office) = taken_over();
    let body = office.first().manifest().body().to_owned();
    let day = |name: &str| body.lines().find(|it| it.starts_with(name)).unwrap().to_owned();
    let body = changed(&body, &day("issued = "), &format!("issued = \"{}\"", days_ago(40)));
    let body = changed(&body, &day("expires = "), &format!("expires = \"{}\"", days_ago(5)));
    let old = office.signed(&body);
    for (party, _) in PARTIES {
        old.write(&exchange.kit_directory().join(party).join("manifests/manifest-1.json")).unwrap();
    }
    let before = files(&exchange.kit_directory());
    let refused = push(&exchange, "r-1");
    assert_eq!((refused.status, refused.json()["accepted"].as_u64()), (1, Some(0)), "{refused:?}");
    assert!(refused.err.contains("Uw manifest is verlopen. Er is niets verstuurd."), "{refused:?}");
    assert_eq!(hub.answers().calls(), ["FetchManifest", "ListErased"].into());
    let journal = exchange.kit_directory().join("school-west/journal");
    let mut after = files(&exchange.kit_directory());
    // An empty journal is no signal, and no receipts are none.
    assert!(after.remove(&journal).is_none_or(|it| it == b"samenloop-journal 1\n"));
    assert!(after.remove(&journal.with_extension("receipts")).is_none_or(|it| it.is_empty()));
    let touched: Vec<_> = after.iter().filter(|(path, it)| before.get(*path) != Some(*it)).collect();
    assert!(touched.is_empty() && after.len() == before.len(), "a file changed: {touched:?}");
    let body = following(&body);
    let fresh =
        changed(&body, &format!("issued = \"{}\"", days_ago(40)), &format!("issued = \"{}\"", today()));
    let fresh = changed(&fresh, &format!("\"{}\"", days_ago(5)), &format!("\"{}\"", today().plus_days(35)));
    let fresh = office.signed(&fresh);
    hub.answers().give(2, &fresh);
    taken_by_all(&exchange, &fresh);
}

/// Two manifests of one number, both signed by k administrators: somebody was shown another one.
#[test]
fn it_cannot_show_two_agencies_different_manifests_for_long() {
    let (exchange, hub, office) = taken_over();
    let body = following(office.first().manifest().body());
    let one = office.signed(&body);
    let other = office.signed(&changed(&body, "quota_lines = 1000000", "quota_lines = 999999"));
    hub.answers().give(2, &one);
    taken_by_all(&exchange, &one);
    hub.answers().give(2, &other);
    assert_eq!(exchange.run("gemeente-west", &["key", "install"]).status, 0);
    // Whoever compares what the command shows finds out.
    let (shown, at_other) = (newest(&exchange, "school-west"), newest(&exchange, "gemeente-west"));
    assert!(shown.0 == at_other.0 && shown.1 != at_other.1, "{shown:?} {at_other:?}");
    let print = |party| {
        let shown = exchange.run(party, &["manifest", "show"]).out;
        shown.lines().find(|it| it.starts_with("Vingerafdruk")).unwrap().to_owned()
    };
    assert_ne!(print("school-west"), print("gemeente-west"));
    // Neither party ever takes the other one, or anything that follows it, from the hub or by hand.
    hub.answers().give(3, &other);
    refused_by_all(&exchange, "another of one number", "twee verschillende manifesten met nummer 2");
    let after_other = office.signed(&following(other.manifest().body()));
    hub.answers().give(3, &after_other);
    refused_by_all(&exchange, "what follows another", "een andere voorganger");
    let file = exchange.scratch().join("one.json");
    one.write(&file).unwrap();
    let imported = exchange.run("gemeente-west", &["manifest", "import", file.to_str().unwrap()]);
    assert!(imported.status == 1 && imported.err.contains("Neem geen van beide aan"), "{imported:?}");
    let after_one = office.signed(&following(one.manifest().body()));
    hub.answers().give(3, &after_one);
    taken_by_all(&exchange, &after_one);
    assert_eq!(exchange.run("gemeente-west", &["key", "install"]).status, 1);
}

/// Each call names the hash of the caller's manifest: of two manifests the real hub can serve only one.
#[test]
fn a_hub_that_holds_another_manifest_of_the_same_number_is_told_apart_by_the_first_call() {
    let mut exchange = Exchange::kit();
    let office = Office::of(&exchange);
    let body = following(office.first().manifest().body());
    let other = changed(&body, "quota_lines = 1000000", "quota_lines = 999999");
    for (party, body) in [("school-west", &body), ("gemeente-west", &other), ("hub", &other)] {
        let place = exchange.kit_directory().join(party).join("manifests/manifest-2.json");
        office.signed(body).write(&place).unwrap();
    }
    exchange.start_hub();
    let refused = push(&exchange, "r-1");
    assert_eq!((refused.status, refused.json()["accepted"].as_u64()), (1, Some(0)), "{refused:?}");
    assert!(refused.err.contains("een ander manifest met hetzelfde nummer. Stuur niets"), "{refused:?}");
    let header = "referentie;bsn;soort;maand;regio";
    exchange.push_all("gemeente-west", header, &[&format!("g-1;{};zacht;{};west", bsn(1), this_month())]);
}
