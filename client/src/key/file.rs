//! Sealed key files: one line of text.
//!
//! ```text
//! samenloop-key/1 <purpose> <derivation> <salt> <nonce> <ciphertext>
//! ```
//!
//! Salt (32 bytes), nonce (12) and ciphertext are base64. ChaCha20-Poly1305 (RFC 8439) under the key that the
//! secret gives for this salt, over everything before the ciphertext: a file is of one purpose, and renaming
//! it or changing its head does not make it another.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use zeroize::Zeroizing;

use super::disk::{overwrite_and_remove, read_private, write_private};
use super::secret::Derivation;
use super::{KeyFault, Purpose, Secret};

/// The first word of a key file.
const FORMAT: &str = "samenloop-key/1";

/// Bytes that a key may have; PKCS#8 of the largest RSA key in use is below 5 KiB.
pub const MAX_CONTENT_LEN: usize = 8 * 1024;

/// Bytes that a key file may have.
const MAX_FILE_LEN: usize = 12 * 1024;

/// Writes a key to a file that is not there yet, mode 0600, sealed under `secret`. Durable when it returns.
///
/// # Errors
/// [`KeyFault`] when there is a file, none can be written, or `content` is more than [`MAX_CONTENT_LEN`].
pub fn seal(path: &Path, purpose: Purpose, content: &[u8], secret: &Secret) -> Result<(), KeyFault> {
    if content.len() > MAX_CONTENT_LEN {
        return Err(KeyFault::Malformed(path.to_owned()));
    }
    let (mut salt, mut nonce) = ([0; 32], [0; 12]);
    getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut nonce)).map_err(|_| KeyFault::System)?;
    let derivation = secret.derivation().text();
    let mut text =
        format!("{FORMAT} {purpose} {derivation} {} {} ", STANDARD.encode(salt), STANDARD.encode(nonce));
    let sealed = cipher(secret, &salt)
        .and_then(|it| it.encrypt(&nonce.into(), Payload { msg: content, aad: text.as_bytes() }).ok());
    STANDARD.encode_string(sealed.ok_or(KeyFault::System)?, &mut text);
    text.push('\n');
    write_private(path, text.as_bytes())
}

/// The content of a key file of this purpose.
///
/// # Errors
/// [`KeyFault`] when the file is missing, open to others, cut off, of another purpose, or does not open.
pub fn open(path: &Path, purpose: Purpose, secret: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let text = read_private(path, MAX_FILE_LEN)?;
    let file = Sealed::parse(&text).ok_or_else(|| KeyFault::Malformed(path.to_owned()))?;
    if file.purpose != purpose {
        return Err(KeyFault::Other { path: path.to_owned(), found: file.purpose, expected: purpose });
    }
    if file.derivation != secret.derivation() {
        let secret = secret.path().to_owned();
        return Err(KeyFault::SecretKind { path: path.to_owned(), secret, sealed_with: file.derivation });
    }
    let payload = Payload { msg: &file.ciphertext, aad: file.head };
    let opened = cipher(secret, &file.salt).and_then(|it| it.decrypt(&file.nonce.into(), payload).ok());
    let closed = || KeyFault::Closed { path: path.to_owned(), secret: secret.path().to_owned() };
    opened.map(Zeroizing::new).ok_or_else(closed)
}

/// The 32 bytes of a key file of this purpose: all but [`Purpose::Tls`] hold as many.
///
/// # Errors
/// As [`open`]; [`KeyFault::Malformed`] when it holds another number of bytes.
pub fn open_32(path: &Path, purpose: Purpose, secret: &Secret) -> Result<Zeroizing<[u8; 32]>, KeyFault> {
    let content = open(path, purpose, secret)?;
    let mut key = Zeroizing::new([0; 32]);
    if content.len() != key.len() {
        return Err(KeyFault::Malformed(path.to_owned()));
    }
    key.copy_from_slice(&content);
    Ok(key)
}

/// Overwrites a key file in place, syncs it, removes it, and syncs its directory.
///
/// This is as far as a file goes: a medium that copies on write, a snapshot or a backup may keep the old
/// blocks. What they keep is sealed, and opens only with the secret of this machine.
///
/// # Errors
/// [`KeyFault`] when it is missing or cannot be written; it may then be half destroyed.
pub fn destroy(path: &Path) -> Result<(), KeyFault> {
    overwrite_and_remove(path)
}

/// Whether a file is a sealed key, by its first bytes.
pub(super) fn is_sealed(content: &[u8]) -> bool {
    content.starts_with(b"samenloop-key/")
}

struct Sealed<'t> {
    purpose: Purpose,
    derivation: Derivation,
    salt: [u8; 32],
    nonce: [u8; 12],
    ciphertext: Vec<u8>,
    /// Everything before the ciphertext.
    head: &'t [u8],
}

impl<'t> Sealed<'t> {
    fn parse(text: &'t [u8]) -> Option<Self> {
        // The newline at the end tells a whole file from one that was cut off.
        let line = std::str::from_utf8(text).ok()?.strip_suffix('\n')?;
        let mut words = line.split(' ');
        if words.next()? != FORMAT {
            return None;
        }
        let purpose = Purpose::parse(words.next()?)?;
        let derivation = Derivation::parse(words.next()?)?;
        let salt = STANDARD.decode(words.next()?).ok()?.try_into().ok()?;
        let nonce = STANDARD.decode(words.next()?).ok()?.try_into().ok()?;
        let last = words.next()?;
        let ciphertext = STANDARD.decode(last).ok()?;
        let head = line.strip_suffix(last)?.as_bytes();
        words.next().is_none().then_some(Self { purpose, derivation, salt, nonce, ciphertext, head })
    }
}

fn cipher(secret: &Secret, salt: &[u8; 32]) -> Option<ChaCha20Poly1305> {
    let key = secret.sealing_key(salt)?;
    Some(ChaCha20Poly1305::new((&*key).into()))
}

#[cfg(test)]
mod tests;
