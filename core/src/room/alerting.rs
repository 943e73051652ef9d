//! Alerting: when a judgement opens an alert, and how an open alert follows its signals.

use std::collections::{BTreeMap, BTreeSet};

use super::convergence::Judgement;
use crate::alert::{Alert, AlertId, AlertParts, Call, Deed, Done, Lead, ListedSignal, Progress, calls};
use crate::case::Outcome;
use crate::manifest::{Manifest, Rule};
use crate::processing::SubjectId;
use crate::value::{ConnectionId, Day, Kind, RegionId, Severity, Signal};

/// What became of an open alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// Nothing changed.
    Same,
    /// Its list or numbers changed; nobody needs telling.
    Changed(Alert),
    /// Nobody did yet what is to be done: those who are to act get a letter, and nothing else.
    Reminded(Alert),
    /// A domain or a region joined, the circle of its owners widened, its lead has to decide, or it lapsed: its
    /// coordinators are told.
    Told(Alert),
}

/// Days after which an alert that nobody picked up ends (V-24).
pub const NEGLECTED_AFTER_DAYS: u32 = 90;

/// Days in which the lead of an alert whose signals no longer meet the rule decides (V-33).
pub const DECIDE_WITHIN_DAYS: u32 = 14;

/// Days for which an alert is kept after it lapsed or was closed as unfounded (V-24).
pub const UNFOUNDED_KEPT_DAYS: u32 = 30;

/// Days for which an alert is kept after it was closed with another outcome: 12 months (V-24).
pub const CLOSED_KEPT_DAYS: u32 = 365;

/// Days after which a closed alert is kept without its signals and contact requests: 3 months (V-24).
pub const SIGNALS_KEPT_DAYS: u32 = 92;

/// What is left of an alert on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// All of it.
    Whole,
    /// What was decided, without its signals and without whom was asked to phone.
    Decisions,
    /// Nothing.
    Nothing,
}

/// What is left of an alert on a day. There is no archive, and an open one is whole.
#[must_use]
pub fn left(alert: &Alert, today: Day) -> Left {
    match last_days(alert) {
        Some(LastDays { decisions, .. }) if decisions < today => Left::Nothing,
        Some(LastDays { signals, .. }) if signals < today => Left::Decisions,
        Some(_) | None => Left::Whole,
    }
}

/// The last days on which an alert that ended is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastDays {
    /// With its signals and with whom was asked to phone.
    pub signals: Day,
    /// With what was decided; never before the other.
    pub decisions: Day,
}

/// Through which days an alert is kept; `None` of an open one. What was decided before it was opened again is kept as long as
/// if it had not been.
#[must_use]
pub fn last_days(alert: &Alert) -> Option<LastDays> {
    let (ended, kept_days) = match alert.progress() {
        Progress::Waiting { .. } | Progress::Led(_) => return None,
        Progress::Lapsed { on, .. } => (*on, UNFOUNDED_KEPT_DAYS),
        Progress::Closed(closing) if closing.outcome == Outcome::Unfounded => {
            (closing.on, UNFOUNDED_KEPT_DAYS)
        }
        Progress::Closed(closing) => (closing.on, CLOSED_KEPT_DAYS),
    };
    let has_outcome =
        |it: &&Done| matches!(it.act.deed, Deed::Close { outcome, .. } if outcome != Outcome::Unfounded);
    let decided = alert.acts().iter().filter(has_outcome).map(|it| it.on.plus_days(CLOSED_KEPT_DAYS)).max();
    Some(LastDays {
        signals: ended.plus_days(kept_days.min(SIGNALS_KEPT_DAYS)),
        decisions: decided.into_iter().fold(ended.plus_days(kept_days), Day::max),
    })
}

/// Opens an alert for signals that converge.
#[must_use]
pub fn open(
    id: AlertId,
    subject: SubjectId,
    kind: Kind,
    rule: &Rule,
    judgement: Judgement,
    today: Day,
) -> Alert {
    Alert::new(AlertParts {
        id,
        subject: Some(subject),
        kind,
        opened: today,
        progress: Progress::Waiting { since: today, reopened: false },
        calls: 0,
        rule: rule.name.clone(),
        numbers: judgement.numbers,
        regions: regions_of(&judgement.listed),
        acts: Vec::new(),
        contacts: Vec::new(),
        signals: sorted(judgement.listed),
    })
}

/// Opens an alert again that was closed.
#[must_use]
pub fn reopen(closed: &Alert, rule: &Rule, judgement: Judgement, today: Day) -> Alert {
    Alert::new(AlertParts {
        progress: Progress::Waiting { since: today, reopened: true },
        calls: 0,
        rule: rule.name.clone(),
        numbers: judgement.numbers,
        regions: regions_of(&judgement.listed),
        signals: sorted(judgement.listed),
        ..closed.clone().into_parts()
    })
}

