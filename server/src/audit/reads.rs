//! Every reading of an alert is an entry (V-41), written before the alert leaves.

use samenloop_audit::{EntryKind, hours_of_unix};
use samenloop_core::alert::{AlertId, Reader};
use samenloop_store::{Noted, Store};

use crate::alerts::Reading;
use crate::refusal::Refusal;

/// Alerts that one entry names; more are more entries.
const ALERTS: usize = 512;

impl<S: Store> Reading<S> {
    /// Says in the case log which alerts a coordinator is shown; of none it says nothing.
    ///
    /// # Errors
    /// [`Refusal::Fault`]: what cannot be written down is not shown.
    pub(crate) async fn note_read(
        &self,
        reader: &Reader,
        shown: impl Iterator<Item = AlertId> + Send,
    ) -> Result<(), Refusal> {
        let Reader::Coordinator { connection, today, .. } = reader else { return Ok(()) };
        let ids: Vec<_> = shown.map(|it| *it.bytes()).collect();
        let hours = hours_of_unix(self.clock.unix_seconds());
        let entry = |ids: &[[u8; 16]]| Noted {
            kind: EntryKind::Read,
            hours,
            actor: connection.to_string(),
            count: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            record: ids.as_flattened().to_vec(),
        };
        let noted: Vec<_> = ids.chunks(ALERTS).map(entry).collect();
        if noted.is_empty() {
            return Ok(());
        }
        self.store.note(noted, *today).await.map_err(|fault| Refusal::fault(&fault))
    }
}
