//! An agency that is behind by an epoch is told what to do, and loses nothing.

use samenloop_tests::{Exchange, bsn, this_month};

use super::HEADER;

#[test]
fn an_agency_behind_by_an_epoch_is_told_what_to_give_and_loses_nothing() {
    let exchange = Exchange::start();
    let kit = exchange.kit_directory();
    let line =
        |reference: &str, severity: &str| format!("{reference};{};{severity};{};west", bsn(5), this_month());
    exchange.announce();
    let waiting = exchange.run("politie-west", &["key", "install"]);
    assert_eq!(waiting.status, 3, "{waiting:?}");
    assert!(waiting.out.contains("0 van 2 bijdragen"), "{waiting:?}");
    // The school was away all the while.
    exchange.take_into_use();
    exchange.push_all("politie-west", HEADER, &[&line("p-1", "hard")]);
    assert!(!kit.join("politie-west/epochs/wrap-2.key").exists());

    let file = exchange.scratch().join("behind.csv");
    std::fs::write(&file, format!("{HEADER}\n{}\n", line("s-1", "zacht"))).unwrap();
    let push = ["signal", "push", file.to_str().unwrap(), "--json"];
    for _ in 0..2 {
        let behind = exchange.run("school-west", &push);
        assert_eq!((behind.status, &behind.json()["accepted"]), (1, &0.into()), "{behind:?}");
        assert!(behind.err.contains("samenloop key install"), "{behind:?}");
        assert!(behind.err.contains("niets verloren"), "{behind:?}");
        let journal = exchange.done("school-west", &["signal", "list", "--json"]);
        assert_eq!(journal.json().as_array().unwrap().len(), 0, "nothing pretends to have been sent");
    }

    // Its own attempts made its wrap key known.
    exchange.publish(|draft| exchange.wrap(draft));
    let installed = exchange.done("school-west", &["key", "install"]);
    assert!(installed.out.contains("sleutelperiode 2 is geïnstalleerd"), "{installed:?}");
    let same = exchange.done("school-west", &push);
    assert_eq!(same.json()["accepted"], 1, "{same:?}");
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
    assert_eq!((exchange.filed("school-west", 1), exchange.filed("school-west", 2)), (1, 1));
}

#[test]
fn a_push_that_runs_while_the_next_epoch_is_taken_into_use_goes_on_under_both() {
    let exchange = Exchange::start();
    exchange.announce();
    assert_eq!(exchange.run("politie-west", &["key", "install"]).status, 3);
    let mut push = super::streaming(&exchange, 0..500);
    exchange.until_filed("politie-west", 1, 500);
    exchange.take_into_use();
    push.write(super::lines(500..700).as_bytes());
    let answer = push.answer();
    assert_eq!((answer.status, &answer.json()["accepted"]), (0, &700.into()), "{answer:?}");
    exchange.until_filed("politie-west", 2, 200);
    assert_eq!(exchange.filed("politie-west", 1), 700);
}
