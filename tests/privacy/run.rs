//! One run of a real exchange: its truth, and the files that it leaves. Every attack looks at the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, OnceLock};

use samenloop_client::key::Purpose;
use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft};
use samenloop_core::value::{Epoch, Place};
use samenloop_keys_example::{Kit, key_of};
use samenloop_pseudonym::ReferenceKey;
use samenloop_store::Store as _;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_tests::{Exchange, copy, files};
use serde_json::Value;

use crate::answers::Answers;
use crate::coalition::Coalition;
use crate::keys::{Candidate, HubKeys, Key, candidates, name_of};
use crate::listener::{Heard, listen};
use crate::reading::{Known, Seen};
use crate::rights;
use crate::sent::{Sent, push, waves};

/// The agency whose kit is stolen, which is asked for contact.
pub(crate) const THIEF: &str = "school-west";
pub(crate) const WEST: &str = "zorgcoordinator-west";
pub(crate) const NOORD: &str = "zorgcoordinator-noord";
/// A child of whom nothing is filed, and one of whom something is: an arrival waits about each.
pub(crate) const WAITING: [u32; 2] = [1999, 5];
/// Who sent what waits.
pub(crate) const WAITS_OF: &str = "politie-west";
/// The child about whom the school is asked.
pub(crate) const ASKED_ABOUT: u32 = 104;
/// The child whom the school and another agency know, and of whom everything is erased on request.
pub(crate) const ERASED: u32 = 80;

/// Children of the first wave that the school withdraws in the last, and those that it pushes again.
pub(crate) const WITHDRAWN: std::ops::Range<u32> = 0..2;
pub(crate) const REPEATED: std::ops::Range<u32> = 10..13;

/// The files of a run, and what really happened in it.
pub(crate) struct Run {
    exchange: Exchange,
    /// Everything that was sent, in three waves.
    pub(crate) waves: [Vec<Sent>; 3],
    /// Alerts as each coordinator was shown them.
    pub(crate) alerts: BTreeMap<&'static str, Vec<Value>>,
    /// What the hub wrote to its log at the most verbose level, until the last of its ticks here.
    pub(crate) log: Vec<u8>,
    /// What the school was answered: to pushes, to a look at the log, to a list of its own, to a look at
    /// who asks for contact.
    pub(crate) answers: Vec<Value>,
    /// The day of it, `YYYY-MM-DD`.
    pub(crate) day: String,
    /// What the hub answers to the school after that, as it comes.
    pub(crate) told: Answers,
    /// What a listener in the place of the hub heard of the same signals.
    pub(crate) heard: Vec<Heard>,
    /// What an agency and a coordinator found out together.
    pub(crate) coalition: Coalition,
}

/// The run that all tests of this program share.
pub(crate) fn run() -> &'static Run {
    static RUN: LazyLock<Run> = LazyLock::new(|| {
        // A static is never dropped: a shell that waits for the end of this process removes the files.
        static SWEEPER: OnceLock<Child> = OnceLock::new();
        let run = Run::new();
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", "cat; exec rm -rf \"$1\"", "sh"]).arg(run.exchange.scratch());
        SWEEPER.get_or_init(|| sweeper.stdin(Stdio::piped()).spawn().unwrap());
        run
    });
    &RUN
}

impl Run {
    fn new() -> Self {
        let mut exchange = Exchange::kit();
        mail_to_nobody(&exchange);
        start_talkative(&mut exchange);
        rotate(&exchange);
        let mut waves = waves();
        let mut answers = push(&exchange, &waves[0]);
        exchange.two_ticks();
        answers.extend(push(&exchange, &waves[1]));
        assert_eq!(exchange.alerts_once(WEST, 20).len(), 20);
        assert_eq!(exchange.stop_hub(), Some(0));
        copy(&exchange.kit_directory().join("hub"), &exchange.scratch().join("before"));
        start_talkative(&mut exchange);
        answers.extend(last_wave(&exchange, &mut waves));
        let alerts = [WEST, NOORD].map(|it| (it, exchange.alerts(it))).into();
        answers.extend(ask(&exchange, &alerts));
        let day = samenloop_tests::day(0);
        assert_eq!(exchange.stop_hub(), Some(0));
        let log = std::fs::read(exchange.hub_log()).unwrap();
        copy(&exchange.kit_directory().join("hub"), &exchange.scratch().join("after"));
        copy(&exchange.kit_directory().join("hub"), &exchange.scratch().join("waiting"));
        back_up(&exchange);
        for sent in waves.iter_mut().flatten().filter(|it| it.child == ERASED) {
            sent.is_withdrawn = true;
        }
        let heard = listen(&exchange, || drop(push(&exchange, &waves.concat())));
        let told = Answers::of(&mut exchange);
        let coalition = Coalition::of(&mut exchange);
        let run = Self { exchange, waves, alerts, log, answers, day, told, heard, coalition };
        run.let_some_wait();
        run
    }

