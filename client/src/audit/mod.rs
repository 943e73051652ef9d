//! Whether the hub kept what it signed for: its checkpoint of the day, held against the last one seen here and
//! against every receipt beside the journal (protocol.md P-70, P-75).
//!
//! Nothing is believed: what the hub sends is either proved under a head that it signed, or a fault. Knows nothing of
//! what became of a signal, and cannot.

mod export;
mod head;
mod own;
mod say;
mod set_back;
#[cfg(test)]
mod tests;
mod whole;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samenloop_audit::{Hash, Log, verify_consistency};
use samenloop_core::value::Day;
use samenloop_manifest::Checkpoint;
use samenloop_proto::v1;

pub use export::Tiled;
pub use head::Head;
pub use own::Own;
use own::{Match, proved};
pub use say::{accepted_text, json_of, text_of};
pub use set_back::{Accepted, SetBack, accept};
pub use whole::{Whole, read};

use crate::hub::{Hub, HubFault};
use crate::journal::{self, JournalFault, Receipt};
use crate::membership::Membership;

/// Why nothing can be said of the hub's log, or what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum AuditFault {
    /// The hub cannot be asked.
    #[error(transparent)]
    Hub(#[from] HubFault),
    /// The receipts, or the head that was kept, cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// The checkpoint is not signed by the log key of the manifest, or is none.
    #[error("the hub's checkpoint is not signed with the log key that the manifest enters")]
    NotSigned,
    /// The log is shorter, or older, than the hub signed before.
    #[error("the hub shows an older log than it signed before: {known} entries then, {shown} now")]
    RolledBack {
        /// Entries of the head that is kept here.
        known: u64,
        /// Entries of the head that the hub shows.
        shown: u64,
    },
    /// The log does not go on from the one that the hub signed before.
    #[error("the hub shows another log than the one it signed before, of {known} entries")]
    Forked {
        /// Entries of the head that is kept here.
        known: u64,
    },
    /// The log is older than before, and says itself that an operator set it back.
    #[error("an operator of the hub put back an older database on {on}, and the hub's log says so")]
    SetBack {
        /// When that was.
        on: Day,
    },
    /// A file of an export cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What the hub says stands in its log does not.
    #[error("the hub's proof of an entry does not hold")]
    Proof,
}

