//! What the hub signs when it has destroyed its own keys of an epoch (protocol.md P-33).

use std::fmt;

use samenloop_core::value::{Day, Epoch};

use crate::note::{Note, VerifierKey, sign_with};

/// Where the hub's keys were: in slots of a file, overwritten in place and synced. A drive or file system that copies
/// on write may keep old blocks, and the statement says so by naming the medium.
const MEDIUM: &str = "file-slots";

/// The hub's keys of an epoch are gone. `Display` writes the text that is signed:
/// `<origin>/destruction`, the epoch, the day and the medium, each on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    origin: String,
    epoch: Epoch,
    day: Day,
}

impl Destruction {
    /// The statement that the hub of an origin destroyed its keys of an epoch on a day.
    #[must_use]
    pub const fn new(origin: String, epoch: Epoch, day: Day) -> Self {
        Self { origin, epoch, day }
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The day on which it was seen to be gone.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// The signed note, by the hub's Ed25519 key; `None` when the origin cannot name a key.
    #[must_use]
    pub fn signed(&self, hub_key: [u8; 32], sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Option<String> {
        Some(sign_with(&self.to_string(), &hub(&self.origin, hub_key)?, sign))
    }

    /// The statement of a note that the hub of this origin signed; `None` for any other text.
    #[must_use]
    pub fn verified(note: &str, origin: &str, hub_key: [u8; 32]) -> Option<Self> {
        let note = Note::parse(note).ok()?;
        let (text, signers) = note.verify(&[hub(origin, hub_key)?]).ok()?;
        let mut lines = text.split('\n').skip(1);
        let epoch = Epoch::new(lines.next()?.parse().ok()?);
        let day = Day::parse(lines.next()?).ok()?;
        let statement = Self { origin: origin.to_owned(), epoch, day };
        (signers.len() == 1 && statement.to_string() == text).then_some(statement)
    }
}

fn hub(origin: &str, key: [u8; 32]) -> Option<VerifierKey> {
    VerifierKey::new(&format!("{origin}/hub"), key).ok()
}

impl fmt::Display for Destruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}/destruction\n{}\n{}\n{MEDIUM}", self.origin, self.epoch, self.day)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    #[test]
    fn only_the_hub_says_that_its_keys_are_gone() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = pair.public_key().as_ref().try_into().unwrap();
        let statement = Destruction::new("o/e".to_owned(), Epoch::new(3), Day::parse("2026-11-22").unwrap());
        let note = statement.signed(key, |text| pair.sign(text).as_ref().to_vec()).unwrap();
        assert_eq!(Destruction::verified(&note, "o/e", key), Some(statement));
        assert_eq!(Destruction::verified(&note, "o/other", key), None);
        assert_eq!(Destruction::verified(&note, "o/e", [1; 32]), None);
        assert_eq!(Destruction::verified(&note.replace("\n3\n", "\n4\n"), "o/e", key), None);
    }
}
