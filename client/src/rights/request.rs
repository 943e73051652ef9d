//! A request on its way from an agency to one contact point: sealed, of one size, and from nobody else.
//!
//! RFC 9180 in mode_auth: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, with the agency's details key of
//! the manifest. The hub never sees it; the file may go by any way, as it opens at that contact point alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use samenloop_core::case::ClosedList as _;
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::rights::RightsKind;
use samenloop_core::room::rights::MAX_PLACES;
use samenloop_core::value::{ConnectionId, Epoch, Kind, Place, Pseudonym};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::details::{DetailsKey, public_key};
use crate::language::{Language, Say};
use crate::message::append;

type RequestKem = hpke::kem::X25519HkdfSha256;
type RequestKdf = hpke::kdf::HkdfSha256;
type RequestAead = hpke::aead::ChaCha20Poly1305;

/// Version of the plaintext.
const VERSION: u8 = 1;
/// Bytes of one place: epoch, kind and pseudonym.
const PLACE_LEN: usize = 4 + 1 + 32;
/// Bytes of the plaintext, whatever it names.
const TEXT_LEN: usize = 3 + MAX_PLACES * PLACE_LEN;
/// Bytes of an encapsulated key (RFC 9180 section 7.1).
const ENCAPSULATED_LEN: usize = 32;

/// A request as its file holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedRequest {
    /// Version of the file: 1.
    samenloop_rights: u8,
    /// Which agency sealed it.
    agency: String,
    /// To which contact point.
    contact_point: String,
    /// Encapsulated key and ciphertext, as base64.
    sealed: String,
}

/// What a request says, once it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Which agency sealed it.
    pub agency: ConnectionId,
    /// What is asked for.
    pub kind: RightsKind,
    /// Where the child's signals are filed, if there are any.
    pub places: Vec<Place>,
}

/// Why a request is not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// No file of a request.
    #[error("this is no rights request")]
    Form,
    /// Sealed to another contact point.
    #[error("this request is sealed to another contact point")]
    OtherContactPoint,
    /// The agency or the contact point has no usable key in the manifest.
    #[error("the manifest enters no details key of the agency or of the contact point")]
    Key,
    /// Not sealed by that agency to this key, or changed.
    #[error("this request does not open: it is not of that agency, or was changed")]
    Closed,
}

impl Say for OpenFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Form, Language::Nl) => "Dit bestand is geen verzoek over rechten.".into(),
            (Self::OtherContactPoint, Language::Nl) => {
                "Dit verzoek is verzegeld aan een ander contactpunt. Stuur het daarheen.".into()
            }
            (Self::Key, Language::Nl) => {
                "In het manifest staat geen bruikbare sleutel van de organisatie of van het contactpunt. Vraag de sleutelbeheerder.".into()
            }
            (Self::Closed, Language::Nl) => {
                "Dit verzoek gaat niet open: het is niet van deze organisatie, of het is veranderd. Vraag om een nieuw verzoek.".into()
            }
        }
    }
}

/// `lp("samenloop/v1/rights/request") ‖ lp(exchange) ‖ lp(contact_point_id) ‖ lp(its details key)`.
fn info(exchange: &str, contact_point: &ConnectionId, key: &[u8; 32]) -> Vec<u8> {
    let mut info = Vec::with_capacity(128);
    append(&mut info, b"samenloop/v1/rights/request");
    append(&mut info, exchange.as_bytes());
    append(&mut info, contact_point.as_str().as_bytes());
    append(&mut info, key);
    info
}

fn associated(agency: &ConnectionId) -> Vec<u8> {
    let mut associated = Vec::with_capacity(40);
    append(&mut associated, agency.as_str().as_bytes());
    associated
}

