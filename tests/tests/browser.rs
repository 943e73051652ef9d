//! The desk in a real browser: `tests/browser/walk.mjs` goes through it by keyboard alone, with axe-core on every page.
//!
//! Needs node, Chromium and what `npm ci` installs in `tests/browser`. Where one is missing the walk is skipped and that
//! is said; with `CI=true` it is required.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests only")]

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use samenloop_tests::{Desk, Exchange, bsn, day, this_month};

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

#[test]
fn the_desk_is_walked_by_keyboard_alone_and_axe_finds_nothing() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let browser = here.join("browser");
    let missing = missing(&browser);
    if !missing.is_empty() {
        let is_required = std::env::var_os("CI").is_some_and(|it| it == "true");
        assert!(!is_required, "the walk through the desk is required here; missing: {missing:?}");
        // Straight to the terminal: what a test prints is shown only when it fails.
        let _ =
            writeln!(io::stderr(), "SKIPPED the walk through the desk in a browser; missing: {missing:?}");
        return;
    }
    let exchange = Exchange::start();
    let old = ask_about_an_old_signal(&exchange);
    let mut desk = Desk::open(&exchange, "school-west");
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("desk");
    let walked = Command::new("node")
        .current_dir(&browser)
        .arg("walk.mjs")
        .arg(chromium().unwrap())
        .args([desk.link(), bsn(7), old, day(10)])
        .arg(&pictures)
        .output()
        .unwrap();
    let (told, fault) = (String::from_utf8_lossy(&walked.stdout), String::from_utf8_lossy(&walked.stderr));
    assert!(walked.status.success(), "{fault}\n{told}");
    assert_eq!(told.lines().count(), 29, "{told}");
    println!("{told}");
}
