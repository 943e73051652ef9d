//! V-25: a backup is one sealed file without any key, and a hub that is restored from it tells the same.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "../privacy/index.rs"]
mod index;

use std::path::PathBuf;

use samenloop_client::key::Purpose;
use samenloop_core::value::Epoch;
use samenloop_keys_example::{Kit, key_of};
use samenloop_pseudonym::{EpochKey, Identifier};
use samenloop_store::Backup;
use samenloop_tests::{Answer, Exchange, bsn, files, this_month};

use index::{Key, index};

const HEADER: &str = "referentie;bsn;soort;maand;regio";
const CHILDREN: u32 = 12;

/// A hub that served, was stopped and was backed up.
struct BackedUp {
    exchange: Exchange,
    alerts: Vec<serde_json::Value>,
}

impl BackedUp {
    fn new() -> Self {
        let mut exchange = Exchange::start();
        push(&exchange, 0..CHILDREN);
        exchange.two_ticks();
        let alerts = exchange.alerts("zorgcoordinator-west");
        assert_eq!(alerts.len(), CHILDREN as usize);
        assert_eq!(exchange.stop_hub(), Some(0));
        let key = exchange.scratch().join("backup.key");
        std::fs::write(&key, "1f".repeat(32) + "\n").unwrap();
        let backed_up = Self { exchange, alerts };
        let open = backed_up.run("backup");
        assert!(open.status == 1 && open.err.contains("0600"), "others may read the key: {open:?}");
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let written = backed_up.run("backup");
        assert!(written.status == 0 && written.err.is_empty(), "{written:?}");
        backed_up
    }

    fn file(&self) -> PathBuf {
        self.exchange.scratch().join("hub.backup")
    }

    fn hub(&self, directory: &str) -> PathBuf {
        self.exchange.kit_directory().join("hub").join(directory)
    }

    fn run(&self, act: &str) -> Answer {
        let (file, key) = (self.file(), self.exchange.scratch().join("backup.key"));
        self.exchange.hub(&[act, file.to_str().unwrap(), "--key", key.to_str().unwrap()])
    }

    /// Loses the machine's data directory, and nothing else.
    fn lose_the_data(&self) {
        std::fs::remove_dir_all(self.hub("data")).unwrap();
    }

    /// Why a restore is refused, which then leaves nothing.
    fn refused(&self) -> String {
        let refused = self.run("restore");
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(!self.hub("data").exists() || files(&self.hub("data")).is_empty());
        refused.err
    }
}

fn push(exchange: &Exchange, children: std::ops::Range<u32>) {
    let month = this_month();
    for (sender, severity) in [("school-west", "zacht"), ("politie-west", "hard")] {
        let line = |it: u32| format!("b-{it};{};{severity};{month};west", bsn(it));
        let lines: Vec<_> = children.clone().map(line).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        exchange.push_all(sender, HEADER, &lines);
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|it| it == wanted)
}

/// V-25: the restore drill.
#[test]
fn a_restored_hub_serves_and_shows_the_same_alerts() {
    let mut hub = BackedUp::new();
    let full = hub.run("restore");
    assert!(full.status == 1 && full.err.contains("not empty"), "{full:?}");
    assert!(hub.run("backup").err.contains("there already"), "a backup replaces none");
    // What came after the backup is lost with the machine, arrivals that no tick had filed among it.
    hub.exchange.start_hub();
    push(&hub.exchange, 50..51);
    hub.exchange.kill_hub();
    hub.lose_the_data();
    let restored = hub.run("restore");
    assert!(restored.status == 0 && restored.out.contains("send it again"), "{restored:?}");
    assert!(
        restored.out.contains("\nerased again: 0 signals; at rest again: 0 pseudonyms\n"),
        "{restored:?}"
    );
    let refused = hub.exchange.hub(&["verify"]);
    assert!(refused.status == 1 && refused.err.contains("older database"), "{refused:?}");
    let verified = hub.exchange.hub(&["verify", "--accept-older-log"]);
    assert!(verified.out.contains("older database"), "{verified:?}");
    assert!(verified.status == 0 && verified.out.contains("\n0 expired rows\n"), "{verified:?}");
    // The hub signed a longer log than the backup holds: it serves only when told to, and that is written down.
    let refused = hub.exchange.hub_command().output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && said.contains("--accept-older-log"), "{said}");
    let mut command = hub.exchange.hub_command();
    command.arg("--accept-older-log");
    hub.exchange.start_hub_as(command);
    assert_eq!(hub.exchange.alerts("zorgcoordinator-west"), hub.alerts);
    push(&hub.exchange, CHILDREN..CHILDREN + 1);
    hub.exchange.two_ticks();
    assert_eq!(hub.exchange.alerts("zorgcoordinator-west").len(), hub.alerts.len() + 1, "and goes on");
}

