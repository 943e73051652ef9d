//! Why a whole file is refused, before anything of it is sent.

use std::io;
use std::path::{Path, PathBuf};

use super::Column;
use crate::language::{Language, Say, cause};

/// What is wrong with a file. Never quotes a line: without headings the first line is a child.
#[derive(Debug, thiserror::Error)]
pub enum InputFault {
    /// Not there, or reading failed.
    #[error("the file cannot be read: {source}")]
    Unreadable {
        /// The file, where it has a name.
        path: Option<PathBuf>,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Open in a spreadsheet, which keeps this file beside it.
    #[error("the file is open in a spreadsheet: {} is beside it", .0.display())]
    Locked(PathBuf),
    /// A spreadsheet's own file.
    #[error("the file is a workbook")]
    Workbook,
    /// Bytes that are not UTF-8, in a file that is not Windows-1252 either.
    #[error("line {line} is not UTF-8")]
    NotUtf8 {
        /// The first such line.
        line: u64,
    },
    /// No heading on the first line.
    #[error("the first line holds no headings")]
    HeaderMissing,
    /// A heading that is no column.
    #[error("column {position} has an unknown heading")]
    UnknownHeading {
        /// Which column, from 1.
        position: usize,
        /// The heading, where it can be nothing but a word.
        name: Option<String>,
    },
    /// Two headings for one column.
    #[error("column {} is there twice", .0.english())]
    HeadingTwice(Column),
    /// Required columns that are not there; each inner list is a choice.
    #[error("columns are missing")]
    ColumnsMissing(Vec<&'static [Column]>),
    /// A JSON array instead of JSON lines.
    #[error("the file is a JSON array instead of JSON lines")]
    JsonArray,
}

impl From<io::Error> for InputFault {
    fn from(source: io::Error) -> Self {
        Self::Unreadable { path: None, source }
    }
}

impl InputFault {
    /// The same fault, of this file.
    #[must_use]
    pub fn of(self, path: &Path) -> Self {
        if let Self::Unreadable { source, .. } = self {
            return Self::Unreadable { path: Some(path.to_owned()), source };
        }
        self
    }

    /// The stable name that programs see.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "FILE_UNREADABLE",
            Self::Empty => "FILE_EMPTY",
            Self::Locked(_) => "FILE_LOCKED",
            Self::Workbook => "FILE_IS_WORKBOOK",
            Self::NotUtf8 { .. } => "NOT_UTF8",
            Self::HeaderMissing => "HEADER_MISSING",
            Self::UnknownHeading { .. } => "UNKNOWN_COLUMN",
            Self::HeadingTwice(_) => "COLUMN_TWICE",
            Self::ColumnsMissing(_) => "COLUMN_MISSING",
            Self::JsonArray => "JSON_ARRAY",
        }
    }

    /// The line it is about, where it is about one.
    #[must_use]
    pub const fn line(&self) -> Option<u64> {
        match self {
            Self::NotUtf8 { line } => Some(*line),
            Self::HeaderMissing
            | Self::UnknownHeading { .. }
            | Self::HeadingTwice(_)
            | Self::ColumnsMissing(_)
            | Self::JsonArray => Some(1),
            Self::Unreadable { .. } | Self::Empty | Self::Locked(_) | Self::Workbook => None,
        }
    }

    fn dutch(&self) -> String {
        match self {
            Self::Unreadable { path, source } => format!(
                "Het bestand{} is niet te lezen: {}. Controleer de naam.",
                named(path.as_deref()),
                cause(source, Language::Nl)
            ),
            Self::Empty => "Het bestand is leeg: er is geen kopregel. Zet op regel 1 de namen van de kolommen.".into(),
            Self::Locked(lock) => format!(
                "Het bestand staat open in een rekenblad. Sla het daar op, sluit het en probeer het opnieuw. Staat het nergens meer open, verwijder dan {}.",
                lock.display()
            ),
            Self::Workbook => "Dit is een werkmap van Excel. Kies in Excel Opslaan als en dan \"CSV UTF-8\"; stuur dat bestand.".into(),
            Self::NotUtf8 { line } => {
                format!("Regel {line} is geen UTF-8 en ook geen Windows-1252. Sla het bestand op als \"CSV UTF-8\" en stuur het opnieuw.")
            }
            Self::HeaderMissing => {
                "Regel 1 is geen kopregel. Zet op regel 1 de namen van de kolommen, zoals referentie;bsn;soort;maand;regio.".into()
            }
            Self::UnknownHeading { position, name: Some(name) } => format!(
                "Regel 1, kolom {position}: samenloop kent de kolom \"{name}\" niet. Haal de kolom weg; er is niets verstuurd."
            ),
            Self::UnknownHeading { position, name: None } => format!(
                "Regel 1, kolom {position}: de naam van deze kolom ontbreekt of is onbekend. Haal de kolom weg; er is niets verstuurd."
            ),
            Self::HeadingTwice(column) => {
                format!("Regel 1: de kolom {} staat er twee keer. Haal er één weg.", column.dutch())
            }
            Self::ColumnsMissing(missing) => {
                format!("Regel 1: deze kolommen ontbreken: {}. Voeg ze toe.", choices(missing, Language::Nl))
            }
            Self::JsonArray => "Het bestand is één JSON-lijst. Zet elk signaal als eigen object op een eigen regel (JSON Lines).".into(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Unreadable { path, source } => format!(
                "The file{} cannot be read: {}. Check its name.",
                named(path.as_deref()),
                cause(source, Language::En)
            ),
            Self::Empty => "The file is empty: it has no headings. Put the names of the columns on line 1.".into(),
            Self::Locked(lock) => format!(
                "The file is open in a spreadsheet. Save and close it there, then try again. If it is open nowhere any more, remove {}.",
                lock.display()
            ),
            Self::Workbook => "This is a workbook of Excel. Choose Save as and \"CSV UTF-8\" in Excel; send that file.".into(),
            Self::NotUtf8 { line } => format!("Line {line} is neither UTF-8 nor Windows-1252. Save the file as \"CSV UTF-8\" and send it again."),
            Self::HeaderMissing => {
                "Line 1 holds no headings. Put the names of the columns on it, as in reference;bsn;severity;month;region.".into()
            }
            Self::UnknownHeading { position, name: Some(name) } => {
                format!("Line 1, column {position}: samenloop does not know the column \"{name}\". Remove it; nothing was sent.")
            }
            Self::UnknownHeading { position, name: None } => {
                format!("Line 1, column {position}: this column has no name, or an unknown one. Remove it; nothing was sent.")
            }
            Self::HeadingTwice(column) => format!("Line 1: the column {} is there twice. Remove one.", column.english()),
            Self::ColumnsMissing(missing) => {
                format!("Line 1: these columns are missing: {}. Add them.", choices(missing, Language::En))
            }
            Self::JsonArray => "The file is one JSON array. Put each signal as an object on a line of its own (JSON Lines).".into(),
        }
    }
}

fn named(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!(" {}", path.display()))
}

fn choices(missing: &[&'static [Column]], language: Language) -> String {
    let name = |column: &Column| language.pick(column.dutch(), column.english());
    let choice = |columns: &&[Column]| {
        columns.iter().map(name).collect::<Vec<_>>().join(language.pick(" of ", " or "))
    };
    missing.iter().map(choice).collect::<Vec<_>>().join(", ")
}

impl Say for InputFault {
    fn say(&self, language: Language) -> String {
        match language {
            Language::Nl => self.dutch(),
            Language::En => self.english(),
        }
    }
}
