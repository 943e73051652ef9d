//! Why an epoch of a draft stays as it is.

use std::io;
use std::path::PathBuf;

use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::MAX_OVERLAP_DAYS;

use super::MAX_BURN_HOURS;
use crate::language::{Language, Say, cause};
use crate::manifest::{DraftFault, toml_text};

/// Why an epoch of a draft stays as it is. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EpochFault {
    /// The draft, before or after the edit.
    #[error(transparent)]
    Draft(#[from] DraftFault),
    /// The draft lists its epochs in a form that is not edited here.
    #[error("the draft has no [[epochs]]")]
    NoList,
    /// It is not in the draft.
    #[error("the draft has no epoch {0}")]
    Unknown(Epoch),
    /// One at a time.
    #[error("epoch {0} is announced already: take it into use, or destroy it first")]
    Announced(Epoch),
    /// Nothing to take into use.
    #[error(
        "no epoch is announced: announce one first, with the commitments of the administrators (key rotate DRAFT FILE ...)"
    )]
    NoneAnnounced,
    /// Nothing to rotate from.
    #[error("no epoch is active")]
    NoneActive,
    /// Two would overlap (P-40).
    #[error("epoch {0} still overlaps: retire it first (key retire)")]
    Overlapping(Epoch),
    /// Nothing to retire.
    #[error("no epoch overlaps, so there is nothing to retire")]
    NoneOverlapping,
    /// A state from which it cannot go there.
    #[error(
        "epoch {epoch} is {state}: only a retired or an unused announced epoch is destroyed, and what is gone is not burned"
    )]
    State {
        /// The epoch.
        epoch: Epoch,
        /// Its state, as the draft writes it.
        state: String,
    },
    /// Too long or no overlap.
    #[error("an overlap of {0} days; it is 1 to {MAX_OVERLAP_DAYS}")]
    OverlapDays(u32),
    /// Too long for a key that others may know.
    #[error("{0} hours; a burned epoch overlaps {MAX_BURN_HOURS} hours at most")]
    BurnHours(u32),
    /// Fewer than m.
    #[error(
        "{found} of the {needed} contributions that epoch {epoch} needs; ask the other administrators for theirs"
    )]
    TooFew {
        /// The epoch.
        epoch: Epoch,
        /// How many there are.
        found: usize,
        /// How many must be there (m).
        needed: usize,
    },
    /// A file with a commitment.
    #[error("{path}: {what}", path = path.display())]
    Commitment {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: CommitmentFault,
    },
    /// Not this administrator's epoch.
    #[error("the draft commits to no contribution of yours to epoch {0}: there is nothing of yours to wrap")]
    NoContribution(Epoch),
    /// Another contribution than the one promised (P-13).
    #[error(
        "your contribution to epoch {0} is not the one that the draft commits to: is this your own machine, and your own draft?"
    )]
    OtherContribution(Epoch),
    /// Not an X25519 key to which anything can be wrapped.
    #[error(
        "the wrap key of {agency} for epoch {epoch} is not usable: ask for a new one (key new --epoch {epoch})"
    )]
    WrapKey {
        /// The epoch.
        epoch: Epoch,
        /// Whose key it is.
        agency: ConnectionId,
    },
    /// They could push nothing.
    #[error(
        "epoch {epoch} is not wrapped in full for {}: wrap it for them first, or leave them behind with --leave-behind",
        agencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    Unwrapped {
        /// The epoch.
        epoch: Epoch,
        /// For whom.
        agencies: Vec<ConnectionId>,
    },
}

/// What is wrong with a file of a commitment.
#[derive(Debug, thiserror::Error)]
pub enum CommitmentFault {
    /// The file.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// Not what `key contribute` writes, or cut off.
    #[error("is no whole commitment: {0}")]
    Toml(String),
    /// Not 64 digits.
    #[error("commitment is no 64 hexadecimal digits: the file was cut off or changed")]
    Form,
    /// For another epoch.
    #[error("is for epoch {found}, and the next is {expected}")]
    OtherEpoch {
        /// The epoch of the file.
        found: u32,
        /// The epoch that is announced.
        expected: Epoch,
    },
    /// By somebody else.
    #[error("{0} is no administrator of the root")]
    Stranger(String),
    /// Two of one administrator.
    #[error("{0} contributes twice; each administrator once")]
    Twice(String),
}

