//! A backup brings nothing back of an epoch that was destroyed since, or of what was erased since (V-25, P-33, P-42).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use samenloop_audit::{EntryKind, Log};
use samenloop_core::alert::{Act, Deed as Doing, Reader};
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::case::{CaseReference, ClaimReason};
use samenloop_core::fixture::{self, Draft, place};
use samenloop_core::manifest::{Connection, Manifest, Organisation, Role};
use samenloop_core::rights::{RightsKind, Verdict};
use samenloop_core::value::{Epoch, OrganisationId};
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Backup, Deed, Fault, Outlasted, RightsDeed, RightsStep, Scope, Step, Store, Tick};

/// V-25: what a manifest calls destroyed is destroyed in a restored backup too; a secret that is merely gone is a loss.
#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_was_destroyed_since_does_not_come_back_with_a_backup() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    let lines = (0..30).map(|it| Draft::soft(it).put(vec![place(1, fixture::KIND, it)])).collect();
    store.admit(Arrival::new(fixture::connection("school-west"), fixture::today(), lines)).await.unwrap();
    let manifest = Arc::new(fixture::manifest());
    store.file(|| Tick { manifest, today: fixture::today() }).await.unwrap();
    drop(store);
    let (file, key) = (directory.path().join("backup"), [7; 32]);
    let report = SledStore::back_up(&options, &file, &key, fixture::today()).unwrap();
    assert_eq!((report.contents.tick, report.waiting_arrivals), (1, 0));
    let store = SledStore::open(options.clone()).unwrap();
    assert!(store.destroy_epoch(Epoch::new(1)).await.unwrap());
    drop(store);
    std::fs::remove_dir_all(&options.data).unwrap();

    let restore = |destroyed: &[Epoch]| {
        let destroyed = destroyed.iter().copied().collect::<BTreeSet<_>>();
        SledStore::restore(&options, Backup::open(&file, &key).unwrap(), &destroyed, fixture::today())
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

const DAY: &str = "2026-11-25";

/// The fixture's exchange with a contact point, and a privacy officer of another organisation.
fn with_rights() -> Arc<Manifest> {
    let mut entries = fixture::entries();
    let some = entries.connections[0].clone();
    for (id, role, number) in [("contactpunt", Role::ContactPoint, 91), ("fg", Role::PrivacyOfficer, 92)] {
        let (organisation, oin) = (OrganisationId::parse(id).unwrap(), format!("00000009{number:012}"));
        let name = id.to_owned();
        entries.organisations.push(Organisation { name, oin: oin.clone(), id: organisation.clone() });
        entries.connections.push(Connection {
            id: fixture::connection(id),
            organisation,
            oin,
            role,
            ..some.clone()
        });
    }
    Arc::new(Manifest::new(entries).unwrap())
}

/// Files signals of one sender.
async fn push(store: &SledStore, sender: &str, lines: Vec<Line>) {
    store.admit(Arrival::new(fixture::connection(sender), fixture::today(), lines)).await.unwrap();
    let manifest = with_rights();
    store.file(|| Tick { manifest, today: fixture::day(DAY) }).await.unwrap();
}

/// What two agencies say of three children, each of whom converges.
async fn push_all(store: &SledStore) {
    let of = |child| vec![place(1, fixture::KIND, child)];
    push(store, "politie-west", (7..10).map(|it| Draft::hard(it).put(of(it))).collect()).await;
    push(store, "school-west", (7..10).map(|it| Draft::soft(20 + it).put(of(it))).collect()).await;
}

/// Asks a right for a child, and lets another organisation agree.
async fn asked(store: &SledStore, kind: RightsKind, child: u64) {
    let step = |by: &str, deed| {
        let today = fixture::day(DAY);
        store.rights(RightsStep { by: fixture::connection(by), manifest: with_rights(), today, deed })
    };
    let places = vec![place(1, fixture::KIND, child)];
    let request = step("contactpunt", RightsDeed::Ask { kind, places }).await.unwrap().unwrap().id;
    let decide = RightsDeed::Decide { request, verdict: Verdict::Release, reason: None };
    step("fg", decide).await.unwrap().unwrap();
}

async fn open_alerts(store: &SledStore) -> usize {
    store.alerts(&Reader::Hub, Scope::Open).await.unwrap().len()
}

/// P-42, V-32: what was erased or rests since a backup stays so when that is restored, also when its agency sends it again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_or_rests_since_is_so_after_a_restore() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    push_all(&store).await;
    assert_eq!(open_alerts(&store).await, 3);
    drop(store);
    let (file, key) = (directory.path().join("backup"), [7; 32]);
    SledStore::back_up(&options, &file, &key, fixture::today()).unwrap();
    let store = SledStore::open(options.clone()).unwrap();
    // One of which the backup knows nothing, and that its agency sends again.
    let late = || vec![Draft::soft(40).put(vec![place(1, fixture::KIND, 7)])];
    push(&store, "gemeente-west", late()).await;
    asked(&store, RightsKind::Erase, 7).await;
    asked(&store, RightsKind::Restrict, 8).await;
    let tick = Tick { manifest: with_rights(), today: fixture::day(DAY) };
    assert_eq!(store.answer_requests(tick, fixture::manifest().expires()).await.unwrap().len(), 2);
    assert_eq!(open_alerts(&store).await, 1);
    drop(store);

    let restore = || {
        std::fs::remove_dir_all(&options.data).unwrap();
        let backup = Backup::open(&file, &key).unwrap();
        SledStore::restore(&options, backup, &BTreeSet::new(), fixture::day(DAY)).unwrap().outlasted
    };
    assert_eq!(restore(), Some(Outlasted { signals: 3, places: 1 }));
    let again = SledStore::outlast(&options, fixture::day(DAY)).unwrap();
    assert_eq!(again, Some(Outlasted { signals: 3, places: 1 }), "as often as it is asked");
    let store = SledStore::open(options.clone()).unwrap();
    let logged = store.audit(|it| it.since(Log::Case, 0, usize::MAX)).await.unwrap();
    let again = [EntryKind::RightsErased, EntryKind::RightsRestricted];
    let again = logged.iter().map(|it| (it.entry.kind, it.entry.count)).filter(|it| again.contains(&it.0));
    let once = [(EntryKind::RightsErased, 3), (EntryKind::RightsRestricted, 1)];
    assert_eq!(again.collect::<Vec<_>>(), [once, once].concat(), "the log says so each time (V-41)");
    let all = store.alerts(&Reader::Hub, Scope::All).await.unwrap();
    assert_eq!(
        all.iter().filter(|it| it.signals().is_empty()).count(),
        1,
        "nothing is left of the erased one"
    );
    let told = store.erased(&fixture::connection("gemeente-west")).unwrap();
    assert_eq!(told.len(), 1, "its sender is still told, also of what the backup never had");
    push_all(&store).await;
    push(&store, "gemeente-west", late()).await;
    assert_eq!(open_alerts(&store).await, 1, "of the child of whom nobody asked anything");
    let standings = store.standings(fixture::day(DAY)).unwrap();
    let filed: Vec<_> = standings.iter().map(|((of, _), it)| (of.to_string(), it.filed)).collect();
    assert_eq!(filed, [("politie-west".to_owned(), 2), ("school-west".to_owned(), 2)]);
    drop(store);
    SledStore::verify(&options, fixture::day(DAY)).unwrap();

    std::fs::remove_file(options.secrets.join("erased.sealed")).unwrap();
    assert_eq!(restore(), None, "a list that is lost is not an empty one");
    let store = SledStore::open(options.clone()).unwrap();
    assert_eq!(open_alerts(&store).await, 3);
    asked(&store, RightsKind::Erase, 9).await;
    let tick = Tick { manifest: with_rights(), today: fixture::day(DAY) };
    assert_eq!(store.answer_requests(tick, fixture::manifest().expires()).await.unwrap().len(), 1);
    drop(store);
    assert_eq!(restore(), None, "nor is one whole that the next erasure began");
    let store = SledStore::open(options.clone()).unwrap();
    assert_eq!(open_alerts(&store).await, 2, "what it knows is done again");
}

