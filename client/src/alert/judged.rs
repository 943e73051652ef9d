//! The rule of core over what the hub shows of an alert. There is no second rule: a coordinator's machine judges by the
//! room that the hub judges by, with a manifest that it verified itself.

use std::collections::BTreeMap;

use samenloop_core::alert::ListedSignal;
use samenloop_core::manifest::Manifest;
use samenloop_core::room::admission::term_months;
use samenloop_core::room::convergence::{Judgement, Lacking, judge, lacking_without};
use samenloop_core::value::{ConnectionId, Day, Signal, SignalContent};
use samenloop_manifest::taxonomy;

use super::picture::{Numbered, numbered};
use super::{AlertView, SignalView};

/// What the rule makes of the listed signals on a day. Each is taken once, and no longer than its code lets it count.
#[must_use]
pub fn judged(alert: &AlertView, manifest: &Manifest, today: Day) -> Judgement {
    let once: BTreeMap<_, _> = alert.signals.iter().rev().map(|it| (key(it), it)).collect();
    judge(manifest, once.into_values().filter_map(signal), today)
}

/// What tells one signal from another.
pub(super) fn key(signal: &SignalView) -> (&ConnectionId, [u8; 16]) {
    (&signal.shown.connection, *signal.shown.reference.bytes())
}

/// A listed signal as core takes it, without its details.
fn signal(view: &SignalView) -> Option<(ConnectionId, Signal)> {
    let shown = &view.shown;
    let content = SignalContent::new(
        shown.severity,
        shown.code,
        shown.month,
        shown.region.clone(),
        shown.observation,
        view.expires.month(),
    );
    let entry = shown.code.and_then(|it| taxonomy().entry(it));
    let longest = shown.month.plus(term_months(shown.severity, entry));
    let signal = Signal::new(shown.reference, shown.revision, content.capped(longest), Vec::new())?;
    Some((shown.connection.clone(), signal))
}

/// A counted signal, and what the alert would lack had it not been there: nothing, where the rest converges as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Without<'a> {
    pub left: Numbered<'a>,
    pub lacking: Lacking,
}

/// What would be missing without each counted signal (V-13). Empty where the signals do not converge: then none of them
/// is what it hangs on.
#[must_use]
pub fn without_each<'a>(alert: &'a AlertView, manifest: &Manifest, today: Day) -> Vec<Without<'a>> {
    let judgement = judged(alert, manifest, today);
    if !judgement.converges {
        return Vec::new();
    }
    let listed = |left: &Numbered<'_>| judgement.listed.iter().find(|it| is(it, left.signal));
    let without = |left: Numbered<'a>| {
        let signal = listed(&left).filter(|it| it.counts())?;
        Some(Without { left, lacking: lacking_without(manifest.rule(), &judgement.listed, signal) })
    };
    numbered(alert).filter_map(without).collect()
}

/// Whether core's signal is the one that is shown.
pub(super) fn is(listed: &ListedSignal, view: &SignalView) -> bool {
    listed.connection() == &view.shown.connection && listed.signal().reference() == view.shown.reference
}
