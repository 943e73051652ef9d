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

    const ORIGIN: &str = "samenloop.example/test";

    fn hub(seed: u8) -> (Ed25519KeyPair, [u8; 32]) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let key = pair.public_key().as_ref().try_into().unwrap();
        (pair, key)
    }

    /// A text under the name of a hub, signed by one.
    fn note(text: &str, name: &str, (pair, key): &(Ed25519KeyPair, [u8; 32])) -> String {
        let verifier = VerifierKey::new(name, *key).unwrap();
        sign_with(text, &verifier, |text| pair.sign(text).as_ref().to_vec())
    }

    fn statement() -> Destruction {
        Destruction::new(ORIGIN.to_owned(), Epoch::new(3), Day::parse("2026-11-22").unwrap())
    }

    #[test]
    fn only_the_hub_says_that_its_keys_are_gone() {
        let own = hub(7);
        let (pair, key) = &own;
        let note_of_hub = statement().signed(*key, |text| pair.sign(text).as_ref().to_vec()).unwrap();
        assert_eq!(Destruction::verified(&note_of_hub, ORIGIN, *key), Some(statement()));
        assert_eq!(Destruction::verified(&note_of_hub, "samenloop.example/other", *key), None);
        assert_eq!(Destruction::verified(&note_of_hub, ORIGIN, hub(8).1), None);
        // Of another key under the hub's name, and of the hub's key under another name.
        let (text, name) = (statement().to_string(), format!("{ORIGIN}/hub"));
        assert_eq!(Destruction::verified(&note(&text, &name, &hub(8)), ORIGIN, *key), None);
        assert_eq!(Destruction::verified(&note(&text, &format!("{ORIGIN}/a"), &own), ORIGIN, *key), None);
        assert_eq!(note(&text, &name, &own), note_of_hub);
        assert_eq!(
            Destruction::new("no origin".to_owned(), Epoch::new(3), statement().day())
                .signed(*key, |_| Vec::new()),
            None
        );
    }

    #[test]
    fn a_changed_statement_is_none() {
        let (pair, key) = hub(7);
        let note = statement().signed(key, |text| pair.sign(text).as_ref().to_vec()).unwrap();
        for (from, to) in [
            ("\n3\n", "\n4\n"),
            ("2026-11-22", "2026-11-21"),
            ("file-slots", "kms"),
            ("/destruction", "/declaration"),
        ] {
            let changed = note.replacen(from, to, 1);
            assert_ne!(changed, note);
            assert_eq!(Destruction::verified(&changed, ORIGIN, key), None, "{to}");
        }
        for length in 0..note.len() {
            let cut = note.get(..length).unwrap_or_default();
            assert_eq!(Destruction::verified(cut, ORIGIN, key), None, "{length}");
        }
    }

    #[test]
    fn a_well_signed_text_that_is_no_statement_is_refused() {
        let own = hub(7);
        let (text, name) = (statement().to_string(), format!("{ORIGIN}/hub"));
        for wrong in [
            text.replace("\n3\n", "\n03\n"),
            text.replace("file-slots", "somewhere"),
            text.replace("/destruction", "/manifest"),
            text.replace(ORIGIN, "samenloop.example/other"),
            text.replace("2026-11-22", "2026-11-31"),
            format!("{text}more\n"),
        ] {
            assert_eq!(Destruction::verified(&note(&wrong, &name, &own), ORIGIN, own.1), None, "{wrong}");
        }
    }
}
