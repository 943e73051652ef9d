//! The pinned root: who may sign manifests, and how many of them must (protocol.md P-21).

use std::collections::BTreeMap;

use samenloop_core::value::ConnectionId;
use serde::Deserialize;

use crate::field::{As, Oin};
use crate::note::{Note, NoteFault, VerifierKey};
use crate::statement::{Statement, Subject, sha256};
use crate::toml_fault;

/// Administrators that a root may have.
pub const MAX_ADMINISTRATORS: usize = 32;

/// Why a root is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootFault {
    /// Not the TOML of a root; the text names line and column.
    #[error("the root cannot be read: {0}")]
    Toml(String),
    /// A number or name outside what the design allows.
    #[error("the root is not sound: {0}")]
    Bound(&'static str),
    /// An id, a key or a key name is entered twice.
    #[error("administrator {0} is entered twice, or has the key of another; each has one key of their own")]
    Twice(String),
    /// The key is not named after origin and id, so a signature line could not be told apart.
    #[error("the key of administrator {id} must be named {expected}")]
    KeyName {
        /// The administrator.
        id: String,
        /// The name that the key must have.
        expected: String,
    },
    /// One organisation could sign alone (P-21).
    #[error("OIN {0} holds as many signing keys as are needed; it may hold k - 1 at most")]
    OneOrganisationSignsAlone(String),
}

/// An administrator as the root enters one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Administrator {
    pub(crate) id: ConnectionId,
    pub(crate) oin: Oin,
}

/// The administrators' keys and what they may do. Pinned by every party, never fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    origin: String,
    exchange: String,
    sequence: u64,
    threshold: usize,
    contributions: usize,
    delay_of_additions_hours: u32,
    administrators: Vec<Administrator>,
    /// In the order of `administrators`.
    keys: Vec<VerifierKey>,
    hash: [u8; 32],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RootToml {
    origin: String,
    exchange: String,
    sequence: u64,
    k: usize,
    n: usize,
    m: usize,
    delay_of_additions_hours: u32,
    administrators: Vec<AdministratorToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdministratorToml {
    id: As<ConnectionId>,
    vkey: As<VerifierKey>,
    organisation: As<Oin>,
}

impl Root {
    /// Parses the TOML of a root.
    ///
    /// With `k = 1`, for development only, one organisation necessarily signs alone; see
    /// [`Self::is_for_development`].
    ///
    /// # Errors
    /// [`RootFault`] for the first thing found wrong.
    pub fn parse(text: &str) -> Result<Self, RootFault> {
        let toml: RootToml = toml::from_str(text)
            .map_err(|fault| RootFault::Toml(toml_fault(text, fault.span(), fault.message())))?;
        check_bounds(&toml)?;
        let (administrators, keys): (Vec<_>, Vec<_>) = toml
            .administrators
            .into_iter()
            .map(|it| (Administrator { id: it.id.0, oin: it.organisation.0 }, it.vkey.0))
            .unzip();
        let root = Self {
            origin: toml.origin,
            exchange: toml.exchange,
            sequence: toml.sequence,
            threshold: toml.k,
            contributions: toml.m,
            delay_of_additions_hours: toml.delay_of_additions_hours,
            administrators,
            keys,
            hash: sha256(text.as_bytes()),
        };
        root.check_administrators()?;
        Ok(root)
    }

    fn check_administrators(&self) -> Result<(), RootFault> {
        let mut held: BTreeMap<&Oin, usize> = BTreeMap::new();
        for (at, (administrator, key)) in self.administrators.iter().zip(&self.keys).enumerate() {
            let id = administrator.id.as_str();
            // The same public key under two ids would count one person twice.
            let earlier = self.administrators.iter().zip(&self.keys).take(at);
            if earlier
                .into_iter()
                .any(|(one, it)| one.id == administrator.id || it.public_key() == key.public_key())
            {
                return Err(RootFault::Twice(id.to_owned()));
            }
            let expected = format!("{}/{id}", self.origin);
            if key.name() != expected {
                return Err(RootFault::KeyName { id: id.to_owned(), expected });
            }
            *held.entry(&administrator.oin).or_default() += 1;
        }
        match held.into_iter().find(|(_, keys)| self.threshold > 1 && *keys >= self.threshold) {
            Some((oin, _)) => Err(RootFault::OneOrganisationSignsAlone(oin.0.clone())),
            None => Ok(()),
        }
    }

    /// Verifies a note: k distinct administrators signed one statement about a `subject` of this root's origin.
    ///
    /// # Errors
    /// [`StatementFault`] says what is missing or wrong.
    pub fn verify(&self, subject: Subject, note: &str) -> Result<Statement, StatementFault> {
        let note = Note::parse(note)?;
        let (text, signers) = note.verify(&self.keys)?;
        if signers.len() < self.threshold {
            return Err(StatementFault::TooFew { signed: signers.len(), needed: self.threshold });
        }
        let statement =
            Statement::parse(text).filter(|it| it.subject() == subject).ok_or(StatementFault::Text)?;
        if statement.origin() == self.origin {
            Ok(statement)
        } else {
            Err(StatementFault::OtherOrigin { expected: self.origin.clone() })
        }
    }

    /// The root that follows this one: k administrators of this root and k of the new one signed it (P-21).
    ///
    /// # Errors
    /// [`SuccessionFault`]; then this root stays.
    pub fn succeeded_by(&self, body: &str, note: &str) -> Result<Self, SuccessionFault> {
        let new = Self::parse(body)?;
        let statement = self.verify(Subject::Root, note).map_err(SuccessionFault::Old)?;
        new.verify(Subject::Root, note).map_err(SuccessionFault::New)?;
        if *statement.body_hash() != new.hash || statement.sequence() != new.sequence {
            return Err(SuccessionFault::OtherBody);
        }
        self.may_be_succeeded_by(&new)?;
        Ok(new)
    }

    /// Whether a root that nobody signed yet may follow this one.
    ///
    /// # Errors
    /// [`SuccessionFault::OtherExchange`], [`SuccessionFault::Sequence`].
    pub fn may_be_succeeded_by(&self, new: &Self) -> Result<(), SuccessionFault> {
        if new.exchange != self.exchange {
            return Err(SuccessionFault::OtherExchange);
        }
        let expected = self.sequence + 1;
        let is_next = new.sequence == expected;
        is_next.then_some(()).ok_or(SuccessionFault::Sequence { expected, found: new.sequence })
    }

    /// Whose manifests it signs, such as `samenloop.example/zhz`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The exchange whose pseudonyms these are (P-3).
    #[must_use]
    pub fn exchange(&self) -> &str {
        &self.exchange
    }

    /// The number of the root; higher is newer.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Signatures that a manifest needs (k).
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// Contributions that an epoch key needs (m), at least 2.
    #[must_use]
    pub const fn contributions(&self) -> usize {
        self.contributions
    }

    /// Hours between signing an addition and its effect (P-24).
    #[must_use]
    pub const fn delay_of_additions_hours(&self) -> u32 {
        self.delay_of_additions_hours
    }

    /// SHA-256 of the root's file, by which a manifest names it.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Whether one administrator signs alone (k = 1): bearable for the throw-away kit, never for children.
    #[must_use]
    pub const fn is_for_development(&self) -> bool {
        self.threshold < 2
    }

    /// The ids of the administrators and their verifier keys, in the order entered.
    pub fn administrators(&self) -> impl Iterator<Item = (&ConnectionId, &VerifierKey)> {
        self.administrators.iter().map(|it| &it.id).zip(&self.keys)
    }

    /// The administrator's id whose key this is, if it is one.
    #[must_use]
    pub fn id_of(&self, key: &VerifierKey) -> Option<&ConnectionId> {
        self.administrators().find(|(_, it)| it.public_key() == key.public_key()).map(|(id, _)| id)
    }

    /// Whether an organisation holds a key of the root.
    pub(crate) fn is_held_by(&self, oin: &Oin) -> bool {
        self.administrators.iter().any(|it| it.oin == *oin)
    }

    pub(crate) fn administrator(&self, id: &ConnectionId) -> Option<&Administrator> {
        self.administrators.iter().find(|it| it.id == *id)
    }
}

/// Why a signed statement is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementFault {
    /// Not a note, or with a wrong signature of a known key.
    #[error(transparent)]
    Note(#[from] NoteFault),
    /// Fewer distinct administrators than the root asks for.
    #[error(
        "{signed} administrators of the root signed this; {needed} are needed. Ask the others to sign it"
    )]
    TooFew {
        /// Distinct administrators that signed.
        signed: usize,
        /// How many must (k).
        needed: usize,
    },
    /// Well signed, but not the three lines of what was asked for.
    #[error(
        "the note is signed, but says something else: its text must be origin and subject, sequence and hash"
    )]
    Text,
    /// Well signed, for another exchange.
    #[error("the note is of another origin; here {expected} is pinned")]
    OtherOrigin {
        /// The pinned origin.
        expected: String,
    },
}

