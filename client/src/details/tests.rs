//! Sealing and opening together, and the vector of the protocol.

use samenloop_core::value::{Code, KeyId, Month, Observation, SealedDetails, Severity};

use super::*;
use crate::fixture;

fn details() -> Details {
    Details {
        contact_function: ContactFunction::Unspecified,
        case_reference: Some("Z-2026-1".into()),
        severity: Severity::Soft,
        code: Some(Code::parse("V11").unwrap()),
        month: Month::parse("2026-10").unwrap(),
        region: fixture::region("west"),
        observation: Observation::Own,
        manifest_sequence: 42,
    }
}

fn shown() -> Shown {
    let details = details();
    Shown {
        connection: fixture::id("school-west"),
        reference: SignalReference::new([9; 16]),
        revision: 1_795_000_000,
        severity: details.severity,
        code: details.code,
        month: details.month,
        region: details.region,
        observation: details.observation,
    }
}

fn sealed(details: &Details) -> SealedDetails {
    let (manifest, key) = (fixture::manifest(), DetailsKey::new(fixture::SCHOOL_KEY));
    let agency = fixture::id("school-west");
    let mut seals = BatchSeals::new(&manifest, &agency, &key);
    let mut sealed = seals.seal(details, shown().reference, shown().revision).unwrap();
    assert_eq!(sealed.len(), 1);
    sealed.remove(0)
}

fn open_as(coordinator: &str, key: [u8; 32], sealed: Option<&SealedDetails>, shown: &Shown) -> Opened {
    let manifest = fixture::manifest();
    let own = manifest.connection(&fixture::id(coordinator)).unwrap();
    Opener::new(&manifest, own, &[DetailsKey::new(key)]).open(sealed, shown)
}

fn open(sealed: &SealedDetails, shown: &Shown) -> Opened {
    open_as("zorgcoordinator-west", fixture::WEST_KEY, Some(sealed), shown)
}

#[test]
fn the_coordinator_of_the_region_opens_what_the_agency_sealed() {
    assert_eq!(open(&sealed(&details()), &shown()), Opened::Same(details()));
    let empty = Details { case_reference: None, ..details() };
    assert_eq!(open(&sealed(&empty), &shown()), Opened::Same(empty));
}

#[test]
fn nothing_sealed_is_suspect_in_the_own_region_alone_as_agencies_seal_to_all_its_coordinators() {
    let open = |coordinator, key| open_as(coordinator, key, None, &shown());
    assert_eq!(open("zorgcoordinator-west", fixture::WEST_KEY), Opened::Missing);
    assert_eq!(open("zorgcoordinator-noord", fixture::NOORD_KEY), Opened::Absent);
    // Whoever would be warned of a missing one gets one.
    let (manifest, key) = (fixture::manifest(), DetailsKey::new(fixture::SCHOOL_KEY));
    let agency = fixture::id("school-west");
    for region in manifest.regions() {
        let details = Details { region: region.id.clone(), case_reference: None, ..details() };
        let mut seals = BatchSeals::new(&manifest, &agency, &key);
        let sealed = seals.seal(&details, shown().reference, shown().revision).unwrap();
        let keys: Vec<_> = sealed.iter().map(|it| Some(*it.key())).collect();
        let own: Vec<_> = manifest.coordinators_of(&region.id).map(|it| it.details_key_id).collect();
        assert!(keys == own && !keys.is_empty(), "{}", region.id);
    }
}

#[test]
fn nobody_else_opens_them() {
    let sealed = sealed(&details());
    for (coordinator, key) in
        [("zorgcoordinator-noord", fixture::NOORD_KEY), ("zorgcoordinator-west", fixture::NOORD_KEY)]
    {
        assert_eq!(open_as(coordinator, key, Some(&sealed), &shown()), Opened::Unreadable);
    }
}

