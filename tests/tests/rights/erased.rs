//! What was erased on request is gone from every file of the hub (V-23).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use samenloop_client::key::Purpose;
use samenloop_keys_example::key_of;
use samenloop_pseudonym::ReferenceKey;
use samenloop_tests::{Exchange, bsn, copy, files, hex};

use super::{answered, converge};

type Records = BTreeMap<Vec<u8>, Vec<u8>>;
type Marker = Vec<u8>;

/// The databases of a hub's data directory: one, or in a rebuild two.
fn databases(hub: &Path) -> Vec<PathBuf> {
    let below = std::fs::read_dir(hub.join("data")).unwrap().map(|it| it.unwrap().path());
    let is_one = |it: &PathBuf| it.file_name().unwrap().to_str().unwrap().starts_with("db-");
    below.filter(is_one).collect()
}

/// Every record of the database of a hub that was stopped, read from a copy of it.
fn records(hub: &Path) -> Records {
    let [database] = databases(hub).try_into().unwrap();
    let aside = tempfile::tempdir().unwrap();
    copy(&database, aside.path());
    let copied = sled::Config::new().path(aside.path()).use_compression(false).open().unwrap();
    copied.iter().map(|it| it.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
}

/// By the letter of their names, 16 bytes of what went or was replaced: of the name, and of the value.
fn markers(before: &Records, after: &Records) -> BTreeMap<u8, BTreeSet<Marker>> {
    let mut markers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (key, value) in before.iter().filter(|(key, value)| after.get(*key) != Some(*value)) {
        let of = markers.entry(key[0]).or_default();
        if !after.contains_key(key) && key.len() > 17 {
            of.insert(key[key.len() - 16..].to_vec());
        }
        if value.len() >= 48 {
            of.insert(value[24..40].to_vec());
        }
    }
    // Counts come back to where they were.
    markers.retain(|letter, _| !b"cem".contains(letter));
    markers
}

/// Everything that a hub wrote: its directory, and its log.
fn written(exchange: &Exchange) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut written = files(&exchange.kit_directory().join("hub"));
    written.extend(files(&exchange.hub_log()));
    written
}

/// The files in which a marker stands, as bytes or as hexadecimal digits.
fn holding(written: &BTreeMap<PathBuf, Vec<u8>>, markers: &BTreeSet<Marker>) -> BTreeSet<PathBuf> {
    let forms: BTreeSet<_> = markers.iter().flat_map(|it| [it.clone(), hex(it).into_bytes()]).collect();
    let mut begins = vec![false; 1 << 16];
    forms.iter().for_each(|it| begins[usize::from(u16::from_be_bytes([it[0], it[1]]))] = true);
    let stands = |bytes: &[u8]| {
        let places = bytes.windows(2).enumerate();
        let mut places = places.filter(|(_, it)| begins[usize::from(u16::from_be_bytes([it[0], it[1]]))]);
        places.any(|(at, _)| forms.iter().any(|it| bytes[at..].starts_with(it)))
    };
    written.iter().filter(|(_, bytes)| stands(bytes)).map(|(path, _)| path.clone()).collect()
}

/// V-23: in the database, the intake, the secrets with the list that outlasts a restore, the heads, the processing log and
/// the log; of another child all stays.
#[test]
fn what_is_erased_on_request_is_in_no_file_of_the_hub_after_a_rebuild() {
    let mut exchange = Exchange::start();
    let hub = exchange.kit_directory().join("hub");
    converge(&exchange, 1, "een");
    converge(&exchange, 2, "twee");
    exchange.two_ticks();
    assert_eq!(exchange.stop_hub(), Some(0));
    let before = records(&hub);
    exchange.start_hub();
    // What this start rebuilds is behind it: until tomorrow nothing is.
    exchange.two_ticks();
    assert!(answered(&exchange, "erase", 1).contains("gewist"));
    assert_eq!(exchange.stop_hub(), Some(0));
    let markers = markers(&before, &records(&hub));
    for letter in *b"rfas" {
        let (sort, some) = (char::from(letter), &markers[&letter]);
        assert!(some.len() >= if letter == b'a' { 1 } else { 2 }, "{sort}: {}", some.len());
        assert!(!holding(&written(&exchange), some).is_empty(), "{sort}: sled keeps what was deleted");
    }

    let old = databases(&hub);
    exchange.start_hub();
    exchange.until("a rebuild", |_| databases(&hub).len() == 1 && databases(&hub) != old);
    assert_eq!(exchange.stop_hub(), Some(0));
    let written = written(&exchange);
    let is_there = |end: &str| written.keys().any(|it| it.to_str().unwrap().contains(end));
    for part in ["/data/db-", "/secrets/erased.sealed", "/heads/", "/processing/", "hub.log"] {
        assert!(is_there(part), "{part}");
    }
    for (letter, some) in &markers {
        assert_eq!(holding(&written, some), BTreeSet::new(), "{}", char::from(*letter));
    }
    // Nor is there what its agencies sent, of which only a hash or a sealed form ever was.
    let mut sent = BTreeSet::from([bsn(1).into_bytes()]);
    for agency in ["school-west", "politie-west"] {
        let key = key_of(&exchange.kit_directory(), agency, "reference.key", Purpose::Reference).unwrap();
        let key = ReferenceKey::new(key.as_slice().try_into().unwrap());
        sent.insert(key.reference("een").bytes().to_vec());
    }
    assert_eq!(holding(&written, &sent), BTreeSet::new());
    // The other child's two rows are those of before, and the search finds them.
    let after = records(&hub);
    let rows: BTreeSet<_> =
        after.iter().filter(|it| it.0[0] == b'r').map(|it| it.1[24..40].to_vec()).collect();
    let stayed = before.iter().filter(|it| it.0[0] == b'r' && rows.contains(&it.1[24..40]));
    assert_eq!((rows.len(), stayed.count()), (2, 2));
    assert!(!holding(&written, &rows).is_empty());
}
