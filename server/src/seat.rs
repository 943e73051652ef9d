//! Where the manifest of this moment sits.

use std::sync::{Arc, PoisonError, RwLock};

use samenloop_core::manifest::Manifest;

/// Holds one verified manifest, which a newer one may replace while the hub runs (P-24).
///
/// Whoever needs it takes it anew for each call, batch, alert and tick, and never keeps it longer.
#[derive(Debug)]
pub struct Seat(RwLock<Arc<Manifest>>);

impl Seat {
    /// A seat taken by `manifest`.
    #[must_use]
    pub fn new(manifest: Arc<Manifest>) -> Self {
        Self(RwLock::new(manifest))
    }

    /// The manifest of this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Manifest> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seats another manifest. Verifying it, and that it is newer, is the caller's duty (P-22).
    pub fn replace(&self, manifest: Arc<Manifest>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = manifest;
    }
}
