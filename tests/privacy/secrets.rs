//! L-05 and L-06: the database and the hub's secrets, without and with an epoch key.

use std::collections::BTreeSet;

use samenloop_core::alert::{Alert, Reader};
use samenloop_core::value::{Epoch, Kind, Observation, Place, Pseudonym, Severity};
use samenloop_store::sled::SledStore;
use samenloop_store::{Scope, Store as _};
use samenloop_tests::copy;

use crate::details::{Sealed, coordinators_key, opened_with, stolen_keys};
use crate::disk::Loot;
use crate::keys::{Candidate, candidates, index, name_of};
use crate::reading::{Known, ReadReference, ReadSignal, Seen};
use crate::run::{Run, WAITING, WAITS_OF, options, run};

/// The alerts in a copy of the hub's directory, with the hub's own program.
pub(crate) fn alerts(hub: &std::path::Path) -> Vec<Alert> {
    let aside = tempfile::tempdir().unwrap();
    copy(hub, aside.path());
    let store = SledStore::open(options(aside.path())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.alerts(&Reader::Hub, Scope::All)).unwrap()
}

/// What an alert tells of its child.
pub(crate) fn told(alert: &Alert) -> BTreeSet<Seen> {
    let of = |listed: &samenloop_core::alert::ListedSignal| {
        let content = listed.signal().content();
        let severity = if content.severity() == Severity::Hard { "hard" } else { "soft" };
        let heard_from = match content.observation() {
            Observation::Own => "",
            Observation::Hearsay(domain) => domain.code(),
        };
        Seen {
            connection: listed.connection().as_str().to_owned(),
            severity: severity.to_owned(),
            code: content.code().map(|it| it.to_string()).unwrap_or_default(),
            month: content.month().to_string(),
            region: content.region().as_str().to_owned(),
            heard_from: heard_from.to_owned(),
        }
    };
    alert.signals().iter().map(of).collect()
}

/// The reference records that there must be.
fn true_references(run: &Run) -> Vec<(u32, ReadReference)> {
    let keys = run.secrets("waiting");
    let mut records = Vec::new();
    for sent in run.sent() {
        for epoch in [1, 2] {
            let place = |name: String| index(&keys.epochs[&epoch].pepper, &run.place(epoch, &name));
            let mut filed: Vec<_> = sent.names().map(place).collect();
            filed.sort_unstable();
            records.push((epoch, ReadReference { is_withdrawn: false, expiry: sent.expiry(), filed }));
        }
    }
    records.sort();
    records
}

/// L-05: all of it, without a number.
#[test]
fn with_the_hubs_secrets_alerts_references_and_arrivals_open() {
    let run = run();
    let (hub, keys) = (run.hub("waiting"), run.secrets("waiting"));
    let mut seen: Vec<_> = alerts(&hub).iter().map(told).collect();
    let mut truth: Vec<_> = run.converging().into_values().collect();
    seen.sort();
    truth.sort();
    assert_eq!(seen, truth);
    let loot = Loot::of(&hub.join("data"));
    let (mut ended, mut live): (Vec<_>, Vec<_>) =
        loot.references(&keys).into_iter().partition(|(_, it)| it.is_withdrawn);
    live.iter_mut().for_each(|(_, it)| it.filed.sort_unstable());
    live.sort();
    assert_eq!(live, true_references(run));
    ended.retain(|(_, it)| it.filed.is_empty());
    let whose = "two that were withdrawn and two that were erased, under two epochs: their child is no longer in them";
    assert_eq!(ended.len(), 8, "{whose}");
    let arrivals = loot.arrivals(&keys);
    let heard: BTreeSet<_> = arrivals.iter().flat_map(|it| it.places.iter().map(|own| own.2)).collect();
    let truly = WAITING.map(|it| *run.place(2, &name_of("bsn", it)).pseudonym().bytes());
    assert_eq!(heard, truly.into());
    assert!(arrivals.iter().all(|it| it.signal.seen.connection == WAITS_OF));
    // None of it without the secrets.
    let none = crate::keys::HubKeys::default();
    assert_eq!((loot.references(&none).len(), loot.arrivals(&none).len()), (0, 0));
}

