//! The twelve domains that see children, and which of them count as independent.

use std::fmt;

/// A domain of `domains.csv`. The manifest gives one to each connection; no request ever does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the variants are the field's own names; `code` spells them")]
pub enum Domain {
    Onderwijs,
    Zorg,
    SociaalDomein,
    Jeugdbescherming,
    PolitieJustitie,
    Asielketen,
    GrensReis,
    Wonen,
    Financieel,
    HandelArbeid,
    OpvangExpertise,
    BestuurVeiligheid,
}

/// The text names none of the twelve domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such domain")]
pub struct UnknownDomain;

impl Domain {
    /// Every domain, in the order of `domains.csv`.
    pub const ALL: [Self; 12] = [
        Self::Onderwijs,
        Self::Zorg,
        Self::SociaalDomein,
        Self::Jeugdbescherming,
        Self::PolitieJustitie,
        Self::Asielketen,
        Self::GrensReis,
        Self::Wonen,
        Self::Financieel,
        Self::HandelArbeid,
        Self::OpvangExpertise,
        Self::BestuurVeiligheid,
    ];

    /// The code of `domains.csv`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Onderwijs => "onderwijs",
            Self::Zorg => "zorg",
            Self::SociaalDomein => "sociaal-domein",
            Self::Jeugdbescherming => "jeugdbescherming",
            Self::PolitieJustitie => "politie-justitie",
            Self::Asielketen => "asielketen",
            Self::GrensReis => "grens-reis",
            Self::Wonen => "wonen",
            Self::Financieel => "financieel",
            Self::HandelArbeid => "handel-arbeid",
            Self::OpvangExpertise => "opvang-expertise",
            Self::BestuurVeiligheid => "bestuur-veiligheid",
        }
    }

    /// Parses a code of `domains.csv`.
    ///
    /// # Errors
    /// [`UnknownDomain`] for anything else.
    pub fn parse(text: &str) -> Result<Self, UnknownDomain> {
        Self::ALL.into_iter().find(|domain| domain.code() == text).ok_or(UnknownDomain)
    }

    /// Whether its own observations count. A domain that mostly relays what others saw is listed on an
    /// alert and never counted (V-11).
    #[must_use]
    pub const fn is_independent(self) -> bool {
        !matches!(self, Self::OpvangExpertise | Self::BestuurVeiligheid)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