    /// Admits lines that no tick files, about a child of whom nothing is known and one of whom something is.
    fn let_some_wait(&self) {
        let lines = WAITING
            .map(|child| Draft::soft(u64::from(child)).put(vec![self.place(2, &name_of("bsn", child))]));
        let arrival = Arrival::new(fixture::connection(WAITS_OF), fixture::today(), lines.into());
        let store = SledStore::open(options(&self.hub("waiting"))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.admit(arrival)).unwrap();
    }

    /// Everything that was sent, and not withdrawn or erased.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &Sent> {
        self.waves.iter().flatten().filter(|it| !it.is_withdrawn)
    }

    /// What there is to know: of every number, every signal.
    pub(crate) fn truth(&self) -> Known {
        self.sent().flat_map(|sent| sent.names().map(|name| (name, sent.seen()))).collect()
    }

    /// The numbers of whom there is a signal.
    pub(crate) fn children(&self) -> BTreeSet<String> {
        self.sent().flat_map(Sent::names).collect()
    }

    /// Of each child that converges, what is said of it.
    pub(crate) fn converging(&self) -> BTreeMap<u32, BTreeSet<Seen>> {
        let mut converging: BTreeMap<u32, BTreeSet<Seen>> = BTreeMap::new();
        for sent in self.sent().filter(|it| (100..120).contains(&it.child)) {
            converging.entry(sent.child).or_default().insert(sent.seen());
        }
        converging
    }

    /// The hub's directory: `before` and `after` the tick that is watched, and with arrivals that are `waiting`.
    pub(crate) fn hub(&self, when: &str) -> PathBuf {
        self.exchange.scratch().join(when)
    }

    /// The kit, with the directories of all parties.
    pub(crate) fn kit(&self) -> PathBuf {
        self.exchange.kit_directory()
    }

    /// Everything that anybody in this exchange wrote anywhere.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.exchange.scratch();
        files(root).into_iter().map(|(path, it)| (path.strip_prefix(root).unwrap().to_owned(), it)).collect()
    }

    /// A backup of the hub; its key lies beside it.
    pub(crate) fn backup(&self) -> PathBuf {
        self.exchange.scratch().join("hub.backup")
    }

    /// One of the thief's keys of 32 bytes.
    pub(crate) fn key(&self, file: &str, purpose: Purpose) -> Key {
        self.key_of(THIEF, file, purpose)
    }

    /// A key of 32 bytes of somebody.
    pub(crate) fn key_of(&self, party: &str, file: &str, purpose: Purpose) -> Key {
        key_of(&self.kit(), party, file, purpose).unwrap().as_slice().try_into().unwrap()
    }

    /// The reference that its sender made for a signal.
    pub(crate) fn reference(&self, sent: &Sent) -> [u8; 16] {
        let key = self.key_of(sent.sender, "reference.key", Purpose::Reference);
        *ReferenceKey::new(key).reference(&sent.reference()).bytes()
    }

    /// The key of an epoch, from the thief's kit.
    pub(crate) fn epoch_key(&self, epoch: u32) -> Key {
        epoch_key(&self.exchange, epoch)
    }

    /// Every number that can be meant, under the thief's keys of both epochs.
    pub(crate) fn candidates(&self) -> &'static [Candidate] {
        static TRIED: OnceLock<Vec<Candidate>> = OnceLock::new();
        TRIED.get_or_init(|| [1, 2].into_iter().flat_map(|it| candidates(it, &self.epoch_key(it))).collect())
    }

    /// Where a number is filed under an epoch.
    pub(crate) fn place(&self, epoch: u32, name: &str) -> Place {
        let is_it = |it: &&Candidate| it.name == name && it.place.epoch().number() == epoch;
        self.candidates().iter().find(is_it).unwrap().place.clone()
    }

    /// The hub's own keys.
    pub(crate) fn secrets(&self, when: &str) -> HubKeys {
        HubKeys::of(&self.hub(when).join("secrets"))
    }
}

