//! The shared vectors, recomputed. An independent reading of `docs/protocol.md` made them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

use hmac::{Hmac, KeyInit, Mac};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_pseudonym::contribution::{Contribution, epoch_key};
use samenloop_pseudonym::{
    BSN, EpochKey, Identifier, IdentifierFault, ONDERWIJSNUMMER, ReferenceKey, V_NUMBER,
};
use serde_json::Value;
use sha2::Sha256;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol-v1.json");

fn vectors() -> Value {
    serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap()
}

/// A list of vectors that must not be empty: none is no test.
fn list<'a>(value: &'a Value, what: &str) -> &'a [Value] {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(!list.is_empty(), "no vectors for {what}");
    list
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is no text"))
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|it| u8::try_from(it.to_digit(16).unwrap()).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2), "half a byte");
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn key(hex: &str) -> [u8; 32] {
    bytes(hex).try_into().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn exchange(vectors: &Value) -> (&str, Epoch) {
    let number = vectors["parameters"]["epoch"].as_u64().unwrap();
    (text(&vectors["parameters"], "exchange"), Epoch::new(u32::try_from(number).unwrap()))
}

fn contributions(vectors: &Value) -> Vec<Contribution> {
    list(&vectors["parameters"]["contributions"], "contributions")
        .iter()
        .map(|it| Contribution::new(ConnectionId::parse(text(it, "admin")).unwrap(), key(text(it, "value"))))
        .collect()
}

#[test]
fn every_identifier_of_the_vectors_has_its_pseudonym() {
    let vectors = vectors();
    let (exchange, epoch) = exchange(&vectors);
    let epoch_key = EpochKey::new(exchange, epoch, key(text(&vectors["parameters"], "K_e")));
    assert_eq!(epoch_key.epoch(), epoch);
    for vector in list(&vectors["pseudonym"], "pseudonyms") {
        // "BSN 10000008 (8 digits, left-padded)": as an agency would type it.
        let name = text(vector, "name");
        let typed = name.split(' ').find(|word| word.parse::<u64>().is_ok()).unwrap();
        let identifier = match vector["kind"].as_u64().unwrap() {
            1 => Identifier::parse_bsn(typed),
            2 => Identifier::parse_onderwijsnummer(typed),
            3 => Identifier::parse_v_number(typed),
            other => panic!("{name}: kind {other}"),
        }
        .unwrap();
        let place = epoch_key.place(&identifier);
        assert_eq!(hex(place.pseudonym().bytes()), text(vector, "pseudonym_P"), "{name}");
        assert_eq!(u64::from(place.kind().number()), vector["kind"].as_u64().unwrap(), "{name}");
        assert_eq!(place.epoch(), epoch, "{name}");
    }
}

#[test]
fn kinds_have_the_numbers_of_p_1() {
    assert_eq!([BSN.number(), ONDERWIJSNUMMER.number(), V_NUMBER.number()], [1, 2, 3]);
}

#[test]
fn every_identifier_that_the_vectors_refuse_is_refused() {
    let vectors = vectors();
    let refused: Vec<_> =
        list(&vectors["negative"], "refusals").iter().filter_map(|it| it["input"].as_str()).collect();
    assert!(!refused.is_empty(), "no identifiers to refuse");
    for input in refused {
        let expected = if input.contains(|it| it != '0') {
            IdentifierFault::ElevenTest
        } else {
            IdentifierFault::AllZeros
        };
        assert_eq!(Identifier::parse_bsn(input).err(), Some(expected), "{input}");
    }
}

#[test]
fn the_signal_reference_of_the_vectors_comes_out() {
    let vectors = vectors();
    let vector = &vectors["signal_reference"];
    let reference_key = ReferenceKey::new(key(text(vector, "reference_key")));
    let reference = reference_key.reference(text(vector, "local_reference"));
    assert_eq!(reference.hex(), text(vector, "reference"));
    assert_ne!(reference_key.reference("zaak-2026-0002"), reference);
}

#[test]
fn the_contributions_of_the_vectors_make_the_epoch_key_in_any_order() {
    let vectors = vectors();
    let (exchange, epoch) = exchange(&vectors);
    let mut contributions = contributions(&vectors);
    for _ in 0..2 {
        let made = epoch_key(exchange, epoch, 2, &contributions).unwrap();
        assert_eq!(hex(made.as_slice()), text(&vectors["parameters"], "K_e"));
        contributions.reverse();
    }
}

#[test]
fn every_commitment_of_the_vectors_comes_out() {
    let vectors = vectors();
    let (exchange, epoch) = exchange(&vectors);
    let commitments = list(&vectors["contribution_commitments"], "commitments");
    let contributions = contributions(&vectors);
    assert_eq!(commitments.len(), contributions.len());
    for (vector, contribution) in commitments.iter().zip(&contributions) {
        assert_eq!(contribution.administrator().as_str(), text(vector, "admin"));
        assert_eq!(hex(&contribution.commitment(exchange, epoch)), text(vector, "sha256"));
    }
}

#[test]
fn the_keyed_hash_is_that_of_rfc_4231() {
    let vectors = vectors();
    for vector in list(&vectors["rfc"]["rfc4231"], "RFC 4231") {
        let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(text(vector, "key"))).unwrap();
        mac.update(&bytes(text(vector, "data")));
        assert_eq!(hex(&mac.finalize().into_bytes()), text(vector, "hmac_sha256"), "{}", vector["case"]);
    }
}
