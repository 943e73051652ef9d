//! What a disk may do to a store that nobody has open: a bit flips, a tail is cut, a file goes. It is then
//! refused, or everything is there as it was; it is never served wrong.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use samenloop_core::alert::Alert;
use samenloop_core::alert::Reader;
use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft, place};
use samenloop_store::sled::{SledOptions, SledStore, TermOf};
use samenloop_store::{Fault, Scope, Store, Tick};

const CHILDREN: u64 = 60;

fn tick() -> Tick {
    Tick { manifest: Arc::new(fixture::manifest()), today: fixture::today() }
}

/// Children on whom signals converge, filed; and one more arrival that no tick has filed yet.
async fn written(directory: &Path) {
    let store = SledStore::open(SledOptions::below(directory, "zhz")).unwrap();
    for child in 0..CHILDREN {
        let at = vec![place(1, fixture::KIND, child)];
        let police = Arrival::new(
            fixture::connection("politie-west"),
            fixture::today(),
            vec![Draft::hard(child).put(at.clone())],
        );
        let school = Arrival::new(
            fixture::connection("school-west"),
            fixture::today(),
            vec![Draft::soft(child).put(at)],
        );
        store.admit(police).await.unwrap();
        store.admit(school).await.unwrap();
        if child % 20 == 0 {
            store.file(tick).await.unwrap();
        }
    }
    store.file(tick).await.unwrap();
    let at = vec![place(1, fixture::KIND, 0)];
    let lines = vec![Draft::soft(1000).put(at)];
    store.admit(Arrival::new(fixture::connection("coa-noord"), fixture::today(), lines)).await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a hub on this store would tell after its next tick; `None` when it refuses to serve.
async fn told(directory: &Path) -> Option<Vec<Alert>> {
    let store = match SledStore::open(SledOptions::below(directory, "zhz")) {
        Ok(store) => store,
        Err(Fault::Damaged(_) | Fault::Secrets(_) | Fault::Io { .. }) => return None,
        Err(other) => panic!("{other}"),
    };
    store.file(tick).await.ok()?;
    store.alerts(&Reader::Hub, Scope::All).await.ok()
}

/// Ids are random only where an alert opens; here none does after the copy, so whole alerts compare.
struct Case {
    origin: tempfile::TempDir,
    whole: Vec<Alert>,
}

impl Case {
    async fn new() -> Self {
        let origin = tempfile::tempdir().unwrap();
        written(origin.path()).await;
        let copied = tempfile::tempdir().unwrap();
        copy(origin.path(), copied.path());
        let whole = told(copied.path()).await.unwrap();
        assert_eq!(whole.len() as u64, CHILDREN);
        assert_eq!(whole.iter().map(|it| it.signals().len() as u64).sum::<u64>(), 2 * CHILDREN + 1);
        Self { origin, whole }
    }

    fn files(&self, kind: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![self.origin.path().to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.strip_prefix(self.origin.path()).unwrap().to_string_lossy().contains(kind) {
                    found.push(path.strip_prefix(self.origin.path()).unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// Says whether the damaged store was refused; fails when it was served otherwise than whole.
    async fn refused_after(&self, what: &str, damage: impl FnOnce(&Path)) -> bool {
        let copied = tempfile::tempdir().unwrap();
        copy(self.origin.path(), copied.path());
        damage(copied.path());
        match told(copied.path()).await {
            None => true,
            Some(alerts) => {
                assert!(alerts == self.whole, "{what}: served, and not as it was written");
                false
            }
        }
    }

    async fn flip_bits(&self, file: &Path, flips: u64) -> u64 {
        let length = fs::metadata(self.origin.path().join(file)).unwrap().len();
        let mut refused = 0;
        for flip in 0..flips {
            let offset = (length * flip / flips + flip * 37 % 101).min(length - 1);
            let what = format!("{} bit {} of byte {offset}", file.display(), flip % 8);
            refused += u64::from(
                self.refused_after(&what, |copied| {
                    let file = OpenOptions::new().read(true).write(true).open(copied.join(file)).unwrap();
                    let mut byte = [0];
                    file.read_exact_at(&mut byte, offset).unwrap();
                    file.write_all_at(&[byte[0] ^ (1 << (flip % 8))], offset).unwrap();
                })
                .await,
            );
        }
        println!("{}: {refused} of {flips} flipped bits refused, the others harmless", file.display());
        refused
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_of_the_database_is_never_served() {
    let case = Case::new().await;
    let files = case.files("db-000001/db");
    assert_eq!(files.len(), 1);
    // Of 32 places at least one must lie in a record: the check can fail.
    assert!(case.flip_bits(&files[0], 32).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_beside_the_database_is_never_served() {
    let case = Case::new().await;
    for file in
        case.files("data/intake/").into_iter().chain(case.files("data/head")).chain(case.files(".slots"))
    {
        case.flip_bits(&file, 8).await;
    }
    // Every slot that holds a secret, the key of the waiting arrival among them.
    let mut taken = Vec::new();
    for slots in case.files(".slots") {
        let bytes = fs::read(case.origin.path().join(&slots)).unwrap();
        let used = (0..).zip(bytes.chunks(512)).filter(|(_, slot)| slot.iter().any(|it| *it != 0));
        taken.extend(used.map(|(slot, _)| (slots.clone(), slot)));
    }
    assert_eq!(taken.len(), 4, "ledger, epoch, case and queue");
    for (slots, slot) in taken {
        let flip = |copied: &Path| {
            let file = OpenOptions::new().read(true).write(true).open(copied.join(&slots)).unwrap();
            let mut byte = [0];
            file.read_exact_at(&mut byte, slot * 512 + 20).unwrap();
            file.write_all_at(&[byte[0] ^ 1], slot * 512 + 20).unwrap();
        };
        assert!(case.refused_after(&format!("slot {slot}"), flip).await, "slot {slot}");
    }
    // The one waiting arrival lies at the head of its segment: each of its bytes is guarded.
    let segment = &case.files("data/intake/")[0];
    for offset in (0..440).step_by(40) {
        let flip = |copied: &Path| {
            let file = OpenOptions::new().read(true).write(true).open(copied.join(segment)).unwrap();
            let mut byte = [0];
            file.read_exact_at(&mut byte, offset).unwrap();
            file.write_all_at(&[byte[0] ^ 4], offset).unwrap();
        };
        assert!(
            case.refused_after(&format!("intake byte {offset}"), flip).await,
            "byte {offset} of the arrival"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_tail_is_refused_or_intact() {
    let case = Case::new().await;
    for file in case.files("db-000001/db").into_iter().chain(case.files("data/intake/")) {
        let length = fs::metadata(case.origin.path().join(&file)).unwrap().len();
        let mut refused = 0;
        for part in 1..=8 {
            let cut = length - length * part / 8;
            let what = format!("{} cut to {cut}", file.display());
            let damage = |copied: &Path| {
                OpenOptions::new().write(true).open(copied.join(&file)).unwrap().set_len(cut).unwrap();
            };
            refused += u64::from(case.refused_after(&what, damage).await);
        }
        println!("{}: {refused} of 8 cuts refused", file.display());
        assert!(refused > 0);
    }
}

// The list of what outlasts a restore lies there too, and is read when something is added to it, or restored.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_is_refused() {
    let case = Case::new().await;
    let lost = [case.files("data/intake/"), case.files("data/head"), case.files(".slots")].concat();
    assert_eq!(lost.len(), 4);
    for file in lost {
        let what = format!("{} lost", file.display());
        assert!(
            case.refused_after(&what, |copied| fs::remove_file(copied.join(&file)).unwrap()).await,
            "{what}"
        );
    }
    // An older copy of the queue keys: the waiting segment would look like one that was filed.
    let queue = &case.files("queue.slots")[0];
    let what = "queue keys of another day";
    let forget = |copied: &Path| fs::write(copied.join(queue), vec![0; 512 * 512]).unwrap();
    assert!(case.refused_after(what, forget).await, "{what}");
    let what = "an older database under newer secrets";
    let older = tempfile::tempdir().unwrap();
    written(older.path()).await;
    let swap = |copied: &Path| {
        fs::remove_dir_all(copied.join("data")).unwrap();
        copy(&older.path().join("data"), &copied.join("data"));
    };
    assert!(case.refused_after(what, swap).await, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_the_store_is_first_made_is_made_good() {
    let case = tempfile::tempdir().unwrap();
    drop(SledStore::open(SledOptions::below(case.path(), "zhz")).unwrap());
    // As a kill leaves it: the mark, and a head file of which nothing was written yet.
    fs::write(case.path().join("data/founding"), []).unwrap();
    fs::write(case.path().join("data/head"), []).unwrap();
    fs::write(case.path().join("secrets/queue.slots"), [0; 1000]).unwrap();
    drop(SledStore::open(SledOptions::below(case.path(), "zhz")).unwrap());
    assert!(!case.path().join("data/founding").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_behind_its_head_file_is_refused() {
    let origin = tempfile::tempdir().unwrap();
    written(origin.path()).await;
    let newer = tempfile::tempdir().unwrap();
    copy(origin.path(), newer.path());
    told(newer.path()).await.unwrap();
    // Yesterday's database, today's head file and secrets: somebody restored half a backup.
    let old = newer.path().join("data/db-000001");
    fs::remove_dir_all(&old).unwrap();
    copy(&origin.path().join("data/db-000001"), &old);
    assert!(matches!(SledStore::open(SledOptions::below(newer.path(), "zhz")), Err(Fault::Damaged(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_counts_what_is_there_and_rebuild_keeps_it() {
    let origin = tempfile::tempdir().unwrap();
    written(origin.path()).await;
    let options = SledOptions::below(origin.path(), "zhz");
    let before = SledStore::verify(&options, fixture::today()).unwrap();
    assert_eq!(
        (before.rows, before.filed_references, before.open_alerts),
        (2 * CHILDREN, 2 * CHILDREN, CHILDREN)
    );
    assert_eq!((before.waiting_arrivals, before.expired.of(TermOf::Rows)), (1, 0));
    assert_eq!(
        SledStore::verify(&options, fixture::day("2027-06-01")).unwrap().expired.of(TermOf::Rows),
        CHILDREN
    );
    let rebuilt = SledStore::rebuild(&options).unwrap();
    assert_eq!((rebuilt.records, rebuilt.generation), (before.records, 2));
    let repeppered = SledStore::replace_pepper(&options, samenloop_core::value::Epoch::new(1)).unwrap();
    assert_eq!((repeppered.records, repeppered.generation), (before.records, 3));
    let after = SledStore::verify(&options, fixture::today()).unwrap();
    assert_eq!((after.rows, after.open_alerts), (before.rows, before.open_alerts));
    // The waiting arrival still finds its child under the new pepper.
    let alerts = told(origin.path()).await.unwrap();
    assert_eq!(alerts.iter().map(|it| it.signals().len() as u64).max(), Some(3));
}
