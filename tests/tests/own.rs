//! An agency and what is its own: the codes it may send, its signals after they were sent, and its own program.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use samenloop_tests::{Exchange, bsn, programs, this_month};
use serde_json::Value;

const HEADER: &str = "referentie;bsn;soort;maand;regio;zaaknummer";

/// A month so many months from now, as `YYYY-MM`.
fn month(from_now: i32) -> String {
    let now = this_month();
    let (year, month) = now.split_once('-').unwrap();
    let months = year.parse::<i32>().unwrap() * 12 + month.parse::<i32>().unwrap() - 1 + from_now;
    format!("{}-{:02}", months / 12, months % 12 + 1)
}

fn line(reference: &str, child: u32, severity: &str, months_ago: i32, region: &str) -> String {
    format!("{reference};{};{severity};{};{region};Z-{reference}", bsn(child), month(-months_ago))
}

fn journal(exchange: &Exchange, connection: &str, arguments: &[&str]) -> Vec<Value> {
    let answer = exchange.run(connection, &[&["signal", "list", "--json"], arguments].concat());
    assert_eq!(answer.status, 0, "{answer:?}");
    answer.json().as_array().unwrap().clone()
}

fn references(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|it| it["reference"].as_str().unwrap()).collect()
}

fn reasons(answer: &Value) -> Vec<(&str, &str)> {
    let refused = answer["refused"].as_array().unwrap().iter();
    refused.map(|it| (it["reference"].as_str().unwrap(), it["reason"].as_str().unwrap())).collect()
}

/// V-02, V-04: what is not enabled is not offered.
#[test]
fn codes_are_found_in_both_languages_and_offered_as_the_manifest_enables_them() {
    // No hub: the list is in the program.
    let exchange = Exchange::kit();
    let codes = |connection: &str, arguments: &[&str]| {
        let answer = exchange.run(connection, &[&["codes", "--json"], arguments].concat());
        assert_eq!(answer.status, 0, "{answer:?}");
        answer.json()["codes"].as_array().unwrap().clone()
    };
    let found = codes("school-west", &["--search", "SCHOOL absence"]);
    assert!(found.iter().any(|it| it["code"] == "I07" && it["enabled"] == true), "{found:?}");
    assert!(found.iter().all(|it| it["not_when"]["nl"].as_str().unwrap().len() > 10));
    assert_eq!(codes("school-west", &[]).len(), 60);
    let all = codes("school-west", &["--all"]);
    assert_eq!(all.iter().filter(|it| it["enabled"] == false).count(), 24);
    let seen = codes("school-west", &["--domain", "wonen"]);
    assert!(
        !seen.is_empty() && seen.iter().all(|it| it["domains"].as_array().unwrap().contains(&"wonen".into()))
    );
    assert_eq!(exchange.run("school-west", &["codes", "--domain", "school"]).status, 2);
    // Where no codes are enabled none is offered, and the way without is told.
    assert!(codes("zorg-noord", &[]).is_empty());
    let told = exchange.run("zorg-noord", &["codes", "--search", "verzuim"]);
    assert!(told.out.contains("zonder code") && !told.out.contains("I07"), "{told:?}");
    let marked = exchange.run("zorg-noord", &["codes", "--all", "--lang", "en", "--search", "verzuim"]);
    assert!(
        marked.out.contains("[not enabled for you]") && marked.out.contains("school absence"),
        "{marked:?}"
    );
    // Who reads alerts looks up what a code means.
    assert_eq!(codes("zorgcoordinator-west", &[]).len(), 84);
}

