//! One alert: how it stands, why it is one, what may be done with it, its signals and whom to call.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use samenloop_core::value::{ConnectionId, Domain, Observation, Severity};

use super::drawing::{GridDrawing, TimeLineDrawing};
use super::step::Step;
use super::telling::Telling;
use super::{ALERT, alert_of, frame};
use crate::alert::picture::{Numbered, Picture, RegionCoverage, numbered};
use crate::alert::{
    AlertView, code_text, sealed_to_others, to_name, unfit, warnings, weigh, why, without_each,
    without_sentence,
};
use crate::desk::Desk;
use crate::desk::gate::Visitor;
use crate::desk::page::preview::Fact;
use crate::desk::page::signal::domain_in_words;
use crate::desk::page::start::{Call, acute_numbers};
use crate::desk::page::{Frame, Page, month_in_words, shown};
use crate::language::Language;
use crate::membership::Membership;

/// What is said above an alert.
pub(super) struct Notice {
    /// Whether nothing was done.
    pub(super) is_refusal: bool,
    pub(super) sentence: String,
    /// At a hand-over what goes by phone, in lines; else empty.
    pub(super) behind: String,
}

/// A way on from an alert.
struct Way {
    path: String,
    title: &'static str,
    meaning: &'static str,
}

/// A signal of the list.
struct Signal {
    title: String,
    facts: Vec<Fact>,
    warnings: Vec<String>,
}

/// Whom to phone, and what to name.
struct Reporter {
    party: String,
    names: String,
}

/// A region with who coordinates it.
struct Route {
    region: String,
    facts: Vec<Fact>,
}

#[derive(Template)]
#[template(path = "desk/coordinator/one.html")]
struct One {
    frame: Frame,
    notice: Option<Notice>,
    name: String,
    calls: Vec<Call>,
    facts: Vec<Fact>,
    notes: Vec<String>,
    why: String,
    /// What would be missing without each signal.
    without: Vec<String>,
    is_open: bool,
    /// Months by domains, and phases by life areas.
    drawings: Vec<String>,
    ways: Vec<Way>,
    related: Vec<(String, String)>,
    signals: Vec<Signal>,
    weigh: &'static str,
    /// What each code is not for.
    unfit: Vec<String>,
    /// Whose details are sealed to others.
    sealed: Vec<String>,
    reporters: Vec<Reporter>,
    routes: Vec<Route>,
}

/// `GET /samenloop/{id}`
pub(super) async fn show(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
) -> Page {
    let (membership, alert) = alert_of(&desk, &visitor, id).await?;
    Ok(page(&desk, &visitor, &membership, &alert, StatusCode::OK, None))
}

/// The page of an alert as it is now.
pub(super) fn page(
    desk: &Desk,
    visitor: &Visitor,
    membership: &Membership,
    alert: &AlertView,
    status: StatusCode,
    notice: Option<Notice>,
) -> Response {
    let language = visitor.language;
    let (manifest, own) = (membership.manifest(), membership.config().connection());
    let telling = Telling { manifest, own, today: desk.today(), language };
    let regions: Vec<_> = alert.regions.iter().filter_map(|it| manifest.region(it)).collect();
    let path = format!("{ALERT}{}", alert.id);
    let way = |step: Step| Way {
        path: format!("{path}/{}", step.path()),
        title: step.title(language),
        meaning: step.meaning(language),
    };
    let reporter = |(connection, names): (&ConnectionId, Vec<String>)| Reporter {
        party: telling.party(connection),
        names: names.join(", "),
    };
    let is_open = !alert.state.is_ended();
    let picture = Picture::new(alert, manifest, desk.today());
    let without = if is_open { without_each(alert, manifest, desk.today()) } else { Vec::new() };
    let page = One {
        frame: frame(visitor, path.clone()),
        notice,
        name: telling.name(alert),
        calls: acute_numbers(&regions, language),
        facts: facts(alert, &telling),
        notes: telling.notes(alert),
        why: why(alert, manifest.rule(), language),
        without: without.iter().map(|it| without_sentence(it, language)).collect(),
        is_open,
        drawings: if is_open { drawings(&picture, language) } else { Vec::new() },
        ways: Step::of(alert, &telling).into_iter().map(way).collect(),
        related: alert.follow_up.related.iter().map(|id| (format!("{ALERT}{id}"), id.short())).collect(),
        signals: numbered(alert).map(|it| signal(it, alert, &telling)).collect(),
        weigh: weigh(language),
        unfit: unfit(alert, language),
        sealed: sealed_to_others(alert, manifest, language),
        reporters: to_name(&alert.signals, language).into_iter().map(reporter).collect(),
        routes: picture.coverage.regions.iter().filter_map(|it| route(it, &telling)).collect(),
    };
    shown(status, &page)
}

