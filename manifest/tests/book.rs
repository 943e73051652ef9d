//! What a party takes after what it holds (protocol.md P-21, P-22, section 5).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests only")]

mod support;

use std::path::Path;

use samenloop_manifest::note::{SigningKey, sign};
use samenloop_manifest::{Added, Book, BookFault, Publication, Root, Signed, Statement, Subject, sha256};
use support::{ORIGIN, body, hex, key, root_text};

/// A book under a root of which two must sign, with what was published in it.
struct Shelf {
    directory: tempfile::TempDir,
    book: Book,
    last: String,
}

fn signed(subject: Subject, sequence: u64, body: &str, signers: &[&SigningKey]) -> Signed {
    let statement = Statement::of(ORIGIN, subject, sequence, body.as_bytes()).to_string();
    Signed::new(body.to_owned(), sign(&statement, signers))
}

fn published(sequence: u64, body: &str) -> Publication {
    Publication::new(signed(Subject::Manifest, sequence, body, &[&key("a", 1), &key("b", 2)]), None)
}

/// The manifest that follows `last` with this number.
fn next(last: &str, sequence: u64) -> String {
    let mut lines: Vec<_> = last.lines().filter(|it| !it.starts_with("predecessor")).collect();
    let (number, predecessor) =
        (format!("sequence = {sequence}"), format!("predecessor = \"{}\"", hex(&sha256(last.as_bytes()))));
    let at = lines.iter().position(|it| it.starts_with("sequence")).unwrap();
    lines.splice(at..=at, [number.as_str(), predecessor.as_str()]);
    lines.join("\n") + "\n"
}

impl Shelf {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("root.toml"), root_text(2)).unwrap();
        let mut book = open(directory.path());
        assert!(book.newest().is_none());
        let last = body(2);
        assert_eq!(book.add(&published(1, &last)).unwrap(), Added::New);
        Self { directory, book, last }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Adds the next manifest, with one thing altered.
    fn add(&mut self, from: &str, to: &str) -> Result<Added, BookFault> {
        let sequence = self.book.newest().unwrap().sequence() + 1;
        let body = next(&self.last, sequence);
        assert!(body.contains(from), "{from}");
        let body = body.replacen(from, to, 1);
        let added = self.book.add(&published(sequence, &body));
        if added.is_ok() {
            self.last = body;
        }
        added
    }

    fn refused(&mut self, from: &str, to: &str) -> String {
        let before = self.book.newest().unwrap().sequence();
        let fault = self.add(from, to).unwrap_err().to_string();
        assert_eq!(self.book.newest().unwrap().sequence(), before);
        assert_eq!(open(self.path()).newest().unwrap().sequence(), before);
        fault
    }
}

fn open(path: &Path) -> Book {
    Book::open(&path.join("root.toml"), &path.join("manifests")).unwrap()
}

#[test]
fn each_manifest_follows_the_one_before_and_is_there_after_a_restart() {
    let mut shelf = Shelf::new();
    shelf.add("", "").unwrap();
    shelf.add("tick_seconds = 60", "tick_seconds = 30").unwrap();
    assert_eq!(shelf.book.add(&published(3, &shelf.last)).unwrap(), Added::Known);
    let again = open(shelf.path());
    assert_eq!(again.newest().unwrap().hash(), &sha256(shelf.last.as_bytes()));
    assert_eq!(again.publication(2).unwrap().unwrap().manifest().body().lines().nth(2), Some("sequence = 2"));
    assert!(again.publication(4).unwrap().is_none());
}

#[test]
fn an_older_another_or_a_later_manifest_is_refused() {
    let mut shelf = Shelf::new();
    let first = shelf.last.clone();
    shelf.add("", "").unwrap();
    let told =
        |publication: &Publication, shelf: &mut Shelf| shelf.book.add(publication).unwrap_err().to_string();
    assert!(told(&published(1, &first), &mut shelf).contains("never taken again"));
    let other = next(&first, 2).replace("tick_seconds = 60", "tick_seconds = 59");
    assert!(told(&published(2, &other), &mut shelf).contains("two manifests with number 2"));
    let skipped = next(&shelf.last, 4);
    assert!(told(&published(4, &skipped), &mut shelf).contains("import 3 first"));
    let foreign = next(&other, 3);
    assert!(told(&published(3, &foreign), &mut shelf).contains("another predecessor"));
    assert!(shelf.refused("issued = \"2026-11-22\"", "issued = \"2026-11-21\"").contains("issued"));
}

