//! Explaining an alert: the rule of its day over what the hub shows, on the coordinator's own machine, and whether that
//! gives what the hub says (V-42).
//!
//! A hub can still make up signals of a region whose details are sealed to others: what no seal confirms is named, and
//! only its organisation can tell.

use std::collections::BTreeSet;

use samenloop_core::alert::Numbers;
use samenloop_core::manifest::Manifest;
use samenloop_core::room::admission::term_months;
use samenloop_core::room::convergence::{Judgement, Lacking, lacking};
use samenloop_core::taxonomy::CodeEntry;
use samenloop_core::value::{Day, RegionId};
use samenloop_manifest::taxonomy;

use super::AlertView;
use super::judged::{is, judged, key};
use super::picture::{Numbered, numbered};
use crate::details::Opened;

mod json;
mod say;

pub use json::explanation_json;
pub use say::{explanation_text, whom_to_call};

/// Signals that an alert carries at most, by the schema: of more, numbers cannot be counted from what is shown.
const MOST_SIGNALS: usize = 500;

/// Whether the rule and the hub agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They do.
    Agrees,
    /// They do not: the hub shows something that cannot be.
    Differs,
    /// The alert has ended, and its signals may have ended since: what is left shows nothing wrong, and proves nothing.
    Ended,
}

/// What a rule made of an alert, and what speaks against the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The day by which it was judged.
    pub day: Day,
    /// The numbers of the signals as shown.
    pub numbers: Numbers,
    /// What they lack to meet the rule.
    pub lacking: Lacking,
    /// What cannot be; none where the rule and the hub agree.
    pub doubts: Vec<Doubt<'a>>,
    /// Counted signals of which no seal confirms what the hub shows: they are sealed to coordinators of other regions, or
    /// from before this one took part.
    pub unsealed: Vec<Numbered<'a>>,
    has_ended: bool,
}

/// Why what the hub shows cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt<'a> {
    /// The alert names another rule than the manifest of the day has.
    Rule,
    /// The signals do not meet the rule.
    Unmet(Lacking),
    /// They do, and the hub says that they do not.
    Met,
    /// The hub gives other numbers than its signals have.
    Numbers,
    /// The hub names other regions than its signals have.
    Regions,
    /// One of the signals.
    Signal(Numbered<'a>, Wrong),
}

/// What is wrong with a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Listed twice.
    Twice,
    /// No such signal is ever taken: of a code that is none, of another severity than its code, of a later month, or
    /// beyond its term.
    Impossible,
    /// By the manifest its organisation is of another domain.
    Misplaced,
    /// Its organisation takes no part on the day.
    Outside,
    /// It has ended.
    Ended,
    /// The hub counts what the rule does not, or leaves out what the rule counts.
    Counts,
    /// Its organisation sealed something else than the hub shows.
    Mismatch,
    /// Its sealed details cannot be read.
    Unreadable,
}

impl Wrong {
    /// The stable name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::Impossible => "impossible",
            Self::Misplaced => "misplaced",
            Self::Outside => "takes-no-part",
            Self::Ended => "ended",
            Self::Counts => "counts",
            Self::Mismatch => "mismatch",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Doubt<'_> {
    /// The stable name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Unmet(_) => "unmet",
            Self::Met => "met",
            Self::Numbers => "numbers",
            Self::Regions => "regions",
            Self::Signal(_, wrong) => wrong.name(),
        }
    }
}

impl<'a> Explanation<'a> {
    /// Judges an alert as it is shown, by the manifest that acts on a day.
    #[must_use]
    pub fn new(alert: &'a AlertView, manifest: &Manifest, today: Day) -> Self {
        let judgement = judged(alert, manifest, today);
        let lacking = lacking(manifest.rule(), &judgement.numbers);
        let has_ended = alert.state.is_ended();
        let mut doubts: Vec<_> = signal_doubts(alert, &judgement, manifest, today)
            .into_iter()
            .filter(|(_, wrong)| !has_ended || wrong.lasts())
            .map(|(signal, wrong)| Doubt::Signal(signal, wrong))
            .collect();
        if !has_ended {
            doubts.extend(alert_doubts(alert, &judgement, manifest, lacking));
        }
        let sealed = |it: &Numbered<'_>| matches!(it.signal.opened, Opened::Same(_));
        let unsealed = numbered(alert).filter(|it| it.signal.counts && !sealed(it)).collect();
        Self { day: today, numbers: judgement.numbers, lacking, doubts, unsealed, has_ended }
    }

