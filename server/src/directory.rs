//! Which alert a recipient means by a number. Numbers are another for each recipient, and cannot be turned back: they
//! are computed of the alerts that the recipient may see, and remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use samenloop_core::alert::{AlertId, Reader};
use samenloop_core::processing::SubjectId;
use samenloop_core::value::ConnectionId;
use samenloop_store::{Fault, Scope, Store};

use crate::door::Number;
use crate::receipt::ReceiptKey;

/// Numbers that are remembered at most; then it begins anew.
const MOST: usize = 200_000;

/// An alert that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) id: AlertId,
    /// By what the processing log names its child; the same as long as there is one.
    pub(crate) subject: Option<SubjectId>,
}

/// Numbers that were computed before. What one means says nothing about what its recipient may do: the store asks
/// that anew at every act.
#[derive(Default)]
pub(crate) struct Directory {
    known: Mutex<HashMap<(ConnectionId, Number), Found>>,
    /// Held by the one that looks, so that many who ask at once look once.
    looking: tokio::sync::Mutex<()>,
}

impl Directory {
    /// The alert that `reader`, being `recipient`, means by a number; `None` alike for one that is not there and one
    /// that is not the recipient's.
    pub(crate) async fn find(
        &self,
        store: &impl Store,
        names: &ReceiptKey,
        reader: &Reader,
        recipient: &ConnectionId,
        number: Number,
    ) -> Result<Option<Found>, Fault> {
        let meant = (recipient.clone(), number);
        let known = || self.known().get(&meant).copied();
        if let Some(found) = known() {
            return Ok(Some(found));
        }
        let _looking = self.looking.lock().await;
        if let Some(found) = known() {
            return Ok(Some(found));
        }
        let alerts = store.alerts(reader, Scope::All).await?;
        let mut known = self.known();
        if known.len() + alerts.len() > MOST {
            known.clear();
        }
        for alert in alerts {
            if let Ok(number) = names.alert_number(recipient, alert.id()).try_into() {
                let found = Found { id: alert.id(), subject: alert.subject() };
                known.insert((recipient.clone(), number), found);
            }
        }
        Ok(known.get(&meant).copied())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(ConnectionId, Number), Found>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
