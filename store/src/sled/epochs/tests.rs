//! What a crash in the middle of a destruction leaves, and what is left after one.

use std::path::Path;
use std::sync::Arc;

use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft as Signal, place};

use super::super::{SledOptions, SledStore};
use super::*;
use crate::{Scope, Store, Tick};

const ONE: Epoch = Epoch::new(1);

fn tick() -> Tick {
    Tick { manifest: Arc::new(fixture::manifest()), today: fixture::today() }
}

/// A store of so many children on whom a hard and a soft signal converge, closed.
async fn filed(directory: &Path, children: u64) {
    let store = SledStore::open(SledOptions::below(directory, "zhz")).unwrap();
    let all: Vec<_> = (0..children).collect();
    for some in all.chunks(500) {
        let at = |child: u64| vec![place(1, fixture::KIND, child)];
        for (sender, lines) in [
            ("politie-west", some.iter().map(|it| Signal::hard(*it).put(at(*it))).collect()),
            ("school-west", some.iter().map(|it| Signal::soft(*it).put(at(*it))).collect()),
        ] {
            let arrival = Arrival::new(fixture::connection(sender), fixture::today(), lines);
            store.admit(arrival).await.unwrap();
        }
    }
    store.file(tick).await.unwrap();
}

fn base(directory: &Path) -> Base {
    let options = SledOptions::below(directory, "zhz");
    Base::open(&options, options.secrets().unwrap()).unwrap()
}

/// Whether epoch 1 still has its secret, and the rows and references left, as `verify` tells.
fn left(directory: &Path) -> (bool, u64, u64) {
    let report = SledStore::verify(&SledOptions::below(directory, "zhz"), fixture::today()).unwrap();
    assert_eq!((report.rows, report.filed_references), (0, 0), "noise is no row");
    let [left] = &report.destroyed_epochs[..] else { panic!("one destroyed epoch") };
    assert_eq!(left.epoch, ONE);
    (left.has_secret, left.rows, left.references)
}

/// The store opens, shows the alerts it had and files nothing; then the destruction is repeated.
async fn serves_and_ends(directory: &Path, found: bool) {
    let store = SledStore::open(SledOptions::below(directory, "zhz")).unwrap();
    assert_eq!(store.alerts(&samenloop_core::alert::Reader::Hub, Scope::Open).await.unwrap().len(), 3);
    let line = Signal::soft(99).put(vec![place(1, fixture::KIND, 1)]);
    let arrival = Arrival::new(fixture::connection("coa-noord"), fixture::today(), vec![line]);
    store.admit(arrival).await.unwrap();
    store.file(tick).await.unwrap();
    assert!(store.standings(fixture::today()).unwrap().is_empty());
    assert_eq!(store.alerts(&samenloop_core::alert::Reader::Hub, Scope::All).await.unwrap().len(), 3);
    assert_eq!(store.destroy_epoch(ONE).await.unwrap(), found);
    drop(store);
    assert_eq!(left(directory), (false, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_secret_is_overwritten_is_made_good() {
    let directory = tempfile::tempdir().unwrap();
    filed(directory.path(), 3).await;
    condemn(&base(directory.path()), ONE).unwrap();
    assert_eq!(left(directory.path()), (true, 6, 6));
    serves_and_ends(directory.path(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_rows_are_dropped_is_made_good() {
    let directory = tempfile::tempdir().unwrap();
    filed(directory.path(), 3).await;
    let base = base(directory.path());
    condemn(&base, ONE).unwrap();
    assert!(forget_secret(&base, ONE).unwrap());
    drop(base);
    assert_eq!(left(directory.path()), (false, 6, 6));
    serves_and_ends(directory.path(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_drops_what_a_crash_left() {
    let directory = tempfile::tempdir().unwrap();
    filed(directory.path(), 3).await;
    let base = base(directory.path());
    condemn(&base, ONE).unwrap();
    forget_secret(&base, ONE).unwrap();
    drop(base);
    SledStore::rebuild(&SledOptions::below(directory.path(), "zhz")).unwrap();
    assert_eq!(left(directory.path()), (false, 0, 0));
    serves_and_ends(directory.path(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_of_an_epoch_that_was_not_destroyed_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    filed(directory.path(), 3).await;
    forget_secret(&base(directory.path()), ONE).unwrap();
    assert!(matches!(SledStore::open(SledOptions::below(directory.path(), "zhz")), Err(Fault::Secrets(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_epoch_goes_in_steps_between_which_ticks_are_filed() {
    let directory = tempfile::tempdir().unwrap();
    let children = DROPPED_A_COMMIT as u64 / 4 + 10;
    filed(directory.path(), children).await;
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    assert_eq!(destroy(&store.base, ONE).unwrap(), Destruction { found: true, ended: false });
    store.file(tick).await.unwrap();
    assert!(store.destroy_epoch(ONE).await.unwrap());
    assert!(!store.destroy_epoch(ONE).await.unwrap());
    drop(store);
    assert_eq!(left(directory.path()), (false, 0, 0));
}

/// Every file below a directory, as bytes.
fn bytes_below(directory: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes_below(&path));
        } else {
            found.push(std::fs::read(path).unwrap());
        }
    }
    found
}

fn holds(directory: &Path, wanted: &[u8]) -> bool {
    bytes_below(directory).iter().any(|bytes| bytes.windows(wanted.len()).any(|it| it == wanted))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_destroyed_epoch_neither_keys_nor_rows_are_on_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    filed(directory.path(), 3).await;
    let (secrets, data) = (directory.path().join("secrets"), directory.path().join("data"));
    let base = base(directory.path());
    let secret = base.secret(Purpose::Epoch(ONE)).unwrap().unwrap();
    // The last of a key is never shared with another, and so never left out of a page.
    let mut tails = Vec::new();
    for letter in [keys::ROW, keys::REFERENCE] {
        for record in base.scan(&keys::of_epoch(letter, ONE)) {
            let (_, value) = record.unwrap();
            tails.push(value[value.len() - 32..].to_vec());
        }
    }
    drop(base);
    assert_eq!(tails.len(), 12);
    assert!(secret.keys().iter().all(|key| holds(&secrets, &key[..])), "the check can fail");
    assert!(tails.iter().all(|tail| holds(&data, tail)), "the check can fail");
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    store.destroy_epoch(ONE).await.unwrap();
    drop(store);
    SledStore::rebuild(&SledOptions::below(directory.path(), "zhz")).unwrap();
    assert!(!secret.keys().iter().any(|key| holds(directory.path(), &key[..])));
    assert!(!tails.iter().any(|tail| holds(directory.path(), tail)));
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_database_is_refused_under_the_secrets_of_today() {
    let directory = tempfile::tempdir().unwrap();
    filed(directory.path(), 3).await;
    let before = bytes_of_database(directory.path());
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    store.destroy_epoch(ONE).await.unwrap();
    drop(store);
    for (name, bytes) in before {
        std::fs::write(directory.path().join("data").join(name), bytes).unwrap();
    }
    assert!(matches!(SledStore::open(SledOptions::below(directory.path(), "zhz")), Err(Fault::Secrets(_))));
}

/// The head file and the files of the one generation, by name.
fn bytes_of_database(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let data = directory.join("data");
    let names = std::fs::read_dir(data.join("db-000001")).unwrap();
    let names = names.map(|it| it.unwrap().path()).filter(|it| it.is_file());
    let names = names.map(|it| format!("db-000001/{}", it.file_name().unwrap().to_str().unwrap()));
    let names = names.chain(["head".to_owned()]);
    names.map(|name| (name.clone(), std::fs::read(data.join(&name)).unwrap())).collect()
}
