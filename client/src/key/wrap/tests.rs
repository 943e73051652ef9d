use samenloop_core::value::{ConnectionId, Epoch};

use super::*;

/// The contribution of `admin-a` to epoch 7 of `zhz` in tests/vectors, wrapped to [`wrap_key`] of `school-west`
/// with the ephemeral key 60 61 .. 7f by a program of its own in Python, written from RFC 9180 and P-11.
const ENCAPSULATED: &str = "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f";
const CIPHERTEXT: &str = "fc2db62ba2eb656f8b112dbbf9e6ff32c4c61ac61db2be380744d880597c9d9d\
                          f5f4c46f9c56624f3fdb97a07358ebc5";

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    assert_eq!(hex.len(), 2 * N);
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

fn id(text: &str) -> ConnectionId {
    ConnectionId::parse(text).unwrap()
}

fn wrap_key() -> WrapKey {
    WrapKey::new(&std::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap()))
}

fn vectors() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol-v1.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_suite_is_that_of_rfc_9180() {
    let vectors = vectors();
    let vector = &vectors["rfc"]["rfc9180_A.2.1_base_seq0"];
    let text = |value: &serde_json::Value| {
        let hex = value.as_str().unwrap().to_owned();
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect::<Vec<_>>()
    };
    let message = &vector["encryptions"][0];
    let opened = hpke::single_shot_open::<WrapAead, WrapKdf, WrapKem>(
        &OpModeR::Base,
        &WrapKey::new(&text(&vector["skRm"]).try_into().unwrap()).0,
        &<WrapKem as Kem>::EncappedKey::from_bytes(&text(&vector["enc"])).unwrap(),
        &text(&vector["info"]),
        &text(&message["ct"]),
        &text(&message["aad"]),
    );
    assert_eq!(opened.unwrap(), text(&message["pt"]));
}

#[test]
fn a_wrap_made_elsewhere_from_the_protocol_opens() {
    let vectors = vectors();
    let expected = &vectors["parameters"]["contributions"][0];
    let wrapped = Wrapped { encapsulated: bytes(ENCAPSULATED), ciphertext: bytes(CIPHERTEXT) };
    let (admin, agency) = (id(expected["admin"].as_str().unwrap()), id("school-west"));
    let opened = unwrap("zhz", Epoch::new(7), &admin, &agency, &wrap_key(), &wrapped).unwrap();
    assert_eq!(*opened.expose(), bytes::<32>(expected["value"].as_str().unwrap()));
    let commitment = bytes::<32>(vectors["contribution_commitments"][0]["sha256"].as_str().unwrap());
    assert_eq!(opened.commitment("zhz", Epoch::new(7)), commitment);
}

#[test]
fn a_wrap_opens_for_its_own_agency_key_epoch_exchange_and_administrator_only() {
    let (admin, agency, epoch) = (id("beheer-a"), id("school-west"), Epoch::new(2));
    let contribution = Contribution::new(admin.clone(), [7; 32]);
    let key = wrap_key();
    let wrapped = wrap("voorbeeld", epoch, &contribution, &agency, &key.public()).unwrap();
    let opened = unwrap("voorbeeld", epoch, &admin, &agency, &key, &wrapped).unwrap();
    assert_eq!((opened.expose(), opened.administrator()), (&[7; 32], &admin));
    let closed = |exchange, epoch, admin: &str, agency: &str, key: &WrapKey, wrapped: &Wrapped| {
        let fault = unwrap(exchange, Epoch::new(epoch), &id(admin), &id(agency), key, wrapped).err();
        assert_eq!(fault, Some(WrapFault::Closed), "{exchange} {epoch} {admin} {agency}");
    };
    closed("voorbeelden", 2, "beheer-a", "school-west", &key, &wrapped);
    closed("voorbeeld", 3, "beheer-a", "school-west", &key, &wrapped);
    closed("voorbeeld", 2, "beheer-b", "school-west", &key, &wrapped);
    closed("voorbeeld", 2, "beheer-a", "school-noord", &key, &wrapped);
    closed("voorbeeld", 2, "beheer-a", "school-west", &WrapKey::new(&[1; 32]), &wrapped);
    for at in 0..48 {
        let mut changed = wrapped.clone();
        changed.ciphertext[at] ^= 1;
        closed("voorbeeld", 2, "beheer-a", "school-west", &key, &changed);
    }
    for at in 0..32 {
        let mut changed = wrapped.clone();
        changed.encapsulated[at] ^= 2;
        closed("voorbeeld", 2, "beheer-a", "school-west", &key, &changed);
    }
    let again = wrap("voorbeeld", epoch, &contribution, &agency, &key.public()).unwrap();
    assert_ne!(again, wrapped);
}

#[test]
fn a_public_key_that_leads_to_no_secret_is_refused() {
    // RFC 7748 section 6.1: points of small order give zero for every private key.
    let contribution = Contribution::new(id("beheer-a"), [7; 32]);
    let mut one = [0; 32];
    one[0] = 1;
    for public in [[0; 32], one] {
        let wrapped = wrap("voorbeeld", Epoch::new(2), &contribution, &id("school-west"), &public);
        assert_eq!(wrapped.err(), Some(WrapFault::Key));
    }
}