/// V-25: keys never travel with a backup, and nothing of a child stands in it.
#[test]
fn a_backup_holds_no_secret_of_the_hub_and_no_pseudonym() {
    let hub = BackedUp::new();
    let secrets = std::fs::read(hub.hub("secrets").join("secrets.slots")).unwrap();
    // As it lies in the storage, and as whoever has its key reads it.
    let (sealed, mut opened) = (std::fs::read(hub.file()).unwrap(), Vec::new());
    let records = Backup::open(&hub.file(), &[0x1f; 32]).unwrap().each(|records| {
        opened.extend(records.into_iter().flat_map(|(key, value)| [key, value].concat()));
        Ok(())
    });
    records.unwrap();
    let is_in_backup = |part: &[u8]| [&sealed, &opened].into_iter().any(|it| holds(it, part));
    let (mut searched, mut peppers) = (0, Vec::new());
    for slot in secrets.chunks(512).filter(|it| it.iter().any(|byte| *byte != 0)) {
        // Purpose, number and length, then the secret.
        let length = usize::from(u16::from_be_bytes([slot[9], slot[10]]));
        for key in slot[11..11 + length].chunks(32) {
            assert!(!is_in_backup(key));
            peppers.push(key.try_into().unwrap());
            searched += 1;
        }
    }
    assert!(searched >= 5, "{searched}");
    let key =
        key_of(&hub.exchange.kit_directory(), "school-west", "epochs/1.key", Purpose::Epoch(Epoch::new(1)));
    let key = EpochKey::new(Kit::exchange(), Epoch::new(1), key.unwrap().as_slice().try_into().unwrap());
    for child in 0..CHILDREN {
        let place = key.place(&Identifier::parse_bsn(&bsn(child)).unwrap());
        assert!(!is_in_backup(&place.pseudonym().bytes()[..16]));
        assert!(!is_in_backup(bsn(child).as_bytes()));
        // Its rows are there, under the index that one of those secrets gives: the search finds what is there.
        let is_kept = |pepper: &&Key| is_in_backup(&index(pepper, Kit::exchange(), &place));
        assert_eq!(peppers.iter().filter(is_kept).count(), 1);
    }
    assert!(!is_in_backup(b"school-west") && !is_in_backup(&[0x1f; 32]));
}

/// V-25: what is not whole is not restored.
#[test]
fn a_backup_that_was_cut_changed_or_is_under_another_key_is_refused() {
    let hub = BackedUp::new();
    hub.lose_the_data();
    let (file, key) = (hub.file(), hub.exchange.scratch().join("backup.key"));
    let whole = std::fs::read(&file).unwrap();
    for cut in [0, 10, 60, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        assert!(hub.refused().contains("was cut"), "{cut}");
    }
    for at in [0, 20, 51, 55, 90, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        assert!(hub.refused().contains("the backup"), "{at}");
    }
    std::fs::write(&file, [&whole[..], b"more"].concat()).unwrap();
    assert!(hub.refused().contains("was changed"));
    std::fs::write(&file, &whole).unwrap();
    std::fs::write(&key, "2f".repeat(32)).unwrap();
    assert!(hub.refused().contains("of another key"));
    std::fs::write(&key, "1f".repeat(32)).unwrap();
    // Another hub's secrets open nothing of it.
    std::fs::rename(hub.hub("secrets"), hub.hub("mislaid")).unwrap();
    assert!(hub.refused().contains("secret"));
    std::fs::remove_dir_all(hub.hub("secrets")).unwrap();
    std::fs::rename(hub.hub("mislaid"), hub.hub("secrets")).unwrap();
    assert_eq!(hub.run("restore").status, 0);
}
