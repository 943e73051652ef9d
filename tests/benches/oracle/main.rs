//! The release gate of P-64, before every release and on a quiet machine: `cargo bench --bench oracle`. Nothing that a
//! sender can read or time tells whether a child is known; or it fails.
//!
//! Two measurements over real mTLS against a real hub on its disk. *Own acks*: one agency pushes signals that converge
//! and signals of children whom nobody knows, in random order, so that whatever else the machine does strikes both
//! alike. *Another's acks*: a second agency pushes all the time, while in some ticks a handful of signals that
//! converge is filed and in others a handful that does not. There a tick is one value, the mean of its acks or how
//! long they were held in all: acks within a tick share its luck, and to count them apart would find a difference where
//! there is none. Ticks are compared by their rank: one that waited for the disk outweighs all others by its value.
//!
//! A hub with a defect made on purpose (feature `leaky-intake`) shows that either can fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a gate stops where it fails"
)]

#[path = "../exchange/batches.rs"]
mod batches;
mod sender;
mod welch;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use samenloop_client::hub::Hub;
use samenloop_proto::v1::Severity;
use samenloop_tests::{Exchange, leaky_hub};
use sender::{Sender, Shapes, member};
use tokio::time::Instant;
use welch::{Sample, by_rank, furthest, t};

/// Above this, chance does not explain a difference (P-64).
const LIMIT: f64 = 4.5;
/// Pushes of the gate (P-64 asks at least so many).
const PUSHES: usize = 100_000;
/// Pushes that the defect is found by.
const LEAKY_PUSHES: usize = 40_000;
/// Streams that push at once, each on its own connection.
const STREAMS: usize = 4;
/// Children of whom the police sent a hard signal: one soft signal of a school converges.
const KNOWN: usize = 2000;
/// Ticks in which another's acks are measured; an even number.
const TICKS: usize = 120;
/// Signals of one tick: an agency that tries children, not one that fills the hub.
const A_TICK: usize = 10;
/// Between two pushes of one stream of the second agency, so that a tick files what came in within its beat; else ticks
/// grow, and each holds more than the last.
const PACE: Duration = Duration::from_millis(10);
/// How long filing may take to catch up.
const PATIENCE: Duration = Duration::from_secs(180);

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|it| it == "--test") {
        return;
    }
    welch::agrees_with_sums_done_by_hand();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        gate().await;
        sabotaged().await;
    });
    println!("nothing tells, and a hub that tells was found out");
}

/// Nothing that a sender can read or time tells whether a child is known.
async fn gate() {
    let (others, own) = measured(&Exchange::start(), "the hub", PUSHES).await;
    assert_eq!(own.shapes.len(), 1, "every ack is the same bytes");
    assert!(own.furthest().abs() < LIMIT, "own acks: {own}");
    assert!(others.furthest().abs() < LIMIT, "another's acks{others}");
}

/// An intake that opens the ledger is found out, by each of the two.
async fn sabotaged() {
    let mut exchange = Exchange::kit();
    let mut command = std::process::Command::new(leaky_hub());
    command.args(["serve", "--danger-example-keys", "--config"]);
    command.arg(exchange.kit_directory().join("hub.toml"));
    exchange.start_hub_as(command);
    let (others, own) = measured(&exchange, "a leaky hub", LEAKY_PUSHES).await;
    assert!(own.furthest().abs() >= LIMIT, "the gate does not see a ledger that is opened: {own}");
    assert!(others.furthest().abs() >= LIMIT, "the gate does not see an ack that waits for an alert{others}");
}

/// Another's acks, and an agency's own.
async fn measured(exchange: &Exchange, whose: &str, pushes: usize) -> (Ticks, Measured) {
    // First, while nothing else waits to be filed.
    let others = others_acks(exchange).await;
    println!("another's acks at {whose}, by tick{others}");
    let known = know(exchange, KNOWN).await;
    let own = own_acks(exchange, &known, pushes).await;
    println!("own acks at {whose}: {own}");
    converged(exchange, KNOWN).await;
    (others, own)
}

/// What was measured of signals that converge, against signals of children whom nobody knows; in microseconds.
#[derive(Default)]
struct Measured {
    converging: Sample,
    fresh: Sample,
    shapes: Shapes,
}

impl Measured {
    fn add(&mut self, converges: bool, micros: f64) {
        if converges { self.converging.add(micros) } else { self.fresh.add(micros) }
    }

    fn furthest(&self) -> f64 {
        furthest(&self.converging, &self.fresh)
    }
}

/// What was measured of another's acks: the mean of each tick, and how long its acks were held together.
#[derive(Default)]
struct Ticks {
    mean: Measured,
    held: Measured,
}

impl Ticks {
    fn furthest(&self) -> f64 {
        let distances = [&self.mean, &self.held].map(|it| by_rank(&it.converging, &it.fresh));
        distances.into_iter().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap()
    }
}

