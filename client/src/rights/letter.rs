//! The letter to the child or its guardian, in plain language (B1): as text, and as a page to print (V-31).
//!
//! It holds no name: whoever hands it over knows whom it is for.

use askama::Template;
use samenloop_core::manifest::Manifest;
use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
use samenloop_core::room::rights::RESTRICTED_DAYS;
use samenloop_core::value::{ConnectionId, Day, Domain, Month};
use samenloop_manifest::domain_words;
use samenloop_proto::v1;

use super::closing::closing;
use super::words::{decided, ground};
use crate::alert::{InWords as _, domain};
use crate::contact::organisation_of;
use crate::hub::HubFault;
use crate::language::Language;

/// What the hub answered.
pub type Answer = v1::FetchRightsResponse;

/// One part of the letter.
pub(super) struct Part {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// A letter, ready to be written.
#[derive(Template)]
#[template(path = "rights/letter.html")]
pub struct Letter {
    code: &'static str,
    title: String,
    opening: Vec<String>,
    parts: Vec<Part>,
}

const BROKEN: HubFault = HubFault::Broken("an answer with a field that is no such thing");

impl Letter {
    /// The letter of an answer, written today. `None` while it is being handled: then there is nothing to say.
    ///
    /// # Errors
    /// [`HubFault::Broken`] when the hub sent something that is no answer.
    pub fn of(
        answer: &Answer,
        manifest: &Manifest,
        today: Day,
        language: Language,
    ) -> Result<Option<Self>, HubFault> {
        let request = answer.request.as_ref().ok_or(BROKEN)?;
        let (Some(kind), verdict, reason) = decided(request) else { return Err(BROKEN) };
        let answered = match request.answered.as_str() {
            "" if request.lapsed => None,
            "" => return Ok(None),
            answered => Some(day(answered)?),
        };
        let on = language.day(day(&request.asked)?);
        let asked = match language {
            Language::Nl => format!("Op {on} vroeg u om {}.", kind.words(language)),
            Language::En => format!("On {on} you asked for {}.", kind.words(language)),
        };
        let mut letter = Self {
            code: language.pick("nl", "en"),
            title: language.pick("Brief over uw verzoek", "Letter about your request").to_owned(),
            opening: vec![asked],
            parts: Vec::new(),
        };
        match (answered, verdict) {
            (None, _) => letter.opening.push(lapsed(language).to_owned()),
            (Some(on), Some(verdict)) => {
                letter.answer((kind, verdict, reason), on, answer, manifest, language)?
            }
            (Some(_), None) => return Err(BROKEN),
        }
        letter.parts.extend(closing(&request.asked_by, manifest, today, language));
        Ok(Some(letter))
    }

    /// What was decided, and what came of it.
    fn answer(
        &mut self,
        (kind, verdict, reason): (RightsKind, Verdict, Option<RightsReason>),
        on: Day,
        answer: &Answer,
        manifest: &Manifest,
        language: Language,
    ) -> Result<(), HubFault> {
        let said = language.pick("Dit is ons antwoord van", "This is our answer of");
        self.opening.push(format!("{said} {}.", language.day(on)));
        if verdict == Verdict::Refuse {
            self.opening.push(refused(reason, language));
            return Ok(());
        }
        self.opening.push(done(kind, on, language));
        if kind == RightsKind::Access {
            self.opening.extend(reason.map(|it| limited(it, language)));
            if answer.more {
                self.opening.push(incomplete(language).to_owned());
            }
            self.parts.push(signals(answer, manifest, language)?);
            self.parts.push(alerts(answer, reason, manifest, language)?);
        }
        Ok(())
    }

    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n{}\n", self.title, self.opening.join("\n\n"));
        for part in &self.parts {
            text += &format!("\n{}\n", part.title);
            for line in &part.lines {
                text += &format!("- {line}\n");
            }
        }
        text
    }

    /// As a page to print.
    #[must_use]
    pub fn html(&self) -> String {
        // Writing into a string cannot fail.
        self.render().unwrap_or_default()
    }
}

fn day(text: &str) -> Result<Day, HubFault> {
    Day::parse(text).map_err(|_| BROKEN)
}

