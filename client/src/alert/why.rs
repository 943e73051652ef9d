//! Why an alert is one: the rule, the numbers, the months (V-13).

use std::collections::BTreeSet;

use samenloop_core::manifest::Rule;
use samenloop_core::room::convergence::Lacking;
use samenloop_core::value::Month;

use super::judged::Without;
use super::picture::Numbered;
use super::{AlertView, State};
use crate::language::Language;

/// One sentence or a few: which rule, which numbers met it, in which months, and what it asks for.
///
/// `rule` is the manifest's; its thresholds are told only where the alert names the same rule.
#[must_use]
pub fn why(alert: &AlertView, rule: &Rule, language: Language) -> String {
    if alert.domains.is_empty() {
        let gone = language.pick(
            "Waarop deze samenloop berustte, wordt niet meer bewaard.",
            "What this convergence rested on is no longer kept.",
        );
        return gone.to_owned();
    }
    let thresholds = (alert.rule == rule.name).then_some(rule);
    match language {
        Language::Nl => dutch(alert, thresholds),
        Language::En => english(alert, thresholds),
    }
}

/// Whether the signals converge.
enum Stands {
    Now,
    /// They did when the alert was closed; nobody looked since.
    Then,
    NoLonger,
}

const fn stands(alert: &AlertView) -> Stands {
    match alert.state {
        State::Lapsed => Stands::NoLonger,
        _ if alert.follow_up.unmet_since.is_some() => Stands::NoLonger,
        State::Closed => Stands::Then,
        State::New | State::Reopened | State::Claimed | State::Confirmed | State::Unfounded => Stands::Now,
    }
}

fn dutch(alert: &AlertView, thresholds: Option<&Rule>) -> String {
    let (domains, organisations) = (alert.domains.len(), alert.organisations.len());
    let pairs = alert.pairs;
    let verb = match stands(alert) {
        Stands::Now => "Eigen waarnemingen komen samen",
        Stands::Then => "Eigen waarnemingen kwamen samen",
        Stands::NoLonger => "De signalen komen niet meer samen. Eerder kwamen eigen waarnemingen samen",
    };
    let hard = if alert.hard { "met een hard signaal" } else { "zonder hard signaal" };
    let mut why = format!(
        "{verb} uit {domains} domeinen ({}) en van {organisations} organisaties ({}): {pairs} verschillende combinaties van organisatie en code, {hard}{}. Regel {}",
        names(alert.domains.iter().map(|it| it.code())),
        names(alert.organisations.iter().map(String::as_str)),
        months(alert, "waargenomen in", "tot en met"),
        alert.rule,
    );
    if let Some(rule) = thresholds {
        why.push_str(&format!(" vraagt {}", asked(rule, Language::Nl)));
    }
    why.push('.');
    why
}

fn english(alert: &AlertView, thresholds: Option<&Rule>) -> String {
    let (domains, organisations) = (alert.domains.len(), alert.organisations.len());
    let pairs = alert.pairs;
    let verb = match stands(alert) {
        Stands::Now => "Own observations converge",
        Stands::Then => "Own observations converged",
        Stands::NoLonger => "The signals no longer converge. Earlier, own observations converged",
    };
    let hard = if alert.hard { "with a hard signal" } else { "without a hard signal" };
    let mut why = format!(
        "{verb} from {domains} domains ({}) and {organisations} organisations ({}): {pairs} different pairs of organisation and code, {hard}{}. Rule {}",
        names(alert.domains.iter().map(|it| it.code())),
        names(alert.organisations.iter().map(String::as_str)),
        months(alert, "observed in", "to"),
        alert.rule,
    );
    if let Some(rule) = thresholds {
        why.push_str(&format!(" asks for {}", asked(rule, Language::En)));
    }
    why.push('.');
    why
}

/// What a rule asks for.
pub(super) fn asked(rule: &Rule, language: Language) -> String {
    let Rule { domains, organisations, pairs_with_hard, pairs, .. } = rule;
    match language {
        Language::Nl => format!(
            "ten minste {domains} domeinen, {organisations} organisaties en {pairs_with_hard} combinaties met een hard signaal of {pairs} zonder"
        ),
        Language::En => format!(
            "at least {domains} domains, {organisations} organisations and {pairs_with_hard} pairs with a hard signal or {pairs} without"
        ),
    }
}

/// What is lacking, as a list: `1 domein en 2 organisaties`.
pub(super) fn lacks(lacking: Lacking, language: Language) -> String {
    let one_or_more = [
        (lacking.domains, ("domein", "domeinen"), ("domain", "domains")),
        (lacking.organisations, ("organisatie", "organisaties"), ("organisation", "organisations")),
        (
            lacking.pairs,
            ("combinatie van organisatie en code", "combinaties van organisatie en code"),
            ("pair of organisation and code", "pairs of organisation and code"),
        ),
    ];
    let words = one_or_more.into_iter().filter(|(count, ..)| *count > 0).map(|(count, dutch, english)| {
        let (one, more) = if language == Language::Nl { dutch } else { english };
        format!("{count} {}", if count == 1 { one } else { more })
    });
    language.list(&words.collect::<Vec<_>>())
}

/// What would be missing without one signal, as a sentence.
pub(crate) fn without_sentence(without: &Without<'_>, language: Language) -> String {
    let Numbered { number, signal } = without.left;
    let (connection, month) = (&signal.shown.connection, signal.shown.month);
    let (signal, stands) = (
        language.pick("Zonder signaal", "Without signal"),
        language.pick("zou de samenloop nog steeds bestaan", "the convergence would still exist"),
    );
    let (falls, too_few) = (
        language.pick("zou de samenloop niet bestaan", "the convergence would not exist"),
        language.pick("te weinig", "too few"),
    );
    let then = if without.lacking.is_nothing() {
        stands.to_owned()
    } else {
        format!("{falls} ({too_few}: {})", lacks(without.lacking, language))
    };
    format!("{signal} {number} ({connection}, {month}) {then}.")
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// The months of the counted signals. Nothing for what lapsed: the months of what met the rule are gone.
fn months(alert: &AlertView, observed: &str, to: &str) -> String {
    if alert.state.is_ended() {
        return String::new();
    }
    let months: BTreeSet<Month> =
        alert.signals.iter().filter(|it| it.counts).map(|it| it.shown.month).collect();
    match (months.first(), months.last()) {
        (Some(first), Some(last)) if first == last => format!(", {observed} {first}"),
        (Some(first), Some(last)) => format!(", {observed} {first} {to} {last}"),
        _ => String::new(),
    }
}
