//! Alerts: what a care coordinator gets when signals converge.

mod calls;
mod notice;
mod owners;
mod progress;

use std::collections::BTreeSet;

pub use calls::{Call, calls};
pub use notice::{Notice, is_waiting, notices, requests};
pub use owners::{GRACE_DAYS, Reader, may_be_claimed, may_lead, owners};
pub use progress::{Act, AlertState, Answer, Closing, ContactRequest, Deed, Done, Lead, Phase, Progress};

use crate::processing::SubjectId;
pub use crate::value::AlertId;
use crate::value::{ConnectionId, Day, Domain, Kind, OrganisationId, RegionId, Signal, SignalReference};

/// The numbers that the rule compares (`samenloop-regel/1`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Different domains among the counted signals.
    pub domains: BTreeSet<Domain>,
    /// Different legal entities among the counted signals.
    pub organisations: BTreeSet<OrganisationId>,
    /// Different (organisation, code) pairs among the counted signals; no code is one code.
    pub pairs: usize,
    /// Whether a counted signal is hard.
    pub hard: bool,
}

/// A signal by who sent it and the reference under which it did.
pub type SignalName = (ConnectionId, SignalReference);

/// A signal as an alert lists it: a copy, so that a later reading needs no pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSignal {
    connection: ConnectionId,
    organisation: OrganisationId,
    domain: Domain,
    signal: Signal,
    counts: bool,
}

impl ListedSignal {
    /// A signal of a connection that the manifest places in `organisation` and `domain`.
    #[must_use]
    pub const fn new(
        connection: ConnectionId,
        organisation: OrganisationId,
        domain: Domain,
        signal: Signal,
        counts: bool,
    ) -> Self {
        Self { connection, organisation, domain, signal, counts }
    }

    /// Who sent it.
    #[must_use]
    pub const fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// Which it is.
    #[must_use]
    pub fn name(&self) -> SignalName {
        (self.connection.clone(), self.signal.reference())
    }

    /// The legal entity of its sender.
    #[must_use]
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// The domain of its sender.
    #[must_use]
    pub const fn domain(&self) -> Domain {
        self.domain
    }

    /// The signal.
    #[must_use]
    pub const fn signal(&self) -> &Signal {
        &self.signal
    }

    /// Whether the rule counts it.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.counts
    }

    /// Whether both are the same signal, in whatever epoch or revision.
    #[must_use]
    pub fn is_same_signal(&self, other: &Self) -> bool {
        self.connection == other.connection && self.signal.reference() == other.signal.reference()
    }
}

/// One child, as one kind of identifier knows it, on whom signals converge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert(AlertParts);

/// Everything an alert is, in the open: for rooms that make one and engines that keep one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are documented at the accessors of `Alert`")]
pub struct AlertParts {
    pub id: AlertId,
    pub subject: Option<SubjectId>,
    pub kind: Kind,
    pub opened: Day,
    pub progress: Progress,
    pub calls: u8,
    pub rule: String,
    pub numbers: Numbers,
    pub regions: BTreeSet<RegionId>,
    pub acts: Vec<Done>,
    pub contacts: Vec<ContactRequest>,
    pub signals: Vec<ListedSignal>,
}

impl Alert {
    /// An alert; rooms make these, engines only keep them.
    #[must_use]
    pub const fn new(parts: AlertParts) -> Self {
        Self(parts)
    }

    /// The same in the open, to be changed by a room.
    #[must_use]
    pub fn into_parts(self) -> AlertParts {
        self.0
    }

    /// The hub's own number.
    #[must_use]
    pub const fn id(&self) -> AlertId {
        self.0.id
    }

    /// By what the processing log names its child; nothing once it was erased.
    #[must_use]
    pub const fn subject(&self) -> Option<SubjectId> {
        self.0.subject
    }

    /// The kind of identifier by which its signals agree.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The day it opened.
    #[must_use]
    pub const fn opened(&self) -> Day {
        self.0.opened
    }

    /// Where it stands, in one word.
    #[must_use]
    pub const fn state(&self) -> AlertState {
        self.0.progress.state()
    }

    /// How far its follow-up is.
    #[must_use]
    pub const fn progress(&self) -> &Progress {
        &self.0.progress
    }

    /// Whether it still follows its signals.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.0.progress, Progress::Waiting { .. } | Progress::Led(_))
    }

    /// How often those who are to act on it were called again since it began to wait, or its check was set.
    #[must_use]
    pub const fn calls(&self) -> u8 {
        self.0.calls
    }

    /// What coordinators did with it, oldest first.
    #[must_use]
    pub fn acts(&self) -> &[Done] {
        &self.0.acts
    }

    /// Which reporters were asked to phone.
    #[must_use]
    pub fn contacts(&self) -> &[ContactRequest] {
        &self.0.contacts
    }

    /// Name and version of the rule that opened it or last judged it.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.0.rule
    }

    /// The numbers that met the rule; on a lapsed alert the last that did.
    #[must_use]
    pub const fn numbers(&self) -> &Numbers {
        &self.0.numbers
    }

    /// All active signals of its pseudonym, the counted and the others.
    #[must_use]
    pub fn signals(&self) -> &[ListedSignal] {
        &self.0.signals
    }

    /// The regions whose coordinators get it: every region among its listed signals. A lapsed alert keeps
    /// those it had, so that whoever was told of it is told of its end.
    #[must_use]
    pub const fn regions(&self) -> &BTreeSet<RegionId> {
        &self.0.regions
    }

    /// What was decided, without the signals and without whom was asked to phone.
    #[must_use]
    pub fn decisions(&self) -> Self {
        Self(AlertParts {
            id: self.0.id,
            subject: self.0.subject,
            kind: self.0.kind,
            opened: self.0.opened,
            progress: self.0.progress.clone(),
            calls: self.0.calls,
            rule: self.0.rule.clone(),
            numbers: self.0.numbers.clone(),
            regions: self.0.regions.clone(),
            acts: self.0.acts.clone(),
            contacts: Vec::new(),
            signals: Vec::new(),
        })
    }

    /// How it ended, and nothing of a child.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self(AlertParts {
            subject: None,
            calls: 0,
            numbers: Numbers::default(),
            acts: Vec::new(),
            ..self.decisions().0
        })
    }

    /// The signals that it names: those listed, and those about which a reporter was asked to phone.
    #[must_use]
    pub fn named(&self) -> BTreeSet<SignalName> {
        let listed = self.0.signals.iter().map(ListedSignal::name);
        let asked = self.0.contacts.iter().flat_map(|it| it.references.iter().map(|of| (it.of.clone(), *of)));
        listed.chain(asked).collect()
    }

    /// The same alert with some signals listed no more. Its numbers are not judged anew.
    #[must_use]
    pub fn unlisted(mut self, left: &BTreeSet<SignalName>) -> Self {
        self.0.signals.retain(|it| !left.contains(&it.name()));
        self
    }

    /// The same alert without some signals, also in what was asked of their reporters. Its numbers are not judged anew.
    #[must_use]
    pub fn without(self, left: &BTreeSet<SignalName>) -> Self {
        let mut own = self.unlisted(left);
        for contact in &mut own.0.contacts {
            contact.references.retain(|it| !left.contains(&(contact.of.clone(), *it)));
        }
        own.0.contacts.retain(|it| !it.references.is_empty());
        own
    }
}