/// What is done, of a request that is released in whole or in part.
fn done(kind: RightsKind, on: Day, language: Language) -> String {
    let until = language.day(on.plus_days(RESTRICTED_DAYS));
    match (kind, language) {
        (RightsKind::Access, Language::Nl) => "Samenloop is een systeem waarin organisaties een zorg over een kind kunnen achterlaten, zonder naam en zonder adres. Komen zorgen van meer organisaties bij elkaar, dan krijgt een zorgcoördinator daar bericht van. Hieronder leest u wat er staat over u of uw kind. Dat wij iets of niets vinden, zegt niet hoe het met een kind gaat.".to_owned(),
        (RightsKind::Access, Language::En) => "Samenloop is a system in which organisations can leave a concern about a child, without a name or an address. When concerns of several organisations come together, a coordinator is told. Below is what it holds about you or your child. That we find something or nothing does not say how a child is doing.".to_owned(),
        (RightsKind::Restrict, Language::Nl) => format!("Staat er iets over u of uw kind, dan telt het niet mee tot en met {until}. Er komt in die tijd ook geen nieuwe samenloop door. Wie eerder bericht kreeg, hoort dat er iets is veranderd. U kunt vragen om dat te verlengen, of om het eerder te laten stoppen."),
        (RightsKind::Restrict, Language::En) => format!("If anything is kept about you or your child, it does not count until {until}, and makes no new alert. Whoever was told of it before hears that something changed. You can ask to have that extended, or ended earlier."),
        (RightsKind::Lift, Language::Nl) => format!("U vroeg eerder om wat er staat niet te gebruiken. Dat stopt op {}. Staat er iets over u of uw kind, dan telt het vanaf die dag weer mee.", language.day(on)),
        (RightsKind::Lift, Language::En) => format!("You asked before not to use what is kept. That ends on {}: if anything is kept about you or your child, it counts again from that day.", language.day(on)),
        (RightsKind::Erase, Language::Nl) => "Stond er iets over u of uw kind, dan is het nu gewist. Wie er bericht van had gekregen, hoort dat. De organisaties die het achterlieten, horen het ook. Hun programma stuurt het niet opnieuw. Een organisatie kan later wel een nieuwe zorg achterlaten.".to_owned(),
        (RightsKind::Erase, Language::En) => "If anything was kept about you or your child, it is erased now. Whoever was told of it hears so. So do the organisations that left it: their program does not send it again. An organisation can leave a new concern later.".to_owned(),
    }
}

/// That nobody decided in time (art. 12(4)).
const fn lapsed(language: Language) -> &'static str {
    language.pick(
        "Niemand heeft op tijd over uw verzoek beslist, en dat is onze fout. Uw verzoek is daardoor gestopt: er is niets mee gedaan. Vraag het contactpunt om uw verzoek opnieuw te doen. U hoeft niet opnieuw uit te leggen waarom. U kunt hierover ook een klacht indienen.",
        "Nobody decided on your request in time, and that is our fault. Your request has ended: nothing was done with it. Ask the contact point to make it again. You need not explain why again. You can also complain about this.",
    )
}

/// That there is more than an answer tells, and how to get it.
const fn incomplete(language: Language) -> &'static str {
    language.pick(
        "Deze brief is niet compleet. Er staat meer dan in een brief past, en u hebt recht op alles. Vraag het contactpunt om de rest: dat vraagt het dan na bij de organisaties.",
        "This letter is not complete. More is kept than a letter holds, and you are entitled to all of it. Ask the contact point for the rest: it will ask the organisations.",
    )
}

fn refused(reason: Option<RightsReason>, language: Language) -> String {
    let ground = reason.map_or("", |it| ground(it, language));
    match language {
        Language::Nl => format!(
            "Wij doen niet wat u vroeg. {ground} Deze brief zegt niet of er iets over u of uw kind staat: dat is voor dit besluit niet nagekeken."
        ),
        Language::En => format!(
            "We do not do what you asked. {ground} This letter does not say whether anything is kept about you or your child: nobody looked for this decision."
        ),
    }
}

fn limited(reason: RightsReason, language: Language) -> String {
    let said = language.pick("U krijgt niet alles te zien.", "You are not shown everything.");
    format!("{said} {}", ground(reason, language))
}

fn signals(answer: &Answer, manifest: &Manifest, language: Language) -> Result<Part, HubFault> {
    let title = language.pick("Wat organisaties achterlieten", "What organisations left").to_owned();
    let mut lines = Vec::new();
    for signal in &answer.signals {
        lines.push(signal_line(signal, manifest, language)?);
    }
    if lines.is_empty() {
        let none = "Er is niets gevonden dat wij u kunnen tonen.";
        lines.push(language.pick(none, "Nothing was found that we can show you.").to_owned());
    }
    Ok(Part { title, lines })
}