/// Does what two people asked of a child, on the day of answers.
async fn done(store: &SledStore, kind: RightsKind, child: u64) {
    asked(store, kind, child).await;
    let tick = Tick { manifest: with_rights(), today: fixture::day(DAY) };
    assert_eq!(store.answer_requests(tick, fixture::manifest().expires()).await.unwrap().len(), 1);
}

/// V-25: an older database that is put in place by hand is no way round the limit on backups; one that only stood still
/// starts.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_before_the_list_reaches_back_is_not_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    push_all(&store).await;
    drop(store);
    let on = |days| fixture::day(DAY).plus_days(days);
    assert!(matches!(SledStore::outlast(&options, on(36)), Err(Fault::TooOld { made }) if made == on(0)));
    assert_eq!(SledStore::outlast(&options, on(35)).unwrap(), Some(Outlasted::default()));
    // All that is known of is done in it by now.
    assert_eq!(SledStore::outlast(&options, on(70)).unwrap(), Some(Outlasted::default()));
    std::fs::remove_file(options.secrets.join("erased.sealed")).unwrap();
    assert_eq!(SledStore::outlast(&options, on(105)).unwrap(), None);
    let refused = SledStore::outlast(&options, on(106)).unwrap_err().to_string();
    assert!(refused.contains("empty data directory") && refused.contains(&on(70).to_string()), "{refused}");
    let store = SledStore::open(options).unwrap();
    assert_eq!(open_alerts(&store).await, 3, "the hub's own database starts, however long it stood still");
}

