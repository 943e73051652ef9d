//! Alerts: what a care coordinator gets when signals converge.

use std::collections::BTreeSet;
use std::fmt;

use crate::value::{ConnectionId, Day, Domain, Kind, OrganisationId, RegionId, Signal, SignalReference};

/// The hub's own number of an alert: 16 random bytes. People see another number, one per recipient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId([u8; 16]);

impl AlertId {
    /// The alert of this number.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertId")
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// Its signals converge and nobody has picked it up.
    New,
    /// Its signals no longer meet the rule.
    Lapsed,
}

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
pub struct Alert {
    id: AlertId,
    kind: Kind,
    opened: Day,
    state: AlertState,
    rule: String,
    numbers: Numbers,
    regions: BTreeSet<RegionId>,
    signals: Vec<ListedSignal>,
}

/// Everything an alert is, in the open: for rooms that make one and engines that keep one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are documented at the accessors of `Alert`")]
pub struct AlertParts {
    pub id: AlertId,
    pub kind: Kind,
    pub opened: Day,
    pub state: AlertState,
    pub rule: String,
    pub numbers: Numbers,
    pub regions: BTreeSet<RegionId>,
    pub signals: Vec<ListedSignal>,
}

impl Alert {
    /// An alert; rooms make these, engines only keep them.
    #[must_use]
    pub fn new(parts: AlertParts) -> Self {
        let AlertParts { id, kind, opened, state, rule, numbers, regions, signals } = parts;
        Self { id, kind, opened, state, rule, numbers, regions, signals }
    }

    /// The hub's own number.
    #[must_use]
    pub const fn id(&self) -> AlertId {
        self.id
    }

    /// The kind of identifier by which its signals agree.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The day it opened.
    #[must_use]
    pub const fn opened(&self) -> Day {
        self.opened
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> AlertState {
        self.state
    }

    /// Whether it still follows its signals.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, AlertState::New)
    }

    /// Name and version of the rule that opened it or last judged it.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The numbers that met the rule; on a lapsed alert the last that did.
    #[must_use]
    pub const fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// All active signals of its pseudonym, the counted and the others.
    #[must_use]
    pub fn signals(&self) -> &[ListedSignal] {
        &self.signals
    }

    /// The regions whose coordinators get it: every region among its listed signals. A lapsed alert keeps
    /// those it had, so that whoever was told of it is told of its end.
    #[must_use]
    pub const fn regions(&self) -> &BTreeSet<RegionId> {
        &self.regions
    }

    /// The same alert without some signals. Its numbers are not judged anew.
    #[must_use]
    pub fn without(mut self, left: &BTreeSet<(ConnectionId, SignalReference)>) -> Self {
        self.signals.retain(|it| !left.contains(&(it.connection().clone(), it.signal().reference())));
        self
    }
}