fn signal_line(
    signal: &v1::FoundSignal,
    manifest: &Manifest,
    language: Language,
) -> Result<String, HubFault> {
    let month = Month::from_number(signal.month).map_err(|_| BROKEN)?;
    let of = manifest.organisations().iter().find(|it| it.id.as_str() == signal.organisation);
    let who = of
        .map_or_else(|| language.pick("een organisatie", "an organisation").to_owned(), |it| it.name.clone());
    let field =
        domain(signal.domain()).map(|it| format!(" ({})", domain_in_words(it, language))).unwrap_or_default();
    let (severity, until) = match signal.severity() {
        v1::Severity::Hard => (language.pick("een sterke zorg", "a strong concern"), day(&signal.expires)?),
        v1::Severity::Soft => (language.pick("een lichte zorg", "a light concern"), day(&signal.expires)?),
        v1::Severity::Unspecified => return Err(BROKEN),
    };
    let heard = match domain(signal.hearsay_of()) {
        Some(_) => language.pick(", gehoord van een ander", ", heard from another"),
        None => "",
    };
    // Also of one that rests, and counts for nothing meanwhile.
    let kept = language.pick("bewaard tot en met", "kept until");
    Ok(format!("{}: {who}{field}, {severity}{heard}; {kept} {}", language.month(month), language.day(until)))
}

fn domain_in_words(domain: Domain, language: Language) -> &'static str {
    domain_words(domain).map_or("", |it| language.words(it))
}

/// Who looked and takes part no more.
const FORMER: (&str, &str) =
    ("Een organisatie die niet meer meedoet", "An organisation that takes part no more");

fn alerts(
    answer: &Answer,
    reason: Option<RightsReason>,
    manifest: &Manifest,
    language: Language,
) -> Result<Part, HubFault> {
    let title = language.pick("Wie ernaar keek", "Who looked at it").to_owned();
    let mut lines = Vec::new();
    for alert in &answer.alerts {
        let opened = language.day(day(&alert.opened)?);
        lines.push(match language {
            Language::Nl => format!("Op {opened} kwamen zorgen van meer organisaties bij elkaar. Een zorgcoördinator kreeg daar bericht van."),
            Language::En => format!("On {opened} concerns of several organisations came together. A coordinator was told."),
        });
        lines.push(state_in_words(alert.state(), language).to_owned());
        for look in &alert.looks {
            let by = ConnectionId::parse(&look.coordinator).map_err(|_| BROKEN)?;
            let who = match organisation_of(manifest, &by) {
                "" => language.pick(FORMER.0, FORMER.1),
                who => who,
            };
            let on = language.day(day(&look.day)?);
            lines.push(match language {
                Language::Nl => format!("{who} keek ernaar op {on}."),
                Language::En => format!("{who} looked at it on {on}."),
            });
        }
    }
    if reason.is_some_and(RightsReason::leaves_out_who_looked) {
        let left_out = "Dit laten wij u niet zien, of er nu iemand keek of niet.";
        lines.push(
            language.pick(left_out, "We do not show you this, whether anybody looked or not.").to_owned(),
        );
    } else if lines.is_empty() {
        let none = "Wij vonden geen bericht aan een zorgcoördinator. Zijn alle signalen van een bericht ingetrokken of verlopen, \
                    dan is het met uw nummer niet meer te vinden.";
        let english = "We found no message to a coordinator. Once all signals of a message were withdrawn or have \
                       ended, it can no longer be found by your number.";
        lines.push(language.pick(none, english).to_owned());
    }
    Ok(Part { title, lines })
}

/// Where an alert stands, to whom it is about.
const fn state_in_words(state: v1::AlertState, language: Language) -> &'static str {
    match state {
        v1::AlertState::Claimed => {
            language.pick("Een zorgcoördinator zoekt dit nu uit.", "A coordinator is looking into it now.")
        }
        v1::AlertState::Confirmed => language.pick(
            "Een zorgcoördinator vond dat er iets moest gebeuren.",
            "A coordinator found that something had to be done.",
        ),
        v1::AlertState::Unfounded => {
            language.pick("Een zorgcoördinator vond het niet gegrond.", "A coordinator found it unfounded.")
        }
        v1::AlertState::Closed => language.pick("Het is afgesloten.", "It is closed."),
        v1::AlertState::Lapsed => language.pick("Het is vervallen.", "It has lapsed."),
        v1::AlertState::New | v1::AlertState::Reopened | v1::AlertState::Unspecified => {
            language.pick("Niemand heeft het nog opgepakt.", "Nobody has taken it up yet.")
        }
    }
}

