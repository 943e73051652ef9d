//! L-03, L-04 and L-07: a copy of the hub's database, by itself, around a tick, and beside an epoch key.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use samenloop_client::key::Purpose;
use samenloop_pseudonym::ReferenceKey;
use samenloop_tests::files;

use crate::disk::{Loot, Row};
use crate::keys::{HubKeys, Key, index, row_key};
use crate::run::{ERASED, REPEATED, Run, THIEF, WITHDRAWN, run};
use crate::sent::Sent;
use crate::traces::named_in;

/// By epoch, of each index the months in which its rows end, in order: it says how many indexes have which rows.
fn months(loot: &Loot) -> BTreeMap<u32, Vec<Vec<String>>> {
    let mut by_index: BTreeMap<(u32, Key), Vec<String>> = BTreeMap::new();
    for row in loot.rows().into_values() {
        by_index.entry((row.epoch, row.index)).or_default().push(row.expiry);
    }
    sorted(by_index.into_iter().map(|((epoch, _), months)| (epoch, months)))
}

fn sorted(shelves: impl IntoIterator<Item = (u32, Vec<String>)>) -> BTreeMap<u32, Vec<Vec<String>>> {
    let mut sorted: BTreeMap<u32, Vec<Vec<String>>> = BTreeMap::new();
    for (epoch, mut months) in shelves {
        months.sort();
        sorted.entry(epoch).or_default().push(months);
    }
    sorted.values_mut().for_each(|it| it.sort());
    sorted
}

/// The same, from what was sent.
fn true_months<'s>(sent: impl Iterator<Item = &'s Sent>) -> BTreeMap<u32, Vec<Vec<String>>> {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for sent in sent {
        sent.names().for_each(|name| by_name.entry(name).or_default().push(sent.expiry()));
    }
    sorted([1, 2].into_iter().flat_map(|epoch| by_name.values().map(move |it| (epoch, it.clone()))))
}

/// Where each index is first met in the file of the database: what was written earlier stands earlier.
fn order(loot: &Loot) -> Vec<Key> {
    let rows: Vec<_> = loot.rows().into_values().collect();
    let starts: HashMap<&[u8], usize> =
        rows.iter().enumerate().map(|(at, it)| (&it.sealed[..16], at)).collect();
    let (_, bytes) = loot.raw.iter().find(|(path, _)| path.ends_with("db")).unwrap();
    let mut met = Vec::new();
    for window in bytes.windows(16) {
        if let Some(at) = starts.get(window) {
            met.push(rows[*at].index);
        }
    }
    let mut once = BTreeSet::new();
    met.retain(|it| once.insert(*it));
    met
}

/// In which tick how many alerts were told.
fn told(loot: &Loot) -> Vec<usize> {
    let mut ticks: BTreeMap<&[u8], usize> = BTreeMap::new();
    loot.records(b'o').for_each(|(name, _)| *ticks.entry(&name[..8]).or_default() += 1);
    ticks.into_values().collect()
}

/// Keys that the thief of a kit has or can think of, each in the place of every key of the hub.
fn guesses(run: &Run, loot: &Loot) -> Vec<HubKeys> {
    let own =
        [run.key("reference.key", Purpose::Reference), run.key("details.key", Purpose::Details), [0; 32]];
    let keys = own.into_iter().chain([1, 2].map(|it| run.epoch_key(it)));
    keys.map(|key| HubKeys::guess(key, &[1, 2], loot.segments(), loot.quarters())).collect()
}

/// The indexes of these numbers, under the hub's own peppers.
fn indexes(run: &Run, names: impl IntoIterator<Item = String>) -> BTreeSet<Key> {
    let keys = run.secrets("after");
    let both = |name: String| [1, 2].map(|it| index(&keys.epochs[&it].pepper, &run.place(it, &name)));
    names.into_iter().flat_map(both).collect()
}

/// L-03: what the table says, each held to the run; and of whom it is, not.
#[test]
fn a_copy_of_the_database_shows_counts_months_order_and_volume_and_no_child() {
    let run = run();
    let loot = Loot::of(&run.hub("before").join("data"));
    let sent = || run.waves[..2].iter().flatten();
    assert_eq!(months(&loot), true_months(sent()));
    assert_eq!((loot.records(b'a').count(), told(&loot)), (20, vec![20]));
    let names = |wave: usize| run.waves[wave].iter().flat_map(Sent::names).collect::<BTreeSet<_>>();
    let [first, second] = [0, 1].map(names);
    let [early, late] = [&first, &second].map(|it| indexes(run, it.clone()));
    let order = order(&loot);
    let at = |of: &BTreeSet<Key>, not: &BTreeSet<Key>| -> Vec<usize> {
        (0..order.len()).filter(|it| of.contains(&order[*it]) && !not.contains(&order[*it])).collect()
    };
    let (early, late) = (at(&early, &late), at(&late, &early));
    assert_eq!((early.len(), late.len()), (200, 240));
    assert!(early.iter().max() < late.iter().min(), "{early:?} {late:?}");
    // Nobody by name, no child, whatever he thinks of as a key.
    let nothing = BTreeSet::new();
    assert_eq!(named_in(loot.raw.values().map(Vec::as_slice), run.candidates()), nothing);
    assert_eq!(loot.found(run.candidates(), &guesses(run, &loot)), nothing);
    for name in run.waves.iter().flatten().map(|it| it.sender) {
        let is_in = |it: &Vec<u8>| it.windows(name.len()).any(|part| part == name.as_bytes());
        assert!(!loot.raw.values().any(is_in), "{name}");
    }
    // With the hub's secrets and the epoch key the same search finds every child, and no other.
    let children: BTreeSet<_> = sent().flat_map(Sent::names).collect();
    assert_eq!(loot.found(run.candidates(), &[run.secrets("before")]), children);
}

