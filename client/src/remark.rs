//! What a person should know of a line that is not refused for it: a stable name for programs, and a sentence.
//!
//! As with a refusal, no sentence quotes what a line holds.

use samenloop_core::value::Domain;

use crate::input::Column;
use crate::language::{Language, Say};

/// Something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// The reference was withdrawn earlier: the signal stays withdrawn (P-42).
    WithdrawnEarlier,
    /// The reference or case reference holds a number that could be somebody's BSN.
    OtherNumber(Column),
    /// The code is one that this other domain sees most; it is sent as it is.
    CodeOfOtherDomain(Domain),
}

impl Remark {
    /// The stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WithdrawnEarlier => "WITHDRAWN_EARLIER",
            Self::OtherNumber(_) => "NUMBER_PASSES_ELEVEN_TEST",
            Self::CodeOfOtherDomain(_) => "CODE_OF_OTHER_DOMAIN",
        }
    }
}

impl Say for Remark {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::WithdrawnEarlier, _) => language
                .pick(
                    "Dit signaal is eerder ingetrokken en blijft ingetrokken. Is er een nieuw oordeel, gebruik dan een nieuwe referentie.",
                    "This signal was withdrawn earlier and stays withdrawn. For a new judgement, use a new reference.",
                )
                .to_owned(),
            (Self::OtherNumber(column), Language::Nl) => format!(
                "In het veld {} staat een getal dat een BSN kan zijn (het voldoet aan de elfproef). Kijk of dat klopt; gebruik anders een eigen kenmerk.",
                column.dutch()
            ),
            (Self::OtherNumber(column), Language::En) => format!(
                "The field {} holds a number that could be a BSN (it passes the eleven-test). Look whether it is one; if so, use a reference of your own.",
                column.english()
            ),
            (Self::CodeOfOtherDomain(domain), Language::Nl) => format!(
                "De code hoort vooral bij het domein {domain}. Dat mag. Kijk of dit uw eigen waarneming is; kreeg u het van een ander, vul dan van-horen-zeggen:{domain} in."
            ),
            (Self::CodeOfOtherDomain(domain), Language::En) => format!(
                "The code is mostly one of the domain {domain}. That is allowed. Look whether you observed this yourself; if another told you, fill in hearsay:{domain}."
            ),
        }
    }
}
