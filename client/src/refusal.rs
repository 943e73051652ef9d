//! Why one line is refused: a stable name for programs, and a sentence for people that says what to do.
//!
//! No sentence quotes what a line holds: a shifted column may put an identifier anywhere.

mod admission;
mod malformed;

pub use malformed::Malformed;

use samenloop_core::room::admission::LineRefusal;
use samenloop_proto::v1::Reason;

use crate::input::Column;
use crate::language::{Language, Say};

/// Why a line is refused, here or by the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not a line of the file's form.
    Malformed(Malformed),
    /// A JSON line with a field that is no column.
    UnknownColumn,
    /// A column that this line must fill is empty.
    FieldMissing(Column),
    /// None of the identifiers is there.
    IdentifierMissing,
    /// The identifier of this column is none.
    IdentifierInvalid(Column),
    /// A spreadsheet made a quantity of the identifier of this column.
    IdentifierRounded(Column),
    /// By the agency's own word the child is no minor.
    OfAge,
    /// The reference, or case reference, has no 1 to 64 printable characters.
    ReferenceInvalid(Column),
    /// The reference, or case reference, holds the line's identifier.
    HoldsIdentifier(Column),
    /// The reference, or case reference, holds an identifier of another line of the file.
    HoldsOtherChild(Column),
    /// No month or date.
    MonthInvalid(Column),
    /// A date that could be read in two ways.
    MonthAmbiguous(Column),
    /// Neither severity nor code.
    SeverityMissing,
    /// Neither soft nor hard.
    SeverityInvalid,
    /// No such domain.
    UnknownDomain,
    /// Neither own nor hearsay.
    ObservationInvalid,
    /// Neither yes nor no.
    AnswerInvalid(Column),
    /// `valid_until` is not after the month of observation.
    TermTooShort,
    /// With this `valid_until` the signal has ended already, where its own term still runs.
    ValidUntilPast,
    /// The reference was on an earlier line, with other content.
    ReferenceDiffers {
        /// That line.
        earlier: u64,
    },
    /// The reference was on an earlier line, for another child.
    ReferenceOfOtherChild {
        /// That line.
        earlier: u64,
    },
    /// No such region; these exist.
    UnknownRegion(Vec<String>),
    /// Acute danger and nobody called: call these.
    AcuteRouteNotFollowed(String),
    /// Admission refused it, here or at the hub.
    Admission {
        /// Why, of the reasons that need nothing more to explain.
        reason: Reason,
        /// With [`Reason::Quota`]: seconds after which to try again.
        retry_after_seconds: u32,
    },
}

impl Refusal {
    /// The stable name: that of [`Reason`] without `REASON_` for what admission refuses.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "LINE_MALFORMED",
            Self::UnknownColumn => "UNKNOWN_COLUMN",
            Self::FieldMissing(_) => "FIELD_MISSING",
            Self::IdentifierMissing => "IDENTIFIER_MISSING",
            Self::IdentifierInvalid(_) => "IDENTIFIER_INVALID",
            Self::IdentifierRounded(_) => "IDENTIFIER_ROUNDED",
            Self::OfAge => "OF_AGE",
            Self::ReferenceInvalid(Column::CaseReference) => "CASE_REFERENCE_INVALID",
            Self::ReferenceInvalid(_) => "REFERENCE_INVALID",
            Self::HoldsIdentifier(_) => "REFERENCE_HOLDS_IDENTIFIER",
            Self::HoldsOtherChild(_) => "REFERENCE_HOLDS_OTHER_CHILD",
            Self::MonthAmbiguous(Column::ValidUntil) => "VALID_UNTIL_AMBIGUOUS",
            Self::MonthAmbiguous(_) => "MONTH_AMBIGUOUS",
            Self::MonthInvalid(Column::ValidUntil) => "VALID_UNTIL_INVALID",
            Self::MonthInvalid(_) => "MONTH_INVALID",
            Self::SeverityMissing => "SEVERITY_MISSING",
            Self::SeverityInvalid => "SEVERITY_INVALID",
            Self::UnknownDomain => "UNKNOWN_DOMAIN",
            Self::ObservationInvalid => "OBSERVATION_INVALID",
            Self::AnswerInvalid(_) => "ANSWER_INVALID",
            Self::TermTooShort => "TERM_TOO_SHORT",
            Self::ValidUntilPast => reason_name(Reason::MonthTooOld),
            Self::ReferenceDiffers { .. } => "REFERENCE_DIFFERS",
            Self::ReferenceOfOtherChild { .. } => "REFERENCE_OF_OTHER_CHILD",
            Self::UnknownRegion(_) => reason_name(Reason::UnknownRegion),
            Self::AcuteRouteNotFollowed(_) => reason_name(Reason::AcuteRouteNotFollowed),
            Self::Admission { reason, .. } => reason_name(*reason),
        }
    }

    /// What the hub refused.
    #[must_use]
    pub const fn of_hub(reason: Reason, retry_after_seconds: u32) -> Self {
        Self::Admission { reason, retry_after_seconds }
    }
}

