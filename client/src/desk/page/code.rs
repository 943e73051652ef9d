//! Choosing a code of the taxonomy, for who may send codes. Without one everything works as well (V-02).

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use samenloop_core::value::{Code, Severity};
use samenloop_manifest::{labels, taxonomy};

use super::field::{Choice, Problem, Radios, Summary, Text, problem_of};
use super::{Frame, Page, Trouble, own_entry, shown, signal};
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

/// The codes that this connection may send, in the order of the taxonomy.
pub(super) fn offered(membership: &Membership) -> Vec<Code> {
    let Ok(own) = own_entry(membership) else { return Vec::new() };
    let is_offered = |code: &Code, is_marked: bool| {
        if is_marked { own.codes.marked.contains(code) } else { own.codes.unmarked }
    };
    let entries = taxonomy().entries();
    entries.filter(|(code, entry)| is_offered(code, entry.is_marked())).map(|(code, _)| code).collect()
}

/// A code in words.
pub(super) fn in_words(code: Code, language: Language) -> String {
    labels(code).map_or_else(String::new, |it| language.pick(&it.dutch, &it.english).to_owned())
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
    let choices: Vec<_> = offered(membership)
        .into_iter()
        .filter(|code| is_meant(*code, words, language))
        .map(|code| Choice::new(code.to_string(), in_words(code, language), kind_of(code, language)))
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

fn is_meant(code: Code, words: &str, language: Language) -> bool {
    let text = format!("{code} {}", in_words(code, language)).to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn kind_of(code: Code, language: Language) -> String {
    let Some(entry) = taxonomy().entry(code) else { return String::new() };
    let term = entry.term_months();
    let severity = match entry.severity() {
        Severity::Soft => language.pick("zacht signaal", "soft signal"),
        Severity::Hard => language.pick("hard signaal", "hard signal"),
    };
    match language {
        Language::Nl => format!("{code}, {severity}, telt {term} maanden"),
        Language::En => format!("{code}, {severity}, counts {term} months"),
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
    let chosen = Code::parse(form.text("code")).ok().filter(|code| offered(&membership).contains(code));
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
