//! The epoch key that nobody makes alone.

use hkdf::Hkdf;
use samenloop_core::value::{ConnectionId, Epoch};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::keyed::append;

/// The fewest administrators that make an epoch key together: one alone would know it (P-10).
pub const FEWEST: u8 = 2;

/// Why contributions make no epoch key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContributionFault {
    /// The manifest asks for fewer than [`FEWEST`].
    #[error("an epoch key takes {FEWEST} contributions at least, here {wanted} are asked for")]
    TooFewAsked {
        /// Contributions asked for.
        wanted: u8,
    },
    /// Not as many as asked for.
    #[error("{wanted} contributions are asked for, here are {found}")]
    Count {
        /// Contributions asked for.
        wanted: u8,
        /// Contributions given.
        found: usize,
    },
    /// One administrator contributes twice, and so knows more of the key than agreed.
    #[error("administrator {0} contributes twice")]
    Twice(ConnectionId),
}

/// What one administrator adds to the key of one epoch: 32 random bytes, drawn offline.
///
/// No `Debug`, no `Clone`; wiped on drop.
pub struct Contribution {
    administrator: ConnectionId,
    value: Zeroizing<[u8; 32]>,
}

impl Contribution {
    /// The contribution `c_j` of an administrator.
    #[must_use]
    pub fn new(administrator: ConnectionId, mut value: [u8; 32]) -> Self {
        let contribution = Self { administrator, value: Zeroizing::new(value) };
        value.zeroize();
        contribution
    }

    /// Whose it is.
    #[must_use]
    pub const fn administrator(&self) -> &ConnectionId {
        &self.administrator
    }

    /// The 32 bytes of `c_j`, to be sealed or wrapped and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.value
    }

    /// What the manifest says of it, so that every agency holds the same key or knows whose contribution
    /// differs (P-13): `SHA-256(lp("samenloop/v1/contribution") ‖ lp(exchange) ‖ u32(epoch) ‖ lp(admin_id) ‖ c_j)`.
    #[must_use]
    pub fn commitment(&self, exchange: &str, epoch: Epoch) -> [u8; 32] {
        let mut message = Vec::new();
        append(&mut message, b"samenloop/v1/contribution");
        append(&mut message, exchange.as_bytes());
        message.extend_from_slice(&epoch.number().to_be_bytes());
        append(&mut message, self.administrator.as_str().as_bytes());
        Sha256::new().chain_update(&message).chain_update(self.value.as_slice()).finalize().into()
    }
}

/// The key `K_e` of an epoch from exactly `wanted` contributions, in whatever order they come (P-10).
/// `wanted` is the number of commitments in the epoch's entry of the manifest.
///
/// `info = lp("samenloop/v1/hmac/epoch-key") ‖ lp(exchange) ‖ u32(epoch) ‖ u8(wanted)`;
/// `ikm = lp(admin_id_1) ‖ c_1 ‖ lp(admin_id_2) ‖ c_2 ...` in ascending order of the ids' bytes;
/// `K_e = HKDF-SHA256(salt = info, ikm, info, 32)` (RFC 5869).
///
/// # Errors
/// [`ContributionFault`] when there are not as many as `wanted`, fewer than two are wanted, or one
/// administrator contributes twice.
pub fn epoch_key(
    exchange: &str,
    epoch: Epoch,
    wanted: u8,
    contributions: &[Contribution],
) -> Result<Zeroizing<[u8; 32]>, ContributionFault> {
    if wanted < FEWEST {
        return Err(ContributionFault::TooFewAsked { wanted });
    }
    if contributions.len() != usize::from(wanted) {
        return Err(ContributionFault::Count { wanted, found: contributions.len() });
    }
    let mut ascending: Vec<_> = contributions.iter().collect();
    ascending.sort_by(|one, other| one.administrator.cmp(&other.administrator));
    for pair in ascending.windows(2) {
        if let [one, other] = pair
            && one.administrator == other.administrator
        {
            return Err(ContributionFault::Twice(one.administrator.clone()));
        }
    }

    let mut info = Vec::new();
    append(&mut info, b"samenloop/v1/hmac/epoch-key");
    append(&mut info, exchange.as_bytes());
    info.extend_from_slice(&epoch.number().to_be_bytes());
    info.push(wanted);

    // Room for all of it at once: a vector that grows leaves what it held behind.
    let room = ascending.iter().map(|it| 2 + it.administrator.as_str().len() + it.value.len()).sum();
    let mut ikm = Zeroizing::new(Vec::with_capacity(room));
    for contribution in ascending {
        append(&mut ikm, contribution.administrator.as_str().as_bytes());
        ikm.extend_from_slice(contribution.value.as_slice());
    }

    let mut key = Zeroizing::new([0; 32]);
    match Hkdf::<Sha256>::new(Some(&info), &ikm).expand(&info, &mut *key) {
        Ok(()) => Ok(key),
        // RFC 5869 section 2.3: only more than 255 times 32 bytes are refused.
        Err(_) => unreachable!("32 bytes are within HKDF's reach"),
    }
}
