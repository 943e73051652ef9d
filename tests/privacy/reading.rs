//! Values of the hub's disk, read byte for byte without a line of the hub's code.

use std::collections::BTreeSet;

use samenloop_core::value::{DETAILS_LEN, Month, SealedDetails};

/// Bytes of the random number by which the processing log names the child of a signal.
const SUBJECT: usize = 16;

/// What can be known of one signal, besides of whom it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) connection: String,
    /// `soft` or `hard`.
    pub(crate) severity: String,
    /// Empty without one.
    pub(crate) code: String,
    /// `YYYY-MM`.
    pub(crate) month: String,
    pub(crate) region: String,
    /// The domain that it was heard from; empty for an own observation.
    pub(crate) heard_from: String,
}

/// A number and a signal about the child who has it.
pub(crate) type Known = BTreeSet<(String, Seen)>;

/// A signal with what else its row holds.
pub(crate) struct ReadSignal {
    pub(crate) seen: Seen,
    pub(crate) reference: [u8; 16],
    pub(crate) revision: u64,
    pub(crate) details: Vec<SealedDetails>,
}

/// A line of an arrival: a signal and the pseudonyms that it came under.
pub(crate) struct ReadPut {
    pub(crate) signal: ReadSignal,
    pub(crate) places: Vec<ReadPlace>,
}

/// Where a signal is filed: epoch, kind and pseudonym.
pub(crate) type ReadPlace = (u32, u8, [u8; 32]);

/// A reference record.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReadReference {
    pub(crate) is_withdrawn: bool,
    /// `YYYY-MM`.
    pub(crate) expiry: String,
    /// The indexes that it is filed under.
    pub(crate) filed: Vec<[u8; 32]>,
}

/// What is left of a value to read.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl Bytes<'_> {
    fn part(&mut self, length: usize) -> Vec<u8> {
        let (part, rest) = self.0.split_at(length);
        self.0 = rest;
        part.to_vec()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.part(N).try_into().unwrap()
    }

    fn length(&mut self) -> usize {
        u32::from_be_bytes(self.array()) as usize
    }

    fn text(&mut self) -> String {
        let length = self.length();
        String::from_utf8(self.part(length)).unwrap()
    }

    fn month(&mut self) -> String {
        month(self.array())
    }

    fn signal(&mut self, connection: String) -> ReadSignal {
        let (reference, revision) = (self.array(), u64::from_be_bytes(self.array()));
        let severity = ["soft", "hard"][usize::from(self.part(1)[0]) - 1].to_owned();
        let (code, month, _expiry) = (self.text(), self.month(), self.month());
        let (region, heard_from) = (self.text(), self.text());
        let seen = Seen { connection, severity, code, month, region, heard_from };
        let details = (0..self.length()).map(|_| self.details()).collect();
        ReadSignal { seen, reference, revision, details }
    }

    fn details(&mut self) -> SealedDetails {
        let (key, encapsulated, nonce) = (self.array(), self.array(), self.array());
        SealedDetails::new(key, encapsulated, nonce, Box::new(self.array::<DETAILS_LEN>()))
    }

    /// A row: who sent it, and the signal.
    pub(crate) fn row(mut self) -> ReadSignal {
        let _subject = self.part(SUBJECT);
        let connection = self.text();
        self.signal(connection)
    }

    /// An arrival: its puts.
    pub(crate) fn arrival(mut self) -> Vec<ReadPut> {
        let connection = self.text();
        let _day = self.part(3);
        let _digest_of_receipt = self.part(32);
        let mut puts = Vec::new();
        for _ in 0..self.length() {
            if self.part(1) == [2] {
                self.part(16);
                continue;
            }
            let _subject = self.part(SUBJECT);
            let signal = self.signal(connection.clone());
            puts.push(ReadPut { signal, places: self.places() });
        }
        puts
    }

    fn places(&mut self) -> Vec<ReadPlace> {
        let place = |it: &mut Self| (u32::from_be_bytes(it.array()), it.part(1)[0], it.array());
        (0..self.length()).map(|_| place(self)).collect()
    }

    /// A rights request that nobody decided on yet: who asked, and of whom. `None` of any other.
    pub(crate) fn undecided_request(mut self) -> Option<(String, Vec<ReadPlace>)> {
        let _id_and_kind = self.part(17);
        let (by, _oin, _day, _reminded) = (self.text(), self.text(), self.part(3), self.part(1));
        let [decided, answered] = self.array();
        (decided == 0 && answered == 0).then(|| (by, self.places()))
    }

    /// A restriction: epoch and index.
    pub(crate) fn restriction(mut self) -> (u32, [u8; 32]) {
        let (epoch, _kind) = (u32::from_be_bytes(self.array()), self.part(1));
        (epoch, self.array())
    }

    /// A signal that was erased on request: its sender, its reference, and the day as `YYYY-MM-DD`.
    pub(crate) fn erased(mut self) -> (String, [u8; 16], String) {
        let (sender, reference) = (self.text(), self.array());
        let (month, day) = (self.month(), self.part(1)[0]);
        (sender, reference, format!("{month}-{day:02}"))
    }

    /// A reference record.
    pub(crate) fn reference(mut self) -> ReadReference {
        let is_withdrawn = self.part(1) == [2];
        let _revision = self.part(8);
        let (expiry, _cap) = (self.month(), self.month());
        let filed = (0..self.length()).map(|_| {
            self.part(1);
            self.array()
        });
        ReadReference { is_withdrawn, expiry, filed: filed.collect() }
    }
}

/// A month as it stands on disk.
pub(crate) fn month(index: [u8; 2]) -> String {
    Month::from_index(u16::from_be_bytes(index)).unwrap().to_string()
}