#[cfg(test)]
mod tests {
    use samenloop_core::manifest::Role;

    use super::*;
    use crate::fixture;

    fn manifest() -> Manifest {
        let mut entries = fixture::entries();
        for (id, role) in [
            ("contactpunt", Role::ContactPoint),
            ("contactpunt-oost", Role::ContactPoint),
            ("fg", Role::PrivacyOfficer),
        ] {
            fixture::add(&mut entries, id, role);
        }
        Manifest::new(entries).unwrap()
    }

    fn answer(verdict: Verdict, reason: Option<RightsReason>) -> Answer {
        use samenloop_core::case::ClosedList as _;
        let request = v1::RightsRequest {
            kind: 1,
            asked: "2026-11-20".into(),
            verdict: verdict.number().into(),
            reason: reason.map_or(0, |it| it.number().into()),
            answered: "2026-11-25".into(),
            asked_by: "contactpunt".into(),
            ..Default::default()
        };
        let signal = v1::FoundSignal {
            organisation: "school-west".into(),
            domain: v1::Domain::Onderwijs.into(),
            severity: v1::Severity::Soft.into(),
            month: 202_611,
            expires: "2027-05-31".into(),
            hearsay_of: 0,
        };
        let look = v1::Look { coordinator: "zorgcoordinator-west".into(), day: "2026-11-23".into() };
        let former = v1::Look { coordinator: "zorgcoordinator-vroeger".into(), ..look.clone() };
        let alert = v1::FoundAlert {
            opened: "2026-11-22".into(),
            state: v1::AlertState::Claimed.into(),
            looks: vec![look, former],
        };
        Answer {
            request: Some(request),
            signals: vec![signal],
            alerts: vec![alert],
            more: false,
            padding: vec![],
        }
    }

    /// V-31: which domains, which months, expiry, who looked and when, how to correct, object, complain.
    #[test]
    fn a_letter_says_what_is_kept_who_looked_and_what_one_can_do() {
        let answer = answer(Verdict::Release, None);
        let letter = Letter::of(&answer, &manifest(), fixture::today(), Language::Nl).unwrap().unwrap();
        for form in [letter.text(), letter.html()] {
            for said in [
                "november 2026: Stichting school-west",
                "31 mei 2027",
                "Stichting zorgcoordinator-west keek ernaar op 23 november 2026",
                "Een organisatie die niet meer meedoet keek ernaar op 23 november 2026",
                "verbeteren",
                "bezwaar",
                "Autoriteit Persoonsgegevens",
                "Kindertelefoon",
                "Bureau contactpunt, contactpunt@voorbeeld.example",
                "Bureau fg, fg@voorbeeld.example",
            ] {
                assert!(form.contains(said), "{said}: {form}");
            }
            assert!(!form.contains("contactpunt-oost"), "another than asked: {form}");
        }
        assert!(letter.html().starts_with("<!DOCTYPE html>"));
        let english = Letter::of(&answer, &manifest(), fixture::today(), Language::En).unwrap().unwrap();
        assert!(english.text().contains("You can object"));
    }

    /// V-31: an alert that a coordinator leads stays when its signals are withdrawn, and no number leads to it.
    #[test]
    fn a_letter_that_found_no_alert_says_what_cannot_be_found() {
        let none = Answer { alerts: vec![], ..answer(Verdict::Release, None) };
        for (language, said) in [
            (
                Language::Nl,
                "alle signalen van een bericht ingetrokken of verlopen, dan is het met uw nummer niet",
            ),
            (Language::En, "were withdrawn or have ended, it can no longer be found by your number"),
        ] {
            let letter = Letter::of(&none, &manifest(), fixture::today(), language).unwrap().unwrap();
            let letter = letter.text().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(letter.contains(said), "{letter}");
        }
    }

    #[test]
    fn a_refusal_does_not_say_whether_anything_is_kept() {
        let refused = Answer {
            signals: vec![],
            alerts: vec![],
            ..answer(Verdict::Refuse, Some(RightsReason::ChildInDanger))
        };
        let letter = Letter::of(&refused, &manifest(), fixture::today(), Language::Nl).unwrap().unwrap();
        let letter = letter.text();
        assert!(letter.contains("zegt niet of er iets") && !letter.contains("gevonden"), "{letter}");
        let mut waiting = refused;
        waiting.request.as_mut().unwrap().answered.clear();
        assert!(Letter::of(&waiting, &manifest(), fixture::today(), Language::Nl).unwrap().is_none());
    }
}
