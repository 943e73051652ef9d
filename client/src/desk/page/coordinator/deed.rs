//! The form of an act: its fields, and from what was filled in to a deed, or to what is wrong with each field.

use std::collections::BTreeSet;

use askama::Template;
use samenloop_core::alert::{Act, Deed, may_lead};
use samenloop_core::case::{
    CaseReference, CheckReason, ChildView, ClaimReason, ConfirmReason, ContactReason, HandOverReason,
    Outcome, Registration, SecondReading, UnfoundedReason,
};
use samenloop_core::room::followup::MAX_DAYS_AHEAD;
use samenloop_core::value::{ConnectionId, Day};

use super::step::Step;
use super::telling::Telling;
use crate::alert::{AlertView, InWords, State as AlertState, to_name};
use crate::desk::form::Form;
use crate::desk::page::Problem;
use crate::desk::page::capitalised;
use crate::desk::page::field::{Checks, Choice, Date, Radios, Select, Text, problem_of};

/// Days ahead of the safety check that is proposed.
const PROPOSED_DAYS: u32 = 7;

/// Makes the fields of a form, with what was filled in.
pub(super) struct Fields<'f> {
    pub(super) telling: Telling<'f>,
    pub(super) alert: &'f AlertView,
    pub(super) form: &'f Form,
    pub(super) problems: &'f [Problem],
}

