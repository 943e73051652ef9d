//! What is past its term and still there: how much of what, and since which month (V-20, V-21, V-24). Never of which child.

use std::collections::BTreeMap;
use std::fmt;

use samenloop_core::alert::Alert;
use samenloop_core::room::alerting::{self, LastDays, Left};
use samenloop_core::room::rights;
use samenloop_core::value::{Day, Month};

use super::Base;
use crate::sled::draft::Draft;
use crate::sled::kept::Kept;
use crate::{Fault, Letter};

/// What has a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermOf {
    /// Signal rows: through the last day of their month.
    Rows,
    /// Records of references, tombstones among them: as the rows.
    References,
    /// Signals that are counted of months that ended.
    Counts,
    /// Alerts that ended: by their outcome.
    Alerts,
    /// Signals that ended alerts show.
    ListedSignals,
    /// Contact requests of ended alerts.
    ContactRequests,
    /// Rights requests, with their answers.
    RightsRequests,
    /// Restrictions.
    Restrictions,
    /// Letters of the outbox.
    Letters,
}

impl TermOf {
    /// Its name, of more than one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::References => "references",
            Self::Counts => "counted signals",
            Self::Alerts => "alerts",
            Self::ListedSignals => "signals of alerts",
            Self::ContactRequests => "contact requests",
            Self::RightsRequests => "rights requests",
            Self::Restrictions => "restrictions",
            Self::Letters => "letters",
        }
    }
}

/// How much of what was to be gone since which month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired(BTreeMap<(TermOf, Month), u64>);

impl Expired {
    pub(super) fn note(&mut self, what: TermOf, since: Month, many: usize) {
        if many > 0 {
            *self.0.entry((what, since)).or_default() += many as u64;
        }
    }

    /// All of one sort.
    #[must_use]
    pub fn of(&self, what: TermOf) -> u64 {
        self.each().filter(|(it, ..)| *it == what).map(|(.., many)| many).sum()
    }

    /// Each sort, with the month in which its term ended and how many there are.
    pub fn each(&self) -> impl Iterator<Item = (TermOf, Month, u64)> {
        self.0.iter().map(|((what, since), many)| (*what, *since, *many))
    }
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} expired rows", self.of(TermOf::Rows))?;
        self.each().try_for_each(|(what, since, many)| {
            write!(f, "\nto be gone since {since}: {many} {}", what.name())
        })
    }
}

/// Whatever is past its term but for rows and references, which are counted as they are opened.
pub(super) fn others(base: &Base, today: Day, expired: &mut Expired) -> Result<(), Fault> {
    let kept = Kept::read(base)?;
    for ((_, month), signals) in kept.filed() {
        if month < today.month() {
            expired.note(TermOf::Counts, month, usize::try_from(signals).unwrap_or(usize::MAX));
        }
    }
    for request in kept.requests() {
        if let Some(last) = rights::kept_until(request).filter(|last| *last < today) {
            expired.note(TermOf::RightsRequests, last.month(), 1);
        }
    }
    for restriction in Draft::new(base).restrictions()? {
        if restriction.until < today {
            expired.note(TermOf::Restrictions, restriction.until.month(), 1);
        }
    }
    Ok(())
}

/// What is past its term of an alert that ended.
pub(super) fn alert(alert: &Alert, today: Day, expired: &mut Expired) {
    let Some(LastDays { signals, decisions }) = alerting::last_days(alert) else { return };
    match alerting::left(alert, today) {
        Left::Whole => {}
        Left::Decisions => {
            expired.note(TermOf::ListedSignals, signals.month(), alert.signals().len());
            expired.note(TermOf::ContactRequests, signals.month(), alert.contacts().len());
        }
        Left::Nothing => expired.note(TermOf::Alerts, decisions.month(), 1),
    }
}

/// A letter, when it is past its term.
pub(super) fn letter(letter: &Letter, today: Day, expired: &mut Expired) {
    if letter.ends() < today {
        expired.note(TermOf::Letters, letter.ends().month(), 1);
    }
}
