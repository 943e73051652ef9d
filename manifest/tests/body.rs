//! What a signed body must say before it is a manifest (protocol.md P-22, P-23).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests only")]

mod support;

use samenloop_core::manifest::{ManifestFault, Role};
use samenloop_core::value::{ConnectionId, Day, Domain, Epoch};
use samenloop_manifest::{OpenFault, details_key_id, open};
use support::{body, key, note, root};

/// Opens the body with one thing altered, and signed so by an administrator.
fn altered(from: &str, to: &str) -> Result<samenloop_core::manifest::Manifest, OpenFault> {
    let body = body(1);
    assert!(body.contains(from), "{from}");
    let body = body.replacen(from, to, 1);
    open(&root(1), &note(&body, &[&key("a", 1)]), body.as_bytes())
}

fn refused(from: &str, to: &str) -> String {
    altered(from, to).unwrap_err().to_string()
}

#[test]
fn a_sound_body_becomes_a_manifest() {
    let manifest = altered("tick_seconds = 60", "tick_seconds = 30").unwrap();
    assert_eq!((manifest.sequence(), manifest.tick_seconds(), manifest.exchange()), (1, 30, "test"));
    assert_eq!(manifest.active_epoch(), Epoch::new(7));
    assert_eq!(manifest.expires(), Day::parse("2026-12-27").unwrap());
    assert_eq!(manifest.hub().server_name, "hub.samenloop.example");
    let school = manifest.connection(&ConnectionId::parse("school").unwrap()).unwrap();
    assert_eq!(school.role, Role::Agency(Domain::Onderwijs));
    assert_eq!(school.oin, "00000000000000000011");
    assert_eq!(school.details_key_id, Some(details_key_id(&[1; 32])));
    assert_eq!(school.kinds.len(), 2);
    assert!(school.codes.unmarked && school.codes.marked.len() == 1);
    let coordinator = manifest.connection(&ConnectionId::parse("zorgcoordinator").unwrap()).unwrap();
    assert_eq!((coordinator.role, coordinator.quota_lines), (Role::Coordinator, 0));
    assert!(!coordinator.codes.unmarked);
}

#[test]
fn a_connection_may_have_a_mailbox() {
    let mailbox = |body: samenloop_core::manifest::Manifest| {
        let school = body.connection(&ConnectionId::parse("school").unwrap()).unwrap().clone();
        school.mailbox.map(|it| it.as_str().to_owned())
    };
    assert_eq!(mailbox(altered("quota_lines = 1000", "quota_lines = 1001").unwrap()), None);
    let with = altered("quota_lines = 1000", "quota_lines = 1000\nmailbox = \"team.west@school.example\"");
    assert_eq!(mailbox(with.unwrap()).as_deref(), Some("team.west@school.example"));
}

#[test]
fn the_hash_is_that_of_the_signed_bytes() {
    let body = body(1);
    let manifest = open(&root(1), &note(&body, &[&key("a", 1)]), body.as_bytes()).unwrap();
    assert_eq!(*manifest.hash(), samenloop_manifest::sha256(body.as_bytes()));
}

#[test]
fn the_body_repeats_what_was_signed_and_pinned() {
    for (what, from, to) in [
        ("origin", "origin = \"samenloop.example/test\"", "origin = \"samenloop.example/other\""),
        ("exchange", "exchange = \"test\"", "exchange = \"other\""),
        ("sequence", "sequence = 1", "sequence = 2"),
        (
            "root",
            "root = \"",
            "root = \"0000000000000000000000000000000000000000000000000000000000000000\"\n#",
        ),
    ] {
        assert_eq!(altered(from, to).unwrap_err(), OpenFault::Differs(what));
    }
}

#[test]
fn a_body_under_another_root_is_refused() {
    // Signed by the same people, written for k = 1, opened where two must sign.
    let body = body(1);
    let signed = note(&body, &[&key("a", 1), &key("b", 2)]);
    assert_eq!(open(&root(2), &signed, body.as_bytes()).unwrap_err(), OpenFault::Differs("root"));
}

#[test]
fn another_taxonomy_is_refused() {
    let zero = format!("taxonomy = \"{}\"\n#", "00".repeat(32));
    assert_eq!(altered("taxonomy = \"", &zero).unwrap_err(), OpenFault::OtherTaxonomy);
}

#[test]
fn a_manifest_lives_thirty_five_days_at_most() {
    let expires = |day: &str| altered("expires = \"2026-12-27\"", &format!("expires = \"{day}\""));
    assert!(expires("2026-11-22").is_ok());
    assert!(expires("2026-12-28").unwrap_err().to_string().contains("35 days"));
    assert!(expires("2026-11-21").unwrap_err().to_string().contains("35 days"));
    // Over a leap day and over the end of a year.
    let span = |issued: &str, expires: &str| {
        let body = body(1).replace("2026-11-01", issued).replacen("2026-11-22", issued, 1).replacen(
            "expires = \"2026-12-27\"",
            &format!("expires = \"{expires}\""),
            1,
        );
        open(&root(1), &note(&body, &[&key("a", 1)]), body.as_bytes()).is_ok()
    };
    assert!(span("2028-02-01", "2028-03-07") && !span("2028-02-01", "2028-03-08"));
    assert!(span("2027-02-01", "2027-03-08") && !span("2027-02-01", "2027-03-09"));
    assert!(span("2026-12-31", "2027-02-04") && !span("2026-12-31", "2027-02-05"));
    assert!(span("2100-02-01", "2100-03-08") && !span("2100-02-01", "2100-03-09"));
}

