//! One entry: 64 bytes that say what was done, by which alias and when, and nothing of a child (P-72).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::tree::{Hash, leaf_hash};
use samenloop_core::value::{Day, Month};

/// Bytes of an entry.
pub const ENTRY_LEN: usize = 64;
const VERSION: u8 = 1;

/// Bytes of `r` of P-73.
pub const SALT_LEN: usize = 32;

/// `r` of P-73: random, kept with the record, erased with it.
pub type Salt = [u8; SALT_LEN];

/// Which of the two logs (P-71). The size of one in which both stood would tell a sender that its push converged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// What the hub takes in, by which manifest, and who read a log. Agencies get proofs of their own entries.
    Intake,
    /// What becomes of it. Nothing of it reaches an agency.
    Case,
}

impl Log {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Intake, Self::Case];

    /// Its name, the last part of the origin of its checkpoints.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Case => "case",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal in $log:ident,)*) => {
        /// What an entry tells of. Numbers are never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntryKind { $($(#[$doc])* $name,)* }

        impl EntryKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its number in an entry.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self { $(Self::$name => $number,)* }
            }

            /// The kind of a number; `None` for one that is not known.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The log it belongs in.
            #[must_use]
            pub const fn log(self) -> Log {
                match self { $(Self::$name => Log::$log,)* }
            }
        }
    };
}

kinds! {
    /// Another manifest acts.
    Manifest = 1 in Intake,
    /// Another root is pinned.
    Root = 2 in Intake,
    /// A batch with at least one signal was taken.
    Batch = 3 in Intake,
    /// A batch of nothing but withdrawals was taken.
    Withdrawal = 4 in Intake,
    /// A tick filed the entries right before it, as many as its count says.
    Tick = 5 in Intake,
    /// An epoch changed its state, or its keys were destroyed.
    Epoch = 6 in Intake,
    /// The hub started, under a configuration.
    Configuration = 7 in Intake,
    /// An operator put back an older database, or took one into service. Every agency is shown this entry: without it, a log
    /// that is older than before was rolled back in silence.
    SetBack = 8 in Intake,
    /// Entries of either log were shown to a privacy officer; its record says of which log, and which leaves. Not in the
    /// case log: there it would tell a reader what happened between two of its own readings.
    LogRead = 9 in Intake,
    /// An alert opened.
    AlertOpened = 32 in Case,
    /// An open alert changed.
    AlertChanged = 33 in Case,
    /// An alert lapsed, was emptied by an erasure, or went into another. A close is an act.
    AlertEnded = 34 in Case,
    /// An alert whose term is over was removed.
    AlertRemoved = 35 in Case,
    /// A coordinator acted on an alert.
    Act = 36 in Case,
    /// An agency answered a contact request.
    Answer = 37 in Case,
    /// Alerts, or the answer to a rights request, were shown to somebody; the count says how many.
    Read = 38 in Case,
    /// Signals past their term were removed; the count says how many references.
    Swept = 39 in Case,
    /// Of an alert that had ended only how it ended is kept from now on, as no signal leads to it any more.
    AlertEmptied = 40 in Case,
    /// Somebody asked for a right of a person.
    RightsAsked = 48 in Case,
    /// A second person decided on it.
    RightsDecided = 49 in Case,
    /// A pseudonym was restricted. That it ended by its term is no entry.
    RightsRestricted = 50 in Case,
    /// What was held of a pseudonym was erased.
    RightsErased = 51 in Case,
    /// The answer left.
    RightsAnswered = 52 in Case,
    /// Somebody tried a step with a request that is not theirs to take, or not now.
    RightsRefused = 53 in Case,
    /// The days to decide on a request ended, and nobody had decided.
    RightsLapsed = 54 in Case,
    /// A restriction was lifted: what is held of a pseudonym counts again.
    RightsLifted = 55 in Case,
    /// A restored database that is older than the last head was taken into service all the same.
    OlderLogAccepted = 64 in Case,
    /// An operator rebuilt the database.
    Rebuilt = 65 in Case,
    /// An operator had the database verified.
    Verified = 66 in Case,
    /// An operator listed the outbox.
    OutboxListed = 67 in Case,
    /// An operator made a backup.
    BackedUp = 68 in Case,
    /// An operator restored a backup.
    Restored = 69 in Case,
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it tells of.
    pub kind: EntryKind,
    /// Hours since 2020-01-01T00:00:00Z. What is written by a tick or an act has the first hour of its day.
    pub hours: u32,
    /// An alias of who did it, another in each log; only the hub can tell whose.
    pub actor: u64,
    /// Its place in the sequence of its actor, from 1 and gapless: the next one has this plus the count.
    pub first_sequence: u64,
    /// [`commit`] of its record.
    pub commit: Hash,
    /// Lines of a batch; elsewhere how many, 1 if there is nothing to count.
    pub count: u32,
}

impl Entry {
    /// The bytes of P-72.
    #[must_use]
    pub fn bytes(&self) -> [u8; ENTRY_LEN] {
        let parts: [&[u8]; 8] = [
            &[VERSION, self.kind.number(), 0, 0],
            &self.hours.to_be_bytes(),
            &self.actor.to_be_bytes(),
            &self.first_sequence.to_be_bytes(),
            &self.commit,
            &self.count.to_be_bytes(),
            &[0; 4],
            &[],
        ];
        let mut bytes = [0; ENTRY_LEN];
        bytes.iter_mut().zip(parts.concat()).for_each(|(to, from)| *to = from);
        bytes
    }

