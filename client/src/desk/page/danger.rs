//! First of all: is the child in danger now? (V-15)

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::field::{Choice, Problem, Radios, Summary, Tick, problem_of};
use super::start::{Call, acute_numbers};
use super::{Frame, Page, own_regions, questions, shown};
use crate::desk::Desk;
use crate::desk::draft::Filling;
use crate::desk::form::Form;
use crate::desk::gate::Visitor;

#[derive(Template)]
#[template(path = "desk/danger.html")]
struct Danger {
    frame: Frame,
    summary: Option<Summary>,
    calls: Vec<Call>,
    danger: Radios,
}

#[derive(Template)]
#[template(path = "desk/acute.html")]
struct Acute {
    frame: Frame,
    summary: Option<Summary>,
    called: Tick,
    calls: Vec<Call>,
}

/// `GET /nieuw`
pub(super) async fn ask(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let calls = calls(&desk, &visitor);
    Ok(danger(&visitor, calls, StatusCode::OK, vec![]))
}

/// `POST /nieuw/gevaar`: the numbers before anything else; on to the questions once somebody called.
pub(super) async fn answer(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let calls = calls(&desk, &visitor);
    let is_acute = match form.text("gevaar") {
        "ja" => true,
        "nee" => false,
        _ => {
            let sentence = visitor.language.pick("Kies ja of nee.", "Choose yes or no.");
            let problems = vec![Problem::new("gevaar", sentence)];
            return Ok(danger(&visitor, calls, StatusCode::UNPROCESSABLE_ENTITY, problems));
        }
    };
    if is_acute && !form.has("gevolgd") {
        return Ok(acute(&visitor, calls, form.has("gezien")));
    }
    questions::page(&desk, &visitor, Filling { is_acute, ..Filling::default() })
}

/// A manifest that cannot be read keeps nobody from the numbers that are everywhere the same.
fn calls(desk: &Desk, visitor: &Visitor) -> Vec<Call> {
    let membership = desk.membership();
    let regions = membership.as_ref().map(own_regions).unwrap_or_default();
    acute_numbers(&regions, visitor.language)
}

fn danger(visitor: &Visitor, calls: Vec<Call>, status: StatusCode, problems: Vec<Problem>) -> Response {
    let language = visitor.language;
    let choice = |value, nl, en| Choice::new(value, language.pick(nl, en), "");
    let danger = Radios {
        id: "gevaar",
        legend: language.pick("Is het kind nu in direct gevaar?", "Is the child in direct danger now?"),
        hint: language.pick(
            "Bijvoorbeeld: het kind wordt bedreigd, is gewond, of wordt ergens vastgehouden.",
            "For example: the child is threatened, hurt, or held somewhere.",
        ),
        choices: vec![choice("nee", "Nee", "No"), choice("ja", "Ja", "Yes")],
        chosen: String::new(),
        problem: problem_of(&problems, "gevaar"),
    };
    let summary = Summary::of(language, problems);
    shown(status, &Danger { frame: Frame::new(visitor, "/nieuw"), summary, calls, danger })
}

/// The numbers, and a box that says that somebody called; `was_seen` when this page was sent without it.
fn acute(visitor: &Visitor, calls: Vec<Call>, was_seen: bool) -> Response {
    let language = visitor.language;
    let sentence = language.pick(
        "Bel eerst. Zet daarna het vinkje; zonder dat kan het signaal niet verder.",
        "Call first. Then tick the box; without it the signal cannot go on.",
    );
    let problems = if was_seen { vec![Problem::new("gevolgd", sentence)] } else { vec![] };
    let status = if was_seen { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let called = Tick {
        id: "gevolgd",
        label: language
            .pick("Er is gebeld: door mij of door een collega", "Somebody called: a colleague or I"),
        is_ticked: false,
        problem: problem_of(&problems, "gevolgd"),
    };
    let summary = Summary::of(language, problems);
    shown(status, &Acute { frame: Frame::new(visitor, ""), summary, called, calls })
}
