//! Rights of a child over real programs: an agency, the contact point, the privacy officer, and the coordinator.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

#[path = "rights/edges.rs"]
mod edges;
#[path = "rights/erased.rs"]
mod erased;

use std::time::{Duration, Instant};

use samenloop_tests::{Answer, Desk, Exchange, bsn, done, refused, this_month};
use serde_json::Value;

const HEADER: &str = "referentie;bsn;soort;maand;regio";
const WEST: &str = "zorgcoordinator-west";
const POINT: &str = "contactpunt";
const OFFICER: &str = "fg";

/// A soft signal of a school and a hard one of the police on one child.
fn converge(exchange: &Exchange, child: u32, name: &str) {
    for (agency, severity) in [("school-west", "zacht"), ("politie-west", "hard")] {
        let line = format!("{name};{};{severity};{};west", bsn(child), this_month());
        exchange.push_all(agency, HEADER, &[&line]);
    }
}

/// The file in which the municipality seals a request to the contact point.
fn sealed(exchange: &Exchange, kind: &str, child: u32) -> String {
    let count = std::fs::read_dir(exchange.scratch()).unwrap().count();
    let path = exchange.scratch().join(format!("verzoek-{count}.json")).to_str().unwrap().to_owned();
    let ask = ["rights", kind, "--identifier-from", "-", "--out", &path];
    let numbers = format!("bsn;{}\n", bsn(child));
    let answer = exchange.run_with("gemeente-west", &ask, numbers.as_bytes());
    assert_eq!(answer.status, 0, "{answer:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&bsn(child)) && !format!("{answer:?}").contains(&bsn(child)));
    path
}

fn asked(exchange: &Exchange, kind: &str, child: u32) -> String {
    let path = sealed(exchange, kind, child);
    let asked = done(&exchange.run(POINT, &["rights", kind, &path, "--json"]));
    assert_eq!((&asked[0]["kind"], &asked[0]["verdict"]), (&kind.into(), &"".into()));
    asked[0]["id"].as_str().unwrap().to_owned()
}

fn decide(exchange: &Exchange, by: &str, id: &str, how: &[&str]) -> Answer {
    exchange.run(by, &[&["rights", "release", id, "--json"][..], how].concat())
}

/// Waits for the tick that answers; in the kit every day is a day of answers.
fn letter(exchange: &Exchange, id: &str) -> String {
    let begun = Instant::now();
    loop {
        let letter = exchange.run(POINT, &["rights", "letter", id]);
        if letter.status == 0 {
            assert!(letter.out.contains("Wat u kunt doen"), "{letter:?}");
            return letter.out;
        }
        refused(&letter, "nog geen brief");
        assert!(begun.elapsed() < Duration::from_secs(20), "no answer: {letter:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn answered(exchange: &Exchange, kind: &str, child: u32) -> String {
    let id = asked(exchange, kind, child);
    let released = done(&decide(exchange, OFFICER, &id, &[]));
    assert_eq!(released[0]["verdict"], "release");
    letter(exchange, &id)
}

/// V-30, V-31: nothing on one word; then a letter with all that is kept, and one of a child that nobody knows.
#[test]
fn a_child_sees_what_is_kept_once_a_second_organisation_agrees() {
    let exchange = Exchange::start();
    converge(&exchange, 1, "een");
    exchange.two_ticks();
    let alert = exchange.alerts(WEST).remove(0);
    let check = samenloop_tests::day(3);
    let claim = [
        "alert",
        "claim",
        alert["id"].as_str().unwrap(),
        "--case",
        "Z1",
        "--reason",
        "own-region",
        "--check",
        &check,
    ];
    assert_eq!(exchange.run(WEST, &claim).status, 0);

    let id = asked(&exchange, "access", 1);
    refused(&decide(&exchange, POINT, &id, &[]), "andere organisatie");
    let early = exchange.scratch().join("te-vroeg.txt");
    let write = ["rights", "letter", &id, "--out", early.to_str().unwrap()];
    refused(&exchange.run(POINT, &write), "in behandeling");
    assert!(!early.exists());
    for stranger in [WEST, "politie-west", "gemeente-west"] {
        refused(&exchange.run(stranger, &["rights", "list"]), "rol");
    }
    let listed = done(&exchange.run(OFFICER, &["rights", "list", "--json"]));
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["asked_by"]), (1, &POINT.into()));
    refused(&decide(&exchange, OFFICER, &id, &["--verdict", "refuse"]), "still-needed");
    done(&decide(&exchange, OFFICER, &id, &[]));
    let again = ["--verdict", "refuse", "--reason", "repeated"];
    refused(&decide(&exchange, OFFICER, &id, &again), "al beslist");
    // The privacy officer decides, and reads no answer.
    refused(&exchange.run(OFFICER, &["rights", "letter", &id]), "rol");
    let letter_of = letter(&exchange, &id);
    for said in [
        "Stichting Voorbeeldscholen West",
        "Politie, eenheid West",
        "bewaard tot en met",
        "Zorgcoördinatie West (voorbeeld) keek ernaar op",
    ] {
        assert!(letter_of.contains(said), "{said}: {letter_of}");
    }
    assert!(!letter_of.contains(&this_month()), "months are words: {letter_of}");
    let page = exchange.scratch().join("brief.html");
    let print = ["rights", "letter", &id, "--html", "--lang", "en", "--out", page.to_str().unwrap()];
    assert_eq!(exchange.run(POINT, &print).status, 0);
    assert!(std::fs::read_to_string(&page).unwrap().contains("<html lang=\"en\">"));

    // A limited release leaves out who reported; a refusal does not say whether there is anything.
    let id = asked(&exchange, "access", 1);
    done(&decide(&exchange, OFFICER, &id, &["--verdict", "limit", "--reason", "involved-person"]));
    let limited = letter(&exchange, &id);
    assert!(
        limited.contains("niet alles") && !limited.contains("Politie") && !limited.contains("werkte"),
        "{limited}"
    );
    let unknown = answered(&exchange, "access", 9);
    assert!(unknown.contains("niets gevonden"), "{unknown}");
    let log = std::fs::read_to_string(exchange.hub_log()).unwrap();
    assert!(!log.contains(&bsn(1)) && !log.contains(&bsn(9)) && log.contains("rights requests answered"));
}

/// The alerts of the coordinator that lapsed and show no signal.
fn emptied(exchange: &Exchange) -> usize {
    let all = done(&exchange.run(WEST, &["alert", "list", "--all", "--json"]));
    let is_empty = |it: &&Value| it["state"] == "lapsed" && it["signals"].as_array().unwrap().is_empty();
    all.as_array().unwrap().iter().filter(is_empty).count()
}

/// V-32: what rests holds no alert open, is kept, and counts again once two people let it.
#[test]
fn a_child_has_it_rest_until_it_is_lifted() {
    let exchange = Exchange::start();
    converge(&exchange, 1, "een");
    converge(&exchange, 2, "twee");
    exchange.two_ticks();
    assert_eq!(exchange.alerts(WEST).len(), 2);
    answered(&exchange, "restrict", 1);
    assert_eq!(exchange.alerts(WEST).len(), 1, "the alert lapses within the tick");
    assert_eq!(emptied(&exchange), 1);
    let kept = answered(&exchange, "access", 1);
    assert!(kept.contains("Politie, eenheid West"), "{kept}");
    let lifted = answered(&exchange, "lift", 1);
    assert!(lifted.contains("telt het vanaf die dag weer mee"), "{lifted}");
    assert_eq!(exchange.alerts(WEST).len(), 2, "what is kept is judged at once");
}

/// V-32: what is erased is gone, stays so, and whoever saw it is told.
#[test]
fn a_child_has_it_erased() {
    let exchange = Exchange::start();
    converge(&exchange, 1, "een");
    converge(&exchange, 2, "twee");
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, "politie-west");
    let mut visitor = desk.visitor();
    assert!(!visitor.get("/").body.contains("Gewist op verzoek"));
    let erased = answered(&exchange, "erase", 2);
    assert!(erased.contains("gewist"), "{erased}");
    assert_eq!((exchange.alerts(WEST).len(), emptied(&exchange)), (1, 1));
    let kept = answered(&exchange, "access", 2);
    assert!(kept.contains("niets gevonden"), "{kept}");
    // Who sent it hears so at its next command, of its own alone, and once.
    let told = exchange.done("school-west", &["key", "install", "--json"]).json();
    assert_eq!(told["erased"], serde_json::json!(["twee"]));
    assert_eq!(
        exchange.done("school-west", &["key", "install", "--json"]).json()["erased"],
        serde_json::json!([])
    );
    let own = exchange.done("school-west", &["signal", "list", "--json"]).json();
    let own: Vec<_> = own.as_array().unwrap().iter().map(|it| [&it["reference"], &it["state"]]).collect();
    assert_eq!(own, [["een", "active"], ["twee", "withdrawn"]]);
    let others = exchange.done("gemeente-west", &["key", "install", "--json"]).json();
    assert_eq!(others["erased"], serde_json::json!([]));
    // Who has a desk open reads so on its first page and among their own signals, until they say that they did.
    for page in ["/", "/mijn"] {
        let told = visitor.get(page).body;
        assert!(told.contains("Wis ze daar ook") && told.contains("<li>twee</li>"), "{page}: {told}");
        assert!(!told.contains("<li>een</li>"), "{page}: {told}");
    }
    let own = visitor.get("/mijn");
    assert!(
        own.body.contains("Tellen nu (1)") && own.body.contains("Gewist op verzoek</dd>"),
        "{}",
        own.body
    );
    let read = visitor.send(&own, "/gewist", &[]);
    assert_eq!((read.status, read.header("location")), (303, Some("/mijn")), "{}", read.body);
    assert!(!visitor.get("/").body.contains("Wis ze daar ook"));
    assert!(
        visitor.get("/mijn").body.contains("Gewist op verzoek</dd>"),
        "that it was erased stays to be seen"
    );
    // The same records again: the ack is as ever, and nothing comes back.
    converge(&exchange, 2, "twee");
    exchange.two_ticks();
    assert_eq!(exchange.alerts(WEST).len(), 1);
    // A new judgement counts.
    converge(&exchange, 2, "nieuw");
    exchange.two_ticks();
    assert_eq!(exchange.alerts(WEST).len(), 2);
}

#[test]
fn a_request_opens_at_its_own_contact_point_and_as_what_it_is() {
    let exchange = Exchange::start();
    let path = sealed(&exchange, "access", 1);
    refused(&exchange.run(OFFICER, &["rights", "access", &path]), "geen contactpunt");
    refused(&exchange.run(POINT, &["rights", "erase", &path]), "inzage");
    let text = std::fs::read_to_string(&path).unwrap();
    let other = exchange.scratch().join("ander.json");
    std::fs::write(&other, text.replace("\"contactpunt\"", "\"contactpunt-oost\"")).unwrap();
    refused(&exchange.run(POINT, &["rights", "access", other.to_str().unwrap()]), "ander contactpunt");
    std::fs::write(&other, text.replace("gemeente-west", "school-west")).unwrap();
    refused(&exchange.run(POINT, &["rights", "access", other.to_str().unwrap()]), "niet open");
    let numbers = ["rights", "access", "--identifier-from", "-", "--out", "/dev/null/x"];
    refused(&exchange.run_with("gemeente-west", &numbers, b"bsn;900000042"), "klopt niet");
    assert_eq!(done(&exchange.run(POINT, &["rights", "list", "--json"])), Value::Array(vec![]));
}
