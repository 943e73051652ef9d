//! A back office: files as Excel makes them, a proxy on the way, a folder that is watched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use samenloop_tests::{Exchange, bsn, day, programs, rewrite, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";

fn line(reference: &str, child: u32) -> String {
    format!("{reference};{};zacht;{};west", bsn(child), this_month())
}

/// What Excel on a Dutch Windows saves as plain CSV: semicolons, Windows-1252, days instead of months, empty lines.
fn excel(month: &str) -> Vec<u8> {
    let (year, month) = month.split_once('-').unwrap();
    let text = format!(
        "maand;Referentie;bsn;soort;regio;zaaknummer;;\r\n1-{month}-{year};obs-\u{e9}\u{e9}n;{};zacht;west;Z-1;;\r\n\
         01-{month}-{year};\"obs; twee\";{};Zacht;west;;;\r\n;;;;;;;\r\n;;;;;;;\r\n",
        bsn(1),
        bsn(2)
    );
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn a_file_made_in_excel_is_checked_told_and_pushed() {
    let exchange = Exchange::start();
    let file = exchange.scratch().join("signalen.csv");
    std::fs::write(&file, excel(&this_month())).unwrap();
    let path = file.to_str().unwrap();
    let checked = exchange.run("school-west", &["signal", "check", path]);
    assert_eq!(checked.status, 0, "{checked:?}");
    for said in [
        "Windows-1252",
        "Regels goed: 2. Regels fout: 0.",
        "Dit gaat de deur uit: 2 signalen",
        "pseudoniem: ",
    ] {
        assert!(checked.out.contains(said), "{checked:?}");
    }
    assert!(!checked.out.contains(&bsn(1)) && !checked.out.contains(&bsn(2)), "{checked:?}");
    // Nothing was sent: the journal is empty.
    let journal = exchange.run("school-west", &["signal", "list", "--json"]);
    assert_eq!(journal.json().as_array().unwrap().len(), 0, "{journal:?}");
    let reported = exchange.run("school-west", &["signal", "check", path, "--report", "csv"]);
    assert_eq!(reported.status, 0, "{reported:?}");
    let report = std::fs::read_to_string(exchange.scratch().join("signalen.csv.verslag.csv")).unwrap();
    assert!(report.contains("\"gaat de deur uit\";\"pseudoniem\"") && !report.contains(&bsn(1)), "{report}");
    let pushed = exchange.run("school-west", &["signal", "push", path, "--json", "--report", "text"]);
    assert_eq!((pushed.status, pushed.json()["accepted"].as_u64()), (0, Some(2)), "{pushed:?}");
    let report = std::fs::read_to_string(exchange.scratch().join("signalen.csv.verslag.txt")).unwrap();
    assert!(report.contains("2 regels verstuurd, 2 aangenomen, 0 geweigerd."), "{report}");
    let journal = exchange.run("school-west", &["signal", "list", "--json"]).json();
    assert_eq!(journal[0]["reference"], "obs-\u{e9}\u{e9}n");
    assert_eq!((&journal[0]["month"], &journal[1]["reference"]), (&this_month().into(), &"obs; twee".into()));
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    let exchange = Exchange::kit();
    let place = |name: &str| exchange.scratch().join(name);
    std::fs::write(place("leeg.csv"), "").unwrap();
    std::fs::write(place("map.xlsx"), b"PK\x03\x04rest").unwrap();
    std::fs::write(place("open.csv"), format!("{HEADER}\n{}\n", line("a", 1))).unwrap();
    std::fs::write(place("~$open.csv"), "").unwrap();
    std::os::unix::fs::symlink(place("rond.csv"), place("rond.csv")).unwrap();
    for (name, said) in [
        ("leeg.csv", "leeg"),
        ("map.xlsx", "werkmap"),
        ("open.csv", "staat open in een rekenblad"),
        ("rond.csv", "verwijzen naar elkaar"),
        ("", "het is een map"),
        ("weg.csv", "niet gevonden"),
    ] {
        for command in ["check", "push"] {
            let answer = exchange.run("school-west", &["signal", command, place(name).to_str().unwrap()]);
            assert_eq!(answer.status, 1, "{name}: {answer:?}");
            assert!(answer.err.contains(said), "{name}: {answer:?}");
        }
    }
}

/// A proxy of an organisation: lets who signs in through to the hub, whatever address is asked for.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(hub: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, hub, seen) = (stream.unwrap(), hub.clone(), Arc::clone(&seen));
                std::thread::spawn(move || tunnel(stream, &hub, &seen));
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn tunnel(mut client: TcpStream, hub: &str, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    seen.lock().unwrap().push(head.lines().next().unwrap_or_default().to_owned());
    // `user:secret`
    if !head.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=") {
        let _ = client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    let Ok(mut hub) = TcpStream::connect(hub) else {
        let _ = client.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
        return;
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
    let (mut from_client, mut to_hub) = (client.try_clone().unwrap(), hub.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_hub));
    let _ = std::io::copy(&mut hub, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
}

#[test]
fn the_hub_is_reached_through_the_organisations_proxy() {
    let mut exchange = Exchange::start();
    let proxy = Proxy::start(exchange.hub_address());
    // A name that only the proxy can reach, and that nobody else is asked for: its second label is too long for any
    // name server. The hub's certificate is checked all the same.
    let host = format!("hub.{}", "x".repeat(64));
    let hub = format!("{host}:7000");
    let config = exchange.kit_directory().join("school-west.toml");
    let text = std::fs::read_to_string(&config).unwrap().replace(&exchange.hub_address(), &hub);
    let behind = exchange.kit_directory().join("behind.toml");
    std::fs::write(&behind, text).unwrap();
    let file = exchange.scratch().join("a.csv");
    std::fs::write(&file, format!("{HEADER}\n{}\n", line("a", 1))).unwrap();
    let push = |variables: &[(&str, String)]| {
        let mut command = Command::new(&programs().samenloop);
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        command.args(["signal", "push", "--json", "--wait", "0", "--config"]).arg(&behind).arg(&file);
        let output = command.envs(variables.iter().cloned()).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), json["error"]["reason"].as_str().unwrap_or_default().to_owned())
    };
    let url = |credentials: &str| format!("http://{credentials}{}", proxy.address);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        assert_eq!(push(&[(name, url("user:secret@"))]), (Some(0), String::new()), "{name}");
        let asked = proxy.asked();
        assert!(
            !asked.is_empty() && asked.iter().all(|it| *it == format!("CONNECT {hub} HTTP/1.1")),
            "{asked:?}"
        );
    }
    let failed = |reason: &str| (Some(1), reason.to_owned());
    assert_eq!(push(&[("HTTPS_PROXY", url(""))]), failed("PROXY"));
    assert!(!proxy.asked().is_empty());
    assert_eq!(push(&[("HTTPS_PROXY", url("user:secret@").replace("http:", "socks5:"))]), failed("PROXY"));
    let excepted = [("HTTPS_PROXY", url("user:secret@")), ("NO_PROXY", host)];
    assert_eq!(push(&excepted), failed("HUB_UNREACHABLE"));
    assert!(proxy.asked().is_empty());
    // The proxy is well and the hub is not.
    exchange.kill_hub();
    assert_eq!(push(&[("HTTPS_PROXY", url("user:secret@"))]), failed("HUB_UNREACHABLE"));
}

