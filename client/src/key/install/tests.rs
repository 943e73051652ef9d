use std::collections::BTreeMap;

use super::*;
use crate::fixture::{files, id, manifest};
use crate::key::wrap;

const EPOCH: Epoch = Epoch::new(8);
const OTHER: Epoch = Epoch::new(9);

/// An agency's machine with a machine secret and, at first, no key of the epoch.
struct Machine {
    directory: tempfile::TempDir,
    keys: AgencyFiles,
}

fn machine() -> Machine {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    Secret::make(&at("machine.secret")).unwrap();
    let keys = AgencyFiles {
        reference_key: at("reference.key"),
        details_key: at("details.key"),
        epoch_keys: at("epochs"),
    };
    Machine { directory, keys }
}

fn contribution(administrator: &str) -> Contribution {
    Contribution::new(id(administrator), [administrator.as_bytes()[7]; 32])
}

/// An epoch of the contributions of two administrators, with nothing wrapped yet.
fn making() -> EpochMaking {
    let commitment = |administrator: &str| Commitment {
        administrator: id(administrator),
        commitment: contribution(administrator).commitment(manifest().exchange(), EPOCH),
    };
    EpochMaking {
        epoch: EPOCH,
        commitments: ["beheer-a", "beheer-b"].map(commitment).into(),
        wraps: Vec::new(),
    }
}

/// A contribution as it is wrapped for an epoch to an agency, entered for `school-west`.
fn wrap_of(contribution: &Contribution, epoch: Epoch, agency: &str, wrap_key: [u8; 32]) -> Wrap {
    let wrapped = wrap(manifest().exchange(), epoch, contribution, &id(agency), &wrap_key).unwrap();
    Wrap {
        connection: id("school-west"),
        wrap_key,
        administrator: contribution.administrator().clone(),
        encapsulated: wrapped.encapsulated,
        ciphertext: wrapped.ciphertext,
    }
}

/// The epoch with both contributions wrapped to this key.
fn wrapped(wrap_key: [u8; 32]) -> EpochMaking {
    let wraps = ["beheer-a", "beheer-b"].map(|it| wrap_of(&contribution(it), EPOCH, "school-west", wrap_key));
    EpochMaking { wraps: wraps.into(), ..making() }
}

impl Machine {
    fn secret(&self) -> PathBuf {
        self.directory.path().join("machine.secret")
    }

    fn install(&self, making: &EpochMaking) -> Result<Installation, InstallFault> {
        install(&manifest(), making, &id("school-west"), &self.keys, &self.secret())
    }

    /// Makes the wrap key, as the announcement of an epoch does; gives its public half.
    fn announced(&self) -> [u8; 32] {
        match self.install(&making()) {
            Ok(Installation::Waiting { wrap_key, wraps: 0, needed: 2 }) => wrap_key,
            other => panic!("{other:?}"),
        }
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(self.directory.path())
    }

    fn epoch_key(&self) -> [u8; 32] {
        let secret = Secret::read(&self.secret()).unwrap();
        *open_32(&self.keys.epoch_key(EPOCH), Purpose::Epoch(EPOCH), &secret).unwrap()
    }

    /// What must be refused, with these words in a sentence that says what to do, and every file as it was.
    fn refused(&self, making: &EpochMaking, words: &[&str]) -> InstallFault {
        let before = self.files();
        let fault = self.install(making).unwrap_err();
        assert!(self.files() == before, "{fault}: a file changed");
        let (dutch, english) = (fault.say(Language::Nl), fault.say(Language::En));
        assert!(words.iter().all(|it| dutch.contains(it)), "{words:?}: {dutch}");
        let todo = ["Waarschuw", "Vraag", "Kijk", "haal", "Zet"];
        assert!(todo.iter().any(|it| dutch.contains(it)), "{dutch}");
        assert!(!english.is_empty() && english != dutch);
        fault
    }
}

fn the_key() -> [u8; 32] {
    let contributions = ["beheer-b", "beheer-a"].map(contribution);
    *epoch_key(manifest().exchange(), EPOCH, 2, &contributions).unwrap()
}

#[test]
fn every_contribution_unwrapped_and_checked_makes_the_key_and_the_wrap_key_is_gone() {
    let machine = machine();
    let making = wrapped(machine.announced());
    assert_eq!(machine.install(&making).unwrap(), Installation::Installed);
    assert_eq!(machine.epoch_key(), the_key());
    assert!(!machine.keys.wrap_key(EPOCH).exists());
    let before = machine.files();
    assert_eq!(machine.install(&making).unwrap(), Installation::Present);
    assert!(machine.files() == before, "what is installed is left alone");
}

