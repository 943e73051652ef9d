//! The entries of closed lists, as people choose and read them.

use samenloop_core::case::{
    CheckReason, ChildView, ClaimReason, ClosedList, ConfirmReason, ContactReason, HandOverReason, Outcome,
    Registration, SecondReading, UnfoundedReason,
};

use crate::contact;
use crate::language::Language;

/// An entry of a closed list in words, without a capital or full stop.
pub trait InWords: ClosedList {
    /// The words.
    fn words(self, language: Language) -> &'static str;
}

impl InWords for ClaimReason {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::OwnRegion => language.pick("het kind hoort bij mijn regio", "the child is of my region"),
            Self::Agreed => {
                language.pick("zo afgesproken met de andere regio's", "so agreed with the other regions")
            }
            Self::Fallback => language.pick(
                "als achtervang: niemand pakte hem op tijd op",
                "as the fallback: nobody claimed it in time",
            ),
            Self::LeadAbsent => {
                language.pick("wie de regie had, is afwezig", "whoever had the lead is absent")
            }
        }
    }
}

impl InWords for ConfirmReason {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::ReporterRecognises => {
                language.pick("een melder herkent de zorg", "a reporter recognises the concern")
            }
            Self::ReportersAgree => {
                language.pick("meer melders herkennen de zorg", "several reporters recognise the concern")
            }
            Self::EarlierConcern => {
                language.pick("het past bij een eerdere zorg", "it fits an earlier concern")
            }
            Self::SignalsWeighed => {
                language.pick("de signalen zelf, na weging", "the signals themselves, weighed")
            }
        }
    }
}

impl InWords for UnfoundedReason {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::InnocentExplanation => language.pick(
                "er is een onschuldige verklaring die klopt",
                "there is an innocent explanation that holds",
            ),
            Self::Mistake => language.pick("een melder vergiste zich", "a reporter made a mistake"),
            Self::SignalsEnded => {
                language.pick("signalen zijn ingetrokken of verlopen", "signals were withdrawn or have ended")
            }
            Self::OtherChild => {
                language.pick("de signalen gaan niet over één kind", "the signals are not about one child")
            }
            Self::TooLittle => language.pick("te weinig om op te bouwen", "too little to go on"),
        }
    }
}

impl InWords for SecondReading {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Done => language.pick("ja, iemand anders las mee", "yes, somebody else read along"),
            Self::NobodyAvailable => {
                language.pick("nee, er was niemand beschikbaar", "no, nobody was available")
            }
        }
    }
}

impl InWords for Outcome {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::HelpStarted => language.pick("hulp is gestart", "help started"),
            Self::AlreadyKnown => language.pick("was al bekend", "already known"),
            Self::ExpertiseCentre => language.pick(
                "verwezen naar een landelijk expertisecentrum",
                "referred to a national expertise centre",
            ),
            Self::VeiligThuisInformed => {
                language.pick("Veilig Thuis is ingelicht", "Veilig Thuis is informed")
            }
            Self::PoliceInformed => language
                .pick("politie ingelicht door de zorgcoördinator", "police informed by the coordinator"),
            Self::ChildNotFound => language.pick("kind niet gevonden", "child not found"),
            Self::Unfounded => language.pick("niet gegrond", "unfounded"),
            Self::HandedOverAtEighteen => language.pick("overgedragen bij 18 jaar", "handed over at 18"),
        }
    }
}

impl InWords for Registration {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Yes => language.pick("ja", "yes"),
            Self::No => language.pick("nee", "no"),
            Self::AwaitingConsent => {
                language.pick("nog niet: er wordt op toestemming gewacht", "not yet: its consent is awaited")
            }
        }
    }
}

impl InWords for ChildView {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Known => language.pick("ja, die is bekend", "yes, it is known"),
            Self::UnsafeToAsk => language
                .pick("nee, vragen is niet veilig voor het kind", "no, asking is not safe for the child"),
            Self::NotReached => {
                language.pick("nee, het kind is niet bereikt", "no, the child was not reached")
            }
            Self::Declined => {
                language.pick("nee, het kind wil dat niet zeggen", "no, the child did not want to say")
            }
            Self::TooYoung => {
                language.pick("nee, het kind is te jong om te vragen", "no, the child is too young to ask")
            }
        }
    }
}

impl InWords for HandOverReason {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::OtherRegion => {
                language.pick("het kind hoort bij een andere regio", "the child is of another region")
            }
            Self::Absence => language.pick("ik ben er een tijd niet", "I shall be away"),
            Self::Expertise => language.pick("de ander weet hier meer van", "the other knows more of this"),
            Self::RelatedAlert => language.pick(
                "de ander heeft de regie over een verwante samenloop",
                "the other leads a related convergence",
            ),
        }
    }
}

impl InWords for CheckReason {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Checked => language.pick("de veiligheid is nu nagegaan", "safety was checked now"),
            Self::AwaitingAnswer => language.pick("ik wacht op een antwoord", "an answer is awaited"),
            Self::SignalsChanged => language.pick("de signalen zijn veranderd", "the signals changed"),
        }
    }
}

impl InWords for ContactReason {
    fn words(self, language: Language) -> &'static str {
        contact::reason(self, language)
    }
}
