//! Own signals and their terms, from the journal; withdrawing one, and extending one. Nothing here knows what others sent.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use samenloop_core::value::Day;

use super::erased::{Erased, unread};
use super::field::{Choice, Problem, Radios, Summary, problem_of};
use super::preview::Fact;
use super::{Frame, Page, Trouble, capitalised, month_in_words, shown, signal};
use crate::desk::Desk;
use crate::desk::ask::heed;
use crate::desk::draft::{Draft, Filling};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::desk::send::{Leaving, send_under_any};
use crate::journal::{Entry, Standing, WithdrawalReason, entries};
use crate::language::{Language, Say as _};
use crate::own::extendable;

/// Days before the end of a term in which it is said.
const SOON_DAYS: u32 = 60;

/// Signals on one page, of each sort.
const SHOWN: usize = 100;

/// One signal of our own.
pub(super) struct Own {
    /// The case reference, or else our own reference.
    pub(super) name: String,
    pub(super) facts: Vec<Fact>,
    ends_soon: bool,
    may_extend: bool,
    /// The hub's reference, by which the form says which.
    reference: String,
}

#[derive(Template)]
#[template(path = "desk/own.html")]
struct OwnPage {
    frame: Frame,
    /// Those that were erased on request, and nobody read so yet.
    erased: Vec<Erased>,
    active: Vec<Own>,
    ended: Vec<Own>,
    left_out: usize,
}

/// `GET /mijn`
pub(super) async fn list(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    heed(&desk).await;
    let mut entries = entries(desk.config.journal()).map_err(|fault| Trouble::of(&fault).page(language))?;
    // What ends first stands first.
    entries.sort_by_key(Entry::last_day);
    let today = desk.today();
    let (active, ended): (Vec<_>, Vec<_>) = entries.iter().partition(|it| is_active(it, today));
    let left_out = active.len().saturating_sub(SHOWN) + ended.len().saturating_sub(SHOWN);
    let own = |entry: &&Entry| own(entry, today, language);
    let page = OwnPage {
        frame: Frame::new(&visitor, "/mijn"),
        erased: unread(&desk, &entries),
        active: active.iter().take(SHOWN).map(own).collect(),
        ended: ended.iter().rev().take(SHOWN).map(own).collect(),
        left_out,
    };
    Ok(shown(StatusCode::OK, &page))
}

fn is_active(entry: &Entry, today: Day) -> bool {
    entry.standing(today) == Standing::Active
}

pub(super) fn own(entry: &Entry, today: Day, language: Language) -> Own {
    let fact = |nl, en, value: String| Fact { name: language.pick(nl, en), value };
    let standing = entry.standing(today);
    let until = if standing == Standing::Active {
        ("Telt tot en met", "Counts until")
    } else {
        ("Zou tellen tot en met", "Would count until")
    };
    let mut facts = vec![
        fact("Gezien in", "Seen in", month_in_words(entry.month(), language)),
        fact(until.0, until.1, language.day(entry.last_day())),
        fact("Verstuurd op", "Sent on", language.day(entry.acknowledged())),
    ];
    match standing {
        Standing::Active => {}
        Standing::Ended => {
            facts.push(fact("Stand", "State", language.pick("Verlopen", "Expired").to_owned()));
        }
        Standing::Withdrawn(reason) => {
            facts.push(fact("Stand", "State", capitalised(&reason.state(language))));
        }
    }
    facts.push(fact("Uw referentie", "Your reference", entry.local_reference().to_owned()));
    Own {
        name: entry.name().to_owned(),
        facts,
        ends_soon: standing == Standing::Active && entry.ends_within(SOON_DAYS, today),
        may_extend: extendable(Some(entry), today).is_ok(),
        reference: entry.reference().hex(),
    }
}

