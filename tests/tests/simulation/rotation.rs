//! The life of key epochs as manifests tell it, and which sender holds which key (protocol.md section 5).

use std::collections::BTreeSet;

use samenloop_core::value::Day;

use super::model::SENDERS;
use super::operation::Sender;

/// Days that an overlap lasts (P-40).
const OVERLAP_DAYS: u8 = 30;

/// Where an epoch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Announced,
    Active,
    /// Through this day.
    Overlap(Day),
    Retired,
    Destroyed,
    Burned,
}

/// Every epoch that a manifest named, from 1; and the keys that senders installed.
pub(crate) struct Epochs {
    states: Vec<State>,
    held: [BTreeSet<u32>; SENDERS.len()],
}

impl Epochs {
    /// One epoch, which everybody knows.
    pub(crate) fn new() -> Self {
        Self { states: vec![State::Active], held: std::array::from_fn(|_| BTreeSet::from([1])) }
    }

    /// Every epoch with its state.
    pub(crate) fn states(&self) -> impl Iterator<Item = (u32, State)> + '_ {
        (1..).zip(self.states.iter().copied())
    }

    /// The epochs under which signals are filed on a day.
    pub(crate) fn live(&self, today: Day) -> BTreeSet<u32> {
        let is_live = |state| match state {
            State::Active => true,
            State::Overlap(until) => today <= until,
            State::Announced | State::Retired | State::Destroyed | State::Burned => false,
        };
        self.states().filter(|(_, state)| is_live(*state)).map(|(epoch, _)| epoch).collect()
    }

    /// The epochs whose keys must be gone.
    pub(crate) fn gone(&self) -> BTreeSet<u32> {
        let is_gone = |state| matches!(state, State::Destroyed | State::Burned);
        self.states().filter(|(_, state)| is_gone(*state)).map(|(epoch, _)| epoch).collect()
    }

    /// The epochs that a push of this sender names: those in use whose key it holds.
    pub(crate) fn of_push(&self, sender: Sender, today: Day) -> BTreeSet<u32> {
        &self.live(today) & &self.held[sender]
    }

    /// Whether a sender holds the key of the active epoch.
    pub(crate) fn is_abreast(&self, sender: Sender) -> bool {
        self.states().any(|(epoch, state)| state == State::Active && self.held[sender].contains(&epoch))
    }

    fn replace(&mut self, is_old: impl Fn(State) -> bool, new: State) -> bool {
        let found = self.states.iter_mut().find(|it| is_old(**it));
        let is_there = found.is_some();
        found.into_iter().for_each(|it| *it = new);
        is_there
    }

    fn has(&self, is_one: impl Fn(State) -> bool) -> bool {
        self.states.iter().any(|it| is_one(*it))
    }

    /// A new epoch, whose key agencies may install.
    pub(crate) fn announce(&mut self) -> bool {
        let is_new = !self.has(|it| it == State::Announced);
        if is_new {
            self.states.push(State::Announced);
        }
        is_new
    }

    /// The announced epoch becomes active; the active one overlaps.
    pub(crate) fn rotate(&mut self, today: Day) -> bool {
        let until = (0..OVERLAP_DAYS).fold(today, |day, _| next_day(day));
        let may = self.has(|it| it == State::Announced) && !self.has(|it| matches!(it, State::Overlap(_)));
        may && self.replace(|it| it == State::Active, State::Overlap(until))
            && self.replace(|it| it == State::Announced, State::Active)
    }

    /// The key of the active epoch leaked: the announced one is active at once.
    pub(crate) fn burn(&mut self) -> bool {
        self.has(|it| it == State::Announced)
            && self.replace(|it| it == State::Active, State::Burned)
            && self.replace(|it| it == State::Announced, State::Active)
    }

    /// The overlap ends, before its last day or after it.
    pub(crate) fn retire(&mut self) -> bool {
        self.replace(|it| matches!(it, State::Overlap(_)), State::Retired)
    }

    /// Every key of a retired epoch goes.
    pub(crate) fn destroy(&mut self) -> bool {
        self.replace(|it| it == State::Retired, State::Destroyed)
    }

    /// A manifest that may not be: one of these epochs, which were destroyed, overlaps again.
    pub(crate) fn revive(&mut self, today: Day, gone: &BTreeSet<u32>) -> bool {
        let until = (0..OVERLAP_DAYS).fold(today, |day, _| next_day(day));
        let Some(epoch) = gone.iter().find(|_| !self.has(|it| matches!(it, State::Overlap(_)))) else {
            return false;
        };
        self.states[*epoch as usize - 1] = State::Overlap(until);
        true
    }

    /// A sender installs the key of every epoch that is announced or in use.
    pub(crate) fn follow(&mut self, sender: Sender) {
        let in_use = |state| matches!(state, State::Announced | State::Active | State::Overlap(_));
        let there: Vec<_> =
            self.states().filter(|(_, state)| in_use(*state)).map(|(epoch, _)| epoch).collect();
        self.held[sender].extend(there);
    }
}

/// The day after a day.
pub(crate) fn next_day(today: Day) -> Day {
    Day::new(today.month(), today.day() + 1)
        .unwrap_or_else(|_| Day::new(today.month().plus(1), 1).expect("every month has a first day"))
}
