//! How fast the exchange is, against its limits on the same machine in the same run: `cargo bench`.
//!
//! Prints ratios, asserts nothing: a slow machine is no wrong hub. `SAMENLOOP_BENCH_STORED` names other
//! numbers of stored signals than 10000,100000,1000000.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]

mod batches;
mod echo;
mod filing;
mod intake;

use std::io::Write;
use std::time::{Duration, Instant};

use samenloop_tests::Exchange;

/// How long each number is measured.
const MEASURE: Duration = Duration::from_secs(4);

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|it| it == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("Limits of this machine");
    let appends = appends_a_second();
    println!("  fdatasync of a 4 KiB append      {appends:>10.0} a second");
    println!(
        "\nDurable signals a second over mTLS, one connection, {} lines outstanding at most",
        intake::WINDOW_LINES
    );
    println!(
        "  batch   hub (acked on disk)   bare mTLS echo   hub / echo   batches a sync-limited disk takes"
    );
    for size in [1, 10, 100, 500] {
        // A hub of its own: a few seconds of this are a connection's quota of a day.
        let exchange = Exchange::start();
        let hub = runtime.block_on(intake::signals_a_second(&exchange, None, size));
        let echo = runtime.block_on(intake::echoed_a_second(&exchange, size));
        let syncs = hub / size as f64 / appends;
        println!(
            "  {size:>5}   {hub:>19.0}   {echo:>14.0}   {:>10.2}   {syncs:>8.2} batches a possible sync",
            hub / echo
        );
    }
    println!("\nFiling, signals a second, by what is stored (every tenth signal makes a convergence)");
    let stored =
        std::env::var("SAMENLOOP_BENCH_STORED").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    let mut first = None;
    for stored in stored.split(',').map(|it| it.trim().parse().expect("a number")) {
        let (rate, bytes) = runtime.block_on(filing::signals_a_second(stored));
        let first = *first.get_or_insert(rate);
        println!(
            "  {stored:>9} stored   {rate:>8.0} a second   {:>5.2} of the first   {bytes:>6.0} bytes on disk a signal",
            rate / first
        );
    }
}

/// Appends of 4 KiB, each synced before the next.
fn appends_a_second() -> f64 {
    let mut file = tempfile::tempfile().unwrap();
    let (begun, mut appends) = (Instant::now(), 0_u32);
    while begun.elapsed() < MEASURE {
        file.write_all(&[0x5a; 4096]).unwrap();
        file.sync_data().unwrap();
        appends += 1;
    }
    f64::from(appends) / begun.elapsed().as_secs_f64()
}