#[test]
fn a_missing_wrap_is_waited_for_and_counted() {
    let machine = machine();
    let wrap_key = machine.announced();
    let before = machine.files();
    let mut making = wrapped(wrap_key);
    making.wraps.pop();
    let waiting = Installation::Waiting { wrap_key, wraps: 1, needed: 2 };
    assert_eq!(machine.install(&making).unwrap(), waiting);
    // Those of others are no wraps of this agency.
    let mut others = wrapped(wrap_key);
    others.wraps.iter_mut().for_each(|it| it.connection = id("coa-noord"));
    assert_eq!(machine.install(&others).unwrap(), Installation::Waiting { wrap_key, wraps: 0, needed: 2 });
    assert!(machine.files() == before);
    assert_eq!(machine.install(&wrapped(wrap_key)).unwrap(), Installation::Installed);
}

#[test]
fn a_contribution_that_was_not_committed_to_names_its_administrator() {
    let machine = machine();
    let wrap_key = machine.announced();
    let mut making = wrapped(wrap_key);
    let another = Contribution::new(id("beheer-b"), [1; 32]);
    making.wraps[1] = wrap_of(&another, EPOCH, "school-west", wrap_key);
    let words = ["Sleutelperiode 8", "sleutelbeheerder beheer-b", "iets anders dan in het manifest"];
    let fault = machine.refused(&making, &words);
    assert!(
        matches!(fault, InstallFault::Commitment { administrator, .. } if administrator == id("beheer-b"))
    );
    // Nor does another commitment to the right contribution.
    let mut making = wrapped(wrap_key);
    making.commitments[0].commitment[0] ^= 1;
    machine.refused(&making, &["sleutelbeheerder beheer-a", "iets anders dan in het manifest"]);
}

#[test]
fn a_wrap_for_another_agency_epoch_or_administrator_or_altered_does_not_open() {
    let machine = machine();
    let wrap_key = machine.announced();
    let (own, strange) = (contribution("beheer-a"), contribution("beheer-b"));
    let mut wraps = vec![
        wrap_of(&own, EPOCH, "coa-noord", wrap_key),
        wrap_of(&own, OTHER, "school-west", wrap_key),
        Wrap { administrator: id("beheer-a"), ..wrap_of(&strange, EPOCH, "school-west", wrap_key) },
    ];
    for at in [0, 31, 32, 47] {
        let mut altered = wrap_of(&own, EPOCH, "school-west", wrap_key);
        altered.ciphertext[at] ^= 1;
        wraps.push(altered);
    }
    let mut altered = wrap_of(&own, EPOCH, "school-west", wrap_key);
    altered.encapsulated[0] ^= 2;
    wraps.push(altered);
    for wrap in wraps {
        let mut making = wrapped(wrap_key);
        making.wraps[0] = wrap;
        let fault =
            machine.refused(&making, &["Sleutelperiode 8", "sleutelbeheerder beheer-a", "gaat niet open"]);
        assert!(matches!(fault, InstallFault::Closed { .. }), "{fault:?}");
    }
    // Two of one administrator are not those of two.
    let mut making = wrapped(wrap_key);
    making.wraps[1] = wrap_of(&own, EPOCH, "school-west", wrap_key);
    machine.refused(&making, &["sleutelbeheerder beheer-b", "gaat niet open"]);
    assert_eq!(machine.install(&wrapped(wrap_key)).unwrap(), Installation::Installed);
}

#[test]
fn wraps_to_another_wrap_key_are_refused_with_the_key_to_wrap_to() {
    let machine = machine();
    let own = machine.announced();
    let other = WrapKey::new(&[7; 32]).public();
    let mut making = wrapped(own);
    for wraps in [wrapped(other).wraps, wrapped(other).wraps.split_off(1)] {
        making.wraps = wraps;
        let fault = machine.refused(&making, &["Sleutelperiode 8", "wrap-8.key", "opnieuw in te pakken"]);
        assert!(matches!(fault, InstallFault::OtherWrapKey { wrap_key, .. } if wrap_key == own), "{fault:?}");
    }
}

#[test]
fn a_lost_wrap_key_makes_way_for_another_that_administrators_wrap_to() {
    let machine = machine();
    let lost = machine.announced();
    std::fs::remove_file(machine.keys.wrap_key(EPOCH)).unwrap();
    let Installation::Waiting { wrap_key, wraps: 0, needed: 2 } = machine.install(&wrapped(lost)).unwrap()
    else {
        panic!("a lost key opens nothing");
    };
    assert_ne!(wrap_key, lost);
    assert_eq!(machine.install(&wrapped(wrap_key)).unwrap(), Installation::Installed);
    assert_eq!(machine.epoch_key(), the_key());
}

#[test]
fn too_few_commitments_make_no_key() {
    let machine = machine();
    let wrap_key = machine.announced();
    let mut making = wrapped(wrap_key);
    making.commitments.truncate(1);
    making.wraps.truncate(1);
    let fault = machine.refused(&making, &["Sleutelperiode 8", "te weinig bijdragen"]);
    assert!(matches!(fault, InstallFault::Contributions { .. }), "{fault:?}");
}

