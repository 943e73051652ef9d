//! Under an expired manifest nothing is pushed, and everything else goes on (P-22).

use samenloop_client::key::Purpose;
use samenloop_keys_example::{Kit, key_of};
use samenloop_manifest::note::{SigningKey, sign};
use samenloop_manifest::{Publication, Root, Signed, Statement, Subject};
use samenloop_tests::{Exchange, day, rewrite};

use super::clocks::{Off, push_by};
use super::{HEADER, lines, soft};

/// Puts another first manifest in every book of a kit: the same, issued 40 days ago for 35.
fn age(exchange: &Exchange) {
    let kit = exchange.kit_directory();
    let root = Root::parse(&std::fs::read_to_string(kit.join("root.toml")).unwrap()).unwrap();
    let file = |party: &str| kit.join(party).join("manifests/manifest-1.json");
    let first = Publication::read(&file("hub")).unwrap();
    let body = first
        .manifest()
        .body()
        .replace(&format!("issued = \"{}\"", day(0)), &format!("issued = \"{}\"", day(-40)))
        .replace(&format!("expires = \"{}\"", day(35)), &format!("expires = \"{}\"", day(-5)))
        .replace(&format!("active_from = \"{}\"", day(0)), &format!("active_from = \"{}\"", day(-40)));
    assert_eq!(body.matches(&day(-40)).count(), 2);
    let keys = ["beheer-a", "beheer-b"].map(|id| {
        let seed = key_of(&kit, id, "sign.key", Purpose::Sign).unwrap();
        SigningKey::from_seed(&format!("{}/{id}", root.origin()), seed.as_slice().try_into().unwrap())
            .unwrap()
    });
    let statement = Statement::of(root.origin(), Subject::Manifest, 1, body.as_bytes()).to_string();
    let publication = Publication::new(Signed::new(body, sign(&statement, &keys.each_ref())), None);
    for party in Kit::connections().chain(["hub"]) {
        publication.write(&file(party)).unwrap();
    }
}

#[test]
fn under_an_expired_manifest_nothing_is_pushed_and_reading_withdrawing_and_renewing_go_on() {
    let mut exchange = Exchange::start();
    exchange.push_all("politie-west", HEADER, &[lines(1..2).trim()]);
    exchange.push_all("school-west", HEADER, &[&soft("s-1", 1)]);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
    assert_eq!(exchange.stop_hub(), Some(0));
    age(&exchange);
    exchange.start_hub();

    let refused = exchange.push("politie-west", HEADER, &[lines(2..3).trim()]);
    assert_eq!((refused.status, &refused.json()["sent"]), (1, &0.into()), "{refused:?}");
    assert_eq!(refused.json()["error"]["reason"], "MANIFEST_EXPIRED");
    assert!(refused.err.contains("verlopen") && refused.err.contains("sleutelbeheerders"), "{refused:?}");
    // The hub refuses it as well, to a machine whose clock stands still in the past.
    let then = Off { seconds: -20 * 86_400, day: day(-20) };
    let (totals, why) = push_by(&exchange, "politie-west", then, &format!("{HEADER}\n{}", lines(2..3)));
    assert_eq!((totals.sent, totals.accepted, totals.refused), (1, 0, 1));
    assert_eq!(why, ["MANIFEST_EXPIRED"]);

    let read = exchange.done("zorgcoordinator-west", &["alert", "list", "--json"]);
    assert_eq!(read.json().as_array().unwrap().len(), 1, "{read:?}");
    assert!(read.err.contains("verlopen"), "{read:?}");
    let withdrawn = exchange.done("school-west", &["signal", "withdraw", "s-1", "--json"]);
    assert_eq!(withdrawn.json()["accepted"], 1, "{withdrawn:?}");
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 0);

    assert_eq!(exchange.publish(|draft| rewrite(draft, |text| format!("{text}# Anew.\n"))), 2);
    exchange.push_all("politie-west", HEADER, &[lines(2..3).trim()]);
    exchange.push_all("school-west", HEADER, &[&soft("s-2", 2)]);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
}
