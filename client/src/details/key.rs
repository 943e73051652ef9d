//! The private key with which an agency seals details and a coordinator opens them.

use std::sync::OnceLock;

use hpke::{Deserializable, Kem, Serializable};
use zeroize::{Zeroize, Zeroizing};

use super::DetailsKem;

/// An X25519 private key, wiped on drop. No `Debug`, no `Clone`.
pub struct DetailsKey {
    private: Zeroizing<[u8; 32]>,
    /// Its public half, once it was asked for.
    public: OnceLock<Option<[u8; 32]>>,
}

impl DetailsKey {
    /// The key of these 32 raw bytes.
    #[must_use]
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = Self { private: Zeroizing::new(bytes), public: OnceLock::new() };
        bytes.zeroize();
        key
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.private
    }
}

/// The public half of a private details key.
pub(crate) fn public_key(key: &DetailsKey) -> Option<[u8; 32]> {
    *key.public.get_or_init(|| {
        let private = <DetailsKem as Kem>::PrivateKey::from_bytes(key.bytes()).ok()?;
        Some(DetailsKem::sk_to_pk(&private).to_bytes().into())
    })
}
