//! The outbox: what is to leave the hub, until it did.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use samenloop_core::alert::Notice;
use samenloop_core::terms::{LETTER_DEAD_DAYS, LETTER_TRIED_DAYS};
use samenloop_core::value::Day;
pub use samenloop_core::value::LetterId;

use crate::{Fault, seal};

/// A notice on its way out. There is one letter of a notice at most: a later one replaces it, under another number, so
/// that what was just delivered does not count for what happened since. The term of one that waited goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its number.
    pub id: LetterId,
    /// What it tells, and to whom.
    pub notice: Notice,
    /// The day since which it waits.
    pub posted: Day,
    /// Since when nobody tries any more.
    pub dead: Option<Day>,
}

impl Letter {
    /// Days for which a letter is tried.
    pub const TRIED_DAYS: u32 = LETTER_TRIED_DAYS;

    /// Days for which a dead letter stays to be seen.
    pub const DEAD_DAYS: u32 = LETTER_DEAD_DAYS;

    /// The last day on which it may be there.
    #[must_use]
    pub fn ends(&self) -> Day {
        self.dead.unwrap_or_else(|| self.posted.plus_days(Self::TRIED_DAYS)).plus_days(Self::DEAD_DAYS)
    }

    /// A letter of today, instead of the one of the same notice that may be there.
    pub(crate) fn instead_of(before: Option<Self>, notice: Notice, today: Day) -> Result<Self, Fault> {
        let mut id = [0; 16];
        seal::random(&mut id)?;
        let posted = before.filter(|it| it.dead.is_none()).map_or(today, |it| it.posted);
        Ok(Self { id: LetterId::new(id), notice, posted, dead: None })
    }
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is done with: delivered, or nobody is there to get it, or its term as a dead one ended. It goes.
    Gone,
    /// Nobody tries any more, from this day; it stays, to be seen.
    Dead(Day),
}

/// What became of letters, and is kept with the next commit of a tick: that something left must cost no commit of its
/// own, which would show on the disk's clock that a tick converged (P-64).
#[derive(Default)]
pub(crate) struct Fates(Mutex<BTreeMap<LetterId, Fate>>);

impl Fates {
    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<LetterId, Fate>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what became of letters.
    pub(crate) fn note(&self, fates: impl IntoIterator<Item = (LetterId, Fate)>) {
        self.change(|known| known.extend(fates));
    }

    /// What was noted and not kept yet.
    pub(crate) fn noted(&self) -> BTreeMap<LetterId, Fate> {
        self.change(|known| known.clone())
    }

    /// Forgets what is kept by now.
    pub(crate) fn kept(&self, fates: &BTreeMap<LetterId, Fate>) {
        self.change(|known| known.retain(|id, _| !fates.contains_key(id)));
    }
}