impl Fields<'_> {
    /// The fields of a step, rendered.
    pub(super) fn of(&self, step: Step) -> Vec<String> {
        match step {
            Step::Claim => vec![self.case(), self.reasons::<ClaimReason>(), self.day()],
            Step::Contact => vec![self.reporters(), self.reasons::<ContactReason>()],
            Step::Confirm => self.with_reading(self.reasons::<ConfirmReason>()),
            Step::Unfounded => self.with_reading(self.reasons::<UnfoundedReason>()),
            Step::Check => vec![self.reasons::<CheckReason>(), self.day(), self.case()],
            Step::HandOver => vec![self.colleagues(), self.reasons::<HandOverReason>(), self.day()],
            Step::Close => vec![self.outcome(), self.registration(), self.view()],
        }
    }

    fn say<'s>(&self, dutch: &'s str, english: &'s str) -> &'s str {
        self.telling.say(dutch, english)
    }

    fn list<T: InWords>(
        &self,
        id: &'static str,
        (legend, hint): (&'static str, &'static str),
        is_offered: impl Fn(&T) -> bool,
    ) -> String {
        let choice = |it: &T| Choice::new(it.code(), capitalised(it.words(self.telling.language)), "");
        rendered(&Radios {
            id,
            legend,
            hint,
            choices: T::ALL.iter().filter(|it| is_offered(it)).map(choice).collect(),
            chosen: self.form.text(id).to_owned(),
            problem: problem_of(self.problems, id),
        })
    }

    fn reasons<T: InWords>(&self) -> String {
        self.list::<T>("reden", (self.say("Waarom?", "Why?"), ""), |_| true)
    }

    /// V-14: where all signals are soft, somebody else reads along.
    fn with_reading(&self, reasons: String) -> Vec<String> {
        if self.alert.has_hard() {
            return vec![reasons];
        }
        let legend = self.say("Heeft iemand anders meegelezen?", "Did somebody else read along?");
        let hint = self.say(
            "Alle signalen zijn zacht. Vraag dan een collega om mee te lezen, zonder naam van een kind.",
            "All signals are soft. Then ask a colleague to read along, without the name of a child.",
        );
        vec![reasons, self.list::<SecondReading>("meegelezen", (legend, hint), |_| true)]
    }

    fn case(&self) -> String {
        let known = self.alert.follow_up.case_reference.as_deref().unwrap_or_default();
        rendered(&Text {
            id: "zaaknummer",
            label: self.say("Uw eigen zaaknummer", "Your own case reference"),
            hint: self.say(
                "Bijvoorbeeld ZHZ-26-117. Melders noemen het als zij bellen. Geen naam en geen persoonsnummer.",
                "For example ZHZ-26-117. Reporters name it when they phone. No name and no number of a person.",
            ),
            value: if self.form.has("zaaknummer") { self.form.text("zaaknummer") } else { known }.to_owned(),
            is_number: false,
            problem: problem_of(self.problems, "zaaknummer"),
        })
    }

    fn day(&self) -> String {
        let today = self.telling.today;
        let proposed = || today.plus_days(PROPOSED_DAYS).to_string();
        rendered(&Date {
            id: "dag",
            label: self.say("De volgende veiligheidscheck", "The next safety check"),
            hint: self.say(
                "Wanneer gaat u na of het kind veilig is? Van morgen tot 92 dagen vooruit.",
                "When do you look whether the child is safe? From tomorrow to 92 days ahead.",
            ),
            value: if self.form.has("dag") { self.form.text("dag").to_owned() } else { proposed() },
            first: today.plus_days(1).to_string(),
            last: today.plus_days(MAX_DAYS_AHEAD).to_string(),
            problem: problem_of(self.problems, "dag"),
        })
    }

    fn reporters(&self) -> String {
        let choices = reporters(self.alert).into_iter().map(|it| {
            let answered = self.alert.follow_up.contacts.iter().any(|contact| contact.connection == it);
            let hint = if answered {
                self.say("Is eerder gevraagd, en antwoordde.", "Was asked before, and answered.")
            } else {
                ""
            };
            Choice::new(it.as_str(), self.telling.party(&it), hint)
        });
        rendered(&Checks {
            id: "wie",
            legend: self.say("Wie moet u bellen?", "Who is to phone you?"),
            hint: self.say(
                "Kies een of meer. Wie al gevraagd is en nog niet antwoordde, staat er niet bij.",
                "Choose one or more. Who was asked and has not answered yet is not listed.",
            ),
            choices: choices.collect(),
            chosen: self.form.texts("wie").map(str::to_owned).collect(),
            problem: problem_of(self.problems, "wie"),
        })
    }

    fn colleagues(&self) -> String {
        let Telling { manifest, own, today, .. } = self.telling;
        let others = manifest.connections().iter().map(|it| &it.id);
        let others = others.filter(|it| *it != own && may_lead(manifest, it, today));
        rendered(&Select {
            id: "aan",
            label: self.say("Aan wie?", "To whom?"),
            hint: "",
            none: self.say("Kies een zorgcoördinator", "Choose a coordinator"),
            choices: others.map(|it| Choice::new(it.as_str(), self.telling.party(it), "")).collect(),
            chosen: self.form.text("aan").to_owned(),
            problem: problem_of(self.problems, "aan"),
        })
    }

    fn outcome(&self) -> String {
        let is_unfounded = self.alert.state == AlertState::Unfounded;
        let legend = self.say("Wat kwam ervan?", "What came of it?");
        self.list::<Outcome>("uitkomst", (legend, ""), |it| (*it == Outcome::Unfounded) == is_unfounded)
    }

    fn registration(&self) -> String {
        let legend = self.say("Is het kind gemeld bij CoMensha?", "Is the child registered with CoMensha?");
        let hint = self.say(
            "Daarvoor is toestemming van het kind nodig, behalve als de politie meldt.",
            "That needs the child's consent, except when the police register.",
        );
        self.list::<Registration>("comensha", (legend, hint), |_| true)
    }

    fn view(&self) -> String {
        let legend = self.say("Is bekend wat het kind zelf vindt?", "Is the child's own view known?");
        self.list::<ChildView>("kind", (legend, ""), |_| true)
    }
}

/// Who gave a signal and may be asked: not who was asked and has not answered.
pub(super) fn reporters(alert: &AlertView) -> Vec<ConnectionId> {
    let asked = |it: &ConnectionId| {
        let mut contacts = alert.follow_up.contacts.iter();
        contacts.any(|contact| contact.connection == *it && contact.answer.is_none())
    };
    let all = to_name(&alert.signals, crate::language::Language::Nl).into_iter().map(|(it, _)| it.clone());
    all.filter(|it| !asked(it)).collect()
}

fn rendered(field: &impl Template) -> String {
    field.render().unwrap_or_default()
}

/// Reads what was filled in.
pub(super) struct Reading<'r> {
    telling: Telling<'r>,
    alert: &'r AlertView,
    form: &'r Form,
    problems: Vec<Problem>,
}

impl<'r> Reading<'r> {
    /// What a form says of an alert.
    ///
    /// # Errors
    /// Every problem at once.
    pub(super) fn act(
        step: Step,
        telling: Telling<'r>,
        alert: &'r AlertView,
        form: &'r Form,
    ) -> Result<Act, Vec<Problem>> {
        let mut reading = Self { telling, alert, form, problems: Vec::new() };
        let case = reading.case(step);
        let deed = reading.deed(step);
        case.zip(deed).map(|(case, deed)| Act { case, deed }).ok_or(reading.problems)
    }

