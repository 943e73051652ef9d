//! What a tick costs the disk, and what is left on it of an alert.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use samenloop_audit::Log;
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::fixture::{self, Draft as Signal, connection, day, place, reference};
use samenloop_core::manifest::{Connection, ManifestEntries, Organisation, Role};
use samenloop_core::processing::{ProcessingLog, Unwritten};
use samenloop_core::rights::{RightsKind, Verdict};
use samenloop_core::value::OrganisationId;

use super::super::{SledOptions, SledStore};
use super::*;
use crate::{RightsDeed, RightsStep, Store, Tick};

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

/// Has west do these with an alert.
async fn act(
    store: &SledStore,
    alert: AlertId,
    deeds: impl IntoIterator<Item = samenloop_core::alert::Deed>,
) {
    use samenloop_core::alert::Act;
    use samenloop_core::case::CaseReference;

    for deed in deeds {
        let deed = crate::Deed::Act(Act { case: CaseReference::parse("ZHZ-26-117").unwrap(), deed });
        let (by, today) = (connection("zorgcoordinator-west"), fixture::today());
        store.act(alert, crate::Step { by, manifest: manifest(), today, deed }).await.unwrap().unwrap();
    }
}

/// P-64: what an agency asks is answered from memory, while the writer keeps everybody else waiting.
#[tokio::test(flavor = "multi_thread")]
async fn an_agency_finds_its_requests_while_a_commit_becomes_durable() {
    use samenloop_core::alert::Deed;
    use samenloop_core::case::{ClaimReason, ContactReason};

    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    converge(&store).await;
    let alert = store.alerts(&Reader::Hub, Scope::Open).await.unwrap().remove(0).id();
    let school = connection("school-west");
    let claim = Deed::Claim { reason: ClaimReason::OwnRegion, next_check: fixture::today().plus_days(3) };
    let ask = Deed::AskContact { of: [school.clone()].into(), reason: ContactReason::Explain };
    act(&store, alert, [claim, ask]).await;
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

/// The fixture's exchange with a contact point, and a privacy officer of another organisation.
fn with_rights() -> Arc<Manifest> {
    let mut entries = ManifestEntries { expires: day("2028-06-20"), ..fixture::entries() };
    let some = entries.connections[0].clone();
    for (id, role, number) in [("contactpunt", Role::ContactPoint, 91), ("fg", Role::PrivacyOfficer, 92)] {
        let (organisation, oin) = (OrganisationId::parse(id).unwrap(), format!("00000009{number:012}"));
        let name = id.to_owned();
        entries.organisations.push(Organisation { name, oin: oin.clone(), id: organisation.clone() });
        entries.connections.push(Connection { id: connection(id), organisation, oin, role, ..some.clone() });
    }
    Arc::new(Manifest::new(entries).unwrap())
}

/// Erases what is filed of a child, on the day of answers.
async fn erase(store: &SledStore, child: u64) {
    let step = |by: &str, deed| {
        let (manifest, today) = (with_rights(), fixture::today());
        store.rights(RightsStep { by: connection(by), manifest, today, deed })
    };
    let ask = RightsDeed::Ask { kind: RightsKind::Erase, places: vec![place(1, fixture::KIND, child)] };
    let request = step("contactpunt", ask).await.unwrap().unwrap().id;
    let decide = RightsDeed::Decide { request, verdict: Verdict::Release, reason: None };
    step("fg", decide).await.unwrap().unwrap();
    let tick = Tick { manifest: with_rights(), today: day("2026-11-25") };
    assert_eq!(store.answer_requests(tick, day("2026-12-20")).await.unwrap().len(), 1);
}

/// P-64: an agency hears what was erased of its own, and a contact point of a municipality what was asked, from memory too.
#[tokio::test(flavor = "multi_thread")]
async fn erasures_and_requests_are_found_while_a_commit_becomes_durable() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    let of = |child| vec![place(1, fixture::KIND, child)];
    send(&store, "school-west", Signal::soft(2).put(of(7))).await;
    send(&store, "school-west", Signal::soft(3).put(of(7))).await;
    send(&store, "politie-west", Signal::soft(4).put(of(8))).await;
    tick(&store, 0).await;
    erase(&store, 7).await;
    let told = |store: &SledStore| {
        let _commit = store.base.gate();
        let of = |it: &str| store.erased(&connection(it)).unwrap().into_iter().map(|it| it.reference);
        assert_eq!(of("politie-west").next(), None);
        (of("school-west").collect::<Vec<_>>(), store.requests().unwrap().len())
    };
    assert_eq!(told(&store), (vec![reference(2), reference(3)], 1));
    drop(store);
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    assert_eq!(told(&store), (vec![reference(2), reference(3)], 1), "after a restart");
    let late = Tick { manifest: with_rights(), today: day("2028-06-01") };
    store.answer_requests(late, day("2028-06-01")).await.unwrap();
    assert_eq!(told(&store), (vec![], 0), "and after their terms no more");
}

