//! Heads that a power cut tore, at every byte, and what only looks like it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use samenloop_core::fixture;
use samenloop_core::value::Day;
use samenloop_store::memory::MemoryStore;

use super::*;

const ORIGIN: &str = "samenloop.example/test";

struct Noon;

impl Clock for Noon {
    fn unix_seconds(&self) -> u64 {
        1_795_345_200
    }

    fn today(&self) -> Day {
        fixture::today()
    }
}

fn key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[3; 32]).unwrap()
}

fn open(directory: &Path) -> LogHeads {
    LogHeads::open(directory, ORIGIN, key()).unwrap()
}

/// A store in which both logs grew twice, and the heads that were signed of it.
async fn signed(directory: &Path) -> MemoryStore {
    let store = MemoryStore::new("zhz");
    let mut heads = open(directory);
    for hours in 0..2 {
        for kind in [EntryKind::Configuration, EntryKind::Verified] {
            let noted = Noted { kind, hours, actor: OPERATOR.to_owned(), count: 1, record: Vec::new() };
            store.note(vec![noted.clone(), noted], fixture::today()).await.unwrap();
        }
        heads.check(&store).await.unwrap();
        heads.sign(&store, &fixture::manifest(), &Noon).await.unwrap();
    }
    store
}

/// Where the last head of a file begins.
fn last_begins(text: &str) -> usize {
    let whole = text.strip_suffix('\n').unwrap();
    let before = whole.rmatch_indices("\n\u{2014} ").nth(1);
    before.map_or(0, |(at, _)| at + 1 + whole[at + 1..].find('\n').unwrap() + 1)
}

/// V-41: whatever byte a power cut ends a file of heads at, the hub drops that head, and signs the same one anew.
#[tokio::test]
async fn a_head_that_was_torn_anywhere_is_signed_anew() {
    let directory = tempfile::tempdir().unwrap();
    let store = signed(directory.path()).await;
    for (name, _) in FILES {
        let file = directory.path().join(name);
        let whole = std::fs::read(&file).unwrap();
        let begins = last_begins(std::str::from_utf8(&whole).unwrap());
        assert!(begins < whole.len() - 100 && begins > 100, "{name}: {begins}");
        for cut in begins + 1..whole.len() {
            std::fs::write(&file, &whole[..cut]).unwrap();
            assert_eq!(looked_at(&store, directory.path()).await.unwrap().torn, [name], "{cut}");
            assert_eq!(std::fs::read(&file).unwrap(), whole[..cut], "looking changes nothing");
            let mut heads = open(directory.path());
            heads.check(&store).await.unwrap();
            assert_eq!(std::fs::read(&file).unwrap(), whole[..begins], "{name}: {cut}");
            heads.sign(&store, &fixture::manifest(), &Noon).await.unwrap();
            assert_eq!(std::fs::read(&file).unwrap(), whole, "{name}: {cut}");
        }
    }
}

/// As `verify` does.
async fn looked_at(store: &MemoryStore, directory: &Path) -> Result<Held, HeadsFault> {
    let directory = directory.to_owned();
    store.audit(move |it| Ok(hold(&directory, ORIGIN, *key().public(), it))).await.unwrap()
}

/// V-41: what is dropped is the beginning of what the hub signs anyway. The beginning of a head of another log is evidence,
/// and what no power cut leaves is too.
#[tokio::test]
async fn what_a_power_cut_does_not_leave_is_refused_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = signed(directory.path()).await;
    for (name, log) in FILES {
        let file = directory.path().join(name);
        let whole = std::fs::read_to_string(&file).unwrap();
        let last = &whole[last_begins(&whole)..];
        let forged = |size| {
            let day = name.ends_with(DAILY).then(fixture::today);
            Checkpoint { origin: ORIGIN.to_owned(), log, size, root: [0xee; 32], day }.signed(&key())
        };
        let cut = |head: String| head[..head.len() - 20].to_owned();
        let (fork, ahead) = (cut(forged(4)), cut(forged(9)));
        let (cut_last, half) = (&last[..last.len() - 20], &whole[..40]);
        let bent = cut_last.replacen("=\n", "A\n", 1);
        let rests = [
            fork,
            ahead,
            bent,
            format!("{cut_last}\n"),
            cut_last.replacen("\n\n", "\n", 1),
            cut_last.replacen('\u{2014}', "-", 1),
            format!("{cut_last}{}", "A".repeat(200)),
            "something else".to_owned(),
            "\n".to_owned(),
            "\0".repeat(64),
        ];
        let mut refused = vec![format!("{half}{whole}"), format!("{}{last}", &whole[..whole.len() - 1])];
        refused.extend(rests.iter().map(|it| format!("{whole}{it}")));
        for text in refused {
            std::fs::write(&file, &text).unwrap();
            let served = match LogHeads::open(directory.path(), ORIGIN, key()) {
                Ok(mut heads) => heads.check(&store).await,
                Err(fault) => Err(fault),
            };
            assert!(served.is_err(), "{name}: {text}");
            assert!(looked_at(&store, directory.path()).await.is_err(), "{name}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "and stays");
        }
        std::fs::write(&file, whole).unwrap();
    }
    open(directory.path()).check(&store).await.unwrap();
}