#[test]
fn too_few_signatures_change_nothing() {
    let mut shelf = Shelf::new();
    let body = next(&shelf.last, 2);
    let a = key("a", 1);
    for signers in [&[&a][..], &[&a, &a], &[&a, &key("x", 9)]] {
        let publication = Publication::new(signed(Subject::Manifest, 2, &body, signers), None);
        let fault = shelf.book.add(&publication).unwrap_err().to_string();
        assert!(fault.contains("1 administrators of the root signed"), "{fault}");
    }
    // A signature on a root is none on a manifest.
    let as_root = signed(Subject::Root, 2, &body, &[&a, &key("b", 2)]);
    let note = Signed::new(body, as_root.note().to_owned());
    assert!(shelf.book.add(&Publication::new(note, None)).is_err());
    assert_eq!(open(shelf.path()).newest().unwrap().sequence(), 1);
}

#[test]
fn an_epoch_lives_in_one_direction_and_its_number_never_comes_back() {
    let mut shelf = Shelf::new();
    let active = "state = \"active\"\nactive_from = \"2026-11-01\"";
    let contributions = {
        let from = shelf.last.find("contributions").unwrap();
        shelf.last[from..=from + shelf.last[from..].find("\n]").unwrap() + 1].to_owned()
    };
    let epoch = |number: u32, state: &str| {
        format!("[[epochs]]\nnumber = {number}\nscheme = \"hmac\"\n{state}\n{contributions}\n")
    };
    let first = "[[connections]]\nid = \"school\"";
    let with = |number: u32, state: &str| format!("{}{first}", epoch(number, state));
    assert!(shelf.refused(active, "state = \"retired\"").contains("exactly one epoch is active"));
    assert!(shelf.refused(first, &with(6, "state = \"announced\"")).contains("higher number"));
    assert!(shelf.refused(first, &with(8, "state = \"retired\"")).contains("announced"));
    assert!(shelf.refused("0101010101", "0201010101").contains("contributions changed"));
    shelf.add(first, &with(8, "state = \"announced\"")).unwrap();
    let rotated =
        shelf.last.replacen("state = \"announced\"", "state = \"active\"\nactive_from = \"2026-11-22\"", 1);
    let rotate = |old: &str| rotated.replacen(active, &format!("{old}\nactive_from = \"2026-11-01\""), 1);
    let body = next(&shelf.last, 3);
    let try_one = |shelf: &mut Shelf, old: &str| {
        let text = next(&rotate(old), 3);
        // The predecessor is what was published, not what was altered.
        let own = text.lines().find(|it| it.starts_with("predecessor")).unwrap();
        let right = body.lines().find(|it| it.starts_with("predecessor")).unwrap();
        let text = text.replace(own, right);
        let added = shelf.book.add(&published(3, &text));
        added.map(|_| text)
    };
    assert!(try_one(&mut shelf, "state = \"destroyed\"").unwrap_err().to_string().contains("epoch 7"));
    let overlap = "state = \"overlap\"\noverlap_from = \"2026-11-22\"\noverlap_until = \"2026-12-22\"";
    shelf.last = try_one(&mut shelf, overlap).unwrap();
    assert!(shelf.refused("state = \"overlap\"", "state = \"destroyed\"").contains("goes back, or skips"));
    shelf.add("state = \"overlap\"", "state = \"retired\"").unwrap();
    assert!(shelf.refused(&epoch_of(&shelf.last, 7), "").contains("left out before it was destroyed"));
    shelf.add("state = \"retired\"", "state = \"destroyed\"").unwrap();
    assert!(shelf.refused("state = \"destroyed\"", "state = \"retired\"").contains("epoch 7"));
}

