//! Everything that anybody wrote in the run, byte for byte: each value of it stands where it must, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::keys::{Key, index, reference_hash, row_key};
use crate::run::{Run, run};
use crate::traces::{Numbers, Parts};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Number,
    Pseudonym,
    RowKey,
    EpochKey,
    HubKey,
    Index,
    ReferenceHash,
    /// Of this sender.
    Reference(&'static str),
}

/// Every value of the run that says who a child is, or leads there.
struct Sought {
    numbers: Numbers<'static>,
    parts: Parts,
    /// What each of the parts is, with the value itself.
    values: Vec<(What, Key)>,
}

impl Sought {
    fn of(run: &'static Run) -> Self {
        let mut values = Vec::new();
        let secrets = run.secrets("after");
        for candidate in run.candidates() {
            let own = secrets.epochs[&candidate.place.epoch().number()];
            values.push((What::Pseudonym, *candidate.place.pseudonym().bytes()));
            values.push((What::Index, index(&own.pepper, &candidate.place)));
            values.push((What::RowKey, row_key(&own.data, &candidate.place)));
        }
        for sent in run.waves.iter().flatten() {
            let reference = run.reference(sent);
            values.push((What::Reference(sent.sender), [reference, reference].concat().try_into().unwrap()));
            let hash = |own: &crate::keys::EpochKeys| reference_hash(&own.reference, sent.sender, &reference);
            values.extend(secrets.epochs.values().map(|own| (What::ReferenceHash, hash(own))));
        }
        let own = secrets.epochs.values().flat_map(|it| [it.pepper, it.reference, it.data]);
        let own = own.chain(secrets.cases.into_values()).chain(secrets.ledger);
        values.extend(own.map(|it| (What::HubKey, it)));
        values.extend([1, 2].map(|it| (What::EpochKey, run.epoch_key(it))));
        let mut parts = Parts::default();
        values.iter().enumerate().for_each(|(at, (_, value))| parts.add(value, at));
        Self { numbers: Numbers::of(run.candidates()), parts, values }
    }

    fn within(&self, bytes: &[u8]) -> BTreeSet<What> {
        let met: BTreeSet<_> = self.parts.within(bytes).into_iter().map(|at| self.values[at].0).collect();
        let number = (!self.numbers.within(bytes).is_empty()).then_some(What::Number);
        met.into_iter().chain(number).collect()
    }
}

/// Whether this may stand in that file.
fn may_stand(what: What, path: &Path) -> bool {
    let is_below = |name: &str| path.iter().any(|it| it == name);
    match what {
        What::Number | What::Pseudonym | What::RowKey | What::EpochKey => false,
        What::HubKey => is_below("secrets"),
        What::Index | What::ReferenceHash => {
            is_below("data") && path.iter().any(|it| it.to_str().unwrap().starts_with("db-"))
        }
        // Its journal, which is how it withdraws and extends.
        What::Reference(sender) => path.starts_with(Path::new("kit").join(sender)),
    }
}

/// L-15: numbers, pseudonyms and row keys nowhere on any disk; indexes in the database alone, the hub's keys with its
/// secrets, references with who made them. Looked through: data, heads and secrets of the hub, its log, its backup and
/// outbox, everybody's keys, journals, receipts and manifests, and requests on their way to the contact point.
#[test]
fn every_value_of_a_run_stands_where_it_must_and_nowhere_else() {
    let run = run();
    let sought = Sought::of(run);
    let mut everything = run.everything();
    // Made up for whoever tries the kit, and of no child of this run.
    everything.retain(|path, _| !path.starts_with("kit/samples"));
    let folders: BTreeSet<_> = everything.keys().filter_map(|it| it.iter().next()?.to_str()).collect();
    assert!(
        ["kit", "before", "after", "waiting", "hub.log", "hub.backup"].iter().all(|it| folders.contains(it))
    );
    let mut met: BTreeMap<What, usize> = BTreeMap::new();
    for (path, bytes) in &everything {
        for what in sought.within(bytes) {
            assert!(may_stand(what, path), "{what:?} in {}", path.display());
            *met.entry(what).or_default() += 1;
        }
    }
    // What must stand somewhere was found there.
    let senders: BTreeSet<_> = run.waves.iter().flatten().map(|it| it.sender).collect();
    let kept = senders.into_iter().map(What::Reference);
    let kept: BTreeSet<_> = kept.chain([What::HubKey, What::Index, What::ReferenceHash]).collect();
    assert_eq!(met.keys().copied().collect::<BTreeSet<_>>(), kept);
    // What stands nowhere would have been: as bytes, as digits, and as half of it, behind any text.
    let log = &run.log[..];
    for (what, value) in &sought.values[..3] {
        let digits: String = value.iter().map(|it| format!("{it:02x}")).collect();
        for planted in [&value[..], &value[16..], digits.as_bytes()] {
            assert_eq!(sought.within(&[log, planted].concat()), [*what].into());
        }
    }
    let number = run.candidates()[0].name.split_once(' ').unwrap().1;
    assert_eq!(sought.within(&[log, b" ", number.as_bytes()].concat()), [What::Number].into());
}
