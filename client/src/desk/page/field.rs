//! The fields of a form, each with its label above it, a hint, and what is wrong beside it.

use askama::Template;

use crate::language::Language;

/// What is wrong with a field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::desk) struct Problem {
    /// The `id` of the field.
    pub(in crate::desk) field: &'static str,
    /// A whole sentence. Never what was filled in.
    pub(in crate::desk) sentence: String,
}

impl Problem {
    pub(in crate::desk) fn new(field: &'static str, sentence: impl Into<String>) -> Self {
        Self { field, sentence: sentence.into() }
    }
}

/// The problem of a field, if it has one.
pub(super) fn problem_of(problems: &[Problem], field: &str) -> Option<String> {
    problems.iter().find(|it| it.field == field).map(|it| it.sentence.clone())
}

/// All problems at the top of a form, each a link to its field.
#[derive(Template)]
#[template(path = "desk/summary.html")]
pub(super) struct Summary {
    pub(super) title: &'static str,
    pub(super) problems: Vec<Problem>,
}

impl Summary {
    /// `None` when nothing is wrong.
    pub(super) fn of(language: Language, problems: Vec<Problem>) -> Option<Self> {
        let title = match problems.len() {
            0 => return None,
            1 => language.pick("Er klopt nog iets niet", "Something is not right yet"),
            _ => language.pick("Er kloppen nog een paar dingen niet", "Some things are not right yet"),
        };
        Some(Self { title, problems })
    }
}

/// A line of text.
#[derive(Template)]
#[template(path = "desk/text.html")]
pub(super) struct Text {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) value: String,
    /// Whether it is written in digits, which narrow keyboards then offer.
    pub(super) is_number: bool,
    pub(super) problem: Option<String>,
}

/// One of the values to choose from.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) hint: String,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: hint.into() }
    }
}

/// A few values, all in sight.
#[derive(Template)]
#[template(path = "desk/radios.html")]
pub(super) struct Radios {
    pub(super) id: &'static str,
    pub(super) legend: &'static str,
    pub(super) hint: &'static str,
    pub(super) choices: Vec<Choice>,
    pub(super) chosen: String,
    pub(super) problem: Option<String>,
}

/// A box to tick.
#[derive(Template)]
#[template(path = "desk/tick.html")]
pub(super) struct Tick {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) is_ticked: bool,
    pub(super) problem: Option<String>,
}

/// Many values, one of which shows.
#[derive(Template)]
#[template(path = "desk/select.html")]
pub(super) struct Select {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// What stands there while nothing is chosen.
    pub(super) none: &'static str,
    pub(super) choices: Vec<Choice>,
    pub(super) chosen: String,
    pub(super) problem: Option<String>,
}

/// A few values of which any number may be chosen, all in sight.
#[derive(Template)]
#[template(path = "desk/checks.html")]
pub(super) struct Checks {
    pub(super) id: &'static str,
    pub(super) legend: &'static str,
    pub(super) hint: &'static str,
    pub(super) choices: Vec<Choice>,
    pub(super) chosen: Vec<String>,
    pub(super) problem: Option<String>,
}

/// A day, by the browser's own calendar.
#[derive(Template)]
#[template(path = "desk/date.html")]
pub(super) struct Date {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// `YYYY-MM-DD`, as are the first and last day that the calendar offers.
    pub(super) value: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) problem: Option<String>,
}
