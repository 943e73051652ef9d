//! A backup of before an epoch was destroyed brings nothing of it back (V-25, P-33).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft, place};
use samenloop_core::value::Epoch;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Backup, Fault, Store, Tick};

/// V-25: what a manifest calls destroyed is destroyed in a restored backup too; a secret that is merely gone is a loss.
#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_was_destroyed_since_does_not_come_back_with_a_backup() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let options = SledOptions {
        data: at("data"),
        secrets: at("secrets"),
        exchange: "zhz".into(),
        cache_bytes: 1 << 20,
    };
    let store = SledStore::open(options.clone()).unwrap();
    let lines = (0..30).map(|it| Draft::soft(it).put(vec![place(1, fixture::KIND, it)])).collect();
    store.admit(Arrival::new(fixture::connection("school-west"), fixture::today(), lines)).await.unwrap();
    let manifest = Arc::new(fixture::manifest());
    store.file(|| Tick { manifest, today: fixture::today() }).await.unwrap();
    drop(store);
    let (file, key) = (at("backup"), [7; 32]);
    let report = SledStore::back_up(&options, &file, &key, fixture::today()).unwrap();
    assert_eq!((report.contents.tick, report.waiting_arrivals), (1, 0));
    let store = SledStore::open(options.clone()).unwrap();
    assert!(store.destroy_epoch(Epoch::new(1)).await.unwrap());
    drop(store);
    std::fs::remove_dir_all(&options.data).unwrap();

    let restore = |destroyed: &[Epoch]| {
        let destroyed = destroyed.iter().copied().collect::<BTreeSet<_>>();
        SledStore::restore(&options, Backup::open(&file, &key).unwrap(), &destroyed)
    };
    assert!(matches!(restore(&[]), Err(Fault::Secrets(_))));
    assert_eq!(std::fs::read_dir(&options.data).unwrap().count(), 0, "what is refused leaves nothing");
    assert_eq!(restore(&[Epoch::new(1)]).unwrap().contents, report.contents);
    let verified = SledStore::verify(&options, fixture::today()).unwrap();
    assert_eq!((verified.rows, verified.filed_references), (0, 0));
    let destroyed: Vec<_> =
        verified.destroyed_epochs.iter().map(|it| (it.epoch, it.rows, it.has_secret)).collect();
    assert_eq!(destroyed, [(Epoch::new(1), 0, false)]);
}
