//! Every reading of an alert is a line of the processing log (V-44) and an entry (V-41), written before the alert leaves.

use std::collections::BTreeSet;

use samenloop_audit::{EntryKind, hours_of_unix};
use samenloop_core::alert::{Alert, Reader};
use samenloop_core::processing::{Activity, Processing, Unwritten};
use samenloop_store::{Noted, Store};

use crate::alerts::Reading;
use crate::processing::{Foreign, Trace};
use crate::refusal::Refusal;

/// Alerts that one entry names; more are more entries.
const ALERTS: usize = 512;

impl<S: Store> Reading<S> {
    /// Says in both logs which alerts a coordinator is shown. Of none it says nothing, and takes its time.
    ///
    /// # Errors
    /// [`Refusal::Fault`]: what cannot be written down is not shown.
    pub(crate) async fn note_read(
        &self,
        reader: &Reader,
        trace: Trace,
        shown: &[&Alert],
    ) -> Result<(), Refusal> {
        let Reader::Coordinator { connection, today, .. } = reader else { return Ok(()) };
        if shown.is_empty() && !self.processing.case.is_writable().await {
            return Err(Refusal::broken(&Unwritten));
        }
        self.announce(trace.by(connection), Activity::Show, shown).await?;
        let ids: BTreeSet<_> = shown.iter().map(|it| *it.id().bytes()).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let hours = hours_of_unix(self.clock.unix_seconds());
        let entry = |ids: &[[u8; 16]]| Noted {
            kind: EntryKind::Read,
            hours,
            actor: connection.to_string(),
            count: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            record: ids.as_flattened().to_vec(),
        };
        let noted = ids.chunks(ALERTS).map(entry).collect();
        self.store.note(noted, *today).await.map_err(|fault| Refusal::fault(&fault))
    }

    /// Says in the processing log what is about to be done with the children of alerts, each once.
    ///
    /// # Errors
    /// [`Refusal::Fault`]: then it is not done.
    pub(crate) async fn announce(
        &self,
        by: Option<Foreign>,
        activity: Activity,
        alerts: &[&Alert],
    ) -> Result<(), Refusal> {
        let subjects: BTreeSet<_> = alerts.iter().filter_map(|it| it.subject()).collect();
        let each = subjects.into_iter().map(|it| Processing { activity, subject: Some(it) });
        self.processing.case.announce(by, each).await
    }
}
