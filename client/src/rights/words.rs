//! Requests in words.

use samenloop_core::case::ClosedList as _;
use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
use samenloop_core::room::rights::{DECIDED_WITHIN_DAYS, REMINDED_AFTER_DAYS};
use samenloop_core::value::Day;
use samenloop_proto::v1;

use crate::alert::InWords;
use crate::language::Language;

impl InWords for RightsKind {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Access => language.pick("inzage", "access"),
            Self::Restrict => language.pick("beperking", "restriction"),
            Self::Erase => language.pick("wissing", "erasure"),
            Self::Lift => language.pick("opheffing van de beperking", "lifting of the restriction"),
        }
    }
}

impl InWords for Verdict {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Release => language.pick("vrijgegeven", "released"),
            Self::Limit => language.pick("beperkt vrijgegeven", "released in part"),
            Self::Refuse => language.pick("geweigerd", "refused"),
        }
    }
}

impl InWords for RightsReason {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::InvolvedPerson => language
                .pick("iemand rond het kind kan betrokken zijn", "somebody near the child may be involved"),
            Self::OthersRights => language.pick("de rechten van anderen", "the rights of others"),
            Self::Investigation => language.pick("een onderzoek", "an investigation"),
            Self::IdentityNotShown => {
                language.pick("niet is aangetoond wie vraagt", "who asks did not show who they are")
            }
            Self::NotEntitled => language.pick(
                "wie vraagt is niet het kind en heeft niet het gezag",
                "who asks is neither the child nor its guardian",
            ),
            Self::ChildInDanger => {
                language.pick("een antwoord brengt het kind in gevaar", "an answer puts the child in danger")
            }
            Self::StillNeeded => language.pick(
                "de gegevens zijn nog nodig om het kind te beschermen",
                "what is kept is still needed to protect the child",
            ),
            Self::Repeated => {
                language.pick("hetzelfde is al gevraagd, zonder nieuwe reden", "asked again without ground")
            }
        }
    }
}

/// Why, as it is said to whoever asked. It names a ground of the law and not what is behind it: who asks may be the one
/// from whom the child is protected, and whoever decides does not know whether anything is kept.
pub(super) const fn ground(reason: RightsReason, language: Language) -> &'static str {
    match reason {
        RightsReason::InvolvedPerson | RightsReason::Investigation => language.pick(
            "Dat doen wij om het kind en andere mensen te beschermen. Het mag volgens artikel 15 lid 4 van de privacywet (AVG) en artikel 41 van de Uitvoeringswet AVG.",
            "We do so to protect the child and other people. Article 15(4) of the privacy law (GDPR) and article 41 of its Dutch implementation act (UAVG) allow it.",
        ),
        RightsReason::OthersRights => language.pick(
            "Dat doen wij om de rechten van andere mensen te beschermen. Het mag volgens artikel 15 lid 4 van de privacywet (AVG).",
            "We do so to protect the rights of other people. Article 15(4) of the privacy law (GDPR) allows it.",
        ),
        RightsReason::IdentityNotShown => language.pick(
            "Wij weten niet zeker wie u bent (artikel 12 lid 6 van de AVG). Laat een geldig bewijs zien, en vraag het opnieuw.",
            "We are not sure who you are (article 12(6) of the GDPR). Show a valid document, and ask again.",
        ),
        RightsReason::NotEntitled => language.pick(
            "Alleen het kind zelf, of wie het gezag over het kind heeft, kan dit vragen. Dat hebben wij niet kunnen vaststellen.",
            "Only the child, or who has custody of it, can ask this. We could not establish that.",
        ),
        RightsReason::ChildInDanger => language.pick(
            "Dat doen wij om het kind en andere mensen te beschermen. Het mag volgens artikel 41 van de Uitvoeringswet AVG, een privacywet.",
            "We do so to protect the child and other people. Article 41 of the Dutch privacy law (UAVG) allows it.",
        ),
        RightsReason::StillNeeded => language.pick(
            "Wat in Samenloop kan staan, dient om kinderen te beschermen. Dat weegt hier zwaarder (artikel 17 lid 3 en artikel 21 van de AVG).",
            "What Samenloop may hold is there to protect children. Here that weighs more (articles 17(3) and 21 of the GDPR).",
        ),
        RightsReason::Repeated => language.pick(
            "U vroeg al eerder hetzelfde, en er is geen nieuwe reden (artikel 12 lid 5 van de AVG).",
            "You asked the same before, and there is no new reason (article 12(5) of the GDPR).",
        ),
    }
}

/// What is asked, decided and why, of the wire.
pub(super) fn decided(
    request: &v1::RightsRequest,
) -> (Option<RightsKind>, Option<Verdict>, Option<RightsReason>) {
    let number = |it: i32| u32::try_from(it).unwrap_or_default();
    (
        RightsKind::from_number(number(request.kind)),
        Verdict::from_number(number(request.verdict)),
        RightsReason::from_number(number(request.reason)),
    )
}

/// What a request asks for, in words.
#[must_use]
pub fn kind_of(request: &v1::RightsRequest, language: Language) -> &'static str {
    decided(request).0.map_or("", |it| it.words(language))
}

/// Days that are left to decide on a request nobody decided on; `None` for any other, and once they are over.
#[must_use]
pub fn days_left(request: &v1::RightsRequest, today: Day) -> Option<u32> {
    let is_waiting = request.verdict() == v1::Verdict::Unspecified && !request.lapsed;
    today.days_until(Day::parse(&request.until).ok()?).filter(|_| is_waiting)
}

fn waiting(request: &v1::RightsRequest, today: Day, language: Language) -> String {
    let (until, left) = (&request.until, days_left(request, today));
    let said = match (language, left) {
        (Language::Nl, None) => format!("in behandeling; beslissen kon tot en met {until}"),
        (Language::Nl, Some(0)) => "in behandeling; vandaag is de laatste dag om te beslissen".to_owned(),
        (Language::Nl, Some(1)) => format!("in behandeling; beslis uiterlijk {until}, nog 1 dag"),
        (Language::Nl, Some(left)) => format!("in behandeling; beslis uiterlijk {until}, nog {left} dagen"),
        (Language::En, None) => format!("being handled; it could be decided on until {until}"),
        (Language::En, Some(0)) => "being handled; today is the last day to decide".to_owned(),
        (Language::En, Some(left)) => format!("being handled; decide by {until}, days left: {left}"),
    };
    let is_urgent = left.is_some_and(|it| it <= DECIDED_WITHIN_DAYS - REMINDED_AFTER_DAYS);
    if is_urgent { format!("{}: {said}", language.pick("LET OP", "NOTE")) } else { said }
}

/// How a request stands on a day, in a few words.
#[must_use]
pub fn state_of(request: &v1::RightsRequest, today: Day, language: Language) -> String {
    let (_, verdict, reason) = decided(request);
    if request.lapsed {
        let lapsed = "VERLOPEN: niemand besliste op tijd. Schrijf wie het vroeg: samenloop rights letter";
        let english = "LAPSED: nobody decided in time. Write to whoever asked: samenloop rights letter";
        return language.pick(lapsed, english).to_owned();
    }
    let Some(verdict) = verdict else { return waiting(request, today, language) };
    let because = reason.map(|it| format!(" ({})", it.words(language))).unwrap_or_default();
    let answered = if request.answered.is_empty() {
        language
            .pick("in behandeling tot de dag van antwoord", "being handled until the day of answers")
            .to_owned()
    } else {
        format!("{} {}", language.pick("beantwoord op", "answered on"), request.answered)
    };
    format!("{}{because}; {answered}", verdict.words(language))
}
