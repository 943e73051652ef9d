//! What a manifest changes, and whether it gives anybody more (protocol.md P-24).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests only")]

mod support;

use samenloop_core::manifest::{EpochState, Manifest};
use samenloop_core::value::{Day, Epoch};
use samenloop_manifest::Direction::{Adds, Neither, Takes};
use samenloop_manifest::{Change, ConnectionChange, Direction, EpochChange, RegionChange, changes, open};
use support::{body, key, note, root};

fn manifest(body: &str) -> Manifest {
    open(&root(1), &note(body, &[&key("a", 1)]), body.as_bytes()).unwrap()
}

/// What altering the body makes of it, with a direction for each change.
fn altered(replacements: &[(&str, &str)]) -> Vec<(Change, Direction)> {
    let mut new = body(1);
    for (from, to) in replacements {
        assert!(new.contains(from), "{from}");
        new = new.replacen(from, to, 1);
    }
    let found = changes(&manifest(&body(1)), &manifest(&new));
    found.into_iter().map(|it| (it.clone(), it.direction())).collect()
}

fn directions(from: &str, to: &str) -> Vec<Direction> {
    altered(&[(from, to)]).into_iter().map(|(_, direction)| direction).collect()
}

const CERTIFICATE: &str =
    "certificate_keys = [\"0000000000000000000000000000000000000000000000000000000000000000\"]\ndetails_key";
const OTHER: &str = "0202020202020202020202020202020202020202020202020202020202020202";

#[test]
fn a_manifest_that_only_renews_changes_nothing_but_its_last_day() {
    assert!(altered(&[]).is_empty());
    assert_eq!(directions("expires = \"2026-12-27\"", "expires = \"2026-12-26\""), [Neither]);
}

#[test]
fn more_for_somebody_adds_and_less_takes() {
    let day = |text| Day::parse(text).unwrap();
    let school = |found: &[(Change, Direction)]| {
        let Change::Connection { id, what } = &found[0].0 else { panic!("{found:?}") };
        assert_eq!(id.as_str(), "school");
        what.clone()
    };
    let later = altered(&[("valid_until = \"2027-11-22\"", "valid_until = \"2028-11-22\"")]);
    assert_eq!(school(&later), ConnectionChange::ExtendedTo(day("2028-11-22")));
    assert_eq!(later[0].1, Adds);
    let sooner = altered(&[("valid_until = \"2027-11-22\"", "valid_until = \"2027-03-01\"")]);
    assert_eq!(school(&sooner), ConnectionChange::LapsesOn(day("2027-03-01")));
    assert_eq!(sooner[0].1, Takes);
    for (from, to, direction) in [
        ("\"A03\"", "\"A03\", \"D01\"", Adds),
        ("marked_codes = [\"A03\"]", "marked_codes = []", Takes),
        ("unmarked_codes = true", "unmarked_codes = false", Takes),
        ("kinds = [1, 2]", "kinds = [1, 2, 3]", Adds),
        ("kinds = [1, 2]", "kinds = [1]", Takes),
        ("quota_lines = 1000", "quota_lines = 1001", Adds),
        ("quota_lines = 1000", "quota_lines = 999", Takes),
        ("quota_lines = 1000", "quota_lines = 1000\nmailbox = \"team@west.example\"", Neither),
        ("legal_basis = \"wet\"", "legal_basis = \"andere wet\"", Neither),
        ("agreement = \"2026-1\"", "agreement = \"2026-9\"", Neither),
        ("domain = \"onderwijs\"", "domain = \"zorg\"", Adds),
        ("details_key = \"01", "details_key = \"02", Adds),
        ("oin = \"00000000000000000011\"", "oin = \"00000000000000000013\"", Adds),
        ("name = \"School\"", "name = \"De School\"", Neither),
        ("term_days = 30", "term_days = 7", Neither),
        ("number = \"112\"", "number = \"0900-8844\"", Neither),
        ("pairs = 3", "pairs = 2", Adds),
        ("pairs = 3", "pairs = 4", Takes),
        ("tick_seconds = 60", "tick_seconds = 30", Neither),
        ("mail_hours = [8, 13]", "mail_hours = [8]", Neither),
        ("receipt_key = \"00", "receipt_key = \"01", Adds),
        ("log_key = \"0f", "log_key = \"1f", Adds),
        ("operator = \"00000000000000000099\"", "operator = \"00000000000000000098\"", Adds),
    ] {
        assert_eq!(directions(from, to), [direction], "{from} -> {to}");
    }
}

