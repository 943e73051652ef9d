//! Who saw an alert, and when, as its acts and the case log have it: a child may know (V-31, AVG art. 15(1)(c)).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::{EntryKind, Log, day_of_hours};
use samenloop_core::alert::{Alert, AlertId};
use samenloop_core::manifest::{Manifest, Role};
use samenloop_core::value::{ConnectionId, Day};

use crate::log::Pages;
use crate::{AuditLog, Fault};

/// Hours by which Amsterdam is ahead of the clock of the log. In summer it is two: then who looked in the first hour of a
/// day is told to have looked the day before.
const AHEAD: u32 = 1;

/// The days on which somebody saw an alert or worked on it.
pub(super) type Looks = BTreeSet<(Day, ConnectionId)>;

/// The looks at each of these alerts: by whoever worked on it, and by every coordinator of the manifest that was shown
/// it. Records of the log go after four quarters, and what they told with them.
pub(super) fn looks_at(
    pages: &dyn Pages,
    manifest: &Manifest,
    alerts: &[Alert],
) -> Result<BTreeMap<AlertId, Looks>, Fault> {
    let worked = |alert: &Alert| alert.acts().iter().map(|it| (it.on, it.by.clone())).collect();
    let mut looks: BTreeMap<_, Looks> = alerts.iter().map(|it| (it.id(), worked(it))).collect();
    let coordinators = manifest.connections().iter().filter(|it| it.role == Role::Coordinator);
    for reader in coordinators.filter(|_| !alerts.is_empty()) {
        for logged in AuditLog::new(pages).of(Log::Case, reader.id.as_str(), 1, usize::MAX)? {
            let (EntryKind::Read, Some(opening)) = (logged.entry.kind, logged.opening) else { continue };
            let Some(day) = day_of_hours(logged.entry.hours.saturating_add(AHEAD)) else { continue };
            for id in opening.record.as_chunks::<16>().0 {
                if let Some(seen) = looks.get_mut(&AlertId::new(*id)) {
                    seen.insert((day, reader.id.clone()));
                }
            }
        }
    }
    Ok(looks)
}