impl Say for EpochFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Draft(fault) => fault.say(language),
            _ if language == Language::En => {
                format!("{}.", self.to_string().trim_end().trim_end_matches('.'))
            }
            Self::Commitment { path, what } => format!("{}: {}", path.display(), what.dutch()),
            Self::NoList => "Het ontwerp heeft geen [[epochs]].".into(),
            Self::Unknown(epoch) => format!("Sleutelperiode {epoch} staat niet in het ontwerp."),
            Self::Announced(epoch) => format!(
                "Sleutelperiode {epoch} is al aangekondigd. Neem haar in gebruik, of vernietig haar eerst (key destroy)."
            ),
            Self::NoneAnnounced => "Er is geen sleutelperiode aangekondigd. Kondig er eerst een aan, met de toezeggingen van de sleutelbeheerders: samenloop key rotate ONTWERP BESTAND...".into(),
            Self::NoneActive => "Er is geen actieve sleutelperiode in het ontwerp.".into(),
            Self::Overlapping(epoch) => format!(
                "Sleutelperiode {epoch} overlapt nog. Stel haar eerst buiten gebruik: samenloop key retire"
            ),
            Self::NoneOverlapping => "Geen sleutelperiode overlapt, dus er is niets buiten gebruik te stellen.".into(),
            Self::State { epoch, state } => format!(
                "Sleutelperiode {epoch} staat op {state}. Vernietigen kan alleen na retired, of na announced als zij nooit gebruikt is; wat al weg is, kan niet nog eens weg."
            ),
            Self::OverlapDays(days) => {
                format!("Een overlap van {days} dagen kan niet: 1 tot en met {MAX_OVERLAP_DAYS}.")
            }
            Self::BurnHours(hours) => format!(
                "{hours} uur kan niet: na een lek overlapt een sleutelperiode hoogstens {MAX_BURN_HOURS} uur."
            ),
            Self::TooFew { epoch, found, needed } => format!(
                "Sleutelperiode {epoch} heeft {needed} bijdragen nodig. Gegeven: {found}. Vraag de andere sleutelbeheerders om hun toezegging (samenloop key contribute)."
            ),
            Self::NoContribution(epoch) => format!(
                "Het ontwerp heeft geen toezegging van u voor sleutelperiode {epoch}. Er is dus niets van u in te pakken."
            ),
            Self::OtherContribution(epoch) => format!(
                "Uw bijdrage aan sleutelperiode {epoch} is een andere dan de toezegging in het ontwerp. Kijk of dit uw eigen computer is, en of het ontwerp klopt. Er is niets ingepakt."
            ),
            Self::WrapKey { epoch, agency } => format!(
                "De inpaksleutel van {agency} voor sleutelperiode {epoch} is niet bruikbaar. Vraag om een nieuwe (samenloop key new --epoch {epoch})."
            ),
            Self::Unwrapped { epoch, agencies } => {
                let agencies: Vec<_> = agencies.iter().map(ToString::to_string).collect();
                format!(
                    "Sleutelperiode {epoch} is nog niet helemaal ingepakt voor {}. Zij kunnen dan niets meer sturen. Pak eerst voor hen in, of laat hen achter met --leave-behind.",
                    language.list(&agencies)
                )
            }
        }
    }
}

impl CommitmentFault {
    fn dutch(&self) -> String {
        match self {
            Self::Unreadable(kind) => format!("niet te lezen: {}.", cause(&(*kind).into(), Language::Nl)),
            Self::Toml(text) => format!("geen hele toezegging. {} Vraag het bestand opnieuw.", toml_text::dutch(text)),
            Self::Form => "commitment is geen 64 hexadecimale tekens: het bestand is afgebroken of veranderd. Vraag het opnieuw.".into(),
            Self::OtherEpoch { found, expected } => format!(
                "de toezegging is voor sleutelperiode {found}, en de volgende is {expected}. Vraag er een voor {expected}."
            ),
            Self::Stranger(id) => format!("{id} is geen sleutelbeheerder van de root."),
            Self::Twice(id) => format!("{id} draagt twee keer bij. Elke sleutelbeheerder één keer."),
        }
    }
}