/// The lines of an epoch, up to the next table.
fn epoch_of(body: &str, number: u32) -> String {
    let from = body.find(&format!("[[epochs]]\nnumber = {number}\n")).unwrap();
    let to = body[from + 2..].find("\n[[").unwrap() + from + 3;
    body[from..to].to_owned()
}

#[test]
fn a_new_root_needs_the_old_and_the_new_administrators() {
    let mut shelf = Shelf::new();
    // Administrator c makes way for d.
    let d = key("d", 4);
    let new_root = root_text(2)
        .replace("sequence = 1", "sequence = 2")
        .replace("id = \"c\"", "id = \"d\"")
        .replace(&key("c", 3).verifier().to_string(), &d.verifier().to_string());
    let under = next(&shelf.last, 2)
        .replace(&hex(&sha256(root_text(2).as_bytes())), &hex(&sha256(new_root.as_bytes())));
    let (a, b) = (key("a", 1), key("b", 2));
    let manifest = signed(Subject::Manifest, 2, &under, &[&a, &d]);
    for signers in [&[&a][..], &[&a, &d], &[&a, &key("c", 3)]] {
        let root = signed(Subject::Root, 2, &new_root, signers);
        let fault = shelf.book.add(&Publication::new(manifest.clone(), Some(root))).unwrap_err();
        assert!(matches!(fault, BookFault::NewRoot(_)), "{fault}");
    }
    let skipped = new_root.replace("sequence = 2", "sequence = 3");
    let root = signed(Subject::Root, 3, &skipped, &[&a, &b, &d]);
    assert!(shelf.book.add(&Publication::new(manifest.clone(), Some(root))).is_err());
    let root = signed(Subject::Root, 2, &new_root, &[&a, &b, &d]);
    shelf.book.add(&Publication::new(manifest, Some(root))).unwrap();
    assert_eq!(shelf.book.root().hash(), Root::parse(&new_root).unwrap().hash());
    let mut again = open(shelf.path());
    assert_eq!(again.root().sequence(), 2);
    // The administrator who left signs no more.
    let third = next(&under, 3);
    let old = Publication::new(signed(Subject::Manifest, 3, &third, &[&a, &key("c", 3)]), None);
    assert!(again.add(&old).unwrap_err().to_string().contains("1 administrators"));
    let new = Publication::new(signed(Subject::Manifest, 3, &third, &[&b, &d]), None);
    assert_eq!(again.add(&new).unwrap(), Added::New);
}

/// The second publication of a fresh book, with these lines altered; `acts_from` stands behind `issued`.
fn second(changes: &[(&str, &str)], acts_from: Option<&str>) -> Result<Added, BookFault> {
    let mut shelf = Shelf::new();
    let mut body = next(&shelf.last, 2);
    for (from, to) in changes {
        assert!(body.contains(from), "{from}");
        body = body.replacen(from, to, 1);
    }
    if let Some(day) = acts_from {
        let issued = "issued = \"2026-11-22\"";
        body = body.replacen(issued, &format!("{issued}\nacts_from = \"{day}\""), 1);
    }
    shelf.book.add(&published(2, &body))
}

const CODE_ADDED: (&str, &str) = ("[\"A03\"]", "[\"A03\", \"D01\"]");
const LAPSES: (&str, &str) = ("valid_until = \"2027-11-22\"", "valid_until = \"2027-03-01\"");

/// L-13: what k administrators add.
#[test]
fn an_addition_acts_after_the_delay_and_a_removal_at_once() {
    assert!(second(&[CODE_ADDED], None).unwrap_err().to_string().contains("2026-11-25 or later"));
    assert!(second(&[CODE_ADDED], Some("2026-11-24")).is_err());
    second(&[CODE_ADDED], Some("2026-11-25")).unwrap();
    second(&[LAPSES], None).unwrap();
    second(&[LAPSES], Some("2026-11-22")).unwrap();
    assert!(second(&[LAPSES], Some("2026-11-23")).unwrap_err().to_string().contains("acts at once"));
    for acts_from in [None, Some("2026-11-25")] {
        let told = second(&[CODE_ADDED, LAPSES], acts_from).unwrap_err().to_string();
        assert!(told.contains("publish what it strikes out first, in a manifest of its own"), "{told}");
    }
    // What gives nobody anything may act when it likes.
    second(&[("tick_seconds = 60", "tick_seconds = 30")], Some("2026-11-23")).unwrap();
    assert!(second(&[], Some("2026-11-21")).unwrap_err().to_string().contains("before issued"));
}

