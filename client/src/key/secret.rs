//! The secret under which the key files of one machine are sealed.

use std::path::{Path, PathBuf};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeyFault;
use super::disk::{read_private, write_private};
use crate::language::Language;

/// The first line of a machine secret.
const HEADING: &str = "samenloop machine secret 1";

/// No passphrase starts with it.
const FIRST_WORD: &[u8] = b"samenloop ";

/// Characters that a passphrase has at least.
pub(super) const FEWEST_CHARACTERS: usize = 16;

/// Bytes that a file with a secret may have.
const MAX_LEN: usize = 4096;

/// Rounds of PBKDF2-HMAC-SHA256 (RFC 8018) over a passphrase; the number of OWASP's advice of 2023.
const ROUNDS: u32 = 600_000;

/// How a sealing key comes from the secret. Closed: a file cannot ask for fewer rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// From 32 random bytes, at once.
    Machine,
    /// From something that a person chose, slowly.
    Passphrase,
}

impl Derivation {
    /// As a key file writes it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Machine => "hkdf-sha256",
            Self::Passphrase => "pbkdf2-hmac-sha256-600000",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Machine, Self::Passphrase].into_iter().find(|it| it.text() == text)
    }

    pub(super) const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Machine => language.pick("machinegeheim", "machine secret"),
            Self::Passphrase => language.pick("wachtzin", "passphrase"),
        }
    }
}

/// A machine secret or a passphrase. Wiped on drop; no `Debug`, no `Clone`.
pub struct Secret {
    path: PathBuf,
    derivation: Derivation,
    bytes: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// Reads a machine secret, recognised by its first line, or else a passphrase: everything in the file
    /// but one newline at its end, at least 16 characters of UTF-8.
    ///
    /// # Errors
    /// [`KeyFault`] when the file is missing, open to others, empty, cut off or too short.
    pub fn read(path: &Path) -> Result<Self, KeyFault> {
        let text = read_private(path, MAX_LEN)?;
        let malformed = || KeyFault::SecretMalformed(path.to_owned());
        let secret = |derivation, bytes| Self { path: path.to_owned(), derivation, bytes };
        // What is left of a machine secret that was cut off must not pass for a passphrase.
        if text.starts_with(FIRST_WORD) || FIRST_WORD.starts_with(&text) {
            return Ok(secret(Derivation::Machine, parse(&text).ok_or_else(malformed)?));
        }
        let text = std::str::from_utf8(&text).map_err(|_| malformed())?;
        let passphrase = text.strip_suffix('\n').unwrap_or(text);
        let passphrase = passphrase.strip_suffix('\r').unwrap_or(passphrase);
        if passphrase.chars().count() < FEWEST_CHARACTERS {
            return Err(KeyFault::SecretShort(path.to_owned()));
        }
        Ok(secret(Derivation::Passphrase, Zeroizing::new(passphrase.as_bytes().to_vec())))
    }

    /// Makes a machine secret of 32 random bytes in a file that is not there yet, mode 0600.
    ///
    /// # Errors
    /// [`KeyFault`] when there is a file, or none can be written.
    pub fn make(path: &Path) -> Result<Self, KeyFault> {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        getrandom::fill(&mut bytes).map_err(|_| KeyFault::System)?;
        let mut text = Zeroizing::new(Vec::with_capacity(HEADING.len() + 66));
        text.extend_from_slice(HEADING.as_bytes());
        text.push(b'\n');
        for byte in bytes.iter() {
            text.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        text.push(b'\n');
        write_private(path, &text)?;
        Ok(Self { path: path.to_owned(), derivation: Derivation::Machine, bytes })
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn derivation(&self) -> Derivation {
        self.derivation
    }

    /// The key that seals the file of this salt.
    pub(super) fn sealing_key(&self, salt: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let mut key = Zeroizing::new([0; 32]);
        match self.derivation {
            Derivation::Machine => {
                let extracted = Hkdf::<Sha256>::new(Some(salt), &self.bytes);
                extracted.expand(b"samenloop/v1/key-file", &mut *key).ok()?;
            }
            Derivation::Passphrase => {
                let rounds = std::num::NonZeroU32::new(ROUNDS)?;
                ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, &self.bytes, &mut *key);
            }
        }
        Some(key)
    }
}

const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

/// The 32 bytes of a whole machine secret.
fn parse(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.strip_prefix(HEADING.as_bytes())?.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
    if digits.len() != 64 {
        return None;
    }
    let value = |digit: &u8| char::from(*digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(32));
    for pair in digits.chunks_exact(2) {
        let [high, low] = pair else { return None };
        bytes.push(value(high)? << 4 | value(low)?);
    }
    Some(bytes)
}
