//! A copy of the hub's data directory in the hands of a thief: read record for record, without a line of the hub's code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use samenloop_core::value::Place;
use samenloop_tests::{copy, files};

use crate::keys::{Candidate, HubKeys, Key, index, lp, open, record_key, reference_hash, row_key};
use crate::reading::{Bytes, Known, ReadPut, ReadReference, ReadSignal, month};
use crate::traces::Parts;

/// A row of the database: what stands in clear, and the sealed rest.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) epoch: u32,
    pub(crate) index: Key,
    /// `YYYY-MM`.
    pub(crate) expiry: String,
    /// What it is sealed to (P-31).
    place: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

impl Row {
    /// Opens it with a row key; the index that it is sealed to stands in its name.
    pub(crate) fn open(&self, key: &Key) -> Option<ReadSignal> {
        open(key, &self.place, &self.sealed).map(|it| Bytes(&it).row())
    }
}

/// A copy of the hub's data directory, as it is found.
pub(crate) struct Loot {
    /// Every file, as it lies there.
    pub(crate) raw: BTreeMap<PathBuf, Vec<u8>>,
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    segments: BTreeMap<u64, Vec<u8>>,
}

impl Loot {
    /// Reads a data directory byte for byte, and the database in it record for record, without a key.
    pub(crate) fn of(data: &Path) -> Self {
        let raw = files(data);
        let number = |path: &Path| path.file_name()?.to_str()?.strip_suffix(".seg")?.parse().ok();
        let segments = raw.iter().filter_map(|(path, bytes)| Some((number(path)?, bytes.clone()))).collect();
        // sled writes where it reads.
        let aside = tempfile::tempdir().unwrap();
        copy(data, aside.path());
        let generations = std::fs::read_dir(aside.path()).unwrap().map(|it| it.unwrap().path());
        let is_database = |it: &PathBuf| it.file_name().unwrap().to_str().unwrap().starts_with("db-");
        let db = sled::Config::new().path(generations.filter(is_database).max().unwrap()).open().unwrap();
        let pair = |(key, value): (sled::IVec, sled::IVec)| (key.to_vec(), value.to_vec());
        let records = db.iter().map(|it| pair(it.unwrap())).collect();
        Self { raw, records, segments }
    }

    /// The records whose name begins with a letter: rest of the name, and value.
    pub(crate) fn records(&self, letter: u8) -> impl Iterator<Item = (&[u8], &[u8])> {
        let records = self.records.iter().filter(move |(key, _)| key[0] == letter);
        records.map(|(key, value)| (&key[1..], &value[..]))
    }

    /// Rows in the database, by their name.
    pub(crate) fn rows(&self) -> BTreeMap<Vec<u8>, Row> {
        let row = |(key, value): (&[u8], &[u8])| {
            let row = Row {
                epoch: u32::from_be_bytes(key[..4].try_into().unwrap()),
                index: key[4..36].try_into().unwrap(),
                expiry: month([value[1], value[2]]),
                place: [&key[4..68], &value[..1]].concat(),
                sealed: value[3..].to_vec(),
            };
            (key.to_vec(), row)
        };
        self.records(b'r').map(row).collect()
    }

