//! What is erased goes from the disk while the hub serves, and a hub that is killed in the middle of that comes back
//! with one whole database and everything that was acked.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use samenloop_core::batch::{Arrival, Line};
use samenloop_core::fixture::{self, Draft, month, place, reference};
use samenloop_core::value::Epoch;
use samenloop_keys_example::Kit;
use samenloop_manifest::Book;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Store, Tick};
use samenloop_tests::{Exchange, bsn, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";
/// Signals that stay.
const LASTING: u64 = 1200;
const ROUNDS: u64 = 5;
/// Signals that one sweep takes.
const ENDED: u64 = 4000;
/// Bytes by which sled's file grows.
const SEGMENT: u64 = 512 << 10;

struct Bench {
    exchange: Exchange,
    /// Signals of the fixture that are withdrawn so far.
    withdrawn: u64,
    /// Lines of the agency that the hub acked.
    acked: u64,
}

impl Bench {
    fn hub(&self) -> PathBuf {
        self.exchange.kit_directory().join("hub")
    }

    fn options(&self) -> SledOptions {
        SledOptions::below(&self.hub(), Kit::exchange())
    }

    fn new() -> Self {
        Self { exchange: Exchange::kit(), withdrawn: 0, acked: 0 }
    }

    /// Lets a stopped hub's store take lines and file them.
    async fn send(&self, lines: Vec<Line>) {
        let book =
            Book::open(&self.exchange.kit_directory().join("root.toml"), &self.hub().join("manifests"));
        let manifest = std::sync::Arc::clone(book.unwrap().newest().unwrap());
        let store = SledStore::open(self.options()).unwrap();
        for lines in lines.chunks(500) {
            let arrival = Arrival::new(fixture::connection("coa-noord"), manifest.issued(), lines.to_vec());
            store.admit(arrival).await.unwrap();
        }
        store.file(move || Tick { today: manifest.issued(), manifest }).await.unwrap();
    }

    /// Withdraws one signal more; something is erased then.
    async fn withdraw(&mut self) {
        self.send(vec![Line::Withdraw(reference(self.withdrawn))]).await;
        self.withdrawn += 1;
    }

    fn generations(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.hub().join("data")).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|it| it.starts_with("db-")).collect();
        names.sort();
        names
    }

    /// Waits until the generations on disk are as wanted.
    fn until(&self, wanted: impl Fn(&[String]) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.generations()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", self.generations());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets the hub serve while an agency pushes, and kills it some milliseconds into a rebuild.
    fn kill_in_a_rebuild(&mut self, round: u64, month: &str) {
        let pushing = self.exchange.view();
        self.exchange.start_hub();
        let pushed = std::thread::scope(|scope| {
            let pushed = scope.spawn(|| {
                let from = u32::try_from(round * 10).unwrap();
                let line = |it: u32| format!("r-{it};{};zacht;{month};west", bsn(it));
                let lines: Vec<_> = (from..from + 10).map(line).collect();
                let lines: Vec<_> = lines.iter().map(String::as_str).collect();
                pushing.push("school-west", HEADER, &lines).status == 0
            });
            self.until(|it| it.len() > 1);
            std::thread::sleep(Duration::from_millis(round * 20));
            self.exchange.kill_hub();
            pushed.join().unwrap()
        });
        self.acked += if pushed { 10 } else { 0 };
    }
}

/// V-23: whatever a kill leaves, the hub serves what was acked, and what was erased goes in the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_killed_in_a_rebuild_comes_back_whole_and_rebuilds() {
    let mut bench = Bench::new();
    let lasting = |it| Draft { expiry: month("2099-01"), ..Draft::soft(it) };
    let lines = (0..LASTING).map(|it| lasting(it).put(vec![place(1, fixture::KIND, it)]));
    bench.send(lines.collect()).await;
    let (month, mut half_way) = (this_month(), 0);
    for round in 0..ROUNDS {
        bench.withdraw().await;
        bench.kill_in_a_rebuild(round, &month);
        half_way += u64::from(bench.generations().len() > 1);
    }
    println!("{half_way} of {ROUNDS} kills came half-way; {} lines acked", bench.acked);
    assert!(half_way > 0, "no kill came in the middle of a rebuild");

    bench.withdraw().await;
    let before = bench.generations();
    bench.exchange.start_hub();
    bench.until(|it| it.len() == 1 && it != before);
    bench.exchange.two_ticks();
    assert_eq!(bench.exchange.stop_hub(), Some(0));
    let verified = bench.exchange.hub(&["verify"]);
    assert!(verified.status == 0 && verified.out.contains("\n0 expired rows\n"), "{verified:?}");
    let store = SledStore::open(bench.options()).unwrap();
    let standings = store.standings(fixture::today()).unwrap();
    let filed = |of| standings.get(&(fixture::connection(of), Epoch::new(1))).map_or(0, |it| it.filed);
    assert_eq!(filed("coa-noord"), LASTING - bench.withdrawn);
    assert!(filed("school-west") >= bench.acked, "what was acked is there");
}

/// V-21: a file-size limit stands in for a full disk, as the hub sweeps a great many signals that ended. The hub ends;
/// nothing is half swept, and with room again all of it goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_while_sweeping_damages_nothing() {
    let mut bench = Bench::new();
    let ended = |it| Draft { month: month("2026-05"), expiry: month("2026-10"), ..Draft::soft(it) };
    let lines = (0..ENDED).map(|it| ended(it).put(vec![place(1, fixture::KIND, it)]));
    bench.send(lines.collect()).await;
    let database = bench.hub().join("data/db-000001/db");
    // Blocks of 512 bytes: the file of the database gets the one segment that opening takes, and no more.
    let blocks = std::fs::metadata(database).unwrap().len().next_multiple_of(SEGMENT) / 512 + SEGMENT / 512;
    let mut limited = std::process::Command::new("sh");
    limited.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""));
    let plain = bench.exchange.hub_command();
    limited.arg(plain.get_program()).args(plain.get_args());
    bench.exchange.start_hub_as(limited);
    assert_ne!(bench.exchange.wait_for_hub(), Some(0), "a hub that cannot keep its word ends, and says so");
    bench.exchange.kill_hub();
    let verified = bench.exchange.hub(&["verify", "--json"]);
    assert_eq!((verified.status, &verified.json()["expired_rows"]), (0, &ENDED.into()), "{verified:?}");
    bench.exchange.start_hub();
    bench.until(|it| it != ["db-000001"] && it.len() == 1);
    assert_eq!(bench.exchange.stop_hub(), Some(0));
    let verified = bench.exchange.hub(&["verify", "--json"]);
    assert_eq!((verified.status, &verified.json()["rows"]), (0, &0.into()), "{verified:?}");
}
