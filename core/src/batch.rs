//! Batches: as a door parsed them, and as intake keeps them until they are filed.

use crate::processing::SubjectId;
use crate::value::{
    Code, ConnectionId, Day, Month, Observation, Place, RegionId, SealedDetails, Severity, ShorterTerm,
    Signal, SignalReference,
};

/// Lines that one batch may hold.
pub const MAX_LINES: usize = 500;

/// Places that one signal may be filed under: kinds times live epochs.
pub const MAX_PLACES: usize = 16;

/// The sender's own name of a batch: 16 random bytes.
pub type BatchId = [u8; 16];

/// A put as the door parsed it: well formed, not yet admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type; `proto/` states the obligations")]
pub struct SubmittedPut {
    /// Drawn by the door, and kept with the signal.
    pub subject: SubjectId,
    pub reference: SignalReference,
    pub revision: u64,
    pub places: Vec<Place>,
    pub severity: Severity,
    pub code: Option<Code>,
    pub month: Month,
    pub region: RegionId,
    pub observation: Observation,
    /// Acute danger: only taken when the acute route was followed (V-15).
    pub acute: bool,
    pub acute_route_followed: bool,
    pub shorter_term: Option<ShorterTerm>,
    pub details: Vec<SealedDetails>,
}

/// One line as the door parsed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmittedLine {
    /// A new signal, or a higher revision of one.
    Put(Box<SubmittedPut>),
    /// The end of one.
    Withdraw(SignalReference),
}

/// One line that intake admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// File this signal in these places.
    Put(Box<Put>),
    /// Withdraw the signal of this reference and never file it again within its term (P-42).
    Withdraw(SignalReference),
}

/// A signal and the places to file it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    subject: SubjectId,
    signal: Signal,
    places: Vec<Place>,
}

impl Put {
    /// Files `signal` in `places`; the processing log names its child as `subject`.
    #[must_use]
    pub const fn new(subject: SubjectId, signal: Signal, places: Vec<Place>) -> Self {
        Self { subject, signal, places }
    }

    /// By what the processing log names its child.
    #[must_use]
    pub const fn subject(&self) -> SubjectId {
        self.subject
    }

    /// The signal.
    #[must_use]
    pub const fn signal(&self) -> &Signal {
        &self.signal
    }

    /// Its places.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }
}

/// What intake keeps of one batch until the next tick files it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    connection: ConnectionId,
    received: Day,
    digest: [u8; 32],
    lines: Vec<Line>,
}

impl Arrival {
    /// The admitted lines of a batch of `connection`, received on a day; of no receipt yet.
    #[must_use]
    pub const fn new(connection: ConnectionId, received: Day, lines: Vec<Line>) -> Self {
        Self { connection, received, digest: [0; 32], lines }
    }

    /// The same, for whose batch a receipt with this digest is given.
    #[must_use]
    pub const fn with_digest(mut self, digest: [u8; 32]) -> Self {
        self.digest = digest;
        self
    }

    /// SHA-256 of its batch as it came, as the receipt says it (P-60): what the intake log binds its entry to. It goes with
    /// the arrival.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Who sent it.
    #[must_use]
    pub const fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The day it was received; counts toward that day's quota.
    #[must_use]
    pub const fn received(&self) -> Day {
        self.received
    }

    /// Its lines, at most [`MAX_LINES`].
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}