#[test]
fn a_crash_at_any_write_is_gone_on_from() {
    let machine = machine();
    let wrap_key = machine.announced();
    let before = machine.files();
    // After the wrap key was made it is that one which is declared again.
    assert_eq!(machine.announced(), wrap_key);
    assert!(machine.files() == before);
    let left = std::fs::read(machine.keys.wrap_key(EPOCH)).unwrap();
    let leave = || put(&machine.keys.wrap_key(EPOCH), &left);
    assert_eq!(machine.install(&wrapped(wrap_key)).unwrap(), Installation::Installed);
    let whole = std::fs::read(machine.keys.epoch_key(EPOCH)).unwrap();
    // After the epoch key was written: the wrap key goes, and the epoch key stays.
    leave();
    assert_eq!(machine.install(&wrapped(wrap_key)).unwrap(), Installation::Present);
    assert!(!machine.keys.wrap_key(EPOCH).exists());
    assert_eq!(std::fs::read(machine.keys.epoch_key(EPOCH)).unwrap(), whole);
    // While it was written: nothing of it can be used, and the wrap key is what it is made from again.
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        leave();
        put(&machine.keys.epoch_key(EPOCH), &whole[..length]);
        let mut short = wrapped(wrap_key);
        short.wraps.pop();
        let waiting = Installation::Waiting { wrap_key, wraps: 1, needed: 2 };
        assert_eq!(machine.install(&short).unwrap(), waiting, "{length}");
        assert!(machine.keys.wrap_key(EPOCH).exists(), "{length}: the one way to the key is kept");
        assert_eq!(machine.install(&wrapped(wrap_key)).unwrap(), Installation::Installed, "{length}");
        assert_eq!(machine.epoch_key(), the_key(), "{length}");
        assert!(!machine.keys.wrap_key(EPOCH).exists());
    }
}

/// Puts these bytes in a private file, as a crash would leave them.
fn put(path: &Path, content: &[u8]) {
    let _ = std::fs::remove_file(path);
    crate::key::disk::write_private(path, content).unwrap();
}

#[test]
fn a_wrap_key_that_was_cut_off_names_its_file_and_that_nobody_has_another() {
    let machine = machine();
    let making = wrapped(machine.announced());
    let path = machine.keys.wrap_key(EPOCH);
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        put(&path, &whole[..length]);
        let fault = machine
            .refused(&making, &["wrap-8.key", "afgebroken", "geen reservekopie", "haal het bestand weg"]);
        assert!(matches!(fault, InstallFault::WrapKeyDamaged { .. }), "{length}: {fault:?}");
    }
    put(&path, &whole);
    assert_eq!(machine.install(&making).unwrap(), Installation::Installed);
}

#[test]
fn another_secret_passphrase_or_key_names_the_file_and_where_to_look() {
    let machine = machine();
    let making = wrapped(machine.announced());
    let path = machine.secret();
    let own = std::fs::read(&path).unwrap();
    let other = self::machine();
    for (secret, words) in [
        (std::fs::read(other.secret()).unwrap(), ["wrap-8.key", "gaat niet open met", "bij secret"]),
        (b"vijf losse woorden ergens\n".to_vec(), ["wrap-8.key", "machinegeheim", "bij secret"]),
        (own[..own.len() / 2].to_vec(), ["machine.secret", "niet heel", "reservekopie"]),
    ] {
        put(&path, &secret);
        let fault = machine.refused(&making, &words);
        assert!(matches!(fault, InstallFault::Key(_)), "{fault:?}");
    }
    std::fs::remove_file(&path).unwrap();
    machine.refused(&making, &["machine.secret", "niet gevonden"]);
    put(&path, &own);
    // The wrap key of another epoch in its place.
    let secret = Secret::read(&path).unwrap();
    let wrap_path = machine.keys.wrap_key(EPOCH);
    let whole = std::fs::read(&wrap_path).unwrap();
    std::fs::remove_file(&wrap_path).unwrap();
    seal(&wrap_path, Purpose::Wrap(OTHER), &[7; 32], &secret).unwrap();
    machine.refused(&making, &["wrap-8.key", "sleutelperiode 9", "sleutelperiode 8"]);
    put(&wrap_path, &whole);
    assert_eq!(machine.install(&making).unwrap(), Installation::Installed);
}

#[test]
fn an_epoch_key_of_another_secret_is_not_taken_for_a_crash() {
    let machine = machine();
    let wrap_key = machine.announced();
    let other = self::machine();
    let epochs = machine.keys.epoch_key(EPOCH);
    seal(&epochs, Purpose::Epoch(EPOCH), &the_key(), &Secret::read(&other.secret()).unwrap()).unwrap();
    let fault = machine.refused(&wrapped(wrap_key), &["8.key", "gaat niet open met"]);
    assert!(matches!(fault, InstallFault::Key(KeyFault::Closed { .. })), "{fault:?}");
}