impl AuditFault {
    /// Whether it is the hub that is to be held to account, and not a file or a connection.
    #[must_use]
    pub const fn is_evidence(&self) -> bool {
        match self {
            Self::NotSigned
            | Self::RolledBack { .. }
            | Self::Forked { .. }
            | Self::SetBack { .. }
            | Self::Proof => true,
            Self::Hub(_) | Self::Journal(_) | Self::Unwritten { .. } => false,
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The head that the hub signed.
    pub checkpoint: Checkpoint,
    /// Batches with a receipt that stand in the log: in this check and in earlier ones.
    pub proved: u64,
    /// How many of them this check found by place and number of lines alone: the hub keeps no longer what they were (P-73).
    pub closed: u64,
    /// Whether the checkpoint bears a day that is still to come here. By a clock that is wrong nothing is due.
    pub is_ahead: bool,
    /// Batches of the day before the checkpoint's or later: they are due within two days.
    pub pending: u64,
    /// Receipts whose batch should be in the log and is not: proof that the hub dropped it (P-75).
    pub missing: Vec<Receipt>,
    /// Receipts in whose place something else stands, or of which the hub does not show what does; and those which share their
    /// sequences with another.
    pub altered: Vec<Receipt>,
}

impl Verdict {
    /// Whether the hub kept everything that it signed for, as far as it is due.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.missing.is_empty() && self.altered.is_empty()
    }
}

/// Checks the hub's log; `None` while the hub has made no checkpoint yet. What is clean is remembered: the next check
/// goes on from there.
///
/// # Errors
/// [`AuditFault`]. The head that was kept stays, as evidence.
pub async fn verify(membership: &Membership, hub: &Hub, today: Day) -> Result<Option<Verdict>, AuditFault> {
    let journal = membership.config().journal();
    let kept = Head::read(journal)?;
    let known = kept.as_ref().map_or(0, |it| it.size);
    let answer = hub.checkpoint(known).await?;
    if answer.checkpoint.is_empty() {
        let rolled_back = AuditFault::RolledBack { known, shown: 0 };
        return if known == 0 { Ok(None) } else { Err(rolled_back) };
    }
    let (checkpoint, note) = signed(membership, answer.checkpoint, Log::Intake)?;
    let (told, kept) = (SetBack::shown(&checkpoint, answer.set_back.as_ref())?, kept.as_ref());
    follows(&checkpoint, &answer.consistency, kept).map_err(|it| SetBack::told(told, kept, it))?;
    let (verdict, own) = hold((&checkpoint, today), journal::receipts(journal)?, kept, async |first| {
        Ok(hub.prove(checkpoint.size, first).await?)
    })
    .await?;
    if verdict.is_clean() {
        Head::of(&checkpoint, &own, note).knowing(told).write(journal)?;
    } else if let Some(told) = told.filter(|it| it.explains(kept, &verdict)) {
        return Err(AuditFault::SetBack { on: told.day() });
    }
    Ok(Some(verdict))
}

/// The proof that one own batch stands in the log, for whoever has the hub's log key: a C2SP tlog-proof whose extra data
/// are the entry. `None` while no checkpoint holds a batch that begins at that sequence.
///
/// # Errors
/// [`AuditFault`].
pub async fn proof(
    membership: &Membership,
    hub: &Hub,
    first_sequence: u64,
) -> Result<Option<String>, AuditFault> {
    let answer = hub.checkpoint(0).await?;
    if answer.checkpoint.is_empty() {
        return Ok(None);
    }
    let (checkpoint, note) = signed(membership, answer.checkpoint, Log::Intake)?;
    let proved = hub.prove(checkpoint.size, first_sequence).await?;
    let Some(first) = proved.first() else { return Ok(None) };
    let mut own = Own::after(&checkpoint, None);
    own.take(std::slice::from_ref(first))?;
    if !own.has(first_sequence) {
        return Err(AuditFault::Proof);
    }
    let path: String = first.path.iter().map(|it| STANDARD.encode(it) + "\n").collect();
    let extra = STANDARD.encode(&first.entry);
    Ok(Some(format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {}\n{path}\n{note}", first.leaf)))
}

/// A checkpoint that the hub of the manifest signed, and its note.
fn signed(membership: &Membership, note: Vec<u8>, log: Log) -> Result<(Checkpoint, String), AuditFault> {
    let (origin, key) = (membership.book().root().origin(), membership.newest().hub().log_key);
    let note = String::from_utf8(note).map_err(|_| AuditFault::NotSigned)?;
    let checkpoint = Checkpoint::verified(&note, origin, log, key).ok_or(AuditFault::NotSigned)?;
    Ok((checkpoint, note))
}

/// Whether a checkpoint goes on from the one that was kept.
///
/// # Errors
/// [`AuditFault::RolledBack`] or [`AuditFault::Forked`].
pub fn follows(
    checkpoint: &Checkpoint,
    consistency: &[Vec<u8>],
    kept: Option<&Head>,
) -> Result<(), AuditFault> {
    let Some(kept) = kept else { return Ok(()) };
    let (known, shown) = (kept.size, checkpoint.size);
    if shown < known || checkpoint.day < kept.day {
        return Err(AuditFault::RolledBack { known, shown });
    }
    let path = hashes(consistency).ok_or(AuditFault::Forked { known })?;
    if verify_consistency((known, &kept.root), (shown, &checkpoint.root), &path) {
        Ok(())
    } else {
        Err(AuditFault::Forked { known })
    }
}

/// Holds the log, as it is seen on a day, to every receipt. `prove` asks for own entries from a sequence on.
///
/// # Errors
/// [`AuditFault`]: those of `prove`, and [`AuditFault::Proof`].
pub async fn hold(
    (checkpoint, today): (&Checkpoint, Day),
    mut receipts: Vec<Receipt>,
    kept: Option<&Head>,
    mut prove: impl AsyncFnMut(u64) -> Result<Vec<v1::ProvedEntry>, AuditFault>,
) -> Result<(Verdict, Own), AuditFault> {
    receipts.retain(|it| it.count > 0);
    receipts.sort_by_key(|it| it.first_sequence);
    let mut verdict = Verdict {
        checkpoint: checkpoint.clone(),
        is_ahead: checkpoint.day.is_some_and(|it| today < it),
        proved: 0,
        closed: 0,
        pending: 0,
        missing: Vec::new(),
        altered: doubled(&receipts),
    };
    let is_due = |it: &Receipt| is_due(it, checkpoint.day.filter(|day| *day <= today));
    let mut own = Own::after(checkpoint, kept);
    let (mut waiting, settled) = (Vec::new(), own.proved_through());
    // After the end of the log only what is due is asked for, and the last: what it shows, comes after any gap.
    let (mut is_past_the_end, last) = (false, receipts.last().map(|it| it.first_sequence));
    for receipt in receipts {
        if receipt.first_sequence < settled {
            verdict.proved += 1;
            continue;
        }
        let is_wanted = !is_past_the_end || is_due(&receipt) || last == Some(receipt.first_sequence);
        if !own.has(receipt.first_sequence) && is_wanted {
            let proved = prove(receipt.first_sequence).await?;
            is_past_the_end = proved.is_empty();
            own.take(&proved)?;
        }
        match own.of(&receipt, today) {
            Some(Match::Same) => verdict.proved += 1,
            Some(Match::Closed) => {
                verdict.proved += 1;
                verdict.closed += 1;
            }
            Some(Match::Other) if verdict.altered.contains(&receipt) => {}
            Some(Match::Other) => verdict.altered.push(receipt),
            None if is_due(&receipt) => verdict.missing.push(receipt),
            None => waiting.push(receipt),
        }
    }
    // Sequences have no gap: what comes before an entry that is there cannot still be on its way.
    let (dropped, pending): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|it| own.last_sequence().is_some_and(|last| it.first_sequence < last));
    verdict.missing.extend(dropped);
    verdict.pending = pending.len() as u64;
    Ok((verdict, own))
}

/// The checkpoint of a day holds every batch of an earlier day. The hub's day may be the next one here already, or the one before.
fn is_due(receipt: &Receipt, day: Option<Day>) -> bool {
    day.is_some_and(|day| receipt.day.plus_days(1) < day)
}

/// Receipts over the same sequences as the one before them: the hub signed twice for one place in its log.
fn doubled(receipts: &[Receipt]) -> Vec<Receipt> {
    let pairs = receipts.iter().zip(receipts.iter().skip(1));
    let overlap = pairs.filter(|(one, next)| {
        let end = one.first_sequence.saturating_add(u64::from(one.count));
        next.first_sequence < end && *one != *next
    });
    overlap.map(|(_, next)| next.clone()).collect()
}

/// Hashes as they came; `None` when one has another length.
fn hashes(path: &[Vec<u8>]) -> Option<Vec<Hash>> {
    path.iter().map(|it| it.as_slice().try_into().ok()).collect()
}
