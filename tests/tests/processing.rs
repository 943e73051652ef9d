//! The processing log over real programs (V-44): a line for every act, nothing without one, and nobody named in any.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "helpers of tests"
)]

#[path = "processing/collector.rs"]
mod collector;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use collector::{Collector, Mood};
use ring::hmac;
use samenloop_client::key::Purpose;
use samenloop_core::processing::Activity;
use samenloop_core::value::Epoch;
use samenloop_keys_example::{Kit, key_of};
use samenloop_pseudonym::{EpochKey, Identifier};
use samenloop_store::{FileSecrets, Purpose as Kept, Secrets};
use samenloop_tests::{Answer, Exchange, bsn, files, this_month};
use serde_json::Value;

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming;zaaknummer";
const WEST: &str = "zorgcoordinator-west";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn directory(exchange: &Exchange) -> PathBuf {
    exchange.kit_directory().join("hub/processing")
}

/// Every line of both logs; each of them is JSON.
fn lines(exchange: &Exchange) -> Vec<Value> {
    let texts = files(&directory(exchange)).into_values().map(|it| String::from_utf8(it).unwrap());
    let lines = texts.flat_map(|it| it.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.map(|it| serde_json::from_str(&it).unwrap_or_else(|fault| panic!("{fault}: {it}"))).collect()
}

fn of(lines: &[Value], activity: Activity) -> Vec<&Value> {
    let is_of = |it: &&Value| it["attributes"]["dpl.core.processing_activity_id"] == activity.uri();
    lines.iter().filter(is_of).collect()
}

fn subjects(lines: &[&Value]) -> BTreeSet<String> {
    let subjects = lines.iter().filter_map(|it| it["attributes"]["dpl.core.data_subject_id"].as_str());
    subjects.map(str::to_owned).collect()
}

/// Pushes one line, in a trace of the back office if there is one.
fn push(exchange: &Exchange, agency: &str, severity: &str, child: u32, trace: Option<&str>) -> Answer {
    let line = format!("kind-{child};{};{severity};{};west;eigen;Z-77", bsn(child), this_month());
    let file = exchange.scratch().join(format!("{agency}-{child}.csv"));
    std::fs::write(&file, format!("{HEADER}\n{line}\n")).unwrap();
    let push = ["signal", "push", file.to_str().unwrap(), "--json", "--wait", "0"];
    let mut command = exchange.command(agency, &push);
    if let Some(trace) = trace {
        command.env("TRACEPARENT", trace);
    }
    let output = command.output().unwrap();
    Answer {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn converge(exchange: &Exchange, child: u32) {
    for (agency, severity) in [("school-west", "zacht"), ("politie-west", "hard")] {
        done(&push(exchange, agency, severity, child, None));
    }
}

fn done(answer: &Answer) -> Value {
    assert_eq!(answer.status, 0, "{answer:?}");
    answer.json()
}

fn refused(answer: &Answer) {
    assert!(answer.status == 1 && !answer.err.is_empty(), "{answer:?}");
    // A push says how many lines were accepted before it was stopped; what shows something says nothing.
    assert!(answer.out.is_empty() || answer.json()["accepted"] == 0, "{answer:?}");
}

/// From an alert to an answered contact request. Says what people were shown that no line may hold.
fn followed_up(exchange: &Exchange) -> Vec<String> {
    let alert = exchange.alerts(WEST).remove(0);
    let id = alert["id"].as_str().unwrap();
    let check = samenloop_tests::day(3);
    let claim = ["alert", "claim", id, "--case", "ZHZ-117", "--reason", "own-region", "--check", &check];
    done(&exchange.run(WEST, &[&claim[..], &["--json"]].concat()));
    let ask = ["alert", "contact", id, "--of", "school-west", "--reason", "explain", "--json"];
    done(&exchange.run(WEST, &ask));
    let asked = done(&exchange.run("school-west", &["contact", "list", "--json"]));
    let request = asked[0]["id"].as_str().unwrap();
    done(&exchange.run("school-west", &["contact", "answer", request, "--will-call", "--json"]));
    let references = alert["signals"].as_array().unwrap().iter();
    let references = references.map(|it| it["reference"].as_str().unwrap().to_owned());
    ["Z-77", "ZHZ-117", id, request].map(str::to_owned).into_iter().chain(references).collect()
}

/// What is kept of a child, asked for, decided on and answered.
fn rights_exercised(exchange: &Exchange, child: u32) {
    let path = exchange.scratch().join("verzoek.json");
    let path = path.to_str().unwrap();
    let ask = ["rights", "access", "--identifier-from", "-", "--out", path];
    let numbers = format!("bsn;{}\n", bsn(child));
    assert_eq!(exchange.run_with("gemeente-west", &ask, numbers.as_bytes()).status, 0);
    let asked = done(&exchange.run("contactpunt", &["rights", "access", path, "--json"]));
    let id = asked[0]["id"].as_str().unwrap();
    done(&exchange.run("fg", &["rights", "release", id, "--json"]));
    let begun = Instant::now();
    while !exchange.run("contactpunt", &["rights", "letter", id]).out.contains("Wat u kunt doen") {
        assert!(begun.elapsed() < Duration::from_secs(20), "no answer");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A number of a child, its pseudonym and its index under each key of the hub, in every form that a line could have.
fn names_of(exchange: &Exchange, child: u32) -> Vec<String> {
    let kit = exchange.kit_directory();
    let epoch = Epoch::new(1);
    let key = key_of(&kit, "school-west", "epochs/1.key", Purpose::Epoch(epoch)).unwrap();
    let key = EpochKey::new(Kit::exchange(), epoch, key.as_slice().try_into().unwrap());
    let pseudonym = *key.place(&Identifier::parse_bsn(&bsn(child)).unwrap()).pseudonym().bytes();
    let secret =
        FileSecrets::open(&kit.join("hub/secrets")).unwrap().find(Kept::Epoch(epoch)).unwrap().unwrap();
    let lp = |part: &[u8]| [&u16::try_from(part.len()).unwrap().to_be_bytes()[..], part].concat();
    let text =
        [&lp(b"samenloop/v1/hub/index")[..], &lp(Kit::exchange().as_bytes()), &[0, 0, 0, 1, 1], &pseudonym];
    let index =
        |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &text.concat()).as_ref().to_vec();
    let bytes = secret.keys().iter().map(|it| index(&it[..])).chain([pseudonym.to_vec()]);
    let mut names = vec![bsn(child)];
    for bytes in bytes {
        names.extend(bytes.chunks(8).map(|it| it.iter().map(|byte| format!("{byte:02x}")).collect()));
        names.push(base64::engine::general_purpose::STANDARD_NO_PAD.encode(&bytes[..15]));
    }
    names
}

/// V-44: a line for every act, under names that tell nothing; who called, and in which trace of its own.
#[test]
fn every_act_has_a_line_and_no_line_names_anybody() {
    let mut exchange = Exchange::start();
    done(&push(&exchange, "school-west", "zacht", 1, Some(&format!("00-{TRACE}-{SPAN}-01"))));
    let malformed = push(&exchange, "politie-west", "hard", 1, Some("00-nonsense"));
    assert!(done(&malformed)["accepted"] == 1 && malformed.err.contains("TRACEPARENT"), "{malformed:?}");
    exchange.two_ticks();
    let shown = followed_up(&exchange);
    rights_exercised(&exchange, 1);
    done(&exchange.run("school-west", &["signal", "withdraw", "kind-1", "--reason", "mistake", "--json"]));
    exchange.two_ticks();
    assert_eq!(exchange.stop_hub(), Some(0));

    let lines = lines(&exchange);
    let mut acts = BTreeMap::from(Activity::ALL.map(|it| (it.uri(), of(&lines, it).len())));
    assert_eq!(acts.remove(Activity::Expire.uri()), Some(0), "nothing ended");
    assert!(acts.values().all(|count| *count > 0), "{acts:?}");
    let received = of(&lines, Activity::Receive);
    assert_eq!(
        (received.len(), subjects(&received).len()),
        (2, 2),
        "one line a signal, each with a name of its own"
    );
    assert_eq!(subjects(&of(&lines, Activity::Judge)), subjects(&received), "by which the tick knows it");
    let alerts = [Activity::Follow, Activity::Show, Activity::Act].map(|it| subjects(&of(&lines, it)));
    assert!(alerts.iter().all(|it| it == &alerts[0] && it.len() == 1), "an alert has one name: {alerts:?}");
    assert!(alerts[0].is_disjoint(&subjects(&received)), "and no other record has that");

    let foreign = |entity: &str| {
        let named = format!("urn:samenloop:aansluiting:{entity}");
        received.iter().map(|it| &it["foreign_operation"]).find(|it| it["entity"] == *named).unwrap()
    };
    let (traced, fresh) = (foreign("school-west"), foreign("politie-west"));
    assert!(traced["trace_id"] == TRACE && traced["span_id"] != SPAN, "{traced}");
    assert!(fresh["trace_id"].as_str().is_some_and(|it| it.len() == 32 && it != TRACE), "{fresh}");
    let nobodys = [Activity::Judge, Activity::Follow].map(|it| of(&lines, it));
    assert!(nobodys.iter().flatten().all(|it| it["foreign_operation"].is_null()), "a tick is nobody's call");

    let written = files(&directory(&exchange));
    let text: String = written.values().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    for name in names_of(&exchange, 1).iter().chain(&shown) {
        assert!(!text.contains(name.as_str()), "{name}");
        assert!(!written.keys().any(|it| it.to_string_lossy().contains(name.as_str())), "{name} in a name");
    }
    let telemetry = std::fs::read_to_string(exchange.hub_log()).unwrap();
    let subject = alerts[0].first().unwrap();
    assert!(text.contains(subject.as_str()), "the search finds what is there");
    assert!(
        !telemetry.contains("dpl.core") && !telemetry.contains(subject.as_str()),
        "two things: {telemetry}"
    );
}

/// Puts something else where a file or directory is, while `meanwhile`.
fn instead<T>(place: &PathBuf, put: impl Fn(&PathBuf), meanwhile: impl FnOnce() -> T) -> T {
    let aside = place.with_extension("aside");
    let _ = std::fs::rename(place, &aside);
    put(place);
    let done = meanwhile();
    std::fs::remove_file(place).unwrap();
    let _ = std::fs::rename(&aside, place);
    done
}

fn full(place: &PathBuf) {
    std::os::unix::fs::symlink("/dev/full", place).unwrap();
}

/// V-44: what cannot be announced is refused or waits, over a restart as well; nothing acked is lost by it.
#[test]
fn without_a_line_nothing_is_processed_and_with_room_again_all_of_it_is() {
    let mut exchange = Exchange::start();
    converge(&exchange, 1);
    exchange.two_ticks();
    assert_eq!(exchange.alerts(WEST).len(), 1);
    let today = samenloop_tests::day(0);
    let file = |log: &str| directory(&exchange).join(format!("{log}-{today}.jsonl"));
    let (intake, case) = (file("intake"), file("case"));

    instead(&intake, full, || refused(&push(&exchange, "school-west", "zacht", 2, None)));
    let gone = |it: &PathBuf| std::fs::write(it, "a file where the directory was").unwrap();
    instead(&directory(&exchange), gone, || {
        refused(&push(&exchange, "school-west", "zacht", 2, None));
        refused(&exchange.run(WEST, &["alert", "list"]));
    });
    let told = std::fs::read_to_string(exchange.hub_log()).unwrap();
    assert!(
        told.contains("the processing log cannot be written") && told.contains("No space left"),
        "{told}"
    );
    assert_eq!(exchange.alerts(WEST).len(), 1, "with room again it serves again, without a restart");

    instead(&case, full, || {
        converge(&exchange, 3);
        exchange.two_ticks();
        refused(&exchange.run(WEST, &["alert", "list"]));
        assert_eq!(exchange.stop_hub(), Some(0));
        let verified = exchange.hub(&["verify", "--json"]).json();
        assert_eq!((&verified["waiting_arrivals"], &verified["rows"]), (&2.into(), &2.into()), "{verified}");
        exchange.start_hub();
        exchange.two_ticks();
    });
    assert_eq!(exchange.alerts_once(WEST, 2).len(), 2, "what waited is filed");
    assert_eq!(of(&lines(&exchange), Activity::Receive).len(), 4, "a line for each signal that was acked");
}

/// V-44: OTLP to a collector of the same machine, of which an answer counts and nothing less.
#[test]
fn a_collector_gets_every_line_or_nothing_is_processed() {
    let collector = Collector::start();
    let mut exchange = Exchange::kit();
    let config = exchange.kit_directory().join("hub.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}processing_collector = \"{}\"\n", collector.address)).unwrap();
    exchange.start_hub();
    done(&push(&exchange, "school-west", "zacht", 1, Some(&format!("00-{TRACE}-{SPAN}-01"))));
    // The tick is not to meet what follows.
    exchange.two_ticks();
    for mood in [Mood::Refuses, Mood::TakesInPart] {
        collector.be(mood);
        refused(&push(&exchange, "politie-west", "hard", 1, None));
        collector.be(Mood::Well);
    }
    done(&push(&exchange, "politie-west", "hard", 1, None));
    assert_eq!(exchange.alerts_once(WEST, 1).len(), 1);
    assert_eq!(exchange.stop_hub(), Some(0));

    let taken = collector.taken();
    let written = lines(&exchange);
    let mut seen = 0;
    for span in &taken {
        let line =
            written.iter().find(|it| it["span_id"] == span["spanId"]).unwrap_or_else(|| panic!("{span}"));
        assert_eq!((&line["trace_id"], &line["name"]), (&span["traceId"], &span["name"]));
        for attribute in span["attributes"].as_array().unwrap() {
            let key = attribute["key"].as_str().unwrap();
            assert_eq!(line["attributes"][key], attribute["value"]["stringValue"], "{span}");
        }
        assert_eq!(line["foreign_operation"]["trace_id"], span["links"][0]["traceId"], "{span}");
        seen += usize::from(span["links"][0]["traceId"] == TRACE);
    }
    // What the agency asked before it sent (whose references were erased), and what it sent.
    assert_eq!(seen, 2, "{taken:?}");
    // The file also has what the collector did not take, and what then was not done: both, twice.
    let refused = written.len() - taken.len();
    assert_eq!(refused, 4, "{written:?}");
}
