//! How far the follow-up of an alert is: who leads it, whose turn it is, who was asked to phone.

use samenloop_core::case::{ClosedList, ContactReason, Outcome};
use samenloop_core::value::{ConnectionId, Day};
use samenloop_proto::v1;
use serde::Serialize;

use super::{InWords as _, State};
use crate::language::Language;
use crate::number::{Number, joined};

/// What people did with an alert, and are to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the schema")]
pub struct FollowUp {
    /// Who leads it, or closed it.
    pub lead: Option<ConnectionId>,
    pub next_check: Option<Day>,
    /// When somebody first picked it up.
    pub claimed: Option<Day>,
    pub owners: Vec<ConnectionId>,
    pub unmet_since: Option<Day>,
    pub outcome: Option<Outcome>,
    /// Under which the lead has it, when that is the caller; after a hand-over at first the former lead's.
    pub case_reference: Option<String>,
    pub related: Vec<Number>,
    pub contacts: Vec<Contact>,
}

/// A reporter that was asked to phone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the schema")]
pub struct Contact {
    pub connection: ConnectionId,
    pub asked: Day,
    pub reason: ContactReason,
    pub answer: Option<Answer>,
}

/// What a reporter answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It will call.
    WillCall,
    /// Not before this day.
    NotAvailableUntil(Day),
    /// Not its own any more.
    NotOurs,
}

impl Answer {
    /// Reads an answer of the wire: `None` when it is none, `Some(None)` when nobody answered yet.
    pub(crate) fn parse(answer: v1::ContactAnswer, from: &str) -> Option<Option<Self>> {
        Some(match answer {
            v1::ContactAnswer::Unspecified => None,
            v1::ContactAnswer::WillCall => Some(Self::WillCall),
            v1::ContactAnswer::NotAvailableUntil => Some(Self::NotAvailableUntil(Day::parse(from).ok()?)),
            v1::ContactAnswer::NotOurs => Some(Self::NotOurs),
        })
    }

    /// As programs see it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::WillCall => "will-call".to_owned(),
            Self::NotAvailableUntil(day) => format!("not-available-until:{day}"),
            Self::NotOurs => "not-ours".to_owned(),
        }
    }

    /// As people read it.
    pub(crate) fn say(answer: Option<Self>, language: Language) -> String {
        match answer {
            None => language.pick("nog geen antwoord", "no answer yet").to_owned(),
            Some(Self::WillCall) => language.pick("belt", "will call").to_owned(),
            Some(Self::NotAvailableUntil(day)) => {
                format!(
                    "{} {}",
                    language.pick("niet bereikbaar tot", "not available until"),
                    language.day(day)
                )
            }
            Some(Self::NotOurs) => {
                language.pick("niet meer van deze organisatie", "not this organisation's any more").to_owned()
            }
        }
    }
}

impl FollowUp {
    /// Reads what the hub says of it; `None` when it says something that cannot be.
    pub(super) fn parse(alert: &v1::Alert) -> Option<Self> {
        let day = |text: &str| match text {
            "" => Some(None),
            text => Day::parse(text).ok().map(Some),
        };
        let connection = |text: &String| ConnectionId::parse(text).ok();
        let contact = |it: &v1::AlertContact| {
            Some(Contact {
                connection: connection(&it.connection)?,
                asked: Day::parse(&it.asked).ok()?,
                reason: entry(it.reason)??,
                answer: Answer::parse(it.answer(), &it.available_from)?,
            })
        };
        let case = samenloop_core::case::CaseReference::parse(&alert.case_reference);
        Some(Self {
            lead: if alert.lead.is_empty() { None } else { Some(connection(&alert.lead)?) },
            next_check: day(&alert.next_check)?,
            claimed: day(&alert.claimed)?,
            owners: alert.owners.iter().map(connection).collect::<Option<_>>()?,
            unmet_since: day(&alert.unmet_since)?,
            outcome: entry(alert.outcome)?,
            case_reference: match (alert.case_reference.as_str(), case) {
                ("", _) => None,
                (text, Ok(_)) => Some(text.to_owned()),
                (_, Err(_)) => return None,
            },
            related: alert.related.iter().map(|it| Number::of(it)).collect::<Option<_>>()?,
            contacts: alert.contacts.iter().map(contact).collect::<Option<_>>()?,
        })
    }
}

