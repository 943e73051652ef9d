//! Alerting: when a judgement opens an alert, and how an open alert follows its signals.

use std::collections::{BTreeMap, BTreeSet};

use super::convergence::Judgement;
use crate::alert::{Alert, AlertId, AlertParts, AlertState, ListedSignal};
use crate::manifest::Rule;
use crate::value::{ConnectionId, Day, Kind, RegionId, Signal};

/// What became of an open alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// Nothing changed.
    Same,
    /// Its list or numbers changed; nobody needs telling.
    Changed(Alert),
    /// A domain or a region joined, or it lapsed: its coordinators are told.
    Told(Alert),
}

/// Opens an alert for signals that converge.
#[must_use]
pub fn open(id: AlertId, kind: Kind, rule: &Rule, judgement: Judgement, today: Day) -> Alert {
    Alert::new(AlertParts {
        id,
        kind,
        opened: today,
        state: AlertState::New,
        rule: rule.name.clone(),
        numbers: judgement.numbers,
        regions: regions_of(&judgement.listed),
        signals: sorted(judgement.listed),
    })
}

/// Lets an open alert follow what the rule now makes of its signals. A lapsed alert keeps the numbers that
/// last met the rule and the regions that were told of it.
#[must_use]
pub fn follow(alert: &Alert, rule: &Rule, judgement: Judgement) -> Followed {
    let regions = regions_of(&judgement.listed);
    let joined =
        !judgement.numbers.domains.is_subset(&alert.numbers().domains) || !regions.is_subset(alert.regions());
    let parts = AlertParts {
        id: alert.id(),
        kind: alert.kind(),
        opened: alert.opened(),
        state: if judgement.converges { AlertState::New } else { AlertState::Lapsed },
        rule: rule.name.clone(),
        numbers: if judgement.converges { judgement.numbers } else { alert.numbers().clone() },
        regions: if judgement.converges { regions } else { alert.regions().clone() },
        signals: sorted(judgement.listed),
    };
    let followed = Alert::new(parts);
    if followed == *alert {
        Followed::Same
    } else if joined || !followed.is_open() {
        Followed::Told(followed)
    } else {
        Followed::Changed(followed)
    }
}

/// An alert whose child turned out to have an older one: it ends, without signals, and its coordinators are
/// told.
#[must_use]
pub fn absorbed(alert: &Alert) -> Alert {
    Alert::new(AlertParts {
        id: alert.id(),
        kind: alert.kind(),
        opened: alert.opened(),
        state: AlertState::Lapsed,
        rule: alert.rule().to_owned(),
        numbers: alert.numbers().clone(),
        regions: alert.regions().clone(),
        signals: Vec::new(),
    })
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
