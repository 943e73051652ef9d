//! Erased means gone from the disk (V-23): the files of a store are searched for the bytes of what was erased, as an
//! attacker with the disk would, before and after a rebuild that goes on while arrivals are taken and filed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use samenloop_core::alert::Reader;
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::fixture::{self, Draft, day, month, place, reference};
use samenloop_core::manifest::{Connection, Manifest, ManifestEntries, Organisation, Role};
use samenloop_core::rights::{RightsKind, Verdict};
use samenloop_core::value::{Day, Epoch, OrganisationId, Place};
use samenloop_store::sled::{SledOptions, SledStore, TermOf};
use samenloop_store::{Rebuilt, RightsDeed, RightsStep, Scope, Store, Tick};

/// Signals that stay: the copy takes some steps.
const LASTING: u64 = 1500;
/// Children whose signals are erased, by each way to go.
const ERASED: u64 = 20;

/// Who asks for a child, and who decides on it.
const POINT: &str = "contactpunt";
const OFFICER: &str = "fg";

type Marker = [u8; 16];

/// A store in a directory of its own, on a day.
struct Bench {
    directory: tempfile::TempDir,
    today: Day,
}

fn child(number: u64) -> Vec<Place> {
    vec![place(1, fixture::KIND, number)]
}

impl Bench {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), today: fixture::today() }
    }

    fn options(&self) -> SledOptions {
        SledOptions::below(self.directory.path(), "zhz")
    }

    fn data(&self) -> PathBuf {
        self.options().data
    }

    fn open(&self) -> SledStore {
        SledStore::open(self.options()).unwrap()
    }

    fn tick(&self) -> Tick {
        let mut entries = ManifestEntries { expires: day("2027-06-20"), ..fixture::entries() };
        let some = entries.connections[0].clone();
        for (id, role, number) in [(POINT, Role::ContactPoint, 91), (OFFICER, Role::PrivacyOfficer, 92)] {
            let organisation = OrganisationId::parse(id).unwrap();
            let oin = format!("00000009{number:012}");
            let (name, own) = (id.to_owned(), organisation.clone());
            entries.organisations.push(Organisation { id: own, oin: oin.clone(), name });
            let id = fixture::connection(id);
            entries.connections.push(Connection { id, organisation, oin, role, ..some.clone() });
        }
        Tick { manifest: Arc::new(Manifest::new(entries).unwrap()), today: self.today }
    }

    async fn file(&self, store: &SledStore) {
        let tick = self.tick();
        store.file(|| tick).await.unwrap();
    }

    async fn send(&self, store: &SledStore, from: &str, lines: Vec<Line>) {
        store.admit(Arrival::new(fixture::connection(from), self.today, lines)).await.unwrap();
    }

    /// Many signals that stay; on others alerts open. Of these one part is withdrawn, one ends by its term, and one
    /// is replaced by a new revision.
    async fn filled(&self, store: &SledStore) {
        for batch in (10_000..10_000 + LASTING).collect::<Vec<_>>().chunks(500) {
            let lines = batch.iter().map(|it| Draft::soft(*it).put(child(*it))).collect();
            self.send(store, "coa-noord", lines).await;
        }
        let hard = (0..3 * ERASED).map(|it| Draft::hard(it).put(child(it))).collect();
        self.send(store, "politie-west", hard).await;
        let ending = |it| Draft { expiry: month("2026-12"), ..Draft::soft(it) };
        let soft = |it| if it < ERASED { ending(it) } else { Draft::soft(it) };
        self.send(store, "school-west", (0..3 * ERASED).map(|it| soft(it).put(child(it))).collect()).await;
        self.file(store).await;
        assert_eq!(store.alerts(&Reader::Hub, Scope::Open).await.unwrap().len() as u64, 3 * ERASED);
    }

    async fn erase(&mut self, store: &SledStore) {
        let withdrawn = (ERASED..2 * ERASED).map(|it| Line::Withdraw(reference(it))).collect();
        self.send(store, "school-west", withdrawn).await;
        let newer = |it| Draft { revision: 2, ..Draft::soft(it) };
        self.send(
            store,
            "school-west",
            (2 * ERASED..3 * ERASED).map(|it| newer(it).put(child(it))).collect(),
        )
        .await;
        self.file(store).await;
        // What lapses is kept for thirty days.
        for today in ["2027-01-01", "2027-02-10"] {
            self.today = day(today);
            self.file(store).await;
            store.sweep(self.today).await.unwrap().unwrap();
        }
    }

    /// Has everything of some children erased on request: asked, agreed to by another organisation, and answered.
    async fn erase_on_request(&mut self, store: &SledStore, children: std::ops::Range<u64>) {
        let step = |by: &str, deed| {
            let Tick { manifest, today } = self.tick();
            store.rights(RightsStep { by: fixture::connection(by), manifest, today, deed })
        };
        for children in children.collect::<Vec<_>>().chunks(8) {
            let places = children.iter().copied().flat_map(child).collect();
            let ask = RightsDeed::Ask { kind: RightsKind::Erase, places };
            let request = step(POINT, ask).await.unwrap().unwrap().id;
            let decide = RightsDeed::Decide { request, verdict: Verdict::Release, reason: None };
            step(OFFICER, decide).await.unwrap().unwrap();
        }
        // A day of answers.
        self.today = day("2026-11-25");
        let tick = self.tick();
        let until = tick.manifest.expires();
        assert_eq!(store.answer_requests(tick, until).await.unwrap().len() as u64, ERASED.div_ceil(8));
        self.file(store).await;
    }

    /// Every record of the generation that serves, by an own reading of a copy of it.
    fn records(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let scratch = tempfile::tempdir().unwrap();
        let serving = fs::read_dir(self.data()).unwrap().map(|it| it.unwrap().path());
        let serving = serving.filter(|it| it.file_name().unwrap().to_str().unwrap().starts_with("db-")).max();
        for entry in fs::read_dir(serving.unwrap()).unwrap().map(|it| it.unwrap()) {
            if entry.path().is_file() {
                fs::copy(entry.path(), scratch.path().join(entry.file_name())).unwrap();
            }
        }
        let copied = sled::Config::new().path(scratch.path()).use_compression(false).open().unwrap();
        copied.iter().map(|it| it.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
    }
}

