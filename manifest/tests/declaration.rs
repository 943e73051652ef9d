//! What a connection says of its own key of an epoch: believed only by the key that the manifest enters for it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests only")]

mod support;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, Day, Epoch};
use samenloop_manifest::declaration::{
    CERTIFICATE_KEY_LEN, DeclarationFault, Declared, Said, SignedDeclaration,
};
use samenloop_manifest::{open, sha256};
use support::{ORIGIN, body, hex, key, note, root};

/// The head of a SubjectPublicKeyInfo of P-256 (RFC 5480 section 2).
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The key of a certificate.
struct Own {
    pair: EcdsaKeyPair,
    public: Vec<u8>,
}

impl Own {
    fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
        let public = [&SPKI_HEAD[..], pair.public_key().as_ref()].concat();
        Self { pair, public }
    }

    fn signature(&self, text: &str) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec()
    }

    fn signed(&self, text: &str) -> SignedDeclaration {
        SignedDeclaration::new(text.as_bytes().to_vec(), self.public.clone(), self.signature(text))
    }
}

/// The manifest with these certificate keys of the school and of its coordinator.
fn manifest(school: &Own, coordinator: &Own) -> Manifest {
    let pin = |byte: &str, own: &Own| {
        let pinned = |hash: &str| format!("certificate_keys = [\"{hash}\"]");
        (pinned(&byte.repeat(32)), pinned(&hex(&sha256(&own.public))))
    };
    let ((of_school, school), (of_coordinator, coordinator)) = (pin("00", school), pin("01", coordinator));
    let text = body(1).replacen(&of_school, &school, 1).replacen(&of_coordinator, &coordinator, 1);
    open(&root(1), &note(&text, &[&key("a", 1)]), text.as_bytes()).unwrap()
}

fn declared(connection: &str, epoch: u32, said: Said) -> Declared {
    let id = ConnectionId::parse(connection).unwrap();
    Declared::new(ORIGIN.to_owned(), id, Epoch::new(epoch), said, Day::parse("2026-11-22").unwrap())
}

/// The keys of school and coordinator, and the manifest that enters them.
fn world() -> (Own, Own, Manifest) {
    let (school, coordinator) = (Own::new(), Own::new());
    let manifest = manifest(&school, &coordinator);
    (school, coordinator, manifest)
}

#[test]
fn what_a_connection_signs_of_its_own_key_is_believed_word_for_word() {
    let (school, _, manifest) = world();
    for said in [Said::WrapKey([0xa5; 32]), Said::Installed, Said::Destroyed] {
        let declared = declared("school", 7, said);
        let signed = school.signed(&declared.to_string());
        assert_eq!(signed.certificate_key().len(), CERTIFICATE_KEY_LEN);
        assert_eq!(signed.verify(ORIGIN, &manifest), Ok(declared));
    }
    let text = declared("school", 7, Said::WrapKey([0xa5; 32])).to_string();
    let expected = format!("{ORIGIN}/declaration\nschool\n7\nwrap-key {}\n2026-11-22\n", "a5".repeat(32));
    assert_eq!(text, expected);
}

#[test]
fn nobody_declares_for_another_connection() {
    let (school, coordinator, manifest) = world();
    let text = declared("school", 7, Said::WrapKey([1; 32])).to_string();
    // The hub, or another connection, with a sound key and a sound signature of its own.
    for other in [&coordinator, &Own::new()] {
        assert_eq!(other.signed(&text).verify(ORIGIN, &manifest), Err(DeclarationFault::OtherKey));
        // Under the name of the right key the signature is no signature.
        let claimed =
            SignedDeclaration::new(text.clone().into_bytes(), school.public.clone(), other.signature(&text));
        assert_eq!(claimed.verify(ORIGIN, &manifest), Err(DeclarationFault::Signature));
    }
    let absent = declared("school-zuid", 7, Said::Installed).to_string();
    assert_eq!(school.signed(&absent).verify(ORIGIN, &manifest), Err(DeclarationFault::OtherKey));
    // A key that the next manifest strikes out.
    let later = self::manifest(&coordinator, &school);
    assert_eq!(school.signed(&text).verify(ORIGIN, &later), Err(DeclarationFault::OtherKey));
}

