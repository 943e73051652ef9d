//! How fast an agency's own side is, from the rows of a file to encoded batches, against the bare HMACs of the same
//! identifiers on the same machine in the same run: `cargo bench --bench pipeline`.
//!
//! Between the two stands what P-50 asks of each row besides: its reference and its sealed details, with one encapsulation
//! a batch. Prints ratios, asserts nothing. `SAMENLOOP_BENCH_ROWS` names another number of rows than 200000.
//!
//! A ratio is the median over rounds of what was measured in one round, as others share the machine: what two threads
//! of bare HMACs gain over one is what the machine had to give.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench stops where it fails")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::details::{BatchSeals, ContactFunction, Details, DetailsKey};
use samenloop_client::input::{LocalRules, Reader, Source};
use samenloop_client::membership::{Agency, Membership};
use samenloop_client::prepare::Preparer;
use samenloop_client::push::{Batches, Chunk, read_chunks};
use samenloop_core::batch::MAX_LINES;
use samenloop_core::clock::Clock as _;
use samenloop_core::value::{Day, Epoch, Month, Observation, RegionId, Severity};
use samenloop_pseudonym::{EpochKey, Identifier, ReferenceKey};
use samenloop_tests::{Exchange, bsn, this_month};

/// Times that everything is measured, one after the other.
const ROUNDS: usize = 7;

struct Bench {
    membership: Membership,
    agency: Arc<Agency>,
    file: std::path::PathBuf,
    today: Day,
    rows: u32,
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|it| it == "--test") {
        return;
    }
    let rows =
        std::env::var("SAMENLOOP_BENCH_ROWS").map_or(200_000, |it| it.trim().parse().expect("a number"));
    let exchange = Exchange::kit();
    let today = SystemClock::new().unwrap().today();
    let config = Config::read(&exchange.kit_directory().join("school-west.toml")).unwrap();
    let membership = Membership::load(config, today).unwrap();
    let agency = Arc::new(membership.agency(today).unwrap());
    let file = exchange.scratch().join("rows.csv");
    write_rows(&file, rows);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let bench = Bench { membership, agency, file, today, rows };

    let rounds: Vec<Round> = (0..ROUNDS).map(|_| bench.round(cores)).collect();
    println!("Rows a second, of {rows}; medians of {ROUNDS} rounds");
    let line = |what: &str, rate: fn(&Round) -> f64| {
        let of_bare = median(&rounds, |it| rate(it) / it.raw_one);
        println!("  {what:<45} {:>10.0}   {of_bare:>5.2} of bare HMACs", median(&rounds, rate));
    };
    line("bare HMACs of the identifiers, one thread", |it| it.raw_one);
    line("and references and sealed details", |it| it.secrets);
    line("file to judged rows, one thread", |it| it.judged);
    line("file to batches, one thread", |it| it.one);
    let gain = |what: &str, gained: fn(&Round) -> f64| {
        println!("  {what:<45} {:>10.2}   of one thread", median(&rounds, gained));
    };
    println!("On {cores} cores");
    gain("bare HMACs of the identifiers", |it| it.raw_all / it.raw_one);
    gain("file to batches", |it| it.all / it.one);
}

/// What one round measured, in rows a second.
struct Round {
    raw_one: f64,
    raw_all: f64,
    secrets: f64,
    judged: f64,
    one: f64,
    all: f64,
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    *values.get(values.len() / 2).expect("a round")
}

fn write_rows(file: &Path, rows: u32) {
    let month = this_month();
    let mut text = String::from("referentie;bsn;soort;maand;regio;zaaknummer\n");
    for row in 0..rows {
        text.push_str(&format!("obs-{row};{};zacht;{month};west;Z-{row}\n", bsn(row)));
    }
    std::fs::write(file, text).unwrap();
}

impl Bench {
    fn round(&self, cores: usize) -> Round {
        Round {
            raw_one: self.raw(1),
            raw_all: self.raw(cores),
            secrets: self.secrets(),
            judged: self.judged(),
            one: self.on_one_thread(),
            all: self.on_cores(cores),
        }
    }

