//! What administrators sign: three lines that name one body (protocol.md P-20, P-21).

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

/// What a body is. A signature on the one is none on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A manifest (P-20).
    Manifest,
    /// A root: the administrators themselves (P-21).
    Root,
}

impl Subject {
    const fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Root => "root",
        }
    }
}

/// `<origin>/manifest` or `<origin>/root`, the sequence, and the hash of the body. `Display` writes the signed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    origin: String,
    subject: Subject,
    sequence: u64,
    body_hash: [u8; 32],
}

impl Statement {
    /// The statement that `body` is the manifest or root number `sequence` of `origin`.
    #[must_use]
    pub fn of(origin: &str, subject: Subject, sequence: u64, body: &[u8]) -> Self {
        Self { origin: origin.to_owned(), subject, sequence, body_hash: sha256(body) }
    }

    /// Reads the signed text; `None` unless it is written exactly as [`fmt::Display`] writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (Some(name), Some(sequence), Some(hash), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return None;
        };
        let (origin, subject) = name.rsplit_once('/')?;
        let subject = [Subject::Manifest, Subject::Root].into_iter().find(|it| it.name() == subject)?;
        let statement = Self {
            origin: origin.to_owned(),
            subject,
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

    /// What its body is.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
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
        let Self { origin, subject, sequence, .. } = self;
        writeln!(f, "{origin}/{}\n{sequence}\n{}", subject.name(), STANDARD.encode(self.body_hash))
    }
}
