//! Keys that a thief has or thinks of, and what protocol.md makes of them: his own reading of that page.

use std::collections::BTreeMap;
use std::path::Path;

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use samenloop_core::value::{Epoch, Place};
use samenloop_keys_example::Kit;
use samenloop_pseudonym::{EpochKey, Identifier};
use samenloop_tests::bsn;

use crate::index::keyed;
pub(crate) use crate::index::{Key, lp};

/// Children that can be meant at all: the whole of a shrunken space.
pub(crate) const CHILDREN: u32 = 2000;

/// A number of a child with its kind, as the columns of a file name it.
pub(crate) fn name_of(column: &str, child: u32) -> String {
    if column == "v_nummer" { format!("{column} 9{child:09}") } else { format!("{column} {}", bsn(child)) }
}

/// A number of a child, and the place that the key of an epoch gives it.
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Every number that can be meant, under the key of an epoch: all kinds, all children.
pub(crate) fn candidates(epoch: u32, key: &Key) -> Vec<Candidate> {
    let key = EpochKey::new(Kit::exchange(), Epoch::new(epoch), *key);
    let of = |column: &str, child| {
        let name = name_of(column, child);
        let digits = name.split_once(' ').unwrap().1;
        let identifier = match column {
            "bsn" => Identifier::parse_bsn(digits),
            "onderwijsnummer" => Identifier::parse_onderwijsnummer(digits),
            _ => Identifier::parse_v_number(digits),
        };
        Candidate { place: key.place(&identifier.unwrap()), name }
    };
    (0..CHILDREN).flat_map(|it| ["bsn", "onderwijsnummer", "v_nummer"].map(|column| of(column, it))).collect()
}

/// The index of P-30 in the kit's exchange.
pub(crate) fn index(pepper: &Key, place: &Place) -> Key {
    crate::index::index(pepper, Kit::exchange(), place)
}

/// The row key of P-31.
pub(crate) fn row_key(data_key: &Key, place: &Place) -> Key {
    keyed(data_key, &[&lp(b"samenloop/v1/hub/row-key"), place.pseudonym().bytes()])
}

/// The hashed reference of P-31.
pub(crate) fn reference_hash(pepper: &Key, agency: &str, reference: &[u8; 16]) -> Key {
    keyed(pepper, &[&lp(b"samenloop/v1/hub/ref"), &lp(agency.as_bytes()), reference])
}

/// The key of the reference records of an epoch.
pub(crate) fn record_key(data_key: &Key) -> Key {
    keyed(data_key, &[&lp(b"samenloop/v1/hub/reference-record")])
}

/// The alias of an actor in an audit log.
pub(crate) fn alias(ledger: &Key, log: &str, actor: &str) -> [u8; 8] {
    let label = lp(b"samenloop/v1/hub/log-alias");
    keyed(ledger, &[&label, &lp(log.as_bytes()), actor.as_bytes()])[..8].try_into().unwrap()
}

/// Opens what the hub sealed to a place.
pub(crate) fn open(key: &Key, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<12>()?;
    Aes256GcmSiv::new(key.into()).decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: place }).ok()
}

/// The hub's keys of one epoch.
#[derive(Clone, Copy)]
pub(crate) struct EpochKeys {
    pub(crate) pepper: Key,
    pub(crate) reference: Key,
    pub(crate) data: Key,
}

/// Keys with which the thief tries: the hub's own, or what he takes for them.
#[derive(Clone, Default)]
pub(crate) struct HubKeys {
    pub(crate) epochs: BTreeMap<u32, EpochKeys>,
    /// Keys of intake segments.
    pub(crate) queues: BTreeMap<u64, Key>,
    /// Keys of the cases of a quarter.
    pub(crate) cases: BTreeMap<u16, Key>,
    pub(crate) ledger: Option<Key>,
}

impl HubKeys {
    /// What a directory of secrets holds: slots of 512 bytes, each a purpose, a number, a length and the keys.
    pub(crate) fn of(secrets: &Path) -> Self {
        let mut keys = Self::default();
        for file in ["secrets.slots", "queue.slots"] {
            let bytes = std::fs::read(secrets.join(file)).unwrap();
            for slot in bytes.chunks(512).filter(|it| it.iter().any(|byte| *byte != 0)) {
                let number = u64::from_be_bytes(slot[1..9].try_into().unwrap());
                let key = |at: usize| slot[11 + 32 * at..][..32].try_into().unwrap();
                match slot[0] {
                    2 => {
                        let epoch = EpochKeys { reference: key(0), data: key(1), pepper: key(2) };
                        keys.epochs.insert(number.try_into().unwrap(), epoch);
                    }
                    1 => keys.ledger = Some(key(0)),
                    3 => drop(keys.cases.insert(number.try_into().unwrap(), key(0))),
                    4 => drop(keys.queues.insert(number, key(0))),
                    _ => panic!("a secret of purpose {}", slot[0]),
                }
            }
        }
        keys
    }

    /// One key in the place of each of the hub's.
    pub(crate) fn guess(
        key: Key,
        epochs: &[u32],
        segments: impl Iterator<Item = u64>,
        quarters: impl Iterator<Item = u16>,
    ) -> Self {
        let epoch = EpochKeys { pepper: key, reference: key, data: key };
        Self {
            epochs: epochs.iter().map(|it| (*it, epoch)).collect(),
            queues: segments.map(|it| (it, key)).collect(),
            cases: quarters.map(|it| (it, key)).collect(),
            ledger: Some(key),
        }
    }
}
