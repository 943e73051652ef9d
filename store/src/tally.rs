//! Each connection's own counter: the sequence of its lines, and how many came today.

use std::collections::BTreeMap;

use samenloop_core::batch::Arrival;
use samenloop_core::value::ConnectionId;

use crate::Counter;

/// The counters, arrivals not yet filed included.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<ConnectionId, Counter>);

impl Tally {
    /// Goes on from these.
    pub(crate) const fn new(counters: BTreeMap<ConnectionId, Counter>) -> Self {
        Self(counters)
    }

    /// Counts an arrival and says the sequence of its first line.
    pub(crate) fn count(&mut self, arrival: &Arrival) -> u64 {
        let counter = self.0.entry(arrival.connection().clone()).or_default();
        let lines = arrival.lines().len() as u64;
        let first = counter.next_sequence.max(1);
        if counter.day != Some(arrival.received()) {
            counter.lines = 0;
        }
        *counter = Counter {
            next_sequence: first + lines,
            day: Some(arrival.received()),
            lines: counter.lines + lines,
        };
        first
    }

    /// The counter of a connection.
    pub(crate) fn counter(&self, connection: &ConnectionId) -> Counter {
        self.0.get(connection).copied().unwrap_or_default()
    }

    /// All of them.
    pub(crate) const fn counters(&self) -> &BTreeMap<ConnectionId, Counter> {
        &self.0
    }
}