#[test]
fn a_declaration_of_another_exchange_is_none_here() {
    let (school, _, manifest) = world();
    let text = declared("school", 7, Said::Installed).to_string();
    assert_eq!(
        school.signed(&text).verify("samenloop.example/other", &manifest),
        Err(DeclarationFault::Text)
    );
    let elsewhere = text.replace(ORIGIN, "samenloop.example/other");
    assert_eq!(school.signed(&elsewhere).verify(ORIGIN, &manifest), Err(DeclarationFault::Text));
}

#[test]
fn one_changed_byte_of_text_or_signature_is_no_declaration() {
    let (school, _, manifest) = world();
    let text = declared("school", 7, Said::WrapKey([1; 32])).to_string();
    let (signature, bytes) = (school.signature(&text), text.clone().into_bytes());
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let signed = SignedDeclaration::new(altered, school.public.clone(), signature.clone());
        assert!(signed.verify(ORIGIN, &manifest).is_err(), "{at}");
    }
    for at in 0..signature.len() {
        let mut altered = signature.clone();
        altered[at] ^= 1;
        let signed = SignedDeclaration::new(bytes.clone(), school.public.clone(), altered);
        assert_eq!(signed.verify(ORIGIN, &manifest), Err(DeclarationFault::Signature), "{at}");
    }
    // A sound signature of another of its own declarations: another wrap key, epoch or matter.
    for other in [
        declared("school", 7, Said::WrapKey([2; 32])),
        declared("school", 8, Said::WrapKey([1; 32])),
        declared("school", 7, Said::Destroyed),
    ] {
        let other = school.signature(&other.to_string());
        let signed = SignedDeclaration::new(bytes.clone(), school.public.clone(), other);
        assert_eq!(signed.verify(ORIGIN, &manifest), Err(DeclarationFault::Signature));
    }
}

#[test]
fn only_the_five_lines_as_they_are_written_are_a_declaration() {
    let (school, _, manifest) = world();
    let text = declared("school", 7, Said::WrapKey([0xab; 32])).to_string();
    for wrong in [
        String::new(),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}2026-11-22\n"),
        text.replace("\n7\n", "\n07\n"),
        text.replace("\n7\n", "\n+7\n"),
        text.replace("wrap-key ab", "wrap-key AB"),
        text.replace("wrap-key ab", "wrap-key "),
        text.replace("wrap-key ab", "wrap-key abab"),
        text.replace("wrap-key ", "epoch-key "),
        text.replace("/declaration", "/destruction"),
        text.replace("2026-11-22", "2026-11-31"),
        text.replace('\n', "\r\n"),
    ] {
        let fault = school.signed(&wrong).verify(ORIGIN, &manifest);
        assert_eq!(fault, Err(DeclarationFault::Text), "{wrong:?}");
    }
    let binary = [text.as_bytes(), &[0xff]].concat();
    let signed = SignedDeclaration::new(binary, school.public.clone(), school.signature(&text));
    assert_eq!(signed.verify(ORIGIN, &manifest), Err(DeclarationFault::Text));
}

#[test]
fn a_certificate_key_of_another_length_or_kind_declares_nothing() {
    let (mut school, coordinator, _) = world();
    let text = declared("school", 7, Said::Installed).to_string();
    let whole = school.public.clone();
    let mut longer = whole.clone();
    longer.push(0);
    let mut other_kind = whole.clone();
    other_kind[10] ^= 1;
    for public in
        [Vec::new(), whole[..CERTIFICATE_KEY_LEN - 1].to_vec(), longer, other_kind, whole[26..].to_vec()]
    {
        school.public = public;
        // Even where the manifest enters exactly these bytes.
        let entered = manifest(&school, &coordinator);
        let fault = school.signed(&text).verify(ORIGIN, &entered).unwrap_err();
        assert!(
            matches!(fault, DeclarationFault::OtherKey | DeclarationFault::Signature),
            "{} bytes: {fault}",
            school.public.len()
        );
    }
}

#[test]
fn whether_the_epoch_exists_is_for_who_relies_on_it() {
    let (school, _, manifest) = world();
    let unknown = declared("school", 99, Said::Installed);
    assert!(manifest.epochs().iter().all(|it| it.epoch != unknown.epoch()));
    assert_eq!(school.signed(&unknown.to_string()).verify(ORIGIN, &manifest), Ok(unknown));
}
