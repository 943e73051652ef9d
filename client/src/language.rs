//! Dutch, and English for who asks.

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
}

/// Says a fault to a person: what is wrong, and what to do.
pub trait Say {
    /// One or more whole sentences. Never an identifier, a pseudonym or a key.
    fn say(&self, language: Language) -> String;
}
