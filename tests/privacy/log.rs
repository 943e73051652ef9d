//! L-15: who reads the hub's log, and the heads of its audit logs.

use std::collections::BTreeSet;

use samenloop_client::key::Purpose;
use samenloop_pseudonym::ReferenceKey;
use samenloop_tests::files;

use crate::keys::{index, reference_hash, row_key};
use crate::run::{Run, THIEF, run};
use crate::traces::{Parts, named_in};

/// What an attacker with every key there is finds in texts: numbers, pseudonyms, indexes, row keys, references, keys.
fn found(run: &Run, texts: &[&[u8]]) -> usize {
    let (mut parts, mut values) = (Parts::default(), 0);
    let mut add = |value: [u8; 32]| {
        parts.add(&value, values);
        values += 1;
    };
    let keys = run.secrets("after");
    for candidate in run.candidates() {
        let own = keys.epochs[&candidate.place.epoch().number()];
        add(index(&own.pepper, &candidate.place));
        add(row_key(&own.data, &candidate.place));
    }
    let references = ReferenceKey::new(run.key("reference.key", Purpose::Reference));
    for sent in run.waves.iter().flatten().filter(|it| it.sender == THIEF) {
        let reference = *references.reference(&sent.reference()).bytes();
        add([reference, reference].concat().try_into().unwrap());
        keys.epochs.values().for_each(|own| add(reference_hash(&own.reference, THIEF, &reference)));
    }
    keys.epochs.values().for_each(|it| [it.pepper, it.reference, it.data].into_iter().for_each(&mut add));
    [1, 2].into_iter().for_each(|it| add(run.epoch_key(it)));
    let met: BTreeSet<usize> = texts.iter().flat_map(|it| parts.within(it)).collect();
    met.len() + named_in(texts.iter().copied(), run.candidates()).len()
}

/// The numbers after a word in the lines of a log.
fn numbers(log: &str, word: &str) -> Vec<u64> {
    let after = |line: &str| line.split_once(word).map(|it| it.1.to_owned());
    let digits =
        |rest: String| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    log.lines().filter(|it| it.contains("filed")).filter_map(after).filter_map(digits).collect()
}

/// L-15: how many lines each tick filed, and of whom and about whom not.
#[test]
fn a_log_at_its_most_verbose_level_tells_of_no_child() {
    let run = run();
    let heads = files(&run.hub("after").join("heads"));
    let texts: Vec<&[u8]> = heads.values().chain([&run.log]).map(Vec::as_slice).collect();
    assert!(heads.len() >= 2 && run.log.len() > 1000, "{:?}", heads.keys());
    let log = std::str::from_utf8(&run.log).unwrap();
    // Everything sent, the two that were withdrawn after, and three that were sent twice.
    let lines = run.waves.iter().flatten().count() + 2 + 3;
    assert_eq!(numbers(log, "lines=").iter().sum::<u64>(), lines as u64, "{log}");
    assert_eq!(found(run, &texts), 0);
    for agency in run.waves.iter().flatten().map(|it| it.sender) {
        assert!(!log.contains(agency), "{agency}");
    }
    // One line too many is found.
    let child = run.place(1, &run.waves[0][7].names().next().unwrap());
    let hex: String = child.pseudonym().bytes().iter().map(|it| format!("{it:02x}")).collect();
    let own = index(&run.secrets("after").epochs[&1].pepper, &child);
    for planted in [hex.as_bytes(), &own, run.waves[0][7].names().next().unwrap().as_bytes()] {
        assert!(found(run, &[&[&run.log[..], planted].concat()]) > 0);
    }
}
