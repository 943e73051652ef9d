//! Contact requests: a coordinator asks this agency to phone, and the agency says whether it will.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use samenloop_core::manifest::Manifest;
use samenloop_core::room::followup::MAX_DAYS_AHEAD;
use samenloop_core::value::Day;
use samenloop_proto::v1::Reason;

use super::field::{Choice, Problem, Radios, Summary, Text, problem_of};
use super::preview::Fact;
use super::{Frame, Page, Trouble, shown};
use crate::alert::Answer;
use crate::contact::{Known, Request, organisation_of, reason};
use crate::desk::Desk;
use crate::desk::ask::requests;
use crate::desk::draft::{Answering, Draft};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::desk::send::{Leaving, Unsent, send_under_any};
use crate::hub::HubFault;
use crate::input::day;
use crate::language::{Language, Say as _};
use crate::number::Number;
use crate::push::PushFault;

/// What the form calls the three answers.
const WILL_CALL: &str = "bellen";
const LATER: &str = "later";
const NOT_OURS: &str = "weg";

/// One contact request.
struct Asked {
    /// The agency's own cases.
    name: String,
    facts: Vec<Fact>,
    /// By which the form says which.
    number: Number,
    is_answered: bool,
}

impl Asked {
    fn of(request: &Request, known: &Known, manifest: &Manifest, language: Language) -> Self {
        let fact = |nl, en, value: String| Fact { name: language.pick(nl, en), value };
        let mut facts = to_call(request, manifest, language);
        facts.push(fact("Waarvoor", "What for", reason(request.reason, language).to_owned()));
        facts.push(fact("Gevraagd op", "Asked on", language.day(request.asked)));
        if let Some(answer) = request.answer {
            facts.push(fact("Uw antwoord", "Your answer", in_words(answer, language)));
        }
        Self {
            name: cases(request, known, language),
            facts,
            number: request.id,
            is_answered: request.answer.is_some(),
        }
    }
}

/// Whom to phone, and what to name then.
fn to_call(request: &Request, manifest: &Manifest, language: Language) -> Vec<Fact> {
    let coordinator = &request.coordinator;
    let called = match organisation_of(manifest, coordinator) {
        "" => coordinator.to_string(),
        name => format!("{name} ({coordinator})"),
    };
    vec![
        Fact { name: language.pick("Bel", "Call"), value: called },
        Fact {
            name: language.pick("Noem zaaknummer", "Name case reference"),
            value: request.case_reference.clone(),
        },
    ]
}

/// What the agency itself calls the signals of a request.
fn cases(request: &Request, known: &Known, language: Language) -> String {
    let name = |it| {
        known.get(it).map_or_else(
            || {
                let unknown = language.pick("niet in dit journaal", "not in this journal");
                format!("{} ({unknown})", it.hex())
            },
            |entry| entry.name().to_owned(),
        )
    };
    let mut names: Vec<String> = request.references.iter().map(name).collect();
    names.dedup();
    language.list(&names)
}

fn in_words(answer: Answer, language: Language) -> String {
    match answer {
        Answer::WillCall => language.pick("Wij bellen", "We will call").to_owned(),
        Answer::NotAvailableUntil(day) => {
            let until = language.pick("Niet bereikbaar tot", "Not available until");
            format!("{until} {}", language.day(day))
        }
        Answer::NotOurs => language.pick("Niet meer bij ons", "Not with us any more").to_owned(),
    }
}

#[derive(Template)]
#[template(path = "desk/contacts.html")]
struct Contacts {
    frame: Frame,
    /// Why the hub could not be asked.
    why: Option<String>,
    waiting: Vec<Asked>,
    answered: Vec<Asked>,
}

/// `GET /verzoeken`
pub(super) async fn list(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let frame = Frame::new(&visitor, "/verzoeken");
    let (asked, known) = match requests(&desk).await {
        Ok(asked) => asked,
        Err(why) => {
            let why = Some(why.say(language));
            let page = Contacts { frame, why, waiting: Vec::new(), answered: Vec::new() };
            return Ok(shown(StatusCode::SERVICE_UNAVAILABLE, &page));
        }
    };
    let membership = desk.membership().map_err(|it| it.page(language))?;
    let asked_of = |is_answered: bool| {
        let these = asked.iter().filter(|it| it.answer.is_some() == is_answered);
        these.map(|it| Asked::of(it, &known, membership.manifest(), language)).collect()
    };
    let page = Contacts { frame, why: None, waiting: asked_of(false), answered: asked_of(true) };
    Ok(shown(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "desk/contact.html")]
struct Contact {
    frame: Frame,
    summary: Option<Summary>,
    draft: String,
    request: Asked,
    answer: Radios,
    until: Text,
}

/// `POST /verzoeken/antwoord`: which answer?
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let (asked, known) = requests(&desk).await.map_err(|why| Trouble::of(&why).page(language))?;
    let request = asked.into_iter().find(|it| it.id.to_string() == form.text("verzoek"));
    let request = request.ok_or_else(|| gone().page(language))?;
    let (answer, until) = match request.answer {
        None => ("", String::new()),
        Some(Answer::WillCall) => (WILL_CALL, String::new()),
        Some(Answer::NotAvailableUntil(day)) => (LATER, language.day(day)),
        Some(Answer::NotOurs) => (NOT_OURS, String::new()),
    };
    let answering = Answering { request, known, answer: answer.to_owned(), until };
    page(&desk, &visitor, answering, StatusCode::OK, Vec::new())
}

