//! Signed notes (C2SP signed-note v1), with Ed25519 signatures only (type byte 0x01).
//!
//! A note is a text that ends in a newline, an empty line, and one line per signature:
//! `— <key name> <base64(key id ‖ signature)>`.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Context, SHA256};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// Bytes that a note may have; more is refused unread.
pub const MAX_NOTE_LEN: usize = 64 * 1024;

/// Signature lines that a note may have.
pub const MAX_SIGNATURES: usize = 100;

const ED25519_TYPE: u8 = 0x01;
const SIGNATURE_MARK: &str = "\u{2014} ";

/// The first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key).
pub type NoteKeyId = [u8; 4];

/// Why a text is no verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyFault {
    /// Not `<name>+<8 hex digits>+<base64>`, or of another signature type.
    #[error("a verifier key is <name>+<8 hex digits>+<base64 of 0x01 and 32 bytes>")]
    Form,
    /// The key id does not follow from name and key: mistyped, or put together from two keys.
    #[error("the key id does not belong to this name and key; copy the verifier key again from its owner")]
    KeyId,
}

/// Why a text is no name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key name is not empty and has no white space, no plus sign and no control character")]
pub struct KeyNameFault;

fn check_name(name: &str) -> Result<(), KeyNameFault> {
    let unlawful = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(unlawful) { Err(KeyNameFault) } else { Ok(()) }
}

fn key_id(name: &str, public_key: &[u8]) -> NoteKeyId {
    let mut context = Context::new(&SHA256);
    context.update(name.as_bytes());
    context.update(&[b'\n', ED25519_TYPE]);
    context.update(public_key);
    let mut id = [0; 4];
    id.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    id
}

/// The public half of a key that signs notes (vkey).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: NoteKeyId,
    public_key: [u8; 32],
}

impl VerifierKey {
    /// The key of this name.
    ///
    /// # Errors
    /// [`KeyNameFault`] when the name could not stand in a signature line.
    pub fn new(name: &str, public_key: [u8; 32]) -> Result<Self, KeyNameFault> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), id: key_id(name, &public_key), public_key })
    }

    /// Parses `<name>+<key id>+<base64>`.
    ///
    /// # Errors
    /// [`VerifierKeyFault`] for any other form, and for a key id that does not follow from the rest.
    pub fn parse(text: &str) -> Result<Self, VerifierKeyFault> {
        // Base64 may hold a plus sign itself; a name and a key id may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyFault::Form);
        };
        let key = STANDARD.decode(key).map_err(|_| VerifierKeyFault::Form)?;
        let [ED25519_TYPE, public_key @ ..] = key.as_slice() else {
            return Err(VerifierKeyFault::Form);
        };
        let public_key = public_key.try_into().map_err(|_| VerifierKeyFault::Form)?;
        let key = Self::new(name, public_key).map_err(|_| VerifierKeyFault::Form)?;
        if hex(key.id) == id { Ok(key) } else { Err(VerifierKeyFault::KeyId) }
    }

    /// Its name, such as `samenloop.example/zhz/admin-a`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its key id.
    #[must_use]
    pub const fn id(&self) -> NoteKeyId {
        self.id
    }

    /// The Ed25519 public key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public_key).verify(text.as_bytes(), signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_TYPE];
        key.extend_from_slice(&self.public_key);
        write!(f, "{}+{}+{}", self.name, hex(self.id), STANDARD.encode(key))
    }
}

fn hex(id: NoteKeyId) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// A key that signs notes. No `Debug`: it is a secret.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key of an Ed25519 seed (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`KeyNameFault`] when the name could not stand in a signature line.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyNameFault> {
        // Of 32 bytes every value is a seed, so only the name can be wrong.
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyNameFault)?;
        let public_key = pair.public_key().as_ref().try_into().map_err(|_| KeyNameFault)?;
        Ok(Self { pair, verifier: VerifierKey::new(name, public_key)? })
    }

    /// Its public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn line(&self, text: &str) -> String {
        line(&self.verifier, self.pair.sign(text.as_bytes()).as_ref())
    }
}