/// Whether signals that converge say something that no coordinator judged: a counted one without the mark of
/// `judged` is hard, or of a domain that no marked one is of. Where none is marked, they do.
#[must_use]
pub fn is_news(judgement: &Judgement, judged: impl Fn(&ListedSignal) -> bool) -> bool {
    let counted = judgement.listed.iter().filter(|it| it.counts());
    let (marked, new): (Vec<_>, Vec<_>) = counted.partition(|it| judged(it));
    let domains: BTreeSet<_> = marked.iter().map(|it| it.domain()).collect();
    let is_new = |it: &&ListedSignal| {
        it.signal().content().severity() == Severity::Hard || !domains.contains(&it.domain())
    };
    marked.is_empty() || new.iter().any(is_new)
}

/// Lets an open alert follow what the rule now makes of its signals. A lapsed alert keeps the numbers that
/// last met the rule and the regions that were told of it. One that somebody leads never lapses by itself: its
/// lead is told, and decides.
#[must_use]
pub fn follow(alert: &Alert, manifest: &Manifest, judgement: Judgement, today: Day) -> Followed {
    let regions = regions_of(&judgement.listed);
    let joined =
        !judgement.numbers.domains.is_subset(&alert.numbers().domains) || !regions.is_subset(alert.regions());
    let progress = progress(alert.progress(), judgement.converges, today);
    let holds = judgement.converges && !matches!(progress, Progress::Lapsed { .. });
    let unmet = |it: &Progress| it.lead().is_some_and(|it| it.unmet_since.is_some());
    let unmet = unmet(&progress) && !unmet(alert.progress());
    let followed = Alert::new(AlertParts {
        progress,
        rule: manifest.rule().name.clone(),
        numbers: if holds { judgement.numbers } else { alert.numbers().clone() },
        regions: if holds { regions } else { alert.regions().clone() },
        signals: sorted(judgement.listed),
        ..alert.clone().into_parts()
    });
    let (calls, call) = calls(&followed, manifest, today);
    let followed = Alert::new(AlertParts { calls, ..followed.into_parts() });
    if followed == *alert {
        Followed::Same
    } else if joined || unmet || call == Some(Call::Widen) || !followed.is_open() {
        Followed::Told(followed)
    } else if call == Some(Call::Remind) {
        Followed::Reminded(followed)
    } else {
        Followed::Changed(followed)
    }
}

fn progress(now: &Progress, converges: bool, today: Day) -> Progress {
    match now {
        Progress::Waiting { since, .. } => {
            let neglected = since.days_until(today).is_some_and(|days| days > NEGLECTED_AFTER_DAYS);
            if converges && !neglected { now.clone() } else { Progress::Lapsed { since: *since, on: today } }
        }
        Progress::Led(lead) if converges => Progress::Led(Lead { unmet_since: None, ..lead.clone() }),
        Progress::Led(lead) if lead.unmet_since.is_none() => Progress::Led(Lead {
            unmet_since: Some(today),
            next_check: lead.next_check.min(today.plus_days(DECIDE_WITHIN_DAYS)),
            ..lead.clone()
        }),
        Progress::Led(_) | Progress::Closed(_) | Progress::Lapsed { .. } => now.clone(),
    }
}

/// An alert that nobody leads and whose child turned out to have another: it ends, without signals, and its
/// coordinators are told.
#[must_use]
pub fn absorbed(alert: &Alert, today: Day) -> Alert {
    let since = match alert.progress() {
        Progress::Waiting { since, .. } => *since,
        Progress::Led(_) | Progress::Closed(_) | Progress::Lapsed { .. } => alert.opened(),
    };
    let progress = Progress::Lapsed { since, on: today };
    Alert::new(AlertParts { progress, signals: Vec::new(), ..alert.clone().into_parts() })
}

/// The signals an alert is judged by: those found under its pseudonym now, and its copies of those that this
/// pseudonym does not hold (a signal not yet carried into the newer of two epochs). Each signal once, in its
/// highest revision.
#[must_use]
pub fn signals_of(alert: &Alert, found: Vec<(ConnectionId, Signal)>) -> Vec<(ConnectionId, Signal)> {
    let key = |id: &ConnectionId, signal: &Signal| (id.clone(), signal.reference());
    let mut all: BTreeMap<_, _> =
        found.into_iter().map(|(id, signal)| (key(&id, &signal), (id, signal))).collect();
    for copy in alert.signals() {
        let (id, signal) = (copy.connection(), copy.signal());
        let newer = all.get(&key(id, signal)).is_some_and(|(_, it)| it.revision() >= signal.revision());
        if !newer {
            all.insert(key(id, signal), (id.clone(), signal.clone()));
        }
    }
    all.into_values().collect()
}

fn regions_of(listed: &[ListedSignal]) -> BTreeSet<RegionId> {
    listed.iter().map(|it| it.signal().content().region().clone()).collect()
}

/// By month, then sender, then reference: the same list looks the same whatever order it was filed in.
fn sorted(mut listed: Vec<ListedSignal>) -> Vec<ListedSignal> {
    listed.sort_by(|a, b| {
        let key = |it: &ListedSignal| {
            (it.signal().content().month(), it.connection().clone(), *it.signal().reference().bytes())
        };
        key(a).cmp(&key(b))
    });
    listed
}
