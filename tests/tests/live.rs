//! A manifest that is published takes effect at once, on connections that are open too (P-22, P-24), and nothing is
//! lost on the way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

#[path = "live/clocks.rs"]
mod clocks;
#[path = "live/details_key.rs"]
mod details_key;
#[path = "live/epochs.rs"]
mod epochs;
#[path = "live/expired.rs"]
mod expired;

use std::path::Path;

use samenloop_tests::{Exchange, Running, bsn, rewrite, this_month, without_connection};

const HEADER: &str = "referentie;bsn;soort;maand;regio";

/// Lines of hard signals about these children.
fn lines(children: std::ops::Range<u32>) -> String {
    let month = this_month();
    children.map(|child| format!("r-{child};{};hard;{month};west\n", bsn(child))).collect()
}

/// A push from standard input that goes on until its input ends, and its first lines. Of a stream the first 8 MiB are
/// looked at before anything is sent; blank lines are none.
fn streaming(exchange: &Exchange, children: std::ops::Range<u32>) -> Running {
    let mut push = exchange.begin("politie-west", &["signal", "push", "-", "--json"]);
    push.write(format!("{HEADER}\n").as_bytes());
    let blank = format!("{}\n", " ".repeat(60_000));
    for _ in 0..=8 * 1024 * 1024 / blank.len() {
        push.write(blank.as_bytes());
    }
    push.write(lines(children).as_bytes());
    push
}

/// One soft signal.
fn soft(reference: &str, child: u32) -> String {
    format!("{reference};{};zacht;{};west", bsn(child), this_month())
}

/// A change that stops nobody: another quota than before.
fn other_quota(draft: &Path) {
    rewrite(draft, |text| {
        let (from, to) = ("quota_lines = 1000000\n", "quota_lines = 1000001\n");
        if text.contains(from) { text.replace(from, to) } else { text.replace(to, from) }
    });
}

fn stored(exchange: &mut Exchange, rows: u64) {
    assert_eq!(exchange.stop_hub(), Some(0));
    let verified = exchange.hub(&["verify"]);
    assert!(verified.out.contains(&format!("{rows} rows of {rows} references")), "{verified:?}");
}

#[test]
fn an_agency_that_is_struck_out_is_stopped_in_the_middle_of_a_push() {
    let mut exchange = Exchange::start();
    exchange.push_all("school-west", HEADER, &[&soft("s-1", 3)]);
    let mut push = streaming(&exchange, 0..500);
    exchange.until_filed("politie-west", 1, 500);
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
    exchange.publish(|draft| rewrite(draft, |text| without_connection(text, "politie-west")));
    push.write(lines(500..1000).as_bytes());
    let stopped = push.ended();
    assert_eq!(stopped.status, 1, "{stopped:?}");
    let told = stopped.json();
    assert_eq!((&told["accepted"], &told["error"]["reason"]), (&500.into(), &"NOT_TAKING_PART".into()));
    assert!(stopped.err.contains("doet niet mee") && stopped.err.contains("sleutelbeheerder"), "{stopped:?}");
    // Its signals are no longer active: what rested on them lapses.
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 0);
    let again = exchange.push("politie-west", HEADER, &[lines(0..1).trim()]);
    assert_eq!((again.status, &again.json()["accepted"]), (1, &0.into()), "{again:?}");
    stored(&mut exchange, 501);
}

/// `alert watch` of a coordinator, once it has begun.
fn watching(exchange: &Exchange) -> Running {
    let watch = exchange.begin("zorgcoordinator-west", &["alert", "watch", "--json"]);
    exchange.until("the watch to begin", |it| {
        it.kit_directory().join("zorgcoordinator-west/journal.cursor").exists()
    });
    watch
}

/// Details that are sealed under a newer manifest are no details that the hub changed.
#[test]
fn a_running_watch_goes_on_under_a_manifest_that_is_published_meanwhile() {
    let exchange = Exchange::start();
    let watch = watching(&exchange);
    for (child, published) in [(1, 2), (2, 3)] {
        exchange.push_all("politie-west", HEADER, &[lines(child..child + 1).trim()]);
        assert_eq!(exchange.publish(other_quota), published);
        exchange.push_all("school-west", HEADER, &[&soft(&format!("s-{child}"), child)]);
        exchange.two_ticks();
    }
    // What the watch itself needs to come back with the newer manifest.
    exchange.two_ticks();
    let stopped = watch.interrupted();
    assert_eq!(stopped.status, 0, "{stopped:?}");
    let alerts: Vec<serde_json::Value> =
        stopped.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(alerts.len(), 2, "{alerts:#?}");
    for signal in alerts.iter().flat_map(|it| it["signals"].as_array().unwrap()) {
        assert!(signal.get("details").is_none(), "{signal}");
    }
}

#[test]
fn a_coordinator_whose_certificate_is_struck_out_is_told_nothing_more() {
    let exchange = Exchange::start();
    let watch = watching(&exchange);
    exchange.push_all("politie-west", HEADER, &[lines(1..2).trim()]);
    exchange.push_all("school-west", HEADER, &[&soft("s-1", 1)]);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
    exchange.push_all("politie-west", HEADER, &[lines(2..3).trim()]);
    exchange.publish(|draft| {
        rewrite(draft, |text| {
            let own_entry = "[[connections]]\nid = \"zorgcoordinator-west\"\n";
            let (before, own) = text.split_once(own_entry).unwrap();
            let (entry, after) = own.split_once("certificate_keys = [\"").unwrap();
            let other = "07".repeat(32);
            format!("{before}{own_entry}{entry}certificate_keys = [\"{other}{}", &after[64..])
        });
    });
    exchange.push_all("school-west", HEADER, &[&soft("s-2", 2)]);
    let stopped = watch.ended();
    assert_eq!(stopped.status, 1, "{stopped:?}");
    assert_eq!(stopped.out.lines().count(), 1, "the second alert came after: {stopped:?}");
    assert!(stopped.err.contains("doet niet mee") && stopped.err.contains("sleutelbeheerder"), "{stopped:?}");
    exchange.two_ticks();
    let refused = exchange.run("zorgcoordinator-west", &["alert", "list", "--json"]);
    assert_eq!((refused.status, refused.out.as_str()), (1, ""), "{refused:?}");
}

#[test]
fn a_push_from_standard_input_goes_on_under_a_manifest_that_is_published_meanwhile() {
    let mut exchange = Exchange::start();
    let mut push = streaming(&exchange, 0..500);
    exchange.until_filed("politie-west", 1, 500);
    for (published, children) in [(2, 500..1100), (3, 1100..2000)] {
        assert_eq!(exchange.publish(other_quota), published);
        push.write(lines(children.clone()).as_bytes());
        exchange.until_filed("politie-west", 1, u64::from(children.end / 500) * 500);
    }
    push.write(lines(2000..2345).as_bytes());
    let answer = push.answer();
    assert_eq!(answer.status, 0, "{answer:?}");
    let told = answer.json();
    assert_eq!((&told["sent"], &told["accepted"]), (&2345.into(), &2345.into()), "{told}");
    // What went before and after converges alike.
    exchange.push_all("school-west", HEADER, &[&soft("s-1", 1), &soft("s-2", 1700), &soft("s-3", 2344)]);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 3);
    stored(&mut exchange, 2348);
}
