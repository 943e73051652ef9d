//! Filing: what one line changes, given what its own sender's reference records say.
//!
//! Knows nothing of other senders: a line is filed the same whoever else knows the child.

use crate::alert::AlertId;
use crate::value::{CAP_MONTHS, Day, Kind, Month, Severity, Signal, SubjectIndex};

/// Whether a reference is filed or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Filed in the places its record names.
    Filed,
    /// Withdrawn: a tombstone to the end of its term, never filed again (P-42).
    Withdrawn,
}

/// What the hub keeps of one reference in one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRecord {
    /// Filed or withdrawn.
    pub standing: Standing,
    /// The revision that is filed.
    pub revision: u64,
    /// The month through whose last day this record, and its tombstone, count.
    pub expiry: Month,
    /// No revision takes it further than this month (V-20).
    pub cap: Month,
    /// Where it is filed.
    pub filed: Vec<(Kind, SubjectIndex)>,
    /// The alerts that list it, by kind.
    pub alerts: Vec<(Kind, AlertId)>,
    /// How severe it was when a coordinator last closed an alert that listed it; the mark goes when its child is
    /// found to be another.
    pub judged: Option<Severity>,
}

impl ReferenceRecord {
    /// Whether it still says anything on a day; a record past its term is as good as none.
    #[must_use]
    pub fn is_alive(&self, today: Day) -> bool {
        today <= self.expiry.last_day()
    }

    /// Whether a coordinator judged it as it is now: what was soft then and is hard now is new.
    #[must_use]
    pub fn is_judged(&self, now: Severity) -> bool {
        self.judged.is_some_and(|then| then >= now)
    }
}

/// What to do with a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutDecision {
    /// A revision that was replaced before: nothing.
    Ignore,
    /// Withdrawn before: stays so, in every live epoch, through this month (P-42).
    StayWithdrawn {
        /// The month through which the tombstones count.
        expiry: Month,
    },
    /// The revision that is filed: only add places of kinds it is not yet filed under, for no longer than its
    /// term (P-42). Another child takes a higher revision.
    AddPlaces(Signal),
    /// New, or a higher revision: file in exactly these places, and nowhere else any more.
    Replace {
        /// The signal, ending no later than its cap.
        signal: Signal,
        /// The cap, from its first month.
        cap: Month,
    },
}

/// Decides on a put, given the records of its reference in the live epochs.
#[must_use]
pub fn decide_put<'a>(
    known: impl Iterator<Item = &'a ReferenceRecord>,
    signal: &Signal,
    today: Day,
) -> PutDecision {
    let known: Vec<_> = known.filter(|it| it.is_alive(today)).collect();
    let tombs = known.iter().filter(|it| it.standing == Standing::Withdrawn);
    if let Some(expiry) = tombs.map(|it| it.expiry).max() {
        return PutDecision::StayWithdrawn { expiry };
    }
    let Some(newest) = known.iter().max_by_key(|it| it.revision) else {
        return PutDecision::Replace {
            signal: signal.clone(),
            cap: signal.content().month().plus(CAP_MONTHS),
        };
    };
    let cap = known.iter().map(|it| it.cap).min().unwrap_or(newest.cap);
    match signal.revision().cmp(&newest.revision) {
        std::cmp::Ordering::Less => PutDecision::Ignore,
        std::cmp::Ordering::Equal => PutDecision::AddPlaces(signal.clone().capped(newest.expiry)),
        std::cmp::Ordering::Greater => PutDecision::Replace { signal: signal.clone().capped(cap), cap },
    }
}

/// The month through which a withdrawn reference stays withdrawn, given its records in the live epochs;
/// `None` when the sender has no such signal, and nothing changes.
#[must_use]
pub fn decide_withdrawal<'a>(known: impl Iterator<Item = &'a ReferenceRecord>, today: Day) -> Option<Month> {
    known.filter(|it| it.is_alive(today)).map(|it| it.expiry).max()
}
