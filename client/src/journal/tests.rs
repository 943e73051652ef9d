//! The journal: what it says after crashes, withdrawals, new terms, and after it was written anew.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use samenloop_core::value::{Day, Month, SignalReference};

use super::file::{anew, is_in_place, private_file};
use super::*;
use crate::language::{Language, Say as _};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn today() -> Day {
    day("2026-11-22")
}

fn reference(number: u8) -> SignalReference {
    SignalReference::new([number; 16])
}

fn entry(number: u8, revision: u64) -> Entry {
    Entry {
        reference: reference(number),
        month: month("2026-10"),
        expiry: month("2027-04"),
        cap: Entry::cap_of(month("2026-10")),
        revision,
        acknowledged: today(),
        withdrawn: None,
        local_reference: format!("obs {number}"),
        case_reference: number.is_multiple_of(2).then(|| "Z-1".to_owned()),
    }
}

fn withdrawal(number: u8) -> Entry {
    Entry { withdrawn: Some(WithdrawalReason::Mistake), ..entry(number, 5) }
}

/// A directory, and a journal in it of these lines.
fn journal(entries: &[Entry]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("own.journal");
    append(&path, entries);
    (directory, path)
}

fn append(path: &Path, entries: &[Entry]) {
    let mut journal = Journal::open(path, today()).unwrap();
    for entry in entries {
        journal.append(entry).unwrap();
    }
    journal.sync().unwrap();
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap().lines().count() - 1
}

#[test]
fn the_latest_of_each_reference_is_told_and_a_withdrawal_sticks() {
    let (_directory, path) = journal(&[entry(1, 5), entry(2, 5), withdrawal(1), entry(1, 9)]);
    let opened = Journal::open(&path, today()).unwrap();
    assert_eq!(opened.highest_revision(), 9);
    assert!(opened.is_withdrawn(reference(1), today()));
    assert!(!opened.is_withdrawn(reference(2), today()));
    assert_eq!(entries(&path).unwrap(), [withdrawal(1), entry(2, 5)]);
    let asked = HashSet::from([reference(2), reference(3)]);
    assert_eq!(entries_of(&path, &asked).unwrap().len(), 1);
    assert_eq!(entries(&path.with_extension("absent")).unwrap(), []);
}

#[test]
fn the_first_stated_reason_stands_and_any_reason_stands_for_none() {
    let unstated = |number| Entry { withdrawn: Some(WithdrawalReason::Unstated), ..entry(number, 5) };
    let request = |number| Entry { withdrawn: Some(WithdrawalReason::Request), ..entry(number, 5) };
    let told = |lines: &[Entry]| {
        let (_directory, path) = journal(lines);
        entries(&path).unwrap().first().and_then(|it| it.withdrawn)
    };
    assert_eq!(told(&[withdrawal(1), request(1)]), Some(WithdrawalReason::Mistake));
    assert_eq!(told(&[unstated(1), request(1)]), Some(WithdrawalReason::Request));
    assert_eq!(told(&[request(1), unstated(1)]), Some(WithdrawalReason::Request));
    assert_eq!(told(&[unstated(1), entry(1, 9)]), Some(WithdrawalReason::Unstated));
}

#[test]
fn a_withdrawn_reference_serves_again_once_its_term_has_passed() {
    let again = Entry { acknowledged: day("2027-05-01"), month: month("2027-05"), ..entry(1, 9) };
    let (_directory, path) = journal(&[withdrawal(1), again.clone()]);
    let opened = Journal::open(&path, day("2027-04-30")).unwrap();
    assert!(!opened.is_withdrawn(reference(1), day("2027-05-01")));
    assert_eq!(entries(&path).unwrap(), [again]);
    let (_directory, path) = journal(&[withdrawal(1)]);
    let opened = Journal::open(&path, today()).unwrap();
    assert!(opened.is_withdrawn(reference(1), day("2027-04-30")));
    assert!(!opened.is_withdrawn(reference(1), day("2027-05-01")));
}

/// V-20: an extension never goes beyond 24 months after the first month, whatever later lines say.
#[test]
fn a_later_revision_keeps_the_cap_of_the_first() {
    let later = |month_of: &str, expiry: &str, on: &str| Entry {
        month: month(month_of),
        expiry: month(expiry),
        cap: Entry::cap_of(month(month_of)),
        acknowledged: day(on),
        ..entry(1, 9)
    };
    let (_directory, path) = journal(&[
        entry(1, 5),
        later("2027-04", "2028-04", "2027-04-02"),
        later("2028-04", "2029-04", "2028-04-02"),
    ]);
    let [told] = &entries(&path).unwrap()[..] else { panic!("one entry") };
    assert_eq!((told.month, told.expiry, told.cap), (month("2028-04"), month("2028-10"), month("2028-10")));
    // The day after, the reference is as good as new.
    append(&path, &[later("2028-11", "2029-05", "2028-11-01")]);
    let [told] = &entries(&path).unwrap()[..] else { panic!("one entry") };
    assert_eq!((told.expiry, told.cap), (month("2029-05"), month("2030-11")));
}

