//! The key of one epoch, and the pseudonyms it makes.

use hmac::Mac;
use samenloop_core::value::{Epoch, Place, Pseudonym};
use zeroize::Zeroize;

use crate::Identifier;
use crate::keyed::{Keyed, append, feed, finish, keyed};

/// The key of one epoch (sleutelperiode) of one exchange.
///
/// Whoever holds it reverses any pseudonym made with it in a minute or two. No `Debug`, no `Clone`, no way to
/// read it back; wiped on drop. Keyed once: an identifier costs a copy of the hash state and two short hashes.
pub struct EpochKey {
    epoch: Epoch,
    /// `K_e`, with everything of `M` that is the same for all identifiers already fed. On the heap, so that
    /// moving the key leaves no copy behind.
    begun: Box<Keyed>,
}

impl EpochKey {
    /// The key `K_e` of `epoch` for `exchange`, a label of 1 to 64 bytes that the manifest gives (P-3).
    #[must_use]
    pub fn new(exchange: &str, epoch: Epoch, mut key: [u8; 32]) -> Self {
        let mut message = Vec::new();
        append(&mut message, b"samenloop/v1/identity");
        append(&mut message, exchange.as_bytes());
        message.extend_from_slice(&epoch.number().to_be_bytes());
        let mut begun = Box::new(keyed(&key));
        key.zeroize();
        begun.update(&message);
        Self { epoch, begun }
    }

    /// The epoch it is of.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Where signals about whoever `identifier` names are filed: `P`, with its epoch and kind.
    ///
    /// `M = lp("samenloop/v1/identity") ‖ lp(exchange) ‖ u32(epoch) ‖ u8(kind) ‖ lp(canonical)`,
    /// `Y = HMAC(K_e, M)`, `P = HMAC(Y, "samenloop/v1/pseudonym")` (P-3, P-4). `Y` is wiped before this
    /// returns.
    #[must_use]
    pub fn place(&self, identifier: &Identifier) -> Place {
        let mut mac = (*self.begun).clone();
        mac.update(&[identifier.kind().number()]);
        feed(&mut mac, identifier.canonical());
        let identity_secret = finish(mac);
        let mut mac = keyed(&identity_secret);
        mac.update(b"samenloop/v1/pseudonym");
        Place::new(self.epoch, identifier.kind(), Pseudonym::new(*finish(mac)))
    }
}
