//! Choosing a code of the taxonomy, for who may send codes. Without one everything works as well (V-02).

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use samenloop_core::value::{Code, Severity};
use samenloop_manifest::{CodeText, code_text};

use super::field::{Choice, Problem, Radios, Summary, Text, problem_of};
use super::{Frame, Page, Trouble, own_entry, shown, signal};
use crate::codes::{Found, find};
use crate::desk::Desk;
use crate::desk::draft::{Draft, Filling};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::language::Language;
use crate::membership::Membership;

#[derive(Template)]
#[template(path = "desk/code.html")]
struct CodePage {
    frame: Frame,
    draft: String,
    search: Text,
    /// Whether a word was looked for.
    is_searched: bool,
    /// `None` when no code has the word.
    found: Option<Radios>,
    count: usize,
    summary: Option<Summary>,
}

/// The codes with these words that this connection may send, in the order of the taxonomy.
fn found(membership: &Membership, words: &str) -> Vec<&'static CodeText> {
    let Ok(own) = own_entry(membership) else { return Vec::new() };
    find(words, None, own).filter(Found::is_enabled).map(|it| it.text()).collect()
}

/// Whether this connection may send any code.
pub(super) fn are_offered(membership: &Membership) -> bool {
    !found(membership, "").is_empty()
}

/// A code in words.
pub(super) fn in_words(code: Code, language: Language) -> String {
    code_text(code).map_or_else(String::new, |it| words_of(it, language))
}

fn words_of(text: &CodeText, language: Language) -> String {
    language.pick(text.label().dutch(), text.label().english()).to_owned()
}

/// The page on which a code is looked for.
pub(super) fn page(
    desk: &Desk,
    visitor: &Visitor,
    membership: &Membership,
    filling: Filling,
    words: &str,
    problems: Vec<Problem>,
) -> Page {
    let language = visitor.language;
    let chosen = filling.code.map(|it| it.to_string()).unwrap_or_default();
    let draft = desk.keep(Draft::Signal(filling)).map_err(|it| it.page(language))?;
    let choices: Vec<_> = found(membership, words)
        .into_iter()
        .map(|it| Choice::new(it.code().to_string(), words_of(it, language), kind_of(it, language)))
        .collect();
    let count = choices.len();
    let found = (count > 0).then(|| Radios {
        id: "code",
        legend: language.pick("Wat is er gezien?", "What was seen?"),
        hint: "",
        choices,
        chosen,
        problem: problem_of(&problems, "code"),
    });
    let search = Text {
        id: "zoek",
        label: language.pick("Zoek op een woord", "Search for a word"),
        hint: language.pick(
            "Bijvoorbeeld: school, telefoon of geld. Typ geen namen.",
            "For example: school, phone or money. Type no names.",
        ),
        value: words.to_owned(),
        is_number: false,
        problem: None,
    };
    let frame = Frame::new(visitor, "");
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let summary = Summary::of(language, problems);
    let page = CodePage { frame, draft, search, is_searched: !words.is_empty(), found, count, summary };
    Ok(shown(status, &page))
}

/// What a code is, and when not to use it.
fn kind_of(text: &CodeText, language: Language) -> String {
    let (code, entry) = (text.code(), text.entry());
    let term = entry.term_months();
    let severity = match entry.severity() {
        Severity::Soft => language.pick("zacht signaal", "soft signal"),
        Severity::Hard => language.pick("hard signaal", "hard signal"),
    };
    let (advice, not_when) = (text.not_when(), language.pick("Niet gebruiken", "Do not use"));
    let advice = language.pick(advice.dutch(), advice.english());
    match language {
        Language::Nl => format!("{code}, {severity}, telt {term} maanden. {not_when}: {advice}"),
        Language::En => format!("{code}, {severity}, counts {term} months. {not_when}: {advice}"),
    }
}

/// `POST /nieuw/code`: searches, takes a code, or goes on without one.
pub(super) async fn choose(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let Some(Draft::Signal(mut filling)) = desk.gate().take(form.text("draft")) else {
        return Err(Trouble::StaleForm.page(language));
    };
    let membership = desk.membership().map_err(|it| it.page(language))?;
    if form.has("zoeken") {
        return page(&desk, &visitor, &membership, filling, form.text("zoek"), vec![]);
    }
    let chosen = Code::parse(form.text("code"))
        .ok()
        .filter(|code| found(&membership, "").iter().any(|it| it.code() == *code));
    filling.code = chosen.filter(|_| !form.has("zonder"));
    if filling.code.is_none() && !form.has("zonder") {
        let sentence = language.pick(
            "Kies wat er gezien is, of ga verder zonder code.",
            "Choose what was seen, or go on without a code.",
        );
        let problems = vec![Problem::new("code", sentence)];
        return page(&desk, &visitor, &membership, filling, form.text("zoek"), problems);
    }
    signal::page(&desk, &visitor, &membership, filling, "", vec![])
}
