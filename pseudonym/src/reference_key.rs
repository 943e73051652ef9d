//! An agency's own references to its own observations.

use hmac::Mac;
use samenloop_core::value::SignalReference;
use zeroize::Zeroize;

use crate::keyed::{Keyed, finish, keyed};

/// The agency's own random key for its signal references; it never leaves the agency.
///
/// No `Debug`, no `Clone`; wiped on drop.
pub struct ReferenceKey(Box<Keyed>);

impl ReferenceKey {
    /// The key of these 32 bytes.
    #[must_use]
    pub fn new(mut key: [u8; 32]) -> Self {
        let keyed = Box::new(keyed(&key));
        key.zeroize();
        Self(keyed)
    }

    /// The first 16 bytes of `HMAC(reference_key, local reference)` (P-6): the same local reference, byte for
    /// byte in UTF-8, gives the same signal reference on every push.
    #[must_use]
    pub fn reference(&self, local_reference: &str) -> SignalReference {
        let mut mac = (*self.0).clone();
        mac.update(local_reference.as_bytes());
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, ..] = *finish(mac);
        SignalReference::new([b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15])
    }
}