#[test]
fn how_an_entry_stands_depends_on_the_day() {
    let entry = entry(1, 5);
    assert_eq!(entry.standing(day("2027-04-30")), Standing::Active);
    assert_eq!(entry.standing(day("2027-05-01")), Standing::Ended);
    assert_eq!(withdrawal(1).standing(today()), Standing::Withdrawn(WithdrawalReason::Mistake));
    assert!(entry.ends_within(60, day("2027-03-01")));
    assert!(!entry.ends_within(59, day("2027-03-01")));
    assert!(entry.ends_within(0, day("2027-04-30")));
    assert!(!entry.ends_within(400, day("2027-05-01")));
    assert!(!withdrawal(1).ends_within(400, today()));
}

#[test]
fn a_line_torn_anywhere_is_cut_off_and_the_rest_stands() {
    let (_directory, path) = journal(&[entry(1, 5)]);
    let first = std::fs::metadata(&path).unwrap().len();
    append(&path, &[entry(2, 5)]);
    let whole = std::fs::read(&path).unwrap();
    for torn in 0..whole.len() {
        std::fs::write(&path, &whole[..torn]).unwrap();
        let expected = usize::from(torn as u64 >= first);
        assert_eq!(entries(&path).unwrap().len(), expected, "{torn}");
        append(&path, &[entry(3, 6)]);
        assert_eq!(entries(&path).unwrap().len(), expected + 1, "{torn}");
    }
}

#[test]
fn two_commands_at_once_are_kept_apart() {
    let (_directory, path) = journal(&[]);
    let first = Journal::open(&path, today()).unwrap();
    assert!(matches!(Journal::open(&path, today()), Err(JournalFault::InUse(_))));
    drop(first);
    assert!(Journal::open(&path, today()).is_ok());
}

