//! The entries of one's own batches, each proved under the hub's head before it counts.

use std::collections::BTreeMap;

use samenloop_audit::{ENTRY_LEN, Entry, EntryKind, Hash, Salt, commit, salted_batch, verify_inclusion};
use samenloop_core::terms::USED_QUARTERS;
use samenloop_core::value::Day;
use samenloop_manifest::Checkpoint;
use samenloop_proto::v1;

use super::{AuditFault, Head, hashes};
use crate::journal::Receipt;

/// What the log says of the batch of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// It is the batch that the hub signed for.
    Same,
    /// As many lines stand in its place. What they were is no longer kept: its term is over (P-73).
    Closed,
    /// Something else stands in its place, or the hub does not show what.
    Other,
}

/// An own entry that is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Proved {
    entry: Entry,
    /// The salt, and the salted digest of the batch; `None` when the hub shows neither.
    opened: Option<(Salt, Hash)>,
}

impl Proved {
    /// Opens an entry with what the hub says that it commits to; `None` when it commits to something else.
    fn of(entry: Entry, shown: &v1::ProvedEntry) -> Option<Self> {
        if shown.salt.is_empty() && shown.record.is_empty() {
            return Some(Self { entry, opened: None });
        }
        let salt: Salt = shown.salt.as_slice().try_into().ok()?;
        let (digests, rest) = shown.record.as_chunks::<32>();
        let (batch, lines) = digests.split_first()?;
        let is_whole = rest.is_empty() && lines.len() as u64 == u64::from(entry.count);
        let is_meant = is_whole && commit(&salt, entry.kind, &shown.record) == entry.commit;
        is_meant.then_some(Self { entry, opened: Some((salt, *batch)) })
    }

    fn matches(&self, receipt: &Receipt, today: Day) -> Match {
        if self.entry.count != receipt.count {
            return Match::Other;
        }
        match &self.opened {
            Some((salt, batch)) if salted_batch(salt, &receipt.digest) == *batch => Match::Same,
            None if is_past(receipt, today) => Match::Closed,
            Some(_) | None => Match::Other,
        }
    }
}

/// Whether the record of a batch may be kept no longer, by days of this side alone: those of an entry or a checkpoint are what
/// the hub says. A quarter early, as the hub's sweep may be of a later day.
fn is_past(receipt: &Receipt, today: Day) -> bool {
    receipt.day.quarter().saturating_add(USED_QUARTERS - 1) <= today.quarter()
}

/// An entry that is in the tree of a checkpoint.
pub(super) fn proved(checkpoint: &Checkpoint, proved: &v1::ProvedEntry) -> Option<Entry> {
    let bytes: [u8; ENTRY_LEN] = proved.entry.as_slice().try_into().ok()?;
    let entry = Entry::parse(&bytes)?;
    let (path, Checkpoint { size, root, .. }) = (hashes(&proved.path)?, checkpoint);
    verify_inclusion(&entry.leaf(), proved.leaf, *size, &path, root).then_some(entry)
}

/// What is proved so far.
#[derive(Debug, Clone)]
pub struct Own {
    checkpoint: Checkpoint,
    /// The alias under which this connection stands in the log: one, for ever.
    alias: Option<u64>,
    entries: BTreeMap<u64, Proved>,
    settled: u64,
}

impl Own {
    /// Nothing but what an earlier check proved.
    pub(super) fn after(checkpoint: &Checkpoint, kept: Option<&Head>) -> Self {
        Self {
            checkpoint: checkpoint.clone(),
            alias: kept.and_then(|it| it.alias),
            entries: BTreeMap::new(),
            settled: kept.map_or(0, |it| it.proved_through),
        }
    }

    /// Takes entries, in order and without a gap.
    ///
    /// # Errors
    /// [`AuditFault::Proof`] when one is not what the hub says it is, or not in the tree; none of them counts then.
    pub fn take(&mut self, proved: &[v1::ProvedEntry]) -> Result<(), AuditFault> {
        let mut taken = Vec::new();
        let mut next: Option<u64> = None;
        for it in proved {
            let proved = self.proved(it).ok_or(AuditFault::Proof)?;
            let entry = proved.entry;
            let follows = next.is_none_or(|next| entry.first_sequence == next);
            let same = *self.alias.get_or_insert(entry.actor) == entry.actor;
            let known = self.entries.get(&entry.first_sequence).is_none_or(|known| *known == proved);
            if !(follows && same && known) {
                return Err(AuditFault::Proof);
            }
            next = entry.first_sequence.checked_add(u64::from(entry.count));
            taken.push((entry.first_sequence, proved));
        }
        self.entries.extend(taken);
        Ok(())
    }

    fn proved(&self, proved: &v1::ProvedEntry) -> Option<Proved> {
        let is_own = |it: &Entry| matches!(it.kind, EntryKind::Batch | EntryKind::Withdrawal) && it.count > 0;
        Proved::of(self::proved(&self.checkpoint, proved).filter(is_own)?, proved)
    }

    /// Whether an entry begins at a sequence.
    pub(super) fn has(&self, first_sequence: u64) -> bool {
        self.entries.contains_key(&first_sequence)
    }

    /// What the entry says that begins where a receipt does; `None` when none does.
    pub(super) fn of(&self, receipt: &Receipt, today: Day) -> Option<Match> {
        self.entries.get(&receipt.first_sequence).map(|it| it.matches(receipt, today))
    }

    /// The first sequence of the last entry.
    pub(super) fn last_sequence(&self) -> Option<u64> {
        self.entries.keys().next_back().copied()
    }

    /// Every batch that begins before this sequence is settled.
    pub(super) fn proved_through(&self) -> u64 {
        let last = self.entries.values().next_back();
        last.map_or(self.settled, |it| it.entry.first_sequence.saturating_add(u64::from(it.entry.count)))
    }

    pub(super) const fn alias(&self) -> Option<u64> {
        self.alias
    }
}
