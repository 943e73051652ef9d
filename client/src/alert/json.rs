//! Alerts as programs see them.

use samenloop_core::manifest::Rule;
use samenloop_core::value::{Observation, Severity};
use serde::Serialize;

use super::follow_up::FollowUpJson;
use super::{AlertView, SignalView, why};
use crate::language::Language;

#[derive(Serialize)]
struct AlertJson<'a> {
    id: &'a str,
    state: &'static str,
    rule: &'a str,
    opened: String,
    regions: Vec<&'a str>,
    domains: Vec<&'static str>,
    organisations: &'a [String],
    signals: Vec<SignalJson<'a>>,
    why: String,
    #[serde(flatten)]
    follow_up: FollowUpJson<'a>,
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
    /// Only where the manifest enters the organisation in another domain, or not at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    misplaced: bool,
    /// Only where something is wrong with the sealed details: mismatch, unreadable or missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'static str>,
}

impl<'a> AlertJson<'a> {
    fn of(alert: &'a AlertView, rule: &Rule, language: Language) -> Self {
        Self {
            id: &alert.id,
            state: alert.state.name(),
            rule: &alert.rule,
            opened: alert.opened.to_string(),
            regions: alert.regions.iter().map(|it| it.as_str()).collect(),
            domains: alert.domains.iter().map(|it| it.code()).collect(),
            organisations: &alert.organisations,
            signals: alert.signals.iter().map(SignalJson::of).collect(),
            why: why(alert, rule, language),
            follow_up: FollowUpJson::of(&alert.follow_up),
        }
    }
}

impl<'a> SignalJson<'a> {
    fn of(signal: &'a SignalView) -> Self {
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
            misplaced: signal.is_misplaced,
            details: signal.opened.is_suspect().then(|| signal.opened.name()),
        }
    }
}

/// One alert as one line of JSON.
#[must_use]
pub fn json_of(alert: &AlertView, rule: &Rule, language: Language) -> String {
    serde_json::to_string(&AlertJson::of(alert, rule, language)).unwrap_or_else(|_| "{}".into())
}

/// Alerts as one JSON array.
#[must_use]
pub fn json_of_all(alerts: &[AlertView], rule: &Rule, language: Language) -> String {
    let alerts: Vec<_> = alerts.iter().map(|it| AlertJson::of(it, rule, language)).collect();
    serde_json::to_string_pretty(&alerts).unwrap_or_else(|_| "[]".into())
}