/// `samenloop signal push --watch`, and what it says.
struct Watcher {
    child: Child,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Watcher {
    fn start(exchange: &Exchange, folder: &Path) -> Self {
        let config = exchange.kit_directory().join("school-west.toml");
        let mut command = Command::new(&programs().samenloop);
        command.args(["signal", "push", "--json", "--wait", "0", "--watch"]).arg(folder);
        let mut child = command
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = Arc::new(Mutex::new(Vec::new()));
        let (lines, said) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&errors));
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| said.lock().unwrap().push(line))
        });
        Self { child, errors }
    }

    fn said(&self, part: &str) -> usize {
        self.errors.lock().unwrap().iter().filter(|line| line.contains(part)).count()
    }

    fn stop(mut self) -> Option<i32> {
        assert!(
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success()
        );
        self.child.wait().unwrap().code()
    }
}

fn wait_for(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_file_can_be_looked_through_before_the_manifest_enters_who_sends_it() {
    let exchange = Exchange::kit();
    let config = exchange.kit_directory().join("school-west.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("connection = \"school-west\"", "connection = \"school-zuid\"");
    std::fs::write(exchange.kit_directory().join("school-zuid.toml"), text).unwrap();
    let lines = [line("a", 1), "b;123;zacht;2026-01;west".to_owned(), line("c", 3).replace("west", "maan")];
    let file = format!("{HEADER}\n{}\n", lines.join("\n"));
    let checked = exchange.run_with("school-zuid", &["signal", "check", "-"], file.as_bytes());
    assert_eq!(checked.status, 3, "{checked:?}");
    for said in ["Regels goed: 1. Regels fout: 2.", "Regel 3: Het BSN klopt niet", "telt tot en met"] {
        assert!(checked.out.contains(said), "{said}: {checked:?}");
    }
    for said in ["school-zuid staat niet in het manifest", "niet nagekeken: welke nummers en codes"] {
        assert!(checked.err.contains(said), "{said}: {checked:?}");
    }
    let pushed = exchange.run_with("school-zuid", &["signal", "push", "-"], file.as_bytes());
    assert!(pushed.status == 1 && pushed.err.contains("staat niet in het manifest"), "{pushed:?}");
}

#[test]
fn a_watched_folder_is_emptied_into_klaar_and_fout_and_waits_for_the_hub() {
    let mut exchange = Exchange::kit();
    let folder = exchange.scratch().join("uit");
    std::fs::create_dir(&folder).unwrap();
    let drop_file = |name: &str, lines: &[String]| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, format!("{HEADER}\n{}\n", lines.join("\n"))).unwrap();
        path
    };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let good = drop_file("goed.csv", &[line("a", 1), line("b", 2)]);
    drop_file("later.csv.part", &[line("c", 3)]);
    drop_file(".verborgen.csv", &[line("d", 4)]);
    drop_file("open.csv", &[line("e", 5)]);
    std::fs::write(folder.join("~$open.csv"), "").unwrap();
    // Without a hub everything stays, and it is said once.
    let watcher = Watcher::start(&exchange, &folder);
    wait_for(|| watcher.said("hub is niet bereikbaar") > 0);
    std::thread::sleep(Duration::from_secs(3));
    assert!(good.exists());
    assert_eq!(watcher.said("hub is niet bereikbaar"), 1);
    exchange.start_hub();
    let soon = format!("\nexpires = \"{}\"\n", day(3));
    exchange.publish(|draft| {
        rewrite(draft, |text| {
            let (before, after) = text.split_once("\nexpires = ").unwrap();
            format!("{before}{soon}{}", after.split_once('\n').unwrap().1)
        });
    });
    wait_for(|| folder.join("klaar/goed.csv").exists());
    assert!(!good.exists() && read("klaar/goed.csv.verslag.txt").contains("2 aangenomen, 0 geweigerd"));
    // A second file of that name, with a line that is refused.
    drop_file("goed.csv", &[line("a", 1), "x;123;zacht;2026-01;west".to_owned()]);
    wait_for(|| folder.join("fout/goed.csv").exists());
    let report = read("fout/goed.csv.verslag.txt");
    assert!(
        report.contains("Regel 3: Het BSN klopt niet") && report.contains("1 aangenomen, 1 geweigerd"),
        "{report}"
    );
    drop_file("goed.csv", &[line("a", 1)]);
    wait_for(|| folder.join("klaar/goed-2.csv").exists());
    assert!(read("klaar/goed.csv").contains("\nb;"));
    assert_eq!(watcher.said("Het manifest verloopt over 3 dagen"), 1, "once a run, not once a file");
    // Asked to stop it ends well; after a restart it goes on, and what was ignored is still there.
    assert_eq!(watcher.stop(), Some(0));
    drop_file("na.csv", &[line("f", 6)]);
    let watcher = Watcher::start(&exchange, &folder);
    wait_for(|| folder.join("klaar/na.csv").exists());
    std::fs::remove_file(folder.join("~$open.csv")).unwrap();
    wait_for(|| folder.join("klaar/open.csv").exists());
    assert_eq!(watcher.stop(), Some(0));
    let mut left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [".verborgen.csv", "fout", "klaar", "later.csv.part"]);
    let journal = exchange.run("school-west", &["signal", "list", "--json"]).json();
    assert_eq!(journal.as_array().unwrap().len(), 4, "{journal}");
}
