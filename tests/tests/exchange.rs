//! The main job, end to end: real programs, real mTLS, what each party sees; with codes and without (V-02).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use samenloop_tests::{Answer, Exchange, bsn, rewrite, this_month};
use serde_json::Value;

const HEADER: &str = "referentie;bsn;soort;code;maand;regio;waarneming";
/// Of one push: more than one batch.
const LINES: u16 = 1200;

fn texts(value: &Value) -> Vec<&str> {
    let mut texts: Vec<_> = value.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    texts.sort_unstable();
    texts
}

/// Whether agencies say with a code what they saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codes {
    /// Every agency may, and every line has one.
    Sent,
    /// No agency may, and no file has a column for it.
    None,
}

/// An exchange all of whose agencies send codes, or none.
struct Suite {
    exchange: Exchange,
    codes: Codes,
}

/// Runs a test with codes and without, at the same time.
fn both_ways(test: impl Fn(Suite) + Sync) {
    std::thread::scope(|scope| {
        for codes in [Codes::Sent, Codes::None] {
            let test = &test;
            scope.spawn(move || test(Suite::start(codes)));
        }
    });
}

impl Suite {
    /// The kit has agencies of both sorts: administrators sign a manifest that has one.
    fn start(codes: Codes) -> Self {
        let exchange = Exchange::start();
        let [from, to] = ["true", "false"].map(|it| format!("unmarked_codes = {it}\n"));
        let (from, to) = if codes == Codes::Sent { (to, from) } else { (from, to) };
        exchange.publish(|draft| rewrite(draft, |text| text.replace(&from, &to)));
        Self { exchange, codes }
    }

    /// A file with its header, as agencies of this sort have it.
    fn file(&self, header: &str, lines: &[&str]) -> Vec<String> {
        let columns: Vec<_> = header.split(';').collect();
        let place = |name| columns.iter().position(|it| *it == name);
        let (code, severity) = (place("code"), place("soort").unwrap());
        let row = |line: &str| {
            let mut cells: Vec<_> = line.split(';').collect();
            let own = match cells[severity] {
                "soort" => "code",
                "hard" => "V11",
                _ => "I07",
            };
            match (self.codes, code) {
                (Codes::None, Some(code)) => drop(cells.remove(code)),
                (Codes::None, None) => {}
                (Codes::Sent, Some(code)) if cells[code].is_empty() => cells[code] = own,
                (Codes::Sent, Some(_)) => {}
                (Codes::Sent, None) => cells.push(own),
            }
            cells.join(";")
        };
        std::iter::once(header).chain(lines.iter().copied()).map(row).collect()
    }

    fn push(&self, sender: &str, header: &str, lines: &[&str]) -> Answer {
        let file = self.file(header, lines);
        let lines: Vec<_> = file[1..].iter().map(String::as_str).collect();
        self.exchange.push(sender, &file[0], &lines)
    }

    fn push_all(&self, sender: &str, header: &str, lines: &[&str]) {
        let answer = self.push(sender, header, lines);
        assert_eq!(answer.status, 0, "{:?} {sender}: {answer:?}", self.codes);
        assert_eq!(answer.json()["accepted"], lines.len(), "{:?} {sender}: {answer:?}", self.codes);
    }

    fn send(&self, case: &str, child: u32, signals: &[Sent]) {
        for (number, (sender, severity, code, region, observation)) in signals.iter().enumerate() {
            let line = format!(
                "{case}-{number};{};{severity};{code};{};{region};{observation}",
                bsn(child),
                this_month()
            );
            self.push_all(sender, HEADER, &[&line]);
        }
    }
}

