//! An alert in words: how old, which domains and months, and what is to be done about it and when. Nothing is weighed.

use samenloop_core::alert::AlertState as State;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, Day, Month, RegionId};

use crate::alert::{AlertView, Answer, state_name};
use crate::contact::organisation_of;
use crate::desk::page::month_in_words;
use crate::desk::page::signal::domain_in_words;
use crate::language::Language;

/// Tells alerts to one coordinator on one day.
#[derive(Clone, Copy)]
pub(super) struct Telling<'t> {
    pub(super) manifest: &'t Manifest,
    pub(super) own: &'t ConnectionId,
    pub(super) today: Day,
    pub(super) language: Language,
}

impl Telling<'_> {
    pub(super) const fn say<'s>(&self, dutch: &'s str, english: &'s str) -> &'s str {
        self.language.pick(dutch, english)
    }

    /// What an alert is called: the lead's own case reference, and the beginning of its number.
    pub(super) fn name(&self, alert: &AlertView) -> String {
        let number = alert.id.short();
        match &alert.follow_up.case_reference {
            Some(case) => format!("{case} ({number})"),
            None => format!("{} {number}", self.say("Samenloop", "Convergence")),
        }
    }

    pub(super) fn is_own(&self, alert: &AlertView) -> bool {
        alert.follow_up.lead.as_ref() == Some(self.own)
    }

    /// A connection with the name of its organisation.
    pub(super) fn party(&self, connection: &ConnectionId) -> String {
        match organisation_of(self.manifest, connection) {
            "" => connection.to_string(),
            name => format!("{name} ({connection})"),
        }
    }

    /// How long ago a day is: `vandaag`, `gisteren`, `19 dagen geleden`.
    fn ago(&self, day: Day) -> String {
        match day.days_until(self.today) {
            None | Some(0) => self.say("vandaag", "today").to_owned(),
            Some(1) => self.say("gisteren", "yesterday").to_owned(),
            Some(days) => format!("{days} {}", self.say("dagen geleden", "days ago")),
        }
    }

    pub(super) fn since(&self, alert: &AlertView) -> String {
        format!("{} ({})", self.language.day(alert.opened), self.ago(alert.opened))
    }

    pub(super) fn domains(&self, alert: &AlertView) -> String {
        let names: Vec<_> = alert.domains.iter().map(|it| domain_in_words(*it, self.language)).collect();
        let word =
            if names.len() == 1 { self.say("domein", "domain") } else { self.say("domeinen", "domains") };
        format!("{} {word}: {}", names.len(), names.join("; "))
    }

    /// The months of the signals that count, or of all where none does.
    pub(super) fn months(&self, alert: &AlertView) -> String {
        let counts = alert.signals.iter().any(|it| it.counts);
        let months = alert.signals.iter().filter(|it| it.counts || !counts).map(|it| it.shown.month);
        let words = |month: Month| month_in_words(month, self.language);
        match (months.clone().min(), months.max()) {
            (Some(first), Some(last)) if first == last => words(first),
            (Some(first), Some(last)) => {
                format!("{} {} {}", words(first), self.say("tot en met", "to"), words(last))
            }
            _ => self.say("onbekend", "unknown").to_owned(),
        }
    }

    pub(super) fn regions(&self, alert: &AlertView) -> String {
        let name =
            |id: &RegionId| self.manifest.region(id).map_or_else(|| id.to_string(), |it| it.name.clone());
        alert.regions.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// The state, with who leads.
    pub(super) fn state(&self, alert: &AlertView) -> String {
        let state = state_name(alert.state, self.language);
        match &alert.follow_up.lead {
            None => state.to_owned(),
            Some(_) if self.is_own(alert) => format!("{state}, {}", self.say("door u", "by you")),
            Some(lead) => format!("{state}, {} {}", self.say("door", "by"), self.party(lead)),
        }
    }

    /// The day from which the fallback may act on what nobody picked up; of one that was opened again nobody here knows
    /// since when it waits.
    pub(super) fn passes_on(&self, alert: &AlertView) -> Option<Day> {
        let terms = alert.regions.iter().filter_map(|it| self.manifest.region(it));
        let days = terms.map(|it| alert.opened.plus_days(u32::from(it.term_days) + 1));
        (alert.state == State::New).then(|| days.min()).flatten()
    }

    /// Whether this coordinator may pick an alert up: nobody leads it, or others are asked because its lead is absent.
    pub(super) fn may_claim(&self, alert: &AlertView) -> bool {
        let lead = alert.follow_up.lead.as_ref();
        let is_asked_of_others = || alert.follow_up.owners.iter().any(|it| Some(it) != lead);
        !alert.state.is_ended() && !self.is_own(alert) && (lead.is_none() || is_asked_of_others())
    }

    /// What is to be done, and when: whole sentences.
    pub(super) fn notes(&self, alert: &AlertView) -> Vec<String> {
        if alert.state.is_ended() {
            return Vec::new();
        }
        let mut notes = Vec::new();
        if alert.state == State::Reopened {
            notes.push(
                self.say(
                    "Was gesloten. Er kwam een nieuw domein of een nieuw hard signaal bij.",
                    "Was closed. A new domain or a new hard signal joined.",
                )
                .to_owned(),
            );
        }
        notes.extend(self.passing(alert));
        notes.extend(self.check(alert));
        if let Some(day) = alert.follow_up.unmet_since {
            let day = self.language.day(day);
            notes.push(match self.language {
                Language::Nl => format!("Let op: de signalen voldoen sinds {day} niet meer aan de regel. Wie de regie heeft, beslist wat er gebeurt."),
                Language::En => format!("Note: since {day} the signals no longer meet the rule. Whoever leads decides what happens."),
            });
        }
        for it in &alert.follow_up.contacts {
            let (party, asked) = (self.party(&it.connection), self.language.day(it.asked));
            let answer = Answer::say(it.answer, self.language);
            notes.push(match self.language {
                Language::Nl => format!("Contactverzoek van {asked} aan {party}: {answer}."),
                Language::En => format!("Contact request of {asked} to {party}: {answer}."),
            });
        }
        for id in &alert.follow_up.related {
            let words = self.say(
                "Gaat waarschijnlijk over hetzelfde kind als samenloop",
                "Is probably about the same child as convergence",
            );
            notes.push(format!("{words} {}.", id.short()));
        }
        notes
    }

    fn passing(&self, alert: &AlertView) -> Option<String> {
        let day = self.passes_on(alert)?;
        let words = self.language.day(day);
        Some(match (day <= self.today, self.language) {
            (false, Language::Nl) => {
                format!("Pakt niemand hem op, dan gaat hij op {words} naar de achtervang.")
            }
            (false, Language::En) => format!("If nobody claims it, it goes to the fallback on {words}."),
            (true, Language::Nl) => {
                format!("Niemand pakte hem op: sinds {words} is ook de achtervang aan zet.")
            }
            (true, Language::En) => {
                format!("Nobody claimed it: since {words} it is the fallback's turn as well.")
            }
        })
    }

    fn check(&self, alert: &AlertView) -> Option<String> {
        let day = alert.follow_up.next_check?;
        let words = self.language.day(day);
        let mut note = match (day < self.today, self.language) {
            (false, Language::Nl) => format!("Volgende veiligheidscheck: {words}."),
            (false, Language::En) => format!("Next safety check: {words}."),
            (true, Language::Nl) => format!("De veiligheidscheck was op {words}."),
            (true, Language::En) => format!("The safety check was on {words}."),
        };
        if !self.is_own(alert) && self.may_claim(alert) {
            note.push_str(self.say(
                " Wie de regie had, lijkt afwezig: u mag haar overnemen.",
                " Whoever led it seems absent: you may take it over.",
            ));
        }
        Some(note)
    }

    /// Whether a reporter has yet to answer.
    pub(super) fn is_waiting(alert: &AlertView) -> bool {
        alert.follow_up.contacts.iter().any(|it| it.answer.is_none())
    }
}
