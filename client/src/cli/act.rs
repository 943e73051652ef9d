//! `samenloop alert claim`, `confirm`, `unfounded`, `contact`, `handover`, `check` and `close`.

use samenloop_core::case::{CaseReference, ClosedList};
use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;
use samenloop_proto::v1;
use samenloop_proto::v1::act_on_alert_request::Act as Wire;

use super::alert::{find, print};
use super::arguments::{Act, Common, OnAlert};
use super::{Ending, OrSay, Said};
use crate::alert::{AlertView, json_of, kept_behind, line_of};
use crate::details::Opener;
use crate::hub::{Hub, HubFault};
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
    let (own, key) = membership.coordinator().or_say(language)?;
    let opener = Opener::new(membership.manifest(), own, &key);
    let hub = Hub::new(membership).or_say(language)?;
    let alerts = hub.alerts(true).await.or_say(language)?;
    let alerts: Result<Vec<_>, HubFault> = alerts.iter().map(|it| AlertView::parse(it, &opener)).collect();
    let alerts = alerts.or_say(language)?;
    let on = on(act);
    let alert = find(&alerts, &on.id, language)?;
    let case = case_of(on, alert, language)?;
    let done = hub.act(&alert.number(), &case, wire(act)).await.or_say(language)?;
    let Some(done) = done else {
        let gone = language.pick(
            "Gedaan. Deze samenloop is nu niet meer van u.",
            "Done. This convergence is no longer yours.",
        );
        let text = format!("{gone}{}", afterwards(act, alert, membership.manifest(), language));
        return print(if common.json { "{}" } else { &text }, language);
    };
    let view = AlertView::parse(&done, &opener).or_say(language)?;
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

fn number(entry: impl ClosedList) -> i32 {
    i32::from(entry.number())
}

fn perhaps(entry: Option<impl ClosedList>) -> i32 {
    entry.map_or(0, number)
}

fn wire(act: &Act) -> Wire {
    match act {
        Act::Claim { reason, check, .. } => {
            Wire::Claim(v1::ClaimAlert { reason: number(*reason), next_check: check.day.to_string() })
        }
        Act::Confirm { reason, read, .. } => {
            Wire::Confirm(v1::ConfirmAlert { reason: number(*reason), reading: perhaps(read.reading) })
        }
        Act::Unfounded { reason, read, .. } => {
            Wire::Dismiss(v1::DismissAlert { reason: number(*reason), reading: perhaps(read.reading) })
        }
        Act::Contact { of, reason, .. } => Wire::AskContact(v1::AskContact {
            of: of.iter().map(ToString::to_string).collect(),
            reason: number(*reason),
        }),
        Act::Handover { to, reason, check, .. } => Wire::HandOver(v1::HandOverAlert {
            to: to.to_string(),
            reason: number(*reason),
            next_check: check.day.to_string(),
        }),
        Act::Check { reason, check, .. } => {
            Wire::MoveCheck(v1::MoveCheck { reason: number(*reason), next_check: check.day.to_string() })
        }
        Act::Close { outcome, registration, view, .. } => Wire::Close(v1::CloseAlert {
            outcome: number(*outcome),
            registration: number(*registration),
            view: number(*view),
        }),
    }
}

/// Claiming one alert offers those that are probably about the same child.
fn offer(alert: &AlertView, language: Language) -> String {
    let sentence = language.pick(
        "Deze gaat waarschijnlijk over hetzelfde kind. Pak haar ook op:",
        "This one is probably about the same child. Claim it as well:",
    );
    let related = alert.follow_up.related.iter();
    related.map(|id| format!("\n{sentence} samenloop alert claim {id}")).collect()
}
