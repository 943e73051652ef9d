//! What a thief does with a copy of the hub's disk and the keys of one agency: his own reading of docs/protocol.md,
//! without a line of the hub's code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use samenloop_core::value::{Epoch, Place};
use samenloop_pseudonym::{EpochKey, Identifier};
use samenloop_tests::{bsn, copy, files};

pub(crate) use super::index::Key;
use super::index::{index, keyed, lp};

/// Children that can be meant at all: the whole of a shrunken space.
pub(crate) const CHILDREN: u32 = 2000;

/// The V-number of a synthetic child.
pub(crate) fn v_number(child: u32) -> String {
    format!("9{child:09}")
}

/// A number of a child, as one kind of identifier knows it, and the place that the stolen epoch key gives it.
pub(crate) struct Candidate {
    /// The kind and the number.
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Every number that can be meant, under the stolen key of an epoch: all kinds, all children.
pub(crate) fn candidates(exchange: &str, epoch: Epoch, key: &Key) -> Vec<Candidate> {
    let key = EpochKey::new(exchange, epoch, *key);
    let of = |name: String, identifier: Identifier| Candidate { name, place: key.place(&identifier) };
    (0..CHILDREN)
        .flat_map(|child| {
            let (nine, ten) = (bsn(child), v_number(child));
            [
                of(format!("bsn {nine}"), Identifier::parse_bsn(&nine).unwrap()),
                of(format!("onderwijsnummer {nine}"), Identifier::parse_onderwijsnummer(&nine).unwrap()),
                of(format!("v {ten}"), Identifier::parse_v_number(&ten).unwrap()),
            ]
        })
        .collect()
}

/// The row key of P-31.
fn row_key(data_key: &Key, place: &Place) -> Key {
    keyed(data_key, &[&lp(b"samenloop/v1/hub/row-key"), place.pseudonym().bytes()])
}

/// The hashed reference of P-31.
fn reference_hash(pepper: &Key, agency: &str, reference: &[u8; 16]) -> Key {
    keyed(pepper, &[&lp(b"samenloop/v1/hub/ref"), &lp(agency.as_bytes()), reference])
}

fn open(key: &Key, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<12>()?;
    Aes256GcmSiv::new(key.into()).decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: place }).ok()
}

/// Keys with which the thief tries: the hub's own, or what he takes for them.
#[derive(Default)]
pub(crate) struct HubKeys {
    /// Pepper, reference pepper and data key of the epoch.
    pub(crate) epoch: Option<[Key; 3]>,
    /// Keys of intake segments.
    pub(crate) queues: BTreeMap<u64, Key>,
}

/// A row of the database: its index, what it is sealed to (P-31), and the sealed rest.
struct Row {
    shelf: Key,
    place: Vec<u8>,
    sealed: Vec<u8>,
}

/// A copy of the hub's data directory, as it is found.
pub(crate) struct Loot {
    exchange: String,
    raw: Vec<Vec<u8>>,
    rows: Vec<Row>,
    segments: BTreeMap<u64, Vec<u8>>,
}

impl Loot {
    /// Reads a data directory byte for byte, and the database in it record for record, without a key. `aside` is an
    /// empty directory to work in.
    pub(crate) fn of(exchange: &str, data: &Path, aside: &Path) -> Self {
        let found = files(data);
        let segment = |path: &Path| path.file_name()?.to_str()?.strip_suffix(".seg")?.parse().ok();
        let segments =
            found.iter().filter_map(|(path, bytes)| Some((segment(path)?, bytes.clone()))).collect();
        // sled writes where it reads.
        copy(data, aside);
        let generations = std::fs::read_dir(aside).unwrap().map(|it| it.unwrap().path());
        let is_database = |it: &PathBuf| it.file_name().unwrap().to_str().unwrap().starts_with("db-");
        let db = sled::Config::new().path(generations.filter(is_database).max().unwrap()).open().unwrap();
        let row = |(key, value): (sled::IVec, sled::IVec)| {
            let place = [&key[5..69], &value[..1]].concat();
            Row { shelf: key[5..37].try_into().unwrap(), place, sealed: value[3..].to_vec() }
        };
        let rows = db.scan_prefix(b"r").map(|it| row(it.unwrap())).collect();
        Self { exchange: exchange.to_owned(), raw: found.into_values().collect(), rows, segments }
    }

