//! Follow-up: what a coordinator's act, or a reporter's answer, makes of an alert.
//!
//! Nothing happens to a child here: an act records what people decided, with a reason (V-14). Knows nothing of other
//! alerts.

use crate::alert::{
    Act, Alert, AlertParts, Answer, Closing, ContactRequest, Deed, Done, Lead, ListedSignal, Phase, Progress,
    Reader, may_be_claimed, may_lead,
};
use crate::case::{ContactReason, Outcome, SecondReading};
use crate::manifest::Manifest;
use crate::value::{ConnectionId, Day, Severity};

/// Days ahead that a safety check, or a reporter's return, may lie: a quarter.
pub const MAX_DAYS_AHEAD: u32 = 92;

/// Reporters that are asked on one alert at most.
pub const MAX_CONTACTS: usize = 32;

/// Acts that an alert remembers at most; moved safety checks are forgotten first.
const MAX_ACTS: usize = 48;

/// Why an act is not done. Who may not see the alert gets the same answer as if there were none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActRefusal {
    /// There is no such alert, or it is not the caller's.
    #[error("there is no such alert, or it is not yours")]
    Unknown,
    /// Somebody else leads it.
    #[error("another coordinator leads this alert")]
    LedByAnother,
    /// The caller does not lead it.
    #[error("pick the alert up first")]
    NotLed,
    /// It was closed or lapsed.
    #[error("the alert has ended")]
    Ended,
    /// It is so already, or is not judged yet.
    #[error("the alert is not in a state for this")]
    State,
    /// The day is not from tomorrow to [`MAX_DAYS_AHEAD`] days ahead.
    #[error("the day lies from tomorrow to {MAX_DAYS_AHEAD} days ahead")]
    Date,
    /// No signal that counts is hard, and nobody said whether somebody else read along (V-14).
    #[error("no signal that counts is hard: say whether somebody else read along")]
    SecondReading,
    /// The outcome contradicts what was judged.
    #[error("the outcome contradicts what was judged")]
    Outcome,
    /// Whom it is handed to does not coordinate, takes no part, or leads it already.
    #[error("the alert cannot be handed to this connection")]
    Recipient,
    /// Whom to ask gave no signal on this alert, or too many are asked.
    #[error("this connection gave no signal on this alert, or too many are asked")]
    Reporter,
    /// Whom to ask was asked before, and has not answered.
    #[error("this connection was asked before and has not answered yet")]
    AskedBefore,
}

/// What an act made of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The alert as it is now.
    pub alert: Alert,
    /// Whether its coordinators are told.
    pub told: bool,
}

/// Does an act of `by`. The last act may be repeated, and then changes nothing.
///
/// # Errors
/// [`ActRefusal`]; then nothing changes.
pub fn act(reader: &Reader, alert: &Alert, act: &Act) -> Result<Acted, ActRefusal> {
    let Reader::Coordinator { connection: by, manifest, today } = reader else {
        return Err(ActRefusal::Unknown);
    };
    if !reader.may_read(alert) {
        return Err(ActRefusal::Unknown);
    }
    if alert.acts().last().is_some_and(|it| repeats(it, by, act, *today)) {
        return Ok(Acted { alert: alert.clone(), told: false });
    }
    if !alert.is_open() {
        return Err(ActRefusal::Ended);
    }
    let mut parts = alert.clone().into_parts();
    match &act.deed {
        Deed::Claim { next_check, .. } => {
            parts.progress = Progress::Led(claim(alert, manifest, by, act, *next_check, *today)?);
        }
        Deed::AskContact { of, reason } => {
            let lead = led_by(alert, by)?;
            if of.is_empty() || of.len() > MAX_CONTACTS {
                return Err(ActRefusal::Reporter);
            }
            for agency in of {
                ask(&mut parts, lead, agency, *reason, *today)?;
            }
        }
        Deed::Confirm { .. }
        | Deed::Unfounded { .. }
        | Deed::Close { .. }
        | Deed::HandOver { .. }
        | Deed::SetNextCheck { .. } => {
            let lead = led_by(alert, by)?.clone();
            parts.progress = go_on(alert, manifest, lead, act, *today)?;
        }
    }
    if !matches!(act.deed, Deed::AskContact { .. } | Deed::Confirm { .. } | Deed::Unfounded { .. }) {
        // What is to be done by when begins anew.
        parts.calls = 0;
    }
    // Requests are kept beside the acts; of the acts only the last one, to know it again.
    parts.acts.retain(|it| !matches!(it.act.deed, Deed::AskContact { .. }));
    parts.acts.push(Done { by: by.clone(), on: *today, act: act.clone() });
    forget_some(&mut parts.acts);
    let told = !matches!(act.deed, Deed::AskContact { .. } | Deed::SetNextCheck { .. });
    Ok(Acted { alert: Alert::new(parts), told })
}

/// Whether an act is the last one again, as after an answer that was lost. Who answered a request may be asked anew on
/// a later day.
fn repeats(last: &Done, by: &ConnectionId, act: &Act, today: Day) -> bool {
    let is_same = last.by == *by && last.act == *act;
    is_same && (last.on == today || !matches!(act.deed, Deed::AskContact { .. }))
}

fn led_by<'a>(alert: &'a Alert, by: &ConnectionId) -> Result<&'a Lead, ActRefusal> {
    match alert.progress().lead() {
        Some(lead) if lead.by == *by => Ok(lead),
        Some(_) => Err(ActRefusal::LedByAnother),
        None => Err(ActRefusal::NotLed),
    }
}

