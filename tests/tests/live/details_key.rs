//! The details key of a coordinator is replaced: what was sealed to the one before opens until its term is over.

use samenloop_tests::{Exchange, bsn, rewrite, this_month};

const WEST: &str = "zorgcoordinator-west";
const HEADER: &str = "referentie;bsn;soort;maand;regio;zaaknummer";

fn converge(exchange: &Exchange, child: u32) {
    for (agency, severity) in [("school-west", "zacht"), ("politie-west", "hard")] {
        let line = format!("k-{child};{};{severity};{};west;Z-{child}", bsn(child), this_month());
        exchange.push_all(agency, HEADER, &[&line]);
    }
}

fn entered(text: &str) -> &str {
    text.lines().find(|it| it.starts_with("details_key = ")).unwrap()
}

/// Makes a new key, keeps the one before, and enters the new one in the manifest.
fn replace(exchange: &Exchange, number: u32) {
    let kit = exchange.kit_directory();
    rewrite(&kit.join(format!("{WEST}.toml")), |text| {
        let (own, line) = (format!("{WEST}/details-{number}.key"), entered(text));
        let before = line.strip_prefix("details_key = ").unwrap();
        let earlier = text.lines().find_map(|it| it.strip_prefix("earlier_details_keys = ["));
        let kept = earlier.map_or(format!("{before}]"), |it| format!("{before}, {it}"));
        let rest: String = text
            .lines()
            .filter(|it| *it != line && !it.starts_with("earlier_details_keys"))
            .map(|it| format!("{it}\n"))
            .collect();
        format!("{rest}details_key = \"{own}\"\nearlier_details_keys = [{kept}\n")
    });
    exchange.done(WEST, &["key", "new"]);
    // Until its manifest acts, the old one serves.
    exchange.done(WEST, &["alert", "list"]);
    let enrolment = std::fs::read_to_string(kit.join(WEST).join(format!("enrolment-{WEST}.toml"))).unwrap();
    exchange.publish(|draft| {
        rewrite(draft, |text| {
            let own = text.split_once(&format!("[[connections]]\nid = \"{WEST}\"")).unwrap().1;
            text.replace(entered(own), entered(&enrolment))
        });
    });
}

/// The cases that the coordinator reads on its open alerts; nothing of them is suspect.
fn cases(exchange: &Exchange) -> Vec<String> {
    let told = exchange.done(WEST, &["alert", "list"]);
    assert!(!told.out.contains("LET OP"), "{told:?}");
    let mut cases: Vec<_> = exchange
        .alerts(WEST)
        .iter()
        .flat_map(|alert| alert["signals"].as_array().unwrap().clone())
        .map(|signal| signal["case_reference"].as_str().unwrap_or("closed").to_owned())
        .collect();
    cases.sort();
    cases
}

#[test]
fn what_was_sealed_to_a_replaced_details_key_opens_with_the_key_that_was_kept() {
    let mut exchange = Exchange::start();
    converge(&exchange, 1);
    exchange.two_ticks();
    replace(&exchange, 2);
    converge(&exchange, 2);
    replace(&exchange, 3);
    converge(&exchange, 3);
    exchange.two_ticks();
    let all = ["Z-1", "Z-1", "Z-2", "Z-2", "Z-3", "Z-3"];
    assert_eq!(cases(&exchange), all);
    // The hub knows the earlier keys from its book, also after a restart.
    exchange.stop_hub();
    exchange.start_hub();
    assert_eq!(cases(&exchange), all);

    // A key that was not kept cannot be made up for: what needs it is told as suspect.
    rewrite(&exchange.kit_directory().join(format!("{WEST}.toml")), |text| {
        text.lines().filter(|it| !it.starts_with("earlier")).map(|it| format!("{it}\n")).collect()
    });
    let told = exchange.done(WEST, &["alert", "list"]);
    assert_eq!(told.out.matches("LET OP").count(), 4, "{told:?}");
}
