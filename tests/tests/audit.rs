//! The audit logs over real programs: what an agency can check, and what a hub cannot get away with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

#[path = "audit/watch.rs"]
mod watch;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use samenloop_tests::{Answer, Exchange, bsn, copy, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";
const SCHOOL: &str = "school-west";

fn push(exchange: &Exchange, sender: &str, severity: &str, child: u32) {
    let line = format!("{sender}-{child};{};{severity};{};west", bsn(child), this_month());
    exchange.push_all(sender, HEADER, &[&line]);
}

fn verify(exchange: &Exchange, agency: &str) -> Answer {
    exchange.run(agency, &["audit", "verify", "--json"])
}

/// Verifies until every receipt is settled.
fn settled(exchange: &Exchange, agency: &str, batches: u64) -> serde_json::Value {
    let begun = Instant::now();
    loop {
        let answer = verify(exchange, agency);
        assert_eq!(answer.status, 0, "{answer:?}");
        let told = answer.json();
        if told["proved"] == batches && told["pending"] == 0 {
            return told;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{answer:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The file beside an agency's journal that ends so.
fn beside_journal(exchange: &Exchange, agency: &str, ending: &str) -> PathBuf {
    let mut found = Vec::new();
    let mut folders = vec![exchange.kit_directory()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) && path.to_str().unwrap().contains(agency) {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), 1, "{ending}: {found:?}");
    found.remove(0)
}

/// A receipt of a batch that the hub does not have: as if it had dropped one, long ago.
fn dropped_batch(exchange: &Exchange, agency: &str) {
    let receipts = beside_journal(exchange, agency, ".receipts");
    let kept = std::fs::read_to_string(&receipts).unwrap();
    let last = kept.lines().last().unwrap();
    let fields: Vec<_> = last.split('\t').collect();
    let next = fields[3].parse::<u64>().unwrap() + fields[4].parse::<u64>().unwrap();
    let dropped = last.replacen(fields[0], "2026-01-01", 1).replacen(
        &format!("\t{}\t", fields[3]),
        &format!("\t{next}\t"),
        1,
    );
    std::fs::write(&receipts, format!("{kept}{dropped}\n")).unwrap();
}

/// What `audit verify` says at first sight when the hub signed for another batch than the one that it logged.
fn other_content(exchange: &Exchange, agency: &str) -> Answer {
    let receipts = beside_journal(exchange, agency, ".receipts");
    let kept = std::fs::read_to_string(&receipts).unwrap();
    let digest = kept.split('\t').nth(2).unwrap();
    std::fs::write(&receipts, kept.replacen(digest, &"0e".repeat(32), 1)).unwrap();
    std::fs::remove_file(beside_journal(exchange, agency, "journal.head")).unwrap();
    let told = verify(exchange, agency);
    std::fs::write(&receipts, kept).unwrap();
    told
}

fn heads(exchange: &Exchange) -> PathBuf {
    exchange.kit_directory().join("hub/heads")
}

#[test]
fn every_receipt_is_proved_and_a_dropped_batch_is_told() {
    let exchange = Exchange::start();
    for child in 1..4 {
        push(&exchange, SCHOOL, "zacht", child);
    }
    push(&exchange, "politie-west", "hard", 2);
    let told = settled(&exchange, SCHOOL, 3);
    assert!(told["checkpoint"]["size"].as_u64().unwrap() >= 5, "{told}");
    settled(&exchange, "politie-west", 1);
    let text = exchange.run(SCHOOL, &["audit", "verify"]);
    assert!(text.status == 0 && text.out.contains("Het logboek klopt"), "{text:?}");
    let proof = exchange.run(SCHOOL, &["audit", "proof", "1"]);
    assert!(proof.status == 0 && proof.out.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{proof:?}");
    assert!(proof.out.contains("\nindex ") && proof.out.contains("/intake\n"), "{proof:?}");
    assert_eq!(exchange.run(SCHOOL, &["audit", "proof", "999"]).status, 1);
    // A privacy officer reads both logs from end to end; nobody else does.
    let officer = exchange.run("fg", &["audit", "verify", "--json"]);
    assert_eq!(officer.status, 0, "{officer:?}");
    let read = officer.json();
    assert!(read[0]["log"] == "intake" && read[0]["kinds"]["Batch"] == 4, "{read}");
    assert!(read[1]["log"] == "case" && read[1]["kinds"]["AlertOpened"] == 1, "{read}");
    let again = exchange.run("fg", &["audit", "verify"]);
    assert!(again.status == 0 && again.out.contains("heel en zonder gat"), "{again:?}");
    // What it read is an entry itself, and of the intake log: in the other it would part what came before it from the rest.
    exchange.two_ticks();
    let read = exchange.run("fg", &["audit", "verify", "--json"]).json();
    assert!(read[0]["kinds"]["LogRead"].as_u64() >= Some(4), "{read}");
    assert_eq!(read[1]["kinds"].get("LogRead"), None, "{read}");
    let coordinator = exchange.run("zorgcoordinator-west", &["audit", "verify"]);
    assert_eq!(coordinator.status, 1, "{coordinator:?}");

    let answer = other_content(&exchange, SCHOOL);
    let told = answer.json();
    assert!(answer.status == 1 && told["altered"].as_array().unwrap().len() == 1, "{answer:?}");
    assert!(told["proved"] == 2 && answer.err.contains("iets anders"), "{answer:?}");
    settled(&exchange, SCHOOL, 3);
    dropped_batch(&exchange, SCHOOL);
    let answer = verify(&exchange, SCHOOL);
    assert_eq!(answer.status, 1, "{answer:?}");
    let told = answer.json();
    assert!(told["ok"] == false && told["missing"].as_array().unwrap().len() == 1, "{told}");
    assert!(answer.err.contains("laten vallen") && answer.err.contains(".receipts"), "{answer:?}");
}

/// V-41, V-25: an operator who sets the hub back and says so is followed by a person's word; one who does it in silence is
/// not, also not on the strength of an earlier time.
#[test]
fn a_restored_older_database_is_refused_and_every_agency_sees_it_when_it_is_not() {
    let mut exchange = Exchange::start();
    push(&exchange, SCHOOL, "zacht", 1);
    settled(&exchange, SCHOOL, 1);
    assert_eq!(exchange.run("fg", &["audit", "verify"]).status, 0);
    exchange.stop_hub();
    let (data, secrets) =
        (exchange.kit_directory().join("hub/data"), exchange.kit_directory().join("hub/secrets"));
    let (older_data, older_secrets) = (exchange.scratch().join("data"), exchange.scratch().join("secrets"));
    copy(&data, &older_data);
    copy(&secrets, &older_secrets);
    exchange.start_hub();
    for child in 2..5 {
        push(&exchange, SCHOOL, "zacht", child);
    }
    settled(&exchange, SCHOOL, 4);
    assert_eq!(exchange.run("fg", &["audit", "verify"]).status, 0);
    exchange.stop_hub();
    for (older, place) in [(&older_data, &data), (&older_secrets, &secrets)] {
        std::fs::remove_dir_all(place).unwrap();
        copy(older, place);
    }
    let refused = exchange.hub(&["serve", "--danger-example-keys"]);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.err.contains("older database") && refused.err.contains("--accept-older-log"));

    let mut command = exchange.hub_command();
    command.arg("--accept-older-log");
    exchange.start_hub_as(command);
    exchange.two_ticks();
    let answer = verify(&exchange, SCHOOL);
    assert_eq!(answer.status, 1, "{answer:?}");
    assert!(answer.err.contains("meldt dat zelf") && answer.err.contains("audit accept"), "{answer:?}");
    assert!(heads(&exchange).join("intake.heads.1").exists(), "what was signed is kept");
    for reader in [SCHOOL, "fg"] {
        let kept = verify(&exchange, reader);
        assert!(kept.status == 1 && kept.err.contains("audit accept"), "looking accepts nothing: {kept:?}");
        let accepted = exchange.run(reader, &["audit", "accept"]);
        assert!(accepted.status == 0 && accepted.out.contains("Bewaard als bewijs"), "{accepted:?}");
        assert_eq!(accepted.out.contains("Stuur alles opnieuw"), reader == SCHOOL, "{accepted:?}");
        assert_eq!(verify(&exchange, reader).status, 0);
        let again = exchange.run(reader, &["audit", "accept"]);
        assert!(again.status == 0 && again.out.contains("niets te aanvaarden"), "{again:?}");
    }
    for ending in [".head.1", ".receipts.1"] {
        assert!(beside_journal(&exchange, SCHOOL, ending).metadata().unwrap().len() > 0);
    }
    // Sent again, what was lost is proved anew.
    for child in 2..6 {
        push(&exchange, SCHOOL, "zacht", child + 10);
    }
    settled(&exchange, SCHOOL, 4);
    assert_eq!(exchange.run("fg", &["audit", "verify"]).status, 0);

    // In silence: the heads are gone too, so that the hub starts. What was told the first time explains nothing now.
    exchange.stop_hub();
    for (older, place) in [(&older_data, &data), (&older_secrets, &secrets)] {
        std::fs::remove_dir_all(place).unwrap();
        copy(older, place);
    }
    std::fs::remove_dir_all(heads(&exchange)).unwrap();
    exchange.start_hub();
    exchange.two_ticks();
    for reader in [SCHOOL, "fg"] {
        for command in ["verify", "accept"] {
            let answer = exchange.run(reader, &["audit", command]);
            assert!(answer.status == 1 && answer.err.contains("Dit mag niet gebeuren"), "{answer:?}");
        }
    }
}

#[test]
fn heads_that_were_changed_are_not_served() {
    let mut exchange = Exchange::start();
    push(&exchange, SCHOOL, "zacht", 1);
    settled(&exchange, SCHOOL, 1);
    exchange.stop_hub();
    let file = heads(&exchange).join("intake.heads");
    let whole = std::fs::read(&file).unwrap();
    let serve = || exchange.hub(&["serve", "--danger-example-keys"]);
    for bytes in [
        [&whole[..whole.len() - 9], b"?"].concat(),
        [&whole[..40], &[whole[40] ^ 1], &whole[41..]].concat(),
        [&whole[..], &whole[..]].concat(),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let refused = serve();
        assert!(refused.status == 1 && refused.err.contains("intake.heads"), "{refused:?}");
    }
    std::fs::write(&file, whole).unwrap();
    exchange.start_hub();
    settled(&exchange, SCHOOL, 1);
}

#[test]
fn a_push_with_damaged_receipts_sends_nothing_and_loses_no_journal_lines() {
    let exchange = Exchange::start();
    push(&exchange, SCHOOL, "zacht", 1);
    exchange.until_filed(SCHOOL, 1, 1);
    let receipts = beside_journal(&exchange, SCHOOL, ".receipts");
    let kept = std::fs::read(&receipts).unwrap();
    std::fs::write(&receipts, [b"damage\n".as_slice(), &kept].concat()).unwrap();
    let line = format!("{SCHOOL}-2;{};zacht;{};west", bsn(2), this_month());
    let refused = exchange.push(SCHOOL, HEADER, &[&line]);
    assert!(refused.status == 1 && refused.err.contains("ontvangstbewijzen"), "{refused:?}");
    exchange.two_ticks();
    assert_eq!(exchange.filed(SCHOOL, 1), 1, "nothing left");
    std::fs::rename(&receipts, receipts.with_extension("aside")).unwrap();
    push(&exchange, SCHOOL, "zacht", 2);
    let listed = exchange.done(SCHOOL, &["signal", "list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
}