/// L-03: with a copy of the database nobody groups what was erased by who sent it.
#[tokio::test(flavor = "multi_thread")]
async fn which_erased_signals_were_of_one_sender_does_not_show() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    for number in 2..5 {
        send(&store, "school-west", Signal::soft(number).put(vec![place(1, fixture::KIND, 7)])).await;
    }
    tick(&store, 0).await;
    erase(&store, 7).await;
    let kept: Vec<_> = store.base.scan(&[keys::ERASED]).map(Result::unwrap).collect();
    let names: BTreeSet<_> = kept.iter().flat_map(|(key, _)| key[1..].chunks(8)).collect();
    assert_eq!((kept.len(), names.len()), (3, 3 * 4), "no part of a name comes back");
}

/// V-44: what a large tick filed before it could announce no more is known, and the rest is filed once it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_was_broken_off_is_known_as_far_as_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    let full = Arc::new(Full(AtomicUsize::new(1)));
    store.announce_to(Arc::clone(&full) as Arc<dyn ProcessingLog>);
    // As many as one transaction files, and one more.
    let many: Vec<_> =
        (0..super::super::worker::LINES_A_COMMIT as u64).map(|it| Line::Withdraw(reference(it))).collect();
    for lines in many.chunks(500) {
        let arrival = Arrival::new(connection("politie-west"), fixture::today(), lines.to_vec());
        store.admit(arrival).await.unwrap();
    }
    send(&store, "school-west", Signal::soft(2).put(vec![place(1, fixture::KIND, 7)])).await;
    let moment = || Tick { manifest: manifest(), today: fixture::today() };
    assert!(matches!(store.file(moment).await, Err(Fault::Unannounced(_))));
    let entries = async || store.audit(|it| it.size(Log::Intake)).await.unwrap();
    let filed = entries().await;
    assert!(filed > 0, "the batch that was filed");
    full.0.store(9, Ordering::SeqCst);
    assert_eq!(store.file(moment).await.unwrap().lines, 1);
    assert!(entries().await > filed);
}

/// A processing log that takes so much yet.
struct Full(AtomicUsize);

impl ProcessingLog for Full {
    fn announce(&self, _: &[Processing]) -> Result<(), Unwritten> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| Unwritten)
    }
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

/// V-32: of an alert that lost all it held, what was done with it is gone from the database too.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_goes_from_the_disk_with_what_an_alert_held() {
    use samenloop_core::alert::Deed;
    use samenloop_core::case::{ChildView, ClaimReason, Outcome, Registration, UnfoundedReason};

    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(SledOptions::below(directory.path(), "zhz")).unwrap();
    converge(&store).await;
    let alert = store.alerts(&Reader::Hub, Scope::Open).await.unwrap().remove(0).id();
    let next_check = fixture::today().plus_days(3);
    let (outcome, registration) = (Outcome::Unfounded, Registration::No);
    let deeds = [
        Deed::Claim { reason: ClaimReason::OwnRegion, next_check },
        Deed::Unfounded { reason: UnfoundedReason::Mistake, reading: None },
        Deed::Close { outcome, registration, view: ChildView::Known },
    ];
    act(&store, alert, deeds).await;
    let kept = || [keys::ALERT, keys::LISTED].map(|letter| store.base.scan(&[letter]).count());
    assert_eq!(kept(), [1, 3], "two signals, and what was done");
    for (sender, number) in [("politie-west", 1), ("school-west", 2)] {
        send(&store, sender, Line::Withdraw(reference(number))).await;
    }
    tick(&store, 1).await;
    store.sweep(fixture::today().plus_days(1)).await.unwrap().unwrap();
    assert_eq!(kept(), [1, 0]);
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
