//! The outbox: what is to leave the hub, until it did.

use samenloop_core::alert::Notice;
use samenloop_core::value::Day;

use crate::{Fault, seal};

/// A letter's own number: 16 random bytes that say nothing, and by which a recipient knows a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterId([u8; 16]);

impl LetterId {
    /// The letter of this number.
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

/// A notice on its way out. There is one letter of a notice at most: a later one replaces it, under another number, so
/// that what was just delivered does not count for what happened since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its number.
    pub id: LetterId,
    /// What it tells, and to whom.
    pub notice: Notice,
    /// The day it was written.
    pub posted: Day,
    /// Since when nobody tries any more.
    pub dead: Option<Day>,
}

impl Letter {
    pub(crate) fn fresh(notice: Notice, posted: Day) -> Result<Self, Fault> {
        let mut id = [0; 16];
        seal::random(&mut id)?;
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
