//! Dutch, and English for who asks.

use std::io;

use samenloop_core::value::{Day, Month};
use samenloop_manifest::Words;

const MONTHS: [(&str, &str); 12] = [
    ("januari", "January"),
    ("februari", "February"),
    ("maart", "March"),
    ("april", "April"),
    ("mei", "May"),
    ("juni", "June"),
    ("juli", "July"),
    ("augustus", "August"),
    ("september", "September"),
    ("oktober", "October"),
    ("november", "November"),
    ("december", "December"),
];

/// The language in which people are spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Nederlands.
    #[default]
    Nl,
    /// English.
    En,
}

impl Language {
    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'t>(self, dutch: &'t str, english: &'t str) -> &'t str {
        match self {
            Self::Nl => dutch,
            Self::En => english,
        }
    }

    /// What shipped words say in this language.
    #[must_use]
    pub fn words(self, words: &Words) -> &str {
        self.pick(words.dutch(), words.english())
    }

    /// A day in words: `1 maart 2027`.
    #[must_use]
    pub fn day(self, day: Day) -> String {
        format!("{} {}", day.day(), self.month(day.month()))
    }

    /// A month in words: `maart 2027`.
    #[must_use]
    pub fn month(self, month: Month) -> String {
        let name = usize::from(month.month()).checked_sub(1).and_then(|at| MONTHS.get(at));
        let name = name.map_or("", |(dutch, english)| self.pick(dutch, english));
        format!("{name} {}", month.year())
    }

    /// A list as people write it: `a, b en c`.
    #[must_use]
    pub fn list(self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.pick("en", "and")),
        }
    }
}

/// Words that begin a line.
pub(crate) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Why the system refuses, in the user's language: the common causes as words, the others as it names them.
#[must_use]
pub fn cause(fault: &io::Error, language: Language) -> String {
    if is_loop(fault) {
        return language.pick("de koppelingen verwijzen naar elkaar", "its links go round in a loop").into();
    }
    if language == Language::En {
        return fault.kind().to_string();
    }
    // The enum is open: what has no word here keeps the system's.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the system's causes are an open enum")]
    match fault.kind() {
        io::ErrorKind::NotFound => "niet gevonden".into(),
        io::ErrorKind::PermissionDenied => "geen rechten om het te openen".into(),
        io::ErrorKind::IsADirectory => "het is een map".into(),
        io::ErrorKind::NotADirectory => "een deel van het pad is geen map".into(),
        io::ErrorKind::StorageFull => "de schijf is vol".into(),
        io::ErrorKind::ReadOnlyFilesystem => "de schijf is alleen-lezen".into(),
        io::ErrorKind::BrokenPipe => "niemand leest de uitvoer nog".into(),
        io::ErrorKind::InvalidData => "de inhoud klopt niet".into(),
        other => other.to_string(),
    }
}

/// Whether links lead back to themselves, which the standard library has no stable word for.
#[cfg(unix)]
fn is_loop(fault: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(fault) == Some(rustix::io::Errno::LOOP)
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

/// Says a fault to a person: what is wrong, and what to do.
pub trait Say {
    /// One or more whole sentences. Never an identifier, a pseudonym or a key.
    fn say(&self, language: Language) -> String;
}
