//! Predicates, in as many numbers as their subjects.

use crate::language::Language;

/// Two texts of which one fits the number of subjects.
pub(super) struct Predicate {
    pub(super) one: String,
    pub(super) more: String,
}

impl Predicate {
    /// The same for one and for more: of a subject that is never grouped.
    pub(super) fn only(text: impl Into<String>) -> Self {
        let one = text.into();
        Self { more: one.clone(), one }
    }
}

/// A predicate in both numbers and the language asked for.
pub(super) fn both(language: Language, dutch: (String, String), english: (String, String)) -> Predicate {
    let (one, more) = match language {
        Language::Nl => dutch,
        Language::En => english,
    };
    Predicate { one, more }
}

/// A predicate that starts with `mag`/`mogen` and `may`.
pub(super) fn may(language: Language, dutch: &str, english: &str) -> Predicate {
    both(
        language,
        (format!("mag {dutch}"), format!("mogen {dutch}")),
        (format!("may {english}"), format!("may {english}")),
    )
}

/// A predicate that starts with `heeft`/`hebben` and `has`/`have`.
pub(super) fn has(language: Language, dutch: &str, english: &str) -> Predicate {
    both(
        language,
        (format!("heeft {dutch}"), format!("hebben {dutch}")),
        (format!("has {english}"), format!("have {english}")),
    )
}

/// A predicate that starts with `hoort`/`horen` and `belongs`/`belong`.
pub(super) fn belongs(language: Language, dutch: &str, english: &str) -> Predicate {
    both(
        language,
        (format!("hoort {dutch}"), format!("horen {dutch}")),
        (format!("belongs {english}"), format!("belong {english}")),
    )
}