/// The stable name of a reason.
#[must_use]
pub fn reason_name(reason: Reason) -> &'static str {
    reason.as_str_name().strip_prefix("REASON_").unwrap_or_default()
}

impl From<LineRefusal> for Refusal {
    fn from(refusal: LineRefusal) -> Self {
        use LineRefusal as Line;
        let (reason, retry_after_seconds) = match refusal {
            Line::ManifestExpired => (Reason::ManifestExpired, 0),
            Line::Places => (Reason::Malformed, 0),
            Line::EpochNotLive => (Reason::EpochNotLive, 0),
            Line::EpochBehind => (Reason::EpochBehind, 0),
            Line::KindNotAllowed => (Reason::KindNotAllowed, 0),
            Line::UnknownRegion => (Reason::UnknownRegion, 0),
            Line::UnknownCode => (Reason::UnknownCode, 0),
            Line::CodeNotEnabled => (Reason::CodeNotEnabled, 0),
            Line::SeverityContradictsCode => (Reason::SeverityContradictsCode, 0),
            Line::MonthInFuture => (Reason::MonthInFuture, 0),
            Line::MonthTooOld => (Reason::MonthTooOld, 0),
            Line::TermNotShorter => (Reason::TermNotShorter, 0),
            Line::HearsayOfOwnDomain => (Reason::HearsayOfOwnDomain, 0),
            Line::AcuteRouteNotFollowed => (Reason::AcuteRouteNotFollowed, 0),
            Line::DetailsNotForRegion => (Reason::DetailsNotForRegion, 0),
            Line::Quota { retry_after_seconds } => (Reason::Quota, retry_after_seconds),
        };
        Self::Admission { reason, retry_after_seconds }
    }
}

impl Say for Refusal {
    fn say(&self, language: Language) -> String {
        match language {
            Language::Nl => self.dutch(),
            Language::En => self.english(),
        }
    }
}

