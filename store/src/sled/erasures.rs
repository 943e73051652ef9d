//! What each sender is told was erased on request, in memory: as with [`super::asked`], whoever asks for its own waits for no
//! writer, and learns neither when a tick files nor how many signals of others were erased.

use std::collections::BTreeMap;

use samenloop_core::value::{ConnectionId, SignalReference};

use super::base::Base;
use super::keys;
use crate::{Erased, Fault, codec};

/// The erased signals of each sender, as the last durable commit left them.
#[derive(Default)]
pub(crate) struct Erasures(BTreeMap<ConnectionId, BTreeMap<SignalReference, Erased>>);

/// Opens the record of an erased signal; whose it was is sealed in it.
pub(super) fn open(base: &Base, key: &[u8], value: &[u8]) -> Result<(ConnectionId, Erased), Fault> {
    let opened = codec::decode_erased(&base.open_own(key, value)?);
    opened.ok_or_else(|| Fault::Damaged("an erased reference".to_owned()))
}

impl Erasures {
    /// Reads it from the database, once, at start.
    pub(crate) fn read(base: &Base) -> Result<Self, Fault> {
        let mut erasures = Self::default();
        for record in base.scan(&[keys::ERASED]) {
            let (key, value) = record?;
            let (sender, erased) = open(base, &key, &value)?;
            erasures.follow(sender, erased.reference, Some(erased));
        }
        Ok(erasures)
    }

    /// From now on a sender is told this of a signal; without it, nothing any more.
    pub(crate) fn follow(&mut self, sender: ConnectionId, reference: SignalReference, told: Option<Erased>) {
        let own = self.0.entry(sender).or_default();
        match told {
            Some(erased) => own.insert(reference, erased),
            None => own.remove(&reference),
        };
    }

    /// What a sender is told. Looks at nobody else's.
    pub(crate) fn of(&self, sender: &ConnectionId) -> Vec<Erased> {
        self.0.get(sender).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }
}
