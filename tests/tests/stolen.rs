//! A stolen kit of one agency and a copy of the hub's database open nothing.
//!
//! The thief has the agency's directory, its machine secret too, so the epoch key with which every pseudonym can be
//! made; and everything in the hub's data directory. He tries the whole of a shrunken space of numbers. What he does
//! is done again with the hub's secrets beside it, and then finds exactly the children who are there: so each of
//! these tests can fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a theft that cannot go on fails"
)]

#[path = "stolen/attack.rs"]
mod attack;
#[path = "stolen/index.rs"]
mod index;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attack::{Candidate, HubKeys, Key, Loot, candidates, v_number};
use samenloop_client::details::{DetailsKey, Opened, Opener, Shown};
use samenloop_client::key::{Purpose, Secret, open, open_32};
use samenloop_core::alert::Reader;
use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft};
use samenloop_core::value::Epoch;
use samenloop_keys_example::{Kit, key_of};
use samenloop_manifest::Book;
use samenloop_pseudonym::{EpochKey, Identifier, ReferenceKey};
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{FileSecrets, Purpose as Kept, Scope, Secrets, Store, Tick};
use samenloop_tests::{Exchange, bsn, copy, files, this_month};

const ONE: Epoch = Epoch::new(1);
const THIEF: &str = "school-west";
/// A child that only waits in the intake log.
const WAITING: u32 = 1999;

/// A hub that served for a while and was stopped, and the numbers that are in it.
struct Robbed {
    exchange: Exchange,
    children: BTreeSet<String>,
}

