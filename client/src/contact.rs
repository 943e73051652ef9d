//! Contact requests as an agency reads them: its own references turned into its own case references.
//!
//! The hub knows neither: the journal does. That it was asked tells the agency that the child is known elsewhere, and
//! no more.

use std::collections::{HashMap, HashSet};

use samenloop_core::case::{CaseReference, ClosedList, ContactReason};
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::value::{ConnectionId, Day, SignalReference};
use samenloop_proto::v1;

use crate::alert::Answer;
use crate::hub::{Hub, HubFault};
use crate::journal::{self, Entry};
use crate::language::Language;
use crate::membership::Membership;
use crate::number::Number;
use crate::push::PushFault;

/// A contact request, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the schema")]
pub struct Request {
    pub id: Number,
    pub references: Vec<SignalReference>,
    /// Whom to phone.
    pub coordinator: ConnectionId,
    /// What to name on the phone.
    pub case_reference: String,
    pub reason: ContactReason,
    pub asked: Day,
    pub answer: Option<Answer>,
}

impl Request {
    /// Reads a request of the hub.
    ///
    /// # Errors
    /// [`HubFault::Broken`] when it is none.
    pub fn parse(request: &v1::ContactRequest) -> Result<Self, HubFault> {
        Self::read(request).ok_or(HubFault::Broken("a contact request with a field that is no such thing"))
    }

    fn read(request: &v1::ContactRequest) -> Option<Self> {
        let reference = |it: &Vec<u8>| Some(SignalReference::new(it.as_slice().try_into().ok()?));
        Some(Self {
            id: Number::of(&request.id)?,
            references: request.references.iter().map(reference).collect::<Option<_>>()?,
            coordinator: ConnectionId::parse(&request.coordinator).ok()?,
            case_reference: CaseReference::parse(&request.case_reference).ok()?.as_str().to_owned(),
            reason: ContactReason::from_number(u32::try_from(request.reason).ok()?)?,
            asked: Day::parse(&request.asked).ok()?,
            answer: Answer::parse(request.answer(), &request.available_from)?,
        })
    }
}

/// What the journal knows of references.
pub type Known = HashMap<SignalReference, Entry>;

/// Every contact request to this agency on an alert that is open, answered or not, with what its journal knows of the
/// signals that they name.
///
/// # Errors
/// [`PushFault`] of the hub or the journal.
pub async fn requests(membership: &Membership, hub: &Hub) -> Result<(Vec<Request>, Known), PushFault> {
    let requests: Result<Vec<_>, _> = hub.contact_requests().await?.iter().map(Request::parse).collect();
    let requests = requests?;
    let named: HashSet<_> = requests.iter().flat_map(|it| it.references.iter().copied()).collect();
    let known = journal::entries_of(membership.config().journal(), &named)?;
    Ok((requests, known))
}

impl Answer {
    /// As the hub takes it: the answer, and the day that goes with one that is later.
    pub(crate) fn wire(self) -> (v1::ContactAnswer, String) {
        match self {
            Self::WillCall => (v1::ContactAnswer::WillCall, String::new()),
            Self::NotAvailableUntil(day) => (v1::ContactAnswer::NotAvailableUntil, day.to_string()),
            Self::NotOurs => (v1::ContactAnswer::NotOurs, String::new()),
        }
    }
}

/// The name of the organisation of a connection; empty for one that the manifest does not enter.
pub(crate) fn organisation_of<'m>(manifest: &'m Manifest, connection: &ConnectionId) -> &'m str {
    let organisation = manifest.connection(connection).map(|it| &it.organisation);
    let named = manifest.organisations().iter().find(|it| Some(&it.id) == organisation);
    named.map_or("", |it| it.name.as_str())
}

/// An organisation with the mailbox of a connection, where it has one.
pub(crate) fn reached(manifest: &Manifest, connection: &Connection) -> String {
    let name = organisation_of(manifest, &connection.id);
    connection.mailbox.as_ref().map_or_else(|| name.to_owned(), |it| format!("{name}, {}", it.as_str()))
}

/// What a coordinator asks contact for, in words.
pub(crate) const fn reason(reason: ContactReason, language: Language) -> &'static str {
    match reason {
        ContactReason::Explain => language.pick("uitleg over het signaal", "to explain the signal"),
        ContactReason::WeighTogether => {
            language.pick("samen wegen wat nodig is", "to weigh together what is needed")
        }
        ContactReason::Safety => language.pick("de veiligheid van het kind", "the safety of the child"),
    }
}

/// Requests as people read them.
#[must_use]
pub fn text_of(requests: &[Request], known: &Known, manifest: &Manifest, language: Language) -> String {
    if requests.is_empty() {
        return language
            .pick(
                "Geen contactverzoeken. Dat zegt niets over een kind.",
                "No contact requests. That says nothing about a child.",
            )
            .to_owned();
    }
    let texts: Vec<_> = requests.iter().map(|it| text(it, known, manifest, language)).collect();
    texts.join("\n")
}

fn text(request: &Request, known: &Known, manifest: &Manifest, language: Language) -> String {
    let mut text = format!(
        "{} {}\n{}: {} ({}), {} {}\n{}: {}\n{}: {}\n{}: {}\n",
        language.pick("Contactverzoek", "Contact request"),
        request.id,
        language.pick("Bel", "Call"),
        request.coordinator,
        organisation_of(manifest, &request.coordinator),
        language.pick("en noem zaaknummer", "and name case reference"),
        request.case_reference,
        language.pick("Gevraagd op", "Asked on"),
        language.day(request.asked),
        language.pick("Waarvoor", "What for"),
        reason(request.reason, language),
        language.pick("Uw antwoord", "Your answer"),
        Answer::say(request.answer, language),
    );
    for reference in &request.references {
        let own = match known.get(reference) {
            Some(entry) => match &entry.case_reference {
                Some(case) => {
                    format!(
                        "{} {case} ({})",
                        language.pick("zaaknummer", "case reference"),
                        entry.local_reference
                    )
                }
                None => format!("{} {}", language.pick("referentie", "reference"), entry.local_reference),
            },
            None => format!(
                "{} {}",
                language.pick("niet in dit journaal: kenmerk", "not in this journal: reference"),
                reference.hex()
            ),
        };
        text.push_str(&format!("- {own}\n"));
    }
    text
}

/// Requests for programs.
#[must_use]
pub fn json_of(requests: &[Request], known: &Known) -> String {
    let signal = |it: &SignalReference| {
        let entry = known.get(it);
        serde_json::json!({
            "signal_reference": it.hex(),
            "reference": entry.map(|it| &it.local_reference),
            "case_reference": entry.and_then(|it| it.case_reference.as_ref()),
        })
    };
    let request = |it: &Request| {
        serde_json::json!({
            "id": it.id,
            "coordinator": it.coordinator.as_str(),
            "coordinator_case_reference": it.case_reference,
            "reason": it.reason.code(),
            "asked": it.asked.to_string(),
            "answer": it.answer.map(Answer::name),
            "signals": it.references.iter().map(signal).collect::<Vec<_>>(),
        })
    };
    let requests: Vec<_> = requests.iter().map(request).collect();
    serde_json::to_string_pretty(&requests).unwrap_or_else(|_| "[]".into())
}