    /// Whether the rule and the hub agree.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match (self.doubts.is_empty(), self.has_ended) {
            (false, _) => Verdict::Differs,
            (true, true) => Verdict::Ended,
            (true, false) => Verdict::Agrees,
        }
    }
}

impl Wrong {
    /// Whether it is wrong on an alert that has ended as well: what is listed there was so once.
    const fn lasts(self) -> bool {
        match self {
            Self::Twice | Self::Impossible | Self::Mismatch | Self::Unreadable => true,
            Self::Misplaced | Self::Outside | Self::Ended | Self::Counts => false,
        }
    }
}

fn signal_doubts<'a>(
    alert: &'a AlertView,
    judgement: &Judgement,
    manifest: &Manifest,
    today: Day,
) -> Vec<(Numbered<'a>, Wrong)> {
    let mut seen = BTreeSet::new();
    let mut doubts = Vec::new();
    for it in numbered(alert) {
        let (view, shown) = (it.signal, &it.signal.shown);
        let listed = judgement.listed.iter().find(|listed| is(listed, view));
        let takes_part = manifest.connection(&shown.connection).is_some_and(|it| it.is_valid(today));
        let mut note = |is_so: bool, wrong| doubts.extend(is_so.then_some((it, wrong)));
        note(!seen.insert(key(view)), Wrong::Twice);
        note(is_impossible(it, today), Wrong::Impossible);
        note(takes_part && view.is_misplaced, Wrong::Misplaced);
        note(!takes_part, Wrong::Outside);
        note(takes_part && !view.is_misplaced && listed.is_none(), Wrong::Ended);
        note(listed.is_some_and(|it| it.counts() != view.counts), Wrong::Counts);
        note(matches!(view.opened, Opened::Mismatch(_)), Wrong::Mismatch);
        note(matches!(view.opened, Opened::Unreadable), Wrong::Unreadable);
    }
    doubts
}

fn is_impossible(of: Numbered<'_>, today: Day) -> bool {
    let shown = &of.signal.shown;
    let entry = shown.code.map(|it| taxonomy().entry(it));
    let severity = |entry: CodeEntry| entry.severity();
    let unlike = entry.is_some_and(|it| it.map(severity) != Some(shown.severity));
    let term = term_months(shown.severity, entry.flatten());
    unlike || shown.month > today.month() || of.signal.expires > shown.month.plus(term).last_day()
}

fn alert_doubts<'a>(
    alert: &AlertView,
    judgement: &Judgement,
    manifest: &Manifest,
    lacking: Lacking,
) -> Vec<Doubt<'a>> {
    let mut doubts = Vec::new();
    let mut note = |is_so: bool, doubt| doubts.extend(is_so.then_some(doubt));
    note(alert.rule != manifest.rule().name, Doubt::Rule);
    if alert.follow_up.unmet_since.is_some() {
        // Its numbers and regions are those that last met the rule.
        note(judgement.converges, Doubt::Met);
        return doubts;
    }
    note(!judgement.converges, Doubt::Unmet(lacking));
    if alert.signals.len() < MOST_SIGNALS {
        let regions: BTreeSet<&RegionId> = alert.signals.iter().map(|it| &it.shown.region).collect();
        note(!has_numbers(alert, &judgement.numbers), Doubt::Numbers);
        note(alert.regions.iter().collect::<BTreeSet<_>>() != regions, Doubt::Regions);
    }
    doubts
}

/// Whether the hub gives these numbers.
fn has_numbers(alert: &AlertView, numbers: &Numbers) -> bool {
    alert.domains.iter().copied().collect::<BTreeSet<_>>() == numbers.domains
        && alert.organisations.iter().map(String::as_str).collect::<BTreeSet<_>>()
            == numbers.organisations.iter().map(|it| it.as_str()).collect::<BTreeSet<_>>()
        && usize::try_from(alert.pairs).is_ok_and(|it| it == numbers.pairs)
        && alert.hard == numbers.hard
}

#[cfg(test)]
mod tests;