/// Why a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// More than [`MAX_NOTE_LEN`] bytes or [`MAX_SIGNATURES`] lines.
    #[error("the note is larger than a note can be; this is another file")]
    Size,
    /// No text, no empty line before the signatures, or a control character.
    #[error(
        "a note is a text, an empty line, and signature lines; this is another file, or its end is missing"
    )]
    Form,
    /// A signature line that is none.
    #[error("signature line {0} of the note is malformed; fetch the note again")]
    Line(usize),
    /// A signature by a key of the root that does not verify: altered, or an attempt.
    #[error(
        "the signature of {0} is wrong, so nothing of this note is taken; fetch it again, and if it stays wrong warn the administrators"
    )]
    BadSignature(String),
}

struct Signature {
    name: String,
    id: NoteKeyId,
    /// 64 for Ed25519; other signers, such as witnesses, write other lengths.
    bytes: Vec<u8>,
}

/// A note, taken apart and **not** yet verified: its text is only given to who names the keys.
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// Takes a note apart.
    ///
    /// # Errors
    /// [`NoteFault`] for anything that is not a note with at least one signature line.
    pub fn parse(note: &str) -> Result<Self, NoteFault> {
        if note.len() > MAX_NOTE_LEN {
            return Err(NoteFault::Size);
        }
        if note.chars().any(|c| c != '\n' && c.is_ascii_control()) {
            return Err(NoteFault::Form);
        }
        let end = note.rfind("\n\n").ok_or(NoteFault::Form)?;
        let (text, signatures) = note.split_at_checked(end + 1).ok_or(NoteFault::Form)?;
        let lines = signatures.strip_prefix('\n').and_then(|it| it.strip_suffix('\n'));
        let lines: Vec<_> = lines.ok_or(NoteFault::Form)?.split('\n').collect();
        if lines.len() > MAX_SIGNATURES {
            return Err(NoteFault::Size);
        }
        let signatures: Result<_, _> = lines
            .into_iter()
            .zip(1..)
            .map(|(line, number)| signature(line).ok_or(NoteFault::Line(number)))
            .collect();
        Ok(Self { text: text.to_owned(), signatures: signatures? })
    }

    /// The note with one more signature line.
    ///
    /// # Errors
    /// [`NoteFault::Size`] when it has as many as a note may have.
    pub fn signed_also_by(note: &str, key: &SigningKey) -> Result<String, NoteFault> {
        let parsed = Self::parse(note)?;
        let extended = format!("{note}{}", key.line(&parsed.text));
        Self::parse(&extended)?;
        Ok(extended)
    }

    /// The text, and which of `keys` signed it, by position and each once however many lines it signed.
    /// Lines by other keys are passed over.
    ///
    /// # Errors
    /// [`NoteFault::BadSignature`] when a line names one of `keys` and does not verify.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<(&str, BTreeSet<usize>), NoteFault> {
        let mut signers = BTreeSet::new();
        for signature in &self.signatures {
            let known = keys.iter().position(|it| it.name == signature.name && it.id == signature.id);
            let Some((at, key)) = known.and_then(|at| Some((at, keys.get(at)?))) else { continue };
            if !key.verifies(&self.text, &signature.bytes) {
                return Err(NoteFault::BadSignature(key.name.clone()));
            }
            signers.insert(at);
        }
        Ok((&self.text, signers))
    }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
    check_name(name).ok()?;
    let decoded = STANDARD.decode(encoded).ok()?;
    let (id, bytes) = decoded.split_first_chunk::<4>().filter(|(_, bytes)| !bytes.is_empty())?;
    Some(Signature { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
}

fn line(key: &VerifierKey, signature: &[u8]) -> String {
    let signature = [&key.id[..], signature].concat();
    format!("{SIGNATURE_MARK}{} {}\n", key.name, STANDARD.encode(signature))
}

/// A note of `text`, signed by a key that stays where it is: `sign` gives its 64 bytes over the text.
#[must_use]
pub fn sign_with(text: &str, key: &VerifierKey, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    format!("{text}\n{}", line(key, &sign(text.as_bytes())))
}

/// A note of `text`, signed by each of `keys`. The text ends in a newline.
#[must_use]
pub fn sign(text: &str, keys: &[&SigningKey]) -> String {
    let lines: String = keys.iter().map(|key| key.line(text)).collect();
    format!("{text}\n{lines}")
}
