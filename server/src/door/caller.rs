//! Who calls, and under which manifest.

use std::sync::Arc;

use samenloop_core::manifest::Manifest;
use samenloop_core::permit::{Act, Identity, Permit, PermitRefusal};
use samenloop_core::value::Day;
use samenloop_proto::v1::ManifestReference;
use tonic::Request;

use crate::certificate;
use crate::refusal::Refusal;

/// The far end of one TLS connection.
///
/// Knows what its certificate says, not whether it takes part: that is asked of the manifest at every call,
/// every batch and every alert (P-24).
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    identity: Option<Identity>,
    certificate_key: [u8; 32],
    valid_until_seconds: u64,
}

impl Peer {
    /// The peer of a certificate that TLS verified.
    pub(crate) fn of(der: &[u8], exchange: &str) -> Self {
        let identity = certificate::identity(der, exchange);
        if let Err(fault) = &identity {
            tracing::warn!(%fault, "a certificate that names no connection");
        }
        Self {
            identity: identity.ok(),
            // Certificates that cannot be read count as one key.
            certificate_key: certificate::certificate_key(der).unwrap_or_default(),
            valid_until_seconds: certificate::valid_until_seconds(der),
        }
    }

    /// SHA-256 of its certificate's public key.
    pub(crate) const fn certificate_key(&self) -> &[u8; 32] {
        &self.certificate_key
    }

    /// Lets the peer do what its role may, as of this moment.
    pub(crate) fn permit<'m, A: Act>(
        &self,
        manifest: &'m Manifest,
        now_seconds: u64,
        today: Day,
    ) -> Result<Permit<'m, A>, Refusal> {
        Ok(Permit::of(manifest, self.identity(now_seconds)?, today)?)
    }

    /// A certificate that ends while its connection is open ends there as well.
    fn identity(&self, now_seconds: u64) -> Result<&Identity, Refusal> {
        let lasting = now_seconds <= self.valid_until_seconds;
        self.identity.as_ref().filter(|_| lasting).ok_or(Refusal::Permit(PermitRefusal::NotTakingPart))
    }
}

/// The peer that the acceptor put beside a request.
pub(crate) fn peer_of<T>(request: &Request<T>) -> Result<Arc<Peer>, Refusal> {
    let peer = request.extensions().get::<Arc<Peer>>();
    peer.cloned().ok_or(Refusal::Permit(PermitRefusal::NotTakingPart))
}

/// The manifest that a request names.
pub(crate) fn named_manifest(named: Option<&ManifestReference>) -> Result<&ManifestReference, Refusal> {
    match named {
        None => Err(Refusal::Malformed("the request names no manifest".to_owned())),
        Some(named) if named.sha256.len() != 32 => {
            Err(Refusal::Malformed("the hash of a manifest has 32 bytes".to_owned()))
        }
        Some(named) => Ok(named),
    }
}

/// Checks that the caller acts under the hub's own newest manifest (P-22).
pub(crate) fn check_manifest(manifest: &Manifest, named: Option<&ManifestReference>) -> Result<(), Refusal> {
    let named = named_manifest(named)?;
    let hub = manifest.sequence();
    if named.sequence < hub {
        Err(Refusal::ManifestOutdated { hub })
    } else if named.sequence > hub {
        Err(Refusal::HubBehind { hub })
    } else if named.sha256 != manifest.hash() {
        Err(Refusal::ManifestDiffers { hub })
    } else {
        Ok(())
    }
}
