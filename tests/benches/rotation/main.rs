//! A rotation of a hub with many live signals, while agencies keep pushing: `cargo bench --bench rotation`.
//!
//! The ceremony of docs/operating/rotate.md, from its text, with three agencies pushing without a pause and a fourth
//! sending one signal at a time and keeping how long each ack took. Prints the pauses; that no convergence is missed
//! and none is invented is asserted. `SAMENLOOP_BENCH_LIVE` names another number of live signals than 100000.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench stops where it fails"
)]

mod probe;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use samenloop_tests::ceremony::Ceremony;
use samenloop_tests::{Exchange, bsn, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming";

/// Who pushes without a pause, each about children of its own.
const BUSY: [&str; 3] = ["school-noord", "coa-noord", "leerplicht-west"];

/// Rows of one file of a busy agency.
const FILE: u32 = 20_000;

/// Children about whom the police signal at one moment of the rotation.
const GROUP: u32 = 500;

fn main() {
    if std::env::args().any(|it| it == "--test") {
        return;
    }
    let live: u32 = std::env::var("SAMENLOOP_BENCH_LIVE").map_or(100_000, |it| it.parse().expect("a number"));
    assert!(live >= 4 * GROUP, "at least {} live signals", 4 * GROUP);
    let mut ceremony = Ceremony::start();
    push(&ceremony.exchange, "school-west", "s", "zacht", 0..live);
    police(&ceremony.exchange, 0);
    let stop = Arc::new(AtomicBool::new(false));
    let pushed = Arc::new(AtomicU64::new(0));
    let busy: Vec<_> = BUSY
        .iter()
        .enumerate()
        .map(|(place, agency)| {
            let (exchange, stop, pushed) = (ceremony.exchange.view(), Arc::clone(&stop), Arc::clone(&pushed));
            let first = 1_000_000 * (u32::try_from(place).unwrap() + 1);
            std::thread::spawn(move || {
                let mut files = 0;
                while !stop.load(Ordering::Relaxed) {
                    let from = first + files * FILE;
                    push(&exchange, agency, "b", "zacht", from..from + FILE);
                    pushed.fetch_add(u64::from(FILE), Ordering::Relaxed);
                    files += 1;
                }
            })
        })
        .collect();
    let probing = {
        let (exchange, stop) = (ceremony.exchange.view(), Arc::clone(&stop));
        std::thread::spawn(move || probe::pauses(&exchange, "zorg-noord", &stop))
    };
    let begun = Instant::now();
    for section in 2..=7 {
        ceremony.section(section);
    }
    police(&ceremony.exchange, 1);
    // One child in ten is no longer a concern of the school.
    let kept: Vec<_> = (0..live).filter(|child| !is_left(*child)).collect();
    push(&ceremony.exchange, "school-west", "s", "zacht", kept);
    police(&ceremony.exchange, 2);
    for group in [0, 1] {
        police(&ceremony.exchange, group);
    }
    ceremony.section(8);
    ceremony.section(9);
    police(&ceremony.exchange, 3);
    let took = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    busy.into_iter().for_each(|it| it.join().unwrap());
    let pauses = probing.join().unwrap();
    let expected = (0..4 * GROUP).filter(|child| !is_left(*child)).count();
    let found = convergences(&ceremony.exchange, expected);
    println!(
        "A rotation with {live} live signals, in {:.0} s, beside three busy agencies",
        took.as_secs_f64()
    );
    println!("  pushed meanwhile by the three     {:>10}", pushed.load(Ordering::Relaxed));
    println!("  convergences                      {found:>10} of {expected}");
    println!("  acks of one signal at a time      {:>10}", pauses.acks);
    println!("  longest wait for one ack          {:>10.3} s", pauses.longest_ack.as_secs_f64());
    println!(
        "  longest time without an ack       {:>10.3} s, following included",
        pauses.longest_gap.as_secs_f64()
    );
}

const fn is_left(child: u32) -> bool {
    child % 10 == 9
}

fn police(exchange: &Exchange, group: u32) {
    push(exchange, "politie-west", "p", "hard", group * GROUP..(group + 1) * GROUP);
}

fn push(
    exchange: &Exchange,
    agency: &str,
    prefix: &str,
    severity: &str,
    children: impl IntoIterator<Item = u32>,
) {
    let (mut file, month, mut rows) = (format!("{HEADER}\n"), this_month(), 0);
    for child in children {
        writeln!(file, "{prefix}-{child};{};{severity};{month};west;eigen", bsn(child)).unwrap();
        rows += 1;
    }
    let answer = exchange.run_with(agency, &["signal", "push", "-", "--json"], file.as_bytes());
    assert_eq!(answer.status, 0, "{agency}: {answer:?}");
    assert_eq!(answer.json()["accepted"], rows, "{agency}: {answer:?}");
}

/// Waits until the hub has filed everything; every open alert is one child's, and no signal is in two.
fn convergences(exchange: &Exchange, expected: usize) -> usize {
    let begun = Instant::now();
    loop {
        let alerts = exchange.alerts("zorgcoordinator-west");
        // What is left when nothing changes any more is the answer, right or wrong.
        if alerts.len() == expected || begun.elapsed() > Duration::from_secs(900) {
            let signals: Vec<_> = alerts.iter().flat_map(|it| it["signals"].as_array().unwrap()).collect();
            let references: BTreeSet<_> =
                signals.iter().map(|it| it["reference"].as_str().unwrap()).collect();
            assert_eq!(signals.len(), references.len(), "a signal is in two alerts");
            assert_eq!(alerts.len(), expected, "convergences");
            return alerts.len();
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}
