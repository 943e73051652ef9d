//! One run of a real exchange: its truth, and the files that it leaves. Every attack looks at the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use samenloop_client::key::Purpose;
use samenloop_core::batch::Arrival;
use samenloop_core::fixture::{self, Draft};
use samenloop_core::value::{Epoch, Month, Place};
use samenloop_keys_example::{Kit, key_of};
use samenloop_store::Store as _;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_tests::{Exchange, copy, this_month};
use serde_json::Value;

use crate::coalition::Coalition;
use crate::keys::{Candidate, HubKeys, Key, candidates, name_of};
use crate::listener::{Heard, listen};
use crate::reading::{Known, Seen};

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
const HEADER: &str = "referentie;bsn;onderwijsnummer;v_nummer;soort;code;maand;regio;waarneming;zaaknummer";

/// A signal as its agency sent it, and will send it again.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) sender: &'static str,
    /// The columns of its numbers.
    columns: &'static [&'static str],
    pub(crate) child: u32,
    severity: &'static str,
    code: &'static str,
    pub(crate) region: &'static str,
    heard_from: &'static str,
    /// Months that it counts.
    term: u8,
    pub(crate) is_withdrawn: bool,
}

impl Sent {
    const fn new(sender: &'static str, severity: &'static str, region: &'static str, child: u32) -> Self {
        let term = if severity.len() == "hard".len() { 12 } else { 6 };
        let (columns, code, heard_from) = (&["bsn"], "", "");
        Self { sender, columns, child, severity, code, region, heard_from, term, is_withdrawn: false }
    }

    /// The agency's own name for it.
    pub(crate) fn reference(&self) -> String {
        format!("{}-{}", self.sender, self.child)
    }

    /// The agency's own case, which only the coordinator of its region sees.
    pub(crate) fn case(&self) -> String {
        format!("Z-{}-{}", &self.sender[..2], self.child)
    }

    /// The numbers of its child that the agency gave.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.columns.iter().map(|it| name_of(it, self.child))
    }

    /// What can be known of it.
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            connection: self.sender.to_owned(),
            severity: if self.severity == "hard" { "hard" } else { "soft" }.to_owned(),
            code: self.code.to_owned(),
            month: this_month(),
            region: self.region.to_owned(),
            heard_from: self.heard_from.to_owned(),
        }
    }

    /// Its last month, `YYYY-MM`.
    pub(crate) fn expiry(&self) -> String {
        Month::parse(&this_month()).unwrap().plus(self.term).to_string()
    }

    fn line(&self) -> String {
        let number = |column| {
            let name = name_of(column, self.child);
            if self.columns.contains(&column) {
                name.split_once(' ').unwrap().1.to_owned()
            } else {
                String::new()
            }
        };
        let observation = if self.heard_from.is_empty() {
            "eigen".into()
        } else {
            format!("van-horen-zeggen:{}", self.heard_from)
        };
        [
            self.reference(),
            number("bsn"),
            number("onderwijsnummer"),
            number("v_nummer"),
            self.severity.into(),
            self.code.into(),
            this_month(),
            self.region.into(),
            observation,
            self.case(),
        ]
        .join(";")
    }
}

/// What is sent before the first tick, in the ticks after it, and around the tick that is watched.
fn waves() -> [Vec<Sent>; 3] {
    let many = |of: std::ops::Range<u32>, each: fn(u32) -> Sent| of.map(each).collect::<Vec<_>>();
    let first = [
        many(0..120, |it| Sent::new(THIEF, "zacht", "west", it)),
        many(60..90, |it| Sent { code: "V02", term: 9, ..Sent::new("gemeente-west", "zacht", "west", it) }),
    ];
    let second = [
        many(100..180, |it| Sent::new("politie-west", "hard", "west", it)),
        many(200..220, |it| Sent {
            columns: &["onderwijsnummer"],
            ..Sent::new("leerplicht-west", "zacht", "west", it)
        }),
        many(300..320, |it| Sent {
            columns: &["bsn", "v_nummer"],
            ..Sent::new("coa-noord", "zacht", "noord", it)
        }),
        many(150..155, |it| Sent {
            heard_from: "onderwijs",
            ..Sent::new("veilig-thuis-west", "zacht", "west", it)
        }),
    ];
    let third = many(110..115, |it| Sent::new("zorg-noord", "hard", "noord", it));
    [first.concat(), second.concat(), third]
}

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
    /// What the school was answered: to pushes, to a list of its own, to a look at who asks for contact.
    pub(crate) answers: Vec<Value>,
    /// What a listener in the place of the hub heard of the same signals.
    pub(crate) heard: Vec<Heard>,
    /// What an agency and a coordinator found out together.
    pub(crate) coalition: Coalition,
}

