//! What leaves, read from the very bytes that will; sending them; and the receipt.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use samenloop_core::value::{Code, Month, RegionId};
use samenloop_proto::v1;

use super::field::{Problem, Summary};
use super::signal::domain_in_words;
use super::{Frame, Page, Trouble, code, month_in_words, shown, signal};
use crate::alert::domain;
use crate::desk::Desk;
use crate::desk::draft::{Draft, Ready};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::desk::send::{Leaving, Unsent, send as send_out};
use crate::hex::hex;
use crate::language::{Language, Say as _};
use crate::membership::Membership;

/// Bytes of a pseudonym that a person sees: 4 of 64 hexadecimal digits.
const SHOWN_LEN: usize = 2;

/// Bytes of the signal's reference that a person sees here; the receipt has all of it.
const REFERENCE_SHOWN_LEN: usize = 4;

/// A name and its value.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

#[derive(Template)]
#[template(path = "desk/preview.html")]
struct Preview {
    frame: Frame,
    summary: Option<Summary>,
    draft: String,
    leaving: Vec<Fact>,
    /// Coordinators that can open the sealed details, and the case reference inside, if there is one.
    region: String,
    case_reference: String,
}

/// Shows what leaves; `why` it has not left yet, when it was tried.
pub(super) fn page(
    desk: &Desk,
    visitor: &Visitor,
    membership: &Membership,
    ready: Ready,
    why: Option<String>,
) -> Page {
    let language = visitor.language;
    let trouble = |it: Trouble| it.page(language);
    let Some(signal) = signal_of(&ready.batch) else { return Err(trouble(Trouble::StaleForm)) };
    let name = region_name(membership, &signal.region);
    let mut leaving = facts(signal, &name, language);
    if let Some((_, expiry)) = ready.lines.first().and_then(|it| it.months) {
        let name = language.pick("Telt tot en met", "Counts until");
        leaving.push(Fact { name, value: language.day(expiry.last_day()) });
    }
    let case_reference = ready.filling.case_reference.clone();
    let draft = desk.keep(Draft::Ready(Box::new(ready))).map_err(trouble)?;
    let status = if why.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let summary = why.and_then(|why| Summary::of(language, vec![Problem::new("versturen", why)]));
    let frame = Frame::new(visitor, "");
    Ok(shown(status, &Preview { frame, summary, draft, leaving, region: name, case_reference }))
}

fn signal_of(batch: &v1::SignalBatch) -> Option<&v1::Signal> {
    match batch.lines.first()?.line.as_ref()? {
        v1::signal_line::Line::Put(signal) => Some(signal),
        v1::signal_line::Line::Withdraw(_) => None,
    }
}

fn region_name(membership: &Membership, id: &str) -> String {
    let region = RegionId::parse(id).ok();
    let region = region.as_ref().and_then(|it| membership.manifest().region(it));
    region.map_or_else(|| id.to_owned(), |it| it.name.clone())
}

