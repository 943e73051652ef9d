//! How far the follow-up of an alert is. Only what people did moves it on, but for two ends: its signals no longer
//! meet the rule, or nobody picked it up; and a claimed alert has neither.

use std::collections::BTreeSet;

use crate::case::{
    CaseReference, CheckReason, ChildView, ClaimReason, ConfirmReason, ContactReason, HandOverReason,
    Outcome, Registration, SecondReading, UnfoundedReason, closed_list,
};
use crate::value::{ConnectionId, Day, SignalReference};

closed_list! {
    /// Where an alert stands, in one word.
    AlertState:
    /// Its signals converge and nobody has picked it up.
    New = 1 "new",
    /// Its signals no longer meet the rule, or nobody picked it up in time.
    Lapsed = 2 "lapsed",
    /// It was closed, and opened again by a new hard signal or a new domain.
    Reopened = 3 "reopened",
    /// Somebody leads it.
    Claimed = 4 "claimed",
    /// Its lead confirmed it.
    Confirmed = 5 "confirmed",
    /// Its lead found it unfounded.
    Unfounded = 6 "unfounded",
    /// Its lead closed it, with an outcome.
    Closed = 7 "closed",
}

impl AlertState {
    /// Whether nothing is to be done any more.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Lapsed)
    }
}

/// How far the follow-up of an alert is, with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nobody leads it.
    Waiting {
        /// The day it opened or was opened again.
        since: Day,
        /// Whether it was closed before.
        reopened: bool,
    },
    /// Somebody does.
    Led(Lead),
    /// It was closed.
    Closed(Closing),
    /// It ended by itself, never led.
    Lapsed {
        /// The day it opened or was opened again.
        since: Day,
        /// The day it ended.
        on: Day,
    },
}

/// What the lead made of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not yet judged.
    Claimed,
    /// Confirmed.
    Confirmed,
    /// Unfounded.
    Unfounded,
}

/// Who leads an alert, and until when nothing needs doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Lead {
    pub by: ConnectionId,
    /// The lead's own name of the case.
    pub case: CaseReference,
    pub phase: Phase,
    /// The day of the next safety check; there always is one.
    pub next_check: Day,
    /// Since when its signals do not meet the rule: its lead decides (V-33).
    pub unmet_since: Option<Day>,
}

/// How an alert was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Closing {
    pub by: ConnectionId,
    pub on: Day,
    pub outcome: Outcome,
    pub registration: Registration,
    pub view: ChildView,
}

impl Progress {
    /// In one word.
    #[must_use]
    pub const fn state(&self) -> AlertState {
        match self {
            Self::Waiting { reopened: false, .. } => AlertState::New,
            Self::Waiting { reopened: true, .. } => AlertState::Reopened,
            Self::Led(Lead { phase: Phase::Claimed, .. }) => AlertState::Claimed,
            Self::Led(Lead { phase: Phase::Confirmed, .. }) => AlertState::Confirmed,
            Self::Led(Lead { phase: Phase::Unfounded, .. }) => AlertState::Unfounded,
            Self::Closed(_) => AlertState::Closed,
            Self::Lapsed { .. } => AlertState::Lapsed,
        }
    }

    /// Who leads it.
    #[must_use]
    pub const fn lead(&self) -> Option<&Lead> {
        match self {
            Self::Led(lead) => Some(lead),
            Self::Waiting { .. } | Self::Closed(_) | Self::Lapsed { .. } => None,
        }
    }
}

/// What a coordinator does with an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Picks it up.
    Claim {
        /// Why.
        reason: ClaimReason,
        /// The day of the first safety check.
        next_check: Day,
    },
    /// Confirms it.
    Confirm {
        /// Why.
        reason: ConfirmReason,
        /// Needed where all signals are soft.
        reading: Option<SecondReading>,
    },
    /// Finds it unfounded.
    Unfounded {
        /// Why.
        reason: UnfoundedReason,
        /// Needed where all signals are soft.
        reading: Option<SecondReading>,
    },
    /// Closes it.
    Close {
        /// What came of it.
        outcome: Outcome,
        /// Whether the child is registered.
        registration: Registration,
        /// Whether the child's view is known.
        view: ChildView,
    },
    /// Hands it to another coordinator.
    HandOver {
        /// To whom.
        to: ConnectionId,
        /// Why.
        reason: HandOverReason,
        /// The day of the next safety check, for the other.
        next_check: Day,
    },
    /// Sets the next safety check.
    SetNextCheck {
        /// Why.
        reason: CheckReason,
        /// Its day.
        next_check: Day,
    },
    /// Asks reporters to phone.
    AskContact {
        /// Whom.
        of: BTreeSet<ConnectionId>,
        /// Why.
        reason: ContactReason,
    },
}

/// A deed, under the coordinator's own name of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Act {
    pub case: CaseReference,
    pub deed: Deed,
}

/// An act as it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Done {
    pub by: ConnectionId,
    pub on: Day,
    pub act: Act,
}

/// What a reporter answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It will call.
    WillCall,
    /// It cannot before this day.
    NotAvailableUntil(Day),
    /// The case is not its own any more.
    NotOurs,
}

/// Asks one reporter to phone the lead. Who the child is, is said on the phone, between people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct ContactRequest {
    /// Who is asked.
    pub of: ConnectionId,
    /// Its own references, by which it finds its case: 1 to [`ContactRequest::MAX_REFERENCES`].
    pub references: Vec<SignalReference>,
    /// Who asks.
    pub by: ConnectionId,
    /// What to name on the phone.
    pub case: CaseReference,
    pub reason: ContactReason,
    pub asked: Day,
    /// The last answer, and its day.
    pub answer: Option<(Answer, Day)>,
}

impl ContactRequest {
    /// References that one request names at most.
    pub const MAX_REFERENCES: usize = 8;
}
