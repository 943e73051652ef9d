//! L-15: who reads the hub's log, and the heads of its audit logs.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::processing::Activity;
use samenloop_tests::files;
use serde_json::Value;

use crate::keys::{index, reference_hash, row_key};
use crate::run::{REPEATED, Run, THIEF, WEST, run};
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
    for sent in run.waves.iter().flatten().filter(|it| it.sender == THIEF) {
        let reference = run.reference(sent);
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

/// The signals that each connection sent, as the processing log has them.
fn received(lines: &[Value]) -> BTreeMap<String, usize> {
    let mut received = BTreeMap::new();
    let is_signal = |it: &&Value| {
        let own = &it["attributes"];
        own["dpl.core.processing_activity_id"] == Activity::Receive.uri()
            && own["dpl.core.data_subject_id"].is_string()
    };
    for line in lines.iter().filter(is_signal) {
        let sender = line["foreign_operation"]["entity"].as_str().unwrap().rsplit(':').next().unwrap();
        *received.entry(sender.to_owned()).or_default() += 1;
    }
    received
}

/// L-15: the processing log says which connection sent how many signals and who read or did something, and of no child.
#[test]
fn a_processing_log_tells_who_did_how_much_and_of_no_child() {
    let run = run();
    let log = files(&run.hub("after").join("processing"));
    let texts: Vec<&[u8]> = log.values().map(Vec::as_slice).collect();
    let lines: Vec<Value> = texts
        .iter()
        .flat_map(|it| it.split(|byte| *byte == b'\n'))
        .filter(|it| !it.is_empty())
        .map(|it| serde_json::from_slice(it).unwrap())
        .collect();
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    run.waves.iter().flatten().for_each(|it| *sent.entry(it.sender.to_owned()).or_default() += 1);
    // Three were sent twice.
    *sent.get_mut(THIEF).unwrap() += REPEATED.len();
    assert_eq!(received(&lines), sent);
    let text = String::from_utf8_lossy(&texts.concat()).into_owned();
    for who in [WEST, "contactpunt", "fg"] {
        assert!(text.contains(&format!(":{who}\"")), "{who} read or did something");
    }
    // No number, pseudonym, index, reference or key; no region and no code.
    assert_eq!(found(run, &texts), 0);
    for sent in run.waves.iter().flatten() {
        let region = format!("\"{}\"", sent.region);
        assert!(!text.contains(&region) && (sent.code().is_empty() || !text.contains(sent.code())));
    }
    let child = run.place(1, &run.waves[0][7].names().next().unwrap());
    assert!(found(run, &[&[texts[0], &child.pseudonym().bytes()[..]].concat()]) > 0);
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
