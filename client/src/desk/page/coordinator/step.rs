//! What a coordinator may do with an alert, in the order of a case; and what is said of each.

use samenloop_core::alert::AlertState as State;

use super::deed::reporters;
use super::telling::Telling;
use crate::alert::AlertView;
use crate::language::Language;

/// An act that has a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Claim,
    Contact,
    Confirm,
    Unfounded,
    Check,
    HandOver,
    Close,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Claim,
        Self::Contact,
        Self::Confirm,
        Self::Unfounded,
        Self::Close,
        Self::Check,
        Self::HandOver,
    ];

    /// What this coordinator may do with an alert as it stands.
    pub(super) fn of(alert: &AlertView, telling: &Telling<'_>) -> Vec<Self> {
        let may = |step: &Self| match step {
            Self::Claim => telling.may_claim(alert),
            _ if !telling.is_own(alert) || alert.state.is_ended() => false,
            Self::Confirm => alert.state != State::Confirmed,
            Self::Unfounded => alert.state != State::Unfounded,
            Self::Close => matches!(alert.state, State::Confirmed | State::Unfounded),
            Self::Contact => !reporters(alert).is_empty(),
            Self::Check | Self::HandOver => true,
        };
        Self::ALL.into_iter().filter(may).collect()
    }

    /// The last part of the path of its form.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Claim => "oppakken",
            Self::Contact => "contactverzoek",
            Self::Confirm => "bevestigen",
            Self::Unfounded => "niet-gegrond",
            Self::Check => "veiligheidscheck",
            Self::HandOver => "overdragen",
            Self::Close => "sluiten",
        }
    }

    pub(super) fn parse(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.path() == path)
    }

    /// What it is called, on links, buttons and its page.
    pub(super) const fn title(self, language: Language) -> &'static str {
        match self {
            Self::Claim => language.pick("Oppakken", "Claim"),
            Self::Contact => language.pick("Contactverzoek sturen", "Send a contact request"),
            Self::Confirm => language.pick("Bevestigen", "Confirm"),
            Self::Unfounded => language.pick("Niet gegrond verklaren", "Find unfounded"),
            Self::Check => language.pick("Veiligheidscheck verzetten", "Move the safety check"),
            Self::HandOver => language.pick("Overdragen", "Hand over"),
            Self::Close => language.pick("Sluiten met uitkomst", "Close with outcome"),
        }
    }

    /// What it does, in one or two sentences.
    pub(super) const fn meaning(self, language: Language) -> &'static str {
        match self {
            Self::Claim => language.pick(
                "U krijgt de regie. De andere regio's zien dat u hem hebt opgepakt.",
                "You take the lead. The other regions see that you have claimed it.",
            ),
            Self::Contact => language.pick(
                "U vraagt organisaties die een signaal gaven om u te bellen. Wie het kind is, hoort u aan de telefoon en nergens anders.",
                "You ask organisations that gave a signal to phone you. Who the child is, you hear on the phone and nowhere else.",
            ),
            Self::Confirm => language.pick(
                "U hebt gewogen wat er staat, en de zorg is terecht.",
                "You have weighed what there is, and the concern is justified.",
            ),
            Self::Unfounded => language.pick(
                "U hebt gewogen wat er staat, en de zorg is niet terecht. U kunt daar later op terugkomen.",
                "You have weighed what there is, and the concern is not justified. You may come back on it later.",
            ),
            Self::Check => language.pick(
                "Veiligheid gaat voor. Zolang de samenloop open is, staat er een dag waarop u de veiligheid van het kind weer nagaat.",
                "Safety first. As long as it is open there is a day on which you look at the safety of the child again.",
            ),
            Self::HandOver => language.pick(
                "Een andere zorgcoördinator krijgt de regie. Bel eerst, zodat de ander het weet.",
                "Another coordinator takes the lead. Phone first, so that the other knows.",
            ),
            Self::Close => language.pick(
                "U legt vast wat ervan kwam. Komt er later een nieuw domein of een nieuw hard signaal bij, dan gaat hij weer open.",
                "You record what came of it. Should a new domain or a new hard signal join later, it opens again.",
            ),
        }
    }

    /// What was done, once it is.
    pub(super) const fn done(self, language: Language) -> &'static str {
        match self {
            Self::Claim => language.pick("Gedaan: u hebt de regie.", "Done: you lead."),
            Self::Contact => language
                .pick("Gedaan: het contactverzoek is verstuurd.", "Done: the contact request was sent."),
            Self::Confirm => language.pick("Gedaan: u hebt hem bevestigd.", "Done: you have confirmed it."),
            Self::Unfounded => {
                language.pick("Gedaan: u vond hem niet gegrond.", "Done: you found it unfounded.")
            }
            Self::Check => {
                language.pick("Gedaan: de veiligheidscheck is verzet.", "Done: the safety check was moved.")
            }
            Self::HandOver => language.pick("Gedaan: hij is overgedragen.", "Done: it was handed over."),
            Self::Close => language.pick("Gedaan: hij is gesloten.", "Done: it is closed."),
        }
    }
}

#[cfg(test)]
mod tests {
    use samenloop_proto::v1;

    use super::*;
    use crate::alert::example::{alert, manifest, today, view};
    use crate::fixture::id;

    #[test]
    fn nobody_is_asked_where_everybody_was() {
        const WEST: &str = "zorgcoordinator-west";
        let manifest = manifest();
        let mut shown = v1::Alert { state: v1::AlertState::Claimed.into(), lead: WEST.into(), ..alert() };
        let steps = |shown: &v1::Alert| {
            let own = &id(WEST);
            let telling = Telling { manifest: &manifest, own, today: today(), language: Language::Nl };
            Step::of(&view(shown, &manifest), &telling)
        };
        for agency in ["school-west", "politie-west", "veilig-thuis-west"] {
            assert!(steps(&shown).contains(&Step::Contact));
            shown.contacts.push(v1::AlertContact {
                connection: agency.into(),
                asked: "2026-11-22".into(),
                reason: 1,
                ..v1::AlertContact::default()
            });
        }
        let rest = [Step::Confirm, Step::Unfounded, Step::Check, Step::HandOver];
        assert_eq!(steps(&shown), rest, "no way leads to a form without anybody to choose");
    }
}