/// Seals a request of `agency` to a contact point of the manifest.
///
/// # Errors
/// [`OpenFault::Key`], or [`OpenFault::Form`] for more places than a request holds.
pub fn seal(
    manifest: &Manifest,
    agency: &ConnectionId,
    key: &DetailsKey,
    contact_point: &Connection,
    kind: RightsKind,
    places: &[Place],
) -> Result<SealedRequest, OpenFault> {
    let recipient = contact_point.details_key.ok_or(OpenFault::Key)?;
    let public = <RequestKem as Kem>::PublicKey::from_bytes(&recipient).map_err(|_| OpenFault::Key)?;
    let own = <RequestKem as Kem>::PrivateKey::from_bytes(key.bytes()).map_err(|_| OpenFault::Key)?;
    let own_public = public_key(key).ok_or(OpenFault::Key)?;
    let own_public = <RequestKem as Kem>::PublicKey::from_bytes(&own_public).map_err(|_| OpenFault::Key)?;
    let text = written(kind, places).ok_or(OpenFault::Form)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<RequestAead, RequestKdf, RequestKem>(
        &OpModeS::Auth((own, own_public)),
        &public,
        &info(manifest.exchange(), &contact_point.id, &recipient),
        &text,
        &associated(agency),
    )
    .map_err(|_| OpenFault::Key)?;
    let sealed = [encapsulated.to_bytes().as_slice(), &ciphertext].concat();
    Ok(SealedRequest {
        samenloop_rights: VERSION,
        agency: agency.to_string(),
        contact_point: contact_point.id.to_string(),
        sealed: STANDARD.encode(sealed),
    })
}

/// Opens a request at the contact point `own`, whose private details key is `key`.
///
/// # Errors
/// [`OpenFault`].
pub fn open(
    manifest: &Manifest,
    own: &ConnectionId,
    key: &DetailsKey,
    request: &SealedRequest,
) -> Result<Opened, OpenFault> {
    if request.samenloop_rights != VERSION {
        return Err(OpenFault::Form);
    }
    if request.contact_point != own.as_str() {
        return Err(OpenFault::OtherContactPoint);
    }
    let agency = ConnectionId::parse(&request.agency).map_err(|_| OpenFault::Form)?;
    let sender = manifest.connection(&agency).filter(|it| it.domain().is_some());
    let sender = sender.and_then(|it| it.details_key).ok_or(OpenFault::Key)?;
    let sender = <RequestKem as Kem>::PublicKey::from_bytes(&sender).map_err(|_| OpenFault::Key)?;
    let private = <RequestKem as Kem>::PrivateKey::from_bytes(key.bytes()).map_err(|_| OpenFault::Key)?;
    let public = public_key(key).ok_or(OpenFault::Key)?;
    let sealed = STANDARD.decode(&request.sealed).map_err(|_| OpenFault::Form)?;
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED_LEN).ok_or(OpenFault::Form)?;
    let closed = |_| OpenFault::Closed;
    let encapsulated = <RequestKem as Kem>::EncappedKey::from_bytes(encapsulated).map_err(closed)?;
    let text = hpke::single_shot_open::<RequestAead, RequestKdf, RequestKem>(
        &OpModeR::Auth(sender),
        &private,
        &encapsulated,
        &info(manifest.exchange(), own, &public),
        ciphertext,
        &associated(&agency),
    );
    let text = Zeroizing::new(text.map_err(closed)?);
    let (kind, places) = read(&text).ok_or(OpenFault::Form)?;
    Ok(Opened { agency, kind, places })
}

fn written(kind: RightsKind, places: &[Place]) -> Option<Zeroizing<Vec<u8>>> {
    if places.is_empty() || places.len() > MAX_PLACES {
        return None;
    }
    let mut text = Zeroizing::new(Vec::with_capacity(TEXT_LEN));
    text.extend([VERSION, kind.number(), u8::try_from(places.len()).ok()?]);
    for place in places {
        text.extend_from_slice(&place.epoch().number().to_be_bytes());
        text.push(place.kind().number());
        text.extend_from_slice(place.pseudonym().bytes());
    }
    text.resize(TEXT_LEN, 0);
    Some(text)
}

