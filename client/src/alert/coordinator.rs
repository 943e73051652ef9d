//! A coordinator at work: reads alerts and acts on them. The command and the desk both go through here.

use samenloop_core::alert::{Act, Deed};
use samenloop_core::case::ClosedList;
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_proto::v1;
use samenloop_proto::v1::act_on_alert_request::Act as Wire;

use super::AlertView;
use crate::details::{DetailsKey, Opener};
use crate::hub::{Hub, HubFault};
use crate::language::{Language, Say};
use crate::membership::{Membership, MembershipFault};
use crate::number::Number;

/// Why a coordinator cannot read or act.
#[derive(Debug, thiserror::Error)]
pub enum CoordinatorFault {
    /// This machine cannot act for its connection.
    #[error(transparent)]
    Membership(#[from] MembershipFault),
    /// The hub.
    #[error(transparent)]
    Hub(#[from] HubFault),
}

impl Say for CoordinatorFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Membership(fault) => fault.say(language),
            Self::Hub(fault) => fault.say(language),
        }
    }
}

/// A coordinator with the keys that open details, and the hub.
pub struct Coordinator<'m> {
    manifest: &'m Manifest,
    own: &'m Connection,
    keys: Vec<DetailsKey>,
    hub: Hub,
}

impl<'m> Coordinator<'m> {
    /// The coordinator of a membership. Connects only at the first call; call within a tokio runtime.
    ///
    /// # Errors
    /// [`CoordinatorFault`] when this is no coordinator, or a key or certificate cannot be used.
    pub fn new(membership: &'m Membership) -> Result<Self, CoordinatorFault> {
        let (own, keys) = membership.coordinator()?;
        Ok(Self { manifest: membership.manifest(), own, keys, hub: Hub::new(membership)? })
    }

    /// Its entry in the manifest.
    #[must_use]
    pub const fn own(&self) -> &'m Connection {
        self.own
    }

    /// The manifest that acts.
    #[must_use]
    pub const fn manifest(&self) -> &'m Manifest {
        self.manifest
    }

    /// The hub.
    #[must_use]
    pub const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Opens details with its own keys, on this machine.
    #[must_use]
    pub fn opener(&self) -> Opener<'_> {
        Opener::new(self.manifest, self.own, &self.keys)
    }

    /// The alerts that it may see, oldest first; those that ended too with `include_ended`.
    ///
    /// # Errors
    /// [`HubFault`] when they cannot all be read.
    pub async fn alerts(&self, include_ended: bool) -> Result<Vec<AlertView>, HubFault> {
        let (alerts, opener) = (self.hub.alerts(include_ended).await?, self.opener());
        alerts.iter().map(|it| AlertView::parse(it, &opener)).collect()
    }

    /// One alert by its whole number; `None` when it is not there or not its own. No other is opened.
    ///
    /// # Errors
    /// [`HubFault`] when it cannot be read.
    pub async fn alert(&self, id: &str) -> Result<Option<AlertView>, HubFault> {
        let alerts = self.hub.alerts(true).await?;
        let found = alerts.iter().find(|it| Number::of(&it.id).is_some_and(|it| it.to_string() == id));
        found.map(|it| AlertView::parse(it, &self.opener())).transpose()
    }

    /// Does one act, and gives the alert as it is then; `None` when it is no longer its own.
    ///
    /// # Errors
    /// [`HubFault`]. After a break the act may have been done: it is safe to repeat.
    pub async fn act(&self, alert: &AlertView, act: &Act) -> Result<Option<AlertView>, HubFault> {
        let done = self.hub.act(alert.id.bytes(), &act.case, wire(&act.deed)).await?;
        done.map(|it| AlertView::parse(&it, &self.opener())).transpose()
    }
}

fn number(entry: impl ClosedList) -> i32 {
    i32::from(entry.number())
}

fn perhaps(entry: Option<impl ClosedList>) -> i32 {
    entry.map_or(0, number)
}

fn wire(deed: &Deed) -> Wire {
    match deed {
        Deed::Claim { reason, next_check } => {
            Wire::Claim(v1::ClaimAlert { reason: number(*reason), next_check: next_check.to_string() })
        }
        Deed::Confirm { reason, reading } => {
            Wire::Confirm(v1::ConfirmAlert { reason: number(*reason), reading: perhaps(*reading) })
        }
        Deed::Unfounded { reason, reading } => {
            Wire::Dismiss(v1::DismissAlert { reason: number(*reason), reading: perhaps(*reading) })
        }
        Deed::AskContact { of, reason } => Wire::AskContact(v1::AskContact {
            of: of.iter().map(ToString::to_string).collect(),
            reason: number(*reason),
        }),
        Deed::HandOver { to, reason, next_check } => Wire::HandOver(v1::HandOverAlert {
            to: to.to_string(),
            reason: number(*reason),
            next_check: next_check.to_string(),
        }),
        Deed::SetNextCheck { reason, next_check } => {
            Wire::MoveCheck(v1::MoveCheck { reason: number(*reason), next_check: next_check.to_string() })
        }
        Deed::Close { outcome, registration, view } => Wire::Close(v1::CloseAlert {
            outcome: number(*outcome),
            registration: number(*registration),
            view: number(*view),
        }),
    }
}