impl std::fmt::Display for Ticks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, of) in [("mean", &self.mean), ("held", &self.held)] {
            let [converging, fresh] = [&of.converging, &of.fresh].map(Sample::middle);
            let t = by_rank(&of.converging, &of.fresh);
            write!(
                f,
                "; {what} t = {t:.2} by rank, converging {converging:.0} us, fresh {fresh:.0} us in the middle"
            )?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [converging, fresh] = [&self.converging, &self.fresh].map(|it| (it.count(), it.mean()));
        write!(
            f,
            "t = {:.2}, without the slowest {:.2} at most; converging {} of {:.1} us, fresh {} of {:.1} us",
            t(&self.converging, &self.fresh),
            self.furthest(),
            converging.0,
            converging.1,
            fresh.0,
            fresh.1
        )
    }
}

fn by_chance() -> bool {
    let mut byte = [0];
    getrandom::fill(&mut byte).unwrap();
    byte[0] & 1 == 1
}

/// So many children with a hard signal of the police, filed.
async fn know(exchange: &Exchange, count: usize) -> Arc<Vec<Vec<u8>>> {
    let children = batches::children(count);
    let mut police = Sender::new(exchange, "politie-west").await;
    for part in children.chunks(500) {
        police.push(part, Severity::Hard).await;
    }
    // Two beats of the kit's tick: what came in before the second is filed.
    tokio::time::sleep(Duration::from_secs(3)).await;
    Arc::new(children)
}

/// The acks of an agency that pushes signals one by one, about children who are known and who are not.
async fn own_acks(exchange: &Exchange, known: &Arc<Vec<Vec<u8>>>, pushes: usize) -> Measured {
    let measured = Arc::new(Mutex::new(Measured::default()));
    let mut streams = tokio::task::JoinSet::new();
    for stream in 0..STREAMS {
        let mut school = Sender::new(exchange, "school-west").await;
        let (known, measured) = (Arc::clone(known), Arc::clone(&measured));
        streams.spawn(async move {
            for number in 0..pushes / STREAMS {
                let converges = by_chance();
                // Made for both, so that nothing before the push tells them apart.
                let fresh = batches::children(1);
                let child = &known[(number * STREAMS + stream) % known.len()];
                let child = if converges { child } else { &fresh[0] };
                let (took, shape) = school.push(std::slice::from_ref(child), Severity::Soft).await;
                let mut measured = measured.lock().unwrap();
                measured.add(converges, took.as_secs_f64() * 1e6);
                measured.shapes.insert(shape);
            }
        });
    }
    while let Some(ended) = streams.join_next().await {
        ended.unwrap();
    }
    Arc::into_inner(measured).unwrap().into_inner().unwrap()
}

/// Waits until there are as many alerts as children were known: or the gate would compare nothing with nothing. What was
/// pushed of them once more may wait for its tick.
async fn converged(exchange: &Exchange, children: usize) {
    let hub = Hub::new(&member(exchange, "zorgcoordinator-west")).unwrap();
    let begun = Instant::now();
    loop {
        let alerts = hub.alerts(false).await.unwrap().len();
        if alerts >= children {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{alerts} alerts of {children}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The acks of a second agency, around the ticks in which a few signals of the first converge or do not.
async fn others_acks(exchange: &Exchange) -> Ticks {
    let known = know(exchange, TICKS * A_TICK).await;
    let mut ticks = Hub::new(&member(exchange, "zorgcoordinator-west")).unwrap().watch(0).await.unwrap();
    let mut school = Sender::new(exchange, "school-west").await;
    let acks = Arc::new(Mutex::new(Vec::new()));
    let mut streams = tokio::task::JoinSet::new();
    for _ in 0..STREAMS {
        let mut youth = Sender::new(exchange, "zorg-noord").await;
        let acks = Arc::clone(&acks);
        streams.spawn(async move {
            loop {
                let begun = Instant::now();
                let (took, _) = youth.push(&batches::children(1), Severity::Soft).await;
                acks.lock().unwrap().push((begun, took.as_secs_f64() * 1e6));
                tokio::time::sleep(PACE).await;
            }
        });
    }
    let mut sent = Vec::new();
    for (known, converges) in known.chunks(A_TICK).zip(halves(TICKS)) {
        ticks.next().await.unwrap();
        let told = Instant::now();
        let fresh = batches::children(A_TICK);
        school.push(if converges { known } else { &fresh }, Severity::Soft).await;
        sent.push((told, converges));
    }
    // What was sent last is filed, and looked at, too.
    for _ in 0..2 {
        ticks.next().await.unwrap();
    }
    streams.shutdown().await;
    let acks = Arc::into_inner(acks).unwrap().into_inner().unwrap();
    let mut measured = Ticks::default();
    for (told, converges) in sent {
        // The next tick begins about a beat after this one told, and its filing with it.
        let around = told + Duration::from_millis(500)..told + Duration::from_millis(1500);
        let mut tick = Sample::default();
        acks.iter().filter(|(begun, _)| around.contains(begun)).for_each(|(_, took)| tick.add(*took));
        assert!(tick.count() > 20, "{} acks in a tick", tick.count());
        measured.mean.add(converges, tick.mean());
        measured.held.add(converges, tick.held());
    }
    measured
}

/// As many of one kind as of the other, in an order that chance gives.
fn halves(count: usize) -> Vec<bool> {
    let mut drawn: Vec<(Vec<u8>, bool)> =
        batches::children(count).into_iter().enumerate().map(|(at, key)| (key, at % 2 == 0)).collect();
    drawn.sort();
    drawn.into_iter().map(|(_, half)| half).collect()
}
