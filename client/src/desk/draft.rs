//! What a visitor is busy with, each under a number that works once.
//!
//! The number is in the form; whoever sends the form takes the draft away with it. A second tab, a second press of the
//! button or a page from long ago then finds nothing, and nothing is sent twice.

use std::collections::VecDeque;

use samenloop_core::alert::Act;
use samenloop_core::value::{Code, SignalReference};
use samenloop_proto::v1;

use super::token::{NoRandom, Token};
use crate::contact::{Known, Request};
use crate::prepare::SentLine;

/// Drafts that one session keeps; the oldest goes first.
const MOST: usize = 8;

/// What was filled in of a signal, as it was typed. Has no place for the number of the child: that is in the form or
/// nowhere.
#[derive(Clone, Default)]
pub(super) struct Filling {
    /// Our own signal that this extends; `None` for a new one.
    pub(super) extends: Option<SignalReference>,
    /// A professional judged anew that the concern still holds: of an extension alone.
    pub(super) is_judged: bool,
    /// Acute, and the route was followed (V-15).
    pub(super) is_acute: bool,
    pub(super) code: Option<Code>,
    pub(super) kind: String,
    pub(super) severity: String,
    pub(super) month: String,
    pub(super) region: String,
    pub(super) observation: String,
    pub(super) heard_from: String,
    pub(super) case_reference: String,
}

/// A signal as it will leave, byte for byte, and what to fill in again should it be changed.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) batch: v1::SignalBatch,
    /// What the journal needs of it.
    pub(super) lines: Vec<SentLine>,
    pub(super) filling: Filling,
}

/// What stands behind a form.
pub(super) enum Draft {
    /// A signal that is being filled in.
    Signal(Filling),
    /// A signal that was looked over.
    Ready(Box<Ready>),
    /// A signal of our own that is about to be withdrawn.
    Withdrawal(SignalReference),
    /// The form of an act on an alert, by its path.
    Act(String),
    /// An act on an alert that left, of which it is not known whether it was done.
    Sent(Box<Sent>),
    /// A contact request that is about to be answered.
    Answer(Box<Answering>),
}

/// An act on an alert that leaves.
pub(super) struct Sent {
    /// The path of its form.
    pub(super) of: String,
    pub(super) act: Act,
    /// What goes by phone at a hand-over, in lines; else empty.
    pub(super) behind: String,
}

/// A contact request, and what was chosen as its answer so far, as it was typed.
pub(super) struct Answering {
    pub(super) request: Request,
    pub(super) known: Known,
    pub(super) answer: String,
    pub(super) until: String,
}

impl Draft {
    /// A signal of which nothing was filled in.
    #[cfg(test)]
    pub(super) fn empty() -> Self {
        Self::Signal(Filling::default())
    }
}

/// The drafts of one session.
#[derive(Default)]
pub(super) struct Drafts(VecDeque<(Token, Draft)>);

impl Drafts {
    /// Keeps a draft under a number of its own.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn keep(&mut self, draft: Draft) -> Result<String, NoRandom> {
        let token = Token::draw()?;
        let number = token.text().to_owned();
        self.0.push_back((token, draft));
        if self.0.len() > MOST {
            self.0.pop_front();
        }
        Ok(number)
    }

    /// Takes the draft of a number; `None` the second time.
    pub(super) fn take(&mut self, number: &str) -> Option<Draft> {
        let at = self.0.iter().position(|(token, _)| token.is(number))?;
        self.0.remove(at).map(|(_, draft)| draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_works_once_and_the_oldest_draft_goes_first() {
        let mut drafts = Drafts::default();
        let numbers: Vec<_> = (0..=MOST).map(|_| drafts.keep(Draft::empty()).unwrap()).collect();
        assert!(drafts.take(&numbers[0]).is_none(), "more than it keeps");
        for number in &numbers[1..] {
            assert!(drafts.take(number).is_some());
            assert!(drafts.take(number).is_none(), "twice");
        }
        assert!(drafts.take("").is_none());
    }
}
