//! Opening, at the coordinator.

use chacha20poly1305::aead::{Aead, Payload};
use hpke::{Deserializable, Kem, OpModeR};
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::value::{
    Code, ConnectionId, Domain, Epoch, Month, Observation, RegionId, SealedDetails, Severity, SignalReference,
};
use zeroize::Zeroizing;

use super::DetailsKey;
use super::{Details, associated, cipher, info, keyed, signal_key};
use super::{DetailsAead, DetailsKdf, DetailsKem, EXPORT, TEXT_LEN};

/// What the hub shows of the signal that the details belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Shown {
    pub connection: ConnectionId,
    pub reference: SignalReference,
    pub revision: u64,
    pub severity: Severity,
    pub code: Option<Code>,
    pub month: Month,
    pub region: RegionId,
    pub observation: Observation,
}

/// What became of sealed details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The agency sealed them, and they repeat what the hub shows.
    Same(Details),
    /// The agency sealed them, and they say something else than the hub shows. Never hidden (P-50).
    Mismatch(Details),
    /// Not sealed by that agency for this signal, changed on the way, or of another version.
    Unreadable,
    /// None, though the signal is of a region of this coordinator: an agency sealed them to every one that the region
    /// had then (P-50). Who coordinates it, or has its key, since later cannot tell this from a signal that the hub made up.
    Missing,
    /// None sealed to this coordinator: the signal is of another region.
    Absent,
}

impl Opened {
    /// The stable name that programs see.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Same(_) => "opened",
            Self::Mismatch(_) => "mismatch",
            Self::Unreadable => "unreadable",
            Self::Missing => "missing",
            Self::Absent => "absent",
        }
    }

    /// The details, where they could be read.
    #[must_use]
    pub const fn details(&self) -> Option<&Details> {
        match self {
            Self::Same(details) | Self::Mismatch(details) => Some(details),
            Self::Unreadable | Self::Missing | Self::Absent => None,
        }
    }

    /// Whether a coordinator is to be warned: no sound signal of its region, sent under the manifest of today, is so.
    #[must_use]
    pub const fn is_suspect(&self) -> bool {
        matches!(self, Self::Mismatch(_) | Self::Unreadable | Self::Missing)
    }
}

/// Opens what is sealed to one coordinator.
pub struct Opener<'m> {
    manifest: &'m Manifest,
    coordinator: &'m Connection,
    keys: &'m [DetailsKey],
}

impl<'m> Opener<'m> {
    /// Opens for `coordinator` what was sealed to one of its private details keys: that of this manifest, or one of an
    /// earlier manifest.
    #[must_use]
    pub const fn new(manifest: &'m Manifest, coordinator: &'m Connection, keys: &'m [DetailsKey]) -> Self {
        Self { manifest, coordinator, keys }
    }

    /// The domain in which the manifest enters a connection; `None` for one that is no agency of it.
    #[must_use]
    pub fn domain_of(&self, connection: &ConnectionId) -> Option<Domain> {
        self.manifest.connection(connection)?.domain()
    }

    /// Opens the details of one listed signal and compares them with what the hub shows of it.
    #[must_use]
    pub fn open(&self, sealed: Option<&SealedDetails>, shown: &Shown) -> Opened {
        let Some(sealed) = sealed else {
            return if self.coordinates(&shown.region) { Opened::Missing } else { Opened::Absent };
        };
        let Some(details) = self.text(sealed, shown).and_then(|text| Details::decode(&text).ok()) else {
            return Opened::Unreadable;
        };
        let same = details.severity == shown.severity
            && details.code == shown.code
            && details.month == shown.month
            && details.region == shown.region
            && details.observation == shown.observation
            // Nobody sealed under a manifest that does not exist yet.
            && details.manifest_sequence <= self.manifest.sequence();
        if same { Opened::Same(details) } else { Opened::Mismatch(details) }
    }

    /// Whether agencies seal to this coordinator for a region: by the very list from which they do.
    fn coordinates(&self, region: &RegionId) -> bool {
        self.manifest.coordinators_of(region).any(|it| it.id == self.coordinator.id)
    }

    fn text(&self, sealed: &SealedDetails, shown: &Shown) -> Option<Zeroizing<[u8; TEXT_LEN]>> {
        let sender = self.manifest.connection(&shown.connection)?.details_key?;
        let associated = associated(&shown.connection, shown.reference, shown.revision);
        let with = |own: &DetailsKey, epoch| {
            let info = info(self.manifest.exchange(), epoch, &self.coordinator.id, sealed.key());
            let secret = decapsulate(&sender, sealed.encapsulated(), own, &info)?;
            let key = signal_key(keyed(&secret), shown.reference, shown.revision);
            let payload = Payload { msg: sealed.ciphertext(), aad: &associated };
            let text = Zeroizing::new(cipher(&key).decrypt(&(*sealed.nonce()).into(), payload).ok()?);
            text.as_slice().try_into().map(Zeroizing::new).ok()
        };
        self.keys.iter().find_map(|own| self.epochs().find_map(|epoch| with(own, epoch)))
    }

    /// The epoch that was active at sealing is not on the wire: the active one, then those before it.
    fn epochs(&self) -> impl Iterator<Item = Epoch> + '_ {
        let active = self.manifest.active_epoch();
        let others = self.manifest.epochs().iter().rev().map(|it| it.epoch).filter(move |it| *it != active);
        std::iter::once(active).chain(others)
    }
}

/// `SetupAuthR` of RFC 9180 section 5.1.3, and the secret it exports.
fn decapsulate(
    sender: &[u8; 32],
    encapsulated: &[u8; 32],
    own_key: &DetailsKey,
    info: &[u8],
) -> Option<Zeroizing<[u8; 32]>> {
    let mode = OpModeR::Auth(<DetailsKem as Kem>::PublicKey::from_bytes(sender).ok()?);
    let private = <DetailsKem as Kem>::PrivateKey::from_bytes(own_key.bytes()).ok()?;
    let encapsulated = <DetailsKem as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let context =
        hpke::setup_receiver::<DetailsAead, DetailsKdf, DetailsKem>(&mode, &private, &encapsulated, info)
            .ok()?;
    let mut secret = Zeroizing::new([0; 32]);
    context.export(EXPORT, &mut *secret).ok()?;
    Some(secret)
}
