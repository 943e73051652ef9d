//! An act or an answer of the wire, parsed.

use std::collections::BTreeSet;

use samenloop_core::alert::{Act, Answer, Deed};
use samenloop_core::case::{CaseReference, ClosedList};
use samenloop_core::room::followup::{ActRefusal, MAX_CONTACTS};
use samenloop_core::value::{ConnectionId, Day};
use samenloop_proto::v1::act_on_alert_request as wire;
use samenloop_proto::v1::{self, ContactAnswer};

use crate::refusal::Refusal;

/// The 16 bytes by which a recipient names an alert or a contact request.
pub(crate) type Number = [u8; 16];

fn malformed(what: &str) -> Refusal {
    Refusal::Malformed(what.to_owned())
}

/// Parses the number of an alert or a contact request.
///
/// # Errors
/// [`Refusal::Malformed`] unless it has 16 bytes.
pub(crate) fn number(bytes: &[u8]) -> Result<Number, Refusal> {
    bytes.try_into().map_err(|_| malformed("the number of an alert or a contact request has 16 bytes"))
}

/// Parses an act.
///
/// # Errors
/// [`Refusal::Malformed`] for a form that no program of today writes; [`Refusal::Act`] for what a person may have
/// chosen wrong.
pub(crate) fn act(case_reference: &str, act: Option<wire::Act>) -> Result<Act, Refusal> {
    let case = CaseReference::parse(case_reference).map_err(|fault| malformed(&fault.to_string()))?;
    let act = act.ok_or_else(|| malformed("the request holds no act"))?;
    let deed = match act {
        wire::Act::Claim(it) => Deed::Claim { reason: entry(it.reason)?, next_check: day(&it.next_check)? },
        wire::Act::Confirm(it) => Deed::Confirm { reason: entry(it.reason)?, reading: perhaps(it.reading)? },
        wire::Act::Dismiss(it) => {
            Deed::Unfounded { reason: entry(it.reason)?, reading: perhaps(it.reading)? }
        }
        wire::Act::Close(it) => Deed::Close {
            outcome: entry(it.outcome)?,
            registration: entry(it.registration)?,
            view: entry(it.view)?,
        },
        wire::Act::HandOver(it) => Deed::HandOver {
            to: ConnectionId::parse(&it.to).map_err(|_| Refusal::Act(ActRefusal::Recipient))?,
            reason: entry(it.reason)?,
            next_check: day(&it.next_check)?,
        },
        wire::Act::MoveCheck(it) => {
            Deed::SetNextCheck { reason: entry(it.reason)?, next_check: day(&it.next_check)? }
        }
        wire::Act::AskContact(it) => Deed::AskContact { of: reporters(&it.of)?, reason: entry(it.reason)? },
    };
    Ok(Act { case, deed })
}

fn reporters(of: &[String]) -> Result<BTreeSet<ConnectionId>, Refusal> {
    if of.len() > MAX_CONTACTS {
        return Err(ActRefusal::Reporter.into());
    }
    of.iter().map(|it| ConnectionId::parse(it).map_err(|_| ActRefusal::Reporter.into())).collect()
}

/// Parses what an agency answers.
///
/// # Errors
/// As [`act`].
pub(crate) fn answer(request: &v1::AnswerContactRequestRequest) -> Result<Answer, Refusal> {
    let said = ContactAnswer::try_from(request.answer).unwrap_or_default();
    match (said, request.available_from.as_str()) {
        (ContactAnswer::WillCall, "") => Ok(Answer::WillCall),
        (ContactAnswer::NotOurs, "") => Ok(Answer::NotOurs),
        (ContactAnswer::NotAvailableUntil, from) => Ok(Answer::NotAvailableUntil(day(from)?)),
        (ContactAnswer::Unspecified | ContactAnswer::WillCall | ContactAnswer::NotOurs, _) => {
            Err(malformed("an answer is one of three, and a day goes with one of them"))
        }
    }
}

pub(super) fn entry<T: ClosedList>(wire: i32) -> Result<T, Refusal> {
    let entry = u32::try_from(wire).ok().and_then(T::from_number);
    entry.ok_or_else(|| malformed("an act needs a reason of its list"))
}

pub(super) fn perhaps<T: ClosedList>(wire: i32) -> Result<Option<T>, Refusal> {
    if wire == 0 { Ok(None) } else { entry(wire).map(Some) }
}

fn day(text: &str) -> Result<Day, Refusal> {
    Day::parse(text).map_err(|_| ActRefusal::Date.into())
}