impl Robbed {
    async fn new() -> Self {
        let mut exchange = Exchange::start();
        let mut children = BTreeSet::new();
        let month = this_month();
        for (sender, column, severity, region, of) in [
            (THIEF, "bsn", "zacht", "west", 0..30),
            ("politie-west", "bsn", "hard", "west", 15..40),
            ("leerplicht-west", "onderwijsnummer", "zacht", "west", 100..105),
            ("coa-noord", "v_nummer", "zacht", "noord", 200..205),
        ] {
            let number = |child| if column == "v_nummer" { v_number(child) } else { bsn(child) };
            children.extend(
                of.clone().map(|it| format!("{} {}", column.trim_end_matches("_nummer"), number(it))),
            );
            let line = |it| format!("{sender}-{it};{};{severity};{month};{region}", number(it));
            let lines: Vec<_> = of.map(line).collect();
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            exchange.push_all(sender, &format!("referentie;{column};soort;maand;regio"), &lines);
        }
        exchange.two_ticks();
        assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 15);
        assert_eq!(exchange.stop_hub(), Some(0));
        children.insert(format!("bsn {}", bsn(WAITING)));
        let robbed = Self { exchange, children };
        robbed.let_one_wait().await;
        robbed
    }

    /// Admits a line that no tick files.
    async fn let_one_wait(&self) {
        let place = self.place(WAITING);
        let lines = vec![Draft::soft(u64::from(WAITING)).put(vec![place])];
        let arrival = Arrival::new(fixture::connection(THIEF), fixture::today(), lines);
        SledStore::open(self.options()).unwrap().admit(arrival).await.unwrap();
    }

    fn place(&self, child: u32) -> samenloop_core::value::Place {
        EpochKey::new(Kit::exchange(), ONE, self.epoch_key())
            .place(&Identifier::parse_bsn(&bsn(child)).unwrap())
    }

    fn kit(&self) -> PathBuf {
        self.exchange.kit_directory()
    }

    fn data(&self) -> PathBuf {
        self.kit().join("hub/data")
    }

    fn options(&self) -> SledOptions {
        SledOptions {
            data: self.data(),
            secrets: self.kit().join("hub/secrets"),
            exchange: Kit::exchange().to_owned(),
            cache_bytes: 8 << 20,
        }
    }

    fn aside(&self, name: &str) -> PathBuf {
        self.exchange.scratch().join(name)
    }

    /// One of the thief's keys of 32 bytes.
    fn key(&self, file: &str, purpose: Purpose) -> Key {
        key_of(&self.kit(), THIEF, file, purpose).unwrap().as_slice().try_into().unwrap()
    }

    fn epoch_key(&self) -> Key {
        self.key("epochs/1.key", Purpose::Epoch(ONE))
    }

    fn candidates(&self) -> Vec<Candidate> {
        candidates(Kit::exchange(), ONE, &self.epoch_key())
    }

    /// Keys that the thief has or can think of, each in the place of every key of the hub.
    fn guesses(&self, loot: &Loot) -> Vec<HubKeys> {
        let guesses = [
            [0; 32],
            self.epoch_key(),
            self.key("reference.key", Purpose::Reference),
            self.key("details.key", Purpose::Details),
        ];
        let keys = |key: Key| HubKeys {
            epoch: Some([key; 3]),
            queues: loot.segments().map(|segment| (segment, key)).collect(),
        };
        guesses.map(keys).into()
    }

    /// The hub's own keys, from a directory of secrets.
    fn keys_in(&self, secrets: &Path) -> HubKeys {
        let secrets = FileSecrets::open(secrets).unwrap();
        let keys = |purpose| {
            let secret = secrets.find(purpose).unwrap()?;
            Some(secret.keys().iter().map(|it| **it).collect::<Vec<Key>>())
        };
        // Reference pepper, data key, peppers.
        let epoch = keys(Kept::Epoch(ONE)).map(|it| [it[2], it[0], it[1]]);
        let queue = |purpose| match purpose {
            Kept::Queue(segment) => Some((segment, keys(purpose)?[0])),
            Kept::Ledger | Kept::Epoch(_) | Kept::Case(_) => None,
        };
        HubKeys { epoch, queues: secrets.purposes().unwrap().into_iter().filter_map(queue).collect() }
    }
}

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
        ("epochs/1.key", Purpose::Epoch(ONE)),
    ] {
        let path = stolen.join(file);
        assert!(others.iter().all(|it| open(&path, purpose, it).is_err()), "{file}");
        let key = open(&path, purpose, &own).unwrap();
        assert!(key.chunks(16).all(|part| part.len() < 16 || !holds(&stolen, part)), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_kit_and_the_hubs_database_open_nothing() {
    let robbed = Robbed::new().await;
    let loot = Loot::of(Kit::exchange(), &robbed.data(), &robbed.aside("loot"));
    assert!(loot.rows() == 65 && loot.segments().count() > 0, "{}", loot.rows());
    let candidates = robbed.candidates();
    assert_eq!(candidates.len(), 6000);
    let nothing = BTreeSet::new();
    assert_eq!(loot.found(&candidates, &HubKeys::default()), nothing);
    let reference = *ReferenceKey::new(robbed.key("reference.key", Purpose::Reference))
        .reference("school-west-3")
        .bytes();
    for guess in robbed.guesses(&loot) {
        assert_eq!(loot.found(&candidates, &guess), nothing);
        assert!(!loot.has_reference(&guess.epoch.unwrap()[1], THIEF, &reference));
    }
    // Not even of a child that he pushed himself, and with any 32 bytes of the loot as the hub's pepper.
    let known = robbed.place(3);
    assert!(!loot.is_reached_with_a_key_in(&robbed.data(), &known));
    // The hub's secrets beside it, and there they all are, and no other.
    let secrets = robbed.kit().join("hub/secrets");
    assert!(loot.is_reached_with_a_key_in(&secrets, &known));
    let keys = robbed.keys_in(&secrets);
    assert_eq!(loot.found(&candidates, &keys), robbed.children);
    assert!(loot.has_reference(&keys.epoch.unwrap()[1], THIEF, &reference));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_destroyed_epoch_a_backup_and_the_secrets_of_today_open_nothing() {
    let robbed = Robbed::new().await;
    let (backup, secrets) = (robbed.aside("backup"), robbed.kit().join("hub/secrets"));
    copy(&robbed.data(), &backup);
    let loot = Loot::of(Kit::exchange(), &backup, &robbed.aside("loot"));
    let candidates = robbed.candidates();
    assert_eq!(loot.found(&candidates, &robbed.keys_in(&secrets)), robbed.children);
    assert!(loot.is_reached_with_a_key_in(&secrets, &robbed.place(3)));
    // The hub destroys at the end of a tick, when nothing waits any more.
    let book = Book::open(&robbed.kit().join("root.toml"), &robbed.kit().join("hub/manifests")).unwrap();
    let manifest = Arc::clone(book.newest().unwrap());
    let store = SledStore::open(robbed.options()).unwrap();
    store.file(move || Tick { today: manifest.issued(), manifest }).await.unwrap();
    assert!(store.destroy_epoch(ONE).await.unwrap());
    drop(store);
    let keys = robbed.keys_in(&secrets);
    assert!(keys.epoch.is_none());
    assert_eq!(loot.found(&candidates, &keys), BTreeSet::new());
    assert!(!loot.is_reached_with_a_key_in(&secrets, &robbed.place(3)));
}

/// With the hub's secrets too, alerts open, but for what was sealed to the coordinator.
#[tokio::test(flavor = "multi_thread")]
async fn sealed_details_do_not_open_with_the_keys_of_the_agency_that_sealed_them() {
    let robbed = Robbed::new().await;
    let store = SledStore::open(robbed.options()).unwrap();
    let alerts = store.alerts(&Reader::Hub, Scope::Open).await.unwrap();
    let book = Book::open(&robbed.kit().join("root.toml"), &robbed.kit().join("hub/manifests")).unwrap();
    let manifest = book.newest().unwrap();
    let coordinator = "zorgcoordinator-west";
    let entry = manifest.connections().iter().find(|it| it.id.as_str() == coordinator).unwrap();
    let secret = Secret::read(&robbed.kit().join(coordinator).join("machine.secret")).unwrap();
    let own =
        open_32(&robbed.kit().join(coordinator).join("details.key"), Purpose::Details, &secret).unwrap();
    let own = DetailsKey::new(*own);
    let stolen = [
        robbed.key("details.key", Purpose::Details),
        robbed.key("reference.key", Purpose::Reference),
        robbed.epoch_key(),
    ]
    .map(DetailsKey::new);
    let opener = |key| Opener::new(manifest, entry, std::slice::from_ref(key));
    let mut seen = 0;
    for listed in alerts.iter().flat_map(|it| it.signals()) {
        let (signal, content) = (listed.signal(), listed.signal().content());
        let shown = Shown {
            connection: listed.connection().clone(),
            reference: signal.reference(),
            revision: signal.revision(),
            severity: content.severity(),
            code: content.code(),
            month: content.month(),
            region: content.region().clone(),
            observation: content.observation(),
        };
        for sealed in signal.details() {
            seen += 1;
            for key in &stolen {
                assert_eq!(opener(key).open(Some(sealed), &shown), Opened::Unreadable);
            }
            assert!(matches!(opener(&own).open(Some(sealed), &shown), Opened::Same(_)));
        }
    }
    assert_eq!((alerts.len(), seen), (15, 30));
}
