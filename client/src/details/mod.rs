//! Sealed details: what an agency tells the coordinator of a signal's region and the hub cannot read
//! (protocol.md section 6).

mod key;
mod open;
mod seal;
mod text;

pub use key::DetailsKey;
pub(crate) use key::public_key;
pub use open::{Opened, Opener, Shown};
pub use seal::{BatchSeals, SealFault};
pub use text::{ContactFunction, Details, MAX_CASE_REFERENCE_CHARS, MAX_CASE_REFERENCE_LEN, TextFault};

use chacha20poly1305::ChaCha20Poly1305;
use hmac::{Hmac, KeyInit, Mac};
use samenloop_core::value::{ConnectionId, Epoch, KeyId, SignalReference};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::message::append;

/// DHKEM(X25519, HKDF-SHA256), RFC 9180 section 7.1.
type DetailsKem = hpke::kem::X25519HkdfSha256;
/// HKDF-SHA256, RFC 9180 section 7.2.
type DetailsKdf = hpke::kdf::HkdfSha256;
/// ChaCha20Poly1305, RFC 9180 section 7.3. The setup itself seals nothing; it only exports.
type DetailsAead = hpke::aead::ChaCha20Poly1305;

/// Bytes of the plaintext, padding included (P-50).
const TEXT_LEN: usize = 256;

/// The context in which a setup exports the secret of its batch.
const EXPORT: &[u8] = b"samenloop/v1/details";

/// `lp("samenloop/v1/wrap/details") ‖ lp(exchange) ‖ u32(epoch) ‖ lp(coordinator_id) ‖
/// lp(coordinator_key_id)`, the epoch being the active one when it was sealed (P-50).
fn info(exchange: &str, epoch: Epoch, coordinator: &ConnectionId, key: &KeyId) -> Vec<u8> {
    let mut info = Vec::with_capacity(128);
    append(&mut info, b"samenloop/v1/wrap/details");
    append(&mut info, exchange.as_bytes());
    info.extend_from_slice(&epoch.number().to_be_bytes());
    append(&mut info, coordinator.as_str().as_bytes());
    append(&mut info, key);
    info
}

/// `lp(agency_id) ‖ lp(reference) ‖ u64(revision)`.
fn associated(agency: &ConnectionId, reference: SignalReference, revision: u64) -> Vec<u8> {
    let mut associated = Vec::with_capacity(64);
    append(&mut associated, agency.as_str().as_bytes());
    append(&mut associated, reference.bytes());
    associated.extend_from_slice(&revision.to_be_bytes());
    associated
}

/// `HMAC(secret, lp(reference) ‖ u64(revision))`: the key of one signal within a batch, whose secret is keyed already.
fn signal_key(mut mac: Hmac<Sha256>, reference: SignalReference, revision: u64) -> Zeroizing<[u8; 32]> {
    let mut message = Vec::with_capacity(26);
    append(&mut message, reference.bytes());
    message.extend_from_slice(&revision.to_be_bytes());
    mac.update(&message);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// HMAC fills a shorter key with zeros to the 64 bytes of a block itself (RFC 2104 section 2).
fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
    <Hmac<Sha256> as KeyInit>::new(&(*block).into())
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    <ChaCha20Poly1305 as chacha20poly1305::KeyInit>::new(&(*key).into())
}

#[cfg(test)]
mod tests;
