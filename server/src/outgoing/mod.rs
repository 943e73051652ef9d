//! The ways out of the hub: mail, and webhooks of coordinators. What leaves by them says that something waits, to
//! whom it waits for, on the tick, and never about whom.

mod attempt;
mod dispatcher;
mod event;
mod mail;
mod smtp;
mod webhook;

use std::collections::BTreeMap;

use samenloop_core::value::{ConnectionId, Mailbox, MailboxFault, NameFault};

pub(crate) use dispatcher::Dispatcher;
use event::Event;
use mail::{MailServer, Message};
use webhook::Webhook;

use crate::config::{MailConfig, WebhookConfig};
use crate::key_file::KeyFileFault;
use crate::tls::TlsFault;

/// Why a way out cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingFault {
    /// The credentials of the mail server, or the key of an endpoint.
    #[error(transparent)]
    Key(#[from] KeyFileFault),
    /// The CA of the mail server or of an endpoint.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The sender of mail.
    #[error("from: {0}")]
    From(#[from] MailboxFault),
    /// The mail server's name is none. It may hold a password, so it is not shown.
    #[error("server: the mail server is a DNS name in lower case, without scheme, port or login")]
    Server,
    /// No `https` URL with a DNS name and a path; of this coordinator. It may hold a password, so it is not shown.
    #[error("the webhook of {0}: an endpoint is an https URL with a DNS name and nothing secret in it")]
    Url(String),
    /// No name of a connection.
    #[error("coordinator: {0}")]
    Coordinator(#[from] NameFault),
    /// One coordinator has two endpoints.
    #[error("{0} has two webhooks")]
    Twice(ConnectionId),
}

/// Where a hub's configuration lets things leave. Where it names nothing, nothing leaves.
#[derive(Default)]
pub struct Outgoing {
    mail: Option<MailServer>,
    webhooks: BTreeMap<ConnectionId, Webhook>,
}

impl Outgoing {
    /// Reads what the configuration names. Connects to nothing.
    ///
    /// # Errors
    /// Every [`OutgoingFault`] found.
    pub fn open(mail: Option<&MailConfig>, webhooks: &[WebhookConfig]) -> Result<Self, Vec<OutgoingFault>> {
        let mut faults = Vec::new();
        let mut outgoing = Self::default();
        match mail.map(MailServer::open).transpose() {
            Ok(mail) => outgoing.mail = mail,
            Err(fault) => faults.push(fault),
        }
        for config in webhooks {
            match ConnectionId::parse(&config.coordinator).map_err(OutgoingFault::from) {
                Ok(id) if outgoing.webhooks.contains_key(&id) => faults.push(OutgoingFault::Twice(id)),
                Ok(id) => match Webhook::open(config) {
                    Ok(webhook) => drop(outgoing.webhooks.insert(id, webhook)),
                    Err(fault) => faults.push(fault),
                },
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(outgoing) } else { Err(faults) }
    }

    /// Who has a webhook.
    pub(crate) fn coordinators(&self) -> impl Iterator<Item = &ConnectionId> {
        self.webhooks.keys()
    }

    /// Delivers one thing at a second.
    async fn deliver(&self, parcel: &Parcel, now: u64) -> Result<(), Undelivered> {
        match parcel {
            Parcel::Mail { to, message, at } => {
                self.mail.as_ref().ok_or(Undelivered::NoConnection)?.send(to, *message, *at).await
            }
            Parcel::Event { to, event } => {
                self.webhooks.get(to).ok_or(Undelivered::NoConnection)?.post(event, now).await
            }
        }
    }
}

/// What leaves, to the byte.
enum Parcel {
    /// A mail, dated at a second.
    Mail { to: Mailbox, message: Message, at: u64 },
    /// An event to the endpoint of a coordinator.
    Event { to: ConnectionId, event: Event },
}

/// Why something was not delivered, for the operator: nothing that the other side said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Undelivered {
    #[error("no connection")]
    NoConnection,
    #[error("TLS with the other side failed")]
    Tls,
    #[error("the server offers no STARTTLS, and nothing is sent without it")]
    NoStartTls,
    #[error("the server offers no AUTH PLAIN")]
    NoLogin,
    #[error("no answer in time")]
    TooLate,
    #[error("the other side answered {0}")]
    Refused(u16),
    #[error("the other side's answer is none")]
    NoAnswer,
    #[error("it broke off in the hub itself")]
    Broken,
}
