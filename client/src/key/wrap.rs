//! A contribution on its way to one agency (P-11).
//!
//! RFC 9180 in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. Whoever knows an agency's
//! public key can wrap to it; that a wrap is an administrator's follows from the signed manifest that carries
//! it, and that it is the one promised from the commitment there (P-13). The agency checks both.

use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::details_key_id;
use samenloop_pseudonym::contribution::Contribution;
use zeroize::Zeroizing;

use crate::message::append;

/// DHKEM(X25519, HKDF-SHA256), RFC 9180 section 7.1.
type WrapKem = hpke::kem::X25519HkdfSha256;
/// HKDF-SHA256, RFC 9180 section 7.2.
type WrapKdf = hpke::kdf::HkdfSha256;
/// ChaCha20Poly1305, RFC 9180 section 7.3.
type WrapAead = hpke::aead::ChaCha20Poly1305;

/// One contribution, sealed to one agency for one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The encapsulated key (RFC 9180 section 4.1).
    pub encapsulated: [u8; 32],
    /// 32 bytes sealed, and a tag of 16.
    pub ciphertext: [u8; 48],
}

/// Why a contribution is not wrapped or unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapFault {
    /// No usable X25519 public key (RFC 7748 section 6.1).
    #[error("the wrap key is not usable")]
    Key,
    /// Made for another agency, key, epoch, exchange or administrator, or changed.
    #[error("the wrap does not open: it is for another agency, key, epoch or administrator, or was changed")]
    Closed,
}

/// The X25519 private key that an agency makes for one epoch, never backs up, and destroys once the epoch's
/// key is installed. Wiped on drop; no `Debug`, no `Clone`.
pub struct WrapKey(<WrapKem as Kem>::PrivateKey);

impl WrapKey {
    /// The key of these 32 raw bytes, which are any.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        match Deserializable::from_bytes(bytes) {
            Ok(key) => Self(key),
            // RFC 7748 section 5: every string of 32 bytes is a scalar, and no other length comes here.
            Err(_) => unreachable!("32 bytes are an X25519 key"),
        }
    }

    /// Its public half, as administrators enter it.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        WrapKem::sk_to_pk(&self.0).to_bytes().into()
    }
}

/// Wraps an administrator's contribution to the key that an agency made for this epoch.
///
/// # Errors
/// [`WrapFault::Key`] when `wrap_public` is no key.
pub fn wrap(
    exchange: &str,
    epoch: Epoch,
    contribution: &Contribution,
    agency: &ConnectionId,
    wrap_public: &[u8; 32],
) -> Result<Wrapped, WrapFault> {
    let recipient = <WrapKem as Kem>::PublicKey::from_bytes(wrap_public).map_err(|_| WrapFault::Key)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<WrapAead, WrapKdf, WrapKem>(
        &OpModeS::Base,
        &recipient,
        &info(exchange, epoch, contribution.administrator()),
        contribution.expose(),
        &associated(agency, wrap_public),
    )
    .map_err(|_| WrapFault::Key)?;
    let ciphertext = ciphertext.try_into().map_err(|_| WrapFault::Key)?;
    Ok(Wrapped { encapsulated: encapsulated.to_bytes().into(), ciphertext })
}

/// Unwraps what `administrator` wrapped to `agency`. The caller checks it against its commitment (P-13).
///
/// # Errors
/// [`WrapFault::Closed`] when it does not open.
pub fn unwrap(
    exchange: &str,
    epoch: Epoch,
    administrator: &ConnectionId,
    agency: &ConnectionId,
    key: &WrapKey,
    wrapped: &Wrapped,
) -> Result<Contribution, WrapFault> {
    let closed = |_| WrapFault::Closed;
    let encapsulated = <WrapKem as Kem>::EncappedKey::from_bytes(&wrapped.encapsulated).map_err(closed)?;
    let opened = hpke::single_shot_open::<WrapAead, WrapKdf, WrapKem>(
        &OpModeR::Base,
        &key.0,
        &encapsulated,
        &info(exchange, epoch, administrator),
        &wrapped.ciphertext,
        &associated(agency, &key.public()),
    );
    let opened = Zeroizing::new(opened.map_err(closed)?);
    let value = opened.as_slice().try_into().map_err(|_| WrapFault::Closed)?;
    Ok(Contribution::new(administrator.clone(), value))
}

/// `lp("samenloop/v1/wrap/hmac") ‖ lp(exchange) ‖ u32(epoch) ‖ lp(admin_id)`.
fn info(exchange: &str, epoch: Epoch, administrator: &ConnectionId) -> Vec<u8> {
    let mut info = Vec::with_capacity(128);
    append(&mut info, b"samenloop/v1/wrap/hmac");
    append(&mut info, exchange.as_bytes());
    info.extend_from_slice(&epoch.number().to_be_bytes());
    append(&mut info, administrator.as_str().as_bytes());
    info
}

/// `lp(agency_id) ‖ lp(agency_key_id)`; the id of a key is the first 8 bytes of its SHA-256.
fn associated(agency: &ConnectionId, wrap_public: &[u8; 32]) -> Vec<u8> {
    let mut associated = Vec::with_capacity(64);
    append(&mut associated, agency.as_str().as_bytes());
    append(&mut associated, &details_key_id(wrap_public));
    associated
}

#[cfg(test)]
mod tests;
