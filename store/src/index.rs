//! Where the hub files a pseudonym, without keeping it (protocol.md section 4).

use samenloop_core::value::{ConnectionId, Epoch, Kind, Place, SignalReference, SubjectIndex};
use zeroize::Zeroizing;

use crate::seal::{Key, hmac, lp};
use crate::{Fault, Secret};

/// A reference as the hub keeps it: HMAC of connection and reference under the epoch's reference pepper (P-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReferenceHash(pub(crate) [u8; 32]);

/// The name of one row: HMAC of index and reference under the epoch's reference pepper (P-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowId(pub(crate) [u8; 32]);

/// A place with everything that its pseudonym opens. Lives for one tick, in memory only.
pub(crate) struct Located {
    pub(crate) epoch: Epoch,
    pub(crate) kind: Kind,
    /// Under the epoch's first pepper; never changes.
    pub(crate) index: SubjectIndex,
    pub(crate) row_key: Key,
}

/// One epoch's secrets, and what they compute.
pub(crate) struct EpochKeys {
    exchange: String,
    epoch: Epoch,
    reference_pepper: Key,
    data_key: Key,
    peppers: Vec<Key>,
}

impl EpochKeys {
    /// Takes the keys of `Purpose::Epoch`: reference pepper, data key, peppers.
    pub(crate) fn new(exchange: &str, epoch: Epoch, secret: &Secret) -> Result<Self, Fault> {
        match secret.keys() {
            [reference_pepper, data_key, peppers @ ..] if !peppers.is_empty() => Ok(Self {
                exchange: exchange.to_owned(),
                epoch,
                reference_pepper: reference_pepper.clone(),
                data_key: data_key.clone(),
                peppers: peppers.to_vec(),
            }),
            _ => Err(Fault::Secrets("an epoch's secret is cut short".to_owned())),
        }
    }

    /// The epoch.
    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Index and row key of a place (P-30, P-31).
    pub(crate) fn locate(&self, place: &Place) -> Located {
        let (kind, pseudonym) = (place.kind(), place.pseudonym().bytes());
        let pepper = self.peppers.first().unwrap_or(&self.data_key);
        let index = hmac(
            pepper,
            &[
                &lp(b"samenloop/v1/hub/index"),
                &lp(self.exchange.as_bytes()),
                &self.epoch.number().to_be_bytes(),
                &[kind.number()],
                pseudonym,
            ],
        );
        let row_key = hmac(&self.data_key, &[&lp(b"samenloop/v1/hub/row-key"), pseudonym]);
        Located { epoch: self.epoch, kind, index: SubjectIndex::new(index), row_key: Zeroizing::new(row_key) }
    }

    /// The index as it stands in the database: rewrapped under each later pepper in turn (P-34).
    pub(crate) fn shelf(&self, index: &SubjectIndex) -> [u8; 32] {
        self.peppers.iter().skip(1).fold(*index.bytes(), |shelf, pepper| rewrap(pepper, &shelf))
    }

    /// The shelf after the newest pepper, of one that stands under the pepper before it.
    pub(crate) fn reshelve(&self, shelf: &[u8; 32]) -> [u8; 32] {
        self.peppers.last().map_or(*shelf, |pepper| rewrap(pepper, shelf))
    }

    pub(crate) fn reference(&self, connection: &ConnectionId, reference: SignalReference) -> ReferenceHash {
        let parts: [&[u8]; 3] =
            [&lp(b"samenloop/v1/hub/ref"), &lp(connection.as_str().as_bytes()), reference.bytes()];
        ReferenceHash(hmac(&self.reference_pepper, &parts))
    }

    pub(crate) fn row_id(&self, index: &SubjectIndex, reference: &ReferenceHash) -> RowId {
        let parts: [&[u8]; 3] = [&lp(b"samenloop/v1/hub/row-id"), index.bytes(), &reference.0];
        RowId(hmac(&self.reference_pepper, &parts))
    }

    /// The key of this epoch's reference records.
    pub(crate) fn record_key(&self) -> Key {
        Zeroizing::new(hmac(&self.data_key, &[&lp(b"samenloop/v1/hub/reference-record")]))
    }
}

fn rewrap(pepper: &[u8; 32], shelf: &[u8; 32]) -> [u8; 32] {
    hmac(pepper, &[&lp(b"samenloop/v1/hub/rewrap"), shelf])
}

#[cfg(test)]
mod tests {
    use samenloop_core::value::Pseudonym;

    use super::*;

    fn unhex<const N: usize>(text: &str) -> [u8; N] {
        let bytes: Vec<u8> =
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect();
        bytes.try_into().unwrap()
    }

    #[test]
    fn index_row_key_and_rewrapped_index_agree_with_the_vectors() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol-v1.json");
        let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let parameters = &vectors["parameters"];
        let key = |name: &str| Zeroizing::new(unhex::<32>(parameters[name].as_str().unwrap()));
        let keys = EpochKeys {
            exchange: parameters["exchange"].as_str().unwrap().to_owned(),
            epoch: Epoch::new(7),
            reference_pepper: Zeroizing::new([0; 32]),
            data_key: key("hub_data_key"),
            peppers: vec![key("hub_pepper"), key("hub_pepper_next")],
        };
        let cases = vectors["pseudonym"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let hex = |name: &str| unhex::<32>(case[name].as_str().unwrap());
            let kind = Kind::new(u8::try_from(case["kind"].as_u64().unwrap()).unwrap()).unwrap();
            let located = keys.locate(&Place::new(Epoch::new(7), kind, Pseudonym::new(hex("pseudonym_P"))));
            assert_eq!(*located.index.bytes(), hex("hub_index_h1"));
            assert_eq!(*located.row_key, hex("hub_row_key"));
            assert_eq!(keys.shelf(&located.index), hex("hub_index_h1_rewrapped"));
            assert_eq!(keys.reshelve(&hex("hub_index_h1")), hex("hub_index_h1_rewrapped"));
        }
    }
}