/// Sender, severity, code, region and observation of one signal.
type Sent = (&'static str, &'static str, &'static str, &'static str, &'static str);

const fn soft(sender: &'static str, code: &'static str) -> Sent {
    (sender, "zacht", code, "west", "eigen")
}

const fn hard(sender: &'static str, code: &'static str) -> Sent {
    (sender, "hard", code, "west", "eigen")
}

const fn heard(sender: &'static str, severity: &'static str, source: &'static str) -> Sent {
    (sender, severity, "", "west", source)
}

/// The truth table of the rule, with a name and what must follow. Two observations of one organisation are told apart by
/// their codes alone.
fn truth_table(codes: Codes) -> Vec<(&'static str, bool, Vec<Sent>)> {
    vec![
        ("two-soft", false, vec![soft("school-west", ""), soft("gemeente-west", "")]),
        (
            "three-soft-with-codes",
            codes == Codes::Sent,
            vec![soft("school-west", "I07"), soft("school-west", "A04"), soft("gemeente-west", "V03")],
        ),
        (
            "three-soft-without-codes",
            false,
            vec![soft("school-west", ""), soft("school-west", ""), soft("gemeente-west", "")],
        ),
        (
            "three-soft-three-organisations",
            true,
            vec![soft("school-west", ""), soft("gemeente-west", ""), soft("coa-noord", "")],
        ),
        (
            "three-soft-one-domain",
            false,
            vec![soft("school-west", "I07"), soft("school-noord", ""), soft("school-west", "A04")],
        ),
        ("hard-and-soft", true, vec![hard("politie-west", ""), soft("zorg-noord", "")]),
        ("two-hard-one-organisation", false, vec![hard("gemeente-west", ""), hard("leerplicht-west", "")]),
        (
            "hearsay",
            false,
            vec![
                hard("politie-west", ""),
                heard("veilig-thuis-west", "hard", "van-horen-zeggen:politie-justitie"),
            ],
        ),
        (
            "soft-soft-hearsay",
            false,
            vec![
                soft("school-west", ""),
                soft("coa-noord", ""),
                heard("veilig-thuis-west", "zacht", "van-horen-zeggen:onderwijs"),
            ],
        ),
        (
            "a-domain-that-relays",
            false,
            vec![soft("school-west", ""), soft("coa-noord", ""), hard("riec-west", "")],
        ),
    ]
}

/// V-02, V-10: with codes and without; and police, who may signal, never read them; nor may any other agency.
#[test]
fn exactly_the_convergences_of_the_rule_reach_the_coordinator() {
    both_ways(|suite| {
        let (exchange, table) = (&suite.exchange, truth_table(suite.codes));
        for (child, (case, _, signals)) in (0..).zip(&table) {
            suite.send(case, child, signals);
        }
        exchange.two_ticks();
        let alerts = exchange.alerts("zorgcoordinator-west");
        let mut found: Vec<usize> = alerts.iter().map(|it| it["signals"].as_array().unwrap().len()).collect();
        let mut wanted: Vec<usize> =
            table.iter().filter(|(_, alert, _)| *alert).map(|(_, _, it)| it.len()).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{alerts:#?}");
        for alert in &alerts {
            assert_eq!(alert["state"], "new");
            assert_eq!(alert["rule"], "samenloop-regel/1");
            assert!(alert["domains"].as_array().unwrap().len() >= 2);
            assert!(alert["organisations"].as_array().unwrap().len() >= 2);
            assert!(alert["why"].as_str().unwrap().contains("samenloop-regel/1"));
            let mut signals = alert["signals"].as_array().unwrap().iter();
            assert!(signals.all(|it| it["code"].is_string() == (suite.codes == Codes::Sent)), "{alert}");
        }
        for agency in ["politie-west", "school-west"] {
            let answer = exchange.run(agency, &["alert", "list", "--json"]);
            assert_eq!(answer.status, 1, "{answer:?}");
        }
    });
}

/// V-02: with codes and without.
#[test]
fn what_does_not_count_is_listed_beside_what_does() {
    both_ways(|suite| {
        let exchange = &suite.exchange;
        let signals = [
            hard("politie-west", ""),
            soft("school-west", "I07"),
            heard("veilig-thuis-west", "hard", "van-horen-zeggen:politie-justitie"),
            hard("riec-west", ""),
        ];
        suite.send("case", 1, &signals);
        exchange.two_ticks();
        let alerts = exchange.alerts("zorgcoordinator-west");
        assert_eq!(alerts.len(), 1);
        assert_eq!(texts(&alerts[0]["domains"]), ["onderwijs", "politie-justitie"]);
        assert_eq!(texts(&alerts[0]["organisations"]), ["politie-west", "school-west"]);
        let counts = |sender: &str| {
            let signals = alerts[0]["signals"].as_array().unwrap();
            signals.iter().find(|it| it["organisation"] == sender).unwrap()["counts"].as_bool().unwrap()
        };
        assert!(counts("politie-west") && counts("school-west"));
        assert!(!counts("veilig-thuis-west") && !counts("riec-west"));
        assert_eq!(alerts[0]["signals"].as_array().unwrap().len(), 4);
    });
}

/// V-02: with codes and without.
#[test]
fn an_alert_goes_to_every_region_of_its_signals_and_details_only_to_their_own() {
    both_ways(|suite| {
        let exchange = &suite.exchange;
        let header = "referentie;bsn;soort;maand;regio;zaaknummer";
        let line = |reference: &str, severity: &str, region: &str, case: &str| {
            format!("{reference};{};{severity};{};{region};{case}", bsn(5), this_month())
        };
        suite.push_all("politie-west", header, &[&line("p1", "hard", "west", "zaak-1")]);
        suite.push_all("coa-noord", header, &[&line("c1", "zacht", "noord", "kamer-2")]);
        exchange.two_ticks();
        let west = exchange.alerts("zorgcoordinator-west");
        let noord = exchange.alerts("zorgcoordinator-noord");
        assert_eq!((west.len(), noord.len()), (1, 1));
        // One alert, another number for each recipient.
        assert_ne!(west[0]["id"], noord[0]["id"]);
        let case_of = |alert: &Value, sender: &str| {
            let signals = alert["signals"].as_array().unwrap().clone();
            signals.into_iter().find(|it| it["organisation"] == sender).unwrap()["case_reference"].clone()
        };
        assert_eq!(case_of(&west[0], "politie-west"), "zaak-1");
        assert_eq!(case_of(&west[0], "coa-noord"), Value::Null);
        assert_eq!(case_of(&noord[0], "coa-noord"), "kamer-2");
        assert_eq!(case_of(&noord[0], "politie-west"), Value::Null);
    });
}

/// V-02: with codes and without.
#[test]
fn a_withdrawn_signal_lapses_its_alert_and_stays_withdrawn() {
    both_ways(|suite| {
        let exchange = &suite.exchange;
        suite.send("w", 9, &[hard("politie-west", ""), soft("school-west", "")]);
        exchange.two_ticks();
        assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
        // Another agency's reference: the same answer, and nothing changes.
        let other =
            exchange.run("gemeente-west", &["signal", "withdraw", "w-1", "--reason", "mistake", "--json"]);
        assert_eq!(other.status, 0, "{other:?}");
        exchange.two_ticks();
        assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
        let own =
            exchange.run("school-west", &["signal", "withdraw", "w-1", "--reason", "mistake", "--json"]);
        assert_eq!(own.status, 0, "{own:?}");
        exchange.two_ticks();
        assert!(exchange.alerts("zorgcoordinator-west").is_empty());
        let all = exchange.run("zorgcoordinator-west", &["alert", "list", "--all", "--json"]).json();
        assert_eq!(all[0]["state"], "lapsed");
        // Pushed again it is acked and stays withdrawn; the client says so.
        let line = format!("w-1;{};zacht;;{};west;eigen", bsn(9), this_month());
        let again = suite.push("school-west", HEADER, &[&line]);
        assert_eq!((again.status, again.json()["accepted"].as_u64()), (0, Some(1)), "{again:?}");
        assert!(again.out.contains("WITHDRAWN_EARLIER"), "{again:?}");
        exchange.two_ticks();
        assert!(exchange.alerts("zorgcoordinator-west").is_empty());
        let journal = exchange.run("school-west", &["signal", "list", "--json"]).json();
        assert_eq!(journal.as_array().unwrap().len(), 1, "{journal}");
        assert_eq!(journal[0]["withdrawn"], true, "{journal}");
    });
}

/// V-02: with codes and without.
#[test]
fn a_push_goes_on_when_the_hub_comes_back_nothing_twice_nothing_lost() {
    both_ways(|suite| {
        let line =
            |child, severity| format!("r-{child};{};{severity};;{};west;eigen", bsn(child), this_month());
        let lines = |severity| {
            let lines: Vec<_> = (0..u32::from(LINES)).map(|it| line(it, severity)).collect();
            suite.file(HEADER, &lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let (hard, soft) = (lines("hard"), lines("zacht"));
        let mut exchange = suite.exchange;
        exchange.kill_hub();
        let file = exchange.scratch().join("push.csv");
        std::fs::write(&file, hard.join("\n") + "\n").unwrap();
        let file = file.to_str().unwrap().to_owned();
        // No hub at all: a clear end, and nothing in the journal pretends otherwise.
        let alone = exchange.run("politie-west", &["signal", "push", &file, "--json", "--wait", "0"]);
        assert_eq!(alone.status, 1, "{alone:?}");
        assert_eq!(alone.json()["accepted"], 0);
        exchange.start_hub();
        for _ in 0..2 {
            let answer = exchange.run("politie-west", &["signal", "push", &file, "--json"]);
            assert_eq!(
                (answer.status, answer.json()["accepted"].as_u64()),
                (0, Some(u64::from(LINES))),
                "{answer:?}"
            );
            exchange.kill_hub();
            exchange.start_hub();
        }
        let own: Vec<_> = soft[1..].iter().map(String::as_str).collect();
        exchange.push_all("school-west", &soft[0], &own);
        let alerts = exchange.alerts_once("zorgcoordinator-west", usize::from(LINES));
        assert_eq!(alerts.len(), usize::from(LINES));
        assert!(alerts.iter().all(|it| it["signals"].as_array().unwrap().len() == 2));
        assert_eq!(exchange.stop_hub(), Some(0));
        let verified = exchange.hub(&["verify"]);
        assert_eq!(verified.status, 0, "{verified:?}");
        assert!(verified.out.contains("0 expired rows"), "{verified:?}");
        for arguments in [&["rebuild"][..], &["rebuild", "--new-pepper", "1"]] {
            let rebuilt = exchange.hub(arguments);
            assert_eq!(rebuilt.status, 0, "{rebuilt:?}");
        }
        exchange.start_hub();
        assert_eq!(exchange.alerts("zorgcoordinator-west").len(), usize::from(LINES));
    });
}

/// Once: in the kit some agencies send codes and others none.
#[test]
fn the_samples_of_the_kit_converge_as_the_kit_says() {
    let exchange = Exchange::start();
    let samples = exchange.kit_directory().join("samples");
    for entry in std::fs::read_dir(&samples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "csv") {
            let sender = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let answer = exchange.run(&sender, &["signal", "push", path.to_str().unwrap(), "--json"]);
            assert_eq!(answer.status, 0, "{sender}: {answer:?}");
            assert!(answer.json()["accepted"].as_u64().unwrap() > 0, "{sender}: {answer:?}");
        }
    }
    exchange.two_ticks();
    let expected: Value =
        serde_json::from_slice(&std::fs::read(samples.join("expected.json")).unwrap()).unwrap();
    let converging = expected.as_array().unwrap().iter().filter(|it| it["converges"] == true).count();
    assert!(converging >= 3);
    let mut opened = 0;
    let mut shared = 0;
    for coordinator in ["zorgcoordinator-west", "zorgcoordinator-noord"] {
        for alert in exchange.alerts(coordinator) {
            opened += 1;
            shared += usize::from(alert["regions"].as_array().unwrap().len() == 2);
        }
    }
    // An alert of two regions is seen by two coordinators.
    assert_eq!(opened - shared / 2, converging);
}
