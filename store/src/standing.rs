//! How many signals of a connection are filed under an epoch, and under which other epochs too: counted as
//! they are filed, so that a rotation can be followed without opening a row.

use std::collections::BTreeMap;

use samenloop_core::value::{ConnectionId, Day, Epoch, Month};

use crate::Standing;

/// The signals of one connection under one epoch: by the epoch under which they are filed as well, the same one
/// included, and by the last month in which they count under both.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts(pub(crate) BTreeMap<(Epoch, Month), u64>);

impl Counts {
    /// What they say on a day, given the epoch that is the newest.
    pub(crate) fn standing(&self, epoch: Epoch, newest: Option<Epoch>, today: Day) -> Standing {
        let under = |wanted: Option<Epoch>| {
            let alive =
                self.0.iter().filter(|((it, month), _)| Some(*it) == wanted && today <= month.last_day());
            alive.map(|(_, signals)| *signals).sum()
        };
        Standing { filed: under(Some(epoch)), carried: under(newest) }
    }

    /// Applies what a transaction changed, and drops months that are long past.
    fn apply(&mut self, changes: &BTreeMap<(Epoch, Month), i64>, today: Day) {
        for (cell, change) in changes {
            let signals = self.0.entry(*cell).or_default();
            *signals = signals.saturating_add_signed(*change);
        }
        // A month longer than they count, so that a clock set back a little finds them.
        self.0.retain(|(_, month), signals| *signals > 0 && today <= month.plus(1).last_day());
    }

    /// Forgets months that ended before a day; says whether there were any.
    pub(crate) fn forget_before(&mut self, today: Day) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, month), _| today <= month.last_day());
        self.0.len() < before
    }

    /// Forgets what it counts of another epoch; says whether there was anything.
    pub(crate) fn forget(&mut self, epoch: Epoch) -> bool {
        let before = self.0.len();
        self.0.retain(|(under, _), _| *under != epoch);
        self.0.len() < before
    }
}

/// The epochs under which one reference is filed, each with the month in which it ends there.
pub(crate) type Filed = Vec<(Epoch, Month)>;

/// What one transaction changes in the counts.
#[derive(Default)]
pub(crate) struct Changes(BTreeMap<(ConnectionId, Epoch), BTreeMap<(Epoch, Month), i64>>);

impl Changes {
    /// A reference of `connection` was filed so before a line, and is filed so after it.
    pub(crate) fn note(&mut self, connection: &ConnectionId, before: &Filed, after: &Filed) {
        if before == after {
            return;
        }
        for (filed, change) in [(before, -1), (after, 1)] {
            for (epoch, month) in filed {
                let counts = self.0.entry((connection.clone(), *epoch)).or_default();
                for (other, until) in filed {
                    *counts.entry((*other, *until.min(month))).or_default() += change;
                }
            }
        }
    }

    /// The counts that change, each with how: apply it to what is kept of them.
    pub(crate) fn into_each(
        self,
        today: Day,
    ) -> impl Iterator<Item = (ConnectionId, Epoch, impl FnOnce(&mut Counts))> {
        self.0.into_iter().map(move |((connection, epoch), changes)| {
            (connection, epoch, move |counts: &mut Counts| counts.apply(&changes, today))
        })
    }
}

#[cfg(test)]
mod tests {
    use samenloop_core::fixture::{connection, day, month};

    use super::*;

    fn after(changes: Changes, counts: &mut BTreeMap<Epoch, Counts>, today: &str) {
        for (_, epoch, change) in changes.into_each(day(today)) {
            change(counts.entry(epoch).or_default());
        }
    }

    #[test]
    fn what_is_carried_over_is_counted_under_both_and_only_while_both_last() {
        let (one, two) = (Epoch::new(1), Epoch::new(2));
        let (short, long) = (month("2027-01"), month("2027-05"));
        let mut counts = BTreeMap::new();
        let mut changes = Changes::default();
        let school = connection("school-west");
        changes.note(&school, &vec![], &vec![(one, long)]);
        changes.note(&school, &vec![], &vec![(one, long)]);
        changes.note(&school, &vec![(one, long)], &vec![(one, long), (two, short)]);
        after(changes, &mut counts, "2026-11-22");
        let standing =
            |counts: &BTreeMap<Epoch, Counts>, today: &str| counts[&one].standing(one, Some(two), day(today));
        assert_eq!(standing(&counts, "2027-01-31"), Standing { filed: 2, carried: 1 });
        assert_eq!(standing(&counts, "2027-02-01"), Standing { filed: 2, carried: 0 });
        assert_eq!(standing(&counts, "2027-06-01"), Standing { filed: 0, carried: 0 });
        let mut changes = Changes::default();
        changes.note(&school, &vec![(one, long), (two, short)], &vec![]);
        after(changes, &mut counts, "2026-11-22");
        assert_eq!(standing(&counts, "2026-11-22"), Standing { filed: 1, carried: 0 });
        assert!(counts[&two].0.is_empty(), "nothing is left under the other");
    }
}
