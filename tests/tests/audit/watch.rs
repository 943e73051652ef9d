//! `audit watch` goes on through what may pass, and ends when the log is not in order.

use samenloop_tests::{Exchange, rewrite};

use super::{SCHOOL, beside_journal, dropped_batch, push, settled};

#[test]
fn a_watch_outlives_a_hub_that_is_away_and_a_manifest_that_is_published_meanwhile() {
    let mut exchange = Exchange::start();
    push(&exchange, SCHOOL, "zacht", 1);
    settled(&exchange, SCHOOL, 1);
    assert_eq!(exchange.done("fg", &["audit", "verify"]).status, 0);
    exchange.publish(|draft| {
        rewrite(draft, |text| text.replace("quota_lines = 1000000", "quota_lines = 1000001"))
    });
    exchange.stop_hub();
    // Each begins under the manifest of before, and finds nobody.
    for (name, head) in [(SCHOOL, "journal.head"), ("fg", "journal.intake.head")] {
        let head = beside_journal(&exchange, name, head);
        let before = std::fs::read_to_string(&head).unwrap();
        let mut watch = exchange.begin(name, &["audit", "watch", "--every", "1"]);
        watch.until_it_says("De hub is niet bereikbaar");
        exchange.start_hub();
        exchange.until("a check", |_| std::fs::read_to_string(&head).unwrap() != before);
        exchange.stop_hub();
        let told = watch.interrupted();
        assert!(told.out.to_lowercase().contains("logboek"), "{told:?}");
    }
}

#[test]
fn a_watch_ends_when_a_batch_was_dropped() {
    let exchange = Exchange::start();
    push(&exchange, SCHOOL, "zacht", 1);
    settled(&exchange, SCHOOL, 1);
    dropped_batch(&exchange, SCHOOL);
    let ended = exchange.begin(SCHOOL, &["audit", "watch"]).ended();
    assert!(ended.status == 1 && ended.err.contains("laten vallen"), "{ended:?}");
}

#[test]
fn a_privacy_officer_asks_for_no_proof_of_one_batch() {
    let exchange = Exchange::start();
    push(&exchange, SCHOOL, "zacht", 1);
    settled(&exchange, SCHOOL, 1);
    let refused = exchange.run("fg", &["audit", "proof", "1"]);
    assert!(refused.status == 1 && refused.out.is_empty(), "{refused:?}");
    assert!(refused.err.contains("alleen een aanleverende organisatie"), "{refused:?}");
}
