//! L-08 and L-09: the operator of a hub that serves.

use std::collections::{BTreeMap, BTreeSet};

use crate::details::{Sealed, coordinators_key, opened_with, stolen_keys};
use crate::keys::{Candidate, candidates};
use crate::listener::{Heading, Heard, known, unknown_children};
use crate::reading::{Known, Seen};
use crate::run::{Run, run};

/// What leads from a pseudonym to a number.
fn names(candidates: &[Candidate]) -> BTreeMap<Heading, String> {
    let heading = |it: &Candidate| {
        let place = &it.place;
        (place.epoch().number(), place.kind().number().into(), place.pseudonym().bytes().to_vec())
    };
    candidates.iter().map(|it| (heading(it), it.name.clone())).collect()
}

/// What he knows when he takes each key of the hub's for the key of an epoch.
fn known_with_the_hubs_keys(run: &Run) -> Known {
    let secrets = run.secrets("after");
    let own = secrets.epochs.values().flat_map(|it| [it.pepper, it.reference, it.data]).chain([[0; 32]]);
    let tried = own.flat_map(|key| [1, 2].map(|epoch| candidates(epoch, &key)));
    tried.flat_map(|it| known(&run.heard, &names(&it))).collect()
}

fn sealed(heard: &Heard) -> Sealed<'_> {
    let Heard { seen, reference, revision, details, .. } = heard;
    Sealed { seen, reference: *reference, revision: *revision, details }
}

/// L-08: he groups what is of one child, over both epochs and over two kinds of number, and knows no number.
#[test]
fn a_live_operator_sees_who_signals_of_the_same_unknown_child() {
    let run = run();
    let mut seen: Vec<_> = unknown_children(&run.heard).into_iter().map(|(_, signals)| signals).collect();
    let mut by_child: BTreeMap<u32, BTreeSet<Seen>> = BTreeMap::new();
    for sent in run.sent() {
        by_child.entry(sent.child).or_default().insert(sent.seen());
    }
    let mut true_ones: Vec<_> = by_child.into_values().collect();
    seen.sort();
    true_ones.sort();
    assert_eq!(seen, true_ones);
    // Each signal under both epochs; of the one agency that gives two numbers of a child, under both of those too.
    for it in &run.heard {
        assert_eq!(it.pseudonyms.len(), if it.seen.connection == "coa-noord" { 4 } else { 2 });
    }
    assert_eq!(known_with_the_hubs_keys(run), Known::new());
    let hub =
        |_: &Sealed<'_>| run.secrets("after").epochs.values().flat_map(|it| [it.pepper, it.data]).collect();
    assert_eq!(opened_with(run, run.heard.iter().map(sealed), hub), 0);
}

/// L-09: with the key of an epoch he has every number; nothing of the design is in the way.
#[test]
fn a_live_operator_with_an_epoch_key_knows_everything_but_details() {
    let run = run();
    for epoch in [1, 2] {
        let known = known(&run.heard, &names(&candidates(epoch, &run.epoch_key(epoch))));
        assert_eq!(known, run.truth(), "epoch {epoch}");
    }
    let heard = || run.heard.iter().map(sealed);
    let stolen = stolen_keys(run);
    assert_eq!(opened_with(run, heard().step_by(8), |_| stolen.clone()), 0);
    let own = |it: &Sealed<'_>| vec![coordinators_key(run, it.coordinator())];
    assert_eq!(opened_with(run, heard(), own), run.sent().count(), "their coordinator opens them");
}
