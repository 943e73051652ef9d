//! Whose turn it is. As long as any coordinator takes part, an open alert has an owner: regions first, then their
//! fallback (achtervang), then the national one, then whoever coordinates anywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Alert, Progress};
use crate::manifest::{Manifest, Region, Role};
use crate::value::{ConnectionId, Day, RegionId};

/// Days after a missed safety check from which its lead counts as absent, and others may take over.
pub const GRACE_DAYS: u32 = 7;

/// Whether a connection coordinates, and takes part on a day.
#[must_use]
pub fn may_lead(manifest: &Manifest, id: &ConnectionId, today: Day) -> bool {
    manifest.connection(id).is_some_and(|it| it.role == Role::Coordinator && it.is_valid(today))
}

/// Whether others may take over an alert: nobody leads it, or its lead takes no part any more, or missed the
/// safety check by more than [`GRACE_DAYS`].
#[must_use]
pub fn may_be_claimed(alert: &Alert, manifest: &Manifest, today: Day) -> bool {
    match alert.progress() {
        Progress::Waiting { .. } => true,
        Progress::Led(lead) => {
            !may_lead(manifest, &lead.by, today) || lead.next_check.plus_days(GRACE_DAYS) < today
        }
        Progress::Closed(_) | Progress::Lapsed { .. } => false,
    }
}

/// Who is to act on an alert on a day; nobody, once it ended.
#[must_use]
pub fn owners(alert: &Alert, manifest: &Manifest, today: Day) -> BTreeSet<ConnectionId> {
    let mut owners = BTreeSet::new();
    if let Progress::Led(lead) = alert.progress()
        && may_lead(manifest, &lead.by, today)
    {
        owners.insert(lead.by.clone());
    }
    if may_be_claimed(alert, manifest, today) {
        owners.extend(asked(alert, manifest, today));
    }
    owners
}

/// Days for which nobody has led an alert, or its lead is absent.
fn waited(alert: &Alert, today: Day) -> u32 {
    let since = match alert.progress() {
        Progress::Waiting { since, .. } | Progress::Lapsed { since, .. } => *since,
        Progress::Led(lead) => lead.next_check.plus_days(GRACE_DAYS),
        Progress::Closed(closing) => closing.on,
    };
    let until = match alert.progress() {
        Progress::Lapsed { on, .. } => *on,
        Progress::Waiting { .. } | Progress::Led(_) | Progress::Closed(_) => today,
    };
    since.days_until(until).unwrap_or_default()
}

/// Who is asked to pick an alert up.
fn asked(alert: &Alert, manifest: &Manifest, today: Day) -> BTreeSet<ConnectionId> {
    let waited = waited(alert, today);
    let mut asked = BTreeSet::new();
    for region in alert.regions() {
        asked.extend(asked_in(manifest.region(region), manifest, waited, today));
    }
    if asked.is_empty() {
        asked.extend(manifest.connections().iter().map(|it| it.id.clone()));
        asked.retain(|it| may_lead(manifest, it, today));
    }
    asked
}

fn asked_in(region: Option<&Region>, manifest: &Manifest, waited: u32, today: Day) -> BTreeSet<ConnectionId> {
    let term = region.map_or(0, |it| u32::from(it.term_days));
    let own = region.map_or(&[][..], |it| it.coordinators.as_slice());
    let fallback = region.map(|it| &it.fallback);
    let circles: [(u32, Vec<&ConnectionId>); 3] = [
        (0, own.iter().collect()),
        (term, fallback.into_iter().collect()),
        (2 * term, manifest.national_fallback().into_iter().collect()),
    ];
    let mut asked = BTreeSet::new();
    for (after, circle) in circles {
        if asked.is_empty() || waited > after {
            asked.extend(circle.into_iter().filter(|it| may_lead(manifest, it, today)).cloned());
        }
    }
    asked
}

/// Who looks at alerts.
#[derive(Debug, Clone)]
pub enum Reader {
    /// The hub itself, in checks and tests: every alert.
    Hub,
    /// A coordinator: the alerts of its regions, those that it leads or led to their end, and those that wait for
    /// it as a fallback.
    Coordinator {
        /// Who.
        connection: ConnectionId,
        /// The manifest of this moment.
        manifest: Arc<Manifest>,
        /// The day.
        today: Day,
    },
}

impl Reader {
    /// Whether it may see an alert. Looks at none of its signals.
    #[must_use]
    pub fn may_read(&self, alert: &Alert) -> bool {
        match self {
            Self::Hub => true,
            Self::Coordinator { connection, manifest, today } => {
                let coordinates = |region: &RegionId| {
                    manifest.region(region).is_some_and(|it| it.coordinators.contains(connection))
                };
                let ended_it = match alert.progress() {
                    Progress::Closed(closing) => closing.by == *connection,
                    // Who was told of it is told of its end.
                    Progress::Lapsed { .. } => asked(alert, manifest, *today).contains(connection),
                    Progress::Waiting { .. } | Progress::Led(_) => false,
                };
                may_lead(manifest, connection, *today)
                    && (ended_it
                        || alert.regions().iter().any(coordinates)
                        || owners(alert, manifest, *today).contains(connection))
            }
        }
    }
}