/// The key of an epoch, from the thief's kit.
pub(crate) fn epoch_key(exchange: &Exchange, epoch: u32) -> Key {
    let (file, purpose) = (format!("epochs/{epoch}.key"), Purpose::Epoch(Epoch::new(epoch)));
    key_of(&exchange.kit_directory(), THIEF, &file, purpose).unwrap().as_slice().try_into().unwrap()
}

/// How the hub's own program opens what it left.
pub(crate) fn options(hub: &Path) -> SledOptions {
    SledOptions::below(hub, Kit::exchange())
}

/// Starts the hub with its log at the most verbose level.
fn start_talkative(exchange: &mut Exchange) {
    let mut hub = exchange.hub_command();
    hub.env("SAMENLOOP_LOG", "trace");
    exchange.start_hub_as(hub);
}

/// Has the hub mail by a server that is not there, so that its letters stay.
fn mail_to_nobody(exchange: &Exchange) {
    let kit = exchange.kit_directory();
    private(&kit.join("hub/mail.credentials"), "hub\ngeheim\n");
    let config = kit.join("hub.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let mail = "\n[mail]\nserver = \"localhost\"\nport = 1\nca = \"ca.pem\"\nfrom = \"hub@voorbeeld.example\"\n\
                credentials = \"hub/mail.credentials\"\n";
    std::fs::write(config, text + mail).unwrap();
}

/// A file that nobody else reads.
fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// Takes a second epoch into use: from here on every signal goes under both.
fn rotate(exchange: &Exchange) {
    exchange.announce();
    for agency in waves().concat().iter().map(|it| it.sender).collect::<BTreeSet<_>>() {
        assert_eq!(exchange.run(agency, &["key", "install"]).status, 3, "{agency}");
    }
    exchange.take_into_use();
}

/// The last wave: new signals of known children, some withdrawn, some pushed again.
fn last_wave(exchange: &Exchange, waves: &mut [Vec<Sent>; 3]) -> Vec<Value> {
    let mut answers = push(exchange, &waves[2]);
    let repeated: Vec<_> =
        waves[0].iter().filter(|it| it.sender == THIEF && REPEATED.contains(&it.child)).cloned().collect();
    answers.extend(push(exchange, &repeated));
    for sent in waves[0].iter_mut().filter(|it| WITHDRAWN.contains(&it.child)) {
        sent.is_withdrawn = true;
        let answer =
            exchange.run(THIEF, &["signal", "withdraw", &sent.reference(), "--reason", "mistake", "--json"]);
        assert_eq!(answer.status, 0, "{answer:?}");
    }
    assert_eq!(exchange.alerts_once(NOORD, 5).len(), 5);
    answers
}

/// The coordinator picks one alert up and asks the school to phone; gives what the school sees of it.
fn ask(exchange: &Exchange, alerts: &BTreeMap<&'static str, Vec<Value>>) -> Vec<Value> {
    let case = format!("Z-sc-{ASKED_ABOUT}");
    let is_it = |it: &&Value| {
        it["signals"].as_array().unwrap().iter().any(|it| it["case_reference"] == case.as_str())
    };
    let id = alerts[WEST].iter().find(is_it).unwrap()["id"].as_str().unwrap();
    let check = samenloop_tests::day(3);
    exchange.done(
        WEST,
        &["alert", "claim", id, "--case", "ZHZ-26-117", "--reason", "own-region", "--check", &check],
    );
    exchange.done(WEST, &["alert", "contact", id, "--of", THIEF, "--reason", "explain"]);
    rights::ask_all(exchange);
    exchange.two_ticks();
    [&["audit", "verify", "--json"][..], &["signal", "list", "--json"], &["contact", "list", "--json"]]
        .map(|it| exchange.done(THIEF, it).json())
        .into()
}

/// Writes a backup under a key that lies beside it.
fn back_up(exchange: &Exchange) {
    let [file, key] = ["hub.backup", "backup.key"].map(|it| exchange.scratch().join(it));
    private(&key, &("1f".repeat(32) + "\n"));
    let done = exchange.hub(&["backup", file.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{done:?}");
}
