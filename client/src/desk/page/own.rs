//! Own signals and their terms, from the journal; and withdrawing one. Nothing here knows what others sent.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use samenloop_core::value::{Day, SignalReference};

use super::field::{Problem, Summary};
use super::preview::Fact;
use super::{Frame, Page, Trouble, month_in_words, shown};
use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::desk::send::{Leaving, Unsent, send};
use crate::journal::{Entry, entries};
use crate::language::{Language, Say as _};

/// Days before the end of a term in which it is said.
const SOON_DAYS: u32 = 60;

/// Signals on one page, of each sort.
const SHOWN: usize = 100;

/// One signal of our own.
struct Own {
    /// The case reference, or else our own reference.
    name: String,
    facts: Vec<Fact>,
    ends_soon: bool,
    /// The hub's reference, by which the form says which.
    reference: String,
}

#[derive(Template)]
#[template(path = "desk/own.html")]
struct OwnPage {
    frame: Frame,
    active: Vec<Own>,
    ended: Vec<Own>,
    left_out: usize,
}

/// `GET /mijn`
pub(super) async fn list(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let mut entries = entries(desk.config.journal()).map_err(|fault| Trouble::of(&fault).page(language))?;
    // What ends first stands first.
    entries.sort_by_key(|it| it.months.map(|(_, expiry)| expiry));
    let today = desk.today();
    let (active, ended): (Vec<_>, Vec<_>) = entries.iter().partition(|it| is_active(it, today));
    let left_out = active.len().saturating_sub(SHOWN) + ended.len().saturating_sub(SHOWN);
    let own = |entry: &&Entry| own(entry, today, language);
    let page = OwnPage {
        frame: Frame::new(&visitor, "/mijn"),
        active: active.iter().take(SHOWN).map(own).collect(),
        ended: ended.iter().rev().take(SHOWN).map(own).collect(),
        left_out,
    };
    Ok(shown(StatusCode::OK, &page))
}

fn ends(entry: &Entry) -> Option<Day> {
    entry.months.map(|(_, expiry)| expiry.last_day())
}

fn is_active(entry: &Entry, today: Day) -> bool {
    !entry.withdrawn && ends(entry).is_none_or(|day| day >= today)
}

fn own(entry: &Entry, today: Day, language: Language) -> Own {
    let fact = |nl, en, value: String| Fact { name: language.pick(nl, en), value };
    let mut facts = Vec::new();
    if let Some((month, expiry)) = entry.months {
        facts.push(fact("Gezien in", "Seen in", month_in_words(month, language)));
        let (nl, en) = if is_active(entry, today) {
            ("Telt tot en met", "Counts until")
        } else {
            ("Zou tellen tot en met", "Would count until")
        };
        facts.push(fact(nl, en, language.day(expiry.last_day())));
    }
    facts.push(fact("Verstuurd op", "Sent on", language.day(entry.acknowledged)));
    if entry.withdrawn {
        facts.push(fact("Stand", "State", language.pick("Ingetrokken", "Withdrawn").to_owned()));
    } else if !is_active(entry, today) {
        facts.push(fact("Stand", "State", language.pick("Verlopen", "Expired").to_owned()));
    }
    facts.push(fact("Uw referentie", "Your reference", entry.local_reference.clone()));
    let left = ends(entry).and_then(|day| today.days_until(day));
    Own {
        name: entry.case_reference.clone().unwrap_or_else(|| entry.local_reference.clone()),
        facts,
        ends_soon: is_active(entry, today) && left.is_some_and(|days| days <= SOON_DAYS),
        reference: entry.reference.hex(),
    }
}

#[derive(Template)]
#[template(path = "desk/withdraw.html")]
struct Withdraw {
    frame: Frame,
    summary: Option<Summary>,
    draft: String,
    signal: Own,
}

/// `POST /mijn/intrekken`: asks whether it is meant.
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let entry = active_entry(&desk, &visitor, |it| it.reference.hex() == form.text("kenmerk"))?;
    confirmation(&desk, &visitor, &entry, None)
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

fn confirmation(desk: &Desk, visitor: &Visitor, entry: &Entry, why: Option<String>) -> Page {
    let language = visitor.language;
    let draft = desk.keep(Draft::Withdrawal(entry.reference)).map_err(|it| it.page(language))?;
    let status = if why.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let summary = why.and_then(|why| Summary::of(language, vec![Problem::new("intrekken", why)]));
    let signal = own(entry, desk.today(), language);
    Ok(shown(status, &Withdraw { frame: Frame::new(visitor, ""), summary, draft, signal }))
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
    let mut sent = send(&desk, Leaving::Withdrawal(reference)).await;
    if matches!(sent, Err(Unsent::Outdated)) {
        // What is withdrawn does not depend on what the manifest says.
        sent = send(&desk, Leaving::Withdrawal(reference)).await;
    }
    match sent {
        Ok(()) => Ok(withdrawn(&visitor)),
        Err(why) => {
            let entry = active_entry(&desk, &visitor, |it: &Entry| is_same(it, reference))?;
            confirmation(&desk, &visitor, &entry, Some(why.say(language)))
        }
    }
}

fn is_same(entry: &Entry, reference: SignalReference) -> bool {
    entry.reference == reference
}

fn withdrawn(visitor: &Visitor) -> Response {
    shown(StatusCode::OK, &Withdrawn { frame: Frame::new(visitor, "") })
}
