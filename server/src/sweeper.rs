//! Once a day, what is past its term goes (V-21), and then everything that was erased goes from the disk (V-23). It
//! counted for nothing before that, with or without this.

use std::sync::Arc;

use samenloop_core::clock::Clock;
use samenloop_core::value::Day;
use samenloop_store::{Fault, Rebuilt, Store, Swept};
use tokio::sync::watch;

use crate::HubParts;
use crate::processing::ProcessingLogs;
use crate::seat::Seat;

/// What sweeping needs.
pub(crate) struct Sweeper<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) processing: ProcessingLogs,
}

impl<S> Sweeper<S> {
    pub(crate) fn of(parts: &HubParts<S>) -> Self {
        let HubParts { store, seat, clock, processing, .. } = parts;
        let processing = processing.clone();
        Self { store: Arc::clone(store), seat: Arc::clone(seat), clock: Arc::clone(clock), processing }
    }
}

impl<S: Store> Sweeper<S> {
    /// After the first tick of each day, until the ticks end: sweeps, and rebuilds.
    ///
    /// Under an expired manifest nothing is swept: a clock that is a year ahead would end every signal, and it shows
    /// in the manifest (P-22). What was erased before is gone from the disk all the same.
    ///
    /// # Errors
    /// The store's [`Fault`]: the hub ends with it.
    pub(crate) async fn sweep(self, mut ticks: watch::Receiver<u64>) -> Result<(), Fault> {
        let (mut swept_on, mut rebuilt_on) = (None, None);
        while ticks.changed().await.is_ok() {
            let today = self.clock.today();
            let is_current = self.seat.current().is_current(today);
            if is_current
                && swept_on != Some(today)
                && let Some(swept) = self.swept(today).await?
            {
                swept_on = Some(today);
                self.processing.intake.forget();
                self.processing.case.forget();
                if swept.references > 0 {
                    tracing::info!(references = swept.references, rows = swept.rows, "swept");
                }
            }
            if rebuilt_on != Some(today) && (swept_on == Some(today) || !is_current) {
                rebuilt_on = Some(today);
                self.rebuild().await?;
            }
        }
        Ok(())
    }

    /// What cannot be announced is swept at a later tick.
    async fn swept(&self, today: Day) -> Result<Option<Swept>, Fault> {
        match self.store.sweep(today).await {
            Err(Fault::Unannounced(_)) => Ok(None),
            swept => swept,
        }
    }

    /// Once a day is the term within which what is erased is gone from the disk (decision 18 tells why).
    async fn rebuild(&self) -> Result<(), Fault> {
        match self.store.rebuild().await? {
            Rebuilt::Needless => {}
            Rebuilt::Copied { records, bytes_before, bytes_after } => {
                tracing::info!(records, bytes_before, bytes_after, "what was erased is gone from the disk");
            }
            Rebuilt::GivenUp(why) => {
                tracing::warn!(%why, "what was erased still lies on the disk; tomorrow it is tried again");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use samenloop_core::batch::Arrival;
    use samenloop_core::fixture::{self, Draft, day, month, place};
    use samenloop_store::Tick;
    use samenloop_store::memory::MemoryStore;

    use super::*;

    struct Standing(Day);

    impl Clock for Standing {
        fn unix_seconds(&self) -> u64 {
            0
        }

        fn today(&self) -> Day {
            self.0
        }
    }

    /// What is left to sweep after a tick of a day, of one signal that ended in November.
    async fn left(today: &str) -> Swept {
        let store = Arc::new(MemoryStore::new("zhz"));
        let ending = Draft { expiry: month("2026-11"), ..Draft::soft(1) };
        let line = ending.put(vec![place(1, fixture::KIND, 7)]);
        let arrival = Arrival::new(fixture::connection("school-west"), day("2026-11-22"), vec![line]);
        store.admit(arrival).await.unwrap();
        let manifest = Arc::new(fixture::manifest());
        for today in [day("2026-11-22"), day(today)] {
            let tick = Tick { manifest: Arc::clone(&manifest), today };
            store.file(|| tick).await.unwrap();
        }
        let (told, ticks) = watch::channel(0);
        let seat = Arc::new(Seat::new(manifest));
        let sweeper = Sweeper {
            store: Arc::clone(&store),
            seat,
            clock: Arc::new(Standing(day(today))),
            processing: ProcessingLogs::default(),
        };
        told.send_replace(2);
        drop(told);
        sweeper.sweep(ticks).await.unwrap();
        store.sweep(day(today)).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn after_the_first_tick_of_a_day_nothing_is_left_that_ended_before_it() {
        assert_eq!(left("2026-12-01").await, Swept::default());
    }

    #[tokio::test]
    async fn a_clock_that_is_far_ahead_ends_nothing_for_good() {
        assert_eq!(left("2027-11-22").await, Swept { references: 1, rows: 1 });
    }
}
