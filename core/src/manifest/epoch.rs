//! Key epochs (sleutelperiodes) as the manifest enters them.

use crate::value::{ConnectionId, Day, Epoch};

/// Where a key epoch stands in its life (protocol.md section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EpochState {
    /// Agencies install its key; nothing is filed under it yet.
    Announced,
    /// Every push carries its pseudonyms. Exactly one epoch is active (P-40).
    Active,
    /// Pushes still carry its pseudonyms beside those of the active epoch. One epoch at most.
    Overlap {
        /// The last day of the overlap; what was not carried over by then lapses (P-43).
        until: Day,
    },
    /// Nothing is filed under it or matched by it any more.
    Retired,
    /// Every key of it is gone: agencies', administrators' and the hub's own (P-33).
    Destroyed,
    /// Its key may be known to others: as destroyed, without waiting for anybody.
    Burned,
}

impl EpochState {
    /// Whether signals are filed under an epoch of this state on a day (P-5).
    #[must_use]
    pub fn is_live(self, today: Day) -> bool {
        match self {
            Self::Active => true,
            Self::Overlap { until } => today <= until,
            Self::Announced | Self::Retired | Self::Destroyed | Self::Burned => false,
        }
    }

    /// Whether every key of an epoch of this state must be gone.
    #[must_use]
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Destroyed | Self::Burned)
    }
}

/// A key epoch as the manifest enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct EpochEntry {
    pub epoch: Epoch,
    pub state: EpochState,
}

/// How the key of an epoch is made and reaches the agencies. No room looks at it: the hub has no use for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct EpochMaking {
    pub epoch: Epoch,
    /// What the key is made of: all of it, in whatever order (P-10).
    pub commitments: Vec<Commitment>,
    /// Contributions on their way to agencies.
    pub wraps: Vec<Wrap>,
}

/// What an administrator committed to (P-13).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the manifest")]
pub struct Commitment {
    pub administrator: ConnectionId,
    pub commitment: [u8; 32],
}

/// One contribution, wrapped to one agency's key for this epoch (P-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// The agency.
    pub connection: ConnectionId,
    /// The X25519 public key that the agency made for this epoch alone.
    pub wrap_key: [u8; 32],
    /// Whose contribution it is.
    pub administrator: ConnectionId,
    /// The encapsulated key of its HPKE setup (RFC 9180 section 4.1).
    pub encapsulated: [u8; 32],
    /// 32 bytes sealed, and a tag of 16.
    pub ciphertext: [u8; 48],
}
