//! How an open alert follows its signals: what stays the same, what changes in silence, what is told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use samenloop_core::alert::{Alert, AlertId, AlertState};
use samenloop_core::fixture::{self, Draft, connection, day, entries, month, reference, region, today};
use samenloop_core::manifest::{Manifest, Rule};
use samenloop_core::processing::SubjectId;
use samenloop_core::room::alerting::{self, Followed, open, signals_of};
use samenloop_core::room::convergence::{Judgement, judge};
use samenloop_core::value::{ConnectionId, Day, Domain, Kind, Signal};

type Given = Vec<(ConnectionId, Signal)>;

fn given(signals: &[(&str, Draft)]) -> Given {
    signals.iter().map(|(sender, draft)| (connection(sender), draft.signal())).collect()
}

fn rule() -> Rule {
    entries().rule
}

fn follow(alert: &Alert, rule: &Rule, judgement: Judgement) -> Followed {
    follow_on(alert, rule, judgement, today())
}

fn follow_on(alert: &Alert, rule: &Rule, judgement: Judgement, on: Day) -> Followed {
    let entries = samenloop_core::manifest::ManifestEntries { rule: rule.clone(), ..entries() };
    alerting::follow(alert, &Manifest::new(entries).unwrap(), judgement, on)
}

fn judged_on(signals: Given, today: Day) -> Judgement {
    judge(&fixture::manifest(), signals, today)
}

fn judged(signals: &[(&str, Draft)]) -> Judgement {
    judged_on(given(signals), today())
}

