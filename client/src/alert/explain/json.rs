//! An explanation for programs.

use samenloop_core::manifest::Manifest;
use serde::Serialize;

use super::{AlertView, Doubt, Explanation, Verdict};
use crate::number::Number;

#[derive(Serialize)]
struct ExplanationJson<'a> {
    id: Number,
    verdict: &'static str,
    day: String,
    manifest: u64,
    rule: &'a str,
    numbers: NumbersJson<'a>,
    lacking: LackingJson,
    doubts: Vec<DoubtJson<'a>>,
    /// Numbers of signals, from 1.
    unsealed: Vec<usize>,
}

#[derive(Serialize)]
struct NumbersJson<'a> {
    domains: Vec<&'static str>,
    organisations: Vec<&'a str>,
    pairs: usize,
    hard: bool,
}

#[derive(Serialize)]
struct LackingJson {
    domains: usize,
    organisations: usize,
    pairs: usize,
}

#[derive(Serialize)]
struct DoubtJson<'a> {
    doubt: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
}

/// An explanation as one line of JSON.
#[must_use]
pub fn explanation_json(alert: &AlertView, explanation: &Explanation<'_>, manifest: &Manifest) -> String {
    let Explanation { numbers, lacking, .. } = explanation;
    let json = ExplanationJson {
        id: alert.id,
        verdict: match explanation.verdict() {
            Verdict::Agrees => "agrees",
            Verdict::Differs => "differs",
            Verdict::Ended => "ended",
        },
        day: explanation.day.to_string(),
        manifest: manifest.sequence(),
        rule: &manifest.rule().name,
        numbers: NumbersJson {
            domains: numbers.domains.iter().map(|it| it.code()).collect(),
            organisations: numbers.organisations.iter().map(|it| it.as_str()).collect(),
            pairs: numbers.pairs,
            hard: numbers.hard,
        },
        lacking: LackingJson {
            domains: lacking.domains,
            organisations: lacking.organisations,
            pairs: lacking.pairs,
        },
        doubts: explanation.doubts.iter().map(doubt).collect(),
        unsealed: explanation.unsealed.iter().map(|it| it.number).collect(),
    };
    serde_json::to_string(&json).unwrap_or_else(|_| "{}".into())
}

fn doubt<'a>(of: &Doubt<'a>) -> DoubtJson<'a> {
    let signal = match of {
        Doubt::Signal(signal, _) => Some(*signal),
        Doubt::Rule | Doubt::Unmet(_) | Doubt::Met | Doubt::Numbers | Doubt::Regions => None,
    };
    DoubtJson {
        doubt: of.name(),
        signal: signal.map(|it| it.number),
        connection: signal.map(|it| it.signal.shown.connection.as_str()),
    }
}