/// The fields of a signal in words.
fn facts(signal: &v1::Signal, region: &str, language: Language) -> Vec<Fact> {
    // Taken apart whole: a field that is added to the message is shown, or this does not compile.
    let v1::Signal {
        reference,
        revision: _,
        pseudonyms,
        severity: _,
        code,
        month,
        region: _,
        hearsay_of: _,
        acute,
        acute_route_followed: _,
        shorter_term_months: _,
        details: _,
    } = signal;
    let fact = |nl, en, value: String| Fact { name: language.pick(nl, en), value };
    let pseudonym = |it: &v1::Pseudonym| {
        let start = hex(it.value.get(..SHOWN_LEN).unwrap_or_default());
        match language {
            Language::Nl => format!("{start}… (sleutelperiode {})", it.epoch),
            Language::En => format!("{start}… (key epoch {})", it.epoch),
        }
    };
    let pseudonyms: Vec<_> = pseudonyms.iter().map(pseudonym).collect();
    let severity = match signal.severity() {
        v1::Severity::Hard => language.pick("Hard", "Hard"),
        v1::Severity::Soft | v1::Severity::Unspecified => language.pick("Zacht", "Soft"),
    };
    let month = Month::from_number(*month).map_or_else(|_| String::new(), |it| month_in_words(it, language));
    let heard = domain(signal.hearsay_of());
    let observation = heard.map_or_else(
        || language.pick("Zelf gezien of gehoord", "Seen or heard ourselves").to_owned(),
        |it| {
            format!(
                "{}: {}",
                language.pick("Van een ander gehoord", "Heard from"),
                domain_in_words(it, language)
            )
        },
    );
    let moment = language.pick("Het moment van versturen", "The moment of sending");
    let mut facts = vec![
        fact(
            "Kenmerk",
            "Reference",
            format!("{}…", hex(reference.get(..REFERENCE_SHOWN_LEN).unwrap_or_default())),
        ),
        fact("Versie", "Revision", moment.to_owned()),
        fact("Pseudoniem", "Pseudonym", pseudonyms.join(", ")),
        fact("Zacht of hard", "Soft or hard", severity.to_owned()),
    ];
    if let Ok(chosen) = Code::parse(code) {
        facts.push(fact("Code", "Code", format!("{chosen}: {}", code::in_words(chosen, language))));
    }
    facts.push(fact("Maand", "Month", month));
    facts.push(fact("Regio", "Region", region.to_owned()));
    facts.push(fact("Hoe bekend", "How known", observation));
    if *acute {
        let value = language.pick("Ja, en er is gebeld", "Yes, and somebody called");
        facts.push(fact("Acuut", "Acute", value.to_owned()));
    }
    facts
}

#[derive(Template)]
#[template(path = "desk/receipt.html")]
struct Receipt {
    frame: Frame,
    is_extended: bool,
    facts: Vec<Fact>,
}

/// `POST /nieuw/versturen`: sends what was shown, or goes back to the form.
pub(super) async fn send(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let Some(Draft::Ready(ready)) = desk.gate().take(form.text("draft")) else {
        return Err(Trouble::StaleForm.page(language));
    };
    let sent =
        if form.has("wijzigen") { None } else { Some(send_out(&desk, Leaving::Signal(ready.clone())).await) };
    let membership = desk.membership().map_err(|it| it.page(language))?;
    let again = |problems| signal::page(&desk, &visitor, &membership, ready.filling.clone(), "", problems);
    match sent {
        None => again(vec![]),
        Some(Ok(())) => Ok(receipt(&visitor, &ready)),
        Some(Err(why @ (Unsent::Refused(_) | Unsent::Withdrawn | Unsent::Outdated))) => {
            again(vec![Problem::new("nummer", why.say(language))])
        }
        Some(Err(why @ Unsent::Fault(_))) => {
            let again = language.pick(
                "Druk nog eens op Versturen: niets gaat dubbel.",
                "Press Send again: nothing is sent twice.",
            );
            let why = format!("{} {again}", why.say(language));
            page(&desk, &visitor, &membership, *ready, Some(why))
        }
    }
}

fn receipt(visitor: &Visitor, ready: &Ready) -> axum::response::Response {
    let language = visitor.language;
    let fact = |nl, en, value: String| Fact { name: language.pick(nl, en), value };
    let facts = ready.lines.iter().flat_map(|line| {
        let case = line.case_reference.clone().map(|it| fact("Uw zaaknummer", "Your case reference", it));
        let expiry = line.months.map(|(_, expiry)| language.day(expiry.last_day()));
        let rest = [
            expiry.map(|it| fact("Telt tot en met", "Counts until", it)),
            Some(fact("Uw referentie", "Your reference", line.local_reference.clone())),
            Some(fact("Kenmerk bij de hub", "The hub's reference", line.reference.hex())),
        ];
        case.into_iter().chain(rest.into_iter().flatten())
    });
    let (facts, is_extended) = (facts.collect(), ready.filling.extends.is_some());
    shown(StatusCode::OK, &Receipt { frame: Frame::new(visitor, ""), is_extended, facts })
}