    fn problem<T>(&mut self, field: &'static str, dutch: &str, english: &str) -> Option<T> {
        self.problems.push(Problem::new(field, self.telling.say(dutch, english)));
        None
    }

    fn entry<T: InWords>(&mut self, field: &'static str) -> Option<T> {
        let chosen = T::parse(self.form.text(field));
        chosen.or_else(|| self.problem(field, "Kies een van de antwoorden.", "Choose one of the answers."))
    }

    fn reason<T: InWords>(&mut self) -> Option<T> {
        T::parse(self.form.text("reden"))
            .or_else(|| self.problem("reden", "Kies een reden.", "Choose a reason."))
    }

    fn reading(&mut self) -> Option<Option<SecondReading>> {
        if self.alert.has_hard() { Some(None) } else { self.entry("meegelezen").map(Some) }
    }

    fn day(&mut self) -> Option<Day> {
        let day = Day::parse(self.form.text("dag")).ok();
        let ahead = |day: &Day| matches!(self.telling.today.days_until(*day), Some(1..=MAX_DAYS_AHEAD));
        day.filter(ahead).or_else(|| {
            self.problem(
                "dag",
                "Kies een dag van morgen tot 92 dagen vooruit.",
                "Choose a day from tomorrow to 92 days ahead.",
            )
        })
    }

    /// What was typed where it is asked for; else the one that is known.
    fn case(&mut self, step: Step) -> Option<CaseReference> {
        let own = self.alert.follow_up.case_reference.as_deref();
        let text = match (step, own) {
            (Step::Claim | Step::Check, _) | (_, None) => self.form.text("zaaknummer").to_ascii_uppercase(),
            (_, Some(own)) => own.to_owned(),
        };
        CaseReference::parse(&text).ok().or_else(|| {
            self.problem(
                "zaaknummer",
                "Een zaaknummer heeft 2 tot 12 tekens: letters, cijfers en streepjes, met 1 tot 7 cijfers en ten hoogste 4 letters. Bijvoorbeeld ZHZ-26-117.",
                "A case reference has 2 to 12 characters: letters, digits and dashes, with 1 to 7 digits and at most 4 letters. For example ZHZ-26-117.",
            )
        })
    }

    fn reporters(&mut self) -> Option<BTreeSet<ConnectionId>> {
        let of: Option<BTreeSet<_>> = self.form.texts("wie").map(|it| ConnectionId::parse(it).ok()).collect();
        of.filter(|it| !it.is_empty()).or_else(|| {
            self.problem("wie", "Kies ten minste één organisatie.", "Choose at least one organisation.")
        })
    }

    fn colleague(&mut self) -> Option<ConnectionId> {
        ConnectionId::parse(self.form.text("aan"))
            .ok()
            .or_else(|| self.problem("aan", "Kies aan wie u overdraagt.", "Choose to whom you hand it over."))
    }

    /// Each field is read, whatever is wrong with the one before.
    fn deed(&mut self, step: Step) -> Option<Deed> {
        match step {
            Step::Claim => {
                let (reason, day) = (self.reason(), self.day());
                Some(Deed::Claim { reason: reason?, next_check: day? })
            }
            Step::Contact => {
                let (of, reason) = (self.reporters(), self.reason());
                Some(Deed::AskContact { of: of?, reason: reason? })
            }
            Step::Confirm => {
                let (reason, reading) = (self.reason(), self.reading());
                Some(Deed::Confirm { reason: reason?, reading: reading? })
            }
            Step::Unfounded => {
                let (reason, reading) = (self.reason(), self.reading());
                Some(Deed::Unfounded { reason: reason?, reading: reading? })
            }
            Step::Check => {
                let (reason, day) = (self.reason(), self.day());
                Some(Deed::SetNextCheck { reason: reason?, next_check: day? })
            }
            Step::HandOver => {
                let (to, reason, day) = (self.colleague(), self.reason(), self.day());
                Some(Deed::HandOver { to: to?, reason: reason?, next_check: day? })
            }
            Step::Close => {
                let (outcome, registration) = (self.entry("uitkomst"), self.entry("comensha"));
                let view = self.entry("kind");
                Some(Deed::Close { outcome: outcome?, registration: registration?, view: view? })
            }
        }
    }
}