    /// The numbers of its intake segments.
    pub(crate) fn segments(&self) -> impl Iterator<Item = u64> + '_ {
        self.segments.keys().copied()
    }

    /// The quarters of its cases.
    pub(crate) fn quarters(&self) -> impl Iterator<Item = u16> + '_ {
        let cases = *b"alqs";
        let values = cases.into_iter().flat_map(|it| self.records(it));
        values.map(|(_, value)| u16::from_be_bytes([value[0], value[1]]))
    }

    /// The numbers of the candidates that are found with any of these keys, in any file and any value that they open.
    pub(crate) fn found(&self, candidates: &[Candidate], tried: &[HubKeys]) -> BTreeSet<String> {
        let (mut parts, mut opened) = (Parts::default(), Vec::new());
        for (at, candidate) in candidates.iter().enumerate() {
            parts.add(candidate.place.pseudonym().bytes(), at);
            let epoch = candidate.place.epoch().number();
            for own in tried.iter().filter_map(|it| it.epochs.get(&epoch)) {
                parts.add(&index(&own.pepper, &candidate.place), at);
                parts.add(&row_key(&own.data, &candidate.place), at);
            }
        }
        for keys in tried {
            opened.extend(self.plain_arrivals(keys));
            b"alqsg".iter().for_each(|it| opened.extend(self.cases(*it, keys)));
            b"hcdegkw".iter().for_each(|it| opened.extend(self.own(*it, keys)));
        }
        let texts = self.raw.values().chain(&opened);
        let found: BTreeSet<_> = texts.flat_map(|it| parts.within(it)).collect();
        found.into_iter().map(|at| candidates[at].name.clone()).collect()
    }

    /// Every row that a candidate's index leads to under these keys, opened.
    pub(crate) fn opened<'c>(
        &self,
        candidates: &'c [Candidate],
        keys: &HubKeys,
    ) -> Vec<(&'c str, ReadSignal)> {
        let mut by_index: HashMap<Key, Vec<Row>> = HashMap::new();
        for row in self.rows().into_values() {
            by_index.entry(row.index).or_default().push(row);
        }
        let mut opened = Vec::new();
        for candidate in candidates {
            let Some(own) = keys.epochs.get(&candidate.place.epoch().number()) else { continue };
            let key = row_key(&own.data, &candidate.place);
            for row in by_index.get(&index(&own.pepper, &candidate.place)).into_iter().flatten() {
                opened.extend(row.open(&key).map(|it| (&*candidate.name, it)));
            }
        }
        opened
    }

    /// What the opened rows say of whom.
    pub(crate) fn known(&self, candidates: &[Candidate], keys: &HubKeys) -> Known {
        let opened = self.opened(candidates, keys).into_iter();
        opened.map(|(name, signal)| (name.to_owned(), signal.seen)).collect()
    }

    /// Every reference record that these keys open, with its epoch.
    pub(crate) fn references(&self, keys: &HubKeys) -> Vec<(u32, ReadReference)> {
        let open_one = |(key, value): (&[u8], &[u8])| {
            let epoch = u32::from_be_bytes(key[..4].try_into().unwrap());
            let own = keys.epochs.get(&epoch)?;
            let plain = open(&record_key(&own.data), &[b"f", key].concat(), value)?;
            Some((epoch, Bytes(&plain).reference()))
        };
        self.records(b'f').filter_map(open_one).collect()
    }

    /// Everything of one letter that the case key of its quarter opens: a value begins with its quarter.
    pub(crate) fn cases(&self, letter: u8, keys: &HubKeys) -> Vec<Vec<u8>> {
        let open_one = |(name, value): (&[u8], &[u8])| {
            let (quarter, sealed) = value.split_first_chunk::<2>()?;
            let key = keys.cases.get(&u16::from_be_bytes(*quarter))?;
            open(key, &[&[letter], name, quarter].concat(), sealed)
        };
        self.records(letter).filter_map(open_one).collect()
    }

    /// Everything of one letter that the key of the ledger opens.
    pub(crate) fn own(&self, letter: u8, keys: &HubKeys) -> Vec<Vec<u8>> {
        let Some(ledger) = &keys.ledger else { return Vec::new() };
        let open_one = |(name, value): (&[u8], &[u8])| open(ledger, &[&[letter], name].concat(), value);
        self.records(letter).filter_map(open_one).collect()
    }

    /// Of each alias in an audit log, the first sequences of its entries; of the intake log: its lines before that batch.
    pub(crate) fn sequences(&self, log: u8) -> BTreeMap<[u8; 8], Vec<u64>> {
        let mut by_alias: BTreeMap<[u8; 8], Vec<u64>> = BTreeMap::new();
        for (name, _) in self.records(b'g').filter(|(name, _)| name[..2] == [log, b'o']) {
            let sequence = u64::from_be_bytes(name[11..19].try_into().unwrap());
            by_alias.entry(name[3..11].try_into().unwrap()).or_default().push(sequence);
        }
        by_alias
    }

    /// Bytes of the record of each entry of an audit log: what is around them is of one size.
    pub(crate) fn record_sizes(&self, log: u8) -> Vec<usize> {
        const QUARTER_SEAL_AND_SALT: usize = 2 + 28 + 32;
        let records = self.records(b'g').filter(|(name, _)| name[..2] == [log, b'r']);
        records.map(|(_, value)| value.len() - QUARTER_SEAL_AND_SALT).collect()
    }

    /// Every arrival that waits, as the queue keys open it.
    pub(crate) fn arrivals(&self, keys: &HubKeys) -> Vec<ReadPut> {
        self.plain_arrivals(keys).iter().flat_map(|it| Bytes(it).arrival()).collect()
    }

    fn plain_arrivals(&self, keys: &HubKeys) -> Vec<Vec<u8>> {
        let mut plain = Vec::new();
        for (number, segment) in &self.segments {
            let Some(key) = keys.queues.get(number) else { continue };
            let mut at = 0;
            while let Some(header) = segment.get(at..at + 16).filter(|it| **it != [0; 16]) {
                let length = u32::from_be_bytes(header[..4].try_into().unwrap()) as usize;
                let label = lp(b"samenloop/v1/hub/arrival");
                let place = [&label[..], &number.to_be_bytes(), &header[4..12]].concat();
                plain.extend(open(key, &place, &segment[at + 16..at + 16 + length]));
                at += 16 + length;
            }
        }
        plain
    }

    /// Whether a reference that the thief knows stands in a file under this reference pepper.
    pub(crate) fn has_reference(&self, pepper: &Key, agency: &str, reference: &[u8; 16]) -> bool {
        let mut parts = Parts::default();
        parts.add(&reference_hash(pepper, agency, reference), 0);
        parts.add(&[&reference[..], reference].concat().try_into().unwrap(), 0);
        self.raw.values().any(|it| !parts.within(it).is_empty())
    }

    /// Whether any 32 bytes of these files, taken as the pepper, lead from a child that the thief is sure of to a row.
    pub(crate) fn is_reached_with_a_key_in(&self, directory: &Path, known: &Place) -> bool {
        let indexes: BTreeSet<Key> = self.rows().values().map(|it| it.index).collect();
        files(directory).values().any(|bytes| {
            let mut windows = bytes.windows(32).filter(|it| **it != [0; 32]);
            windows.any(|it| indexes.contains(&index(&it.try_into().unwrap(), known)))
        })
    }
}
