//! Alerts, as a coordinator reads them: parsed once, details opened, and said so that nothing is hidden.

mod coordinator;
pub mod explain;
mod follow_up;
mod json;
mod judged;
pub mod picture;
mod text;
mod watch;
mod why;
mod words;

pub use coordinator::{Coordinator, CoordinatorFault};
pub(crate) use follow_up::state_name;
pub use follow_up::{Answer, Contact, FollowUp};
pub use json::{json_of, json_of_all, whole_json_of};
pub use judged::{Without, judged, without_each};
pub(crate) use text::{code_text, sealed_to_others, to_name, unfit, warnings, weigh};
pub use text::{kept_behind, line_of, text_of};
pub use watch::{Cursor, CursorFault, WatchFault, Watcher, watch};
pub use why::why;
pub(crate) use why::without_sentence;
pub use words::InWords;

use samenloop_core::value::{
    Code, ConnectionId, Day, Domain, Month, Observation, RegionId, SealedDetails, Severity, SignalReference,
};
use samenloop_proto::v1;

pub use samenloop_core::alert::AlertState as State;

use crate::details::{Opened, Opener, Shown};
use crate::hub::HubFault;
use crate::number::Number;

/// An alert of the hub, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as in the schema")]
pub struct AlertView {
    pub id: Number,
    pub state: State,
    pub rule: String,
    pub opened: Day,
    pub regions: Vec<RegionId>,
    pub domains: Vec<Domain>,
    pub organisations: Vec<String>,
    pub pairs: u32,
    pub hard: bool,
    pub signals: Vec<SignalView>,
    pub follow_up: FollowUp,
}

/// A signal on an alert, parsed, its details opened where they are for this coordinator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalView {
    pub(crate) shown: Shown,
    pub(crate) domain: Domain,
    /// Whether the manifest enters the connection in another domain, or not at all: the hub cannot move it there.
    pub(crate) is_misplaced: bool,
    pub(crate) expires: Day,
    pub(crate) counts: bool,
    pub(crate) opened: Opened,
}

