//! What is left of a quarter when its case key ends, and after a crash in the middle of that.

use std::path::Path;
use std::sync::Arc;

use samenloop_audit::Log;
use samenloop_core::alert::{Act, AlertState, Deed, Reader};
use samenloop_core::batch::Arrival;
use samenloop_core::case::{CaseReference, ClaimReason};
use samenloop_core::fixture::{self, Draft as Signal, connection, day, place};
use samenloop_core::manifest::{Manifest, ManifestEntries};

use super::super::{SledOptions, SledStore};
use super::*;
use crate::{Scope, Step, Store, Tick};

fn manifest() -> Arc<Manifest> {
    let mut entries = ManifestEntries { expires: day("2029-12-31"), ..fixture::entries() };
    entries.connections.iter_mut().for_each(|it| it.valid_until = day("2030-12-31"));
    Arc::new(Manifest::new(entries).unwrap())
}

async fn tick(store: &SledStore, today: Day) {
    let tick = Tick { manifest: manifest(), today };
    store.file(|| tick).await.unwrap();
}

async fn swept(store: &SledStore, today: Day) {
    tick(store, today).await;
    store.sweep(today).await.unwrap().unwrap();
}

/// A store of the last quarter of 2026 with an alert that a coordinator claimed.
async fn claimed(directory: &Path) -> u16 {
    let (store, today) = (SledStore::open(SledOptions::below(directory, "zhz")).unwrap(), fixture::today());
    let at = || vec![place(1, fixture::KIND, 7)];
    for (sender, line) in
        [("politie-west", Signal::hard(1).put(at())), ("school-west", Signal::soft(2).put(at()))]
    {
        store.admit(Arrival::new(connection(sender), today, vec![line])).await.unwrap();
    }
    tick(&store, today).await;
    let alert = store.alerts(&Reader::Hub, Scope::Open).await.unwrap().remove(0);
    let deed = Deed::Claim { reason: ClaimReason::OwnRegion, next_check: today.plus_days(3) };
    let act = Act { case: CaseReference::parse("ZHZ-26-117").unwrap(), deed };
    let by = connection("zorgcoordinator-west");
    let step = Step { by, manifest: manifest(), today, deed: crate::Deed::Act(act) };
    store.act(alert.id(), step).await.unwrap().unwrap();
    today.quarter()
}

/// Whether the hub has the key of a quarter, whether the database names it, and how many records are under it.
fn left(directory: &Path, quarter: u16) -> (bool, bool, usize) {
    let base = Base::open_kept(&SledOptions::below(directory, "zhz")).unwrap();
    let purpose = Purpose::Case(quarter);
    let under = base.scan(&[]).map(Result::unwrap);
    let under = under.filter(|(key, value)| keys::is_case(key) && quarter_of(value) == Some(quarter)).count();
    let is_named = base.read(&keys::secret(purpose)).unwrap().is_some();
    (base.secrets().find(purpose).unwrap().is_some(), is_named, under)
}

async fn is_kept(directory: &Path) {
    let store = SledStore::open(SledOptions::below(directory, "zhz")).unwrap();
    let alerts = store.alerts(&Reader::Hub, Scope::Open).await.unwrap();
    assert!(
        matches!(&alerts[..], [alert] if alert.state() == AlertState::Claimed && alert.acts().len() == 1)
    );
}

fn openings(directory: &Path) -> (usize, usize) {
    let base = Base::open_kept(&SledOptions::below(directory, "zhz")).unwrap();
    let sizes = super::super::log::sizes(&base).unwrap();
    super::super::log::read(&base, sizes, |logs| {
        let entries: Vec<_> = Log::ALL.into_iter().flat_map(|log| logs.since(log, 0, 999).unwrap()).collect();
        Log::ALL.into_iter().for_each(|log| assert!(logs.check(log).unwrap() > 0));
        Ok((entries.len(), entries.iter().filter(|it| it.opening.is_some()).count()))
    })
    .unwrap()
}

/// V-24, P-33, P-74: after twelve months nothing is under the key of a quarter but what goes on; after fifteen the key is
/// gone. The leaves of the logs stay, and tell nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_key_ends_with_the_last_term_of_its_quarter() {
    let directory = tempfile::tempdir().unwrap();
    let quarter = claimed(directory.path()).await;
    let (has_key, is_named, before) = left(directory.path(), quarter);
    assert!(has_key && is_named && before > 4, "{before}");
    let entries = openings(directory.path());
    assert_eq!(entries.0, entries.1);
    for (today, expected) in
        [("2027-12-31", (true, true)), ("2028-01-02", (true, false)), ("2028-04-02", (false, false))]
    {
        let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
        swept(&store, day(today)).await;
        drop(store);
        let (has_key, is_named, under) = left(directory.path(), quarter);
        assert_eq!((has_key, is_named), expected, "{today}");
        assert_eq!(under == 0, !is_named, "{today}: {under}");
        is_kept(directory.path()).await;
    }
    let (all, open) = openings(directory.path());
    assert!(all > entries.0 && open < all, "{open} of {all} can still be opened");
    SledStore::verify(&SledOptions::below(directory.path(), "zhz"), day("2028-04-02")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_anywhere_in_it_is_made_good_by_the_next_sweep() {
    let directory = tempfile::tempdir().unwrap();
    let quarter = claimed(directory.path()).await;
    let late = day("2028-04-02");
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    tick(&store, late).await;
    drop(store);
    let mut steps = 0;
    loop {
        let base = Base::open_kept(&SledOptions::below(directory.path(), "zhz")).unwrap();
        let Some(mut from) = begin(&base, late).unwrap() else { break };
        // Each time it gets a step further than the last, and is broken off.
        for _ in 0..=steps {
            let Some(next) = step(&base, late, &from, 4).unwrap() else { break };
            from = next;
        }
        drop(base);
        is_kept(directory.path()).await;
        steps += 1;
        assert!(steps < 100);
    }
    assert!(steps > 5, "{steps}");
    assert_eq!(left(directory.path(), quarter), (false, false, 0));
}