/// Both drawings; a drawing that does not render is left out, as all that it says is in the list of signals.
fn drawings(picture: &Picture<'_>, language: Language) -> Vec<String> {
    let time_line = TimeLineDrawing::new(&picture.time_line, language).and_then(|it| it.render().ok());
    time_line.into_iter().chain(GridDrawing::new(&picture.grid, language).render()).collect()
}

fn facts(alert: &AlertView, telling: &Telling<'_>) -> Vec<Fact> {
    let fact = |nl: &'static str, en: &'static str, value| Fact { name: telling.say(nl, en), value };
    let mut facts = vec![
        fact("Stand", "State", telling.state(alert)),
        fact("Ontstaan", "Opened", telling.since(alert)),
        fact("Regio", "Region", telling.regions(alert)),
    ];
    if let Some(case) = &alert.follow_up.case_reference {
        facts.push(fact("Zaaknummer", "Case reference", case.clone()));
    }
    if let Some(outcome) = alert.follow_up.outcome {
        let outcome = crate::alert::InWords::words(outcome, telling.language);
        facts.push(fact("Uitkomst", "Outcome", outcome.to_owned()));
    }
    if !alert.follow_up.owners.is_empty() {
        let owners: Vec<_> = alert.follow_up.owners.iter().map(|it| telling.party(it)).collect();
        facts.push(fact("Aan zet", "Whose turn it is", owners.join("; ")));
    }
    facts.push(fact("Nummer", "Number", alert.id.to_string()));
    facts
}

fn signal(of: Numbered<'_>, alert: &AlertView, telling: &Telling<'_>) -> Signal {
    let Numbered { number, signal } = of;
    let (shown, language) = (&signal.shown, telling.language);
    let fact = |nl: &'static str, en: &'static str, value: String| Fact { name: telling.say(nl, en), value };
    let severity = match shown.severity {
        Severity::Soft => telling.say("Zacht", "Soft"),
        Severity::Hard => telling.say("Hard", "Hard"),
    };
    let observation = match shown.observation {
        Observation::Own => telling.say("Eigen waarneming", "Own observation").to_owned(),
        Observation::Hearsay(domain) => {
            format!("{}: {}", telling.say("Van horen zeggen", "Hearsay"), domain_in_words(domain, language))
        }
    };
    let code = shown
        .code
        .map_or_else(|| telling.say("Geen code", "No code").to_owned(), |it| code_text(it, language));
    let mut facts = vec![
        fact("Domein", "Domain", domain_in_words(signal.domain, language).to_owned()),
        fact("Wat er gezien is", "What was seen", code),
        fact("Zacht of hard", "Soft or hard", severity.to_owned()),
        fact("Hoe bekend", "How known", observation),
    ];
    if !alert.state.is_ended() {
        let counts = if signal.counts { telling.say("Ja", "Yes") } else { telling.say("Nee", "No") };
        facts.push(fact("Telt mee", "Counts", counts.to_owned()));
    }
    let region =
        telling.manifest.region(&shown.region).map_or_else(|| shown.region.to_string(), |it| it.name.clone());
    facts.push(fact("Regio", "Region", region));
    facts.push(fact("Telt tot en met", "Counts until", language.day(signal.expires)));
    if let Some(case) = signal.case_reference() {
        facts.push(fact("Zaaknummer van de melder", "The reporter's case reference", case.to_owned()));
    }
    Signal {
        title: format!(
            "{number}. {}, {}",
            month_in_words(shown.month, language),
            telling.party(&shown.connection)
        ),
        facts,
        warnings: warnings(signal, alert.state, language),
    }
}

fn route(coverage: &RegionCoverage, telling: &Telling<'_>) -> Option<Route> {
    let region = telling.manifest.region(&coverage.region)?;
    let fact = |nl: &'static str, en: &'static str, value: String| Fact { name: telling.say(nl, en), value };
    let parties: BTreeSet<_> = region.coordinators.iter().map(|it| telling.party(it)).collect();
    let days = region.term_days;
    let term = match days {
        1 => telling.say("na 1 dag", "after 1 day").to_owned(),
        _ => format!("{} {days} {}", telling.say("na", "after"), telling.say("dagen", "days")),
    };
    let names = |domains: &mut dyn Iterator<Item = Domain>| {
        let names: Vec<_> = domains.map(|it| domain_in_words(it, telling.language)).collect();
        if names.is_empty() { telling.say("geen", "none").to_owned() } else { names.join("; ") }
    };
    let mut present = coverage.domains.iter().filter(|(_, it)| !it.is_empty()).map(|(domain, _)| *domain);
    Some(Route {
        region: region.name.clone(),
        facts: vec![
            fact("Zorgcoördinator", "Coordinator", parties.into_iter().collect::<Vec<_>>().join("; ")),
            fact("Achtervang", "Fallback", format!("{}, {term}", telling.party(&region.fallback))),
            fact("Doet mee", "Takes part", names(&mut present)),
            fact(
                "Doet niet mee: wat deze domeinen zien, staat hier niet",
                "Takes no part: what these domains see is not here",
                names(&mut coverage.absent()),
            ),
        ],
    })
}
