//! Sealing, at the agency.

use std::collections::BTreeMap;

use chacha20poly1305::aead::{Aead, Payload};
use hmac::Hmac;
use hpke::{Deserializable, Kem, OpModeS, Serializable};
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::value::{ConnectionId, DETAILS_LEN, KeyId, SealedDetails, SignalReference};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::DetailsKey;
use super::key::public_key;
use super::{Details, associated, cipher, info, keyed, signal_key};
use super::{DetailsAead, DetailsKdf, DetailsKem, EXPORT, TextFault};

/// Bytes of a nonce (RFC 8439 section 2.8).
const NONCE_LEN: usize = 12;

/// Why details could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// The manifest gives a coordinator a key that is none.
    #[error("the details key of coordinator {0} in the manifest is not usable")]
    Key(ConnectionId),
    /// The content does not fit.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// The operating system gives no random bytes, or the cipher failed.
    #[error("sealing failed")]
    Cipher,
}

/// The HPKE setups of one batch: one for each coordinator, made at its first signal, because an
/// encapsulation costs some hundred times the rest of a row. Serves one serialisation of one batch and is
/// never kept (P-50).
pub struct BatchSeals<'m> {
    manifest: &'m Manifest,
    agency: &'m ConnectionId,
    key: &'m DetailsKey,
    setups: BTreeMap<KeyId, Setup>,
    nonces: Nonces,
}

struct Setup {
    encapsulated: [u8; 32],
    /// Keyed with the secret of the batch, before any signal.
    keyed: Hmac<Sha256>,
}

/// Random nonces, drawn from the system some hundred at a time.
struct Nonces {
    drawn: Vec<[u8; NONCE_LEN]>,
}

impl Nonces {
    fn next(&mut self) -> Option<[u8; NONCE_LEN]> {
        if self.drawn.is_empty() {
            let mut bytes = [0; NONCE_LEN * 128];
            getrandom::fill(&mut bytes).ok()?;
            self.drawn.extend(bytes.as_chunks().0);
        }
        self.drawn.pop()
    }
}

impl<'m> BatchSeals<'m> {
    /// No setups yet, for a batch of `agency`, whose private details key is `key`.
    #[must_use]
    pub const fn new(manifest: &'m Manifest, agency: &'m ConnectionId, key: &'m DetailsKey) -> Self {
        Self { manifest, agency, key, setups: BTreeMap::new(), nonces: Nonces { drawn: Vec::new() } }
    }

    /// Seals the details of one signal to every coordinator of its region.
    ///
    /// # Errors
    /// [`SealFault`] when a key or the content is unusable.
    pub fn seal(
        &mut self,
        details: &Details,
        reference: SignalReference,
        revision: u64,
    ) -> Result<Vec<SealedDetails>, SealFault> {
        let text = details.encode()?;
        let associated = associated(self.agency, reference, revision);
        let manifest = self.manifest;
        let mut sealed = Vec::new();
        for coordinator in manifest.coordinators_of(&details.region) {
            let key_id = coordinator.details_key_id.ok_or_else(|| SealFault::Key(coordinator.id.clone()))?;
            let nonce = self.nonces.next().ok_or(SealFault::Cipher)?;
            let setup = self.setup(coordinator, key_id)?;
            let key = signal_key(setup.keyed.clone(), reference, revision);
            let ciphertext = cipher(&key)
                .encrypt(&nonce.into(), Payload { msg: &text[..], aad: &associated })
                .map_err(|_| SealFault::Cipher)?;
            let ciphertext: Box<[u8; DETAILS_LEN]> =
                ciphertext.into_boxed_slice().try_into().map_err(|_| SealFault::Cipher)?;
            sealed.push(SealedDetails::new(key_id, setup.encapsulated, nonce, ciphertext));
        }
        Ok(sealed)
    }

    fn setup(&mut self, coordinator: &Connection, key_id: KeyId) -> Result<&Setup, SealFault> {
        use std::collections::btree_map::Entry;
        match self.setups.entry(key_id) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let info =
                    info(self.manifest.exchange(), self.manifest.active_epoch(), &coordinator.id, &key_id);
                let public = coordinator.details_key.as_ref();
                let setup = public.and_then(|public| encapsulate(self.key, public, &info));
                Ok(entry.insert(setup.ok_or_else(|| SealFault::Key(coordinator.id.clone()))?))
            }
        }
    }
}

/// `SetupAuthS` of RFC 9180 section 5.1.3, and the secret it exports.
fn encapsulate(sender: &DetailsKey, recipient: &[u8; 32], info: &[u8]) -> Option<Setup> {
    let private = <DetailsKem as Kem>::PrivateKey::from_bytes(sender.bytes()).ok()?;
    let public = <DetailsKem as Kem>::PublicKey::from_bytes(&public_key(sender)?).ok()?;
    let recipient = <DetailsKem as Kem>::PublicKey::from_bytes(recipient).ok()?;
    let mode = OpModeS::Auth((private, public));
    let (encapsulated, context) =
        hpke::setup_sender::<DetailsAead, DetailsKdf, DetailsKem>(&mode, &recipient, info).ok()?;
    let mut secret = Zeroizing::new([0; 32]);
    context.export(EXPORT, &mut *secret).ok()?;
    Some(Setup { encapsulated: encapsulated.to_bytes().into(), keyed: keyed(&secret) })
}
