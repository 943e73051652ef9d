//! What the hub signs and names with its receipt key: receipts (P-60), and the numbers of alerts that people see.

use std::path::Path;

use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use samenloop_core::alert::AlertId;
use samenloop_core::batch::BatchId;
use samenloop_core::value::ConnectionId;
use samenloop_manifest::Destruction;

use crate::key_file::{self, KeyFileFault};

/// What one receipt promises: these lines of this batch are on disk.
#[derive(Debug, Clone, Copy)]
pub struct Promise<'a> {
    /// Whose batch it is.
    pub connection: &'a ConnectionId,
    /// The sender's name of the batch.
    pub batch: &'a BatchId,
    /// SHA-256 of the encoded batch, padding included.
    pub digest: &'a [u8; 32],
    /// The sequence of its first admitted line; 0 when none was admitted.
    pub first_sequence: u64,
    /// Lines admitted.
    pub count: u32,
}

impl Promise<'_> {
    /// The bytes that a receipt signs.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160);
        lp(&mut bytes, b"samenloop/v1/receipt");
        lp(&mut bytes, self.connection.as_str().as_bytes());
        lp(&mut bytes, self.batch);
        bytes.extend_from_slice(self.digest);
        bytes.extend_from_slice(&self.first_sequence.to_be_bytes());
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes
    }
}

/// The hub's Ed25519 key, and a key derived from its seed that names alerts per recipient.
///
/// No `Debug` and no `Clone`.
pub struct ReceiptKey {
    signing: Ed25519KeyPair,
    naming: hmac::Key,
}

impl ReceiptKey {
    /// The key of a 32-byte seed (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// `None` when ring refuses the seed, which it does for no 32 bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        let signing = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let mut label = Vec::new();
        lp(&mut label, b"samenloop/v1/hub/recipient-key");
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed), &label);
        Some(Self { signing, naming: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) })
    }

    /// Reads a key file: mode 0600, one line of 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyFileFault`].
    pub fn load(path: &Path) -> Result<Self, KeyFileFault> {
        Self::from_seed(&*key_file::key(path)?).ok_or_else(|| KeyFileFault::Form(path.to_owned()))
    }

    /// The public key, as the manifest enters it.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.signing.public_key().as_ref()
    }

    /// Signs a receipt: 64 bytes.
    #[must_use]
    pub fn sign(&self, promise: &Promise<'_>) -> Vec<u8> {
        self.signing.sign(&promise.bytes()).as_ref().to_vec()
    }

    /// The statement that the hub's keys of an epoch are gone, as a signed note (P-33).
    #[must_use]
    pub(crate) fn sign_destruction(&self, statement: &Destruction) -> Option<String> {
        let key = self.public().try_into().ok()?;
        statement.signed(key, |text| self.signing.sign(text).as_ref().to_vec())
    }

    /// The number under which `recipient` sees an alert: no two recipients can tell that theirs are one.
    #[must_use]
    pub fn alert_number(&self, recipient: &ConnectionId, alert: AlertId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(80);
        lp(&mut bytes, b"samenloop/v1/hub/recipient");
        lp(&mut bytes, recipient.as_str().as_bytes());
        bytes.extend_from_slice(alert.bytes());
        hmac::sign(&self.naming, &bytes).as_ref().iter().take(16).copied().collect()
    }
}

/// `lp(x)` of protocol.md; every `x` here is shorter than 64 KiB.
fn lp(out: &mut Vec<u8>, x: &[u8]) {
    out.extend_from_slice(&u16::try_from(x.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(x);
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn id(name: &str) -> ConnectionId {
        ConnectionId::parse(name).unwrap()
    }

    #[test]
    fn a_receipt_signs_the_bytes_of_p_60() {
        let key = ReceiptKey::from_seed(&[7; 32]).unwrap();
        let promise = Promise {
            connection: &id("school-west"),
            batch: &[1; 16],
            digest: &[2; 32],
            first_sequence: 0x0304,
            count: 5,
        };
        let mut expected = b"\x00\x14samenloop/v1/receipt\x00\x0bschool-west\x00\x10".to_vec();
        expected.extend([1; 16]);
        expected.extend([2; 32]);
        expected.extend([0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 5]);
        assert_eq!(promise.bytes(), expected);
        let public = UnparsedPublicKey::new(&ED25519, key.public().to_vec());
        assert!(public.verify(&expected, &key.sign(&promise)).is_ok());
    }

    #[test]
    fn two_recipients_see_two_numbers_of_one_alert() {
        let key = ReceiptKey::from_seed(&[7; 32]).unwrap();
        let alert = AlertId::new([9; 16]);
        let west = key.alert_number(&id("zorgcoordinator-west"), alert);
        assert_eq!(west.len(), 16);
        assert_eq!(west, key.alert_number(&id("zorgcoordinator-west"), alert));
        assert_ne!(west, key.alert_number(&id("zorgcoordinator-noord"), alert));
        assert_ne!(west, alert.bytes());
    }
}