#[test]
fn a_wrong_value_is_reported_with_its_line_and_what_is_expected() {
    for (from, to, expected) in [
        ("tick_seconds = 60", "tick_seconds = 60\nsurprise = 1", "surprise"),
        ("role = \"agency\"", "role = \"spy\"", "agency"),
        ("domain = \"onderwijs\"", "domain = \"school\"", "domains.csv"),
        ("details_key = \"01", "details_key = \"0g", "hexadecimal"),
        ("oin = \"00000000000000000011\"", "oin = \"11\"", "20 digits"),
        ("valid_until = \"2027-11-22\"", "valid_until = \"2027-02-30\"", "YYYY-MM-DD"),
        ("valid_until = \"2027-11-22\"", "valid_until = 2027-02-03", "in quotes"),
        ("scheme = \"hmac\"", "scheme = \"md5\"", "hmac"),
        ("quota_lines = 1000", "quota_lines = 1000\nmailbox = \"Team <team@west.example>\"", "mailbox"),
        ("id = \"west\"", "id = \"West\"", "a-z"),
        ("marked_codes = [\"A03\"]", "marked_codes = [\"a03\"]", "taxonomy"),
        ("server_name = \"hub.", "server_name = \"hub..", "DNS"),
    ] {
        let wrong = to.lines().last().unwrap();
        let altered = body(1).replacen(from, to, 1);
        let line = altered.lines().position(|line| line.contains(wrong)).unwrap() + 1;
        let told = refused(from, to);
        assert!(told.contains(&format!("line {line},")) && told.contains(expected), "{from}: {told}");
    }
}

#[test]
fn a_key_not_entered_is_not_guessed() {
    assert!(refused("legal_basis = \"wet\"\n", "").contains("legal_basis"));
    assert!(refused("domain = \"onderwijs\"\n", "").contains("connection school"));
    assert!(
        refused("role = \"coordinator\"", "role = \"coordinator\"\ndomain = \"zorg\"")
            .contains("only an agency")
    );
    assert!(refused("kinds = [1, 2]", "kinds = [0]").contains("connection school"));
    let zero = format!("certificate_keys = [\"{}\"]", "00".repeat(32));
    assert!(refused(&zero, "certificate_keys = []").contains("connection school"));
}

#[test]
fn an_epoch_key_is_made_by_m_administrators_of_more_than_one_organisation() {
    let second = format!("  {{ administrator = \"b\", commitment = \"{}\" }},\n", "01".repeat(32));
    assert!(refused(&second, "").contains("2 contributions"));
    assert!(refused("administrator = \"b\"", "administrator = \"a\"").contains("twice"));
    assert!(refused("administrator = \"b\"", "administrator = \"x\"").contains("no administrator"));
}

#[test]
fn one_organisation_never_knows_an_epoch_key_by_itself() {
    // Allowed in a development root, where two administrators may be of one organisation.
    let text = support::root_text(1).replace(&format!("{:020}", 2), &format!("{:020}", 1));
    let root = samenloop_manifest::Root::parse(&text).unwrap();
    let body = body(1).replacen(&support::hex(self::root(1).hash()), &support::hex(root.hash()), 1);
    let fault = open(&root, &note(&body, &[&key("a", 1)]), body.as_bytes()).unwrap_err();
    assert!(fault.to_string().contains("contributes alone"), "{fault}");
}

#[test]
fn the_operator_of_the_hub_holds_no_key() {
    let told = refused("operator = \"00000000000000000099\"", "operator = \"00000000000000000003\"");
    assert!(told.contains("operator"), "{told}");
}

#[test]
fn an_administrator_connects_only_as_the_root_knows_it() {
    assert!(refused("id = \"a\"\norganisation", "id = \"z\"\norganisation").contains("connection z"));
    let told = refused("organisation = \"beheer\"", "organisation = \"school\"");
    assert!(told.contains("administrator a"), "{told}");
}

#[test]
fn only_marked_codes_need_and_get_an_entry_of_their_own() {
    for code in ["A04", "Z99"] {
        let told = refused("marked_codes = [\"A03\"]", &format!("marked_codes = [\"{code}\"]"));
        assert!(told.contains(code), "{told}");
    }
}

#[test]
fn a_region_is_coordinated_by_who_has_it_among_its_regions() {
    let with_region = "organisation = \"coordinatie\"\nrole = \"coordinator\"\nregions = [\"west\"]";
    let told = refused(with_region, &with_region.replace("[\"west\"]", "[]"));
    assert!(told.contains("coordinates west"), "{told}");
}

