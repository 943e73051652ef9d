//! What is wrong inside a body that can be read.

use samenloop_core::value::{Code, ConnectionId, Day, RegionId};

use crate::epoch::MAX_OVERLAP_DAYS;
use crate::open::{MAX_DAYS, MAX_TERM_DAYS};

/// A value outside what the design allows, or lines of one entry that contradict one another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// The first manifest has no predecessor, every other has one (P-22).
    #[error("sequence starts at 1, and every manifest after the first names its predecessor")]
    Sequence,
    /// It would live too long, or not at all (P-22).
    #[error("expires must be 0 to {MAX_DAYS} days after issued")]
    Expires,
    /// It would act before it was written.
    #[error("acts_from lies before issued")]
    ActsFrom,
    /// No hour of a day.
    #[error("mail_hours has {0}; an hour is 0 to 23")]
    MailHour(u8),
    /// The operator holds a key of the root (P-21).
    #[error("the hub's operator is an administrator of the root; it may hold no key")]
    Operator,
    /// An administrator whom the root does not enter.
    #[error("connection {0} is an administrator that the root does not know")]
    UnknownAdministrator(ConnectionId),
    /// An administrator under another organisation than in the root.
    #[error("administrator {0} has another OIN in the root")]
    AdministratorOin(ConnectionId),
    /// A code without a mark, entered as one with a mark.
    #[error("connection {connection}: {code} is no marked code of the taxonomy")]
    NoMarkedCode {
        /// The connection.
        connection: ConnectionId,
        /// The code.
        code: Code,
    },
    /// A coordinator of a region that it does not list.
    #[error("connection {connection} coordinates {region}, which is not among its regions")]
    OtherRegion {
        /// The coordinator.
        connection: ConnectionId,
        /// The region.
        region: RegionId,
    },
    /// A region whose fallback would be asked at once, or too late (V-24).
    #[error("region {region}: term_days is {days}, and must be 1 to {MAX_TERM_DAYS}")]
    Term {
        /// The region.
        region: RegionId,
        /// The days it was given.
        days: u8,
    },
    /// An agency that speaks for nothing.
    #[error("connection {0}: an agency needs a domain")]
    NoDomain(ConnectionId),
    /// Somebody else with a domain.
    #[error("connection {0}: only an agency has a domain")]
    Domain(ConnectionId),
    /// Nobody could connect.
    #[error("connection {0}: certificate_keys is empty, so nobody could connect")]
    NoCertificateKey(ConnectionId),
    /// Zero is no kind.
    #[error("connection {0}: kinds are numbers from 1")]
    Kind(ConnectionId),
    /// It may not process what it is entered for (V-40).
    #[error("connection {0}: legal_basis or agreement is empty; enter both, or leave the connection out")]
    NoLegalBasis(ConnectionId),
    /// A key epoch.
    #[error("epoch {number}: {what}")]
    Epoch {
        /// Its number.
        number: u32,
        /// What is wrong.
        what: UnsoundEpoch,
    },
}

/// What is wrong with a key epoch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsoundEpoch {
    /// A day that its state needs.
    #[error("{0} is missing")]
    NoDay(&'static str),
    /// It should have been replaced (P-40).
    #[error("active since {0}, and an epoch lives a year at most; rotate to a new one")]
    Old(Day),
    /// Too long an overlap (P-40).
    #[error("an overlap of {0} days; {MAX_OVERLAP_DAYS} at most")]
    Overlap(u32),
    /// An overlap that ends before it begins.
    #[error("overlap_until lies before overlap_from")]
    OverlapEnds,
    /// Somebody who is no administrator.
    #[error("{0} contributes and is no administrator of the root")]
    Stranger(ConnectionId),
    /// One administrator, two contributions.
    #[error("{0} contributes twice")]
    Twice(ConnectionId),
    /// Fewer than m (P-10).
    #[error("{found} of the {needed} contributions that are needed")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many must be there (m).
        needed: usize,
    },
    /// One organisation knows the whole key (P-21).
    #[error("one organisation contributes alone")]
    Alone,
    /// A wrap of nothing.
    #[error("{administrator} wraps for {connection} and contributes nothing")]
    WrapOfNothing {
        /// Whose wrap it is.
        administrator: ConnectionId,
        /// For whom it is.
        connection: ConnectionId,
    },
    /// Two wraps of one contribution for one agency.
    #[error("{administrator} wraps for {connection} twice")]
    WrapTwice {
        /// Whose wrap it is.
        administrator: ConnectionId,
        /// For whom it is.
        connection: ConnectionId,
    },
    /// An agency makes one key for an epoch (P-11).
    #[error("the wraps for {0} are to different keys")]
    WrapKeys(ConnectionId),
}
