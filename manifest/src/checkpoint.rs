//! A head of an audit log that the hub signed (protocol.md P-70): a C2SP tlog-checkpoint in a signed note.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samenloop_audit::{Hash, Log};
use samenloop_core::value::Day;

use crate::note::{KeyNameFault, Note, SigningKey, VerifierKey, sign};

/// What the hub vouches for: this log begins with these leaves and no others.
///
/// `Display` writes the text that is signed: `<origin>/<log>`, the size, the root in base64, and of the one
/// checkpoint a day that agencies get, the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose logs they are: the origin of the manifest.
    pub origin: String,
    /// Which log.
    pub log: Log,
    /// Leaves.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// The day it was made for: every batch of an earlier day is in it (P-75).
    pub day: Option<Day>,
}

impl Checkpoint {
    /// The signed note.
    #[must_use]
    pub fn signed(&self, key: &LogKey) -> String {
        sign(&self.to_string(), &[key.of(self.log)])
    }

    /// The checkpoint of a note that the hub of this origin signed for this log; `None` for any other text.
    #[must_use]
    pub fn verified(note: &str, origin: &str, log: Log, log_key: [u8; 32]) -> Option<Self> {
        let note = Note::parse(note).ok()?;
        let key = VerifierKey::new(&format!("{origin}/{}", log.name()), log_key).ok()?;
        let (text, signers) = note.verify(&[key]).ok()?;
        let mut lines = text.split('\n').skip(1);
        let size = lines.next()?.parse().ok()?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        let day = match lines.next()? {
            "" => None,
            line => Some(Day::parse(line.strip_prefix("day ")?).ok()?),
        };
        let checkpoint = Self { origin: origin.to_owned(), log, size, root, day };
        // One text for one checkpoint: no leading zero, no other base64, nothing after the end.
        (signers.len() == 1 && checkpoint.to_string() == text).then_some(checkpoint)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}/{}\n{}\n{}", self.origin, self.log.name(), self.size, STANDARD.encode(self.root))?;
        self.day.map_or(Ok(()), |day| writeln!(f, "day {day}"))
    }
}

/// The hub's key of its logs: one seed, a name for each log. No `Debug`: it is a secret.
pub struct LogKey {
    intake: SigningKey,
    case: SigningKey,
}

impl LogKey {
    /// The key of an Ed25519 seed (RFC 8032 section 5.1.5) for the logs of an origin.
    ///
    /// # Errors
    /// [`KeyNameFault`] when the origin cannot name a key.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyNameFault> {
        let key = |log: Log| SigningKey::from_seed(&format!("{origin}/{}", log.name()), seed);
        Ok(Self { intake: key(Log::Intake)?, case: key(Log::Case)? })
    }

    const fn of(&self, log: Log) -> &SigningKey {
        match log {
            Log::Intake => &self.intake,
            Log::Case => &self.case,
        }
    }

    /// The public key, as the manifest enters it.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        self.intake.verifier().public_key()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const ORIGIN: &str = "samenloop.example/test";

    fn checkpoint(day: Option<&str>) -> Checkpoint {
        let day = day.map(|it| Day::parse(it).unwrap());
        Checkpoint { origin: ORIGIN.to_owned(), log: Log::Intake, size: 7, root: [0xab; 32], day }
    }

    fn key() -> LogKey {
        LogKey::from_seed(ORIGIN, &[3; 32]).unwrap()
    }

    #[test]
    fn a_checkpoint_is_that_of_c2sp() {
        let root = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
        assert_eq!(checkpoint(None).to_string(), format!("samenloop.example/test/intake\n7\n{root}\n"));
        let daily = checkpoint(Some("2026-11-22"));
        assert!(daily.to_string().ends_with("=\nday 2026-11-22\n"));
        assert!(daily.signed(&key()).contains("\n\u{2014} samenloop.example/test/intake "));
    }

    #[test]
    fn only_the_hub_signs_one_and_for_one_log() {
        for day in [None, Some("2026-11-22")] {
            let note = checkpoint(day).signed(&key());
            let verified = |note: &str, origin, log, key| Checkpoint::verified(note, origin, log, key);
            assert_eq!(verified(&note, ORIGIN, Log::Intake, *key().public()), Some(checkpoint(day)));
            assert_eq!(verified(&note, ORIGIN, Log::Case, *key().public()), None);
            assert_eq!(verified(&note, "samenloop.example/other", Log::Intake, *key().public()), None);
            assert_eq!(verified(&note, ORIGIN, Log::Intake, [9; 32]), None);
            let altered = note.replacen("\n7\n", "\n8\n", 1);
            assert_eq!(verified(&altered, ORIGIN, Log::Intake, *key().public()), None);
        }
    }

    #[test]
    fn a_checkpoint_has_one_form() {
        let whole = checkpoint(None).to_string();
        for text in
            [whole.replace("\n7\n", "\n07\n"), format!("{whole}more\n"), format!("{whole}day 2026-1-1\n")]
        {
            let note = sign(&text, &[key().of(Log::Intake)]);
            assert_eq!(Checkpoint::verified(&note, ORIGIN, Log::Intake, *key().public()), None, "{text}");
        }
    }
}
