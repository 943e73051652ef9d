//! Who saw an alert, and when, as its acts and the case log have it: a child may know (V-31, AVG art. 15(1)(c)).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::{EntryKind, Log, TILE_WIDTH, day_of_hours, hours_of_day};
use samenloop_core::alert::{Alert, AlertId};
use samenloop_core::value::{ConnectionId, Day};

use crate::log::Pages;
use crate::{AuditLog, Fault};

/// Hours by which Amsterdam is ahead of the clock of the log. In summer it is two: then who looked in the first hour of a
/// day is told to have looked the day before.
const AHEAD: u32 = 1;

/// Hours after which no entry has its record any more: five quarters, after which the key of one is used no longer.
const OPENS_FOR: u32 = 5 * 92 * 24;

/// The days on which somebody saw an alert or worked on it.
pub(super) type Looks = BTreeSet<(Day, ConnectionId)>;

/// Who was shown alerts, by the case log.
#[derive(Default)]
pub(super) struct Shown(BTreeMap<AlertId, Looks>);

impl Shown {
    /// Reads the log once for all these alerts, also for none, so that it takes as long; the last entry first, whoever was shown them: also who takes part no more.
    pub(super) fn read(pages: &dyn Pages, today: Day, alerts: BTreeSet<AlertId>) -> Result<Self, Fault> {
        let mut shown: BTreeMap<_, Looks> = alerts.into_iter().map(|id| (id, Looks::new())).collect();
        let (log, oldest) = (AuditLog::new(pages), hours_of_day(today).saturating_sub(OPENS_FOR));
        let (mut names, mut older) = (BTreeMap::<u64, Option<ConnectionId>>::new(), 0);
        for leaf in (0..log.size(Log::Case)?).rev() {
            let entry = log.entry(Log::Case, leaf)?;
            if entry.hours < oldest {
                older += 1;
                // So many in a row, and not one that was written on a clock which was set back.
                if older == TILE_WIDTH {
                    break;
                }
                continue;
            }
            older = 0;
            if entry.kind != EntryKind::Read {
                continue;
            }
            let Some(opening) = log.opening(Log::Case, leaf)? else { continue };
            let Some(day) = day_of_hours(entry.hours.saturating_add(AHEAD)) else { continue };
            for id in opening.record.as_chunks::<16>().0 {
                let Some(looks) = shown.get_mut(&AlertId::new(*id)) else { continue };
                let by = match names.entry(entry.actor) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let name = log.actor(Log::Case, entry.actor)?;
                        new.insert(name.and_then(|it| ConnectionId::parse(&it).ok()))
                    }
                };
                looks.extend(by.clone().map(|by| (day, by)));
            }
        }
        Ok(Self(shown))
    }

    /// The looks at an alert: by whoever was shown it, and by whoever worked on it.
    pub(super) fn looks_at(&self, alert: &Alert) -> Looks {
        let worked = alert.acts().iter().map(|it| (it.on, it.by.clone()));
        self.0.get(&alert.id()).into_iter().flatten().cloned().chain(worked).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use samenloop_core::fixture::{connection, day};

    use super::*;
    use crate::Noted;
    use crate::log::{Happening, Page, append};
    use crate::memory::Contents;

    /// A log that counts how many entries are read and how many records opened.
    struct Counted<'a> {
        log: &'a Contents,
        entries: Cell<usize>,
        records: Cell<usize>,
    }

    impl Pages for Counted<'_> {
        fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault> {
            self.entries.set(self.entries.get() + usize::from(matches!(at, Page::Entry(..))));
            self.records.set(self.records.get() + usize::from(matches!(at, Page::Record(..))));
            self.log.page(at)
        }

        fn alias(&self, log: Log, actor: &str) -> u64 {
            self.log.alias(log, actor)
        }
    }

    const ALERT: [u8; 16] = [4; 16];

    fn entry(kind: EntryKind, on: &str) -> Happening {
        let (hours, actor) = (hours_of_day(day(on)) + 9, "zorgcoordinator-west".to_owned());
        Noted { kind, hours, actor, count: 1, record: ALERT.to_vec() }.into()
    }

    /// V-31: a log that never shrinks is not read from its first day on; what lies between by a wrong clock hides nothing.
    #[test]
    fn what_can_be_opened_no_more_is_not_looked_for() {
        let mut log = Contents::default();
        let old = |many| (0..many).map(|_| entry(EntryKind::Read, "2020-01-05")).collect::<Vec<_>>();
        append(&mut log, old(1000)).unwrap();
        append(&mut log, vec![entry(EntryKind::Read, "2026-11-22")]).unwrap();
        append(&mut log, old(10)).unwrap();
        append(&mut log, vec![entry(EntryKind::Act, "2026-11-22"), entry(EntryKind::Read, "2026-11-23")])
            .unwrap();
        let log = Counted { log: &log, entries: Cell::default(), records: Cell::default() };
        let shown = Shown::read(&log, day("2026-11-25"), BTreeSet::from([AlertId::new(ALERT)])).unwrap();
        let looks: Vec<_> = shown.0[&AlertId::new(ALERT)].iter().cloned().collect();
        let by = connection("zorgcoordinator-west");
        assert_eq!(looks, [(day("2026-11-22"), by.clone()), (day("2026-11-23"), by)]);
        assert_eq!((log.entries.get(), log.records.get()), (3 + 10 + 256, 2));
        let none = Shown::read(&log, day("2026-11-25"), BTreeSet::new()).unwrap();
        assert!(none.0.is_empty() && log.entries.get() == 2 * (3 + 10 + 256), "of no alert as much is read");
    }
}
