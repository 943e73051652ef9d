//! Which processing of personal data a hub does, and what a line of the processing log says of it (V-44).
//!
//! Logboek Dataverwerkingen (Logius, working version 0.8.0) asks for a line for each processing and data subject, that
//! names an activity of the register (AVG art. 30). [`Activity`] is that list; the register is rendered from it, so that
//! neither names what the other does not.

pub use crate::value::SubjectId;

/// A processing activity, as the register has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// A signal is received and kept until the next tick.
    Receive,
    /// A signal is withdrawn by its own agency.
    Withdraw,
    /// Signals are filed, and it is judged whether they converge.
    Judge,
    /// An alert opens, follows its signals, lapses or is forgotten.
    Follow,
    /// An alert is shown to a coordinator.
    Show,
    /// A coordinator does something with an alert.
    Act,
    /// An agency reads or answers a contact request.
    Contact,
    /// A right of the child is exercised: access, restriction, erasure.
    Rights,
    /// What is past its term is removed.
    Expire,
}

/// What the register says of an activity, in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    /// What is done.
    pub name: &'static str,
    /// What for.
    pub purpose: &'static str,
}

impl Activity {
    /// All of them, in the order of a signal's walk.
    pub const ALL: [Self; 9] = [
        Self::Receive,
        Self::Withdraw,
        Self::Judge,
        Self::Follow,
        Self::Show,
        Self::Act,
        Self::Contact,
        Self::Rights,
        Self::Expire,
    ];

    /// Its URI in the register (`dpl.core.processing_activity_id`). Names no host.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Receive => "urn:samenloop:verwerking:signaal-ontvangen",
            Self::Withdraw => "urn:samenloop:verwerking:signaal-intrekken",
            Self::Judge => "urn:samenloop:verwerking:samenloop-beoordelen",
            Self::Follow => "urn:samenloop:verwerking:samenloop-bijhouden",
            Self::Show => "urn:samenloop:verwerking:samenloop-tonen",
            Self::Act => "urn:samenloop:verwerking:samenloop-opvolgen",
            Self::Contact => "urn:samenloop:verwerking:contactverzoek",
            Self::Rights => "urn:samenloop:verwerking:rechten",
            Self::Expire => "urn:samenloop:verwerking:verlopen-wissen",
        }
    }

    /// Its name and purpose in Dutch.
    #[must_use]
    pub const fn dutch(self) -> Description {
        let (name, purpose) = match self {
            Self::Receive => (
                "Signaal ontvangen",
                "Een zorg van een professional over een kind bewaren, zonder te weten wie het kind is",
            ),
            Self::Withdraw => ("Signaal intrekken", "Een zorg die niet meer bestaat niet langer bewaren"),
            Self::Judge => (
                "Signalen bewaren en beoordelen op samenloop",
                "Zien of signalen uit verschillende domeinen samen een reden zijn om een kind te beschermen",
            ),
            Self::Follow => (
                "Samenloop bijhouden",
                "Zorgen dat een samenloop klopt met de signalen van dat moment, en vervalt als dat niet zo is",
            ),
            Self::Show => (
                "Samenloop tonen aan de zorgcoördinator",
                "De zorgcoördinator laten weten welke organisaties te bellen",
            ),
            Self::Act => (
                "Samenloop opvolgen",
                "Vastleggen wat een zorgcoördinator deed en waarom, en wat er uit kwam",
            ),
            Self::Contact => (
                "Contactverzoek tonen en beantwoorden",
                "Een organisatie vragen om de zorgcoördinator te bellen",
            ),
            Self::Rights => (
                "Rechten van het kind uitvoeren",
                "Inzage geven, een signaal laten rusten of wissen (AVG artikel 15 tot en met 21)",
            ),
            Self::Expire => ("Wissen wat voorbij zijn termijn is", "Niets langer bewaren dan nodig is"),
        };
        Description { name, purpose }
    }

    /// Its name and purpose in English.
    #[must_use]
    pub const fn english(self) -> Description {
        let (name, purpose) = match self {
            Self::Receive => (
                "Receive a signal",
                "To keep a professional's concern about a child without knowing who the child is",
            ),
            Self::Withdraw => ("Withdraw a signal", "To keep no concern that nobody holds any more"),
            Self::Judge => (
                "File signals and judge whether they converge",
                "To see whether signals of separate domains together are a reason to protect a child",
            ),
            Self::Follow => (
                "Keep an alert up to date",
                "To have an alert agree with the signals of the moment, and lapse when it does not",
            ),
            Self::Show => (
                "Show an alert to the care coordinator",
                "To let the care coordinator know which organisations to call",
            ),
            Self::Act => {
                ("Follow up an alert", "To record what a care coordinator did and why, and what came of it")
            }
            Self::Contact => {
                ("Show and answer a contact request", "To ask an organisation to phone the care coordinator")
            }
            Self::Rights => (
                "Exercise the rights of the child",
                "To give access, to let a signal rest or to erase it (GDPR articles 15 to 21)",
            ),
            Self::Expire => ("Remove what is past its term", "To keep nothing longer than is needed"),
        };
        Description { name, purpose }
    }
}

/// One processing of one data subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Processing {
    /// What is done.
    pub activity: Activity,
    /// With whom; nobody where no record is opened, or the record that knew goes.
    pub subject: Option<SubjectId>,
}

/// The processing log, as a store knows it: told before anything becomes real.
pub trait ProcessingLog: Send + Sync {
    /// Writes a line for each; returns once they are durable. Of none it writes nothing.
    ///
    /// # Errors
    /// [`Unwritten`]: then nothing of it may be done.
    fn announce(&self, processings: &[Processing]) -> Result<(), Unwritten>;
}

/// The lines could not be written; what was to be done waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the processing log cannot be written, and without it nothing is processed")]
pub struct Unwritten;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A line and the register name the same activity, and no two activities are one.
    #[test]
    fn every_activity_has_its_own_uri_name_and_purpose() {
        let all = Activity::ALL;
        let uris: BTreeSet<_> = all.iter().map(|it| it.uri()).collect();
        assert_eq!(uris.len(), all.len());
        for texts in [all.map(Activity::dutch), all.map(Activity::english)] {
            let names: BTreeSet<_> = texts.iter().map(|it| it.name).collect();
            assert_eq!(names.len(), all.len());
            assert!(texts.iter().all(|it| it.purpose.len() > 20));
        }
        assert!(uris.iter().all(|it| it.starts_with("urn:samenloop:verwerking:")));
    }
}
