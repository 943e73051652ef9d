//! The pages: who asks gets one, who posts gets the next.

mod code;
mod contact;
mod coordinator;
mod danger;
mod erased;
mod field;
mod own;
mod preview;
mod questions;
mod signal;
mod start;
mod trouble;

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use samenloop_core::manifest::{Connection, Region};
use samenloop_core::value::Month;

pub(super) use field::Problem;
pub(super) use trouble::{Trouble, TroublePage};

use super::gate::Visitor;
use super::{Desk, Post, door};
use crate::language::{Language, capitalised};
use crate::membership::Membership;

const STYLE: &str = concat!(
    include_str!("../../../templates/desk/desk.css"),
    include_str!("../../../templates/desk/coordinator/coordinator.css")
);

/// A page, or the one that says why there is none.
type Page = Result<Response, TroublePage>;

/// Every page behind the door.
pub(super) fn router(desk: Arc<Desk>) -> Router {
    let own = match desk.post {
        Post::Agency => agency(),
        Post::Coordinator => coordinator::routes(),
    };
    own.route(door::STYLE, get(async || ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .route("/in/{token}", get(start::enter))
        .route("/taal", post(start::speak))
        .route("/uit", post(start::leave))
        .method_not_allowed_fallback(async |visitor| trouble::missing(&visitor, Trouble::Method))
        .fallback(async |visitor| trouble::missing(&visitor, Trouble::NotFound))
        .layer(from_fn_with_state(Arc::clone(&desk), door::guard))
        .with_state(desk)
}

/// The pages of an agency.
fn agency() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(start::start))
        .route("/nieuw", get(danger::ask))
        .route("/nieuw/gevaar", post(danger::answer))
        .route("/nieuw/vragen", post(questions::done))
        .route("/nieuw/code", post(code::choose))
        .route("/nieuw/signaal", post(signal::fill_in))
        .route("/nieuw/versturen", post(preview::send))
        .route("/mijn", get(own::list))
        .route("/mijn/verlengen", post(own::extend))
        .route("/mijn/intrekken", post(own::ask))
        .route("/mijn/ingetrokken", post(own::withdraw))
        .route("/gewist", post(erased::read))
        .route("/verzoeken", get(contact::list))
        .route("/verzoeken/antwoord", post(contact::ask))
        .route("/verzoeken/beantwoord", post(contact::answer))
}

/// Where a page is, and its name in Dutch and English.
type Way = (&'static str, &'static str, &'static str);

const OWN: Way = ("/mijn", "Mijn signalen", "My signals");
const CONTACTS: Way = ("/verzoeken", "Contactverzoeken", "Contact requests");
const AGENCY_MENU: &[Way] =
    &[("/", "Begin", "Start"), ("/nieuw", "Nieuw signaal", "New signal"), OWN, CONTACTS];

/// What every page has around its content.
struct Frame {
    language: Language,
    /// `None` for who is outside.
    proof: Option<String>,
    /// The path of this page, where it can be asked for again in another language; else empty.
    here: Cow<'static, str>,
    menu: &'static [Way],
}

impl Frame {
    fn new(visitor: &Visitor, here: impl Into<Cow<'static, str>>) -> Self {
        Self {
            language: visitor.language,
            proof: Some(visitor.proof.clone()),
            here: here.into(),
            menu: AGENCY_MENU,
        }
    }

    /// Around a page for who is outside.
    const fn outside(language: Language) -> Self {
        Self { language, proof: None, here: Cow::Borrowed(""), menu: &[] }
    }

    /// Whether this is the page of a path.
    fn is_here(&self, path: &str) -> bool {
        self.here == path
    }

    /// The text in the language of the page.
    const fn say<'t>(&self, dutch: &'t str, english: &'t str) -> &'t str {
        self.language.pick(dutch, english)
    }

    /// `lang` of the page.
    const fn code(&self) -> &'static str {
        self.language.pick("nl", "en")
    }

    /// The proof, for a form; empty outside.
    fn proof(&self) -> &str {
        self.proof.as_deref().unwrap_or_default()
    }
}

/// Renders a page. A template that does not render is a fault of ours that no page can say.
fn shown(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The manifest's entry of this connection.
fn own_entry(membership: &Membership) -> Result<&Connection, Trouble> {
    let id = membership.config().connection();
    membership.manifest().connection(id).ok_or(Trouble::NotFound)
}

/// The regions of this connection, or all of them where it has none.
fn own_regions(membership: &Membership) -> Vec<&Region> {
    let manifest = membership.manifest();
    let own = own_entry(membership).map(|it| it.regions.as_slice()).unwrap_or_default();
    manifest.regions().iter().filter(|it| own.is_empty() || own.contains(&it.id)).collect()
}

/// A month in words: `maart 2027`.
fn month_in_words(month: Month, language: Language) -> String {
    language.month(month)
}