    /// Reads the bytes of P-72; `None` for another version, an unknown kind, or a reserved byte that is not zero.
    #[must_use]
    pub fn parse(bytes: &[u8; ENTRY_LEN]) -> Option<Self> {
        let rest = &bytes[..];
        let ([VERSION, kind, 0, 0], rest) = rest.split_first_chunk::<4>()? else { return None };
        let (hours, rest) = rest.split_first_chunk::<4>()?;
        let (actor, rest) = rest.split_first_chunk::<8>()?;
        let (first_sequence, rest) = rest.split_first_chunk::<8>()?;
        let (commit, rest) = rest.split_first_chunk::<32>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        (rest == [0; 4]).then_some(Self {
            kind: EntryKind::from_number(*kind)?,
            hours: u32::from_be_bytes(*hours),
            actor: u64::from_be_bytes(*actor),
            first_sequence: u64::from_be_bytes(*first_sequence),
            commit: *commit,
            count: u32::from_be_bytes(*count),
        })
    }

    /// Its leaf in the tree.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.bytes())
    }
}

/// What an entry says of its record (P-73): without `r` nobody can test a guess, and without the record nobody need.
#[must_use]
pub fn commit(salt: &Salt, kind: EntryKind, record: &[u8]) -> Hash {
    salted(salt, b"samenloop/v1/log/commit", &[&[kind.number()], record])
}

/// What the record of a batch begins with (P-73): its digest as the receipt says it, salted. An agency that is shown salt and
/// record sees by it that the log means the batch which the hub signed for. One digest of every line follows.
#[must_use]
pub fn salted_batch(salt: &Salt, digest: &[u8; 32]) -> Hash {
    salted(salt, b"samenloop/v1/log/batch", &[digest])
}

fn salted(salt: &Salt, label: &[u8], parts: &[&[u8]]) -> Hash {
    let mut block = [0_u8; 64];
    block.iter_mut().zip(salt).for_each(|(to, from)| *to = *from);
    // A key of one block is used as it is: HMAC pads a shorter one with the same zeros.
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&block).into());
    mac.update(&u16::try_from(label.len()).unwrap_or(u16::MAX).to_be_bytes());
    mac.update(label);
    parts.iter().for_each(|it| mac.update(it));
    mac.finalize().into_bytes().into()
}

/// Hours since 2020 at the start of a day; 0 for earlier ones.
#[must_use]
pub fn hours_of_day(day: Day) -> u32 {
    let begin = Month::new(2020, 1).and_then(|month| Day::new(month, 1)).ok();
    begin.and_then(|begin| begin.days_until(day)).map_or(0, |days| days.saturating_mul(24))
}

/// The day of so many hours since 2020, in UTC; `None` for none that can be counted.
#[must_use]
pub fn day_of_hours(hours: u32) -> Option<Day> {
    let begin = Month::new(2020, 1).and_then(|month| Day::new(month, 1)).ok();
    begin.map(|begin| begin.plus_days(hours / 24))
}

/// Hours since 2020 at a Unix second.
#[must_use]
pub fn hours_of_unix(seconds: u64) -> u32 {
    const BEGIN: u64 = 1_577_836_800;
    u32::try_from(seconds.saturating_sub(BEGIN) / 3600).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    const ENTRY: Entry = Entry {
        kind: EntryKind::Batch,
        hours: 0x0102_0304,
        actor: 0x1112_1314_1516_1718,
        first_sequence: 7,
        commit: [0xcc; 32],
        count: 500,
    };

    #[test]
    fn an_entry_is_the_64_bytes_of_p_72() {
        let bytes = ENTRY.bytes();
        assert_eq!(bytes[..8], [1, 3, 0, 0, 1, 2, 3, 4]);
        assert_eq!(bytes[8..16], [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]);
        assert_eq!(bytes[16..24], [0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(bytes[24..56], [0xcc; 32]);
        assert_eq!(bytes[56..], [0, 0, 1, 0xf4, 0, 0, 0, 0]);
        assert_eq!(Entry::parse(&bytes), Some(ENTRY));
    }

    #[test]
    fn nothing_but_an_entry_parses_as_one() {
        for (at, value) in [(0, 2), (1, 0), (1, 255), (2, 1), (3, 1), (60, 1), (63, 1)] {
            let mut bytes = ENTRY.bytes();
            bytes[at] = value;
            assert_eq!(Entry::parse(&bytes), None, "byte {at}");
        }
    }

    #[test]
    fn every_kind_has_its_own_number_and_its_own_log() {
        for (at, kind) in EntryKind::ALL.iter().enumerate() {
            assert_eq!(EntryKind::from_number(kind.number()), Some(*kind));
            assert!(EntryKind::ALL[..at].iter().all(|it| it.number() != kind.number()));
            assert_eq!(kind.log() == Log::Intake, kind.number() < 32, "{kind:?}");
        }
    }

    #[test]
    fn hours_count_from_2020() {
        assert_eq!(hours_of_day(Day::parse("2020-01-01").unwrap()), 0);
        assert_eq!(hours_of_day(Day::parse("2021-01-01").unwrap()), 366 * 24);
        assert_eq!(hours_of_day(Day::parse("2019-12-31").unwrap()), 0);
        assert_eq!(hours_of_unix(1_577_836_800 + 3 * 3600 + 59), 3);
        assert_eq!(hours_of_unix(0), 0);
        for day in ["2020-01-01", "2026-11-22"].map(|it| Day::parse(it).unwrap()) {
            assert_eq!(day_of_hours(hours_of_day(day) + 23), Some(day));
        }
    }

    #[test]
    fn a_commitment_depends_on_salt_kind_and_record() {
        let one = commit(&[1; 32], EntryKind::Read, b"abc");
        assert_ne!(one, commit(&[2; 32], EntryKind::Read, b"abc"));
        assert_ne!(one, commit(&[1; 32], EntryKind::Act, b"abc"));
        assert_ne!(one, commit(&[1; 32], EntryKind::Read, b"abd"));
    }
}