/// L-05: without an epoch key no number leads to a pseudonym; where the pseudonym itself waits, its rows do open.
#[test]
fn with_the_hubs_secrets_no_row_opens_but_of_a_child_whose_arrival_waits() {
    let run = run();
    let keys = run.secrets("waiting");
    let loot = Loot::of(&run.hub("waiting").join("data"));
    let own = keys.epochs.values().flat_map(|it| [it.pepper, it.reference, it.data]);
    for guess in own.chain(keys.queues.values().copied()).chain([[0; 32]]) {
        for epoch in [1, 2] {
            assert_eq!(loot.known(&candidates(epoch, &guess), &keys), Known::new());
        }
    }
    let waiting = loot.arrivals(&keys).into_iter().flat_map(|it| it.places);
    let as_place = |(epoch, kind, pseudonym)| Candidate {
        name: "unknown".to_owned(),
        place: Place::new(Epoch::new(epoch), Kind::new(kind).unwrap(), Pseudonym::new(pseudonym)),
    };
    let waiting: Vec<_> = waiting.map(as_place).collect();
    let said = run.sent().filter(|it| WAITING.contains(&it.child));
    let said: Known = said.map(|it| ("unknown".to_owned(), it.seen())).collect();
    assert_eq!(said.len(), 1, "of one of the two something is filed");
    assert_eq!(loot.known(&waiting, &keys), said);
    // The epoch key is what makes the difference.
    assert_eq!(loot.known(run.candidates(), &keys), run.truth());
}

/// L-06: every number, every signal, under either epoch.
#[test]
fn the_hubs_secrets_and_an_epoch_key_tell_everything_but_details() {
    let run = run();
    let keys = run.secrets("after");
    let loot = Loot::of(&run.hub("after").join("data"));
    for epoch in [1, 2] {
        assert_eq!(
            loot.known(&candidates(epoch, &run.epoch_key(epoch)), &keys),
            run.truth(),
            "epoch {epoch}"
        );
        let other = 3 - epoch;
        let crossed = candidates(epoch, &run.epoch_key(other));
        assert_eq!(loot.known(&crossed, &keys), Known::new(), "the key of {other} is no key of {epoch}");
    }
    // The references that an agency gave lead to rows as well.
    let known: BTreeSet<_> = loot.known(run.candidates(), &keys).into_iter().map(|(name, _)| name).collect();
    assert_eq!(known, run.children());
}

/// L-06: details are sealed by the agency to the coordinator, and nothing that was taken opens them.
#[test]
fn details_open_for_their_coordinator_alone() {
    let run = run();
    let loot = Loot::of(&run.hub("after").join("data"));
    let opened = loot.opened(run.candidates(), &run.secrets("after"));
    let sealed = |(_, it): &'_ (&str, ReadSignal)| -> (Seen, [u8; 16], u64, Vec<_>) {
        (it.seen.clone(), it.reference, it.revision, it.details.clone())
    };
    let rows: Vec<_> = opened.iter().map(sealed).collect();
    let all = || {
        rows.iter().map(|(seen, reference, revision, details)| Sealed {
            seen,
            reference: *reference,
            revision: *revision,
            details,
        })
    };
    let stolen = stolen_keys(run);
    assert_eq!(opened_with(run, all().step_by(8), |_| stolen.clone()), 0);
    let of_other = |it: &Sealed<'_>| {
        let other = if it.coordinator() == crate::run::WEST { crate::run::NOORD } else { crate::run::WEST };
        vec![coordinators_key(run, other)]
    };
    assert_eq!(opened_with(run, all(), of_other), 0, "not for the coordinator of another region");
    let own = |it: &Sealed<'_>| vec![coordinators_key(run, it.coordinator())];
    assert_eq!(opened_with(run, all(), own), rows.len());
}