#[test]
fn some_other_file_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letter.txt");
    for text in ["Dear colleague\n", "Dear"] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(Journal::open(&path, today()), Err(JournalFault::Foreign(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_journal_that_says_most_things_twice_is_written_anew() {
    let pushed = |revision| (1..=9).map(|it| entry(it, revision)).collect::<Vec<_>>();
    let (_directory, path) = journal(&pushed(5));
    append(&path, &[withdrawal(3)]);
    assert_eq!(lines(&path), 10);
    append(&path, &pushed(6)[3..]);
    assert_eq!(lines(&path), 16);
    append(&path, &pushed(7)[3..]);
    let before = entries(&path).unwrap();
    assert_eq!((before.len(), lines(&path)), (9, 22));
    let opened = Journal::open(&path, today()).unwrap();
    assert_eq!((entries(&path).unwrap(), lines(&path)), (before, 9));
    assert_eq!(opened.highest_revision(), 7);
    assert!(opened.is_withdrawn(reference(3), today()));
    // The new file is locked as the old one was, is its owner's alone, and goes on.
    assert!(matches!(Journal::open(&path, today()), Err(JournalFault::InUse(_))));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(opened);
    append(&path, &[entry(10, 8)]);
    assert_eq!((entries(&path).unwrap().len(), lines(&path)), (10, 10));
}

/// V-21: at the agency as well.
#[test]
fn what_is_past_its_term_leaves_the_journal() {
    let ended = |number| Entry { expiry: month("2026-10"), ..entry(number, 5) };
    let past = Entry { withdrawn: Some(WithdrawalReason::Request), ..ended(3) };
    let (_directory, path) = journal(&[ended(1), ended(2), past, entry(4, 5)]);
    let opened = Journal::open(&path, today()).unwrap();
    assert_eq!(entries(&path).unwrap(), [entry(4, 5)]);
    assert_eq!(lines(&path), 1);
    assert!(opened.withdrawn.is_empty());
}

/// V-21: nothing waits until much is past its term, and no reader of the journal is needed but one.
#[test]
fn one_line_of_four_that_is_past_its_term_leaves_the_journal() {
    let ending = Entry { expiry: month("2026-11"), ..entry(1, 5) };
    let extended = Entry { expiry: month("2026-11"), ..entry(2, 5) };
    let (_directory, path) = journal(&[ending, extended, entry(2, 6), entry(3, 5), entry(4, 5), entry(5, 5)]);
    assert!(!has_ended(&path, day("2026-11-30")).unwrap());
    drop(Journal::open(&path, day("2026-11-30")).unwrap());
    assert_eq!(lines(&path), 6);
    let after = day("2026-12-01");
    assert!(has_ended(&path, after).unwrap());
    drop(Journal::open(&path, after).unwrap());
    assert_eq!(entries(&path).unwrap(), [entry(2, 6), entry(3, 5), entry(4, 5), entry(5, 5)]);
    assert_eq!((lines(&path), has_ended(&path, after).unwrap()), (4, false));
    assert!(!has_ended(&path.with_extension("absent"), after).unwrap());
}

#[test]
fn a_crash_while_it_is_written_anew_leaves_the_old_one() {
    let (_directory, path) = journal(&[entry(1, 5), entry(2, 5), entry(1, 6)]);
    let before = entries(&path).unwrap();
    for left in [&b""[..], b"samenloop-", b"samenloop-journal 1\n0101"] {
        std::fs::write(anew(&path), left).unwrap();
        drop(Journal::open(&path, today()).unwrap());
        assert_eq!(entries(&path).unwrap(), before);
        assert!(!anew(&path).exists());
    }
}

#[test]
fn a_journal_that_cannot_be_written_anew_serves_as_it_is() {
    let (_directory, path) = journal(&[entry(1, 5), entry(1, 6)]);
    // A directory stands where the new one would.
    std::fs::create_dir(anew(&path)).unwrap();
    append(&path, &[entry(2, 6)]);
    assert_eq!((entries(&path).unwrap(), lines(&path)), (vec![entry(1, 6), entry(2, 6)], 3));
}

#[test]
fn a_line_that_cannot_be_read_is_never_thrown_away() {
    let (_directory, path) = journal(&[entry(1, 5), entry(1, 6)]);
    let foreign = "ff".repeat(16) + "\tof a later version\n";
    let text = std::fs::read_to_string(&path).unwrap() + &foreign;
    std::fs::write(&path, &text).unwrap();
    drop(Journal::open(&path, today()).unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_command_that_opened_the_old_file_takes_the_new_one() {
    let (_directory, path) = journal(&[entry(1, 5), entry(1, 6)]);
    let late = private_file().open(&path).unwrap();
    assert!(is_in_place(&path, &late).unwrap());
    drop(Journal::open(&path, today()).unwrap());
    assert_eq!(lines(&path), 1);
    assert!(!is_in_place(&path, &late).unwrap());
}

#[test]
fn a_journal_in_many_parts_says_the_same() {
    let mut share = compaction::Share::of(0, today());
    share.split_into(7);
    let all: Vec<_> = (0..=255).flat_map(|number| [entry(number, 5), entry(number, 6)]).collect();
    let (_directory, path) = journal(&all);
    let mut file = private_file().open(&path).unwrap();
    let mut before = entries(&path).unwrap();
    assert!(compact(&path, &mut file, &share, today()).unwrap().is_some());
    let mut after = entries(&path).unwrap();
    before.sort_by_key(|entry| entry.reference);
    after.sort_by_key(|entry| entry.reference);
    assert_eq!((after, lines(&path)), (before, 256));
}

#[test]
fn only_its_owner_reads_it() {
    let (_directory, path) = journal(&[]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn damaged_receipts_are_met_before_anything_is_sent() {
    let (_directory, path) = journal(&[entry(1, 1)]);
    std::fs::write(receipts_of(&path), "2026-11-22\tnot hexadecimal\n").unwrap();
    let Err(fault) = Journal::open(&path, today()) else { panic!("it opens") };
    let JournalFault::Receipts(named) = &fault else { panic!("{fault}") };
    assert_eq!(named, &receipts_of(&path));
    assert!(fault.say(Language::Nl).contains("andere naam"), "{fault}");
    std::fs::rename(receipts_of(&path), path.with_extension("aside")).unwrap();
    Journal::open(&path, today()).unwrap();
}

/// V-32: what was erased on request is not carried on, and what ended or went before is left as it was.
#[test]
fn what_was_erased_on_request_stays_withdrawn() {
    let (_directory, path) = journal(&[entry(1, 1), entry(2, 2), withdrawal(3)]);
    let erased = HashSet::from([1, 3, 9].map(reference));
    assert_eq!(note_erased(&path, &erased, today()).unwrap(), ["obs 1"]);
    assert!(note_erased(&path, &erased, today()).unwrap().is_empty(), "it is news once");
    let standings: Vec<_> = entries(&path).unwrap().iter().map(|it| it.standing(today())).collect();
    let withdrawn = Standing::Withdrawn;
    let (asked, mistaken) = (WithdrawalReason::Erased, WithdrawalReason::Mistake);
    assert_eq!(standings, [withdrawn(asked), Standing::Active, withdrawn(mistaken)]);
    assert!(Journal::open(&path, today()).unwrap().is_withdrawn(reference(1), today()));
}
