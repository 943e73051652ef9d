//! What goes wrong on the way: files that are none, words that miss, an epoch that ends, and a claim at the same moment.

use samenloop_tests::{Exchange, bsn};
use serde_json::Value;

use super::{HEADER, OFFICER, POINT, WEST, answered, asked, converge, decide, done, letter, refused, sealed};

const AGENCY: &str = "gemeente-west";

/// What a person may type or hold wrongly is told in one sentence, and nothing is asked or decided.
#[test]
fn a_wrong_file_or_word_is_told_and_changes_nothing() {
    let exchange = Exchange::start();
    let out = exchange.scratch().join("zo.json").to_str().unwrap().to_owned();
    let ask = ["rights", "access", "--identifier-from", "-", "--out", &out];
    let numbers = format!("\u{feff}bsn;{}\r\n", bsn(1));
    assert_eq!(
        exchange.run_with(AGENCY, &ask, numbers.as_bytes()).status,
        0,
        "a mark of Windows is no fault"
    );
    refused(&exchange.run_with(AGENCY, &ask, numbers.as_bytes()), "niet te gebruiken");
    let utf16: Vec<u8> = numbers.encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(&exchange.run_with(AGENCY, &ask, &utf16), "de inhoud klopt niet");
    refused(&exchange.run_with(AGENCY, &ask, "bsn;900000041\n".repeat(9_000).as_bytes()), "te groot");
    let elsewhere = [&ask[..], &["--contact-point", "contactpunt-oost"]].concat();
    refused(&exchange.run_with(AGENCY, &elsewhere, numbers.as_bytes()), "--contact-point contactpunt.");
    // Each at the other's command.
    refused(&exchange.run(AGENCY, &["rights", "access", &out]), "geen contactpunt");
    refused(&exchange.run(POINT, &["rights", "erase", &out]), "Geef: samenloop rights access");
    refused(&exchange.run_with(POINT, &ask, numbers.as_bytes()), "");
    assert_eq!(exchange.run(POINT, &["rights", "access", &out, "--contact-point", POINT]).status, 2);

    let id = asked(&exchange, "access", 1);
    refused(&decide(&exchange, OFFICER, &id, &["--verdict", "limit"]), "involved-person");
    refused(&decide(&exchange, OFFICER, &id, &["--reason", "repeated"]), "Laat --reason weg");
    refused(&decide(&exchange, OFFICER, "ffff", &[]), "verzoek dat zo begint");
    let listed = exchange.run(OFFICER, &["rights", "list"]);
    assert!(listed.out.contains("inzage") && !listed.out.contains("access"), "{listed:?}");
    assert!(listed.out.contains("nog 21 dagen"), "{listed:?}");
    // Only access can be limited: the hub says so too.
    let id = asked(&exchange, "erase", 1);
    let limit = ["--verdict", "limit", "--reason", "involved-person"];
    refused(&decide(&exchange, OFFICER, &id, &limit), "Alleen inzage");
}

/// V-32: a coordinator who claims while it is erased gets it, or is refused, and is left with nothing of the child.
#[test]
fn an_erasure_ends_a_claim_of_the_same_moment() {
    let exchange = Exchange::start();
    for child in 1..=3 {
        converge(&exchange, child, &format!("kind-{child}"));
    }
    exchange.two_ticks();
    let alerts = exchange.alerts(WEST);
    let check = samenloop_tests::day(3);
    let claim = |alert: &Value| {
        let id = alert["id"].as_str().unwrap();
        exchange
            .run(WEST, &["alert", "claim", id, "--case", "Z1", "--reason", "own-region", "--check", &check])
    };
    let erasures: Vec<_> = (1..=3).map(|child| asked(&exchange, "erase", child)).collect();
    // The first before anybody decided; the tick that erases comes between the others.
    assert_eq!(claim(&alerts[0]).status, 0);
    for (request, alert) in erasures.iter().zip(&alerts) {
        std::thread::scope(|threads| {
            threads.spawn(|| done(&decide(&exchange, OFFICER, request, &[])));
            let claimed = claim(alert);
            assert!(claimed.status <= 1, "{claimed:?}");
        });
    }
    for id in &erasures {
        assert!(letter(&exchange, id).contains("gewist"));
    }
    let all = done(&exchange.run(WEST, &["alert", "list", "--all", "--json"]));
    let all = all.as_array().unwrap();
    assert!(
        all.iter().all(|it| it["state"] == "lapsed" && it["signals"] == serde_json::json!([])),
        "{all:?}"
    );
    assert!(!format!("{all:?}").contains("Z1"));
}

/// V-30: what was sealed under an epoch that ended is refused, and an agency that is behind seals nothing else.
#[test]
fn what_was_sealed_under_an_epoch_that_ended_is_refused() {
    let exchange = Exchange::start();
    let line = format!("s-1;{};zacht;{};west", bsn(1), samenloop_tests::this_month());
    exchange.push_all("school-west", HEADER, &[&line]);
    let (early, late) = (sealed(&exchange, "restrict", 1), sealed(&exchange, "access", 1));
    exchange.announce();
    assert_eq!(exchange.run(AGENCY, &["key", "install"]).status, 3);
    exchange.take_into_use();
    let id = done(&exchange.run(POINT, &["rights", "restrict", &early, "--json"]))[0]["id"].to_string();
    done(&decide(&exchange, OFFICER, id.trim_matches('"'), &[]));
    letter(&exchange, id.trim_matches('"'));
    let retire =
        |draft: &std::path::Path| exchange.run("beheer-a", &["key", "retire", draft.to_str().unwrap()]);
    let draft = exchange.scratch().join("te-vroeg.toml");
    exchange.done("beheer-a", &["manifest", "new", draft.to_str().unwrap()]);
    // Nobody but its own agency can make the child rest under the next epoch too.
    refused(&retire(&draft), "1 beperkingen of open verzoeken");
    exchange.done(AGENCY, &["key", "install"]);
    answered(&exchange, "lift", 1);
    exchange.publish(|draft| assert_eq!(retire(draft).status, 0));
    refused(&exchange.run(POINT, &["rights", "access", &late]), "sleutelperiode die voorbij is");
    assert_eq!(done(&exchange.run(POINT, &["rights", "list", "--json"])).as_array().unwrap().len(), 2);
}
