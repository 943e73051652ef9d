//! What agencies are asked on open alerts, in memory: read without opening a record and without waiting for the writer,
//! so that an agency that lists its requests learns neither how many alerts there are nor when a tick files.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::alert::{Alert, AlertId, ContactRequest};
use samenloop_core::value::ConnectionId;

use super::base::Base;
use super::{keys, ledger};
use crate::Fault;

/// The requests of open alerts, as the last durable commit left them.
#[derive(Default)]
pub(crate) struct Asked {
    alerts: BTreeMap<AlertId, Vec<ContactRequest>>,
    agencies: BTreeMap<ConnectionId, BTreeSet<AlertId>>,
}

/// What is asked on an alert; nothing, once it ended.
pub(crate) fn on(alert: &Alert) -> Vec<ContactRequest> {
    if alert.is_open() { alert.contacts().to_vec() } else { Vec::new() }
}

impl Asked {
    /// Reads it from the database, once, at start.
    pub(crate) fn read(base: &Base) -> Result<Self, Fault> {
        let mut asked = Self::default();
        for record in base.scan(&[keys::ALERT]) {
            let (key, value) = record?;
            let alert = ledger::without_signals(base, &key, &value)?;
            asked.follow(alert.id(), on(&alert));
        }
        Ok(asked)
    }

    /// From now on this is asked on an alert.
    pub(crate) fn follow(&mut self, id: AlertId, now: Vec<ContactRequest>) {
        for request in self.alerts.remove(&id).into_iter().flatten() {
            if let Some(of) = self.agencies.get_mut(&request.of) {
                of.remove(&id);
            }
        }
        for request in &now {
            self.agencies.entry(request.of.clone()).or_default().insert(id);
        }
        if !now.is_empty() {
            self.alerts.insert(id, now);
        }
    }

    /// What an agency is asked. Looks at nobody else's.
    pub(crate) fn of(&self, agency: &ConnectionId) -> Vec<(AlertId, ContactRequest)> {
        let ids = self.agencies.get(agency).into_iter().flatten();
        let asked = |id: &AlertId| {
            let request = self.alerts.get(id)?.iter().find(|it| it.of == *agency)?;
            Some((*id, request.clone()))
        };
        ids.filter_map(asked).collect()
    }
}