fn read(text: &[u8]) -> Option<(RightsKind, Vec<Place>)> {
    let ([VERSION, kind, count], rest) = text.split_first_chunk::<3>()? else { return None };
    let kind = RightsKind::from_number(u32::from(*kind))?;
    let count = usize::from(*count);
    let (chunks, _) = rest.as_chunks::<PLACE_LEN>();
    let place = |chunk: &[u8; PLACE_LEN]| {
        let (epoch, rest) = chunk.split_first_chunk::<4>()?;
        let (kind, pseudonym) = rest.split_first()?;
        let pseudonym = Pseudonym::new(pseudonym.try_into().ok()?);
        Some(Place::new(Epoch::new(u32::from_be_bytes(*epoch)), Kind::new(*kind)?, pseudonym))
    };
    let places = chunks.iter().take(count).map(place).collect::<Option<Vec<_>>>()?;
    (places.len() == count && count > 0).then_some((kind, places))
}

#[cfg(test)]
mod tests {
    use samenloop_core::fixture::place;
    use samenloop_core::manifest::{Manifest, Role};

    use super::*;
    use crate::fixture;

    const POINT_KEY: [u8; 32] = [31; 32];
    const OTHER_KEY: [u8; 32] = [32; 32];

    /// The fixture's manifest with two contact points.
    fn manifest() -> Manifest {
        let mut entries = fixture::entries();
        let some = entries.connections[1].clone();
        for (name, key) in [("contactpunt", POINT_KEY), ("contactpunt-twee", OTHER_KEY)] {
            let details_key = public_key(&DetailsKey::new(key)).unwrap();
            entries.connections.push(Connection {
                id: fixture::id(name),
                role: Role::ContactPoint,
                details_key: Some(details_key),
                details_key_id: Some(samenloop_manifest::details_key_id(&details_key)),
                ..some.clone()
            });
        }
        Manifest::new(entries).unwrap()
    }

    fn request(manifest: &Manifest, to: &str, places: &[Place]) -> SealedRequest {
        let agency = fixture::agency();
        let to = manifest.connection(&fixture::id(to)).unwrap();
        seal(manifest, &agency.connection, &agency.details_key, to, RightsKind::Access, places).unwrap()
    }

    #[test]
    fn a_request_opens_at_its_own_contact_point_alone() {
        let manifest = manifest();
        let places = [place(6, 1, 7), place(7, 1, 7)];
        let sealed = request(&manifest, "contactpunt", &places);
        let own = fixture::id("contactpunt");
        let opened = open(&manifest, &own, &DetailsKey::new(POINT_KEY), &sealed).unwrap();
        assert_eq!((opened.kind, opened.places.as_slice()), (RightsKind::Access, &places[..]));
        assert_eq!(opened.agency, fixture::id("school-west"));
        let other = fixture::id("contactpunt-twee");
        let at = |own: &ConnectionId, key, request: &SealedRequest| {
            open(&manifest, own, &DetailsKey::new(key), request).err()
        };
        assert_eq!(at(&other, OTHER_KEY, &sealed), Some(OpenFault::OtherContactPoint));
        // Addressed anew, it still does not open.
        let forged = SealedRequest { contact_point: other.to_string(), ..sealed.clone() };
        assert_eq!(at(&other, OTHER_KEY, &forged), Some(OpenFault::Closed));
        let of_another = SealedRequest { agency: "zorgcoordinator-west".into(), ..sealed.clone() };
        assert_eq!(at(&own, POINT_KEY, &of_another), Some(OpenFault::Key));
    }

    #[test]
    fn every_request_has_one_size_and_no_bit_of_it_can_change() {
        let manifest = manifest();
        let many: Vec<_> = (0..8).map(|child| place(7, 1, child)).collect();
        let (one, eight) =
            (request(&manifest, "contactpunt", &many[..1]), request(&manifest, "contactpunt", &many));
        assert_eq!(one.sealed.len(), eight.sealed.len());
        let bytes = STANDARD.decode(&one.sealed).unwrap();
        for at in (0..bytes.len()).step_by(7) {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            let bent = SealedRequest { sealed: STANDARD.encode(bent), ..one.clone() };
            let fault = open(&manifest, &fixture::id("contactpunt"), &DetailsKey::new(POINT_KEY), &bent);
            assert_eq!(fault, Err(OpenFault::Closed), "byte {at}");
        }
    }
}
