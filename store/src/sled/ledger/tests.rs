//! What a tick costs the disk, and what is left on it of an alert.

use std::path::Path;
use std::sync::Arc;

use samenloop_core::batch::{Arrival, Line};
use samenloop_core::fixture::{self, Draft as Signal, connection, day, place, reference};
use samenloop_core::manifest::ManifestEntries;

use super::super::{SledOptions, SledStore};
use super::*;
use crate::{Store, Tick};

fn manifest() -> Arc<Manifest> {
    let entries = ManifestEntries { expires: day("2027-06-20"), ..fixture::entries() };
    Arc::new(Manifest::new(entries).unwrap())
}

async fn tick(store: &SledStore, days: u32) {
    let tick = Tick { manifest: manifest(), today: fixture::today().plus_days(days) };
    store.file(|| tick).await.unwrap();
}

async fn send(store: &SledStore, sender: &str, line: Line) {
    store.admit(Arrival::new(connection(sender), fixture::today(), vec![line])).await.unwrap();
}

async fn letters(store: &SledStore, days: u32) -> Vec<Letter> {
    store.outbox(&manifest(), fixture::today().plus_days(days)).await.unwrap()
}

async fn converge(store: &SledStore) {
    send(store, "politie-west", Signal::hard(1).put(vec![place(1, fixture::KIND, 7)])).await;
    send(store, "school-west", Signal::soft(2).put(vec![place(1, fixture::KIND, 7)])).await;
    tick(store, 0).await;
}

fn commits(directory: &Path) -> u64 {
    Base::open_kept(&SledOptions::below(directory, "zhz")).unwrap().meta().commit
}

/// P-64: what an agency asks is answered from memory, while the writer keeps everybody else waiting.
#[tokio::test(flavor = "multi_thread")]
async fn an_agency_finds_its_requests_while_a_commit_becomes_durable() {
    use samenloop_core::alert::{Act, Deed};
    use samenloop_core::case::{CaseReference, ClaimReason, ContactReason};

    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    converge(&store).await;
    let alert = store.alerts(&Reader::Hub, Scope::Open).await.unwrap().remove(0).id();
    let school = connection("school-west");
    let claim = Deed::Claim { reason: ClaimReason::OwnRegion, next_check: fixture::today().plus_days(3) };
    let ask = Deed::AskContact { of: [school.clone()].into(), reason: ContactReason::Explain };
    for deed in [claim, ask] {
        let deed = crate::Deed::Act(Act { case: CaseReference::parse("ZHZ-26-117").unwrap(), deed });
        let (by, today) = (connection("zorgcoordinator-west"), fixture::today());
        store.act(alert, crate::Step { by, manifest: manifest(), today, deed }).await.unwrap().unwrap();
    }
    let asked = |store: &SledStore| {
        let _commit = store.base.gate();
        store.asked(&school).unwrap().into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(asked(&store), [alert]);
    drop(store);
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    assert_eq!(asked(&store), [alert], "after a restart");
    tick(&store, 200).await;
    assert!(store.asked(&connection("politie-west")).unwrap().is_empty());
}

/// P-64: a tick that converged costs no commit more than one that did not, whatever leaves because of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_letters_costs_no_commit_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    converge(&store).await;
    let before = store.base.meta().commit;
    let fates: Vec<_> = letters(&store, 0).await.iter().map(|it| (it.id, Fate::Gone)).collect();
    assert_eq!(fates.len(), 2);
    store.dispatched(fates);
    tick(&store, 0).await;
    assert_eq!(letters(&store, 0).await, [], "they left");
    assert_eq!(store.base.meta().commit, before, "and the disk was left alone");
    send(&store, "coa-noord", Signal::soft(3).put(vec![place(1, fixture::KIND, 8)])).await;
    tick(&store, 0).await;
    assert_eq!(store.base.meta().commit, before + 1, "the next that files keeps it");
    assert_eq!(super::letters(&store.base).unwrap(), []);
    store.close().await.unwrap();
    drop(store);
    assert_eq!(commits(directory.path()), before + 1, "and there is nothing left to keep");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_before_the_store_was_closed_leaves_no_second_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    converge(&store).await;
    store.dispatched(letters(&store, 0).await.iter().map(|it| (it.id, Fate::Gone)).collect());
    store.close().await.unwrap();
    drop(store);
    assert_eq!(SledStore::letters(&SledOptions::below(directory.path(), "zhz")).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_disk_names_an_alert_that_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    converge(&store).await;
    let dead = Fate::Dead(fixture::today());
    store.dispatched(letters(&store, 0).await.iter().map(|it| (it.id, dead)).collect());
    send(&store, "school-west", Line::Withdraw(reference(2))).await;
    let count = |letter: u8| store.base.scan(&[letter]).count();
    let kept = || [keys::ALERT, keys::LISTED, keys::NEWS, keys::LETTER].map(count);
    for (days, left) in [(0, [1, 1, 2, 2]), (30, [1, 1, 2, 2]), (31, [0; 4])] {
        tick(&store, days).await;
        assert_eq!(kept(), left, "day {days}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_on_a_clock_that_was_ahead_damages_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    let ending = Signal { expiry: fixture::month("2026-12"), ..Signal::soft(2) };
    send(&store, "school-west", ending.put(vec![place(1, fixture::KIND, 7)])).await;
    tick(&store, 0).await;
    tick(&store, 60).await;
    let swept = store.sweep(fixture::today().plus_days(60)).await.unwrap().unwrap();
    assert_eq!(swept.references, 1);
    tick(&store, 0).await;
    drop(store);
    SledStore::verify(&SledOptions::below(directory.path(), "zhz"), fixture::today()).unwrap();
}
