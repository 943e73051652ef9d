//! The rule: when signals of one child converge.

use std::collections::BTreeSet;

use crate::alert::{ListedSignal, Numbers};
use crate::manifest::{Manifest, Rule};
use crate::value::{Code, ConnectionId, Day, Observation, OrganisationId, Signal};

/// What the rule makes of the signals under one pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The active signals, each with whether it counts.
    pub listed: Vec<ListedSignal>,
    /// The numbers of the counted.
    pub numbers: Numbers,
    /// Whether the numbers meet the rule.
    pub converges: bool,
}

/// Applies the manifest's rule to the signals filed under one pseudonym.
///
/// Active is what has not expired and comes from a connection that takes part today; counted is what is
/// active, the connection's own observation, and of an independent domain. Withdrawn and restricted signals
/// are not given to this room. Each signal is given once, however many epochs file it.
#[must_use]
pub fn judge(
    manifest: &Manifest,
    signals: impl IntoIterator<Item = (ConnectionId, Signal)>,
    today: Day,
) -> Judgement {
    let listed: Vec<_> =
        signals.into_iter().filter_map(|(id, signal)| listed(manifest, id, signal, today)).collect();
    let numbers = numbers(&listed);
    let converges = meets(manifest.rule(), &numbers);
    Judgement { listed, numbers, converges }
}

fn listed(manifest: &Manifest, id: ConnectionId, signal: Signal, today: Day) -> Option<ListedSignal> {
    let connection = manifest.connection(&id).filter(|it| it.is_valid(today))?;
    let domain = connection.domain()?;
    if signal.content().expiry().last_day() < today {
        return None;
    }
    let counts = signal.content().observation() == Observation::Own && domain.is_independent();
    Some(ListedSignal::new(id, connection.organisation.clone(), domain, signal, counts))
}

fn numbers(listed: &[ListedSignal]) -> Numbers {
    let mut numbers = Numbers::default();
    let mut pairs: BTreeSet<(&OrganisationId, Option<Code>)> = BTreeSet::new();
    for signal in listed.iter().filter(|it| it.counts()) {
        let content = signal.signal().content();
        numbers.domains.insert(signal.domain());
        numbers.organisations.insert(signal.organisation().clone());
        numbers.hard |= content.severity() == crate::value::Severity::Hard;
        pairs.insert((signal.organisation(), content.code()));
    }
    numbers.pairs = pairs.len();
    numbers
}

/// Whether the numbers meet the rule.
#[must_use]
pub fn meets(rule: &Rule, numbers: &Numbers) -> bool {
    numbers.domains.len() >= rule.domains
        && numbers.organisations.len() >= rule.organisations
        && ((numbers.hard && numbers.pairs >= rule.pairs_with_hard) || numbers.pairs >= rule.pairs)
}
