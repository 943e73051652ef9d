//! A hub that an operator set back to an older database, and that says so in its log. Told, it is no roll-back in silence: a
//! person hears why, and goes on. What was kept here is put aside, as evidence.

use std::path::{Path, PathBuf};

use samenloop_audit::{Entry, EntryKind, Hash, Log, day_of_hours};
use samenloop_core::value::Day;
use samenloop_manifest::Checkpoint;
use samenloop_proto::v1;

use super::head::path_of;
use super::{AuditFault, Head, Verdict, proved, read, verify, whole};
use crate::hub::Hub;
use crate::journal::{self, JournalFault};
use crate::membership::Membership;

/// What Amsterdam is ahead of UTC, at most.
const SUMMER_HOURS: u32 = 2;

/// The last time that a log says it was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetBack {
    /// The last on which it can have been, in Amsterdam.
    day: Day,
    leaf: Hash,
}

impl SetBack {
    /// What the hub shows an agency, proved under its checkpoint.
    ///
    /// # Errors
    /// [`AuditFault::Proof`] when it is not in the tree, or tells something else.
    pub(super) fn shown(
        checkpoint: &Checkpoint,
        shown: Option<&v1::ProvedEntry>,
    ) -> Result<Option<Self>, AuditFault> {
        let Some(shown) = shown else { return Ok(None) };
        let entry = proved(checkpoint, shown).filter(|it| it.kind == EntryKind::SetBack);
        entry.and_then(|it| Self::of(&it)).map(Some).ok_or(AuditFault::Proof)
    }

    /// The last one of a whole log.
    pub(super) fn last(entries: impl Iterator<Item = Entry>) -> Option<Self> {
        use EntryKind as E;
        let told = entries.filter(|it| matches!(it.kind, E::SetBack | E::OlderLogAccepted | E::Restored));
        told.last().and_then(|it| Self::of(&it))
    }

    fn of(entry: &Entry) -> Option<Self> {
        let day = day_of_hours(entry.hours.saturating_add(SUMMER_HOURS))?;
        Some(Self { day, leaf: entry.leaf() })
    }

    /// By what it is known once it was seen.
    pub(super) const fn leaf(&self) -> Hash {
        self.leaf
    }

    /// What to say instead of a fault: that it was told, when nobody knew it here yet. One that was known explains nothing.
    pub(super) fn told(told: Option<Self>, kept: Option<&Head>, fault: AuditFault) -> AuditFault {
        let news = told.filter(|it| kept.and_then(|kept| kept.set_back) != Some(it.leaf));
        match (fault, news) {
            (AuditFault::RolledBack { .. } | AuditFault::Forked { .. }, Some(it)) => {
                AuditFault::SetBack { on: it.day }
            }
            (fault, _) => fault,
        }
    }

    /// Whether it explains that batches are gone: all were sent until its day.
    pub(super) fn explains(&self, kept: Option<&Head>, verdict: &Verdict) -> bool {
        let mut gone = verdict.missing.iter().chain(&verdict.altered);
        kept.and_then(|kept| kept.set_back) != Some(self.leaf) && gone.all(|it| it.day <= self.day)
    }

    /// Its day.
    pub(super) const fn day(&self) -> Day {
        self.day
    }
}

/// What was put aside, so that the next check begins anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The files, under their new names.
    pub aside: Vec<PathBuf>,
    /// What the check of an agency found then.
    pub verdict: Option<Verdict>,
}

/// Goes on with a hub that told that it was set back. Without that nothing is accepted, and nothing changed.
///
/// # Errors
/// [`AuditFault`], also when after all of that the log is not in order.
pub async fn accept(membership: &Membership, hub: &Hub, today: Day) -> Result<Accepted, AuditFault> {
    let (mut accepted, journal) = (Accepted::default(), membership.config().journal());
    if membership.is_privacy_officer() {
        for log in Log::ALL {
            if let Err(AuditFault::SetBack { .. }) = read(membership, hub, log).await {
                accepted.aside.extend(head_aside(&whole::place(membership, log))?);
            }
            read(membership, hub, log).await?;
        }
        return Ok(accepted);
    }
    if let Err(AuditFault::SetBack { on }) = verify(membership, hub, today).await {
        let receipts = journal::set_aside(journal, on)?;
        accepted.aside.extend(receipts.into_iter().chain(head_aside(journal)?));
    }
    accepted.verdict = verify(membership, hub, today).await?;
    Ok(accepted)
}

fn head_aside(journal: &Path) -> Result<Option<PathBuf>, JournalFault> {
    journal::aside(&path_of(journal))
}
