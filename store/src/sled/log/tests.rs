//! An audit log that was changed by somebody who has the hub's secrets: the tree tells where.

use std::path::Path;

use samenloop_audit::EntryKind;

use super::super::{SledOptions, SledStore};
use super::*;

const CASE: Log = Log::Case;

fn today() -> Day {
    samenloop_core::fixture::today()
}

/// A store with three hundred entries of an operator in its case log, closed.
fn written(directory: &Path) -> SledOptions {
    let options = SledOptions::below(directory, "zhz");
    drop(SledStore::open(options.clone()).unwrap());
    let base = Base::open_kept(&options).unwrap();
    let noted = |hours| Noted {
        kind: EntryKind::Verified,
        hours,
        actor: "operator".into(),
        count: 1,
        record: vec![7],
    };
    note(&base, (0..300).map(noted).collect(), today()).unwrap();
    options
}

/// Changes pages in a transaction that is as good as any, and says what `verify` finds.
fn found(options: &SledOptions, bend: impl FnOnce(&mut SledLedger<'_>)) -> String {
    let base = Base::open_kept(options).unwrap();
    change(&base, today(), |ledger| {
        bend(ledger);
        Ok(())
    })
    .unwrap();
    drop(base);
    match SledStore::verify(options, today()) {
        Ok(_) => "nothing".to_owned(),
        Err(fault) => fault.to_string(),
    }
}

fn read(ledger: &SledLedger<'_>, at: Page) -> Vec<u8> {
    ledger.page(at).unwrap().unwrap()
}

/// V-41: with all keys at hand, no bit of a log can be changed, and no entry moved or left out.
#[test]
fn a_log_that_was_changed_under_the_hubs_own_keys_is_told_with_where() {
    let directory = tempfile::tempdir().unwrap();
    let options = written(directory.path());
    assert_eq!(SledStore::verify(&options, today()).unwrap().entries[&CASE], 300);
    let entry = |leaf| Page::Entry(CASE, leaf);
    let flipped = |at: Page, byte: usize| {
        move |ledger: &mut SledLedger<'_>| {
            let mut bytes = read(ledger, at);
            bytes[byte] ^= 1;
            ledger.keep_page(at, &bytes).unwrap();
        }
    };
    let swapped = |ledger: &mut SledLedger<'_>| {
        let (one, other) = (read(ledger, entry(4)), read(ledger, entry(5)));
        ledger.keep_page(entry(4), &other).unwrap();
        ledger.keep_page(entry(5), &one).unwrap();
    };
    let cut = |ledger: &mut SledLedger<'_>| ledger.forget_page(entry(299)).unwrap();
    type Bend<'a> = Box<dyn Fn(&mut SledLedger<'_>) + 'a>;
    let bends: [(Bend<'_>, &str); 8] = [
        // The hour, the alias, the sequence and the commitment of an entry.
        (Box::new(flipped(entry(9), 7)), "tile/0/000 has other hashes"),
        (Box::new(flipped(entry(9), 15)), "entry 9 is not the next of its actor"),
        (Box::new(flipped(entry(9), 23)), "entry 9 is not the next of its actor"),
        (Box::new(flipped(entry(270), 40)), "entry 270 commits to another record"),
        (Box::new(flipped(Page::Record(CASE, 12), 32)), "entry 12 commits to another record"),
        (Box::new(flipped(Page::Tile(CASE, 1, 0), 0)), "tile/1/000.p/1 has other hashes"),
        (Box::new(swapped), "entry 4 is not the next of its actor"),
        (Box::new(cut), "entry 299 is not there"),
    ];
    for (bend, told) in bends {
        let scratch = tempfile::tempdir().unwrap();
        let options = written(scratch.path());
        let found = found(&options, |ledger| bend(ledger));
        assert!(found.contains("the case log: ") && found.contains(told), "{told}: {found}");
    }
    let erased = |ledger: &mut SledLedger<'_>| assert!(log::forget_record(ledger, CASE, 12).unwrap());
    assert_eq!(found(&options, erased), "nothing", "a record may be erased (P-74)");
}