#[test]
fn a_manifest_that_follows_brings_no_addition_early() {
    let mut shelf = Shelf::new();
    let acts_from = |day: &str| format!("issued = \"2026-11-22\"\nacts_from = \"{day}\"");
    let base = shelf.last.clone();
    shelf.last = base.replace(CODE_ADDED.0, CODE_ADDED.1);
    // As if it had been published before: only its bytes count for the predecessor.
    let second = next(&base, 2)
        .replace(CODE_ADDED.0, CODE_ADDED.1)
        .replace("issued = \"2026-11-22\"", &acts_from("2026-11-25"));
    shelf.book.add(&published(2, &second)).unwrap();
    let day = |text: &str| samenloop_core::value::Day::parse(text).unwrap();
    assert_eq!(shelf.book.acting(day("2026-11-24")).unwrap().sequence(), 1);
    let third = next(&second, 3);
    let at_once = third.replace("\nacts_from = \"2026-11-25\"", "");
    assert!(shelf.book.add(&published(3, &at_once)).unwrap_err().to_string().contains("acts_from"));
    // Taking back what was announced acts at once, or it would act for a while after all.
    let taken_back = third.replace(CODE_ADDED.1, CODE_ADDED.0);
    assert!(shelf.book.add(&published(3, &taken_back)).unwrap_err().to_string().contains("acts at once"));
    let taken_back = at_once.replace(CODE_ADDED.1, CODE_ADDED.0);
    shelf.book.add(&published(3, &taken_back)).unwrap();
    assert_eq!(shelf.book.acting(day("2026-12-01")).unwrap().sequence(), 3);
}

#[test]
fn a_body_is_checked_before_anybody_signed_it() {
    let shelf = Shelf::new();
    let body = next(&shelf.last, 2);
    assert_eq!(shelf.book.check_body(&body, None).unwrap().sequence(), 2);
    let told = |body: &str| shelf.book.check_body(body, None).unwrap_err().to_string();
    assert!(told(&body.replace("sequence = 2", "sequence = 4")).contains("import 2 first"));
    assert!(told(&shelf.last.replace("60", "61")).contains("two manifests with number 1"));
    assert!(told(&body.replace("fallback = \"zorgcoordinator\"\n", "")).contains("missing field `fallback`"));
    let told_domain = told(&body.replace("\"onderwijs\"", "\"onderwijz\""));
    assert!(told_domain.contains("line 54") && told_domain.contains("domains.csv"), "{told_domain}");
    assert!(told(&body.replacen("\"wet\"", "\" \"", 1)).contains("connection school: legal_basis"));
    let root = |sequence: u64| {
        Root::parse(&root_text(2).replace("sequence = 1", &format!("sequence = {sequence}"))).unwrap()
    };
    let under = |root: &Root| body.replace(&hex(&sha256(root_text(2).as_bytes())), &hex(root.hash()));
    let (second, third) = (root(2), root(3));
    assert!(shelf.book.check_body(&under(&second), Some(&second)).is_ok());
    assert!(shelf.book.check_body(&body, Some(&second)).is_err());
    assert!(matches!(shelf.book.check_body(&under(&third), Some(&third)), Err(BookFault::NewRoot(_))));
}

#[test]
fn a_new_root_without_a_delay_brings_no_addition_at_once() {
    let mut shelf = Shelf::new();
    let new_root = root_text(2)
        .replace("sequence = 1", "sequence = 2")
        .replace("delay_of_additions_hours = 72", "delay_of_additions_hours = 0");
    let under = next(&shelf.last, 2)
        .replace(&hex(&sha256(root_text(2).as_bytes())), &hex(&sha256(new_root.as_bytes())));
    let (a, b) = (key("a", 1), key("b", 2));
    let root = signed(Subject::Root, 2, &new_root, &[&a, &b]);
    let with =
        |body: &str| Publication::new(signed(Subject::Manifest, 2, body, &[&a, &b]), Some(root.clone()));
    let adds = under.replace(CODE_ADDED.0, CODE_ADDED.1);
    assert!(shelf.book.add(&with(&adds)).unwrap_err().to_string().contains("2026-11-25 or later"));
    shelf.book.add(&with(&under)).unwrap();
}