/// V-25: nor by way of a backup that is made of it today.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_no_younger_than_what_it_is_of() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    push_all(&store).await;
    drop(store);
    let (served, of) = (fixture::day(DAY), |days: u32| directory.path().join(days.to_string()));
    let made = |days| SledStore::back_up(&options, &of(days), &[7; 32], served.plus_days(days));
    assert_eq!(made(35).unwrap().contents.made, served);
    assert!(matches!(made(36), Err(Fault::TooOld { made }) if made == served) && !of(36).exists());
    std::fs::remove_dir_all(&options.data).unwrap();
    let restored = |days| {
        let backup = Backup::open(&of(35), &[7; 32]).unwrap();
        SledStore::restore(&options, backup, &BTreeSet::new(), served.plus_days(days))
    };
    assert!(matches!(restored(36), Err(Fault::TooOld { made }) if made == served));
    assert_eq!(restored(35).unwrap().outlasted, Some(Outlasted::default()));
}

/// Puts the backup back, and opens it.
fn put_back(options: &SledOptions, file: &std::path::Path) -> SledStore {
    std::fs::remove_dir_all(&options.data).unwrap();
    let backup = Backup::open(file, &[7; 32]).unwrap();
    SledStore::restore(options, backup, &BTreeSet::new(), fixture::day(DAY)).unwrap();
    SledStore::open(options.clone()).unwrap()
}

/// V-32: what two people asked is done once: a request that waits in a backup and was answered since is answered in it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_since_is_not_done_again() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    push_all(&store).await;
    done(&store, RightsKind::Restrict, 8).await;
    asked(&store, RightsKind::Lift, 8).await;
    asked(&store, RightsKind::Access, 8).await;
    drop(store);
    let file = directory.path().join("backup");
    SledStore::back_up(&options, &file, &[7; 32], fixture::today()).unwrap();
    let store = SledStore::open(options.clone()).unwrap();
    let tick = |days| Tick { manifest: with_rights(), today: fixture::day(DAY).plus_days(days) };
    let last = fixture::manifest().expires();
    assert_eq!(store.answer_requests(tick(0), last).await.unwrap().len(), 2);
    done(&store, RightsKind::Restrict, 8).await;
    drop(store);
    let store = put_back(&options, &file);
    let known = store.requests().unwrap();
    assert_eq!(
        known.iter().filter(|it| it.answer.is_some()).count(),
        3,
        "also one that the backup never had"
    );
    let answered = store.answer_requests(tick(7), last).await.unwrap();
    let kinds: Vec<_> = answered.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [RightsKind::Access], "what changes nothing is told again");
    let rest = open_alerts(&store).await;
    let lifted = Tick { manifest: with_rights(), today: fixture::day(DAY).plus_days(7) };
    store.file(|| lifted).await.unwrap();
    assert_eq!((rest, open_alerts(&store).await), (2, 2), "the later restriction stands");
}

