//! `samenloop alert claim`, `confirm`, `unfounded`, `contact`, `handover`, `check` and `close`.

use samenloop_core::alert::{Act as Acting, Deed};
use samenloop_core::case::CaseReference;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;

use super::alert::{find, print};
use super::arguments::{Act, Common, OnAlert};
use super::{Ending, OrSay, Said};
use crate::alert::{AlertView, Coordinator, json_of, kept_behind, line_of};
use crate::language::Language;
use crate::membership::Membership;

/// Does one act on one of the caller's alerts, and tells how the alert stands then.
pub(super) async fn run(
    common: &Common,
    membership: &Membership,
    today: Day,
    act: &Act,
) -> Result<Ending, Said> {
    let language = common.language;
    let coordinator = Coordinator::new(membership).or_say(language)?;
    let alerts = coordinator.alerts(true).await.or_say(language)?;
    let on = on(act);
    let alert = find(&alerts, &on.id, language)?;
    let acting = Acting { case: case_of(on, alert, language)?, deed: deed(act) };
    let Some(view) = coordinator.act(alert, &acting).await.or_say(language)? else {
        let gone = language.pick(
            "Gedaan. Deze samenloop is nu niet meer van u.",
            "Done. This convergence is no longer yours.",
        );
        let text = format!("{gone}{}", afterwards(act, alert, membership.manifest(), language));
        return print(if common.json { "{}" } else { &text }, language);
    };
    if common.json {
        return print(&json_of(&view, membership.manifest(), today, language), language);
    }
    let text = line_of(&view, language) + &afterwards(act, &view, membership.manifest(), language);
    print(&text, language)
}

/// What a person still has to do after an act.
fn afterwards(act: &Act, alert: &AlertView, manifest: &Manifest, language: Language) -> String {
    match act {
        Act::Claim { .. } => offer(alert, language),
        Act::Handover { to, .. } => {
            let behind = kept_behind(alert, to, manifest, language);
            if behind.is_empty() { behind } else { format!("\n{}", behind.trim_end()) }
        }
        Act::Confirm { .. }
        | Act::Unfounded { .. }
        | Act::Contact { .. }
        | Act::Check { .. }
        | Act::Close { .. } => String::new(),
    }
}

const fn on(act: &Act) -> &OnAlert {
    match act {
        Act::Claim { on, .. }
        | Act::Confirm { on, .. }
        | Act::Unfounded { on, .. }
        | Act::Contact { on, .. }
        | Act::Handover { on, .. }
        | Act::Check { on, .. }
        | Act::Close { on, .. } => on,
    }
}

fn case_of(on: &OnAlert, alert: &AlertView, language: Language) -> Result<CaseReference, Said> {
    let own = alert.follow_up.case_reference.as_deref().and_then(|it| CaseReference::parse(it).ok());
    on.case.clone().or(own).ok_or_else(|| {
        Said(
            language
                .pick(
                    "Geef uw eigen zaaknummer: --case ZAAKNUMMER.",
                    "Give your own case reference: --case REFERENCE.",
                )
                .to_owned(),
        )
    })
}

fn deed(act: &Act) -> Deed {
    match act {
        Act::Claim { reason, check, .. } => Deed::Claim { reason: *reason, next_check: check.day },
        Act::Confirm { reason, read, .. } => Deed::Confirm { reason: *reason, reading: read.reading },
        Act::Unfounded { reason, read, .. } => Deed::Unfounded { reason: *reason, reading: read.reading },
        Act::Contact { of, reason, .. } => {
            Deed::AskContact { of: of.iter().cloned().collect(), reason: *reason }
        }
        Act::Handover { to, reason, check, .. } => {
            Deed::HandOver { to: to.clone(), reason: *reason, next_check: check.day }
        }
        Act::Check { reason, check, .. } => Deed::SetNextCheck { reason: *reason, next_check: check.day },
        Act::Close { outcome, registration, view, .. } => {
            Deed::Close { outcome: *outcome, registration: *registration, view: *view }
        }
    }
}

/// Claiming one alert offers those that are probably about the same child.
fn offer(alert: &AlertView, language: Language) -> String {
    let sentence = language.pick(
        "Deze gaat waarschijnlijk over hetzelfde kind. Pak hem ook op:",
        "This one is probably about the same child. Claim it as well:",
    );
    let related = alert.follow_up.related.iter();
    related.map(|id| format!("\n{sentence} samenloop alert claim {id}")).collect()
}