/// L-03: nothing of what a backup holds can be told apart without its key.
#[test]
fn a_backup_shows_nothing_without_its_key() {
    let run = run();
    let backup = files(&run.backup());
    let bytes = backup.values().next().unwrap();
    let loot = Loot::of(&run.hub("after").join("data"));
    let rows = loot.rows();
    assert!(bytes.len() > rows.len() * 800);
    let starts: BTreeSet<&[u8]> = rows.values().flat_map(|it| [&it.sealed[..16], &it.index[..16]]).collect();
    let met = |bytes: &[u8]| bytes.windows(16).filter(|it| starts.contains(it)).count();
    assert_eq!(met(bytes), 0);
    assert!(loot.raw.values().map(|it| met(it)).sum::<usize>() >= rows.len());
    assert_eq!(named_in([&bytes[..]], run.candidates()), BTreeSet::new());
}

/// L-04: all that the tick touched, as indexes; the names of these are not in either copy, or in both together.
#[test]
fn two_copies_around_a_tick_show_which_indexes_it_touched() {
    let run = run();
    let [before, after] = ["before", "after"].map(|it| Loot::of(&run.hub(it).join("data")));
    let (old, new) = (before.rows(), after.rows());
    let names = old.keys().chain(new.keys());
    let changed = names.filter(|it| old.get(*it) != new.get(*it));
    let touched: BTreeSet<_> = changed.map(|it| old.get(it).or_else(|| new.get(it)).unwrap().index).collect();
    let is_touched = |it: &&Sent| {
        let own = it.sender == THIEF && (WITHDRAWN.contains(&it.child) || REPEATED.contains(&it.child));
        own || it.child == ERASED
    };
    let truly = run.waves[2].iter().chain(run.waves[0].iter().filter(is_touched)).flat_map(Sent::names);
    assert_eq!(touched, indexes(run, truly));
    // The copy of before has as little.
    assert_eq!(after.found(run.candidates(), &guesses(run, &after)), BTreeSet::new());
}

/// L-07: past the index too: a row, tried with every number there is.
#[test]
fn a_row_opens_with_no_number_but_under_the_hubs_own_data_key() {
    let run = run();
    let rows = Loot::of(&run.hub("before").join("data")).rows();
    let own = run.secrets("before").epochs[&1];
    let name = run.waves[0][3].names().next().unwrap();
    let is_its_row = |it: &&Row| it.index == index(&own.pepper, &run.place(1, &name));
    let row = rows.values().find(is_its_row).unwrap();
    let candidates =
        || run.candidates().iter().filter(|it| it.name.starts_with("bsn ") && it.place.epoch().number() == 1);
    assert_eq!(candidates().count(), 2000);
    let open = |key: Key| {
        candidates().filter(move |it| row.open(&row_key(&key, &it.place)).is_some()).map(|it| it.name.clone())
    };
    assert_eq!(open(run.epoch_key(1)).count(), 0);
    assert_eq!(open(own.data).collect::<Vec<_>>(), std::slice::from_ref(&name));
}

/// L-07: the index stands under the pepper, so that no number leads to it.
#[test]
fn an_epoch_key_adds_nothing_to_a_copy_of_the_database() {
    let run = run();
    let (data, secrets) = (run.hub("before").join("data"), run.hub("before").join("secrets"));
    let loot = Loot::of(&data);
    let reference = *ReferenceKey::new(run.key("reference.key", Purpose::Reference))
        .reference(&format!("{THIEF}-3"))
        .bytes();
    for guess in guesses(run, &loot) {
        assert_eq!(loot.known(run.candidates(), &guess), BTreeSet::new());
        assert!(!loot.has_reference(&guess.epochs[&1].reference, THIEF, &reference));
    }
    // Not even of a child that he pushed himself. With any 32 bytes of the hub's secrets as the pepper he does come there:
    // that none of these stand in the copy is looked up in `search.rs`.
    let known = run.place(1, &run.waves[0][3].names().next().unwrap());
    assert!(loot.is_reached_with_a_key_in(&secrets, &known));
    let keys = run.secrets("before");
    assert!(loot.has_reference(&keys.epochs[&1].reference, THIEF, &reference));
    let truth = run.waves[..2].iter().flatten();
    let truth = truth.flat_map(|sent| sent.names().map(|name| (name, sent.seen())).collect::<Vec<_>>());
    assert_eq!(loot.known(run.candidates(), &keys), truth.collect());
}
