//! What is to leave the hub so that somebody looks: by which way and to whom; never about whom.

use super::{Alert, AlertId, owners};
use crate::manifest::Manifest;
use crate::value::{ConnectionId, Day};

/// One thing that is to leave: because of one alert, or because of rights, which name none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A mail to the mailbox of a connection: something waits. What, it does not say, so one mail stands for many
    /// notices.
    Mail {
        /// Whose mailbox.
        to: ConnectionId,
        /// Because of which alert.
        alert: AlertId,
    },
    /// An event to the endpoint of a coordinator, which names an alert by the number that this recipient sees.
    Event {
        /// Whose endpoint.
        to: ConnectionId,
        /// Which alert.
        alert: AlertId,
    },
    /// A mail because of a rights request: one waits for a decision, is answered or lapsed, or something that the
    /// recipient could see was erased or rests (art. 19).
    Rights {
        /// Whose mailbox.
        to: ConnectionId,
    },
}

impl Notice {
    /// By both ways.
    #[must_use]
    pub fn both(to: ConnectionId, alert: AlertId) -> [Self; 2] {
        [Self::Mail { to: to.clone(), alert }, Self::Event { to, alert }]
    }

    /// Whom it is for.
    #[must_use]
    pub const fn to(&self) -> &ConnectionId {
        match self {
            Self::Mail { to, .. } | Self::Event { to, .. } | Self::Rights { to } => to,
        }
    }

    /// Because of which alert it leaves, if it does because of one.
    #[must_use]
    pub const fn alert(&self) -> Option<AlertId> {
        match self {
            Self::Mail { alert, .. } | Self::Event { alert, .. } => Some(*alert),
            Self::Rights { .. } => None,
        }
    }
}

/// What leaves when an alert is told on a day: a mail and an event to each who is to act on it now, but to the one
/// whose own act it was. So it does when the alert is new or opened again, when its circle widens, when people are
/// reminded, when it is handed over, and when its lead has something to decide; what ended is nobody's any more, and
/// disturbs nobody.
#[must_use]
pub fn notices(alert: &Alert, manifest: &Manifest, today: Day, by: Option<&ConnectionId>) -> Vec<Notice> {
    let told = owners(alert, manifest, today).into_iter().filter(|it| Some(it) != by);
    told.flat_map(|to| Notice::both(to, alert.id())).collect()
}

/// What leaves when reporters are asked to phone: a mail to each who was not asked so before.
#[must_use]
pub fn requests(before: &Alert, alert: &Alert) -> Vec<Notice> {
    let new = alert.contacts().iter().filter(|it| it.answer.is_none() && !before.contacts().contains(it));
    new.map(|it| Notice::Mail { to: it.of.clone(), alert: alert.id() }).collect()
}

/// Whether an alert still waits for somebody: it is theirs to act on, or they were asked to phone and have not
/// answered. What told them of it need not leave any more where it does not.
#[must_use]
pub fn is_waiting(alert: &Alert, to: &ConnectionId, manifest: &Manifest, today: Day) -> bool {
    let asked = alert.contacts().iter().any(|it| it.of == *to && it.answer.is_none());
    alert.is_open() && (asked || owners(alert, manifest, today).contains(to))
}
