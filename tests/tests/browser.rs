//! The desks in a real browser: the walks of `tests/browser` go through them by keyboard alone, with axe-core on every
//! page.
//!
//! Needs node, Chromium and what `npm ci` installs in `tests/browser`. Where one is missing the walk is skipped and that
//! is said; with `CI` set it is required.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests only")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use samenloop_tests::{Desk, Exchange, bsn, day, done, skipped, this_month};

#[path = "figures/past.rs"]
mod past;

fn runs(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|it| it.success())
}

/// The Chromium of the distribution, under either of its names.
fn chromium() -> Option<PathBuf> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().map(PathBuf::from).find(|it| it.exists())
}

fn missing(browser: &Path) -> Vec<&'static str> {
    [
        ("node", runs("node")),
        ("chromium", chromium().is_some()),
        ("axe-core (npm ci in tests/browser)", browser.join("node_modules/axe-core").is_dir()),
        ("playwright-core (npm ci in tests/browser)", browser.join("node_modules/playwright-core").is_dir()),
    ]
    .into_iter()
    .filter_map(|(name, is_there)| (!is_there).then_some(name))
    .collect()
}

/// Walks through the desk of a connection, where all that it needs is there; gives what it told of each page.
fn walk(script: &str, exchange: &Exchange, connection: &str, given: &[&str]) -> Option<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let browser = here.join("browser");
    let missing = missing(&browser);
    if !missing.is_empty() {
        skipped(&missing.join(", "));
        return None;
    }
    let mut desk = Desk::open(exchange, connection);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("desk");
    let walked = Command::new("node")
        .current_dir(&browser)
        .arg(script)
        .arg(chromium().unwrap())
        .arg(desk.link())
        .arg(&pictures)
        .args(given)
        .output()
        .unwrap();
    let (told, fault) = (String::from_utf8_lossy(&walked.stdout), String::from_utf8_lossy(&walked.stderr));
    assert!(walked.status.success(), "{fault}\n{told}");
    println!("{told}");
    Some(told.into_owned())
}

/// A signal of the school that is about to end, and about which a coordinator asks it to phone; gives the child's number.
fn ask_about_an_old_signal(exchange: &Exchange) -> String {
    const WEST: &str = "zorgcoordinator-west";
    const HEADER: &str = "referentie;bsn;soort;maand;regio;zaaknummer";
    let (child, months_ago) = (bsn(8), day(-150));
    let month = months_ago.get(..7).unwrap();
    exchange.push_all("school-west", HEADER, &[&format!("oud;{child};zacht;{month};west;Z-2026-3")]);
    exchange.push_all("politie-west", HEADER, &[&format!("p;{child};hard;{};west;", this_month())]);
    exchange.two_ticks();
    let alerts = exchange.alerts(WEST);
    let id = alerts.first().and_then(|it| it.get("id")).and_then(|it| it.as_str()).unwrap();
    let claim = ["alert", "claim", id, "--case", "ZHZ-26-117", "--reason", "own-region", "--check", &day(3)];
    let ask = ["alert", "contact", id, "--of", "school-west", "--reason", "weigh-together"];
    for act in [&claim[..], &ask] {
        let done = exchange.run(WEST, act);
        assert_eq!(done.status, 0, "{done:?}");
    }
    child
}

/// A signal of the school is erased on request of its child.
fn erase_a_signal(exchange: &Exchange) {
    let line = format!("weg;{};zacht;{};west", bsn(6), this_month());
    exchange.push_all("school-west", "referentie;bsn;soort;maand;regio", &[&line]);
    exchange.two_ticks();
    let path = exchange.scratch().join("wissen.json");
    let path = path.to_str().unwrap();
    let numbers = format!("bsn;{}\n", bsn(6));
    let seal = ["rights", "erase", "--identifier-from", "-", "--out", path];
    assert_eq!(exchange.run_with("gemeente-west", &seal, numbers.as_bytes()).status, 0);
    let asked = done(&exchange.run("contactpunt", &["rights", "erase", path, "--json"]));
    done(&exchange.run("fg", &["rights", "release", asked[0]["id"].as_str().unwrap(), "--json"]));
    exchange.two_ticks();
}

#[test]
fn the_desk_is_walked_by_keyboard_alone_and_axe_finds_nothing() {
    let exchange = Exchange::start();
    let old = ask_about_an_old_signal(&exchange);
    erase_a_signal(&exchange);
    let told = walk("walk.mjs", &exchange, "school-west", &[&bsn(7), &old, &day(10)]);
    assert!(told.is_none_or(|it| it.lines().count() == 30));
}

#[test]
fn the_desk_of_a_coordinator_is_walked_by_keyboard_alone_and_axe_finds_nothing() {
    const WEST: &str = "zorgcoordinator-west";
    let exchange = Exchange::start();
    let kit = exchange.kit_directory();
    // What the samples hold fills the overview.
    for agency in ["school-west", "gemeente-west", "veilig-thuis-west", "politie-west"] {
        let sample = kit.join("samples").join(format!("{agency}.csv"));
        assert_eq!(exchange.run(agency, &["signal", "push", sample.to_str().unwrap(), "--json"]).status, 0);
    }
    let header = "referentie;bsn;code;soort;maand;regio;waarneming;zaaknummer";
    let signals = [
        ("school-west", "V11", "", 0, "eigen"),
        ("school-west", "I07", "", -40, "eigen"),
        ("gemeente-west", "F01", "", -75, "eigen"),
        ("politie-west", "", "hard", -75, "eigen"),
        ("veilig-thuis-west", "", "zacht", -105, "hearsay:onderwijs"),
    ];
    for (agency, code, severity, ago, observation) in signals {
        let (child, month) = (bsn(8), &day(ago)[..7]);
        let case = format!("WANDEL-{}{ago}", &agency[..1]);
        let line = format!("{case};{child};{code};{severity};{month};west;{observation};{case}");
        exchange.push_all(agency, header, &[&line]);
    }
    exchange.two_ticks();
    let alerts = exchange.alerts(WEST);
    let alert = alerts.iter().find(|it| it.to_string().contains("WANDEL-s0")).unwrap();
    let path = format!("/samenloop/{}", alert["id"].as_str().unwrap());
    let told = walk("coordinator.mjs", &exchange, WEST, &["ZHZ-26-118", &path]);
    assert!(told.is_none_or(|it| it.lines().count() == 17));
}

#[test]
fn figures_with_every_table_are_looked_at_and_axe_finds_nothing() {
    let mut exchange = Exchange::kit();
    past::a_quarter(&exchange);
    exchange.start_hub();
    exchange.two_ticks();
    let told = walk("figures.mjs", &exchange, "zorgcoordinator-west", &[&past::CLOSED.to_string()]);
    assert!(told.is_none_or(|it| it.lines().count() == 2));
}
