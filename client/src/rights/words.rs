//! Requests in words.

use samenloop_core::case::ClosedList as _;
use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
use samenloop_proto::v1;

use crate::alert::InWords;
use crate::language::Language;

impl InWords for RightsKind {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Access => language.pick("inzage", "access"),
            Self::Restrict => language.pick("beperking", "restriction"),
            Self::Erase => language.pick("wissing", "erasure"),
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

/// How a request stands, in a few words.
#[must_use]
pub fn state_of(request: &v1::RightsRequest, language: Language) -> String {
    let (_, verdict, reason) = decided(request);
    let Some(verdict) = verdict else {
        return format!(
            "{} {}",
            language.pick("in behandeling; beslissen vóór", "being handled; decide before"),
            request.until
        );
    };
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
