use std::path::PathBuf;

use samenloop_core::value::Epoch;

use super::*;
use crate::language::{Language, Say};

const KEY: [u8; 32] = [0x5a; 32];

/// A directory with a machine secret.
fn machine() -> (tempfile::TempDir, Secret) {
    let directory = tempfile::tempdir().unwrap();
    let secret = Secret::make(&directory.path().join("machine.secret")).unwrap();
    (directory, secret)
}

fn written(directory: &tempfile::TempDir, name: &str, text: &[u8]) -> PathBuf {
    let path = directory.path().join(name);
    let _ = std::fs::remove_file(&path);
    write_private(&path, text).unwrap();
    path
}

/// The fault of opening, in sentences that name no key.
fn fault(path: &Path, purpose: Purpose, secret: &Secret) -> KeyFault {
    let Err(fault) = open(path, purpose, secret) else { panic!("{} opens", path.display()) };
    for language in [Language::Nl, Language::En] {
        let sentence = fault.say(language);
        assert!(sentence.len() > 20 && !sentence.contains(&"5a".repeat(4)), "{sentence}");
    }
    fault
}

fn secret_fault(path: &Path) -> KeyFault {
    let Err(fault) = Secret::read(path) else { panic!("{} is a secret", path.display()) };
    fault
}

#[cfg(unix)]
fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_was_sealed_opens_again_and_only_under_its_secret() {
    let (directory, secret) = machine();
    let path = directory.path().join("reference.key");
    seal(&path, Purpose::Reference, &KEY, &secret).unwrap();
    assert_eq!(*open_32(&path, Purpose::Reference, &secret).unwrap(), KEY);
    let again = Secret::read(secret.path()).unwrap();
    assert_eq!(*open_32(&path, Purpose::Reference, &again).unwrap(), KEY);
    let (_other, another) = machine();
    assert!(matches!(fault(&path, Purpose::Reference, &another), KeyFault::Closed { .. }));
    let large = vec![7; MAX_CONTENT_LEN];
    let tls = directory.path().join("tls.key");
    seal(&tls, Purpose::Tls, &large, &secret).unwrap();
    assert_eq!(*open(&tls, Purpose::Tls, &secret).unwrap(), large);
    assert!(matches!(open_32(&tls, Purpose::Tls, &secret), Err(KeyFault::Malformed(_))));
    assert!(seal(&path.with_extension("2"), Purpose::Tls, &[0; MAX_CONTENT_LEN + 1], &secret).is_err());
}

#[test]
fn a_passphrase_seals_as_a_machine_secret_does() {
    let (directory, machine) = machine();
    let passphrase = written(&directory, "passphrase", "vijf losse woorden ergens é\n".as_bytes());
    let secret = Secret::read(&passphrase).unwrap();
    let path = directory.path().join("sign.key");
    seal(&path, Purpose::Sign, &KEY, &secret).unwrap();
    // One newline at the end is the editor's, of whatever system.
    for text in ["vijf losse woorden ergens é", "vijf losse woorden ergens é\r\n"] {
        let same = Secret::read(&written(&directory, "same", text.as_bytes())).unwrap();
        assert_eq!(*open_32(&path, Purpose::Sign, &same).unwrap(), KEY);
    }
    let wrong = Secret::read(&written(&directory, "wrong", b"vijf losse woorden ergens e\n")).unwrap();
    assert!(matches!(fault(&path, Purpose::Sign, &wrong), KeyFault::Closed { .. }));
    let found = fault(&path, Purpose::Sign, &machine);
    assert!(matches!(found, KeyFault::SecretKind { sealed_with: Derivation::Passphrase, .. }), "{found}");
}

#[test]
fn a_key_of_another_purpose_or_epoch_is_refused_by_name() {
    let (directory, secret) = machine();
    let path = directory.path().join("2.key");
    let (one, two) = (Purpose::Epoch(Epoch::new(1)), Purpose::Epoch(Epoch::new(2)));
    seal(&path, one, &KEY, &secret).unwrap();
    let refused = fault(&path, two, &secret);
    assert!(refused.say(Language::En).contains("is the key of epoch 1, not the key of epoch 2"), "{refused}");
    let dutch = refused.say(Language::Nl);
    assert!(
        dutch.contains("is de sleutel van sleutelperiode 1, niet de sleutel van sleutelperiode 2"),
        "{dutch}"
    );
    assert!(matches!(fault(&path, Purpose::Details, &secret), KeyFault::Other { .. }));
    // Nor does it help to write another purpose in its head.
    let text = std::fs::read_to_string(&path).unwrap();
    let renamed = written(&directory, "renamed.key", text.replace("epoch/1", "epoch/2").as_bytes());
    assert!(matches!(fault(&renamed, two, &secret), KeyFault::Closed { .. }));
}

