use clap::ValueEnum as _;
use samenloop_audit::{EntryKind, Log};
use samenloop_core::census::KEPT_QUARTERS;
use samenloop_core::manifest::{Connection, Manifest, ManifestEntries, Role};
use samenloop_core::room::alerting::{CLOSED_KEPT_DAYS, NEGLECTED_AFTER_DAYS, SIGNALS_KEPT_DAYS};
use samenloop_core::room::rights::{MONTH_DAYS, RESTRICTED_DAYS};
use samenloop_core::terms::{BACKUP_KEPT_DAYS, BREACH_NOTICE_HOURS, PROCESSING_KEPT_DAYS};
use samenloop_core::value::{Code, Domain, Epoch, Mailbox};

use super::leakage::{ROWS, row_of};
use super::lost::{ADDS_NOTHING, first_steps, rows_for};
use super::untried::UNTRIED;
use super::*;
use crate::fixture::{add, day, entries, id, region, today};

const SIGNING: Signing =
    Signing { root: [5; 32], administrators: 5, needed: 3, contributions: 2, delay_hours: 48 };

/// The three documents that need nothing but a manifest.
const OF_A_MANIFEST: [fn(&Ground<'_>) -> Document; 3] = [register, dpia, arrangement];

fn told(make: fn(&Ground<'_>) -> Document, entries: ManifestEntries) -> String {
    let manifest = Manifest::new(entries).unwrap();
    make(&Ground { manifest: &manifest, signing: SIGNING, today: today() }).text()
}

fn agency(entries: &mut ManifestEntries) -> &mut Connection {
    &mut entries.connections[0]
}

/// A change of the manifest, and what is to be read then and not before.
type Case = (fn(&mut ManifestEntries), &'static str);

fn changes(make: fn(&Ground<'_>) -> Document, cases: &[Case]) {
    let before = told(make, entries());
    for (change, says) in cases {
        let mut changed = entries();
        change(&mut changed);
        let after = told(make, changed);
        assert!(!before.contains(says), "{says} stood there already");
        assert!(after.contains(says), "{says}: {after}");
    }
}

/// V-43: the register says what the manifest says, and changes with it.
#[test]
fn the_register_follows_the_manifest() {
    changes(
        register,
        &[
            (|it| agency(it).codes.unmarked = false, "| BSN en V-nummer | uit |"),
            (|it| agency(it).codes.marked.push(Code::parse("D01").unwrap()), "D01 Betrokken bij"),
            (|it| agency(it).codes.marked.push(Code::parse("D01").unwrap()), "art. 10 AVG"),
            (|it| agency(it).legal_basis = "Jeugdwet artikel 7".into(), "Jeugdwet artikel 7"),
            (|it| agency(it).agreement = "2027-3".into(), "2027-3"),
            (|it| agency(it).valid_until = day("2028-02-29"), "29 februari 2028"),
            (|it| agency(it).valid_until = day("2026-11-21"), "doet niet mee"),
            (|it| agency(it).mailbox = Mailbox::parse("ib@school.example").ok(), "ib@school.example"),
            (|it| it.regions[0].term_days = 23, "23 dagen"),
            (|it| it.regions[1].name = "Waddenland".into(), "Waddenland"),
            (
                |it| it.national_fallback = Some(id("zorgcoordinator-noord")),
                "Landelijke achtervang: Stichting",
            ),
            (|it| it.hub.server_name = "hub.elders.example".into(), "hub.elders.example"),
            (|it| it.hub.operator = agency(it).oin.clone(), "Beheerder van de hub: Stichting school-west"),
            (|it| it.tick_seconds = 77, "elke 77 seconden"),
            (|it| it.expires = day("2026-12-01"), "geldig tot en met 1 december 2026"),
            (|it| it.expires = day("2026-11-21"), "dit manifest is verlopen"),
            (|it| it.hash = [0xab; 32], "abababababababababababababababababababababababababababababababab"),
            (|it| add(it, "fg", Role::PrivacyOfficer), "Bureau fg, fg@voorbeeld.example"),
        ],
    );
}

/// V-43: the annex says the rule, who is connected where, and how much each may send.
#[test]
fn the_annex_to_the_dpia_follows_the_manifest() {
    changes(
        dpia,
        &[
            (|it| it.rule.name = "samenloop-regel/9".into(), "De regel heet samenloop-regel/9."),
            (|it| it.rule.pairs = 7, "en anders 7."),
            (|it| it.rule.domains = 4, "ten minste 4 onafhankelijke domeinen"),
            (|it| agency(it).quota_lines = 4321, "| 4321 |"),
            (|it| agency(it).regions.push(region("noord")), "| Onderwijs | noord | 1 | ja |"),
            (
                |it| add(it, "riec", Role::Agency(Domain::BestuurVeiligheid)),
                "| Bestuur en veiligheid | west | 1 | nee |",
            ),
            (|it| add(it, "school-twee", Role::Agency(Domain::Onderwijs)), "| Onderwijs | west | 2 | ja |"),
            (
                |it| it.epochs.retain(|it| it.epoch == Epoch::new(7)),
                "| Sleutelperiode | Stand |\n| --- | --- |\n| 7 | actief |",
            ),
            (|it| it.mail_hours = vec![8, 13], "Mail gaat uit om 8 en 13 uur"),
            (
                |it| agency(it).codes.marked.push(Code::parse("D01").unwrap()),
                "strafbare feiten (art. 10 AVG)",
            ),
        ],
    );
    let annex = told(dpia, entries());
    let ids: Vec<_> = ROWS.iter().map(|it| it.id.to_owned()).collect();
    assert_eq!(ids, (1..=15).map(|at| format!("L-{at:02}")).collect::<Vec<_>>());
    let untried: Vec<_> = UNTRIED.iter().map(|it| it.id.to_owned()).collect();
    assert_eq!(untried, (1..=9).map(|at| format!("N-{at:02}")).collect::<Vec<_>>());
    assert!(ids.iter().chain(&untried).all(|it| annex.contains(&format!("| {it} |"))), "{annex}");
}

/// V-43: the arrangement names parties, contact point and days, and its essence stands by itself.
#[test]
fn the_arrangement_follows_the_manifest() {
    changes(
        arrangement,
        &[
            (|it| it.rights_days = vec![1, 4], "op maandag en donderdag"),
            (
                |it| add(it, "contactpunt", Role::ContactPoint),
                "Bureau contactpunt, contactpunt@voorbeeld.example",
            ),
            (|it| it.organisations[0].name = "Scholengroep Zuid".into(), "Scholengroep Zuid"),
            (|it| it.expires = day("2026-12-01"), "Dit manifest geldt tot en met 1 december 2026."),
        ],
    );
    let mut entries = entries();
    add(&mut entries, "contactpunt", Role::ContactPoint);
    let manifest = Manifest::new(entries).unwrap();
    let ground = Ground { manifest: &manifest, signing: SIGNING, today: today() };
    let document = arrangement(&ground);
    let essence = document.parts.last().unwrap();
    assert!(essence.is_apart && essence.title.contains("lid 2"));
    let essence: String = essence.blocks.iter().map(Block::text).collect();
    for said in [
        "Bureau contactpunt, contactpunt@voorbeeld.example",
        "Stichting school-west",
        "Autoriteit Persoonsgegevens",
    ] {
        assert!(essence.contains(said), "{said}: {essence}");
    }
    assert!(document.html().contains("class=\"apart\""));
    let text = document.text();
    assert!(text.contains("3 van de 5 sleutelbeheerders") && text.contains("na 48 uur"), "{text}");
}

/// V-43: the whole of each document, as a person reads it. `UPDATE_DOCS=1` writes them anew.
#[test]
fn each_document_reads_as_it_was_last_read() {
    let mut entries = entries();
    add(&mut entries, "politie-west", Role::Agency(Domain::PolitieJustitie));
    add(&mut entries, "contactpunt", Role::ContactPoint);
    add(&mut entries, "fg", Role::PrivacyOfficer);
    add(&mut entries, "beheer-a", Role::Administrator);
    entries.hub.operator = agency(&mut entries).oin.clone();
    let manifest = Manifest::new(entries).unwrap();
    let ground = Ground { manifest: &manifest, signing: SIGNING, today: today() };
    let lost = vec![Lost::AgencyKey, Lost::Database];
    let breach =
        Incident { connection: Some(id("school-west")), epoch: Some(Epoch::new(7)), lost, ..a_breach() };
    for (name, document) in [
        ("register", register(&ground)),
        ("dpia", dpia(&ground)),
        ("arrangement", arrangement(&ground)),
        ("incident", incident(&ground, &breach, Ok(&facts()))),
    ] {
        let path = format!("{}/src/document/read/{name}.md", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, document.text()).unwrap();
        }
        let read = std::fs::read_to_string(&path).unwrap();
        for (now, then) in document.text().lines().zip(read.lines()) {
            assert_eq!(now, then, "{path}");
        }
        assert_eq!(document.text().lines().count(), read.lines().count(), "{path}");
    }
}

fn a_breach() -> Incident {
    Incident {
        discovered: (day("2026-11-20"), 14, 5),
        deadline: (day("2026-11-23"), 14, 5),
        hours_left: 41,
        since: day("2026-10-20"),
        connection: None,
        epoch: None,
        lost: vec![],
    }
}

fn logged(kind: EntryKind, actor: Option<&str>, count: u32) -> Logged {
    Logged { kind, day: day("2026-11-19"), hour: 13, actor: actor.map(str::to_owned), count }
}

fn facts() -> LogFacts {
    LogFacts {
        heads: vec![(Log::Intake, 17, [0xcd; 32]), (Log::Case, 4, [0xef; 32])],
        entries: vec![
            logged(EntryKind::Batch, Some("school-west"), 31),
            logged(EntryKind::Batch, Some("school-west"), 2),
            logged(EntryKind::Withdrawal, Some("politie-west"), 5),
            logged(EntryKind::Batch, None, 9),
            logged(EntryKind::Manifest, Some("hub"), 1),
            logged(EntryKind::AlertOpened, Some("hub"), 1),
            logged(EntryKind::Read, Some("zorgcoordinator-west"), 3),
            logged(EntryKind::BackedUp, Some("operator"), 1),
        ],
    }
}

fn breach(breach: &Incident, logs: Result<&LogFacts, &str>) -> String {
    let manifest = Manifest::new(entries()).unwrap();
    incident(&Ground { manifest: &manifest, signing: SIGNING, today: today() }, breach, logs).text()
}

/// V-43: what the log knows stands in the facts of an incident, by connection and day.
#[test]
fn the_facts_of_an_incident_follow_the_log() {
    let whole = breach(&a_breach(), Ok(&facts()));
    for said in [
        "Ontdekt op 20 november 2026, 14.05 uur",
        "vóór 23 november 2026, 14.05 uur",
        "Er zijn nog 41 hele uren.",
        "zijn 47 regels verwerkt",
        "| 2026-11-19 | school-west | 2 | 33 | 0 |",
        "| 2026-11-19 | politie-west | 1 | 5 | 1 |",
        "een aansluiting die niet meer in het manifest staat | 1 | 9 | 0 |",
        "| 2026-11-19 | zorgcoordinator-west | samenlopen bekeken | 3 |",
        "| 2026-11-19 | 13 uur UTC | een reservekopie is gemaakt |",
        "| 2026-11-19 | een ander manifest ging gelden |",
        "| samenlopen geopend | 1 |",
        &"cd".repeat(32),
    ] {
        assert!(whole.contains(said), "{said}: {whole}");
    }
    let one = Incident { connection: Some(id("school-west")), ..a_breach() };
    let one = breach(&one, Ok(&facts()));
    assert!(one.contains("zijn door school-west 33 regels") && !one.contains("politie-west"), "{one}");
    assert!(one.contains(
        "Aansluiting school-west van Stichting school-west: aanleverende organisatie, domein Onderwijs."
    ));
    let without = breach(&a_breach(), Err("Laat de FG dit doen."));
    assert!(without.contains("ONTBREEKT") && without.contains("Laat de FG dit doen."), "{without}");
}

#[test]
fn the_clock_of_an_incident_says_when_it_is_over() {
    let at = |hours_left| breach(&Incident { hours_left, ..a_breach() }, Ok(&facts()));
    assert!(at(0).contains("minder dan een uur"));
    assert!(at(-5).contains("voorbij, al 5 uur"));
    assert!(at(1).contains(&format!("binnen {BREACH_NOTICE_HOURS} uur")));
}

#[test]
fn what_was_lost_together_gives_the_row_of_both() {
    use Lost::{
        Administrator, AgencyKey, ContactPoint, Coordinator, Database, EpochKey, HubSecrets, ProcessingLog,
    };
    for (lost, rows) in [
        (&[Database][..], &["L-03"][..]),
        (&[Database, HubSecrets], &["L-03", "L-05", "L-08"]),
        (&[HubSecrets, EpochKey, Database], &["L-03", "L-05", "L-06", "L-08", "L-09"]),
        (&[Database, EpochKey], &["L-03", "L-07", "L-09"]),
        (&[AgencyKey, Database], &["L-02", "L-03", "L-07", "L-09"]),
        (&[AgencyKey, Coordinator], &["L-02", "L-09", "L-10", "L-11"]),
        (&[ProcessingLog, AgencyKey], &["L-02", "L-09", "N-03", "N-08"]),
        (&[ContactPoint], &["N-04"]),
        (&[EpochKey], &["L-09"]),
        (&[HubSecrets], &["L-08"]),
        (&[Administrator], &["L-12", "L-13"]),
    ] {
        assert_eq!(rows_for(lost), rows, "{lost:?}");
    }
    let lost = Incident { lost: vec![AgencyKey], epoch: Some(Epoch::new(6)), ..a_breach() };
    let told = breach(&lost, Ok(&facts()));
    assert!(told.contains("Sleutelperiode 6: overlap tot en met 20 december 2026."), "{told}");
    assert!(told.contains("L-02") && told.contains("leaked-agency-key.md"), "{told}");
}

/// V-43: a notice of more is a notice of all that less would have told, and names no row that it does not show.
#[test]
fn losing_more_never_tells_less() {
    let sorts = Lost::value_variants();
    let lost = |set: u32| -> Vec<_> {
        (0..).zip(sorts).filter(|(at, _)| (set >> at) & 1 == 1).map(|it| *it.1).collect()
    };
    let learned = |set: u32| rows_for(&lost(set)).into_iter().filter(|it| *it != ADDS_NOTHING);
    for set in 1..1_u32 << sorts.len() {
        let more: Vec<_> = learned(set).collect();
        assert!(!more.is_empty() && more.iter().all(|it| row_of(it).is_some()), "{:?}", lost(set));
        for (at, sort) in sorts.iter().enumerate() {
            assert!(learned(set & !(1 << at)).all(|it| more.contains(&it)), "{:?} and {:?}", lost(set), sort);
        }
        if set.count_ones() < 3 {
            let told = breach(&Incident { lost: lost(set), ..a_breach() }, Ok(&facts()));
            let named = told.split("rij ").skip(1).filter_map(|it| it.get(..4)).filter(|it| it.contains('-'));
            for row in named {
                assert!(told.contains(&format!("| {row} |")), "{row}: {told}");
            }
        }
    }
}

#[test]
fn every_page_that_is_named_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for lost in Lost::value_variants() {
        let steps = first_steps(*lost);
        let pages: Vec<_> = steps.split([' ', ',', ';']).filter(|it| it.starts_with("docs/")).collect();
        assert!(!pages.is_empty(), "{steps}");
        for page in pages {
            assert!(root.join(page.trim_end_matches('.')).is_file(), "{page}");
        }
    }
}

/// V-43: the terms are those of the code.
#[test]
fn every_document_says_the_terms_that_the_code_keeps() {
    for make in OF_A_MANIFEST {
        let text = told(make, entries());
        for term in [
            format!("sluit na {NEGLECTED_AFTER_DAYS} dagen"),
            format!("{CLOSED_KEPT_DAYS} dagen; na {SIGNALS_KEPT_DAYS} dagen"),
            format!("ten hoogste {MONTH_DAYS} dagen"),
            format!("| Beperking | {RESTRICTED_DAYS} dagen"),
            format!("| Reservekopie | ten hoogste {BACKUP_KEPT_DAYS} dagen"),
            "6, 9, 12 of 18 maanden".to_owned(),
            format!("| {PROCESSING_KEPT_DAYS} dagen na de dag zelf"),
            format!("| {KEPT_QUARTERS} kwartalen, en het"),
        ] {
            assert!(text.contains(&term), "{term}: {text}");
        }
    }
}

#[test]
fn what_a_manifest_says_in_words_stays_words() {
    let mut strange = entries();
    agency(&mut strange).legal_basis = "wet <script>alert(1)</script> | x\n# kop".into();
    let manifest = Manifest::new(strange).unwrap();
    let document = register(&Ground { manifest: &manifest, signing: SIGNING, today: today() });
    assert!(!document.html().contains("<script>"));
    assert!(document.text().contains("</script> / x # kop |"), "{}", document.text());
    assert!(document.json().contains("\"parts\""));
}

/// The text of every literal of the documents, without what is filled in.
fn literals() -> Vec<String> {
    let sources = [
        include_str!("mod.rs"),
        include_str!("activity.rs"),
        include_str!("arrangement.rs"),
        include_str!("dpia.rs"),
        include_str!("incident.rs"),
        include_str!("leakage.rs"),
        include_str!("lost.rs"),
        include_str!("register.rs"),
        include_str!("taking_part.rs"),
        include_str!("term.rs"),
        include_str!("untried.rs"),
    ];
    let lines = sources.iter().flat_map(|it| it.lines()).map(str::trim).filter(|it| !it.starts_with("//"));
    let quoted = lines.flat_map(|it| it.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    let without = |text: String| {
        let mut parts = text.split('{');
        let first = parts.next().unwrap_or_default().to_owned();
        first + &parts.filter_map(|it| it.split_once('}')).map(|it| it.1).collect::<String>()
    };
    quoted.map(without).collect()
}

/// Numbers that are no places in a law, row of the table or name of a standard.
fn typed_numbers(text: &str) -> Vec<&str> {
    let (mut of_law, mut found) = (false, Vec::new());
    for word in text.split_whitespace() {
        let bare = word.trim_matches(['(', ')', ',', '.', ':', ';']);
        if bare.chars().any(|it| it.is_ascii_digit()) {
            let is_name = ["L-", "N-"].iter().any(|it| bare.starts_with(it))
                || ["SHA-256", "1.3", LEAKAGE_READ, THREATS_READ, "acting_sha256"].contains(&bare);
            if !of_law && !is_name {
                found.push(word);
            }
        } else {
            let law = ["artikel", "artikelen", "lid", "onder", "en", "tot", "met"];
            of_law = bare.starts_with("artikel") || (of_law && (law.contains(&bare) || bare.len() == 1));
        }
    }
    found
}

/// V-43: a number that has a constant, or stands in the manifest, is never typed.
#[test]
fn no_number_of_a_document_is_typed_by_hand() {
    let literals = literals();
    assert!(literals.len() > 200);
    let typed: Vec<_> = literals.iter().flat_map(|it| typed_numbers(it)).collect();
    assert!(typed.is_empty(), "{typed:?}");
    assert_eq!(typed_numbers("wordt 30 dagen bewaard (artikel 33, lid 3, onder a, en 34)"), ["30"]);
    assert!(typed_numbers("(artikelen 15 tot en met 21) rij L-09, versie 1.3").is_empty());
}
