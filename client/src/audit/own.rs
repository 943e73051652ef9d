//! The entries of one's own batches, each proved under the hub's head before it counts.

use std::collections::BTreeMap;

use samenloop_audit::{ENTRY_LEN, Entry, EntryKind, verify_inclusion};
use samenloop_manifest::Checkpoint;
use samenloop_proto::v1;

use super::{AuditFault, Head, hashes};

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
    entries: BTreeMap<u64, Entry>,
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
            let entry = self.proved(it).ok_or(AuditFault::Proof)?;
            let follows = next.is_none_or(|next| entry.first_sequence == next);
            let same = *self.alias.get_or_insert(entry.actor) == entry.actor;
            let known = self.entries.get(&entry.first_sequence).is_none_or(|known| *known == entry);
            if !(follows && same && known) {
                return Err(AuditFault::Proof);
            }
            next = entry.first_sequence.checked_add(u64::from(entry.count));
            taken.push((entry.first_sequence, entry));
        }
        self.entries.extend(taken);
        Ok(())
    }

    fn proved(&self, proved: &v1::ProvedEntry) -> Option<Entry> {
        let is_own = |it: &Entry| matches!(it.kind, EntryKind::Batch | EntryKind::Withdrawal) && it.count > 0;
        self::proved(&self.checkpoint, proved).filter(is_own)
    }

    /// The entry that begins at a sequence.
    pub(super) fn at(&self, first_sequence: u64) -> Option<&Entry> {
        self.entries.get(&first_sequence)
    }

    /// The first sequence of the last entry.
    pub(super) fn last_sequence(&self) -> Option<u64> {
        self.entries.keys().next_back().copied()
    }

    /// Every batch that begins before this sequence is settled.
    pub(super) fn proved_through(&self) -> u64 {
        let last = self.entries.values().next_back();
        last.map_or(self.settled, |it| it.first_sequence.saturating_add(u64::from(it.count)))
    }

    pub(super) const fn alias(&self) -> Option<u64> {
        self.alias
    }
}