/// The connections of a body from one on.
fn from_connection<'b>(body: &'b str, id: &str) -> (&'b str, &'b str) {
    let at = body.find(&format!("[[connections]]\nid = \"{id}\"")).unwrap();
    body.split_at(at)
}

#[test]
fn whoever_left_is_known_by_name_for_good() {
    let mut shelf = Shelf::new();
    let first = shelf.last.clone();
    let (before, school) = from_connection(&first, "school");
    let (_, after) = from_connection(school, "zorgcoordinator");
    let without = next(&format!("{before}{after}"), 2);
    // Its predecessor is the first, not what is left of it.
    let without = without
        .replace(&hex(&sha256(format!("{before}{after}").as_bytes())), &hex(&sha256(first.as_bytes())));
    shelf.book.add(&published(2, &without)).unwrap();
    shelf.last = without;
    shelf.add("", "").unwrap();
    for book in [&shelf.book, &open(shelf.path())] {
        let school = book.entered().iter().find(|it| it.as_str() == "school").unwrap();
        assert!(book.newest().unwrap().connection(school).is_none());
        assert_eq!(book.entered().len(), 3);
    }
}

/// docs/playbooks/leaked-coordinator-key.md: closed at once, and never open to the old key again.
#[test]
fn the_keys_of_a_coordinator_are_replaced_while_it_takes_no_part() {
    let day = |text: &str| samenloop_core::value::Day::parse(text).unwrap();
    let keys = |keys: &[&str]| {
        let keys: Vec<_> = keys.iter().map(|it| format!("\"{}\"", it.repeat(32))).collect();
        format!("certificate_keys = [{}]", keys.join(", "))
    };
    let valid = |until: &str| format!("valid_until = \"{until}\"");
    let mut shelf = Shelf::new();
    let mut publish = |issued: &str, acts_from: &str, from: &str, to: &str| {
        let sequence = shelf.book.newest().unwrap().sequence() + 1;
        let body = next(&shelf.last, sequence);
        let (others, own) = from_connection(&body, "zorgcoordinator");
        assert!(own.contains(from), "{from}");
        let days = format!("issued = \"{issued}\"\nacts_from = \"{acts_from}\"\n");
        let is_day = |it: &&str| !it.starts_with("acts_from") && !it.starts_with("issued");
        let others: String = others.lines().filter(is_day).map(|it| format!("{it}\n")).collect();
        let body = others.replacen("[hub]\n", &format!("{days}[hub]\n"), 1) + &own.replacen(from, to, 1);
        shelf.last.clone_from(&body);
        shelf.book.add(&published(sequence, &body)).map_err(|fault| fault.to_string())
    };
    let (old, both, new) = (keys(&["01"]), keys(&["01", "02"]), keys(&["02"]));
    publish("2026-11-22", "2026-11-22", &valid("2027-11-22"), &valid("2026-11-21")).unwrap();
    publish("2026-11-22", "2026-11-25", &old, &both).unwrap();
    publish("2026-11-25", "2026-11-25", &both, &new).unwrap();
    publish("2026-11-25", "2026-11-28", &valid("2026-11-21"), &valid("2027-11-22")).unwrap();
    for (on, takes_part) in [("2026-11-24", false), ("2026-11-27", false), ("2026-11-28", true)] {
        let acting = shelf.book.acting(day(on)).unwrap();
        let own = acting.connections().iter().find(|it| it.id.as_str() == "zorgcoordinator").unwrap();
        assert_eq!(own.is_valid(day(on)), takes_part, "{on}");
        assert!(!takes_part || own.certificate_keys == [[2; 32]], "{on}");
    }
}
