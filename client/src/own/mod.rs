//! An agency's own signals after they were sent: withdrawn, or extended on a new judgement.
//!
//! The journal knows no identifier, and the hub forgets every pseudonym. So a signal ends by its reference alone, and
//! is extended only by sending it again: from the agency's own source, with a higher revision, of this month (P-42,
//! V-20). Knows nothing of what became of a signal elsewhere.

mod extension;

use std::collections::HashSet;
use std::time::Duration;

use samenloop_core::clock::Clock;
use samenloop_core::value::SignalReference;

pub use extension::{Extension, Extensions, NotExtended, extend, extendable, extensions};

use crate::hub::Hub;
use crate::input::{Column, is_reference};
use crate::journal::{self, WithdrawalReason};
use crate::membership::Membership;
use crate::prepare::SentLine;
use crate::push::{Observer, Push, PushFault, Totals};
use crate::refusal::Refusal;
use crate::remark::Remark;

/// How a change of own signals went: what the hub took, and what was refused where.
#[derive(Debug, Default)]
pub struct Outcome {
    totals: Totals,
    /// By the place among the references asked for, from 1; of an extension by its line in the file.
    refused: Vec<(u64, Refusal)>,
    unknown: Vec<String>,
    fault: Option<PushFault>,
}

impl Outcome {
    /// The counts.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What was refused: of a withdrawal by its place among the references, from 1; of an extension by its line.
    #[must_use]
    pub fn refused(&self) -> &[(u64, Refusal)] {
        &self.refused
    }

    /// References that the journal never saw. The hub was told of them all the same.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// What stopped it before its end, if anything did.
    #[must_use]
    pub const fn fault(&self) -> Option<&PushFault> {
        self.fault.as_ref()
    }

    /// The fault, for whoever cannot go on.
    #[must_use]
    pub fn into_fault(self) -> Option<PushFault> {
        self.fault
    }

    fn ended(mut self, pushed: Result<Totals, (Totals, PushFault)>) -> Self {
        (self.totals, self.fault) = match pushed {
            Ok(totals) => (totals, None),
            Err((totals, fault)) => (totals, Some(fault)),
        };
        self
    }
}

impl Observer for Outcome {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        self.refused.push((line, refusal.clone()));
    }
    fn remarked(&mut self, _: u64, _: Remark) {}
    fn progress(&mut self, _: &Totals) {}
    fn waiting(&mut self) {}
}

/// Withdraws signals by the agency's own references. What is no reference is refused; one that the journal never saw
/// is sent, as another machine of the agency may have sent it. The reason stays in the journal.
///
/// # Errors
/// [`PushFault`] before anything is sent; what stops it later is in the outcome.
pub async fn withdraw(
    membership: &Membership,
    hub: &Hub,
    clock: &dyn Clock,
    references: &[String],
    reason: WithdrawalReason,
    wait: Duration,
) -> Result<Outcome, PushFault> {
    let key = membership.reference_key()?;
    let path = membership.config().journal();
    let mut journal = membership.journal(clock.today())?;
    let mut outcome = Outcome::default();
    let mut asked: Vec<(u64, SignalReference, &str)> = Vec::new();
    for (at, local) in (1..).zip(references.iter().map(|it| it.trim())) {
        if !is_reference(local) {
            outcome.refused.push((at, Refusal::ReferenceInvalid(Column::Reference)));
            continue;
        }
        let reference = key.reference(local);
        if !asked.iter().any(|(_, other, _)| *other == reference) {
            asked.push((at, reference, local));
        }
    }
    let wanted: HashSet<_> = asked.iter().map(|(_, reference, _)| *reference).collect();
    let known = journal::entries_of(path, &wanted)?;
    let unknown = asked.iter().filter(|(_, it, _)| !known.contains_key(it));
    outcome.unknown = unknown.map(|(_, _, local)| (*local).to_owned()).collect();
    let line = |(at, reference, local): &(u64, SignalReference, &str)| {
        let entry = known.get(reference);
        SentLine {
            line: *at,
            reference: *reference,
            local_reference: (*local).to_owned(),
            months: entry.map(|it| (it.month, it.expiry)),
            revision: entry.map_or(0, |it| it.revision),
            withdrawn: Some(reason),
            case_reference: entry.and_then(|it| it.case_reference.clone()),
        }
    };
    let lines = asked.iter().map(line).collect();
    let pushed =
        Push { hub, journal: &mut journal, clock, observer: &mut outcome, wait }.withdraw(lines).await;
    Ok(outcome.ended(pushed))
}
