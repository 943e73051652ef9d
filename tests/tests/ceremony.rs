//! The ceremony of docs/operating/rotate.md, run from its own text: three administrators on three machines, of whom
//! two sign, from the first command to a destroyed epoch, over real processes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use samenloop_tests::ceremony::{AGENCIES, Ceremony, TEXT, blocks};
use samenloop_tests::{bsn, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming";

fn push(ceremony: &Ceremony, agency: &str, reference: &str, child: u32, severity: &str) {
    let line = format!("{reference};{};{severity};{};west;eigen", bsn(child), this_month());
    ceremony.exchange.push_all(agency, HEADER, &[&line]);
}

fn alerts(ceremony: &Ceremony) -> usize {
    ceremony.exchange.two_ticks();
    ceremony.exchange.alerts("zorgcoordinator-west").len()
}

#[test]
fn the_ceremony_runs_from_its_text_to_a_destroyed_epoch() {
    let mut ceremony = Ceremony::new();
    push(&ceremony, "school-west", "carried", 1, "zacht");
    push(&ceremony, "school-west", "left", 2, "zacht");
    for section in 1..=4 {
        ceremony.section(section);
    }
    let status = ceremony.anna("key status");
    assert!(status.contains("inpaksleutel aangemeld, 0 van 2 bijdragen ingepakt"), "{status}");
    for section in 5..=7 {
        ceremony.section(section);
    }
    let epochs = ceremony.anna("key status --json");
    let epochs: serde_json::Value = serde_json::from_str(&epochs).unwrap();
    assert_eq!((&epochs[0]["state"], &epochs[1]["state"]), (&"overlap".into(), &"active".into()));
    let agencies = epochs[1]["agencies"].as_array().unwrap();
    assert_eq!(agencies.len(), AGENCIES.len());
    assert!(agencies.iter().all(|it| it["installed"].is_string()), "{agencies:?}");

    // In the overlap the school pushes one concern again, and no longer has the other.
    push(&ceremony, "school-west", "carried", 1, "zacht");
    assert_eq!(alerts(&ceremony), 0);
    let status = ceremony.anna("key status");
    assert!(status.contains("1 van 2 overgezet"), "{status}");
    ceremony.section(8);
    ceremony.section(9);
    // What was carried over converges under the new epoch; what was not is gone with the old.
    for child in [1, 2] {
        push(&ceremony, "politie-west", &format!("p-{child}"), child, "hard");
    }
    assert_eq!(alerts(&ceremony), 1);

    ceremony.section(10);
    let status = ceremony.anna("key status");
    assert!(status.contains("De hub heeft zijn eigen sleutels vernietigd"), "{status}");
    let epochs: serde_json::Value = serde_json::from_str(&ceremony.anna("key status --json")).unwrap();
    assert_eq!(epochs[0]["state"], "destroyed");
    assert_eq!(epochs[0]["contributions_destroyed"], serde_json::json!(["beheer-a", "beheer-b"]));
    assert!(epochs[0]["agencies"].as_array().unwrap().iter().all(|it| it["destroyed"].is_string()));
    let kit = ceremony.exchange.kit_directory();
    for agency in AGENCIES {
        assert!(!kit.join(agency).join("epochs/1.key").exists(), "{agency}");
    }
    ceremony.exchange.stop_hub();
    let proof = ceremony.exchange.hub(&["verify", "--json"]);
    let gone = serde_json::json!([{ "epoch": 1, "has_secret": false, "rows": 0, "references": 0 }]);
    assert_eq!((proof.status, &proof.json()["destroyed_epochs"]), (0, &gone), "{proof:?}");
    ceremony.exchange.start_hub();
    // The alert lives on, and the exchange goes on.
    assert_eq!(alerts(&ceremony), 1);
    push(&ceremony, "school-west", "after", 3, "hard");
    push(&ceremony, "politie-west", "after", 3, "hard");
    assert_eq!(alerts(&ceremony), 2);
}

#[test]
fn every_block_of_the_page_is_somebody_s() {
    let blocks = blocks();
    assert!(blocks.len() > 15);
    assert!(blocks.iter().all(|it| it.is_somebody_s()), "{blocks:?}");
    assert_eq!(TEXT.matches("```sh\n").count(), blocks.len());
}