/// `POST /mijn/verlengen`: the form of a signal, for what is judged anew today.
pub(super) async fn extend(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let entries = entries(desk.config.journal()).map_err(|fault| Trouble::of(&fault).page(language))?;
    let entry = entries.iter().find(|it| it.reference().hex() == form.text("kenmerk"));
    let entry = extendable(entry, desk.today()).map_err(|why| Trouble::gone(&why).page(language))?;
    let filling = Filling {
        extends: Some(entry.reference()),
        case_reference: entry.case_reference().unwrap_or_default().to_owned(),
        ..Filling::default()
    };
    let membership = desk.membership().map_err(|it| it.page(language))?;
    signal::page(&desk, &visitor, &membership, filling, "", vec![])
}

#[derive(Template)]
#[template(path = "desk/withdraw.html")]
struct Withdraw {
    frame: Frame,
    summary: Option<Summary>,
    draft: String,
    signal: Own,
    reason: Radios,
}

/// `POST /mijn/intrekken`: asks whether it is meant.
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let entry = active_entry(&desk, &visitor, |it| it.reference().hex() == form.text("kenmerk"))?;
    confirmation(&desk, &visitor, &entry, Vec::new())
}

/// An own signal that still counts.
fn active_entry(
    desk: &Desk,
    visitor: &Visitor,
    is_meant: impl Fn(&Entry) -> bool,
) -> Result<Entry, super::TroublePage> {
    let language = visitor.language;
    let today = desk.today();
    let entries = entries(desk.config.journal()).map_err(|fault| Trouble::of(&fault).page(language))?;
    let entry = entries.into_iter().find(|it| is_meant(it) && is_active(it, today));
    entry.ok_or_else(|| Trouble::StaleForm.page(language))
}

fn confirmation(desk: &Desk, visitor: &Visitor, entry: &Entry, problems: Vec<Problem>) -> Page {
    let language = visitor.language;
    let draft = desk.keep(Draft::Withdrawal(entry.reference())).map_err(|it| it.page(language))?;
    let choice = |it: WithdrawalReason| Choice::new(it.name(), capitalised(it.words(language)), "");
    let reason = Radios {
        id: "reden",
        legend: language.pick("Waarom trekt u het in?", "Why do you withdraw it?"),
        hint: language.pick(
            "Dit blijft op deze computer. De hub hoort alleen dat het signaal niet meer telt.",
            "This stays on this machine. The hub only hears that the signal counts no longer.",
        ),
        choices: WithdrawalReason::ALL.map(choice).into(),
        chosen: String::new(),
        problem: problem_of(&problems, "reden"),
    };
    let status = match problems.first() {
        None => StatusCode::OK,
        Some(problem) if problem.field == "reden" => StatusCode::UNPROCESSABLE_ENTITY,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let summary = Summary::of(language, problems);
    let signal = own(entry, desk.today(), language);
    Ok(shown(status, &Withdraw { frame: Frame::new(visitor, ""), summary, draft, signal, reason }))
}

#[derive(Template)]
#[template(path = "desk/withdrawn.html")]
struct Withdrawn {
    frame: Frame,
}

/// `POST /mijn/ingetrokken`
pub(super) async fn withdraw(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let Some(Draft::Withdrawal(reference)) = desk.gate().take(form.text("draft")) else {
        return Err(Trouble::StaleForm.page(language));
    };
    let is_meant = |it: &Entry| it.reference() == reference;
    let reason = WithdrawalReason::ALL.into_iter().find(|it| it.name() == form.text("reden"));
    let Some(reason) = reason else {
        let entry = active_entry(&desk, &visitor, is_meant)?;
        let sentence = language.pick("Kies waarom u het intrekt.", "Choose why you withdraw it.");
        return confirmation(&desk, &visitor, &entry, vec![Problem::new("reden", sentence)]);
    };
    match send_under_any(&desk, Leaving::Withdrawal(reference, reason)).await {
        Ok(()) => Ok(withdrawn(&visitor)),
        Err(why) => {
            let entry = active_entry(&desk, &visitor, is_meant)?;
            confirmation(&desk, &visitor, &entry, vec![Problem::new("intrekken", why.say(language))])
        }
    }
}

fn withdrawn(visitor: &Visitor) -> Response {
    shown(StatusCode::OK, &Withdrawn { frame: Frame::new(visitor, "") })
}
