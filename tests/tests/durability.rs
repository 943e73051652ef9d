//! The ack is a promise: kills at random moments, and a disk that is full.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use samenloop_tests::{Exchange, bsn, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";
const LINES: u32 = 40;

fn rounds() -> u32 {
    std::env::var("SAMENLOOP_KILL_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(50)
}

/// Pushes one file of its own children until the hub acked it all; says whether the first try did.
fn push(exchange: &Exchange, sender: &str, severity: &str, from: u32, month: &str) -> bool {
    let lines: Vec<_> = (from..from + LINES)
        .map(|child| format!("{sender}-{child};{};{severity};{month};west", bsn(child)))
        .collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    for attempt in 0.. {
        let file = format!("{HEADER}\n{}\n", lines.join("\n"));
        let arguments = ["signal", "push", "-", "--json", "--wait", "0"];
        let answer = exchange.run_with(sender, &arguments, file.as_bytes());
        if answer.status == 0 {
            assert_eq!(answer.json()["accepted"], LINES, "{answer:?}");
            return attempt == 0;
        }
        assert_eq!(answer.status, 1, "a hub that is gone is no wrong line: {answer:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    unreachable!("attempts do not end")
}

/// Who pushes, and how hard their signals are.
const SENDERS: [(&str, &str); 2] = [("politie-west", "hard"), ("school-west", "zacht")];

/// What the agencies did so far.
#[derive(Default)]
struct Pushed {
    done: AtomicBool,
    files: AtomicU64,
    at_first_try: AtomicU64,
    next: Mutex<BTreeMap<&'static str, u32>>,
}

impl Pushed {
    /// Pushes file after file until it is enough.
    fn go_on(&self, exchange: &Exchange, sender: &'static str, severity: &str, month: &str) {
        for from in (0..).step_by(LINES as usize) {
            let first = push(exchange, sender, severity, from, month);
            self.at_first_try.fetch_add(u64::from(first), Ordering::Relaxed);
            self.next.lock().unwrap().insert(sender, from + LINES);
            self.files.fetch_add(1, Ordering::SeqCst);
            if self.done.load(Ordering::Relaxed) {
                break;
            }
        }
    }

    /// Returns the moment another file was acked.
    fn another_ack(&self) {
        let seen = self.files.load(Ordering::SeqCst);
        let begun = Instant::now();
        while self.files.load(Ordering::SeqCst) == seen && begun.elapsed() < Duration::from_secs(20) {
            std::hint::spin_loop();
        }
    }
}

/// Pauses below a number of milliseconds; the seed is printed.
fn random_pauses() -> impl FnMut(u64) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let mut random = u64::from(now.subsec_nanos()) | 1;
    println!("seed {random}");
    move |below| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        Duration::from_millis(random % below)
    }
}

/// Two agencies push the same children all the while; the hub is killed fifty times. Half of the kills come
/// the moment an ack was seen, when what follows the memory and not the disk would be lost.
#[test]
fn every_acked_signal_is_there_once_after_fifty_kills() {
    let mut exchange = Exchange::start();
    let (month, pushed, mut pause) = (this_month(), Pushed::default(), random_pauses());
    // The agencies only run programs on the kit; the hub's process belongs to this thread.
    let agencies = exchange.view();
    std::thread::scope(|scope| {
        for (sender, severity) in SENDERS {
            let (agencies, month, pushed) = (&agencies, &month, &pushed);
            scope.spawn(move || pushed.go_on(agencies, sender, severity, month));
        }
        for round in 0..rounds() {
            if round % 2 == 0 {
                pushed.another_ack();
            } else {
                std::thread::sleep(pause(700));
            }
            exchange.kill_hub();
            exchange.start_hub();
        }
        pushed.done.store(true, Ordering::Relaxed);
    });
    let next = pushed.next.into_inner().unwrap();
    // The slower of the two catches up, so that every child has both signals.
    let most = *next.values().max().unwrap();
    for (sender, severity) in SENDERS {
        for from in (next[sender]..most).step_by(LINES as usize) {
            push(&exchange, sender, severity, from, &month);
        }
    }
    // What the kills kept the hub from filing may take it some ticks now.
    let (mut found, begun) = (0, Instant::now());
    while found < 2 * most as usize && begun.elapsed() < Duration::from_secs(120) {
        exchange.two_ticks();
        found = signals_found(&exchange);
    }
    println!(
        "{} kills; {} files of {LINES} acked, {} of them at the first try; {found} signals found, each once",
        rounds(),
        pushed.files.into_inner(),
        pushed.at_first_try.into_inner(),
    );
    assert_eq!(found, 2 * most as usize, "every acked signal is there");
    assert_eq!(exchange.stop_hub(), Some(0));
    let verified = exchange.hub(&["verify"]);
    assert_eq!(verified.status, 0, "{verified:?}");
}

/// Signals on all alerts: two a child, none twice.
fn signals_found(exchange: &Exchange) -> usize {
    let mut seen = BTreeSet::new();
    for alert in exchange.alerts("zorgcoordinator-west") {
        let signals = alert["signals"].as_array().unwrap();
        assert_eq!(signals.len(), 2, "two signals a child: {alert}");
        for signal in signals {
            assert!(seen.insert(signal["reference"].as_str().unwrap().to_owned()), "a signal is there twice");
        }
    }
    seen.len()
}

/// A file-size limit stands in for a full disk: from some moment on no file can grow. The hub takes no more,
/// ends by itself, and with room again everything acked is there.
#[test]
fn a_full_disk_loses_nothing_that_was_acked() {
    let mut exchange = Exchange::kit();
    // First without a limit, so that the database exists.
    exchange.start_hub();
    let month = this_month();
    assert!(push(&exchange, "politie-west", "hard", 0, &month));
    assert!(push(&exchange, "school-west", "zacht", 0, &month));
    exchange.two_ticks();
    assert_eq!(exchange.stop_hub(), Some(0));
    // Blocks of 512 bytes: no file past 1.5 MiB, so that some pushes still fit.
    let mut limited = Command::new("sh");
    limited.arg("-c").arg("trap '' XFSZ; ulimit -f 3072; exec \"$0\" \"$@\"");
    let plain = exchange.hub_command();
    limited.arg(plain.get_program()).args(plain.get_args());
    exchange.start_hub_as(limited);
    let mut acked = LINES;
    let mut refused = None;
    for from in (LINES..4000).step_by(LINES as usize) {
        let lines: Vec<_> =
            (from..from + LINES).map(|child| format!("d-{child};{};hard;{month};west", bsn(child))).collect();
        let file = format!("{HEADER}\n{}\n", lines.join("\n"));
        let answer = exchange.run_with(
            "politie-west",
            &["signal", "push", "-", "--json", "--wait", "0"],
            file.as_bytes(),
        );
        if answer.status == 0 {
            acked += LINES;
        } else {
            assert_eq!(answer.json()["accepted"], 0, "{answer:?}");
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("at some point the disk is full");
    println!("{acked} signals acked before the disk was full; then: {}", refused.err.trim());
    assert_ne!(exchange.wait_for_hub(), Some(0), "a hub that cannot keep its word ends, and says so");
    exchange.kill_hub();
    exchange.start_hub();
    for from in (LINES..acked).step_by(LINES as usize) {
        assert!(push(&exchange, "school-west", "zacht", from, &month));
    }
    let alerts = exchange.alerts_once("zorgcoordinator-west", acked as usize);
    assert!(alerts.len() >= acked as usize, "{} of {acked}", alerts.len());
    assert!(alerts.iter().all(|it| it["signals"].as_array().unwrap().len() == 2));
}
