//! What is written: happenings become entries, with their records beside them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use samenloop_audit::{self as audit, EntryKind, Log, Salt, hours_of_day};
use samenloop_core::alert::{Alert, AlertId};
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::manifest::{EpochEntry, EpochState, HUB, Manifest};
use samenloop_core::rights::RequestId;
use samenloop_core::value::{ConnectionId, Day};

use super::page::{KeepPages, LogTiles, Page, damaged, number};
use crate::seal::{self, hmac, lp};
use crate::{Fault, codec};

/// Something that the hub or a person did outside a tick and an act: what a door or a command notes.
///
/// The record is what may be opened later, to whoever is entitled: never a pseudonym, an index, or a hash of either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// What.
    pub kind: EntryKind,
    /// Hours since 2020 ([`audit::hours_of_unix`]).
    pub hours: u32,
    /// Who did it; the hub itself is [`HUB`].
    pub actor: String,
    /// How many; 1 if there is nothing to count.
    pub count: u32,
    /// What it was, in at most 15 KiB.
    pub record: Vec<u8>,
}

/// An entry to be.
pub(crate) struct Happening {
    noted: Noted,
    /// What the record is made of once there is a salt.
    batch: Option<Batch>,
}

/// What the log commits to of a batch.
struct Batch {
    /// As the receipt says it.
    digest: [u8; 32],
    /// Without their pseudonyms.
    lines: Vec<Vec<u8>>,
}

impl From<Noted> for Happening {
    fn from(noted: Noted) -> Self {
        Self { noted, batch: None }
    }
}

impl Happening {
    pub(crate) fn new(kind: EntryKind, day: Day, actor: &str, count: u64, record: Vec<u8>) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Noted { kind, hours: hours_of_day(day), actor: actor.to_owned(), count, record }.into()
    }

    /// The entry of a batch: its record is the salted digest of what was signed for, and of each line without its pseudonyms.
    pub(crate) fn batch(arrival: &Arrival) -> Self {
        let withdraws = arrival.lines().iter().all(|it| matches!(it, Line::Withdraw(_)));
        let kind = if withdraws { EntryKind::Withdrawal } else { EntryKind::Batch };
        let lines = arrival.lines();
        let made =
            Self::new(kind, arrival.received(), arrival.connection().as_str(), lines.len() as u64, vec![]);
        let lines = lines.iter().map(codec::encode_logged).collect();
        Self { batch: Some(Batch { digest: *arrival.digest(), lines }), ..made }
    }

    /// What became of an alert: its id, and nothing of its signals.
    pub(crate) fn alert(kind: EntryKind, alert: &Alert, today: Day) -> Self {
        let kind = if alert.is_open() { kind } else { EntryKind::AlertEnded };
        Self::new(kind, today, HUB, 1, alert.id().bytes().to_vec())
    }

    pub(crate) fn emptied(id: AlertId, today: Day) -> Self {
        Self::new(EntryKind::AlertEmptied, today, HUB, 1, id.bytes().to_vec())
    }

    pub(crate) fn removed(id: AlertId, today: Day) -> Self {
        Self::new(EntryKind::AlertRemoved, today, HUB, 1, id.bytes().to_vec())
    }

    pub(crate) fn step(kind: EntryKind, by: &ConnectionId, id: AlertId, today: Day) -> Self {
        Self::new(kind, today, by.as_str(), 1, id.bytes().to_vec())
    }

    /// What became of a rights request, as asked by somebody: its id, and nothing of a child.
    pub(crate) fn request(kind: EntryKind, by: &ConnectionId, id: RequestId, today: Day) -> Self {
        Self::new(kind, today, by.as_str(), 1, id.bytes().to_vec())
    }

    fn record(&self, salt: &Salt) -> Vec<u8> {
        let Some(Batch { digest, lines }) = &self.batch else { return self.noted.record.clone() };
        let lines = lines.iter().flat_map(|it| hmac(salt, &[&lp(b"samenloop/v1/log/line"), it]));
        audit::salted_batch(salt, digest).into_iter().chain(lines).collect()
    }
}

