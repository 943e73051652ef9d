//! One sweep, step by step, while ticks go on.

use std::sync::Arc;

use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft as Signal, day, month, place};

use super::super::{SledOptions, SledStore, TermOf};
use super::*;
use crate::{Store, Tick};

/// Signals that end in November, and others that do not.
const ENDING: u64 = 90;
const LASTING: u64 = 10;
/// Records a step looks at here.
const MOST: usize = 16;

async fn tick(store: &SledStore, today: Day) {
    let tick = Tick { manifest: Arc::new(fixture::manifest()), today };
    store.file(|| tick).await.unwrap();
}

async fn send(store: &SledStore, numbers: impl Iterator<Item = u64>) {
    let ending = |it| if it < ENDING { month("2026-11") } else { month("2027-03") };
    let line = |it| Signal { expiry: ending(it), ..Signal::soft(it) }.put(vec![place(1, fixture::KIND, it)]);
    let arrival =
        Arrival::new(fixture::connection("school-west"), fixture::today(), numbers.map(line).collect());
    store.admit(arrival).await.unwrap();
}

/// V-22: after one sweep nothing is left that is past its term, however much there was of it; the number of its steps
/// follows from the number of records alone, and each takes all that ended among those it looks at.
#[tokio::test(flavor = "multi_thread")]
async fn one_sweep_takes_all_that_ended_in_as_many_steps_as_there_are_records() {
    let directory = tempfile::tempdir().unwrap();
    let december = day("2026-12-01");
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    send(&store, 0..ENDING + LASTING).await;
    tick(&store, fixture::today()).await;
    tick(&store, december).await;
    drop(store);
    let options = SledOptions::below(directory.path(), "zhz");
    let base = Base::open_kept(&options).unwrap();
    let (mut steps, mut sweep) = (0, Sweep::begin());
    while sweep.next.is_some() {
        let before = sweep.swept.references;
        sweep = step(&base, december, sweep, MOST).unwrap().unwrap();
        assert!(sweep.swept.references - before <= MOST as u64);
        steps += 1;
    }
    assert_eq!(sweep.swept, Swept { references: ENDING, rows: ENDING });
    assert_eq!(steps, (ENDING + LASTING).div_ceil(MOST as u64));
    drop(base);
    let report = SledStore::verify(&options, december).unwrap();
    assert_eq!(
        (report.expired.of(TermOf::Rows), report.rows, report.filed_references),
        (0, LASTING, LASTING)
    );
}

/// V-22: a tick that is always due does not keep the sweep from going on; between any two ticks is a step.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_ends_while_one_tick_follows_another() {
    let directory = tempfile::tempdir().unwrap();
    let december = day("2026-12-01");
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    send(&store, 0..ENDING + LASTING).await;
    tick(&store, fixture::today()).await;
    tick(&store, december).await;
    let sweep = store.sweep(december);
    tokio::pin!(sweep);
    let mut number = 1000;
    let swept = loop {
        tokio::select! {
            swept = &mut sweep => break swept.unwrap(),
            () = async {
                send(&store, number..number + 1).await;
                tick(&store, december).await;
                number += 1;
            } => {}
        }
        assert!(
            number < 1010,
            "one step is enough for so few records, and it waits behind no more than a tick"
        );
    };
    assert_eq!(swept, Some(Swept { references: ENDING, rows: ENDING }));
}
