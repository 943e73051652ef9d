//! Why a key or secret cannot be used. Never says anything of its content.

use std::io;
use std::path::PathBuf;

use super::Purpose;
use super::secret::{Derivation, FEWEST_CHARACTERS};
use crate::language::{Language, Say, cause};

/// Why a key file gives no key, or none could be written. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not there, or not readable.
    #[error("{path} cannot be read: {cause}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::ErrorKind,
    },
    /// Not to be written or removed.
    #[error("{path} cannot be written: {cause}", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::ErrorKind,
    },
    /// There is a file where a new one should come.
    #[error("{} is there already, and is left as it is", .0.display())]
    Present(PathBuf),
    /// Others on this machine can read it.
    #[error("{path} may be read by others: close it with chmod 600 {path}", path = .0.display())]
    Open(PathBuf),
    /// No bytes.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// Cut off, or some other file.
    #[error(
        "{} is no whole key file: it was cut off, or is another file; put back your backup of it",
        .0.display()
    )]
    Malformed(PathBuf),
    /// A key for something else.
    #[error(
        "{} is {}, not {}",
        path.display(), found.name(Language::En), expected.name(Language::En)
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// What it says it is.
        found: Purpose,
        /// What it should be.
        expected: Purpose,
    },
    /// The secret is neither a machine secret nor a passphrase.
    #[error(
        "the machine secret {} is not whole: it was cut off or changed; put back your backup of it",
        .0.display()
    )]
    SecretMalformed(PathBuf),
    /// The passphrase can be guessed.
    #[error("the passphrase in {} is too short: it has at least {FEWEST_CHARACTERS} characters", .0.display())]
    SecretShort(PathBuf),
    /// A passphrase where a machine secret was used, or the other way round.
    #[error(
        "{} was sealed with a {}, and {} is none",
        path.display(), sealed_with.name(Language::En), secret.display()
    )]
    SecretKind {
        /// The key file.
        path: PathBuf,
        /// The secret.
        secret: PathBuf,
        /// What the key file asks for.
        sealed_with: Derivation,
    },
    /// It does not open under this secret.
    #[error(
        "{} does not open with {}: it was sealed with another machine secret or passphrase, or was changed; check secret in the configuration, or put back your backup",
        path.display(), secret.display()
    )]
    Closed {
        /// The key file.
        path: PathBuf,
        /// The secret.
        secret: PathBuf,
    },
    /// The operating system gives no random bytes, or the cipher failed.
    #[error("the system gives no random bytes")]
    System,
}

impl Say for KeyFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return format!("{self}.");
        }
        match self {
            Self::Unreadable { path, cause: kind } => format!(
                "Het bestand {} is niet te lezen: {}. Kijk in de configuratie of het pad klopt.",
                path.display(),
                cause(&(*kind).into(), language)
            ),
            Self::Unwritable { path, cause: kind } => format!(
                "Het bestand {} is niet te schrijven: {}. Controleer de map, de rechten en de schijfruimte.",
                path.display(),
                cause(&(*kind).into(), language)
            ),
            Self::Present(path) => format!("Het bestand {} is er al en blijft zoals het is.", path.display()),
            Self::Open(path) => format!(
                "Anderen op deze computer kunnen het bestand {0} lezen. Sluit het af met: chmod 600 {0}",
                path.display()
            ),
            Self::Empty(path) => {
                format!("Het bestand {} is leeg. Zet uw reservekopie terug.", path.display())
            }
            Self::Malformed(path) => format!(
                "Het bestand {} is geen heel sleutelbestand: het is afgebroken, of het is een ander bestand. Zet uw reservekopie terug.",
                path.display()
            ),
            Self::Other { path, found, expected } => format!(
                "Het bestand {} is {}, niet {}. Kijk in de configuratie of het pad klopt.",
                path.display(),
                found.name(language),
                expected.name(language)
            ),
            Self::SecretMalformed(path) => format!(
                "Het machinegeheim {} is niet heel: het is afgebroken of veranderd. Zet uw reservekopie terug.",
                path.display()
            ),
            Self::SecretShort(path) => format!(
                "De wachtzin in {} is te kort. Neem minstens {FEWEST_CHARACTERS} tekens, liever vijf losse woorden.",
                path.display()
            ),
            Self::SecretKind { path, secret, sealed_with } => format!(
                "Het bestand {} is verzegeld met een {}; dat is {} niet. Kijk in de configuratie bij secret.",
                path.display(),
                sealed_with.name(language),
                secret.display()
            ),
            Self::Closed { path, secret } => format!(
                "Het bestand {} gaat niet open met {}: het is verzegeld met een ander machinegeheim of een andere wachtzin, of het is veranderd. Kijk in de configuratie bij secret, of zet uw reservekopie terug.",
                path.display(),
                secret.display()
            ),
            Self::System => "Het systeem geeft geen willekeurige getallen. Start de computer opnieuw.".into(),
        }
    }
}
