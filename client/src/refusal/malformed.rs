//! Lines that are no line of the file's form.

/// What is wrong with the form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Not as many fields as the heading.
    FieldCount {
        /// Fields of the heading.
        expected: usize,
        /// Fields of the line.
        found: usize,
    },
    /// A quoted field that does not end on its line, or goes on after its end.
    Quote,
    /// No JSON object of texts, or a name twice.
    Json,
    /// Longer than any line of this format.
    TooLong,
}

impl Malformed {
    pub(super) fn dutch(self) -> String {
        match self {
            Self::FieldCount { expected, found } => format!(
                "De regel heeft {found} velden en de kopregel {expected}. Controleer de scheidingstekens en aanhalingstekens."
            ),
            Self::Quote => "Een aanhalingsteken is niet goed gesloten op deze regel. Sluit het veld, of haal regeleinden eruit.".into(),
            Self::Json => "De regel is geen JSON-object met tekstvelden, of een veld staat er twee keer in. Maak van elke regel één object.".into(),
            Self::TooLong => "De regel is te lang voor een signaal. Controleer de regeleinden van het bestand.".into(),
        }
    }

    pub(super) fn english(self) -> String {
        match self {
            Self::FieldCount { expected, found } => {
                format!(
                    "The line has {found} fields and the heading {expected}. Check separators and quotes."
                )
            }
            Self::Quote => {
                "A quote is not closed properly on this line. Close the field, or remove line breaks.".into()
            }
            Self::Json => {
                "The line is no JSON object of texts, or names a field twice. Write one object on each line."
                    .into()
            }
            Self::TooLong => "The line is too long for a signal. Check the line ends of the file.".into(),
        }
    }
}
