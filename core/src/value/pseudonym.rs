//! Pseudonyms and the places they open.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// The only scheme of version 1: a keyed hash (protocol.md P-5).
pub const SCHEME_HMAC: u32 = 1;

/// What an agency sends instead of an identity: 32 bytes, never truncated (P-4).
///
/// It is personal data everywhere and always. No `Display`; `Debug` prints nothing of it; equality takes
/// constant time; the bytes are wiped on drop. Only senders can make one from an identity.
#[derive(Clone)]
pub struct Pseudonym([u8; 32]);

impl Pseudonym {
    /// Takes the 32 bytes of the wire.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for hashing and sealing only.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Pseudonym {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Pseudonym {}

impl Drop for Pseudonym {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym")
    }
}

/// A pseudonym as the hub's rows are found by: HMAC of it under the hub's own pepper, 32 bytes (P-30). Tells
/// nothing without that pepper, and is still personal data: no `Display`, and `Debug` prints nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectIndex([u8; 32]);

impl SubjectIndex {
    /// The index of these 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SubjectIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectIndex")
    }
}

/// The number of a key epoch (sleutelperiode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// The epoch of this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The kind of identifier behind a pseudonym: to the hub an opaque number (P-1, P-5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u8);

impl Kind {
    /// The kind of this number; `None` for 0, which stands for "not said".
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// Where a signal is filed: a pseudonym of one kind in one epoch. Places of different epochs or kinds never
/// match one another (P-5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    epoch: Epoch,
    kind: Kind,
    pseudonym: Pseudonym,
}

impl Place {
    /// The place of a pseudonym.
    #[must_use]
    pub const fn new(epoch: Epoch, kind: Kind, pseudonym: Pseudonym) -> Self {
        Self { epoch, kind, pseudonym }
    }

    /// Its epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its pseudonym.
    #[must_use]
    pub const fn pseudonym(&self) -> &Pseudonym {
        &self.pseudonym
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing_of_a_pseudonym() {
        let place = Place::new(Epoch::new(7), Kind::new(1).unwrap(), Pseudonym::new([0xab; 32]));
        let told = format!("{place:?}").to_lowercase();
        assert!(!told.contains("ab,") && !told.contains("abab") && !told.contains("171"), "{told}");
    }
}
