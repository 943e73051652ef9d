//! Coming in, the start page, the language, and leaving.

use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse as _, Redirect, Response};
use samenloop_core::manifest::Region;

use super::erased::{Erased, unread};
use super::{Frame, Page, Trouble, coordinator, own_regions, shown};
use crate::contact::organisation_of;
use crate::desk::Desk;
use crate::desk::ask::{heed, waiting};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::journal::entries;
use crate::language::Language;

/// A number to call.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) number: String,
}

/// Whom to call in acute danger (V-15): 112 and Veilig Thuis always, then what regions enter besides.
pub(super) fn acute_numbers(regions: &[&Region], language: Language) -> Vec<Call> {
    let call = |name: &str, number: &str| Call { name: name.to_owned(), number: number.to_owned() };
    let mut calls = vec![
        call(language.pick("Direct gevaar", "Direct danger"), "112"),
        call(
            language.pick("Veilig Thuis, gratis, dag en nacht", "Veilig Thuis, free, day and night"),
            "0800-2000",
        ),
    ];
    for entry in regions.iter().flat_map(|it| &it.acute_numbers) {
        if !calls.iter().any(|it| it.number == entry.number) {
            calls.push(call(&entry.name, &entry.number));
        }
    }
    calls
}

/// `GET /in/{token}`: takes the link and leaves it out of the address bar.
pub(super) async fn enter(State(desk): State<Arc<Desk>>, Path(token): Path<String>) -> Response {
    let entered = desk.gate().enter(&token, Instant::now());
    let language = desk.gate().language();
    match entered {
        Ok(Some(cookie)) => {
            // Without an end of its own: it goes with the browser's session, or earlier with ours. No `Secure`: loopback
            // speaks no TLS.
            let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Strict");
            (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, "/".to_owned())]).into_response()
        }
        Ok(None) => Trouble::StaleLink.page(language).into_response(),
        Err(fault) => Trouble::from(fault).page(language).into_response(),
    }
}

#[derive(Template)]
#[template(path = "desk/start.html")]
struct Start {
    frame: Frame,
    organisation: String,
    calls: Vec<Call>,
    /// Own signals that were erased on request, and nobody read so yet.
    erased: Vec<Erased>,
    /// Contact requests without an answer; `None` when the hub does not say.
    waiting: Option<usize>,
}

/// `GET /`
pub(super) async fn start(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let membership = desk.membership().map_err(|it| it.page(language))?;
    let own = membership.config().connection();
    let (waiting, ()) = tokio::join!(waiting(&desk), heed(&desk));
    membership.forget_what_ended(desk.today());
    // A journal that cannot be read is said where one's own signals are asked for.
    let entries = entries(desk.config.journal()).unwrap_or_default();
    let page = Start {
        frame: Frame::new(&visitor, "/"),
        organisation: organisation_of(membership.manifest(), own).to_owned(),
        calls: acute_numbers(&own_regions(&membership), language),
        erased: unread(&desk, &entries),
        waiting,
    };
    Ok(shown(StatusCode::OK, &page))
}

/// `POST /taal`: the other language, and back to a page that can be asked for again.
pub(super) async fn speak(State(desk): State<Arc<Desk>>, Extension(form): Extension<Arc<Form>>) -> Redirect {
    desk.gate().speak(if form.text("taal") == "en" { Language::En } else { Language::Nl });
    let back = form.text("terug");
    let pages = ["/nieuw", "/mijn", "/verzoeken", coordinator::ENDED, coordinator::FIGURES];
    let is_page = pages.contains(&back) || coordinator::is_alert(back);
    Redirect::to(if is_page { back } else { "/" })
}

#[derive(Template)]
#[template(path = "desk/left.html")]
struct Left {
    frame: Frame,
}

/// `POST /uit`
pub(super) async fn leave(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    desk.gate().leave().map_err(|fault| Trouble::from(fault).page(language))?;
    desk.tell_link();
    Ok(shown(StatusCode::OK, &Left { frame: Frame::outside(language) }))
}
