//! The letter to the child or its guardian, in plain language (B1): as text, and as a page to print (V-31).
//!
//! It holds no name: whoever hands it over knows whom it is for.

use askama::Template;
use samenloop_core::manifest::Manifest;
use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
use samenloop_core::value::{ConnectionId, Day, Domain, Month};
use samenloop_manifest::domain_words;
use samenloop_proto::v1;

use super::words::decided;
use crate::alert::{InWords as _, domain};
use crate::contact::organisation_of;
use crate::hub::HubFault;
use crate::language::Language;

/// What the hub answered.
pub type Answer = v1::FetchRightsResponse;

/// One part of the letter.
struct Part {
    title: String,
    lines: Vec<String>,
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
    /// The letter of an answer. `None` while it is being handled: then there is nothing to say.
    ///
    /// # Errors
    /// [`HubFault::Broken`] when the hub sent something that is no answer.
    pub fn of(answer: &Answer, manifest: &Manifest, language: Language) -> Result<Option<Self>, HubFault> {
        let request = answer.request.as_ref().ok_or(BROKEN)?;
        if request.answered.is_empty() {
            return Ok(None);
        }
        let (Some(kind), Some(verdict), reason) = decided(request) else { return Err(BROKEN) };
        let (asked, answered) = (day(&request.asked)?, day(&request.answered)?);
        let title = format!(
            "{}: {}",
            language.pick("Antwoord op uw verzoek", "Answer to your request"),
            kind.words(language)
        );
        let said = language.pick("U vroeg dit op", "You asked for this on");
        let on = language.pick("Dit antwoord is van", "This answer is of");
        let mut opening = vec![format!("{said} {}. {on} {}.", language.day(asked), language.day(answered))];
        let mut parts = Vec::new();
        match (verdict, kind) {
            (Verdict::Refuse, _) => opening.push(refused(reason, language)),
            (_, RightsKind::Access) => {
                opening.push(language.pick(
                    "Samenloop is een systeem waarin organisaties een zorg over een kind kunnen achterlaten. Er staat geen naam in en geen adres. Hieronder staat wat er over u of uw kind staat.",
                    "Samenloop is a system in which organisations can leave a concern about a child. It holds no name and no address. Below is what it holds about you or your child.",
                ).to_owned());
                if let Some(reason) = reason {
                    opening.push(limited(reason, language));
                }
                parts.push(signals(answer, manifest, language)?);
                parts.push(alerts(answer, manifest, language)?);
            }
            (_, RightsKind::Restrict) => opening.push(
                language.pick(
                    "Wat er stond, telt 90 dagen lang niet mee. Niemand krijgt er in die tijd bericht over. U kunt vragen om dat te verlengen.",
                    "For 90 days nothing that was kept counts, and nobody is told of it. You can ask to have that extended.",
                ).to_owned(),
            ),
            (_, RightsKind::Erase) => opening.push(
                language.pick(
                    "Wat er stond, is gewist. Wie het had gezien, heeft daar bericht van gekregen. Een organisatie kan later een nieuwe zorg achterlaten.",
                    "What was kept is erased, and whoever had seen it was told. An organisation can leave a new concern later.",
                ).to_owned(),
            ),
        }
        parts.push(rights(language));
        parts.push(help(language));
        Ok(Some(Self { code: language.pick("nl", "en"), title, opening, parts }))
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

fn refused(reason: Option<RightsReason>, language: Language) -> String {
    let because = reason.map_or("", |it| it.words(language));
    match language {
        Language::Nl => format!(
            "Wij doen niet wat u vroeg. De reden: {because}. Dit zegt niet of er iets over u of uw kind staat."
        ),
        Language::En => format!(
            "We do not do what you asked. The reason: {because}. This does not say whether anything is kept about you or your child."
        ),
    }
}

fn limited(reason: RightsReason, language: Language) -> String {
    let because = reason.words(language);
    match language {
        Language::Nl => format!("U krijgt niet alles te zien. De reden: {because}."),
        Language::En => format!("You are not shown everything. The reason: {because}."),
    }
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
    if answer.more {
        let more = "Er is meer dan in deze brief past. Vraag het contactpunt om de rest.";
        lines.push(
            language.pick(more, "There is more than this letter holds. Ask the contact point.").to_owned(),
        );
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
        v1::Severity::Hard => (language.pick("een sterk signaal", "a strong signal"), day(&signal.expires)?),
        v1::Severity::Soft => (language.pick("een licht signaal", "a light signal"), day(&signal.expires)?),
        v1::Severity::Unspecified => return Err(BROKEN),
    };
    let heard = match domain(signal.hearsay_of()) {
        Some(_) => language.pick(", gehoord van een ander", ", heard from another"),
        None => "",
    };
    let counts = language.pick("het telt tot en met", "it counts until");
    Ok(format!("{}: {who}{field}, {severity}{heard}; {counts} {}", month, language.day(until)))
}

fn domain_in_words(domain: Domain, language: Language) -> &'static str {
    domain_words(domain).map_or("", |it| language.words(it))
}

fn alerts(answer: &Answer, manifest: &Manifest, language: Language) -> Result<Part, HubFault> {
    let title = language.pick("Wie ernaar keek", "Who looked at it").to_owned();
    let mut lines = Vec::new();
    for alert in &answer.alerts {
        let opened = language.day(day(&alert.opened)?);
        lines.push(match language {
            Language::Nl => format!("Op {opened} kwamen zorgen van meer organisaties bij elkaar. Een zorgcoördinator kreeg daar bericht van."),
            Language::En => format!("On {opened} concerns of several organisations came together. A coordinator was told."),
        });
        for look in &alert.looks {
            let by = ConnectionId::parse(&look.coordinator).map_err(|_| BROKEN)?;
            let (who, on) = (organisation_of(manifest, &by), language.day(day(&look.day)?));
            lines.push(match language {
                Language::Nl => format!("{who} werkte eraan op {on}."),
                Language::En => format!("{who} worked on it on {on}."),
            });
        }
    }
    if lines.is_empty() {
        let none = "Voor zover wij u kunnen tonen keek er geen zorgcoördinator naar.";
        lines.push(language.pick(none, "As far as we can show you, no coordinator looked at it.").to_owned());
    }
    Ok(Part { title, lines })
}

fn part(language: Language, title: (&str, &str), lines: &[(&str, &str)]) -> Part {
    Part {
        title: language.pick(title.0, title.1).to_owned(),
        lines: lines.iter().map(|(dutch, english)| language.pick(dutch, english).to_owned()).collect(),
    }
}

fn rights(language: Language) -> Part {
    part(
        language,
        ("Wat u kunt doen", "What you can do"),
        &[
            (
                "Klopt er iets niet? Vraag de organisatie die het achterliet, of het contactpunt, om het te verbeteren.",
                "Is something wrong? Ask the organisation that left it, or the contact point, to correct it.",
            ),
            (
                "U kunt vragen om uw gegevens te wissen, of om ze een tijd niet te gebruiken.",
                "You can ask to have it erased, or not used for a while.",
            ),
            (
                "Bent u het er niet mee eens dat dit wordt bewaard? Dan kunt u bezwaar maken bij het contactpunt.",
                "Do you not agree that this is kept? You can object at the contact point.",
            ),
            (
                "U kunt een klacht indienen bij de Autoriteit Persoonsgegevens: autoriteitpersoonsgegevens.nl. U kunt ook naar de rechter.",
                "You can complain to the Dutch data protection authority: autoriteitpersoonsgegevens.nl. You can also go to court.",
            ),
            (
                "Binnen een maand krijgt u antwoord. Vragen kost niets.",
                "You get an answer within a month. Asking costs nothing.",
            ),
        ],
    )
}

fn help(language: Language) -> Part {
    part(
        language,
        ("Hulp", "Help"),
        &[
            ("Is er direct gevaar? Bel 112.", "Is there danger now? Call 112."),
            (
                "Wilt u praten? Veilig Thuis is dag en nacht bereikbaar: 0800-2000, gratis. Kinderen kunnen ook bellen met de Kindertelefoon: 0800-0432, gratis.",
                "Do you want to talk? Veilig Thuis can be reached day and night: 0800-2000, free. Children can also call the Kindertelefoon: 0800-0432, free.",
            ),
            (
                "Snapt u deze brief niet? Vraag het contactpunt om hem met u te lezen.",
                "Do you not understand this letter? Ask the contact point to read it with you.",
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn answer(verdict: Verdict, reason: Option<RightsReason>) -> Answer {
        use samenloop_core::case::ClosedList as _;
        let request = v1::RightsRequest {
            kind: 1,
            asked: "2026-11-20".into(),
            verdict: verdict.number().into(),
            reason: reason.map_or(0, |it| it.number().into()),
            answered: "2026-11-25".into(),
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
        let alert = v1::FoundAlert {
            opened: "2026-11-22".into(),
            state: v1::AlertState::Claimed.into(),
            looks: vec![look],
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
        let letter = Letter::of(&answer, &fixture::manifest(), Language::Nl).unwrap().unwrap();
        for form in [letter.text(), letter.html()] {
            for said in [
                "2026-11: Stichting school-west",
                "31 mei 2027",
                "Stichting zorgcoordinator-west werkte eraan op 23 november 2026",
                "verbeteren",
                "bezwaar",
                "Autoriteit Persoonsgegevens",
                "Kindertelefoon",
            ] {
                assert!(form.contains(said), "{said}: {form}");
            }
        }
        assert!(letter.html().starts_with("<!DOCTYPE html>"));
        let english = Letter::of(&answer, &fixture::manifest(), Language::En).unwrap().unwrap();
        assert!(english.text().contains("You can object"));
    }

    #[test]
    fn a_refusal_does_not_say_whether_anything_is_kept() {
        let refused = Answer {
            signals: vec![],
            alerts: vec![],
            ..answer(Verdict::Refuse, Some(RightsReason::ChildInDanger))
        };
        let letter = Letter::of(&refused, &fixture::manifest(), Language::Nl).unwrap().unwrap().text();
        assert!(letter.contains("zegt niet of er iets") && !letter.contains("gevonden"), "{letter}");
        let mut waiting = refused;
        waiting.request.as_mut().unwrap().answered.clear();
        assert!(Letter::of(&waiting, &fixture::manifest(), Language::Nl).unwrap().is_none());
    }
}