/// V-02: two agencies without codes do everything that others do.
#[test]
fn without_codes_everything_works_as_well() {
    let exchange = Exchange::start();
    let with_code = format!("c;{};hard;V11;{};noord", bsn(1), this_month());
    let refused = exchange.push("zorg-noord", "referentie;bsn;soort;code;maand;regio", &[&with_code]);
    assert_eq!(refused.json()["refused"][0]["reason"], "CODE_NOT_ENABLED", "{refused:?}");
    exchange.push_all("zorg-noord", HEADER, &[&line("z", 1, "hard", 0, "noord")]);
    exchange.push_all("school-noord", HEADER, &[&line("s", 1, "zacht", 4, "noord")]);
    exchange.two_ticks();
    let alerts = exchange.alerts("zorgcoordinator-noord");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert!(alerts[0]["signals"].as_array().unwrap().iter().all(|it| it["code"].is_null()));
    let file = exchange.scratch().join("again.csv");
    std::fs::write(&file, format!("{HEADER}\n{}\n", line("s", 1, "zacht", 4, "noord"))).unwrap();
    let file = file.to_str().unwrap();
    let extended =
        exchange.run("school-noord", &["signal", "extend", "s", "--file", file, "--yes", "--json"]);
    assert_eq!(extended.status, 0, "{extended:?}");
    assert_eq!(journal(&exchange, "school-noord", &[]).len(), 1);
    let withdrawn = exchange.run("school-noord", &["signal", "withdraw", "s", "--reason", "request"]);
    assert_eq!(withdrawn.status, 0, "{withdrawn:?}");
    exchange.two_ticks();
    assert!(exchange.alerts("zorgcoordinator-noord").is_empty());
}

#[test]
fn own_signals_are_listed_by_their_term_and_say_why_they_were_withdrawn() {
    let mut exchange = Exchange::start();
    let lines = [
        line("ends", 1, "zacht", 5, "west"),
        line("later", 2, "hard", 0, "west"),
        line("error", 3, "zacht", 5, "west"),
    ];
    exchange.push_all("school-west", HEADER, &lines.each_ref().map(String::as_str));
    let withdrawn =
        exchange.run("school-west", &["signal", "withdraw", "error", "--reason", "mistake", "--json"]);
    assert_eq!((withdrawn.status, withdrawn.json()["accepted"].as_u64()), (0, Some(1)), "{withdrawn:?}");
    // Without a reason it asks for one; here the first word stands.
    let silent = exchange.run("school-west", &["signal", "withdraw", "error"]);
    assert!(silent.status == 0 && silent.err.contains("--reason"), "{silent:?}");
    // Offline from here on.
    exchange.kill_hub();
    let all = journal(&exchange, "school-west", &[]);
    assert_eq!(references(&all), ["ends", "later", "error"]);
    let states: Vec<_> = all.iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["active", "active", "withdrawn"]);
    assert_eq!((&all[2]["reason"], &all[0]["reason"]), (&"mistake".into(), &Value::Null));
    assert_eq!(all[0]["month"], month(-5));
    assert!(all[0]["expires"].as_str().unwrap().starts_with(&month(1)), "{all:?}");
    assert_eq!(references(&journal(&exchange, "school-west", &["--expires-within", "62d"])), ["ends"]);
    assert_eq!(
        references(&journal(&exchange, "school-west", &["--expires-within", "800"])),
        ["ends", "later"]
    );
    let told = exchange.run("school-west", &["signal", "list", "error"]);
    assert!(told.out.contains("ingetrokken: vergissing") && !told.out.contains("ends"), "{told:?}");
    // V-21: one line of four that is past its term goes by any command, also one that only reads.
    let path = exchange.kit_directory().join("school-west/journal");
    let kept = std::fs::read_to_string(&path).unwrap();
    let first = kept.lines().nth(1).unwrap();
    let (reference, expiry) = (first.split('\t').next().unwrap(), first.split('\t').nth(2).unwrap());
    let past = first.replace(reference, &"07".repeat(16)).replace(expiry, &month(-1)).replace("ends", "past");
    std::fs::write(&path, format!("{kept}{past}\n")).unwrap();
    assert_eq!(exchange.run("school-west", &["key", "status"]).status, 0);
    assert!(!std::fs::read_to_string(&path).unwrap().contains("past"));
    assert_eq!(references(&journal(&exchange, "school-west", &[])), ["ends", "later", "error"]);
}

