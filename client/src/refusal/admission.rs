//! The hub's own refusals of a line, in words.

use samenloop_proto::v1::Reason;

use crate::language::Language;

/// What the hub's own judgement of a line means, and what to do.
pub(super) fn said(reason: Reason, retry_after_seconds: u32, language: Language) -> String {
    let (dutch, english) = sentences(reason);
    match (reason, language) {
        (Reason::Quota, Language::Nl) => format!("{dutch} Wacht ten minste {retry_after_seconds} seconden."),
        (Reason::Quota, Language::En) => {
            format!("{english} Wait for at least {retry_after_seconds} seconds.")
        }
        _ => language.pick(dutch, english).to_owned(),
    }
}

/// In Dutch and in English.
#[expect(clippy::too_many_lines, reason = "one table of sentences")]
const fn sentences(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::EpochNotLive => (
            "De sleutelperiode van deze regel loopt niet meer. Geef: samenloop key install. Stuur de regel daarna opnieuw.",
            "The key epoch of this line is not live. Give: samenloop key install. Then send the line again.",
        ),
        Reason::EpochBehind => (
            "De sleutel van de lopende sleutelperiode ontbreekt. Geef: samenloop key install. Stuur de regel daarna opnieuw.",
            "The key of the active epoch is missing. Give: samenloop key install. Then send the line again.",
        ),
        Reason::KindNotAllowed => (
            "Uw aansluiting mag dit soort persoonsnummer niet gebruiken. Haal die kolom weg, of vraag de sleutelbeheerder.",
            "Your connection may not use this kind of identifier. Remove that column, or ask the administrators.",
        ),
        Reason::UnknownRegion => (
            "De regio bestaat niet. Kies een regio uit het manifest.",
            "The region does not exist. Choose one of the manifest.",
        ),
        Reason::UnknownCode => (
            "De code bestaat niet. Kies een code uit de codelijst, zoals V11, of laat het veld leeg.",
            "The code does not exist. Choose one of the list of codes, or leave it empty.",
        ),
        Reason::CodeNotEnabled => (
            "Uw aansluiting mag deze code niet sturen. Laat de code leeg en vul de soort in.",
            "Your connection may not send this code. Leave it empty and fill in the severity.",
        ),
        Reason::SeverityContradictsCode => (
            "De soort past niet bij de code. Laat de soort leeg, of kies een andere code.",
            "The severity contradicts the code. Leave the severity empty, or choose another code.",
        ),
        Reason::MonthInFuture => (
            "De maand ligt in de toekomst. Vul de maand van de waarneming in.",
            "The month lies in the future. Fill in the month of observation.",
        ),
        Reason::MonthTooOld => (
            "De waarneming is te oud: het signaal zou al verlopen zijn. Stuur het niet, of beoordeel opnieuw.",
            "The observation is too old: the signal would already have ended. Do not send it, or judge anew.",
        ),
        Reason::TermNotShorter => (
            "De maand in geldig_tot ligt later dan de eigen termijn van het signaal. Kies een eerdere maand of laat het veld leeg.",
            "The month in valid_until is later than the signal's own term. Choose an earlier one, or none.",
        ),
        Reason::HearsayOfOwnDomain => (
            "Van horen zeggen uit uw eigen domein is een eigen waarneming van dat domein. Noem een ander domein, of laat de waarneming leeg.",
            "Hearsay of your own domain is that domain's own observation. Name another domain, or none.",
        ),
        Reason::AcuteRouteNotFollowed => (
            "Acuut gevaar: bel nu eerst 112. Zet daarna acute_route_gevolgd op ja en stuur de regel opnieuw.",
            "Acute danger: call 112 now. Then set acute_route_followed to yes and send the line again.",
        ),
        Reason::DetailsNotForRegion => (
            "De zorgcoördinatoren van deze regio zijn veranderd. Haal het nieuwste manifest op en stuur de regel opnieuw.",
            "The coordinators of this region have changed. Fetch the newest manifest and send the line again.",
        ),
        Reason::ManifestExpired => (
            "Het manifest is verlopen: de hub neemt geen nieuwe signalen aan. Haal het nieuwste manifest op bij de sleutelbeheerder.",
            "The manifest has expired: the hub takes no new signals. Ask the administrators for the newest.",
        ),
        Reason::Quota => (
            "Dit is meer dan het afgesproken aantal regels. Stuur de regel later opnieuw.",
            "This is more than the agreed number of lines. Send the line again later.",
        ),
        Reason::Malformed => (
            "De hub begrijpt deze regel niet. Werk samenloop bij en stuur de regel opnieuw.",
            "The hub does not understand this line. Update samenloop and send the line again.",
        ),
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
        | Reason::UnknownRequest
        | Reason::SameOrganisation
        | Reason::Late
        | Reason::Decided
        | Reason::Reason
        | Reason::Clock
        | Reason::Unavailable => (
            "De hub weigert deze regel. Werk samenloop bij; helpt dat niet, bel de beheerder van de hub.",
            "The hub refuses this line. Update samenloop; if that does not help, call the hub's operator.",
        ),
    }
}
