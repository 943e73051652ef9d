//! Why the journal cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use crate::language::{Language, Say, cause};

const ASIDE_NL: &str = "Geef het een andere naam en bewaar het: wat erin staat, kan nog bewijs zijn. Geef het commando daarna opnieuw.";
const ASIDE_EN: &str =
    "Give it another name and keep it: what is in it may still be proof. Then give the command again.";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// Reading or writing failed.
    #[error("the journal {path} cannot be used: {source}", path = path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another command is sending.
    #[error("another command is using the journal {}", .0.display())]
    InUse(PathBuf),
    /// Some other file.
    #[error("{} is not a journal", .0.display())]
    Foreign(PathBuf),
    /// The receipts beside the journal were changed or damaged.
    #[error("{} does not hold receipts of the hub only. {ASIDE_EN}", .0.display())]
    Receipts(PathBuf),
    /// The head of the hub's log beside the journal was changed or damaged.
    #[error("{} does not hold the last signed head of the hub's log. {ASIDE_EN}", .0.display())]
    Head(PathBuf),
}

impl JournalFault {
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

impl Say for JournalFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Receipts(_) | Self::Head(_), Language::En) => self.to_string(),
            (_, Language::En) => format!("{self}."),
            (Self::Receipts(path), Language::Nl) => {
                format!(
                    "Het bestand {} met ontvangstbewijzen van de hub is beschadigd. {ASIDE_NL}",
                    path.display()
                )
            }
            (Self::Head(path), Language::Nl) => format!(
                "Het bestand {} met het laatste controlepunt van de hub is beschadigd. {ASIDE_NL}",
                path.display()
            ),
            (Self::Io { path, source }, Language::Nl) => format!(
                "Het journaal {} is niet te gebruiken: {}. Controleer de map, de rechten en de schijfruimte.",
                path.display(),
                cause(source, language)
            ),
            (Self::InUse(path), Language::Nl) => format!(
                "Een ander samenloop-commando gebruikt het journaal {}. Wacht tot dat klaar is en probeer het opnieuw.",
                path.display()
            ),
            (Self::Foreign(path), Language::Nl) => {
                format!(
                    "Het bestand {} is geen journaal van samenloop. Kijk in de configuratie of het pad klopt.",
                    path.display()
                )
            }
        }
    }
}
