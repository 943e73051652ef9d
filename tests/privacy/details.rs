//! Sealed details, and whoever tries to open them.

use std::sync::OnceLock;

use samenloop_client::details::{DetailsKey, Opened, Opener, Shown};
use samenloop_client::key::Purpose;
use samenloop_core::value::{
    Code, ConnectionId, Domain, Month, Observation, RegionId, SealedDetails, Severity, SignalReference,
};
use samenloop_keys_example::key_of;
use samenloop_manifest::Book;

use crate::keys::Key;
use crate::reading::Seen;
use crate::run::{NOORD, Run, THIEF, WEST};

/// A signal with the details that came with it.
pub(crate) struct Sealed<'s> {
    pub(crate) seen: &'s Seen,
    pub(crate) reference: [u8; 16],
    pub(crate) revision: u64,
    pub(crate) details: &'s [SealedDetails],
}

impl Sealed<'_> {
    /// The coordinator of its region.
    pub(crate) fn coordinator(&self) -> &'static str {
        if self.seen.region == "west" { WEST } else { NOORD }
    }

    fn shown(&self) -> Shown {
        let seen = self.seen;
        let domain = |text: &str| Observation::Hearsay(Domain::parse(text).unwrap());
        Shown {
            connection: ConnectionId::parse(&seen.connection).unwrap(),
            reference: SignalReference::new(self.reference),
            revision: self.revision,
            severity: if seen.severity == "hard" { Severity::Hard } else { Severity::Soft },
            code: (!seen.code.is_empty()).then(|| Code::parse(&seen.code).unwrap()),
            month: Month::parse(&seen.month).unwrap(),
            region: RegionId::parse(&seen.region).unwrap(),
            observation: if seen.heard_from.is_empty() { Observation::Own } else { domain(&seen.heard_from) },
        }
    }
}

/// How many of these signals have details that open for their coordinator with one of these keys.
pub(crate) fn opened_with<'s>(
    run: &Run,
    signals: impl IntoIterator<Item = Sealed<'s>>,
    keys: impl Fn(&Sealed<'_>) -> Vec<Key>,
) -> usize {
    let book = Book::open(&run.kit().join("root.toml"), &run.kit().join(THIEF).join("manifests")).unwrap();
    let manifest = book.newest().unwrap();
    let opens = |it: &Sealed<'_>| {
        let entry = manifest.connections().iter().find(|own| own.id.as_str() == it.coordinator()).unwrap();
        keys(it).into_iter().any(|key| {
            let key = DetailsKey::new(key);
            let opener = Opener::new(manifest, entry, std::slice::from_ref(&key));
            it.details.iter().any(|own| matches!(opener.open(Some(own), &it.shown()), Opened::Same(_)))
        })
    };
    signals.into_iter().filter(opens).count()
}

/// The details key of a coordinator.
pub(crate) fn coordinators_key(run: &Run, coordinator: &str) -> Key {
    static KEYS: OnceLock<[Key; 2]> = OnceLock::new();
    let key =
        |of| key_of(&run.kit(), of, "details.key", Purpose::Details).unwrap().as_slice().try_into().unwrap();
    KEYS.get_or_init(|| [key(WEST), key(NOORD)])[usize::from(coordinator == NOORD)]
}

/// Keys of which one might open details for whoever took the agency's and the hub's.
pub(crate) fn stolen_keys(run: &Run) -> Vec<Key> {
    let own = [run.key("details.key", Purpose::Details), run.key("reference.key", Purpose::Reference)];
    let hub = run.secrets("after");
    let hub = hub.epochs.values().flat_map(|it| [it.pepper, it.reference, it.data]);
    hub.chain(own).chain([1, 2].map(|it| run.epoch_key(it))).collect()
}
