//! Open alerts of different kinds of identifier that share a signal: probably one child's. They name each other, and stay
//! two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samenloop_core::alert::{Alert, AlertId, Reader};
use samenloop_core::value::ConnectionId;
use samenloop_store::{Fault, Scope, Store};
use tokio::sync::Mutex;

/// Which alerts are related, of those that were looked at.
#[derive(Default)]
pub(crate) struct Related {
    /// By alert, the others as far as people decided: enough to know who may read them.
    others: BTreeMap<AlertId, Vec<Arc<Alert>>>,
}

impl Related {
    /// What is related among some alerts.
    pub(crate) fn among(alerts: &[Alert]) -> Self {
        let mut listing: BTreeMap<(&ConnectionId, [u8; 16]), BTreeSet<usize>> = BTreeMap::new();
        for (at, alert) in alerts.iter().enumerate().filter(|(_, it)| it.is_open()) {
            for listed in alert.signals() {
                let signal = (listed.connection(), *listed.signal().reference().bytes());
                listing.entry(signal).or_default().insert(at);
            }
        }
        let pairs: BTreeSet<_> = listing
            .values()
            .flat_map(|sharing| {
                sharing.iter().flat_map(|one| sharing.iter().map(move |other| (*one, *other)))
            })
            .collect();
        let mut others: BTreeMap<AlertId, Vec<Arc<Alert>>> = BTreeMap::new();
        let mut bare: BTreeMap<AlertId, Arc<Alert>> = BTreeMap::new();
        for (one, other) in pairs {
            if let (Some(one), Some(other)) = (alerts.get(one), alerts.get(other))
                && one.kind() != other.kind()
            {
                let other = bare.entry(other.id()).or_insert_with(|| Arc::new(other.decisions()));
                others.entry(one.id()).or_default().push(Arc::clone(other));
            }
        }
        Self { others }
    }

    /// Those related to an alert that a reader may see.
    pub(crate) fn to(&self, alert: &Alert, reader: &Reader) -> Vec<AlertId> {
        let others = self.others.get(&alert.id()).map_or(&[][..], Vec::as_slice);
        others.iter().filter(|it| reader.may_read(it)).map(|it| it.id()).collect()
    }
}

/// What is related as of the last tick that had news: looked up once, for all who watch.
#[derive(Default)]
pub(crate) struct RelatedNow(Mutex<Option<(u64, Arc<Related>)>>);

impl RelatedNow {
    /// What is related after a tick, or after a later one: of many who wait here, one looks.
    pub(crate) async fn after(&self, tick: u64, store: &impl Store) -> Result<Arc<Related>, Fault> {
        let mut known = self.0.lock().await;
        if let Some((of, related)) = &*known
            && *of >= tick
        {
            return Ok(Arc::clone(related));
        }
        let related = Arc::new(Related::among(&store.alerts(&Reader::Hub, Scope::Open).await?));
        *known = Some((tick, Arc::clone(&related)));
        Ok(related)
    }
}
