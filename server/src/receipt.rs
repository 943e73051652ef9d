//! What the hub signs and names with its receipt key: receipts (P-60), and the numbers of alerts that people see.

use std::path::{Path, PathBuf};

use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use samenloop_core::alert::AlertId;
use samenloop_core::batch::BatchId;
use samenloop_core::value::ConnectionId;
use samenloop_manifest::Destruction;
use zeroize::Zeroizing;

/// Why a receipt key cannot be used. Never holds anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptKeyFault {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own error.
        source: std::io::Error,
    },
    /// Others than the owner may read the file.
    #[error("{0}: others may read this key; make it mode 0600")]
    Open(PathBuf),
    /// Not one line of 64 hexadecimal digits.
    #[error("{0}: a key file holds one line of 64 hexadecimal digits")]
    Form(PathBuf),
}

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
    /// [`ReceiptKeyFault`].
    pub fn load(path: &Path) -> Result<Self, ReceiptKeyFault> {
        use std::os::unix::fs::PermissionsExt;
        let unreadable = |source| ReceiptKeyFault::Unreadable { path: path.to_owned(), source };
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(ReceiptKeyFault::Open(path.to_owned()));
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
        let form = || ReceiptKeyFault::Form(path.to_owned());
        let seed = seed_of(&text).ok_or_else(form)?;
        Self::from_seed(&seed).ok_or_else(form)
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

fn seed_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.strip_suffix('\n').unwrap_or(text).as_bytes();
    let mut seed = Zeroizing::new([0; 32]);
    if digits.len() != 2 * seed.len() {
        return None;
    }
    for (byte, pair) in seed.iter_mut().zip(digits.chunks_exact(2)) {
        let mut value = 0;
        for digit in pair {
            value = value * 16 + u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
        *byte = value;
    }
    Some(seed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn id(name: &str) -> ConnectionId {
        ConnectionId::parse(name).unwrap()
    }

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
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

    #[test]
    fn a_key_file_is_one_line_that_only_its_owner_reads() {
        let line = "0f".repeat(32) + "\n";
        let (_folder, path) = written(&line, 0o600);
        assert!(ReceiptKey::load(&path).is_ok());
        let (_folder, path) = written(&line, 0o640);
        assert!(matches!(ReceiptKey::load(&path), Err(ReceiptKeyFault::Open(_))));
        for text in ["", "0f\n", &"0g".repeat(32), &("0f".repeat(32) + "\n\n"), &"0f".repeat(33)] {
            let (_folder, path) = written(text, 0o600);
            assert!(matches!(ReceiptKey::load(&path), Err(ReceiptKeyFault::Form(_))), "{text:?}");
        }
    }
}
