//! Filing on the tick, by how much is stored already.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use samenloop_core::batch::{Arrival, Line, MAX_LINES};
use samenloop_core::fixture::{self, Draft, place};
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Store, Tick};

/// Signals that are filed while the clock runs.
const MEASURED: u64 = 20_000;

/// Files so many signals, then measures some more; also says what each takes on disk.
pub(crate) async fn signals_a_second(stored: u64) -> (f64, f64) {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions { cache_bytes: 256 << 20, ..SledOptions::below(directory.path(), "zhz") };
    let store = SledStore::open(options).unwrap();
    let mut done = 0;
    while done < stored {
        let until = (done + MEASURED).min(stored);
        admit(&store, done, until).await;
        tick(&store).await;
        done = until;
    }
    let bytes = directory_bytes(directory.path()) as f64 / stored as f64;
    admit(&store, stored, stored + MEASURED).await;
    let begun = Instant::now();
    let filed = tick(&store).await;
    assert_eq!(filed, MEASURED);
    (MEASURED as f64 / begun.elapsed().as_secs_f64(), bytes)
}

async fn tick(store: &SledStore) -> u64 {
    let tick = || Tick { manifest: Arc::new(fixture::manifest()), today: fixture::today() };
    store.file(tick).await.unwrap().lines
}

/// Of each ten signals nine have a child of their own, and one is a hard one about the child before it.
fn line(number: u64) -> (&'static str, Line) {
    if number % 10 == 9 {
        ("politie-west", Draft::hard(number).put(vec![place(1, fixture::KIND, number - 1)]))
    } else {
        ("school-west", Draft::soft(number).put(vec![place(1, fixture::KIND, number)]))
    }
}

async fn admit(store: &SledStore, from: u64, until: u64) {
    for sender in ["school-west", "politie-west"] {
        let lines: Vec<_> = (from..until).map(line).filter(|it| it.0 == sender).map(|it| it.1).collect();
        for chunk in lines.chunks(MAX_LINES) {
            let arrival = Arrival::new(fixture::connection(sender), fixture::today(), chunk.to_vec());
            store.admit(arrival).await.unwrap();
        }
    }
}

fn directory_bytes(directory: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        bytes += if metadata.is_dir() { directory_bytes(&entry.path()) } else { metadata.len() };
    }
    bytes
}
