//! Where the manifests of this moment sit.

use std::sync::{Arc, PoisonError, RwLock};

use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, KeyId};
use samenloop_manifest::DetailsKeys;

/// Holds the manifest that acts and the newest one, which may still wait for its day. Newer ones may replace them
/// while the hub runs (P-24).
///
/// Whoever needs one takes it anew for each call, batch, alert and tick, and never keeps it longer.
#[derive(Debug)]
pub struct Seat(RwLock<Seated>);

#[derive(Debug)]
struct Seated {
    acting: Arc<Manifest>,
    newest: Arc<Manifest>,
    details_keys: DetailsKeys,
}

impl Seat {
    /// A seat taken by `manifest`, which acts.
    #[must_use]
    pub fn new(manifest: Arc<Manifest>) -> Self {
        let (acting, newest) = (Arc::clone(&manifest), manifest);
        Self(RwLock::new(Seated { acting, newest, details_keys: DetailsKeys::new() }))
    }

    /// The manifest that acts: it says who may do what.
    #[must_use]
    pub fn current(&self) -> Arc<Manifest> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).acting)
    }

    /// The newest manifest: the one that callers name (P-22).
    #[must_use]
    pub fn newest(&self) -> Arc<Manifest> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).newest)
    }

    /// Seats another manifest, which acts. Verifying it, and that it is newer, is the caller's duty (P-22).
    pub fn replace(&self, manifest: Arc<Manifest>) {
        self.seat(Arc::clone(&manifest), manifest);
    }

    /// Seats the manifest that acts and the newest one, as a [`Book`](samenloop_manifest::Book) gives them.
    pub fn seat(&self, acting: Arc<Manifest>, newest: Arc<Manifest>) {
        let mut seated = self.0.write().unwrap_or_else(PoisonError::into_inner);
        (seated.acting, seated.newest) = (acting, newest);
    }

    /// Learns which details keys connections had so far, as a [`Book`](samenloop_manifest::Book) gives them.
    pub(crate) fn learn(&self, details_keys: DetailsKeys) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).details_keys = details_keys;
    }

    /// The ids of the details keys that a connection has or had, newest first.
    pub(crate) fn details_keys(&self, connection: &ConnectionId) -> Vec<KeyId> {
        let seated = self.0.read().unwrap_or_else(PoisonError::into_inner);
        seated.details_keys.get(connection).into_iter().flatten().rev().copied().collect()
    }
}
