//! A privacy officer takes the logs away as files, and a verifier that knows nothing of samenloop reads them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

use samenloop_audit::{EntryKind, Log};
use samenloop_core::fixture;
use samenloop_keys_example::Kit;
use samenloop_manifest::Book;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Noted, Store};
use samenloop_tests::{Exchange, bsn, failures_of_log, files, this_month};

/// A hub whose case log has more entries than a tile, one of which has lost its record.
fn served() -> Exchange {
    let mut exchange = Exchange::start();
    let line = format!("a-1;{};zacht;{};west", bsn(1), this_month());
    exchange.push_all("school-west", "referentie;bsn;soort;maand;regio", &[&line]);
    exchange.two_ticks();
    assert_eq!(exchange.stop_hub(), Some(0));
    let kit = exchange.kit_directory();
    let options = SledOptions::below(&kit.join("hub"), Kit::exchange());
    let noted = |hours| Noted {
        kind: EntryKind::Verified,
        hours,
        actor: "operator".into(),
        count: 1,
        record: vec![7],
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = SledStore::open(options).unwrap();
        store.note((0..600).map(noted).collect(), fixture::today()).await.unwrap();
        assert!(store.forget_record(Log::Case, 5, fixture::today()).await.unwrap());
    });
    exchange.start_hub();
    exchange.two_ticks();
    exchange
}

/// How many checks of an exported log fail; `None` without a Python.
fn failures(exchange: &Exchange, directory: &Path) -> Option<u64> {
    let kit = exchange.kit_directory();
    let book = Book::open(&kit.join("root.toml"), &kit.join("hub/manifests")).unwrap();
    let key: String = book.newest().unwrap().hub().log_key.iter().map(|it| format!("{it:02x}")).collect();
    let log = directory.file_name().unwrap().to_str().unwrap();
    let origin = format!("{}/{log}", book.root().origin());
    failures_of_log(&[directory.as_os_str(), origin.as_ref(), key.as_ref()], b"")
}

fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        files(directory).into_keys().map(|it| it.strip_prefix(directory).unwrap().to_owned()).collect();
    found.sort();
    found
}

/// P-70, P-74, V-41.
#[test]
fn an_exported_log_is_read_by_a_verifier_of_its_own_and_a_changed_one_is_not() {
    let exchange = served();
    let directory = exchange.scratch().join("logs");
    let name = directory.to_str().unwrap();
    let refused = exchange.run("school-west", &["audit", "export", name]);
    assert!(refused.status == 1 && refused.err.contains("functionaris"), "{refused:?}");
    assert!(!directory.exists());
    let done = exchange.run("fg", &["audit", "export", name, "--json"]);
    assert_eq!(done.status, 0, "{done:?}");
    for log in ["intake", "case"] {
        let Some(failed) = failures(&exchange, &directory.join(log)) else { return };
        assert_eq!(failed, 0, "{log}");
    }
    let case = directory.join("case");
    let paths = below(&case);
    for path in
        ["checkpoint", "tile/0/000", "tile/0/001", "tile/1/000.p/2", "tile/entries/000", "tile/entries/001"]
    {
        assert!(paths.contains(&PathBuf::from(path)), "{path}: {paths:?}");
    }
    for path in &paths {
        let file = case.join(path);
        let whole = std::fs::read(&file).unwrap();
        let mut bent = whole.clone();
        bent[whole.len() / 2] ^= 1;
        std::fs::write(&file, &bent).unwrap();
        assert!(failures(&exchange, &case) > Some(0), "{} bent", path.display());
        std::fs::remove_file(&file).unwrap();
        assert!(failures(&exchange, &case) > Some(0), "{} gone", path.display());
        std::fs::write(&file, whole).unwrap();
    }
    // Later, over the same files: the log went on from them.
    let again = exchange.run("fg", &["audit", "export", name]);
    assert_eq!(again.status, 0, "{again:?}");
    assert_eq!(failures(&exchange, &case), Some(0));
}