/// By the letter of their keys, the bytes of records that went or were replaced: the end of the key, and the middle of
/// the value.
fn erased(
    before: &BTreeMap<Vec<u8>, Vec<u8>>,
    after: &BTreeMap<Vec<u8>, Vec<u8>>,
) -> BTreeMap<u8, BTreeSet<Marker>> {
    let mut markers: BTreeMap<u8, BTreeSet<Marker>> = BTreeMap::new();
    for (key, value) in before.iter().filter(|(key, value)| after.get(*key) != Some(*value)) {
        let of = markers.entry(key[0]).or_default();
        // The number of an alert is random, and news have it too.
        if !after.contains_key(key) && key.len() > 17 {
            of.insert(key[key.len() - 16..].try_into().unwrap());
        }
        if value.len() >= 48 {
            of.insert(value[24..40].try_into().unwrap());
        }
    }
    markers
}

/// Those markers that stand in some file below a directory.
fn found(directory: &Path, markers: &BTreeSet<Marker>) -> BTreeSet<Marker> {
    let mut begins = vec![false; 1 << 16];
    markers.iter().for_each(|it| begins[usize::from(u16::from_be_bytes([it[0], it[1]]))] = true);
    let (mut found, mut open) = (BTreeSet::new(), vec![directory.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for window in bytes.windows(16) {
            if begins[usize::from(u16::from_be_bytes([window[0], window[1]]))] {
                let window: Marker = window.try_into().unwrap();
                found.extend(markers.contains(&window).then_some(window));
            }
        }
    }
    found
}

/// V-23, V-33: withdrawn, expired, replaced and ended, each is found in the files, and then no more.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_found_in_no_file_after_a_rebuild_that_went_on_under_load() {
    let mut bench = Bench::new();
    let store = bench.open();
    bench.filled(&store).await;
    let waiting: BTreeSet<Marker> = {
        bench.send(&store, "zorg-noord", vec![Draft::soft(1).put(child(1))]).await;
        let segment = fs::read_dir(bench.data().join("intake")).unwrap().map(|it| it.unwrap().path()).max();
        BTreeSet::from([fs::read(segment.unwrap()).unwrap()[100..116].try_into().unwrap()])
    };
    assert_eq!(found(&bench.data(), &waiting), waiting, "an arrival lies in the intake log");
    let before = bench.records();
    bench.erase(&store).await;
    let markers = erased(&before, &bench.records());
    assert_eq!(found(&bench.data(), &waiting).len(), 0, "until it is filed");
    for letter in [b'r', b'f', b'a', b's'] {
        let (sort, some) = (char::from(letter), &markers[&letter]);
        assert!(some.len() as u64 >= ERASED, "{sort}: {}", some.len());
        assert!(!found(&bench.data(), some).is_empty(), "{sort}: sled keeps what was deleted");
    }

    let rebuilding = store.rebuild();
    let pushing = async {
        for number in 20_000..20_040 {
            bench.send(&store, "zorg-noord", vec![Draft::soft(number).put(child(number))]).await;
            bench.file(&store).await;
        }
    };
    let (rebuilt, ()) = tokio::join!(rebuilding, pushing);
    assert!(matches!(rebuilt, Ok(Rebuilt::Copied { records, .. }) if records >= 2 * LASTING), "{rebuilt:?}");
    for (letter, some) in &markers {
        if ![b'c', b'e', b'm'].contains(letter) {
            assert_eq!(found(&bench.data(), some).len(), 0, "{}", char::from(*letter));
        }
    }

    let standings = store.standings(bench.today).unwrap();
    let filed = |from| standings[&(fixture::connection(from), Epoch::new(1))].filed;
    assert_eq!((filed("zorg-noord"), filed("coa-noord")), (41, LASTING), "nothing that was acked is lost");
    drop(store);
    let report = SledStore::verify(&bench.options(), bench.today).unwrap();
    assert_eq!(report.expired.of(TermOf::Rows), 0);
    assert_eq!(bench.records().len() as u64, report.records + 1);
}

