//! How fast what is past its term goes, against how fast it came, on the disk of this machine (V-22):
//! `cargo bench --bench terms`.
//!
//! Prints ratios; fails where something stays, and below ten times peak intake. `SAMENLOOP_BENCH_SIGNALS` names another
//! number of signals than 100000.

#![allow(clippy::unwrap_used, reason = "a bench stops where it fails")]

use std::sync::Arc;
use std::time::Instant;

use samenloop_core::batch::{Arrival, MAX_LINES};
use samenloop_core::fixture::{self, Draft, day, month, place};
use samenloop_core::manifest::{PEAK_REFERENCES, SWEPT_REFERENCES};
use samenloop_store::sled::{SledOptions, SledStore, TermOf};
use samenloop_store::{Store, Swept, Tick};

#[tokio::main]
async fn main() {
    // Only `cargo bench` measures: `cargo test --benches` asks whether it starts, beside whatever else runs.
    if !std::env::args().any(|it| it == "--bench") {
        return;
    }
    let signals: u64 = std::env::var("SAMENLOOP_BENCH_SIGNALS").map_or(100_000, |it| it.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions { cache_bytes: 256 << 20, ..SledOptions::below(directory.path(), "zhz") };
    let store = SledStore::open(options.clone()).unwrap();
    let manifest = Arc::new(fixture::manifest());
    let tick = |today| Tick { manifest: Arc::clone(&manifest), today };
    let (november, december) = (day("2026-11-22"), day("2026-12-01"));

    let numbers: Vec<u64> = (0..signals).collect();
    let begun = Instant::now();
    for batch in numbers.chunks(MAX_LINES) {
        let ending = |number: &u64| Draft { expiry: month("2026-11"), ..Draft::soft(*number) };
        let lines = batch.iter().map(|it| ending(it).put(vec![place(1, fixture::KIND, *it)])).collect();
        store.admit(Arrival::new(fixture::connection("school-west"), november, lines)).await.unwrap();
    }
    let admitted = rate(signals, begun);
    let begun = Instant::now();
    let first = tick(november);
    store.file(|| first).await.unwrap();
    let filed = rate(signals, begun);
    let begun = Instant::now();
    assert_eq!(store.sweep(november).await.unwrap(), Some(Swept::default()));
    let looked_at = rate(signals, begun);
    let second = tick(december);
    store.file(|| second).await.unwrap();
    let begun = Instant::now();
    let all = Swept { references: signals, rows: signals };
    assert_eq!(store.sweep(december).await.unwrap(), Some(all));
    let swept = rate(signals, begun);

    println!("Signals a second, of {signals}");
    println!("  taken in, durably             {admitted:>10.0}");
    println!("  filed                         {filed:>10.0}");
    println!("  looked at, none past its term {looked_at:>10.0}   {:>5.2} of filed", looked_at / filed);
    println!("  swept, all past their term    {swept:>10.0}   {:>5.2} of filed", swept / filed);
    let peak = f64::from(u32::try_from(PEAK_REFERENCES).unwrap());
    println!("The busiest intake that a manifest can agree on is {PEAK_REFERENCES} references a second;");
    println!(
        "V-22 asks for {SWEPT_REFERENCES} swept, and this machine sweeps {:.1} times that peak",
        swept / peak
    );
    assert!(swept >= f64::from(u32::try_from(SWEPT_REFERENCES).unwrap()), "on this machine V-22 is not kept");
    drop(store);
    assert_eq!(SledStore::verify(&options, december).unwrap().expired.of(TermOf::Rows), 0);
}

#[allow(clippy::cast_precision_loss, reason = "a rate")]
fn rate(signals: u64, begun: Instant) -> f64 {
    signals as f64 / begun.elapsed().as_secs_f64()
}
