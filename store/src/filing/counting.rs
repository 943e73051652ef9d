//! What is counted as a tick or an act goes through (V-45): in its own transaction, so that neither a crash nor a repeat
//! counts anything twice.

use std::collections::BTreeSet;

use samenloop_core::alert::{Act, Alert, Deed, ListedSignal, Progress, SignalName};
use samenloop_core::batch::Put;
use samenloop_core::case::Outcome;
use samenloop_core::census::{Count, KEPT_QUARTERS, Where};
use samenloop_core::room::alerting::NEGLECTED_AFTER_DAYS;
use samenloop_core::value::ConnectionId;

use super::{Known, Ledger, Walk};
use crate::Fault;

/// The signals that some alerts list.
pub(super) fn listed_on<'a>(alerts: impl IntoIterator<Item = &'a Alert>) -> BTreeSet<SignalName> {
    alerts.into_iter().flat_map(Alert::signals).map(ListedSignal::name).collect()
}

/// Where an alert is counted.
fn place(alert: &Alert) -> Where {
    let mut regions = alert.regions().iter();
    regions.next().filter(|_| regions.next().is_none()).cloned()
}

impl<L: Ledger> Walk<'_, L> {
    fn count(&mut self, place: Where, count: Count) {
        self.census.entry(place).or_default().add(count);
    }

    fn count_signal(&mut self, listed: &ListedSignal, count: Count) {
        self.count(Some(listed.signal().content().region().clone()), count);
    }

    /// Counts a put that was `known` before or not: a reference that no epoch files any more is as good as new.
    pub(super) fn count_put(&mut self, connection: &ConnectionId, put: &Put, was_known: bool, known: &Known) {
        let Some(domain) = self.manifest.connection(connection).and_then(|it| it.domain()) else { return };
        let content = put.signal().content();
        self.count(Some(content.region().clone()), Count::sent(domain));
        if !was_known && known.records().next().is_some() {
            self.count(Some(content.region().clone()), Count::filed(domain, content.code()));
        }
    }

    /// Counts an alert that opens, or opens again, with the signals that no alert of this child listed `before`.
    pub(super) fn count_raised(&mut self, alert: &Alert, before: &BTreeSet<SignalName>) {
        self.count(place(alert), Count::raised(alert.numbers().domains.len()));
        self.count_listed(alert, before);
    }

    /// Counts the signals of an alert that no alert of this child listed `before`.
    pub(super) fn count_listed(&mut self, alert: &Alert, before: &BTreeSet<SignalName>) {
        for listed in alert.signals() {
            if !before.contains(&listed.name()) {
                self.count_signal(listed, Count::listed(listed.domain(), listed.counts()));
            }
        }
    }

    /// Counts an alert that ends by itself.
    pub(super) fn count_lapsed(&mut self, alert: &Alert) {
        if let Progress::Lapsed { since, on } = alert.progress() {
            let was_neglected = since.days_until(*on).is_some_and(|days| days > NEGLECTED_AFTER_DAYS);
            self.count(place(alert), Count::lapsed(was_neglected));
        }
    }

    /// Counts what a coordinator did.
    pub(super) fn count_act(&mut self, before: &Alert, act: &Act) {
        match &act.deed {
            Deed::Claim { .. } => {
                // Who takes over from another picks nothing up that waited.
                if let Progress::Waiting { since, .. } = before.progress() {
                    let days = since.days_until(self.today).unwrap_or_default();
                    self.count(place(before), Count::claimed(days));
                }
            }
            Deed::Confirm { .. } => self.count(place(before), Count::judged(false)),
            Deed::Unfounded { .. } => self.count(place(before), Count::judged(true)),
            Deed::Close { outcome, .. } => {
                let is_unfounded = *outcome == Outcome::Unfounded;
                self.count(place(before), Count::closed(*outcome));
                for listed in before.signals() {
                    self.count_signal(listed, Count::weighed(listed.domain(), is_unfounded));
                }
            }
            Deed::HandOver { .. } | Deed::SetNextCheck { .. } | Deed::AskContact { .. } => {}
        }
    }

    /// Notes that a quarter began, and forgets those whose term is over.
    pub(super) fn begin_quarter(&mut self) -> Result<(), Fault> {
        self.census.entry(None).or_default();
        self.ledger.forget_censuses(self.today.quarter().saturating_sub(KEPT_QUARTERS))
    }

    /// Adds what was counted to what is kept of this quarter. Not under a manifest that expired: a clock that is far
    /// ahead shows there. And not once a later quarter began: a clock that was set back may not change a quarter that
    /// was told.
    pub(super) fn keep_census(&mut self) -> Result<(), Fault> {
        let (quarter, counted) = (self.today.quarter(), std::mem::take(&mut self.census));
        if counted.is_empty() || !self.is_current() {
            return Ok(());
        }
        let last = self.ledger.last_census()?;
        if last.is_some_and(|it| it > quarter) {
            return Ok(());
        }
        for (place, more) in counted {
            let known = self.ledger.census(quarter, &place)?;
            let mut census = known.clone().unwrap_or_default();
            census.extend(&more);
            // What changes nothing is not written: a tick may have nothing else to keep.
            if known.as_ref() != Some(&census) {
                self.ledger.keep_census(quarter, &place, &census)?;
            }
        }
        Ok(())
    }
}