impl AlertView {
    /// Reads an alert, and opens the details that `opener` can.
    ///
    /// # Errors
    /// [`HubFault::Broken`] when the hub sent something that is no alert.
    pub fn parse(alert: &v1::Alert, opener: &Opener<'_>) -> Result<Self, HubFault> {
        let state = match alert.state() {
            v1::AlertState::New => State::New,
            v1::AlertState::Reopened => State::Reopened,
            v1::AlertState::Claimed => State::Claimed,
            v1::AlertState::Confirmed => State::Confirmed,
            v1::AlertState::Unfounded => State::Unfounded,
            v1::AlertState::Closed => State::Closed,
            v1::AlertState::Lapsed => State::Lapsed,
            v1::AlertState::Unspecified => return Err(HubFault::Broken("an alert without a state")),
        };
        let wrong = HubFault::Broken("an alert with a field that is no such thing");
        let region = |text: &String| RegionId::parse(text).map_err(|_| wrong.clone());
        let organisation = |text: &String| {
            let parsed = samenloop_core::value::OrganisationId::parse(text);
            parsed.map(|it| it.to_string()).map_err(|_| wrong.clone())
        };
        let rule = &alert.rule;
        if rule.len() > 64 || !rule.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong);
        }
        Ok(Self {
            id: Number::of(&alert.id).ok_or_else(|| wrong.clone())?,
            follow_up: FollowUp::parse(alert).ok_or_else(|| wrong.clone())?,
            state,
            rule: rule.clone(),
            opened: Day::parse(&alert.opened).map_err(|_| wrong.clone())?,
            regions: alert.regions.iter().map(region).collect::<Result<_, _>>()?,
            domains: alert
                .domains()
                .map(|it| domain(it).ok_or_else(|| wrong.clone()))
                .collect::<Result<_, _>>()?,
            organisations: alert.organisations.iter().map(organisation).collect::<Result<_, _>>()?,
            pairs: alert.pairs,
            hard: alert.hard,
            signals: alert
                .signals
                .iter()
                .map(|it| SignalView::parse(it, opener).ok_or_else(|| wrong.clone()))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl AlertView {
    /// Whether a signal that counts is hard, as they are now: where none is, somebody else reads along (V-14).
    #[must_use]
    pub fn has_hard(&self) -> bool {
        self.signals.iter().any(|it| it.counts && it.shown.severity == Severity::Hard)
    }
}

impl SignalView {
    fn parse(signal: &v1::ListedSignal, opener: &Opener<'_>) -> Option<Self> {
        let source = signal.hearsay_of();
        let observation = if source == v1::Domain::Unspecified {
            Observation::Own
        } else {
            Observation::Hearsay(domain(source)?)
        };
        let shown = Shown {
            connection: ConnectionId::parse(&signal.connection).ok()?,
            reference: SignalReference::new(signal.reference.as_slice().try_into().ok()?),
            revision: signal.revision,
            severity: match signal.severity() {
                v1::Severity::Soft => Severity::Soft,
                v1::Severity::Hard => Severity::Hard,
                v1::Severity::Unspecified => return None,
            },
            code: if signal.code.is_empty() { None } else { Some(Code::parse(&signal.code).ok()?) },
            month: Month::from_number(signal.month).ok()?,
            region: RegionId::parse(&signal.region).ok()?,
            observation,
        };
        let opened = match &signal.details {
            None => opener.open(None, &shown),
            Some(details) => match sealed(details) {
                Some(sealed) => opener.open(Some(&sealed), &shown),
                None => Opened::Unreadable,
            },
        };
        let domain = domain(signal.domain())?;
        Some(Self {
            is_misplaced: opener.domain_of(&shown.connection) != Some(domain),
            shown,
            domain,
            expires: Day::parse(&signal.expires).ok()?,
            counts: signal.counts,
            opened,
        })
    }

    /// Whether something is wrong with it that a coordinator is told of.
    #[must_use]
    pub const fn is_suspect(&self) -> bool {
        self.is_misplaced || self.opened.is_suspect()
    }

    /// The agency's own case reference, where it was sealed to this coordinator.
    #[must_use]
    pub fn case_reference(&self) -> Option<&str> {
        self.opened.details().and_then(|it| it.case_reference.as_deref())
    }
}

fn sealed(details: &v1::SealedDetails) -> Option<SealedDetails> {
    Some(SealedDetails::new(
        details.key_id.as_slice().try_into().ok()?,
        details.encapsulated_key.as_slice().try_into().ok()?,
        details.nonce.as_slice().try_into().ok()?,
        details.ciphertext.clone().into_boxed_slice().try_into().ok()?,
    ))
}

/// A domain of the schema; `None` for none.
pub(crate) const fn domain(domain: v1::Domain) -> Option<Domain> {
    Some(match domain {
        v1::Domain::Unspecified => return None,
        v1::Domain::Onderwijs => Domain::Onderwijs,
        v1::Domain::Zorg => Domain::Zorg,
        v1::Domain::SociaalDomein => Domain::SociaalDomein,
        v1::Domain::Jeugdbescherming => Domain::Jeugdbescherming,
        v1::Domain::PolitieJustitie => Domain::PolitieJustitie,
        v1::Domain::Asielketen => Domain::Asielketen,
        v1::Domain::GrensReis => Domain::GrensReis,
        v1::Domain::Wonen => Domain::Wonen,
        v1::Domain::Financieel => Domain::Financieel,
        v1::Domain::HandelArbeid => Domain::HandelArbeid,
        v1::Domain::OpvangExpertise => Domain::OpvangExpertise,
        v1::Domain::BestuurVeiligheid => Domain::BestuurVeiligheid,
    })
}

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod tests;