/// V-24: the fallback and the national one are asked before an alert ends.
#[test]
fn a_region_has_a_day_to_a_month_to_pick_an_alert_up() {
    for days in [1, 30] {
        altered("term_days = 30", &format!("term_days = {days}")).unwrap();
    }
    for days in [0, 31, 90, 255] {
        let told = refused("term_days = 30", &format!("term_days = {days}"));
        assert!(told.contains("region west: term_days") && told.contains("1 to 30"), "{told}");
    }
}

#[test]
fn hours_and_predecessors_are_sound() {
    assert!(refused("mail_hours = [8, 13]", "mail_hours = [8, 24]").contains("24"));
    let predecessor = format!("sequence = 1\npredecessor = \"{}\"", "00".repeat(32));
    assert!(refused("sequence = 1", &predecessor).contains("predecessor"));
}

#[test]
fn contradictions_of_the_whole_are_refused() {
    let fault = altered("organisation = \"school\"", "organisation = \"nobody\"").unwrap_err();
    assert!(matches!(fault, OpenFault::Whole(ManifestFault::Unknown { .. })), "{fault}");
    let fault = altered("state = \"active\"", "state = \"retired\"").unwrap_err();
    assert!(matches!(fault, OpenFault::Whole(ManifestFault::Epochs { active: 0, overlap: 0 })), "{fault}");
}

const ACTIVE: &str = "state = \"active\"\nactive_from = \"2026-11-01\"";

/// An epoch of this state and these lines beside the active one.
fn beside(lines: &str) -> Result<samenloop_core::manifest::Manifest, OpenFault> {
    let contribution =
        |id: &str| format!("{{ administrator = \"{id}\", commitment = \"{}\" }}", "0".repeat(64));
    let epoch = format!(
        "[[epochs]]\nnumber = 6\nscheme = \"hmac\"\n{lines}\ncontributions = [{}, {}]\n[[epochs]]\nnumber = 7\n",
        contribution("a"),
        contribution("b")
    );
    altered("[[epochs]]\nnumber = 7\n", &epoch)
}

#[test]
fn an_overlap_has_a_last_day_and_lasts_sixty_days_at_most() {
    let overlap = |until: &str| {
        beside(&format!(
            "state = \"overlap\"\nactive_from = \"2026-01-01\"\noverlap_from = \"2026-11-01\"\noverlap_until = \"{until}\""
        ))
    };
    let live = |day: &str| overlap("2026-12-31").unwrap().live_epochs(Day::parse(day).unwrap()).count();
    assert_eq!((live("2026-12-31"), live("2027-01-01")), (2, 1));
    let fault = overlap("2027-01-01").unwrap_err().to_string();
    assert!(fault.contains("epoch 6") && fault.contains("61 days"), "{fault}");
    assert!(overlap("2026-10-31").unwrap_err().to_string().contains("before overlap_from"));
    for missing in ["active_from", "overlap_from", "overlap_until"] {
        let all = "state = \"overlap\"\nactive_from = \"2026-01-01\"\noverlap_from = \"2026-11-01\"\n\
                   overlap_until = \"2026-11-30\"";
        let lines: Vec<_> = all.lines().filter(|it| !it.starts_with(missing)).collect();
        let fault = beside(&lines.join("\n")).unwrap_err().to_string();
        assert!(fault.contains(missing), "{fault}");
    }
}

#[test]
fn an_epoch_is_active_for_a_year_at_most() {
    let since = |day: &str| altered(ACTIVE, &ACTIVE.replace("2026-11-01", day));
    assert!(since("2025-11-21").is_ok());
    assert!(since("2025-11-20").unwrap_err().to_string().contains("a year at most"));
}

#[test]
fn a_wrap_is_of_a_contributor_to_one_key_of_an_agency_once() {
    let wrap = |administrator: &str, key: &str| {
        format!(
            "[[epochs.wraps]]\nconnection = \"school\"\nwrap_key = \"{}\"\nadministrator = \"{administrator}\"\n\
             encapsulated = \"{}\"\nciphertext = \"{}\"\n",
            key.repeat(64),
            "2".repeat(64),
            "3".repeat(96)
        )
    };
    let wraps = |wraps: &[String]| {
        altered(
            "[[connections]]\nid = \"school\"",
            &format!("{}[[connections]]\nid = \"school\"", wraps.concat()),
        )
    };
    let manifest = wraps(&[wrap("a", "1"), wrap("b", "1")]).unwrap();
    let making = manifest.making_of(Epoch::new(7)).unwrap();
    assert_eq!((making.commitments.len(), making.wraps.len()), (2, 2));
    assert_eq!(making.wraps[1].ciphertext, [0x33; 48]);
    for (faulty, told) in [
        ([wrap("a", "1"), wrap("a", "1")], "twice"),
        ([wrap("a", "1"), wrap("b", "2")], "different keys"),
        ([wrap("a", "1"), wrap("c", "1")], "contributes nothing"),
    ] {
        let fault = wraps(&faulty).unwrap_err().to_string();
        assert!(fault.contains(told) && fault.contains("epoch 7"), "{fault}");
    }
}
