//! What lies in a hub's audit logs after a run: read by an independent verifier, searched for every child, and with a
//! record erased.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

#[path = "../privacy/index.rs"]
mod index;

use std::collections::BTreeSet;
use std::path::Path;

use samenloop_audit::{EntryKind, Log, commit};
use samenloop_client::key::Purpose;
use samenloop_core::fixture;
use samenloop_core::value::Epoch;
use samenloop_keys_example::{Kit, key_of};
use samenloop_manifest::{Book, Checkpoint};
use samenloop_pseudonym::{EpochKey, Identifier};
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{FileSecrets, Logged, Purpose as Kept, Secrets, Store};
use samenloop_tests::{Exchange, bsn, failures_of_log, files, hex, this_month};
use serde_json::json;

use index::index;

const ONE: Epoch = Epoch::new(1);
const CHILDREN: std::ops::Range<u32> = 0..12;

/// A hub that served for a while, in which three children converge, and was stopped.
fn stopped() -> Exchange {
    let mut exchange = Exchange::start();
    for (sender, severity, of) in [("school-west", "zacht", CHILDREN), ("politie-west", "hard", 0..3)] {
        for child in of {
            let line = format!("{sender}-{child};{};{severity};{};west", bsn(child), this_month());
            exchange.push_all(sender, "referentie;bsn;soort;maand;regio", &[&line]);
        }
        exchange.two_ticks();
    }
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 3);
    assert_eq!(
        exchange.run("school-west", &["signal", "withdraw", "school-west-1", "--reason", "mistake"]).status,
        0
    );
    exchange.two_ticks();
    assert_eq!(exchange.stop_hub(), Some(0));
    exchange
}

fn options(kit: &Path) -> SledOptions {
    SledOptions::below(&kit.join("hub"), Kit::exchange())
}

async fn logged(store: &SledStore, log: Log) -> Vec<Logged> {
    store.audit(move |it| it.since(log, 0, usize::MAX)).await.unwrap()
}

/// What the independent verifier reads of one log.
async fn given(exchange: &Exchange, store: &SledStore, log: Log) -> serde_json::Value {
    let kit = exchange.kit_directory();
    let book = Book::open(&kit.join("root.toml"), &kit.join("hub/manifests")).unwrap();
    let entries = logged(store, log).await;
    let size = entries.len() as u64;
    let proofs = store.audit(move |it| {
        let text = |path: Vec<[u8; 32]>| path.iter().map(|it| hex(it)).collect::<Vec<_>>();
        let (mut inclusion, mut consistency) = (Vec::new(), Vec::new());
        for at in 0..size {
            let path = text(it.inclusion(log, at, size)?);
            inclusion.push(json!({ "leaf": at, "size": size, "path": path }));
            let path = text(it.consistency(log, at + 1, size)?);
            consistency.push(json!({ "older": at + 1, "size": size, "path": path }));
        }
        Ok((inclusion, consistency))
    });
    let (inclusion, consistency) = proofs.await.unwrap();
    let heads = kit.join(format!("hub/heads/{}.heads", log.name()));
    json!({
        "origin": format!("{}/{}", book.root().origin(), log.name()),
        "log_key": hex(&book.newest().unwrap().hub().log_key),
        "heads": std::fs::read_to_string(heads).unwrap(),
        "entries": entries.iter().map(|it| hex(&it.entry.bytes())).collect::<Vec<_>>(),
        "inclusion": inclusion,
        "consistency": consistency,
    })
}

#[tokio::test]
async fn an_independent_verifier_agrees_with_what_the_hub_signed() {
    let exchange = stopped();
    let store = SledStore::open(options(&exchange.kit_directory())).unwrap();
    for log in Log::ALL {
        let given = given(&exchange, &store, log).await;
        let failures = |given: &serde_json::Value| failures_of_log(&[], given.to_string().as_bytes());
        let Some(failed) = failures(&given) else { return };
        assert_eq!(failed, 0, "{log:?}");
        // And it can disagree: an entry changed, one left out, two in another order, a head of another key.
        let mut altered = given.clone();
        let entry = altered["entries"][0].as_str().unwrap().to_owned();
        let other = if &entry[48..50] == "ff" { "00" } else { "ff" };
        altered["entries"][0] = format!("{}{other}{}", &entry[..48], &entry[50..]).into();
        let mut dropped = given.clone();
        dropped["entries"].as_array_mut().unwrap().remove(1);
        dropped["inclusion"] = json!([]);
        dropped["consistency"] = json!([]);
        let mut reordered = given.clone();
        reordered["entries"].as_array_mut().unwrap().swap(0, 1);
        let mut other_key = given.clone();
        other_key["log_key"] = "00".repeat(32).into();
        for (how, bent) in [
            ("altered", altered),
            ("dropped", dropped),
            ("reordered", reordered),
            ("under another key", other_key),
        ] {
            assert!(failures(&bent) > Some(0), "{log:?} {how}");
        }
    }
}