fn gone() -> Trouble {
    Trouble::Gone {
        nl: "Dit contactverzoek is er niet meer. U hoeft er niets meer mee te doen.".into(),
        en: "This contact request is no longer there. Nothing more is asked of you.".into(),
    }
}

fn page(
    desk: &Desk,
    visitor: &Visitor,
    answering: Answering,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Page {
    let language = visitor.language;
    let membership = desk.membership().map_err(|it| it.page(language))?;
    let request = Asked::of(&answering.request, &answering.known, membership.manifest(), language);
    let choice = |value, nl, en, hint| Choice::new(value, language.pick(nl, en), hint);
    let answer = Radios {
        id: "antwoord",
        legend: language.pick("Wat is uw antwoord?", "What is your answer?"),
        hint: "",
        choices: vec![
            choice(
                WILL_CALL,
                "Wij bellen",
                "We will call",
                language
                    .pick("U, of een collega die het kind kent.", "You, or a colleague who knows the child."),
            ),
            choice(LATER, "Wij zijn nog niet bereikbaar", "We are not available yet", ""),
            choice(
                NOT_OURS,
                "Niet meer bij ons",
                "Not with us any more",
                language.pick(
                    "Het kind is niet meer in beeld bij uw organisatie.",
                    "Your organisation has no more to do with the child.",
                ),
            ),
        ],
        chosen: answering.answer.clone(),
        problem: problem_of(&problems, "antwoord"),
    };
    let until = Text {
        id: "tot",
        label: language.pick("Niet bereikbaar tot", "Not available until"),
        hint: language.pick(
            "Alleen invullen als u nog niet bereikbaar bent. Dag, maand en jaar, zoals 15-12-2026.",
            "Only when you are not available yet. Day, month and year, such as 15-12-2026.",
        ),
        value: answering.until.clone(),
        is_number: false,
        problem: problem_of(&problems, "tot"),
    };
    let draft = desk.keep(Draft::Answer(Box::new(answering))).map_err(|it| it.page(language))?;
    let summary = Summary::of(language, problems);
    let frame = Frame::new(visitor, "");
    Ok(shown(status, &Contact { frame, summary, draft, request, answer, until }))
}

#[derive(Template)]
#[template(path = "desk/answered.html")]
struct Answered {
    frame: Frame,
    answer: String,
    will_call: bool,
    facts: Vec<Fact>,
}

/// `POST /verzoeken/beantwoord`
pub(super) async fn answer(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let Some(Draft::Answer(answering)) = desk.gate().take(form.text("draft")) else {
        return Err(Trouble::StaleAnswer.page(language));
    };
    let (answer, until) = (form.text("antwoord").to_owned(), form.text("tot").to_owned());
    let chosen = judge(&answer, &until, desk.today(), language);
    let answering = Answering { answer, until, ..*answering };
    let again = |answering, status, problem| page(&desk, &visitor, answering, status, vec![problem]);
    let answer = match chosen {
        Ok(answer) => answer,
        Err(problem) => return again(answering, StatusCode::UNPROCESSABLE_ENTITY, problem),
    };
    match send_under_any(&desk, Leaving::Answer(*answering.request.id.bytes(), answer)).await {
        Ok(()) => {}
        Err(Unsent::Fault(PushFault::Hub(HubFault::Refused { reason: Reason::UnknownAlert, .. }))) => {
            return Err(gone().page(language));
        }
        Err(why) => {
            let kept = language.pick(
                "Uw antwoord is nog niet aangekomen. Druk nog eens op Antwoord sturen.",
                "Your answer has not arrived yet. Press Send the answer again.",
            );
            let why = Problem::new("antwoorden", format!("{} {kept}", why.say(language)));
            return again(answering, StatusCode::SERVICE_UNAVAILABLE, why);
        }
    }
    let membership = desk.membership().map_err(|it| it.page(language))?;
    let mut facts = to_call(&answering.request, membership.manifest(), language);
    facts.push(Fact {
        name: language.pick("Uw zaak", "Your case"),
        value: cases(&answering.request, &answering.known, language),
    });
    let page = Answered {
        frame: Frame::new(&visitor, ""),
        answer: in_words(answer, language),
        will_call: answer == Answer::WillCall,
        facts,
    };
    Ok(shown(StatusCode::OK, &page))
}

/// The answer that was chosen, or what is wrong with it.
fn judge(answer: &str, until: &str, today: Day, language: Language) -> Result<Answer, Problem> {
    let problem = |field, nl, en| Err(Problem::new(field, language.pick(nl, en)));
    match answer {
        WILL_CALL => return Ok(Answer::WillCall),
        NOT_OURS => return Ok(Answer::NotOurs),
        LATER => {}
        _ => return problem("antwoord", "Kies uw antwoord.", "Choose your answer."),
    }
    let Some(until) = day(until) else {
        return problem(
            "tot",
            "Vul een dag in met dag, maand en jaar, zoals 15-12-2026.",
            "Fill in a day with day, month and year, such as 15-12-2026.",
        );
    };
    match today.days_until(until) {
        Some(1..=MAX_DAYS_AHEAD) => Ok(Answer::NotAvailableUntil(until)),
        Some(0) | None => problem("tot", "Kies een dag vanaf morgen.", "Choose a day from tomorrow on."),
        Some(_) => problem(
            "tot",
            "Dat is te ver weg. Kies een dag binnen 3 maanden, of kies een ander antwoord.",
            "That is too far away. Choose a day within 3 months, or another answer.",
        ),
    }
}
