//! A privacy officer takes the logs away as files, and a verifier that knows nothing of samenloop reads them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use samenloop_audit::{EntryKind, Log};
use samenloop_core::fixture;
use samenloop_keys_example::Kit;
use samenloop_manifest::Book;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Noted, Store};
use samenloop_tests::{Exchange, bsn, files, this_month};

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

/// What `check_log.py` says of an exported log; `None` without a Python, which CI has to have.
fn python_says(exchange: &Exchange, directory: &Path) -> Option<String> {
    let kit = exchange.kit_directory();
    let book = Book::open(&kit.join("root.toml"), &kit.join("hub/manifests")).unwrap();
    let key: String = book.newest().unwrap().hub().log_key.iter().map(|it| format!("{it:02x}")).collect();
    let log = directory.file_name().unwrap().to_str().unwrap();
    let python = std::env::var_os("SAMENLOOP_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/check_log.py");
    let mut command = Command::new(python);
    command.arg(script).env("PYTHONDONTWRITEBYTECODE", "1").arg(directory);
    let told = command.arg(format!("{}/{log}", book.root().origin())).arg(key).output();
    let Ok(told) = told else {
        assert!(std::env::var_os("CI").is_none(), "Python is not there, and CI asks for it");
        return None;
    };
    Some(String::from_utf8(told.stdout).unwrap())
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
        let Some(told) = python_says(&exchange, &directory.join(log)) else { return };
        assert!(told.trim_end().ends_with(" 0 failed") && !told.starts_with("0 "), "{log}: {told}");
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
        let told = python_says(&exchange, &case).unwrap();
        assert!(!told.trim_end().ends_with(" 0 failed"), "{}: {told}", path.display());
        std::fs::remove_file(&file).unwrap();
        let told = python_says(&exchange, &case).unwrap();
        assert!(!told.trim_end().ends_with(" 0 failed"), "{}: {told}", path.display());
        std::fs::write(&file, whole).unwrap();
    }
    // Later, over the same files: the log went on from them.
    let again = exchange.run("fg", &["audit", "export", name]);
    assert_eq!(again.status, 0, "{again:?}");
    let told = python_says(&exchange, &case).unwrap();
    assert!(told.trim_end().ends_with(" 0 failed"), "{told}");
}