/// V-23: what was asked for, agreed to and erased is in no file: of the database, of the secrets, or of the list that
/// outlasts a restore.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_on_request_is_found_in_no_file_after_a_rebuild() {
    let mut bench = Bench::new();
    let store = bench.open();
    bench.filled(&store).await;
    let before = bench.records();
    bench.erase_on_request(&store, 0..ERASED).await;
    assert_eq!(store.alerts(&Reader::Hub, Scope::Open).await.unwrap().len() as u64, 2 * ERASED);
    let markers = erased(&before, &bench.records());
    for (letter, signals) in [(b'r', 2), (b'f', 2), (b'a', 1), (b's', 2)] {
        let (sort, some) = (char::from(letter), &markers[&letter]);
        assert!(some.len() as u64 >= signals * ERASED, "{sort}: {}", some.len());
        assert!(!found(bench.directory.path(), some).is_empty(), "{sort}: sled keeps what was deleted");
    }
    assert!(bench.directory.path().join("secrets/erased.sealed").exists());
    assert!(matches!(store.rebuild().await, Ok(Rebuilt::Copied { .. })));
    for (letter, some) in &markers {
        if ![b'c', b'e', b'm'].contains(letter) {
            assert_eq!(found(bench.directory.path(), some).len(), 0, "{}", char::from(*letter));
        }
    }
}

/// V-23: of an epoch that was destroyed neither rows nor records of references are left.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_destroyed_epoch_no_file_holds_anything_after_a_rebuild() {
    let bench = Bench::new();
    let store = bench.open();
    bench.filled(&store).await;
    let before = bench.records();
    store.destroy_epoch(Epoch::new(1)).await.unwrap();
    let markers = erased(&before, &bench.records());
    let (rows, references) = (&markers[&b'r'], &markers[&b'f']);
    assert!(!found(&bench.data(), rows).is_empty() && !found(&bench.data(), references).is_empty());
    assert!(matches!(store.rebuild().await, Ok(Rebuilt::Copied { .. })));
    assert!(found(&bench.data(), rows).is_empty() && found(&bench.data(), references).is_empty());
    assert_eq!(store.rebuild().await.unwrap(), Rebuilt::Needless, "nothing was erased since");
}

/// What comes of something that is given up at its next wait after so many; `None` when it was.
async fn broken_off_after<T>(waits: u64, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut waited) = (pin!(work), 0);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if waited == waits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

/// V-23: whenever it is broken off, the store is as it was, and what it left goes at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_broken_off_anywhere_leaves_the_store_as_it_was() {
    let mut bench = Bench::new();
    let store = bench.open();
    bench.filled(&store).await;
    bench.erase(&store).await;
    let alerts = store.alerts(&Reader::Hub, Scope::All).await.unwrap();
    drop(store);
    let mut generations = BTreeSet::new();
    for round in 0..64 {
        let store = bench.open();
        assert_eq!(fs::read_dir(bench.data()).unwrap().count(), 3, "head, intake and one generation");
        let ended = broken_off_after(round, store.rebuild()).await;
        // What goes on meanwhile is not lost with the copy.
        bench.send(&store, "zorg-noord", vec![Draft::soft(round).put(child(30_000 + round))]).await;
        bench.file(&store).await;
        generations.insert(fs::read_dir(bench.data()).unwrap().count());
        assert_eq!(store.alerts(&Reader::Hub, Scope::All).await.unwrap(), alerts);
        drop(store);
        let report = SledStore::verify(&bench.options(), bench.today).unwrap();
        assert_eq!(report.rows, LASTING + 4 * ERASED + round + 1);
        // The last step may have been taken though nobody waited for it any more.
        if ended.is_some_and(|it| matches!(it, Ok(Rebuilt::Copied { .. } | Rebuilt::Needless))) {
            assert_eq!(generations, BTreeSet::from([3, 4]), "it was seen half-way");
            return;
        }
    }
    panic!("it never ended");
}
