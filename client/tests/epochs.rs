//! `samenloop key rotate`, `retire`, `destroy` and `burn`: an epoch in a draft, from announced to destroyed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests only")]

mod administration;

use administration::{Office, today};
use samenloop_client::config::Config;
use samenloop_client::key::contribute;
use samenloop_core::manifest::EpochState;
use samenloop_core::value::Epoch;

const A: &str = "a/contribution-2-a.toml";
const B: &str = "b/contribution-2-b.toml";

/// An office with the contributions of a and b to epoch 2, and a draft.
fn office() -> Office {
    let office = Office::new(1, 34, 0);
    for id in ["a", "b"] {
        contribute(&Config::read(&office.path(&format!("{id}.toml"))).unwrap(), Epoch::new(2)).unwrap();
    }
    office.done("a", &["manifest", "new", "d.toml"]);
    office
}

/// Puts wraps for the school into the announced epoch, as administrators do before they rotate.
fn wrapped(office: &Office) {
    let wraps: String = ["a", "b"]
        .map(|id| {
            format!(
                "[[epochs.wraps]]\nconnection = \"school\"\nwrap_key = \"{key}\"\nadministrator = \"{id}\"\n\
                 encapsulated = \"{key}\"\nciphertext = \"{}\"\n",
                "00".repeat(48),
                key = "07".repeat(32)
            )
        })
        .concat();
    let text = office.read("d.toml");
    let at = text.find("# The school").unwrap();
    assert!(text[..at].contains("number = 2"));
    office.write("d.toml", &format!("{}{wraps}\n{}", &text[..at], &text[at..]));
}

/// Signs and publishes the draft, and starts the next.
fn published(office: &Office) {
    for id in ["a", "b"] {
        office.done(id, &["manifest", "sign", "d.toml"]);
    }
    office.done("a", &["manifest", "publish", "d.toml", "--offline"]);
    for name in ["d.toml", "d.toml.note"] {
        std::fs::remove_file(office.path(name)).unwrap();
    }
    let file = format!("publication-{}.json", office.newest("a"));
    office.done("b", &["manifest", "import", &file]);
    office.done("a", &["manifest", "new", "d.toml"]);
}

fn state(office: &Office, epoch: u32) -> EpochState {
    let book = office.book("a");
    let entries = book.newest().unwrap().epochs();
    entries.iter().find(|it| it.epoch == Epoch::new(epoch)).unwrap().state
}

#[test]
fn an_epoch_goes_from_announced_to_destroyed() {
    let office = office();
    let before = office.read("d.toml");
    let dry = office.done("a", &["key", "rotate", "d.toml", A, B, "--dry-run"]);
    assert!(dry.contains("Sleutelperiode 2 is aangekondigd, met bijdragen van a en b."), "{dry}");
    assert_eq!(office.read("d.toml"), before);
    office.done("a", &["key", "rotate", "d.toml", A, B]);
    assert!(office.read("d.toml").contains("# The school was the first."));
    published(&office);
    assert_eq!(state(&office, 2), EpochState::Announced);
    office.refused("a", &["key", "rotate", "d.toml", A, B], &["Sleutelperiode 2 is al aangekondigd"]);
    office.refused("a", &["key", "rotate", "d.toml"], &["nog niet helemaal ingepakt voor school"]);
    wrapped(&office);
    office.refused("a", &["key", "rotate", "d.toml", "--overlap-days", "61"], &["1 tot en met 60"]);
    let told = office.done("a", &["key", "rotate", "d.toml"]);
    assert!(told.contains("Sleutelperiode 2 wordt actief") && told.contains("Teken met:"), "{told}");
    published(&office);
    assert_eq!(state(&office, 1), EpochState::Overlap { until: today().plus_days(30) });
    office.refused(
        "a",
        &["key", "destroy", "d.toml", "--epoch", "1"],
        &["Sleutelperiode 1 staat op overlap"],
    );
    office.refused("a", &["key", "rotate", "d.toml"], &["Sleutelperiode 1 overlapt nog"]);
    office.done("a", &["key", "retire", "d.toml"]);
    published(&office);
    assert_eq!(state(&office, 1), EpochState::Retired);
    office.done("a", &["key", "destroy", "d.toml", "--epoch", "1"]);
    published(&office);
    assert_eq!((state(&office, 1), state(&office, 2)), (EpochState::Destroyed, EpochState::Active));
}

#[test]
fn a_rotation_may_leave_an_agency_behind_when_it_is_told_so() {
    let office = office();
    office.done("a", &["key", "rotate", "d.toml", A, B]);
    let told = office.done("a", &["key", "rotate", "d.toml", "--leave-behind"]);
    assert!(told.contains("zonder sleutel (1): school."), "{told}");
}

#[test]
fn fewer_damaged_or_foreign_contributions_change_nothing() {
    let office = office();
    let rotate = |files: &[&str], words: &[&str]| {
        office.refused("a", &[&["key", "rotate", "d.toml"], files].concat(), words);
    };
    rotate(&[A], &["heeft 2 bijdragen nodig. Gegeven: 1."]);
    rotate(&[A, A], &[A, "a draagt twee keer bij"]);
    let whole = office.read(B);
    office.write("cut.toml", &whole[..whole.len() - 20]);
    rotate(&[A, "cut.toml"], &["cut.toml: geen hele toezegging", "Regel"]);
    office.write("other.toml", &whole.replace("epoch = 2", "epoch = 3"));
    rotate(&[A, "other.toml"], &["other.toml: de toezegging is voor sleutelperiode 3"]);
    office.write("stranger.toml", &whole.replace("administrator = \"b\"", "administrator = \"x\""));
    rotate(&[A, "stranger.toml"], &["stranger.toml: x is geen sleutelbeheerder"]);
    rotate(&[A, "absent.toml"], &["absent.toml: niet te lezen"]);
}

#[test]
fn a_leaked_key_makes_way_at_once_or_within_three_days() {
    let office = office();
    office.refused("a", &["key", "burn", "d.toml", "--epoch", "1"], &["geen sleutelperiode aangekondigd"]);
    office.done("a", &["key", "rotate", "d.toml", A, B]);
    published(&office);
    wrapped(&office);
    let before = office.read("d.toml");
    let drill = office.done("a", &["key", "burn", "d.toml", "--epoch", "1", "--drill"]);
    assert!(drill.contains("Oefening") && drill.contains("Sleutelperiode 1 wordt ingetrokken"), "{drill}");
    assert_eq!(office.read("d.toml"), before);
    office.refused(
        "a",
        &["key", "burn", "d.toml", "--epoch", "1", "--overlap-hours", "73"],
        &["hoogstens 72 uur"],
    );
    office.refused(
        "a",
        &["key", "burn", "d.toml", "--epoch", "9"],
        &["Sleutelperiode 9 staat niet in het ontwerp"],
    );
    office.done("a", &["key", "burn", "d.toml", "--epoch", "1", "--overlap-hours", "30"]);
    published(&office);
    assert_eq!(state(&office, 1), EpochState::Overlap { until: today().plus_days(2) });
    let told = office.done("a", &["key", "burn", "d.toml", "--epoch", "1"]);
    assert!(told.contains("Wat eraf gaat:"), "{told}");
    published(&office);
    assert_eq!((state(&office, 1), state(&office, 2)), (EpochState::Burned, EpochState::Active));
    office.refused("a", &["key", "burn", "d.toml", "--epoch", "1"], &["Sleutelperiode 1 staat op burned"]);
}