fn claim(
    alert: &Alert,
    manifest: &Manifest,
    by: &ConnectionId,
    act: &Act,
    next_check: Day,
    today: Day,
) -> Result<Lead, ActRefusal> {
    let next_check = ahead(next_check, today)?;
    match alert.progress().lead() {
        Some(lead) if lead.by == *by => Err(ActRefusal::State),
        Some(_) if !may_be_claimed(alert, manifest, today) => Err(ActRefusal::LedByAnother),
        Some(absent) => Ok(Lead { by: by.clone(), case: act.case.clone(), next_check, ..absent.clone() }),
        None => Ok(Lead {
            by: by.clone(),
            case: act.case.clone(),
            phase: Phase::Claimed,
            next_check,
            unmet_since: None,
        }),
    }
}

/// What the lead makes of an alert that it leads.
fn go_on(
    alert: &Alert,
    manifest: &Manifest,
    lead: Lead,
    act: &Act,
    today: Day,
) -> Result<Progress, ActRefusal> {
    let case = act.case.clone();
    match &act.deed {
        Deed::Confirm { reading, .. } => judge(alert, lead, Phase::Confirmed, *reading, today),
        Deed::Unfounded { reading, .. } => judge(alert, lead, Phase::Unfounded, *reading, today),
        Deed::Close { outcome, registration, view } => {
            let fits = match lead.phase {
                Phase::Claimed => return Err(ActRefusal::State),
                Phase::Confirmed => *outcome != Outcome::Unfounded,
                Phase::Unfounded => *outcome == Outcome::Unfounded,
            };
            if !fits {
                return Err(ActRefusal::Outcome);
            }
            Ok(Progress::Closed(Closing {
                by: lead.by,
                on: today,
                outcome: *outcome,
                registration: *registration,
                view: *view,
            }))
        }
        Deed::HandOver { to, next_check, .. } => {
            if *to == lead.by || !may_lead(manifest, to, today) {
                return Err(ActRefusal::Recipient);
            }
            Ok(Progress::Led(Lead { by: to.clone(), case, next_check: ahead(*next_check, today)?, ..lead }))
        }
        Deed::SetNextCheck { next_check, .. } => {
            Ok(Progress::Led(Lead { next_check: ahead(*next_check, today)?, case, ..lead }))
        }
        Deed::Claim { .. } | Deed::AskContact { .. } => Err(ActRefusal::State),
    }
}

fn judge(
    alert: &Alert,
    lead: Lead,
    phase: Phase,
    reading: Option<SecondReading>,
    today: Day,
) -> Result<Progress, ActRefusal> {
    if lead.phase == phase {
        return Err(ActRefusal::State);
    }
    // As its signals are on this day: the numbers are those that last met the rule, and while no manifest is current what is
    // past its term stays listed.
    let is_hard = |it: &ListedSignal| {
        let content = it.signal().content();
        it.counts() && content.severity() == Severity::Hard && today <= content.expiry().last_day()
    };
    if !alert.signals().iter().any(is_hard) && reading.is_none() {
        return Err(ActRefusal::SecondReading);
    }
    Ok(Progress::Led(Lead { phase, ..lead }))
}

fn ahead(day: Day, today: Day) -> Result<Day, ActRefusal> {
    match today.days_until(day) {
        Some(1..=MAX_DAYS_AHEAD) => Ok(day),
        Some(_) | None => Err(ActRefusal::Date),
    }
}

/// Asks one reporter. Whoever answered may be asked again.
fn ask(
    parts: &mut AlertParts,
    lead: &Lead,
    agency: &ConnectionId,
    reason: ContactReason,
    today: Day,
) -> Result<(), ActRefusal> {
    let own = parts.signals.iter().filter(|it| it.connection() == agency);
    let references: Vec<_> =
        own.map(|it| it.signal().reference()).take(ContactRequest::MAX_REFERENCES).collect();
    if references.is_empty() {
        return Err(ActRefusal::Reporter);
    }
    if parts.contacts.iter().any(|it| it.of == *agency && it.answer.is_none()) {
        return Err(ActRefusal::AskedBefore);
    }
    parts.contacts.retain(|it| it.of != *agency);
    if parts.contacts.len() >= MAX_CONTACTS {
        return Err(ActRefusal::Reporter);
    }
    parts.contacts.push(ContactRequest {
        of: agency.clone(),
        references,
        by: lead.by.clone(),
        case: lead.case.clone(),
        reason,
        asked: today,
        answer: None,
    });
    Ok(())
}

/// Notes what a reporter answers; it may answer anew as long as the alert is open.
///
/// # Errors
/// [`ActRefusal`]; then nothing changes.
pub fn answer(alert: &Alert, agency: &ConnectionId, answer: Answer, today: Day) -> Result<Acted, ActRefusal> {
    if !alert.is_open() || alert.contacts().iter().all(|it| it.of != *agency) {
        return Err(ActRefusal::Unknown);
    }
    if let Answer::NotAvailableUntil(day) = answer {
        ahead(day, today)?;
    }
    let mut parts = alert.clone().into_parts();
    let mut told = false;
    for request in parts.contacts.iter_mut().filter(|it| it.of == *agency) {
        told |= request.answer.map(|(known, _)| known) != Some(answer);
        request.answer = Some((answer, today));
    }
    Ok(Acted { alert: Alert::new(parts), told })
}

fn forget_some(acts: &mut Vec<Done>) {
    while acts.len() > MAX_ACTS {
        let moved = acts.iter().position(|it| matches!(it.act.deed, Deed::SetNextCheck { .. }));
        acts.remove(moved.unwrap_or_default());
    }
}