/// V-41: the log holds no pseudonym and no index, neither in its entries nor in what they commit to.
#[tokio::test]
async fn nothing_of_a_child_is_in_either_log() {
    let exchange = stopped();
    let kit = exchange.kit_directory();
    let epoch_key = key_of(&kit, "school-west", "epochs/1.key", Purpose::Epoch(ONE)).unwrap();
    let epoch_key = EpochKey::new(Kit::exchange(), ONE, epoch_key.as_slice().try_into().unwrap());
    let places: Vec<_> =
        CHILDREN.map(|it| epoch_key.place(&Identifier::parse_bsn(&bsn(it)).unwrap())).collect();
    let peppers = {
        let secret = FileSecrets::open(&kit.join("hub/secrets")).unwrap().find(Kept::Epoch(ONE)).unwrap();
        secret.unwrap().keys().to_vec()
    };
    let mut sought: BTreeSet<Vec<u8>> = BTreeSet::new();
    for place in &places {
        let pseudonym = place.pseudonym().bytes();
        sought.insert(pseudonym.to_vec());
        sought.extend(peppers.iter().map(|it| index(it, Kit::exchange(), place).to_vec()));
        sought.insert(ring::digest::digest(&ring::digest::SHA256, pseudonym).as_ref().to_vec());
    }
    let holds =
        |bytes: &[u8], sought: &[u8]| sought.chunks(16).any(|half| bytes.windows(16).any(|it| it == half));
    // What is sought is there to be found: the rows of a child stand under its index.
    let index = index(&peppers[2], Kit::exchange(), &places[0]);
    let data = files(&kit.join("hub/data"));
    assert!(data.values().any(|it| holds(it, &index[16..])), "the index of a child in the database");
    let store = SledStore::open(options(&kit)).unwrap();
    let mut searched = 0;
    for log in Log::ALL {
        for it in logged(&store, log).await {
            let opening = it.opening.unwrap();
            assert_eq!(commit(&opening.salt, it.entry.kind, &opening.record), it.entry.commit);
            for bytes in [&it.entry.bytes()[..], &opening.salt, &opening.record] {
                assert!(!sought.iter().any(|part| holds(bytes, part)), "{:?}", it.entry.kind);
            }
            searched += 1;
        }
    }
    assert!(searched > 20, "{searched}");
}

#[tokio::test]
async fn an_erased_record_verifies_and_tells_nothing() {
    let exchange = stopped();
    let kit = exchange.kit_directory();
    let store = SledStore::open(options(&kit)).unwrap();
    let before = logged(&store, Log::Intake).await;
    let erased = before.iter().find(|it| it.entry.count == 1).unwrap().leaf;
    assert!(store.forget_record(Log::Intake, erased, fixture::today()).await.unwrap());
    drop(store);
    // After a restart as well, and against what the hub signed before.
    let store = SledStore::open(options(&kit)).unwrap();
    let after = logged(&store, Log::Intake).await;
    let at = usize::try_from(erased).unwrap();
    assert!(after[at].opening.is_none() && after[at].entry == before[at].entry);
    assert_eq!(after.iter().filter(|it| it.opening.is_none()).count(), 1);
    let book = Book::open(&kit.join("root.toml"), &kit.join("hub/manifests")).unwrap();
    let daily = std::fs::read_to_string(kit.join("hub/heads/intake.daily")).unwrap();
    let last = daily.rfind(&format!("{}/intake\n", book.root().origin())).unwrap();
    let (origin, key) = (book.root().origin(), book.newest().unwrap().hub().log_key);
    let head = Checkpoint::verified(&daily[last..], origin, Log::Intake, key).unwrap();
    let root = store.audit(move |it| it.root(Log::Intake, head.size)).await.unwrap();
    assert_eq!(root, head.root);
}

/// V-41: what is read, and what an operator does while the hub is down.
#[tokio::test]
async fn what_coordinators_and_operators_do_is_in_the_case_log() {
    let exchange = stopped();
    for command in ["verify", "outbox", "rebuild"] {
        assert_eq!(exchange.hub(&[command]).status, 0, "{command}");
    }
    let store = SledStore::open(options(&exchange.kit_directory())).unwrap();
    let case = logged(&store, Log::Case).await;
    let count = |kind: EntryKind| case.iter().filter(|it| it.entry.kind == kind).count();
    let read = case.iter().find(|it| it.entry.kind == EntryKind::Read).unwrap();
    assert_eq!(read.entry.count, 3, "three alerts were listed");
    assert_eq!(read.opening.as_ref().unwrap().record.len(), 3 * 16);
    assert_eq!((count(EntryKind::AlertOpened), count(EntryKind::AlertEnded)), (3, 1));
    let kinds: Vec<_> = case.iter().rev().take(3).map(|it| it.entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Rebuilt, EntryKind::OutboxListed, EntryKind::Verified]);
}
