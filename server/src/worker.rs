//! The tick: files what arrived, opens and lapses alerts, and says that it did.

use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock;
use samenloop_store::{Fault, Store, Tick};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::archive::Archive;
use crate::audit::LogHeads;
use crate::destruction::Destroyer;
use crate::processing::Log;
use crate::seat::Seat;
use crate::shutdown::Stop;

/// What a tick needs.
pub(crate) struct Worker<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) archive: Option<Arc<Archive>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) processing: Log,
    /// Signs what each tick adds to the logs.
    pub(crate) heads: Option<LogHeads>,
    /// A hub without a book of manifests rotates nothing, and destroys nothing.
    pub(crate) destroyer: Option<Destroyer<S>>,
}

impl<S: Store> Worker<S> {
    /// Ticks until the hub stops, between two ticks.
    ///
    /// An expired manifest ticks on: signals still end and alerts still lapse, and whether one may open is for
    /// the rooms to say (P-22).
    ///
    /// # Errors
    /// The store's [`Fault`]. It is not tried again: the hub stops, and its next start checks everything.
    pub(crate) async fn tick(mut self, ticks: watch::Sender<u64>, mut stop: Stop) -> Result<(), Fault> {
        let (mut next, mut waits) = (Instant::now(), false);
        loop {
            tokio::select! {
                biased;
                () = stop.wait() => return Ok(()),
                () = tokio::time::sleep_until(next) => {}
            }
            if let Some(archive) = &self.archive {
                archive.turn();
            }
            // What the store files by is this one or a newer: an epoch that is gone here is gone there too, and
            // what was admitted under it was filed for the last time before its keys go.
            let before = self.seat.current();
            let beat = Duration::from_secs(u64::from(before.tick_seconds()));
            // Once it could not be announced, nothing is set apart to be filed before it can.
            if waits && !self.processing.is_writable().await {
                next = Instant::now() + beat;
                continue;
            }
            let (seat, clock) = (Arc::clone(&self.seat), Arc::clone(&self.clock));
            let tick = move || Tick { manifest: seat.current(), today: clock.today() };
            let filed = self.store.file(tick).await;
            waits = matches!(filed, Err(Fault::Unannounced(_)));
            if waits {
                next = Instant::now() + beat;
                continue;
            }
            let filed = filed?;
            if filed.lines > 0 || filed.told > 0 {
                tracing::info!(tick = filed.tick, lines = filed.lines, told = filed.told, "filed");
            }
            if let Some(heads) = &mut self.heads {
                heads.sign(&*self.store, &before, &*self.clock).await?;
            }
            ticks.send_replace(filed.tick);
            if let Some(destroyer) = &mut self.destroyer {
                destroyer.destroy(&before, self.clock.today()).await?;
            }
            // On a fixed beat. A tick that took longer than a beat is followed at once by one, never by several.
            next = (next + beat).max(Instant::now());
        }
    }
}