#[test]
fn a_hub_that_changes_any_byte_is_seen() {
    let whole = sealed(&details());
    let rebuild = |encapsulated, nonce, ciphertext| {
        SealedDetails::new(*whole.key(), encapsulated, nonce, Box::new(ciphertext))
    };
    for at in 0..32 {
        let mut encapsulated = *whole.encapsulated();
        // The highest bit of an X25519 coordinate is ignored (RFC 7748 section 5): the lowest is not.
        encapsulated[at] ^= 1;
        let changed = rebuild(encapsulated, *whole.nonce(), *whole.ciphertext());
        assert_eq!(open(&changed, &shown()), Opened::Unreadable, "encapsulated {at}");
    }
    for at in 0..12 {
        let mut nonce = *whole.nonce();
        nonce[at] ^= 1;
        let changed = rebuild(*whole.encapsulated(), nonce, *whole.ciphertext());
        assert_eq!(open(&changed, &shown()), Opened::Unreadable, "nonce {at}");
    }
    for at in 0..272 {
        let mut ciphertext = *whole.ciphertext();
        ciphertext[at] ^= 1;
        let changed = rebuild(*whole.encapsulated(), *whole.nonce(), ciphertext);
        assert_eq!(open(&changed, &shown()), Opened::Unreadable, "ciphertext {at}");
    }
    let other_key: KeyId = [0; 8];
    let changed =
        SealedDetails::new(other_key, *whole.encapsulated(), *whole.nonce(), Box::new(*whole.ciphertext()));
    assert_eq!(open(&changed, &shown()), Opened::Unreadable);
}

#[test]
fn details_of_another_signal_are_unreadable_and_another_content_is_a_mismatch() {
    let sealed = sealed(&details());
    for moved in [
        Shown { reference: SignalReference::new([8; 16]), ..shown() },
        Shown { revision: 1, ..shown() },
        Shown { connection: fixture::id("zorgcoordinator-noord"), ..shown() },
        Shown { connection: fixture::id("made-up"), ..shown() },
    ] {
        assert_eq!(open(&sealed, &moved), Opened::Unreadable);
    }
    for changed in [
        Shown { severity: Severity::Hard, ..shown() },
        Shown { code: None, ..shown() },
        Shown { month: Month::parse("2026-11").unwrap(), ..shown() },
        Shown { region: fixture::region("noord"), ..shown() },
        Shown { observation: Observation::Hearsay(samenloop_core::value::Domain::Zorg), ..shown() },
    ] {
        assert_eq!(open(&sealed, &changed), Opened::Mismatch(details()));
    }
}

#[test]
fn a_hub_cannot_make_details_without_the_agencys_key() {
    let (manifest, key) = (fixture::manifest(), DetailsKey::new([77; 32]));
    let agency = fixture::id("school-west");
    let mut seals = BatchSeals::new(&manifest, &agency, &key);
    let forged = seals.seal(&details(), shown().reference, shown().revision).unwrap();
    assert_eq!(open(&forged[0], &shown()), Opened::Unreadable);
}

#[test]
fn one_batch_has_one_setup_and_every_signal_its_own_nonce() {
    let (manifest, key) = (fixture::manifest(), DetailsKey::new(fixture::SCHOOL_KEY));
    let agency = fixture::id("school-west");
    let mut seals = BatchSeals::new(&manifest, &agency, &key);
    let mut seal = || seals.seal(&details(), shown().reference, shown().revision).unwrap().remove(0);
    let (one, two) = (seal(), seal());
    assert_eq!(one.encapsulated(), two.encapsulated());
    assert_ne!(one.nonce(), two.nonce());
    assert_ne!(one.ciphertext(), two.ciphertext());
    assert_ne!(sealed(&details()).encapsulated(), one.encapsulated());
}

#[test]
fn the_key_of_a_signal_is_that_of_the_vector() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol-v1.json");
    let vectors: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let vector = &vectors["details_key"];
    let bytes = |name: &str| -> Vec<u8> {
        let hex = vector[name].as_str().unwrap();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let secret: [u8; 32] = bytes("secret").try_into().unwrap();
    let reference = SignalReference::new(bytes("reference").try_into().unwrap());
    let key = signal_key(keyed(&secret), reference, vector["revision"].as_u64().unwrap());
    assert_eq!(key.as_slice(), bytes("key"));
}
