//! One module tells the time, one reads certificates.

use crate::lexer::code_of;
use crate::none;
use crate::sources::{SourceFile, ending, line_of, running};

/// Crates whose programs run; the kit writes dates for a day that is given up anyway, and tests need a clock.
const RUNNING: [&str; 8] = ["audit", "core", "proto", "manifest", "pseudonym", "store", "server", "client"];

/// The modules that may ask what time it is.
const CLOCKS: [&str; 2] = ["server/src/clock.rs", "client/src/clock.rs"];

/// Ways to ask for the date. A monotonic `Instant` tells none: it serves deadlines and the beat of the tick.
const DATES: [&str; 7] =
    ["SystemTime", "UNIX_EPOCH", "Timestamp::now", "Zoned::now", "UnixTime::now", "Utc::now", "Local::now"];

/// The module that reads certificates: what it does not check is checked nowhere.
const CERTIFICATES: &str = "server/src/certificate.rs";

fn naming(files: &[SourceFile], names: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| !allowed.contains(&file.path.as_str())) {
        let code = code_of(&file.text);
        for name in names {
            let at = code.match_indices(name).map(|(at, _)| line_of(&code, at));
            complaints.extend(at.map(|line| format!("{}:{line}: {name}", file.path)));
        }
    }
    complaints
}

#[test]
fn only_the_clocks_tell_the_date() {
    let files = running(ending(&RUNNING, ".rs"));
    for clock in CLOCKS {
        assert!(
            !naming(&files, &DATES, &[]).iter().all(|it| !it.starts_with(clock)),
            "{clock} tells no date"
        );
    }
    none(&naming(&files, &DATES, &CLOCKS));
}

/// The rooms take the day as a value; they do not even measure how long they take.
#[test]
fn the_rooms_know_no_time_at_all() {
    none(&naming(
        &running(ending(&["audit", "core", "proto", "manifest", "pseudonym"], ".rs")),
        &["std::time", "Instant"],
        &[],
    ));
}

#[test]
fn certificates_are_read_in_one_place() {
    let files = running(ending(&[&RUNNING[..], &["keys-example"]].concat(), ".rs"));
    let names = ["x509_parser", "parse_x509", "EndEntityCert", "from_ca_cert"];
    assert!(!naming(&files, &names, &[]).is_empty());
    none(&naming(&files, &names, &[CERTIFICATES]));
}

#[test]
fn a_second_clock_is_found() {
    let text = "fn f() { let now = std::time::SystemTime::now(); }\n#[cfg(test)]\nmod tests { use x509_parser::a; }\n";
    let file = |path: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(
        naming(&running(vec![file("server/src/hub.rs")]), &DATES, &CLOCKS),
        ["server/src/hub.rs:1: SystemTime"]
    );
    assert!(naming(&running(vec![file("server/src/clock.rs")]), &DATES, &CLOCKS).is_empty());
    assert!(running(vec![file("server/tests/transport.rs")]).is_empty());
    assert!(naming(&running(vec![file("server/src/hub.rs")]), &["x509_parser"], &[CERTIFICATES]).is_empty());
}
