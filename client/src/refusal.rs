//! Why one line is refused: a stable name for programs, and a sentence for people that says what to do.
//!
//! No sentence quotes what a line holds: a shifted column may put an identifier anywhere.

use samenloop_core::room::admission;
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

impl From<admission::LineRefusal> for Refusal {
    fn from(refusal: admission::LineRefusal) -> Self {
        use admission::LineRefusal as Line;
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
            Self::Admission { reason, retry_after_seconds } => admission_in_dutch(*reason, *retry_after_seconds),
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
                admission_in_english(*reason, *retry_after_seconds)
            }
        }
    }
}

impl Malformed {
    fn dutch(self) -> String {
        match self {
            Self::FieldCount { expected, found } => format!(
                "De regel heeft {found} velden en de kopregel {expected}. Controleer de scheidingstekens en aanhalingstekens."
            ),
            Self::Quote => "Een aanhalingsteken is niet goed gesloten op deze regel. Sluit het veld, of haal regeleinden eruit.".into(),
            Self::Json => "De regel is geen JSON-object met tekstvelden, of een veld staat er twee keer in. Maak van elke regel één object.".into(),
            Self::TooLong => "De regel is te lang voor een signaal. Controleer de regeleinden van het bestand.".into(),
        }
    }

    fn english(self) -> String {
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

fn admission_in_dutch(reason: Reason, retry_after_seconds: u32) -> String {
    match reason {
        Reason::EpochNotLive => "De sleutelperiode van deze regel loopt niet meer. Geef: samenloop key install. Stuur de regel daarna opnieuw.".into(),
        Reason::EpochBehind => "De sleutel van de lopende sleutelperiode ontbreekt. Geef: samenloop key install. Stuur de regel daarna opnieuw.".into(),
        Reason::KindNotAllowed => "Uw aansluiting mag dit soort persoonsnummer niet gebruiken. Haal die kolom weg, of vraag de sleutelbeheerder.".into(),
        Reason::UnknownRegion => "De regio bestaat niet. Kies een regio uit het manifest.".into(),
        Reason::UnknownCode => "De code bestaat niet. Kies een code uit de codelijst, zoals V11, of laat het veld leeg.".into(),
        Reason::CodeNotEnabled => "Uw aansluiting mag deze code niet sturen. Laat de code leeg en vul de soort in.".into(),
        Reason::SeverityContradictsCode => "De soort past niet bij de code. Laat de soort leeg, of kies een andere code.".into(),
        Reason::MonthInFuture => "De maand ligt in de toekomst. Vul de maand van de waarneming in.".into(),
        Reason::MonthTooOld => "De waarneming is te oud: het signaal zou al verlopen zijn. Stuur het niet, of beoordeel opnieuw.".into(),
        Reason::TermNotShorter => "De maand in geldig_tot ligt later dan de eigen termijn van het signaal. Kies een eerdere maand of laat het veld leeg.".into(),
        Reason::HearsayOfOwnDomain => "Van horen zeggen uit uw eigen domein is een eigen waarneming van dat domein. Noem een ander domein, of laat de waarneming leeg.".into(),
        Reason::AcuteRouteNotFollowed => "Acuut gevaar: bel nu eerst 112. Zet daarna acute_route_gevolgd op ja en stuur de regel opnieuw.".into(),
        Reason::DetailsNotForRegion => "De zorgcoördinatoren van deze regio zijn veranderd. Haal het nieuwste manifest op en stuur de regel opnieuw.".into(),
        Reason::ManifestExpired => "Het manifest is verlopen: de hub neemt geen nieuwe signalen aan. Haal het nieuwste manifest op bij de sleutelbeheerder.".into(),
        Reason::Quota => format!("Dit is meer dan het afgesproken aantal regels. Stuur de regel opnieuw na {retry_after_seconds} seconden."),
        Reason::Malformed => "De hub begrijpt deze regel niet. Werk samenloop bij en stuur de regel opnieuw.".into(),
        Reason::Unspecified
        | Reason::BatchSize
        | Reason::ReferenceTwice
        | Reason::NotTakingPart
        | Reason::NotValid
        | Reason::OtherRole
        | Reason::ManifestOutdated
        | Reason::ManifestDiffers
        | Reason::Publication
        | Reason::Declaration
        | Reason::UnknownAlert
        | Reason::LedByAnother
        | Reason::NotLed
        | Reason::AlertEnded
        | Reason::AlertState
        | Reason::Date
        | Reason::SecondReading
        | Reason::Outcome
        | Reason::Recipient
        | Reason::Reporter
        | Reason::AskedBefore
        | Reason::Unavailable => "De hub weigert deze regel. Werk samenloop bij; helpt dat niet, bel de beheerder van de hub.".into(),
    }
}

fn admission_in_english(reason: Reason, retry_after_seconds: u32) -> String {
    match reason {
        Reason::EpochNotLive => "The key epoch of this line is not live. Give: samenloop key install. Then send the line again.".into(),
        Reason::EpochBehind => "The key of the active epoch is missing. Give: samenloop key install. Then send the line again.".into(),
        Reason::KindNotAllowed => "Your connection may not use this kind of identifier. Remove that column, or ask the administrators.".into(),
        Reason::UnknownRegion => "The region does not exist. Choose one of the manifest.".into(),
        Reason::UnknownCode => "The code does not exist. Choose one of the list of codes, or leave it empty.".into(),
        Reason::CodeNotEnabled => "Your connection may not send this code. Leave it empty and fill in the severity.".into(),
        Reason::SeverityContradictsCode => "The severity contradicts the code. Leave the severity empty, or choose another code.".into(),
        Reason::MonthInFuture => "The month lies in the future. Fill in the month of observation.".into(),
        Reason::MonthTooOld => "The observation is too old: the signal would already have ended. Do not send it, or judge anew.".into(),
        Reason::TermNotShorter => "The month in valid_until is later than the signal's own term. Choose an earlier one, or none.".into(),
        Reason::HearsayOfOwnDomain => "Hearsay of your own domain is that domain's own observation. Name another domain, or none.".into(),
        Reason::AcuteRouteNotFollowed => "Acute danger: call 112 now. Then set acute_route_followed to yes and send the line again.".into(),
        Reason::DetailsNotForRegion => "The coordinators of this region have changed. Fetch the newest manifest and send the line again.".into(),
        Reason::ManifestExpired => "The manifest has expired: the hub takes no new signals. Ask the administrators for the newest.".into(),
        Reason::Quota => format!("This is more than the agreed number of lines. Send the line again after {retry_after_seconds} seconds."),
        Reason::Malformed => "The hub does not understand this line. Update samenloop and send the line again.".into(),
        Reason::Unspecified
        | Reason::BatchSize
        | Reason::ReferenceTwice
        | Reason::NotTakingPart
        | Reason::NotValid
        | Reason::OtherRole
        | Reason::ManifestOutdated
        | Reason::ManifestDiffers
        | Reason::Publication
        | Reason::Declaration
        | Reason::UnknownAlert
        | Reason::LedByAnother
        | Reason::NotLed
        | Reason::AlertEnded
        | Reason::AlertState
        | Reason::Date
        | Reason::SecondReading
        | Reason::Outcome
        | Reason::Recipient
        | Reason::Reporter
        | Reason::AskedBefore
        | Reason::Unavailable => "The hub refuses this line. Update samenloop; if that does not help, call the hub's operator.".into(),
    }
}
