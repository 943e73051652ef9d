//! `samenloop-hub verify` against whoever has the hub's machine: heads that were cut, reordered, changed or forked, and a
//! log that is not the one that was signed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

use samenloop_audit::{EntryKind, Log};
use samenloop_keys_example::Kit;
use samenloop_manifest::{Book, Checkpoint, LogKey};
use samenloop_store::Store;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_tests::{Exchange, bsn, copy, this_month};

/// A hub that served for some ticks, each of which gave both logs something, and was stopped.
fn stopped() -> Exchange {
    let mut exchange = Exchange::start();
    for child in 0..4 {
        push(&exchange, child);
        exchange.two_ticks();
    }
    assert_eq!(exchange.stop_hub(), Some(0));
    exchange
}

fn push(exchange: &Exchange, child: u32) {
    for (sender, severity) in [("school-west", "zacht"), ("politie-west", "hard")] {
        let line = format!("{sender}-{child};{};{severity};{};west", bsn(child), this_month());
        exchange.push_all(sender, "referentie;bsn;soort;maand;regio", &[&line]);
    }
}

fn heads(exchange: &Exchange, name: &str) -> PathBuf {
    exchange.kit_directory().join("hub/heads").join(name)
}

/// What the command says of what is wrong.
fn refused(exchange: &Exchange) -> String {
    let refused = exchange.hub(&["verify"]);
    assert!(refused.status == 1 && refused.out.is_empty(), "{refused:?}");
    refused.err
}

/// The heads of a file, each with its signature.
fn notes(text: &str) -> Vec<String> {
    let mut notes = vec![String::new()];
    for line in text.split_inclusive('\n') {
        notes.last_mut().unwrap().push_str(line);
        if line.starts_with('\u{2014}') {
            notes.push(String::new());
        }
    }
    notes.pop();
    notes
}

/// A head as a hub could sign it that shows somebody else another log.
fn forged(exchange: &Exchange, log: Log, size: u64) -> String {
    let kit = exchange.kit_directory();
    let origin =
        Book::open(&kit.join("root.toml"), &kit.join("hub/manifests")).unwrap().root().origin().to_owned();
    let seed = std::fs::read_to_string(kit.join("hub/log.key")).unwrap();
    let bytes: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&seed[at..at + 2], 16).unwrap()).collect();
    let key = LogKey::from_seed(&origin, &bytes.try_into().unwrap()).unwrap();
    Checkpoint { origin, log, size, root: [0xee; 32], day: None }.signed(&key)
}

fn size_of(note: &str) -> u64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

/// V-41: the heads outside the database, and the trees in it, are what the hub signed.
#[test]
fn heads_that_were_cut_changed_reordered_or_forked_are_told_with_where() {
    let exchange = stopped();
    let sound = exchange.hub(&["verify", "--json"]);
    assert_eq!(sound.status, 0, "{sound:?}");
    for name in ["intake.heads", "case.heads"] {
        let file = heads(&exchange, name);
        let whole = std::fs::read_to_string(&file).unwrap();
        let each = notes(&whole);
        let log = if name == "case.heads" { Log::Case } else { Log::Intake };
        let told = &sound.json()["logs"][log.name()];
        assert_eq!(told["signed"], size_of(each.last().unwrap()), "{told}");
        assert!(told["entries"].as_u64() >= told["signed"].as_u64());
        let with = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let said = refused(&exchange);
            std::fs::write(&file, &whole).unwrap();
            said
        };
        let cut = with(&whole.replacen("=\n\n", "=\n", 1));
        assert!(cut.contains(name) && cut.contains("line 4"), "{cut}");
        let changed = with(&whole.replacen("=\n\n", "A\n\n", 1));
        assert!(changed.contains(name) && changed.contains("line 5"), "{changed}");
        let last = size_of(each.last().unwrap());
        let fork = forged(&exchange, log, last);
        let two = with(&format!("{whole}{fork}"));
        assert!(two.contains("does not go on from the last"), "two heads of one size: {two}");
        let other = with(&format!("{}{fork}", each[..each.len() - 1].concat()));
        let agreed = each.len().checked_sub(2).map_or(0, |it| size_of(&each[it]));
        assert!(
            other.contains(&format!("its first {agreed} entries are, and not those up to {last}")),
            "another log was signed: {other}"
        );
        let torn = with(&format!("{}{}", each[..each.len() - 1].concat(), &fork[..fork.len() - 20]));
        assert!(torn.contains(&format!("not those up to {last}")), "half a head of another log: {torn}");
        let ahead = with(&format!("{whole}{}", forged(&exchange, log, 9000)));
        assert!(ahead.contains("the hub signed 9000"), "{ahead}");
        if let [first, second, ..] = &each[..] {
            let reordered = with(&format!("{second}{first}"));
            assert!(reordered.contains("line 10 ends a head that does not go on"), "{reordered}");
        }
    }
    assert!(notes(&std::fs::read_to_string(heads(&exchange, "intake.heads")).unwrap()).len() > 2);
    assert_eq!(exchange.hub(&["verify"]).status, 0, "and it was nothing but that");
}

