//! A backup brings nothing back of an epoch that was destroyed since, or of what was erased since (V-25, P-33, P-42).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use samenloop_audit::{EntryKind, Log};
use samenloop_core::alert::Reader;
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::fixture::{self, Draft, place};
use samenloop_core::manifest::{Connection, Manifest, Organisation, Role};
use samenloop_core::rights::{RightsKind, Verdict};
use samenloop_core::value::{Epoch, OrganisationId};
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Backup, Fault, Outlasted, RightsDeed, RightsStep, Scope, Store, Tick};

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
        let today = fixture::today();
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
