//! A stolen kit by itself: its keys do not open without its machine secret.

use std::path::Path;

use samenloop_client::key::{Purpose, Secret, open};
use samenloop_core::value::Epoch;
use samenloop_tests::{Exchange, copy, files};

use crate::run::THIEF;

/// Whether bytes stand in a file below a directory, as they are or as hexadecimal digits.
fn holds(directory: &Path, wanted: &[u8]) -> bool {
    let digits: String = wanted.iter().map(|byte| format!("{byte:02x}")).collect();
    let within = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|it| it == part);
    files(directory).values().any(|it| within(it, wanted) || within(it, digits.as_bytes()))
}

#[test]
fn the_keys_of_a_stolen_kit_do_not_open_without_its_machine_secret() {
    let exchange = Exchange::kit();
    let kit = exchange.kit_directory();
    let stolen = exchange.scratch().join("stolen");
    copy(&kit.join(THIEF), &stolen);
    let secret = stolen.join("machine.secret");
    let digits = std::fs::read_to_string(&secret).unwrap().lines().last().unwrap().to_owned();
    assert!(holds(&stolen, digits.as_bytes()), "the search finds what is there");
    std::fs::remove_file(&secret).unwrap();
    assert!(!holds(&stolen, digits.as_bytes()));
    let others = [
        Secret::make(&exchange.scratch().join("own.secret")).unwrap(),
        Secret::read(&kit.join("gemeente-west/machine.secret")).unwrap(),
        Secret::read(&kit.join("beheer-a/machine.secret")).unwrap(),
    ];
    let own = Secret::read(&kit.join(THIEF).join("machine.secret")).unwrap();
    for (file, purpose) in [
        ("tls.key", Purpose::Tls),
        ("reference.key", Purpose::Reference),
        ("details.key", Purpose::Details),
        ("epochs/1.key", Purpose::Epoch(Epoch::new(1))),
    ] {
        let path = stolen.join(file);
        assert!(others.iter().all(|it| open(&path, purpose, it).is_err()), "{file}");
        let key = open(&path, purpose, &own).unwrap();
        assert!(key.chunks(16).all(|part| part.len() < 16 || !holds(&stolen, part)), "{file}");
    }
}