#[test]
fn a_file_cut_off_anywhere_or_changed_anywhere_does_not_open() {
    let (directory, secret) = machine();
    let path = directory.path().join("reference.key");
    seal(&path, Purpose::Reference, &KEY, &secret).unwrap();
    let text = std::fs::read(&path).unwrap();
    for length in 0..text.len() {
        let cut = written(&directory, "cut.key", &text[..length]);
        let found = fault(&cut, Purpose::Reference, &secret);
        assert!(matches!(found, KeyFault::Malformed(_) | KeyFault::Empty(_)), "{length}: {found:?}");
    }
    for at in 0..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1;
        fault(&written(&directory, "changed.key", &changed), Purpose::Reference, &secret);
    }
    for other in [&b"5a".repeat(32)[..], b"-----BEGIN PRIVATE KEY-----\n", &[0xff; 200], &[b'a'; 20_000]] {
        let other = written(&directory, "other.key", other);
        assert!(matches!(fault(&other, Purpose::Reference, &secret), KeyFault::Malformed(_)));
    }
    let twice = written(&directory, "twice.key", &[&text[..], b"\n"].concat());
    assert!(matches!(fault(&twice, Purpose::Reference, &secret), KeyFault::Malformed(_)));
}

#[test]
fn a_key_file_holds_nothing_of_the_key_and_no_two_are_alike() {
    let (directory, secret) = machine();
    let texts = ["one.key", "two.key"].map(|name| {
        let path = directory.path().join(name);
        seal(&path, Purpose::Reference, &KEY, &secret).unwrap();
        std::fs::read_to_string(path).unwrap()
    });
    assert_ne!(texts[0], texts[1]);
    for text in texts {
        assert!(text.starts_with("samenloop-key/1 reference hkdf-sha256 ") && text.lines().count() == 1);
        assert!(!text.contains(&"5a".repeat(4)) && !text.contains(&STANDARD.encode(&KEY[..30])));
    }
}

#[cfg(unix)]
#[test]
fn a_key_or_secret_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, secret) = machine();
    let path = directory.path().join("reference.key");
    seal(&path, Purpose::Reference, &KEY, &secret).unwrap();
    for made in [&path, secret.path()] {
        assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o600);
    }
    for open_to_others in [0o640, 0o604, 0o610, 0o602] {
        mode(&path, open_to_others);
        assert!(matches!(fault(&path, Purpose::Reference, &secret), KeyFault::Open(_)));
        mode(secret.path(), open_to_others);
        assert!(matches!(secret_fault(secret.path()), KeyFault::Open(_)));
    }
    mode(&path, 0o400);
    assert!(open(&path, Purpose::Reference, &secret).is_ok());
}

#[test]
fn a_secret_that_is_empty_short_or_cut_off_is_refused() {
    let (directory, secret) = machine();
    let whole = std::fs::read(secret.path()).unwrap();
    for length in 0..whole.len() {
        let cut = secret_fault(&written(&directory, "cut", &whole[..length]));
        assert!(matches!(cut, KeyFault::SecretMalformed(_) | KeyFault::Empty(_)), "{length}: {cut:?}");
    }
    let newer = String::from_utf8(whole).unwrap().replace("secret 1", "secret 2");
    assert!(matches!(
        secret_fault(&written(&directory, "newer", newer.as_bytes())),
        KeyFault::SecretMalformed(_)
    ));
    // Characters are counted, not bytes.
    for short in ["vijftien teken.", "vijftien teken.\n", "ééééééééé\n", "\n"] {
        let found = secret_fault(&written(&directory, "short", short.as_bytes()));
        assert!(matches!(found, KeyFault::SecretShort(_)), "{found:?}");
    }
    assert!(matches!(
        secret_fault(&written(&directory, "binary", &[0xff; 32])),
        KeyFault::SecretMalformed(_)
    ));
    assert!(matches!(secret_fault(&directory.path().join("absent")), KeyFault::Unreadable { .. }));
    assert!(matches!(secret_fault(&written(&directory, "large", &[b'a'; 5000])), KeyFault::Malformed(_)));
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let (directory, secret) = machine();
    let path = directory.path().join("reference.key");
    seal(&path, Purpose::Reference, &KEY, &secret).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(seal(&path, Purpose::Reference, &[1; 32], &secret), Err(KeyFault::Present(path.clone())));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let before = std::fs::read(secret.path()).unwrap();
    assert!(matches!(Secret::make(secret.path()), Err(KeyFault::Present(_))));
    assert_eq!(std::fs::read(secret.path()).unwrap(), before);
    let nowhere = directory.path().join("absent/reference.key");
    assert!(matches!(seal(&nowhere, Purpose::Sign, &KEY, &secret), Err(KeyFault::Unwritable { .. })));
}

#[test]
fn a_destroyed_key_is_overwritten_where_it_stood_before_its_name_goes() {
    let (directory, secret) = machine();
    let path = directory.path().join("1.key");
    let purpose = Purpose::Epoch(Epoch::new(1));
    seal(&path, purpose, &KEY, &secret).unwrap();
    // Another name of the same blocks shows what is left in them.
    let blocks = directory.path().join("blocks");
    std::fs::hard_link(&path, &blocks).unwrap();
    destroy(&path).unwrap();
    assert!(!path.exists());
    assert!(std::fs::read(&blocks).unwrap().iter().all(|byte| *byte == 0));
    assert!(matches!(destroy(&path), Err(KeyFault::Unwritable { .. })));
}
