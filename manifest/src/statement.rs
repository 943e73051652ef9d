//! What administrators sign: three lines that name one body (protocol.md P-20).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

/// SHA-256, as bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

/// `<origin>/manifest`, the sequence, and the hash of the body. `Display` writes the signed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    origin: String,
    sequence: u64,
    body_hash: [u8; 32],
}

impl Statement {
    /// The statement that `body` is the manifest number `sequence` of `origin`.
    #[must_use]
    pub fn of(origin: &str, sequence: u64, body: &[u8]) -> Self {
        Self { origin: origin.to_owned(), sequence, body_hash: sha256(body) }
    }

    /// Reads the signed text; `None` unless it is written exactly as [`fmt::Display`] writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (Some(log), Some(sequence), Some(hash), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return None;
        };
        let statement = Self {
            origin: log.strip_suffix("/manifest")?.to_owned(),
            sequence: sequence.parse().ok()?,
            body_hash: STANDARD.decode(hash).ok()?.try_into().ok()?,
        };
        (statement.to_string() == text).then_some(statement)
    }

    /// Whose manifest it is.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its number; higher is newer.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// SHA-256 of the body.
    #[must_use]
    pub const fn body_hash(&self) -> &[u8; 32] {
        &self.body_hash
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}/manifest\n{}\n{}", self.origin, self.sequence, STANDARD.encode(self.body_hash))
    }
}