/// `Some(None)` for 0, which stands for "not said".
fn entry<T: ClosedList>(wire: i32) -> Option<Option<T>> {
    match u32::try_from(wire).ok()? {
        0 => Some(None),
        number => T::from_number(number).map(Some),
    }
}

/// The state as people call it.
pub(crate) const fn state_name(state: State, language: Language) -> &'static str {
    match state {
        State::New => language.pick("nieuw", "new"),
        State::Reopened => language.pick("heropend", "reopened"),
        State::Claimed => language.pick("opgepakt", "claimed"),
        State::Confirmed => language.pick("bevestigd", "confirmed"),
        State::Unfounded => language.pick("niet gegrond", "unfounded"),
        State::Closed => language.pick("gesloten", "closed"),
        State::Lapsed => language.pick("vervallen", "lapsed"),
    }
}

/// One line for each thing that there is to say.
pub(super) fn lines(follow_up: &FollowUp, language: Language) -> String {
    let mut lines = String::new();
    let mut line = |dutch: &str, english: &str, rest: String| {
        lines.push_str(&format!("{}: {rest}\n", language.pick(dutch, english)));
    };
    let names = |ids: &[ConnectionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (&follow_up.lead, follow_up.outcome) {
        (Some(lead), Some(outcome)) => {
            line("Gesloten door", "Closed by", format!("{lead}, {}", outcome.words(language)))
        }
        (Some(lead), None) => line("Regie", "Lead", lead.to_string()),
        (None, _) => {}
    }
    if let Some(day) = follow_up.next_check {
        line("Volgende veiligheidscheck", "Next safety check", language.day(day));
    }
    if let Some(case) = &follow_up.case_reference {
        line("Zaaknummer", "Case reference", case.clone());
    }
    if !follow_up.owners.is_empty() {
        line("Aan zet", "Whose turn it is", names(&follow_up.owners));
    }
    if let Some(day) = follow_up.unmet_since {
        line(
            "LET OP, de signalen voldoen niet meer aan de regel; u beslist wat er gebeurt. Dat is zo sinds",
            "NOTE: the signals no longer meet the rule; you decide what happens. That is so since",
            language.day(day),
        );
    }
    if !follow_up.related.is_empty() {
        line(
            "Gaat waarschijnlijk over hetzelfde kind als",
            "Is probably about the same child as",
            joined(&follow_up.related),
        );
    }
    for contact in &follow_up.contacts {
        line(
            "Contactverzoek",
            "Contact request",
            format!(
                "{}, {}: {}",
                contact.connection,
                language.day(contact.asked),
                Answer::say(contact.answer, language)
            ),
        );
    }
    lines
}

/// The same for programs.
#[derive(Serialize)]
pub(super) struct FollowUpJson<'a> {
    lead: Option<&'a str>,
    next_check: Option<String>,
    claimed: Option<String>,
    owners: Vec<&'a str>,
    unmet_since: Option<String>,
    outcome: Option<&'static str>,
    own_case_reference: Option<&'a str>,
    related: &'a [Number],
    contacts: Vec<ContactJson<'a>>,
}

#[derive(Serialize)]
struct ContactJson<'a> {
    connection: &'a str,
    asked: String,
    reason: &'static str,
    answer: Option<String>,
}

impl<'a> FollowUpJson<'a> {
    pub(super) fn of(follow_up: &'a FollowUp) -> Self {
        let contact = |it: &'a Contact| ContactJson {
            connection: it.connection.as_str(),
            asked: it.asked.to_string(),
            reason: it.reason.code(),
            answer: it.answer.map(Answer::name),
        };
        Self {
            lead: follow_up.lead.as_ref().map(ConnectionId::as_str),
            next_check: follow_up.next_check.map(|it| it.to_string()),
            claimed: follow_up.claimed.map(|it| it.to_string()),
            owners: follow_up.owners.iter().map(ConnectionId::as_str).collect(),
            unmet_since: follow_up.unmet_since.map(|it| it.to_string()),
            outcome: follow_up.outcome.map(ClosedList::code),
            own_case_reference: follow_up.case_reference.as_deref(),
            related: &follow_up.related,
            contacts: follow_up.contacts.iter().map(contact).collect(),
        }
    }
}