fn police_and_school() -> [(&'static str, Draft); 2] {
    [("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2))]
}

/// An alert on a hard signal of police and a soft one of a school, both of region west.
fn alert() -> Alert {
    open(
        AlertId::new([7; 16]),
        SubjectId::new([5; 16]),
        Kind::new(1).unwrap(),
        &rule(),
        judged(&police_and_school()),
        today(),
    )
}

fn told(followed: Followed) -> Alert {
    match followed {
        Followed::Told(alert) => alert,
        other @ (Followed::Same | Followed::Changed(_) | Followed::Reminded(_)) => {
            panic!("should be told, and is {other:?}")
        }
    }
}

fn changed(followed: Followed) -> Alert {
    match followed {
        Followed::Changed(alert) => alert,
        other @ (Followed::Same | Followed::Told(_) | Followed::Reminded(_)) => {
            panic!("should change in silence, and is {other:?}")
        }
    }
}

fn region_names(alert: &Alert) -> Vec<&str> {
    alert.regions().iter().map(|it| it.as_str()).collect()
}

#[test]
fn a_new_alert_says_which_rule_and_numbers_opened_it() {
    let alert = alert();
    assert_eq!(
        (alert.rule(), alert.opened(), alert.state()),
        ("samenloop-regel/1", today(), AlertState::New)
    );
    assert_eq!((alert.numbers().domains.len(), alert.numbers().organisations.len()), (2, 2));
    assert_eq!((alert.numbers().pairs, alert.numbers().hard), (2, true));
    assert_eq!(region_names(&alert), ["west"]);
    assert_eq!(alert.signals().len(), 2);
}

#[test]
fn an_alert_whose_signals_did_not_change_stays_the_same() {
    let mut reversed = given(&police_and_school());
    reversed.reverse();
    assert_eq!(follow(&alert(), &rule(), judged(&police_and_school())), Followed::Same);
    assert_eq!(follow(&alert(), &rule(), judged_on(reversed, today())), Followed::Same, "in any order");
    assert_eq!(
        follow(&alert(), &rule(), judged_on(given(&police_and_school()), day("2026-12-01"))),
        Followed::Same
    );
}

#[test]
fn another_signal_of_a_known_domain_changes_an_alert_in_silence() {
    let [police, school] = police_and_school();
    let more = [police, school, ("school-noord", Draft::soft(3))];
    let alert = changed(follow(&alert(), &rule(), judged(&more)));
    assert_eq!((alert.signals().len(), alert.numbers().organisations.len()), (3, 3));
    assert!(alert.is_open());
}

#[test]
fn a_region_that_joins_is_told_as_its_coordinator_knew_nothing() {
    let [police, school] = police_and_school();
    let heard = Draft { region: region("noord"), ..Draft::soft(3).hearsay(Domain::Onderwijs) };
    let alert = told(follow(&alert(), &rule(), judged(&[police, school, ("zorg-noord", heard)])));
    assert_eq!(region_names(&alert), ["noord", "west"], "every region among the listed");
    assert_eq!(alert.numbers().domains.len(), 2, "and no domain joined");
}

#[test]
fn hearsay_changes_an_alert_in_silence() {
    let [police, school] = police_and_school();
    let heard = Draft::soft(3).hearsay(Domain::Onderwijs);
    let alert = changed(follow(&alert(), &rule(), judged(&[police, school, ("zorg-noord", heard)])));
    assert_eq!((region_names(&alert), alert.signals().len()), (vec!["west"], 3));
}

#[test]
fn a_domain_that_joins_is_told() {
    let [police, school] = police_and_school();
    let joined = told(follow(&alert(), &rule(), judged(&[police, school, ("coa-noord", Draft::soft(3))])));
    assert!(joined.is_open());
    assert_eq!(joined.numbers().domains.len(), 3);
    assert_eq!((joined.id(), joined.opened()), (alert().id(), today()), "it is the same alert");
}

#[test]
fn a_domain_that_replaces_another_is_told() {
    let [police, _] = police_and_school();
    let other = told(follow(&alert(), &rule(), judged(&[police, ("coa-noord", Draft::soft(3))])));
    assert!(other.is_open());
    assert!(!other.numbers().domains.contains(&Domain::Onderwijs));
}

#[test]
fn a_domain_that_leaves_is_not_told_while_the_rule_is_met() {
    let [police, school] = police_and_school();
    let three = told(follow(&alert(), &rule(), judged(&[police, school, ("coa-noord", Draft::soft(3))])));
    let two = changed(follow(&three, &rule(), judged(&police_and_school())));
    assert_eq!(two.numbers().domains.len(), 2);
    assert!(two.is_open());
}

#[test]
fn a_lapsed_alert_keeps_its_regions_and_the_numbers_that_last_met_the_rule() {
    let noord = |draft: Draft| Draft { region: region("noord"), ..draft };
    let both = [("politie-west", Draft::hard(1)), ("coa-noord", noord(Draft::soft(2)))];
    let before = open(
        AlertId::new([7; 16]),
        SubjectId::new([5; 16]),
        Kind::new(1).unwrap(),
        &rule(),
        judged(&both),
        today(),
    );
    let lapsed = told(follow(&before, &rule(), judged(&[("politie-west", Draft::hard(1))])));
    assert_eq!(lapsed.state(), AlertState::Lapsed);
    assert_eq!(lapsed.numbers(), before.numbers());
    assert_eq!(region_names(&lapsed), ["noord", "west"], "who was told of it is told of its end");
    assert_eq!(lapsed.signals().len(), 1, "what is still active is still listed");
}

#[test]
fn an_alert_without_any_signal_lapses() {
    let lapsed = told(follow(&alert(), &rule(), judged(&[])));
    assert_eq!((lapsed.state(), lapsed.signals().len()), (AlertState::Lapsed, 0));
    assert_eq!(region_names(&lapsed), ["west"]);
}

#[test]
fn an_alert_lapses_on_the_day_after_its_signal_ended() {
    let on = |text: &str| follow(&alert(), &rule(), judged_on(given(&police_and_school()), day(text)));
    assert_eq!(on("2027-05-31"), Followed::Same);
    assert_eq!(told(on("2027-06-01")).state(), AlertState::Lapsed);
}

#[test]
fn an_open_alert_follows_the_rule_of_its_day() {
    let stricter = Rule { name: "samenloop-regel/2".to_owned(), pairs_with_hard: 3, ..rule() };
    let manifest =
        Manifest::new(samenloop_core::manifest::ManifestEntries { rule: stricter.clone(), ..entries() });
    let judgement = judge(&manifest.unwrap(), given(&police_and_school()), today());
    let lapsed = told(follow(&alert(), &stricter, judgement));
    assert_eq!((lapsed.state(), lapsed.rule()), (AlertState::Lapsed, "samenloop-regel/2"));
}

#[test]
fn a_renamed_rule_with_the_same_numbers_is_noted_in_silence() {
    let renamed = Rule { name: "samenloop-regel/2".to_owned(), ..rule() };
    assert_eq!(changed(follow(&alert(), &renamed, judged(&police_and_school()))).rule(), "samenloop-regel/2");
}

#[test]
fn signals_not_found_under_a_pseudonym_are_judged_by_their_copies() {
    let alert = alert();
    let found = given(&[("coa-noord", Draft::soft(3))]);
    let all = signals_of(&alert, found);
    let senders: Vec<_> = all.iter().map(|(sender, _)| sender.as_str()).collect();
    assert_eq!(senders.len(), 3);
    assert!(["coa-noord", "politie-west", "school-west"].iter().all(|it| senders.contains(it)));
    assert_eq!(signals_of(&alert, Vec::new()).len(), 2);
}

#[test]
fn a_signal_that_is_found_and_copied_is_one_signal() {
    let newer = Draft { revision: 2, expiry: month("2027-04"), ..Draft::soft(2) };
    let all = signals_of(&alert(), given(&[("school-west", newer.clone())]));
    assert_eq!(all.len(), 2);
    assert!(all.contains(&(connection("school-west"), newer.signal())), "as it is filed now");
    // The same reference of another sender is another signal.
    assert_eq!(signals_of(&alert(), given(&[("coa-noord", Draft::soft(2))])).len(), 3);
}

#[test]
fn an_alert_without_a_signal_lists_the_others_and_judges_nothing() {
    let alert = alert();
    let without = alert.clone().without(&[(connection("school-west"), reference(2))].into());
    assert_eq!((without.signals().len(), without.numbers()), (1, alert.numbers()));
    assert!(without.is_open());
    assert_eq!(
        alert.clone().without(&[(connection("coa-noord"), reference(2))].into()),
        alert,
        "another sender's is"
    );
}
