//! L-14: what is left of an epoch when the hub destroyed its secrets.

use std::sync::Arc;

use samenloop_manifest::Book;
use samenloop_store::sled::SledStore;
use samenloop_store::{Store as _, Tick};
use samenloop_tests::copy;

use crate::disk::Loot;
use crate::keys::{HubKeys, candidates};
use crate::reading::Known;
use crate::rights::pending_names;
use crate::run::{options, run};
use crate::secrets::{alerts, told};

/// L-14: neither the database of afterwards nor an older copy of it opens, with every key that is left and the whole
/// space of numbers; the other epoch opens with them as before.
#[test]
fn of_a_destroyed_epoch_nothing_opens_with_all_that_is_left() {
    let run = run();
    let aside = tempfile::tempdir().unwrap();
    let hub = aside.path().join("hub");
    copy(&run.hub("after"), &hub);
    let book = Book::open(&run.kit().join("root.toml"), &hub.join("manifests")).unwrap();
    let manifest = Arc::clone(book.newest().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = SledStore::open(options(&hub)).unwrap();
        store.file(move || Tick { today: manifest.issued(), manifest }).await.unwrap();
        assert!(store.destroy_epoch(samenloop_core::value::Epoch::new(1)).await.unwrap());
    });
    let left = HubKeys::of(&hub.join("secrets"));
    assert!(left.epochs.keys().eq([&2]));
    let before = run.secrets("after");
    let [gone, living] = [1, 2].map(|it| candidates(it, &run.epoch_key(it)));
    let copies = [Loot::of(&run.hub("after").join("data")), Loot::of(&hub.join("data"))];
    // As if every other key that is left were one of the epoch's.
    let [own] = left.epochs.values().copied().collect::<Vec<_>>().try_into().ok().unwrap();
    let mut tried = left.clone();
    tried.epochs.insert(1, own);
    for loot in &copies {
        assert_eq!(loot.known(&gone, &tried), Known::new());
        assert_eq!(loot.known(&living, &left), run.truth(), "the other epoch is as it was");
    }
    // A rights request that waits is a case: whose it is shows with the epoch key until it is answered.
    for loot in &copies {
        assert_eq!(loot.found(&gone, std::slice::from_ref(&tried)), pending_names());
    }
    let child = &gone[3 * 3];
    assert!(!copies[0].is_reached_with_a_key_in(&hub.join("secrets"), &child.place), "{}", child.name);
    // With the secrets of before, which nobody has any more, the older copy opens.
    assert_eq!(copies[0].known(&gone, &before), run.truth());
    assert!(copies[0].is_reached_with_a_key_in(&run.hub("after").join("secrets"), &child.place));
    assert!(!copies[1].rows().values().any(|it| it.epoch == 1), "and the hub dropped its rows");
    // Cases live on until their term.
    let mut cases: Vec<_> = alerts(&hub).iter().map(told).collect();
    let mut truth: Vec<_> = run.converging().into_values().collect();
    cases.sort();
    truth.sort();
    assert_eq!(cases, truth);
}