/// The run that all tests of this program share.
pub(crate) fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        // A static is never dropped: a shell that waits for the end of this process removes the files.
        static SWEEPER: OnceLock<Child> = OnceLock::new();
        let run = Run::new();
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", "cat; exec rm -rf \"$1\"", "sh"]).arg(run.exchange.scratch());
        SWEEPER.get_or_init(|| sweeper.stdin(Stdio::piped()).spawn().unwrap());
        run
    })
}

impl Run {
    fn new() -> Self {
        let mut exchange = Exchange::kit();
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
        assert_eq!(exchange.stop_hub(), Some(0));
        let log = std::fs::read(exchange.hub_log()).unwrap();
        copy(&exchange.kit_directory().join("hub"), &exchange.scratch().join("after"));
        copy(&exchange.kit_directory().join("hub"), &exchange.scratch().join("waiting"));
        back_up(&exchange);
        let heard = listen(&exchange, || drop(push(&exchange, &waves.concat())));
        let coalition = Coalition::of(&mut exchange);
        let run = Self { exchange, waves, alerts, log, answers, heard, coalition };
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

    /// Everything that was sent and not withdrawn.
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

    /// A backup of the hub; its key lies beside it.
    pub(crate) fn backup(&self) -> PathBuf {
        self.exchange.scratch().join("hub.backup")
    }

    /// One of the thief's keys of 32 bytes.
    pub(crate) fn key(&self, file: &str, purpose: Purpose) -> Key {
        key_of(&self.kit(), THIEF, file, purpose).unwrap().as_slice().try_into().unwrap()
    }

    /// The key of an epoch, from the thief's kit.
    pub(crate) fn epoch_key(&self, epoch: u32) -> Key {
        self.key(&format!("epochs/{epoch}.key"), Purpose::Epoch(Epoch::new(epoch)))
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

/// How the hub's own program opens what it left.
pub(crate) fn options(hub: &Path) -> SledOptions {
    SledOptions {
        data: hub.join("data"),
        secrets: hub.join("secrets"),
        exchange: Kit::exchange().to_owned(),
        cache_bytes: 8 << 20,
    }
}

/// Starts the hub with its log at the most verbose level.
fn start_talkative(exchange: &mut Exchange) {
    let mut hub = exchange.hub_command();
    hub.env("SAMENLOOP_LOG", "trace");
    exchange.start_hub_as(hub);
}

/// Takes a second epoch into use: from here on every signal goes under both.
fn rotate(exchange: &Exchange) {
    exchange.announce();
    for agency in waves().concat().iter().map(|it| it.sender).collect::<BTreeSet<_>>() {
        assert_eq!(exchange.run(agency, &["key", "install"]).status, 3, "{agency}");
    }
    exchange.take_into_use();
}

/// Pushes each sender's signals; gives what the school was answered.
pub(crate) fn push(exchange: &Exchange, signals: &[Sent]) -> Vec<Value> {
    let mut answers = Vec::new();
    let mut by_sender: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for sent in signals.iter().filter(|it| !it.is_withdrawn) {
        by_sender.entry(sent.sender).or_default().push(sent.line());
    }
    for (sender, lines) in by_sender {
        let answer = exchange.push(sender, HEADER, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            (answer.status, answer.json()["accepted"].as_u64()),
            (0, Some(lines.len() as u64)),
            "{answer:?}"
        );
        answers.extend((sender == THIEF).then(|| answer.json()));
    }
    answers
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
    exchange.two_ticks();
    [&["signal", "list", "--json"][..], &["contact", "list", "--json"]]
        .map(|it| exchange.done(THIEF, it).json())
        .into()
}

/// Writes a backup under a key that lies beside it.
fn back_up(exchange: &Exchange) {
    let [file, key] = ["hub.backup", "backup.key"].map(|it| exchange.scratch().join(it));
    std::fs::write(&key, "1f".repeat(32) + "\n").unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let done = exchange.hub(&["backup", file.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{done:?}");
}