/// What changed in the manifest since the last tick that saw one: at most an entry for manifest, root and each epoch.
pub(crate) fn manifest_changes(
    pages: &mut impl KeepPages,
    manifest: &Manifest,
    today: Day,
) -> Result<Vec<Happening>, Fault> {
    let epochs: Vec<[u8; 5]> = manifest.epochs().iter().map(standing).collect();
    let now = [&manifest.hash()[..], manifest.root(), epochs.as_flattened()].concat();
    let before = pages.page(Page::Seen)?.unwrap_or_default();
    if before == now {
        return Ok(Vec::new());
    }
    pages.keep_page(Page::Seen, &now)?;
    let mut changes = Vec::new();
    let mut changed = |kind, record: Vec<u8>| changes.push(Happening::new(kind, today, HUB, 1, record));
    if before.get(32..64) != Some(manifest.root().as_slice()) {
        changed(EntryKind::Root, manifest.root().to_vec());
    }
    if before.get(..32) != Some(manifest.hash().as_slice()) {
        changed(EntryKind::Manifest, [&manifest.sequence().to_be_bytes()[..], manifest.hash()].concat());
    }
    let (said, _) = before.get(64..).unwrap_or_default().as_chunks::<5>();
    for epoch in epochs.iter().filter(|it| !said.contains(it)) {
        changed(EntryKind::Epoch, epoch.to_vec());
    }
    Ok(changes)
}

/// An epoch and a number for its state.
fn standing(entry: &EpochEntry) -> [u8; 5] {
    let state = match entry.state {
        EpochState::Announced => 1,
        EpochState::Active => 2,
        EpochState::Overlap { .. } => 3,
        EpochState::Retired => 4,
        EpochState::Destroyed => 5,
        EpochState::Burned => 6,
    };
    let [a, b, c, d] = entry.epoch.number().to_be_bytes();
    [a, b, c, d, state]
}

/// What one log gets in one transaction.
struct Growth {
    size: u64,
    leaves: Vec<audit::Hash>,
    /// The next sequence of each actor.
    next: BTreeMap<u64, u64>,
}

/// Appends entries, in order, each in its log.
pub(crate) fn append(pages: &mut impl KeepPages, happenings: Vec<Happening>) -> Result<(), Fault> {
    let mut logs: BTreeMap<Log, Growth> = BTreeMap::new();
    for happening in happenings {
        let Noted { kind, hours, count, ref actor, .. } = happening.noted;
        let (log, count) = (kind.log(), count.max(1));
        let growth = match logs.entry(log) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let size = number(pages, Page::Size(log))?;
                new.insert(Growth { size, leaves: Vec::new(), next: BTreeMap::new() })
            }
        };
        let alias = pages.alias(log, actor);
        let first_sequence = match growth.next.get(&alias) {
            Some(next) => *next,
            None => {
                // In the intake log nobody asks who looked.
                if log == Log::Case && pages.page(Page::Name(log, alias))?.is_none() {
                    pages.keep_page(Page::Name(log, alias), actor.as_bytes())?;
                }
                number(pages, Page::Actor(log, alias))?.max(1)
            }
        };
        growth.next.insert(alias, first_sequence.saturating_add(u64::from(count)));
        let mut salt = Salt::default();
        seal::random(&mut salt)?;
        let record = happening.record(&salt);
        let commit = audit::commit(&salt, kind, &record);
        let entry = audit::Entry { kind, hours, actor: alias, first_sequence, commit, count };
        let leaf = growth.size + growth.leaves.len() as u64;
        growth.leaves.push(entry.leaf());
        pages.keep_page(Page::Entry(log, leaf), &entry.bytes())?;
        pages.keep_page(Page::Record(log, leaf), &[&salt[..], &record].concat())?;
        pages.keep_page(Page::Own(log, alias, first_sequence), &leaf.to_be_bytes())?;
    }
    for (log, Growth { size, leaves, next }) in logs {
        let changed = audit::append(&LogTiles(&*pages, log), size, &leaves)?;
        for ((level, index), tile) in changed {
            pages.keep_page(Page::Tile(log, level, index), &tile.concat())?;
        }
        for (alias, next) in next {
            pages.keep_page(Page::Actor(log, alias), &next.to_be_bytes())?;
        }
        pages.keep_page(Page::Size(log), &(size + leaves.len() as u64).to_be_bytes())?;
    }
    Ok(())
}

/// Erases the record of an entry and its salt (P-74); says whether it was there.
pub(crate) fn forget_record(pages: &mut impl KeepPages, log: Log, leaf: u64) -> Result<bool, Fault> {
    if leaf >= number(pages, Page::Size(log))? {
        return Err(damaged());
    }
    let was_there = pages.page(Page::Record(log, leaf))?.is_some();
    if was_there {
        pages.forget_page(Page::Record(log, leaf))?;
    }
    Ok(was_there)
}
