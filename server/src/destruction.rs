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
                self.store.note(vec![destroyed(entry.epoch, today)], today).await?;
            }
            self.state(entry.epoch, today).await?;
            self.gone.insert(entry.epoch);
        }
        Ok(())
    }

    async fn state(&self, epoch: Epoch, today: Day) -> Result<(), Fault> {
        let said = |it: &Declaration| it.connection().as_str() == HUB && it.epoch() == epoch;
        if self.store.declarations()?.iter().any(said) {
            return Ok(());
        }
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
