//! L-03 and L-05: how much was done, and by whom, from what stands in clear beside what is sealed.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_store::sled::SledStore;
use samenloop_tests::copy;

use crate::disk::Loot;
use crate::keys::alias;
use crate::run::{NOORD, THIEF, WEST, options, run};
use crate::sent::Sent;

const INTAKE: u8 = 1;
const CASE: u8 = 2;
/// Bytes of a digest in the record of a batch: one of its receipt, and one of each line.
const DIGEST: usize = 32;
/// Bytes of the number of one alert in the record of a reading.
const ALERT: usize = 16;

/// How many times each value is there.
fn counted<T: Ord>(values: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counted = BTreeMap::new();
    values.into_iter().for_each(|it| *counted.entry(it).or_default() += 1);
    counted
}

/// Of each sender the lines of its batch in each of the first two waves.
fn lines(sent: &[Sent]) -> BTreeMap<&'static str, usize> {
    counted(sent.iter().map(|it| it.sender))
}

/// L-03: names of pages and sizes of records are in clear: batches and lines of each alias, what was read and done.
#[test]
fn a_copy_of_the_database_shows_how_much_each_alias_did_and_not_who_it_is() {
    let run = run();
    let loot = Loot::of(&run.hub("before").join("data"));
    // Each agency pushed once until then; whatever else has an alias is the hub.
    let batches = loot.sequences(INTAKE);
    let once = batches.values().filter(|it| **it == [1]).count();
    assert_eq!((once, batches.len()), (6, 7), "{batches:?}");
    let mut records = counted(loot.record_sizes(INTAKE));
    for lines in run.waves[..2].iter().flat_map(|it| lines(it).into_values()) {
        let batch = records.get_mut(&((1 + lines) * DIGEST)).filter(|it| **it > 0);
        *batch.unwrap_or_else(|| panic!("a batch of {lines} lines")) -= 1;
    }
    // One coordinator read twenty alerts at once: its alias is another in the other log.
    let case = loot.sequences(CASE);
    assert!(loot.record_sizes(CASE).contains(&(20 * ALERT)));
    let shared = case.keys().filter(|it| batches.contains_key(*it)).count();
    assert_eq!(shared, 0);
    assert!(case.values().any(|it| it.len() >= 20), "the hub itself, which opened twenty alerts: {case:?}");
}

/// L-03: how many of what there are; of none of it whose.
#[test]
fn a_copy_of_the_database_counts_alerts_letters_requests_and_what_rests() {
    let run = run();
    let hub = run.hub("after");
    let loot = Loot::of(&hub.join("data"));
    let count = |letter| loot.records(letter).count();
    assert_eq!((count(b'a'), count(b'q'), count(b'h'), count(b'w')), (20, 5, 2, 2));
    let aside = tempfile::tempdir().unwrap();
    copy(&hub, aside.path());
    let letters = SledStore::letters(&options(aside.path())).unwrap();
    assert_eq!(count(b'l'), letters.len());
    assert!(letters.len() > 20, "a mail and an event for each alert: {}", letters.len());
    // Requests have one size, whether they wait, were answered or never found anything; so have rows.
    for letter in *b"qr" {
        let sizes: BTreeSet<_> = loot.records(letter).map(|(_, value)| value.len()).collect();
        assert_eq!(sizes.len(), 1, "{sizes:?}");
    }
}

/// L-05: aliases are a keyed hash of names that everybody knows: with the key of the ledger it shows who did how much.
#[test]
fn with_the_hubs_secrets_it_shows_which_agency_sent_how_much_and_who_read() {
    let run = run();
    let loot = Loot::of(&run.hub("before").join("data"));
    let ledger = run.secrets("before").ledger.unwrap();
    let batches = loot.sequences(INTAKE);
    let senders: BTreeSet<_> = run.waves[..2].iter().flatten().map(|it| it.sender).collect();
    for sender in &senders {
        assert_eq!(batches[&alias(&ledger, "intake", sender)], [1], "{sender}");
    }
    let case = loot.sequences(CASE);
    let has_done = |who: &&str| case.contains_key(&alias(&ledger, "case", who));
    assert_eq!([WEST, NOORD, THIEF, "fg"].into_iter().filter(has_done).collect::<Vec<_>>(), [WEST]);
    // No other key makes an alias that is there.
    for guess in [[0; 32], run.epoch_key(1)] {
        assert!(!senders.iter().any(|it| batches.contains_key(&alias(&guess, "intake", it))));
    }
}