/// V-41: a power cut while a head is written. The hub drops what there is of it, when the log is the one it was of.
#[test]
fn a_head_that_was_not_written_whole_is_told_and_signed_anew_at_the_next_start() {
    let mut exchange = stopped();
    exchange.start_hub();
    for (child, left) in [(4, 3), (5, 90), (6, 130)] {
        push(&exchange, child);
        exchange.two_ticks();
        exchange.kill_hub();
        for name in ["intake.heads", "case.heads", "intake.daily"] {
            let file = heads(&exchange, name);
            let whole = std::fs::read(&file).unwrap();
            std::fs::write(&file, &whole[..whole.len() - left]).unwrap();
        }
        let told = exchange.hub(&["verify", "--json"]);
        assert!(told.status == 0 && told.json()["torn_heads"].as_array().unwrap().len() == 3, "{told:?}");
        exchange.start_hub();
        exchange.two_ticks();
        // Heads that agencies and privacy officers saw before are those that the log goes on from.
        for reader in ["school-west", "fg"] {
            let verified = exchange.run(reader, &["audit", "verify"]);
            assert_eq!(verified.status, 0, "{verified:?}");
        }
    }
    assert_eq!(exchange.stop_hub(), Some(0));
    let told = exchange.hub(&["verify", "--json"]);
    assert!(told.status == 0 && told.json()["torn_heads"] == serde_json::json!([]), "{told:?}");
}

/// V-41: a database that was put back, with the heads as they are.
#[test]
fn an_older_database_under_newer_heads_is_told() {
    let mut exchange = stopped();
    let (hub, scratch) = (exchange.kit_directory().join("hub"), exchange.scratch().join("older"));
    for directory in ["data", "secrets"] {
        copy(&hub.join(directory), &scratch.join(directory));
    }
    exchange.start_hub();
    for child in 4..8 {
        push(&exchange, child);
        exchange.two_ticks();
    }
    assert_eq!(exchange.stop_hub(), Some(0));
    for directory in ["data", "secrets"] {
        std::fs::remove_dir_all(hub.join(directory)).unwrap();
        copy(&scratch.join(directory), &hub.join(directory));
    }
    let said = refused(&exchange);
    assert!(said.contains("an older database was put in place"), "{said}");
}

fn kinds(kit: &Path) -> Vec<EntryKind> {
    let options = SledOptions::below(&kit.join("hub"), Kit::exchange());
    let store = SledStore::open(options).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let entries = runtime.block_on(store.audit(|it| it.since(Log::Case, 0, usize::MAX))).unwrap();
    entries.into_iter().map(|it| it.entry.kind).collect()
}

/// V-41: whatever an operator does to the store is an entry, in the store that he leaves behind.
#[test]
fn every_command_of_an_operator_that_opens_the_store_leaves_an_entry() {
    use EntryKind as E;
    let exchange = stopped();
    let kit = exchange.kit_directory();
    let (file, key) = (exchange.scratch().join("hub.backup"), exchange.scratch().join("backup.key"));
    std::fs::write(&key, "1f".repeat(32)).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    let before = kinds(&kit).len();
    for arguments in [&["verify"][..], &["outbox"], &["rebuild"], &["backup", file, "--key", key]] {
        let done = exchange.hub(arguments);
        assert_eq!(done.status, 0, "{arguments:?}: {done:?}");
    }
    assert_eq!(kinds(&kit)[before..], [E::Verified, E::OutboxListed, E::Rebuilt, E::BackedUp]);
    std::fs::remove_dir_all(kit.join("hub/data")).unwrap();
    let restored = exchange.hub(&["restore", file, "--key", key]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let after = [E::Verified, E::OutboxListed, E::Rebuilt, E::BackedUp, E::Restored];
    assert_eq!(kinds(&kit)[before..], after, "and the backup holds that it was made");
    assert_eq!(exchange.hub(&["verify"]).status, 0);
}