/// Why a root does not follow the pinned one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionFault {
    /// It is no root.
    #[error(transparent)]
    Root(#[from] RootFault),
    /// Not signed by enough administrators of the pinned root.
    #[error("by the old root: {0}")]
    Old(StatementFault),
    /// Not signed by enough administrators of its own.
    #[error("by the new root: {0}")]
    New(StatementFault),
    /// The signed hash or number is of another root.
    #[error("the signed hash or number is of another root; take body and note of one publication")]
    OtherBody,
    /// It is for another exchange, whose pseudonyms would be others (P-3).
    #[error("the new root is of another exchange")]
    OtherExchange,
    /// Not the next number.
    #[error("the new root has number {found}; {expected} follows the pinned one")]
    Sequence {
        /// The number that follows.
        expected: u64,
        /// The number it has.
        found: u64,
    },
}

fn check_bounds(root: &RootToml) -> Result<(), RootFault> {
    let bound = |holds: bool, otherwise| if holds { Ok(()) } else { Err(RootFault::Bound(otherwise)) };
    let graphic = root.origin.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    bound(
        (1..=128).contains(&root.origin.len()) && graphic,
        "origin is 1 to 128 visible characters, no '+'",
    )?;
    bound((1..=64).contains(&root.exchange.len()), "exchange is 1 to 64 bytes")?;
    bound(root.sequence >= 1, "sequence starts at 1")?;
    bound(root.n <= MAX_ADMINISTRATORS, "n is 32 at most")?;
    bound(root.n == root.administrators.len(), "n is the number of [[administrators]]")?;
    bound((1..=root.n).contains(&root.k), "k is 1 to n")?;
    bound((2..=root.n).contains(&root.m), "m is 2 to n")
}
