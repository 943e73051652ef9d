//! Alerts as programs see them.

use samenloop_core::case::ClosedList as _;
use samenloop_core::manifest::{Manifest, Rule};
use samenloop_core::value::{Day, Observation, Severity};
use serde::Serialize;

use super::follow_up::FollowUpJson;
use super::judged::{Without, without_each};
use super::picture::{Numbered, Picture, PictureJson, numbered};
use super::{AlertView, why};
use crate::language::Language;
use crate::number::Number;

#[derive(Serialize)]
struct AlertJson<'a> {
    id: Number,
    state: &'static str,
    rule: &'a str,
    opened: String,
    regions: Vec<&'a str>,
    domains: Vec<&'static str>,
    organisations: &'a [String],
    pairs: u32,
    hard: bool,
    /// What the rule asks for; only where the manifest has the rule of the alert.
    asks: Option<AsksJson>,
    signals: Vec<SignalJson<'a>>,
    why: String,
    #[serde(flatten)]
    follow_up: FollowUpJson<'a>,
    /// Only where one alert is asked for, which has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<PictureJson<'a>>,
}

#[derive(Serialize)]
struct AsksJson {
    domains: usize,
    organisations: usize,
    pairs_with_hard: usize,
    pairs: usize,
}

#[derive(Serialize)]
struct SignalJson<'a> {
    organisation: &'a str,
    domain: &'static str,
    severity: &'static str,
    code: Option<String>,
    month: String,
    region: &'a str,
    observation: String,
    expires: String,
    reference: String,
    case_reference: Option<&'a str>,
    counts: bool,
    /// Whether the signals would not converge without it; null where they do not converge anyhow.
    needed: Option<bool>,
    /// Only where the manifest enters the organisation in another domain, or not at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    misplaced: bool,
    /// Only where something is wrong with the sealed details: mismatch, unreadable or missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'static str>,
}

impl<'a> AlertJson<'a> {
    fn of(alert: &'a AlertView, manifest: &Manifest, today: Day, language: Language) -> Self {
        let rule = manifest.rule();
        let without = if alert.state.is_ended() { Vec::new() } else { without_each(alert, manifest, today) };
        Self {
            id: alert.id,
            state: alert.state.code(),
            rule: &alert.rule,
            opened: alert.opened.to_string(),
            regions: alert.regions.iter().map(|it| it.as_str()).collect(),
            domains: alert.domains.iter().map(|it| it.code()).collect(),
            organisations: &alert.organisations,
            pairs: alert.pairs,
            hard: alert.hard,
            asks: (alert.rule == rule.name).then(|| asks(rule)),
            signals: numbered(alert).map(|it| SignalJson::of(it, &without)).collect(),
            why: why(alert, rule, language),
            follow_up: FollowUpJson::of(&alert.follow_up),
            picture: None,
        }
    }
}

const fn asks(rule: &Rule) -> AsksJson {
    let Rule { domains, organisations, pairs_with_hard, pairs, .. } = *rule;
    AsksJson { domains, organisations, pairs_with_hard, pairs }
}

impl<'a> SignalJson<'a> {
    fn of(numbered: Numbered<'a>, without: &[Without<'_>]) -> Self {
        let signal = numbered.signal;
        let left = without.iter().find(|it| it.left.number == numbered.number);
        let needed =
            if without.is_empty() { None } else { Some(left.is_some_and(|it| !it.lacking.is_nothing())) };
        let shown = &signal.shown;
        Self {
            organisation: shown.connection.as_str(),
            domain: signal.domain.code(),
            severity: match shown.severity {
                Severity::Soft => "soft",
                Severity::Hard => "hard",
            },
            code: shown.code.map(|code| code.to_string()),
            month: shown.month.to_string(),
            region: shown.region.as_str(),
            observation: match shown.observation {
                Observation::Own => "own".into(),
                Observation::Hearsay(domain) => format!("hearsay:{domain}"),
            },
            expires: signal.expires.to_string(),
            reference: shown.reference.hex(),
            case_reference: signal.case_reference(),
            counts: signal.counts,
            needed,
            misplaced: signal.is_misplaced,
            details: signal.opened.is_suspect().then(|| signal.opened.name()),
        }
    }
}

/// One alert as one line of JSON.
#[must_use]
pub fn json_of(alert: &AlertView, manifest: &Manifest, today: Day, language: Language) -> String {
    line(&AlertJson::of(alert, manifest, today, language))
}

/// The same with the picture of what was seen, and where nobody looked.
#[must_use]
pub fn whole_json_of(alert: &AlertView, manifest: &Manifest, today: Day, language: Language) -> String {
    let picture = Picture::new(alert, manifest, today);
    let picture = (!alert.state.is_ended()).then(|| PictureJson::of(&picture));
    line(&AlertJson { picture, ..AlertJson::of(alert, manifest, today, language) })
}

fn line(alert: &AlertJson<'_>) -> String {
    serde_json::to_string(alert).unwrap_or_else(|_| "{}".into())
}

/// Alerts as one JSON array.
#[must_use]
pub fn json_of_all(alerts: &[AlertView], manifest: &Manifest, today: Day, language: Language) -> String {
    let alerts: Vec<_> = alerts.iter().map(|it| AlertJson::of(it, manifest, today, language)).collect();
    serde_json::to_string_pretty(&alerts).unwrap_or_else(|_| "[]".into())
}