#[test]
fn extending_is_a_new_judgement_under_the_same_reference() {
    let exchange = Exchange::start();
    let lines = [
        line("holds", 1, "zacht", 5, "west"),
        line("gone", 2, "zacht", 5, "west"),
        line("absent", 3, "zacht", 5, "west"),
    ];
    let lines = lines.each_ref().map(String::as_str);
    exchange.push_all("school-west", HEADER, &lines);
    exchange.push_all("politie-west", HEADER, &[&line("p", 1, "hard", 0, "west")]);
    let withdrawn = exchange.run("school-west", &["signal", "withdraw", "gone", "--reason", "concern-gone"]);
    assert_eq!(withdrawn.status, 0, "{withdrawn:?}");
    let file = exchange.scratch().join("source.csv");
    std::fs::write(&file, format!("{HEADER}\n{}\n{}\n", lines[0], lines[1])).unwrap();
    let file = file.to_str().unwrap();
    let extend = |arguments: &[&str]| {
        let asked = ["signal", "extend", "--file", file, "--json"];
        exchange.run("school-west", &[&asked, arguments].concat())
    };
    let before = journal(&exchange, "school-west", &["holds"]);
    // A script says itself that somebody judged.
    let unsaid = extend(&["holds"]);
    assert_eq!((unsaid.status, unsaid.err.contains("--yes")), (1, true), "{unsaid:?}");
    assert_eq!(journal(&exchange, "school-west", &["holds"]), before);
    let answer = extend(&["holds", "gone", "absent", "never", "--yes"]);
    assert_eq!(answer.status, 3, "{answer:?}");
    let told = answer.json();
    assert_eq!(
        reasons(&told),
        [("gone", "WITHDRAWN_EARLIER"), ("absent", "NOT_IN_FILE"), ("never", "NOT_IN_JOURNAL")]
    );
    assert_eq!(told["extended"][0]["reference"], "holds");
    let after = journal(&exchange, "school-west", &["holds"]);
    assert_eq!(after[0]["expires"], told["extended"][0]["expires"]);
    assert!(after[0]["expires"].as_str().unwrap().starts_with(&month(6)), "{after:?}");
    assert_eq!(
        after[0]["extendable_until"], before[0]["extendable_until"],
        "the cap stays that of the first month"
    );
    assert!(after[0]["revision"].as_u64() > before[0]["revision"].as_u64());
    // It is the same signal, and the coordinator sees the month of the judgement.
    exchange.two_ticks();
    let alerts = exchange.alerts("zorgcoordinator-west");
    let signals = alerts[0]["signals"].as_array().unwrap();
    assert_eq!((alerts.len(), signals.len()), (1, 2), "{alerts:#?}");
    let school = signals.iter().find(|it| it["organisation"] == "school-west").unwrap();
    assert_eq!((&school["month"], &school["case_reference"]), (&this_month().into(), &"Z-holds".into()));
    assert_eq!(reasons(&extend(&["holds", "--yes"]).json()), [("holds", "NO_FURTHER")]);
}

#[test]
fn a_case_system_pushes_with_the_library() {
    let exchange = Exchange::start();
    let push = |record: &Value| {
        let mut child = Command::new(&programs().push_one)
            .arg(exchange.kit_directory().join("school-west.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{record}").unwrap();
        let output = child.wait_with_output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), told)
    };
    let mut record = serde_json::json!({
        "reference": "record-1", "bsn": bsn(4), "severity": "soft", "month": this_month(), "region": "west",
    });
    // The same record twice is one signal.
    for _ in 0..2 {
        let (status, told) = push(&record);
        assert_eq!((status, told["accepted"].as_u64()), (Some(0), Some(1)), "{told}");
    }
    exchange.push_all("politie-west", HEADER, &[&line("p", 4, "hard", 0, "west")]);
    exchange.two_ticks();
    let alerts = exchange.alerts("zorgcoordinator-west");
    assert_eq!((alerts.len(), alerts[0]["signals"].as_array().unwrap().len()), (1, 2), "{alerts:#?}");
    assert_eq!(references(&journal(&exchange, "school-west", &[])), ["record-1"]);
    record["region"] = "zuid".into();
    let (status, told) = push(&record);
    assert_eq!((status, &told["reason"]), (Some(3), &"UNKNOWN_REGION".into()), "{told}");
}
