//! Destroys the hub's own keys of epochs that the manifest calls gone, and says so, signed (P-33).

use std::collections::BTreeSet;
use std::sync::Arc;

use samenloop_audit::{EntryKind, hours_of_day};
use samenloop_core::declaration::{Declaration, Matter};
use samenloop_core::manifest::{HUB, Manifest};
use samenloop_core::value::{ConnectionId, Day, Epoch};
use samenloop_manifest::Destruction;
use samenloop_store::{Fault, Noted, Store};

use crate::receipt::ReceiptKey;

/// The end of epochs, at the end of a tick.
pub(crate) struct Destroyer<S> {
    store: Arc<S>,
    receipts: Arc<ReceiptKey>,
    origin: String,
    /// Epochs that this run of the hub has seen to be gone, statement and all.
    gone: BTreeSet<Epoch>,
}

/// What the intake log says of it.
fn destroyed(epoch: Epoch, today: Day) -> Noted {
    let (kind, hours) = (EntryKind::Epoch, hours_of_day(today));
    Noted { kind, hours, actor: HUB.to_owned(), count: 1, record: epoch.number().to_be_bytes().to_vec() }
}

impl<S: Store> Destroyer<S> {
    /// Signs for the hub of an origin.
    pub(crate) const fn new(store: Arc<S>, receipts: Arc<ReceiptKey>, origin: String) -> Self {
        Self { store, receipts, origin, gone: BTreeSet::new() }
    }

    /// Destroys what the manifest calls destroyed or burned. A crash anywhere is made good at the next start.
    pub(crate) async fn destroy(&mut self, manifest: &Manifest, today: Day) -> Result<(), Fault> {
        for entry in manifest.epochs().iter().filter(|it| it.state.is_gone()) {
            if self.gone.contains(&entry.epoch) {
                continue;
            }
            let destroyed_now = match self.store.destroy_epoch(entry.epoch).await {
                // At the next tick again.
                Err(Fault::Unannounced(_)) => continue,
                destroyed => destroyed?,
            };
            if destroyed_now {
                tracing::info!(epoch = %entry.epoch, "the hub's keys of an epoch are destroyed");
            }
            self.state(entry.epoch, today).await?;
            self.gone.insert(entry.epoch);
        }
        Ok(())
    }

    /// Says it in the intake log and signed, once. Whether there was anything to destroy just now does not matter: a crash may
    /// have come in between, or a backup of before it was put back. The log first: a crash after that says it twice.
    async fn state(&self, epoch: Epoch, today: Day) -> Result<(), Fault> {
        let said = |it: &Declaration| it.connection().as_str() == HUB && it.epoch() == epoch;
        if self.store.declarations()?.iter().any(said) {
            return Ok(());
        }
        self.store.note(vec![destroyed(epoch, today)], today).await?;
        let statement = Destruction::new(self.origin.clone(), epoch, today);
        let declaration = self.receipts.sign_destruction(&statement).and_then(|note| {
            let hub = ConnectionId::parse(HUB).ok()?;
            Declaration::new(hub, epoch, Matter::Destroyed, note.into_bytes()).ok()
        });
        match declaration {
            Some(declaration) => self.store.declare(declaration).await,
            // Only an origin of many hundreds of characters comes here; the keys are gone all the same.
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use samenloop_audit::Log;
    use samenloop_core::fixture;
    use samenloop_core::manifest::{EpochEntry, EpochState, ManifestEntries};
    use samenloop_store::Tick;
    use samenloop_store::memory::MemoryStore;

    use super::*;

    const ONE: Epoch = Epoch::new(1);

    /// The manifest of the fixture, whose first epoch is gone.
    fn manifest() -> Manifest {
        let epochs = [(ONE, EpochState::Destroyed), (Epoch::new(2), EpochState::Active)];
        let epochs = epochs.map(|(epoch, state)| EpochEntry { epoch, state }).to_vec();
        Manifest::new(ManifestEntries { epochs, ..fixture::entries() }).unwrap()
    }

    /// How often the intake log says that the keys of the epoch are gone.
    async fn told(store: &MemoryStore) -> usize {
        let logged = store.audit(|it| it.since(Log::Intake, 0, usize::MAX)).await.unwrap();
        let record = ONE.number().to_be_bytes();
        logged.iter().filter(|it| it.opening.as_ref().is_some_and(|it| it.record == record)).count()
    }

    /// V-41: whatever moment a crash came at, the next start says what was destroyed.
    #[tokio::test]
    async fn what_a_crash_kept_from_being_told_is_told_at_the_next_start_and_once() {
        for is_destroyed_before in [false, true] {
            let store = Arc::new(MemoryStore::new("zhz"));
            let tick = Tick { manifest: Arc::new(fixture::manifest()), today: fixture::today() };
            store.file(|| tick).await.unwrap();
            if is_destroyed_before {
                // And then the power went.
                assert!(store.destroy_epoch(ONE).await.unwrap());
            }
            for start in 0..3 {
                let key = Arc::new(ReceiptKey::from_seed(&[7; 32]).unwrap());
                let mut destroyer = Destroyer::new(Arc::clone(&store), key, "samenloop.example/test".into());
                destroyer.destroy(&manifest(), fixture::today()).await.unwrap();
                destroyer.destroy(&manifest(), fixture::today()).await.unwrap();
                assert_eq!(told(&store).await, 1, "{is_destroyed_before}, start {start}");
            }
            assert_eq!(store.declarations().unwrap().len(), 1);
        }
    }
}