    /// Rows in the database.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The numbers of its intake segments.
    pub(crate) fn segments(&self) -> impl Iterator<Item = u64> + '_ {
        self.segments.keys().copied()
    }

    /// The numbers of the candidates that are found under these keys, in any file, row or arrival.
    pub(crate) fn found(&self, candidates: &[Candidate], keys: &HubKeys) -> BTreeSet<String> {
        let mut found = self.found_in_files(candidates, keys);
        found.extend(self.found_in_rows(candidates, keys));
        found.extend(self.found_in_arrivals(candidates, keys));
        found
    }

    /// Pseudonyms, indexes and row keys, in every file, in halves, as bytes and as hexadecimal digits.
    fn found_in_files(&self, candidates: &[Candidate], keys: &HubKeys) -> BTreeSet<String> {
        let mut parts = Parts::default();
        for (at, candidate) in candidates.iter().enumerate() {
            parts.add(candidate.place.pseudonym().bytes(), at);
            if let Some([pepper, _, data_key]) = &keys.epoch {
                parts.add(&index(pepper, &self.exchange, &candidate.place), at);
                parts.add(&row_key(data_key, &candidate.place), at);
            }
        }
        self.raw.iter().flat_map(|it| parts.within(it)).map(|at| candidates[at].name.clone()).collect()
    }

    /// Every row, tried with the row key of every candidate. The index that it is sealed to stands in its key.
    fn found_in_rows(&self, candidates: &[Candidate], keys: &HubKeys) -> BTreeSet<String> {
        let Some([_, _, data_key]) = &keys.epoch else { return BTreeSet::new() };
        let opens = |it: &&Candidate| {
            let key = row_key(data_key, &it.place);
            self.rows.iter().any(|row| open(&key, &row.place, &row.sealed).is_some())
        };
        candidates.iter().filter(opens).map(|it| it.name.clone()).collect()
    }

    /// Every arrival that the queue keys open, searched for every pseudonym.
    fn found_in_arrivals(&self, candidates: &[Candidate], keys: &HubKeys) -> BTreeSet<String> {
        let mut parts = Parts::default();
        for (at, candidate) in candidates.iter().enumerate() {
            parts.add(candidate.place.pseudonym().bytes(), at);
        }
        let mut found = BTreeSet::new();
        for (number, segment) in &self.segments {
            let Some(key) = keys.queues.get(number) else { continue };
            let mut at = 0;
            while let Some(header) = segment.get(at..at + 16).filter(|it| **it != [0; 16]) {
                let length = u32::from_be_bytes(header[..4].try_into().unwrap()) as usize;
                let place =
                    [&lp(b"samenloop/v1/hub/arrival")[..], &number.to_be_bytes(), &header[4..12]].concat();
                let plain = open(key, &place, &segment[at + 16..at + 16 + length]).unwrap_or_default();
                found.extend(parts.within(&plain).into_iter().map(|at| candidates[at].name.clone()));
                at += 16 + length;
            }
        }
        found
    }

    /// Whether a reference that the thief knows stands in a file under this reference pepper.
    pub(crate) fn has_reference(&self, pepper: &Key, agency: &str, reference: &[u8; 16]) -> bool {
        let mut parts = Parts::default();
        parts.add(&reference_hash(pepper, agency, reference), 0);
        parts.add(&[&reference[..], reference].concat().try_into().unwrap(), 0);
        self.raw.iter().any(|it| !parts.within(it).is_empty())
    }

    /// Whether any 32 bytes of these files, taken as the pepper, lead from a child that the thief is sure of to a row.
    pub(crate) fn is_reached_with_a_key_in(&self, directory: &Path, known: &Place) -> bool {
        let shelves: BTreeSet<Key> = self.rows.iter().map(|it| it.shelf).collect();
        let reaches = |pepper: &Key| shelves.contains(&index(pepper, &self.exchange, known));
        files(directory).values().any(|bytes| {
            let windows = bytes.windows(32).filter(|it| **it != [0; 32]);
            windows.into_iter().any(|it| reaches(&it.try_into().unwrap()))
        })
    }
}

/// Halves of values, to be found anywhere in a file: sled leaves out the front of a key that others share.
#[derive(Default)]
struct Parts(HashMap<[u8; 16], usize>);

impl Parts {
    fn add(&mut self, value: &Key, at: usize) {
        let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        for part in value.chunks(16).chain(digits.as_bytes().chunks(16)) {
            self.0.insert(part.try_into().unwrap(), at);
        }
    }

    fn within(&self, bytes: &[u8]) -> BTreeSet<usize> {
        bytes.windows(16).filter_map(|it| self.0.get(it).copied()).collect()
    }
}
