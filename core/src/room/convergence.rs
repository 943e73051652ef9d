//! The rule: when signals of one child converge.

use std::collections::BTreeSet;

use crate::alert::{ListedSignal, Numbers};
use crate::manifest::{Manifest, Rule};
use crate::value::{Code, ConnectionId, Day, Observation, OrganisationId, Severity, Signal};

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

fn numbers<'s>(listed: impl IntoIterator<Item = &'s ListedSignal>) -> Numbers {
    let mut numbers = Numbers::default();
    let mut pairs: BTreeSet<(&OrganisationId, Option<Code>)> = BTreeSet::new();
    for signal in listed.into_iter().filter(|it| it.counts()) {
        let content = signal.signal().content();
        numbers.domains.insert(signal.domain());
        numbers.organisations.insert(signal.organisation().clone());
        numbers.hard |= content.severity() == Severity::Hard;
        pairs.insert((signal.organisation(), content.code()));
    }
    numbers.pairs = pairs.len();
    numbers
}

/// What numbers lack to meet a rule; all zero where they do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Different domains.
    pub domains: usize,
    /// Different organisations.
    pub organisations: usize,
    /// Different (organisation, code) pairs, with or without a hard signal as the numbers are.
    pub pairs: usize,
}

impl Lacking {
    /// Whether nothing is.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// What the numbers lack to meet the rule.
#[must_use]
pub fn lacking(rule: &Rule, numbers: &Numbers) -> Lacking {
    let pairs = if numbers.hard { rule.pairs_with_hard.min(rule.pairs) } else { rule.pairs };
    Lacking {
        domains: rule.domains.saturating_sub(numbers.domains.len()),
        organisations: rule.organisations.saturating_sub(numbers.organisations.len()),
        pairs: pairs.saturating_sub(numbers.pairs),
    }
}

/// Whether the numbers meet the rule.
#[must_use]
pub fn meets(rule: &Rule, numbers: &Numbers) -> bool {
    lacking(rule, numbers).is_nothing()
}

/// What the rule would lack had one of these signals not been there (V-13).
#[must_use]
pub fn lacking_without(rule: &Rule, listed: &[ListedSignal], left: &ListedSignal) -> Lacking {
    lacking(rule, &numbers(listed.iter().filter(|it| !it.is_same_signal(left))))
}