/// P-42: once the month of an erased signal is over its reference is free, and what is filed under it since stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_is_used_again_after_its_month_is_not_buried() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    let ends = || Draft { expiry: fixture::month("2026-11"), ..Draft::soft(1) };
    push(&store, "school-west", vec![ends().put(vec![place(1, fixture::KIND, 7)])]).await;
    done(&store, RightsKind::Erase, 7).await;
    let later = fixture::day("2026-12-10");
    let again = vec![Draft { revision: 2, ..Draft::soft(1) }.put(vec![place(1, fixture::KIND, 8)])];
    store.admit(Arrival::new(fixture::connection("school-west"), later, again)).await.unwrap();
    store.file(move || Tick { manifest: with_rights(), today: later }).await.unwrap();
    let filed = |store: &SledStore| store.standings(later).unwrap().values().map(|it| it.filed).sum::<u64>();
    assert_eq!(filed(&store), 1);
    drop(store);
    assert_eq!(SledStore::outlast(&options, later).unwrap(), Some(Outlasted::default()));
    assert_eq!(filed(&SledStore::open(options.clone()).unwrap()), 1);
    SledStore::verify(&options, later).unwrap();
}

/// P-42: nothing comes back of what was decided on a child who was erased, also of an alert whose signals rested by
/// then.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_listed_nothing_and_was_erased_is_erased_again() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    let store = SledStore::open(options.clone()).unwrap();
    let of = || vec![place(1, fixture::KIND, 7)];
    push(&store, "politie-west", vec![Draft::hard(1).put(of())]).await;
    push(&store, "school-west", vec![Draft::soft(2).put(of())]).await;
    let alert = store.alerts(&Reader::Hub, Scope::Open).await.unwrap()[0].id();
    let (reason, next_check) = (ClaimReason::OwnRegion, fixture::day("2026-11-28"));
    let claim =
        Act { case: CaseReference::parse("ZHZ-26-117").unwrap(), deed: Doing::Claim { reason, next_check } };
    let (by, today) = (fixture::connection("zorgcoordinator-west"), fixture::day(DAY));
    let step = Step { by, manifest: with_rights(), today, deed: Deed::Act(claim) };
    store.act(alert, step).await.unwrap().unwrap();
    done(&store, RightsKind::Restrict, 7).await;
    let all = store.alerts(&Reader::Hub, Scope::All).await.unwrap();
    assert!(
        all[0].signals().is_empty() && !all[0].acts().is_empty(),
        "it holds a decision, and lists nothing"
    );
    drop(store);
    let file = directory.path().join("backup");
    SledStore::back_up(&options, &file, &[7; 32], fixture::day(DAY)).unwrap();
    let store = SledStore::open(options.clone()).unwrap();
    done(&store, RightsKind::Erase, 7).await;
    drop(store);
    let store = put_back(&options, &file);
    let all = store.alerts(&Reader::Hub, Scope::All).await.unwrap();
    assert!(
        all.len() == 1 && all[0].acts().is_empty() && all[0].subject().is_none(),
        "nothing is left of it"
    );
    let ended = store.audit(|it| it.since(Log::Case, 0, usize::MAX)).await.unwrap();
    assert_eq!(ended.iter().filter(|it| it.entry.kind == EntryKind::AlertEnded).count(), 1);
    drop(store);
    SledStore::outlast(&options, fixture::day(DAY)).unwrap();
    let store = SledStore::open(options.clone()).unwrap();
    let ended = store.audit(|it| it.since(Log::Case, 0, usize::MAX)).await.unwrap();
    assert_eq!(ended.iter().filter(|it| it.entry.kind == EntryKind::AlertEnded).count(), 1, "once");
}