impl Refusal {
    fn dutch(&self) -> String {
        match self {
            Self::Malformed(malformed) => malformed.dutch(),
            Self::UnknownColumn => {
                "De regel heeft een veld dat samenloop niet kent. Haal het weg; alleen de velden uit de handleiding mogen mee.".into()
            }
            Self::FieldMissing(column) => format!("Het veld {0} is leeg. Vul {0} in.", column.dutch()),
            Self::IdentifierMissing => "Er staat geen bsn, onderwijsnummer of v_nummer. Vul er ten minste één in.".into(),
            Self::IdentifierInvalid(Column::Bsn) => {
                "Het BSN klopt niet: het heeft 9 cijfers (0 tot en met 9) en voldoet aan de elfproef. Controleer het in uw bron.".into()
            }
            Self::IdentifierInvalid(Column::VNumber) => {
                "Het V-nummer klopt niet: het heeft precies 10 cijfers (0 tot en met 9). Controleer het in uw bron.".into()
            }
            Self::IdentifierInvalid(_) => {
                "Het onderwijsnummer klopt niet: het heeft 9 cijfers (0 tot en met 9). Controleer het in uw bron.".into()
            }
            Self::IdentifierRounded(column) => format!(
                "In het veld {0} heeft het rekenblad van het nummer een getal gemaakt; de laatste cijfers kunnen weg zijn. Maak van de kolom {0} tekst en haal de nummers opnieuw uit uw bron.",
                column.dutch()
            ),
            Self::OfAge => "Volgens het veld minderjarig is dit geen kind. Samenloop is voor kinderen tot 18 jaar. Haal de regel weg, of verbeter het veld.".into(),
            Self::ReferenceInvalid(column) => {
                format!("Het veld {} heeft 1 tot 64 leesbare tekens, zonder tabs of regeleinden. Pas het aan.", column.dutch())
            }
            Self::HoldsIdentifier(column) => {
                format!("In het veld {} staat het nummer van het kind. Gebruik een eigen kenmerk zonder persoonsnummer.", column.dutch())
            }
            Self::HoldsOtherChild(column) => {
                format!("In het veld {} staat het nummer van een ander kind uit dit bestand. Gebruik een eigen kenmerk zonder persoonsnummer.", column.dutch())
            }
            Self::MonthAmbiguous(column) => format!(
                "Het veld {} is op twee manieren te lezen: dag, maand of jaar kunnen verwisseld zijn. Schrijf jaar en maand, zoals 2026-03.",
                column.dutch()
            ),
            Self::MonthInvalid(column) => {
                format!("Het veld {} is geen maand. Schrijf jaar en maand, zoals 2026-03.", column.dutch())
            }
            Self::SeverityMissing => "Er staat geen soort en geen code. Vul bij soort zacht of hard in.".into(),
            Self::SeverityInvalid => "De soort is niet zacht of hard. Vul een van die twee in.".into(),
            Self::UnknownDomain => "Het domein achter van-horen-zeggen bestaat niet. Kies een domein uit de lijst, zoals onderwijs of zorg.".into(),
            Self::ObservationInvalid => "De waarneming is niet eigen en niet van-horen-zeggen:<domein>. Vul een van die twee in.".into(),
            Self::AnswerInvalid(column) => format!("Het veld {} is niet ja of nee. Vul een van die twee in.", column.dutch()),
            Self::TermTooShort => "De maand in geldig_tot ligt niet na de maand van de waarneming. Kies een latere maand of laat het veld leeg.".into(),
            Self::ValidUntilPast => "Met deze geldig_tot is het signaal al verlopen (de termijn wordt naar beneden afgerond). Kies een latere maand of laat het veld leeg.".into(),
            Self::ReferenceDiffers { earlier } => {
                format!("Dezelfde referentie staat met andere inhoud op regel {earlier}. Geef elke waarneming een eigen referentie.")
            }
            Self::ReferenceOfOtherChild { earlier } => format!(
                "Dezelfde referentie staat op regel {earlier} bij een ander kind. Kijk welk kind u bedoelt, en geef elk kind een eigen referentie."
            ),
            Self::UnknownRegion(known) => {
                format!("De regio bestaat niet. Kies uit: {}.", known.join(", "))
            }
            Self::AcuteRouteNotFollowed(numbers) => {
                format!("Acuut gevaar: bel nu eerst {numbers}. Zet daarna acute_route_gevolgd op ja en stuur de regel opnieuw.")
            }
            Self::Admission { reason, retry_after_seconds } => admission::said(*reason, *retry_after_seconds, Language::Nl),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Malformed(malformed) => malformed.english(),
            Self::UnknownColumn => "The line has a field that samenloop does not know. Remove it.".into(),
            Self::FieldMissing(column) => format!("The field {0} is empty. Fill in {0}.", column.english()),
            Self::IdentifierMissing => {
                "There is no bsn, onderwijsnummer or v_number. Fill in at least one.".into()
            }
            Self::IdentifierInvalid(column) => {
                format!("The {} is not valid. Check its digits in your source.", column.english())
            }
            Self::IdentifierRounded(column) => format!(
                "In the field {0} the spreadsheet made a quantity of the number; its last digits may be gone. Make the column {0} text, and take the numbers from your source again.",
                column.english()
            ),
            Self::OfAge => "By the field minor this is no child. Samenloop is for children under 18. Remove the line, or correct the field.".into(),
            Self::ReferenceInvalid(column) => {
                format!("The field {} takes 1 to 64 printable characters. Change it.", column.english())
            }
            Self::HoldsIdentifier(column) => {
                format!(
                    "The field {} holds the child's number. Use a reference of your own.",
                    column.english()
                )
            }
            Self::HoldsOtherChild(column) => format!(
                "The field {} holds the number of another child of this file. Use a reference of your own.",
                column.english()
            ),
            Self::MonthAmbiguous(column) => format!(
                "The field {} can be read in two ways: day, month or year may be swapped. Write year and month, as in 2026-03.",
                column.english()
            ),
            Self::MonthInvalid(column) => {
                format!("The field {} is no month. Write year and month, as in 2026-03.", column.english())
            }
            Self::SeverityMissing => "There is neither severity nor code. Fill in soft or hard.".into(),
            Self::SeverityInvalid => "The severity is neither soft nor hard. Fill in one of them.".into(),
            Self::UnknownDomain => "The domain after hearsay: does not exist. Choose one of the list.".into(),
            Self::ObservationInvalid => {
                "The observation is neither own nor hearsay:<domain>. Fill in one of them.".into()
            }
            Self::AnswerInvalid(column) => {
                format!("The field {} is neither yes nor no. Fill in one of them.", column.english())
            }
            Self::TermTooShort => {
                "The month in valid_until is not after the month of observation. Choose a later one, or none."
                    .into()
            }
            Self::ValidUntilPast => "With this valid_until the signal has ended already (the term is rounded down). Choose a later month, or none.".into(),
            Self::ReferenceDiffers { earlier } => {
                format!(
                    "The same reference is on line {earlier} with other content. Give each observation its own."
                )
            }
            Self::ReferenceOfOtherChild { earlier } => format!(
                "The same reference is on line {earlier} for another child. Look which child you mean, and give each its own."
            ),
            Self::UnknownRegion(known) => {
                format!("The region does not exist. Choose from: {}.", known.join(", "))
            }
            Self::AcuteRouteNotFollowed(numbers) => {
                format!(
                    "Acute danger: call {numbers} now. Then set acute_route_followed to yes and send the line again."
                )
            }
            Self::Admission { reason, retry_after_seconds } => {
                admission::said(*reason, *retry_after_seconds, Language::En)
            }
        }
    }
}