    /// One pseudonym for each identifier and live epoch, and nothing else.
    fn raw(&self, threads: usize) -> f64 {
        let manifest = self.membership.manifest();
        let keys: Vec<_> = manifest
            .live_epochs(self.today)
            .map(|epoch: Epoch| EpochKey::new(manifest.exchange(), epoch, [7; 32]))
            .collect();
        let identifiers: Vec<_> =
            (0..self.rows).map(|row| Identifier::parse_bsn(&bsn(row)).unwrap()).collect();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for part in identifiers.chunks(identifiers.len().div_ceil(threads)) {
                let keys = &keys;
                scope.spawn(move || {
                    for identifier in part {
                        for key in keys {
                            black_box(key.place(identifier));
                        }
                    }
                });
            }
        });
        self.rate(begun)
    }

    /// What cannot be left out: pseudonyms, references, and sealed details, and nothing else.
    fn secrets(&self) -> f64 {
        let (manifest, connection) = (self.membership.manifest(), self.membership.config().connection());
        let keys: Vec<_> = manifest
            .live_epochs(self.today)
            .map(|epoch: Epoch| EpochKey::new(manifest.exchange(), epoch, [7; 32]))
            .collect();
        let (reference_key, details_key) = (ReferenceKey::new([8; 32]), DetailsKey::new([9; 32]));
        let identifiers: Vec<_> =
            (0..self.rows).map(|row| Identifier::parse_bsn(&bsn(row)).unwrap()).collect();
        let details = Details {
            contact_function: ContactFunction::Unspecified,
            case_reference: Some("Z-1".into()),
            severity: Severity::Soft,
            code: None,
            month: Month::parse(&this_month()).unwrap(),
            region: RegionId::parse("west").unwrap(),
            observation: Observation::Own,
            manifest_sequence: manifest.sequence(),
        };
        let begun = Instant::now();
        for batch in identifiers.chunks(MAX_LINES) {
            let mut seals = BatchSeals::new(manifest, connection, &details_key);
            for identifier in batch {
                for key in &keys {
                    black_box(key.place(identifier));
                }
                let reference = reference_key.reference("obs-1");
                black_box(seals.seal(&details, reference, 1).unwrap());
            }
        }
        self.rate(begun)
    }

    /// Every row read and judged, and dropped.
    fn judged(&self) -> f64 {
        self.chunks(drop)
    }

    fn reader(&self) -> Reader {
        Reader::new(Source::file(&self.file).unwrap()).unwrap()
    }

    fn on_one_thread(&self) -> f64 {
        let preparer = Preparer::new(Arc::clone(&self.agency), 1);
        self.chunks(|chunk| drop(black_box(preparer.prepare(chunk.into_rows()).unwrap())))
    }

    /// Reads and judges every row, on this thread.
    fn chunks(&self, mut take: impl FnMut(Chunk)) -> f64 {
        let (manifest, connection) = (self.membership.manifest(), self.membership.config().connection());
        let begun = Instant::now();
        let mut reader = self.reader();
        let taxonomy = samenloop_manifest::taxonomy();
        let rules = LocalRules::new(manifest, taxonomy, connection, self.today).ok().unwrap();
        let deliver = |chunk: Chunk| {
            assert!(chunk.refused().is_empty());
            take(chunk);
            true
        };
        read_chunks(&mut reader, &rules, |_, _| (), deliver).unwrap();
        self.rate(begun)
    }

    fn on_cores(&self, cores: usize) -> f64 {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let begun = Instant::now();
            let mut batches = Batches::of(Arc::clone(&self.agency), self.reader(), 1, self.today, cores);
            while let Some(batch) = batches.next().await.unwrap() {
                black_box(batch);
            }
            self.rate(begun)
        })
    }

    fn rate(&self, begun: Instant) -> f64 {
        f64::from(self.rows) / begun.elapsed().as_secs_f64()
    }
}