#[test]
fn a_swap_of_certificate_keys_is_an_addition_and_a_removal() {
    let one = CERTIFICATE.split('"').nth(1).unwrap();
    assert_eq!(directions(CERTIFICATE, &CERTIFICATE.replace(one, OTHER)), [Takes, Adds]);
    let both = CERTIFICATE.replace("\"]", &format!("\", \"{OTHER}\"]"));
    assert_eq!(directions(CERTIFICATE, &both), [Adds]);
}

#[test]
fn who_enters_and_who_is_struck_out_is_told_with_what_hangs_on_it() {
    let text = body(1);
    let school = {
        let from = text.find("[[connections]]\nid = \"school\"").unwrap();
        let to = text.find("[[connections]]\nid = \"zorgcoordinator\"").unwrap();
        text[from..to].to_owned()
    };
    let struck = altered(&[(&school, "")]);
    assert!(
        matches!(&struck[..], [(Change::Connection { what: ConnectionChange::StruckOut, .. }, Takes)]),
        "{struck:?}"
    );
    let second = format!("{school}{}", school.replacen("id = \"school\"", "id = \"school-oost\"", 1));
    assert!(matches!(
        &altered(&[(&school, &second)])[..],
        [(Change::Connection { what: ConnectionChange::Added, .. }, Adds)]
    ));
    let region = "[[regions]]\nid = \"oost\"\nname = \"Oost\"\ncoordinators = [\"zorgcoordinator\"]\n\
                  fallback = \"zorgcoordinator\"\nterm_days = 30\n\
                  acute_numbers = [{ name = \"Direct gevaar\", number = \"112\" }]\n";
    let entered = altered(&[
        ("[[epochs]]", &format!("{region}[[epochs]]")),
        (
            "role = \"coordinator\"\nregions = [\"west\"]",
            "role = \"coordinator\"\nregions = [\"west\", \"oost\"]",
        ),
    ]);
    assert!(matches!(&entered[0], (Change::Region { what: RegionChange::Entered, .. }, Adds)));
    assert!(matches!(&entered[1], (Change::Connection { what: ConnectionChange::RegionAdded(_), .. }, Adds)));
}

#[test]
fn an_epoch_gives_nobody_anything_until_it_is_taken_away() {
    let text = body(1);
    let contributions = {
        let from = text.find("contributions").unwrap();
        text[from..=from + text[from..].find("\n]").unwrap() + 1].to_owned()
    };
    let wrap = |administrator: &str| {
        format!(
            "[[epochs.wraps]]\nconnection = \"school\"\nwrap_key = \"{OTHER}\"\nadministrator = \"{administrator}\"\n\
             encapsulated = \"{OTHER}\"\nciphertext = \"{}\"\n",
            "00".repeat(48)
        )
    };
    let first = "[[connections]]\nid = \"school\"";
    let announced = format!(
        "[[epochs]]\nnumber = 8\nscheme = \"hmac\"\nstate = \"announced\"\n{contributions}\n{}{}{first}",
        wrap("a"),
        wrap("b")
    );
    let found = altered(&[(first, &announced)]);
    let [(Change::Epoch { epoch, what: EpochChange::Entered { state, contributions } }, Neither), wraps] =
        &found[..]
    else {
        panic!("{found:?}")
    };
    assert_eq!((*epoch, *state, contributions.len()), (Epoch::new(8), EpochState::Announced, 2));
    assert!(matches!(
        wraps,
        (Change::Epoch { what: EpochChange::WrapsAdded(agencies), .. }, Neither) if agencies.len() == 1
    ));
    // A compromise: the new epoch is active, the old one burned, in one manifest that acts at once.
    let burned = altered(&[
        ("state = \"active\"", "state = \"burned\""),
        (
            first,
            &announced.replace("state = \"announced\"", "state = \"active\"\nactive_from = \"2026-11-22\""),
        ),
    ]);
    let directions: Vec<_> = burned.into_iter().map(|(_, direction)| direction).collect();
    assert_eq!(directions, [Takes, Neither, Neither]);
}
