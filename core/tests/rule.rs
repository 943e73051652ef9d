//! The rule `samenloop-regel/1`: every row of its truth table, and where each threshold lies.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use samenloop_core::alert::Numbers;
use samenloop_core::fixture::{self, Draft, connection, day, entries, month};
use samenloop_core::manifest::{Manifest, Rule};
use samenloop_core::room::convergence::{Judgement, Lacking, judge, lacking, lacking_without, meets};
use samenloop_core::value::Domain;

/// What the rule makes of these signals, each with its sender.
fn judged(signals: &[(&str, Draft)]) -> Judgement {
    let given = signals.iter().map(|(sender, draft)| (connection(sender), draft.signal()));
    judge(&fixture::manifest(), given, fixture::today())
}

fn converges(signals: &[(&str, Draft)]) -> bool {
    judged(signals).converges
}

#[test]
fn two_soft_signals_of_two_domains_are_no_alert() {
    assert!(!converges(&[("school-west", Draft::soft(1)), ("coa-noord", Draft::soft(2))]));
    // Also when every one carries a code of its own: two pairs are not three.
    assert!(!converges(&[
        ("school-west", Draft::soft(1).code("V11")),
        ("coa-noord", Draft::soft(2).code("V12")),
    ]));
}

#[test]
fn three_soft_signals_with_different_codes_of_two_organisations_are_an_alert() {
    let judgement = judged(&[
        ("school-west", Draft::soft(1).code("V11")),
        ("school-west", Draft::soft(2).code("V12")),
        ("coa-noord", Draft::soft(3).code("V11")),
    ]);
    assert!(judgement.converges);
    let Numbers { domains, organisations, pairs, hard } = judgement.numbers;
    assert_eq!((domains.len(), organisations.len(), pairs, hard), (2, 2, 3, false));
}

#[test]
fn three_soft_signals_without_codes_of_two_organisations_are_no_alert() {
    let judgement = judged(&[
        ("school-west", Draft::soft(1)),
        ("school-west", Draft::soft(2)),
        ("coa-noord", Draft::soft(3)),
    ]);
    assert!(!judgement.converges);
    assert_eq!(judgement.numbers.pairs, 2, "no code is one code");
}

#[test]
fn three_soft_signals_without_codes_of_three_organisations_are_an_alert() {
    // Two domains: both schools are in one.
    let judgement = judged(&[
        ("school-west", Draft::soft(1)),
        ("school-noord", Draft::soft(2)),
        ("coa-noord", Draft::soft(3)),
    ]);
    assert!(judgement.converges);
    assert_eq!((judgement.numbers.domains.len(), judgement.numbers.organisations.len()), (2, 3));
}

#[test]
fn three_soft_signals_of_one_domain_are_no_alert() {
    assert!(!converges(&[
        ("school-west", Draft::soft(1)),
        ("school-noord", Draft::soft(2)),
        ("leerplicht-west", Draft::soft(3)),
    ]));
    assert!(!converges(&[
        ("school-west", Draft::hard(1).code("V11")),
        ("school-west", Draft::hard(2).code("V12")),
        ("school-west", Draft::hard(3).code("V13")),
    ]));
}

#[test]
fn a_hard_and_a_soft_signal_of_two_domains_and_organisations_are_an_alert() {
    let judgement = judged(&[("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2))]);
    assert!(judgement.converges);
    assert!(judgement.numbers.hard);
    assert_eq!(judgement.numbers.pairs, 2);
    assert!(judgement.listed.iter().all(|it| it.counts()));
}

/// V-12: a municipality that is two domains is one organisation.
#[test]
fn two_hard_signals_of_one_organisation_in_two_domains_are_no_alert() {
    let judgement = judged(&[("gemeente-west", Draft::hard(1)), ("leerplicht-west", Draft::hard(2))]);
    assert!(!judgement.converges);
    assert_eq!((judgement.numbers.domains.len(), judgement.numbers.organisations.len()), (2, 1));
}

#[test]
fn hearsay_of_the_police_beside_their_own_signal_is_no_alert() {
    let heard = Draft::hard(2).hearsay(Domain::PolitieJustitie);
    let judgement = judged(&[("politie-west", Draft::hard(1)), ("veilig-thuis-west", heard)]);
    assert!(!judgement.converges);
    assert_eq!(judgement.numbers.domains.len(), 1);
    let counted: Vec<_> = judgement.listed.iter().map(|it| (it.connection().as_str(), it.counts())).collect();
    assert_eq!(counted, [("politie-west", true), ("veilig-thuis-west", false)], "hearsay is listed");
}

#[test]
fn two_soft_signals_and_soft_hearsay_are_no_alert() {
    let heard = Draft::soft(3).hearsay(Domain::Zorg);
    let judgement = judged(&[
        ("school-west", Draft::soft(1)),
        ("coa-noord", Draft::soft(2)),
        ("veilig-thuis-west", heard),
    ]);
    assert!(!judgement.converges);
    assert_eq!((judgement.numbers.pairs, judgement.listed.len()), (2, 3));
}

#[test]
fn a_hard_signal_of_a_domain_that_is_not_independent_does_not_count() {
    let judgement = judged(&[
        ("school-west", Draft::soft(1)),
        ("coa-noord", Draft::soft(2)),
        ("riec-west", Draft::hard(3)),
    ]);
    assert!(!judgement.converges);
    assert!(!judgement.numbers.hard, "none of the counted is hard");
    assert_eq!((judgement.numbers.pairs, judgement.listed.len()), (2, 3));
}

/// V-21: the rule reads the term itself; whether anything was swept is no matter.
#[test]
fn a_hard_and_a_soft_signal_of_which_one_expired_are_no_alert() {
    let ended = Draft { expiry: month("2026-10"), ..Draft::soft(2) };
    let judgement = judged(&[("politie-west", Draft::hard(1)), ("school-west", ended)]);
    assert!(!judgement.converges);
    assert_eq!(judgement.listed.len(), 1, "what expired is not listed");
}

#[test]
fn a_hard_and_a_soft_signal_of_which_one_was_withdrawn_are_no_alert() {
    // A withdrawn signal is not given to this room at all.
    assert!(!converges(&[("politie-west", Draft::hard(1))]));
    assert!(!converges(&[("school-west", Draft::soft(2))]));
    assert!(!converges(&[]));
}

#[test]
fn a_signal_counts_through_the_last_day_of_its_month() {
    let of = |today: &str| {
        let ending = Draft { expiry: month("2026-11"), ..Draft::soft(2) };
        let given = [("politie-west", Draft::hard(1)), ("school-west", ending)];
        let given = given.map(|(sender, draft)| (connection(sender), draft.signal()));
        judge(&fixture::manifest(), given, day(today)).converges
    };
    assert!(of("2026-11-30"));
    assert!(!of("2026-12-01"));
}

#[test]
fn a_connection_that_does_not_take_part_is_not_active() {
    let given = || {
        let signals = [("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2))];
        signals.map(|(sender, draft)| (connection(sender), draft.signal()))
    };
    let under = |change: &dyn Fn(&mut samenloop_core::manifest::Connection)| {
        let mut entries = entries();
        entries.connections.iter_mut().filter(|it| it.id == connection("school-west")).for_each(change);
        judge(&Manifest::new(entries).unwrap(), given(), fixture::today())
    };
    assert!(under(&|_| {}).converges);
    for judgement in [
        under(&|it| it.valid_until = day("2026-11-21")),
        under(&|it| it.legal_basis.clear()),
        under(&|it| it.agreement.clear()),
    ] {
        assert!(!judgement.converges);
        assert_eq!(judgement.listed.len(), 1);
    }
    assert!(under(&|it| it.valid_until = day("2026-11-22")).converges, "its last day is a day of it");

    let mut struck_out = entries();
    struck_out.connections.retain(|it| it.id != connection("school-west"));
    assert_eq!(judge(&Manifest::new(struck_out).unwrap(), given(), fixture::today()).listed.len(), 1);
}

#[test]
fn a_domain_comes_from_the_manifest() {
    let mut moved = entries();
    for school in moved.connections.iter_mut().filter(|it| it.id == connection("school-west")) {
        school.role = samenloop_core::manifest::Role::Agency(Domain::PolitieJustitie);
    }
    let signals = [("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2))];
    let given = signals.map(|(sender, draft)| (connection(sender), draft.signal()));
    assert!(!judge(&Manifest::new(moved).unwrap(), given, fixture::today()).converges);
}

#[test]
fn two_hard_signals_of_one_code_are_two_pairs_where_two_organisations_saw_it() {
    assert!(converges(&[
        ("politie-west", Draft::hard(1).code("U01")),
        ("zorg-noord", Draft::hard(2).code("U01")),
    ]));
}

/// Numbers of so many domains, organisations and pairs.
fn numbers(domains: usize, organisations: usize, pairs: usize, hard: bool) -> Numbers {
    let organisation = |at: &usize| samenloop_core::value::OrganisationId::parse(&format!("o{at}")).unwrap();
    Numbers {
        domains: Domain::ALL.into_iter().take(domains).collect(),
        organisations: (0..organisations).collect::<Vec<_>>().iter().map(organisation).collect(),
        pairs,
        hard,
    }
}

#[test]
fn each_threshold_of_the_rule_is_met_exactly_at_its_number() {
    let rule = fixture::manifest().rule().clone();
    assert_eq!(rule.name, "samenloop-regel/1");
    for (told, met) in [
        (numbers(2, 2, 3, false), true),
        (numbers(1, 2, 3, false), false),
        (numbers(2, 1, 3, false), false),
        (numbers(2, 2, 2, false), false),
        (numbers(2, 2, 2, true), true),
        (numbers(2, 2, 1, true), false),
        (numbers(1, 9, 9, true), false),
        (numbers(9, 1, 9, true), false),
        (numbers(9, 9, 9, false), true),
    ] {
        assert_eq!(meets(&rule, &told), met, "{told:?}");
    }
}

#[test]
fn the_thresholds_are_those_of_the_manifest() {
    let strict = Rule { domains: 3, organisations: 4, pairs_with_hard: 4, pairs: 5, ..entries().rule };
    for (told, met) in [
        (numbers(3, 4, 5, false), true),
        (numbers(2, 4, 5, false), false),
        (numbers(3, 3, 5, true), false),
        (numbers(3, 4, 4, false), false),
        (numbers(3, 4, 4, true), true),
        (numbers(3, 4, 3, true), false),
    ] {
        assert_eq!(meets(&strict, &told), met, "{told:?}");
    }
}

#[test]
fn what_numbers_lack_is_how_far_each_is_below_its_threshold() {
    let rule = fixture::manifest().rule().clone();
    for (told, domains, organisations, pairs) in [
        (numbers(0, 0, 0, false), 2, 2, 3),
        (numbers(1, 2, 3, false), 1, 0, 0),
        (numbers(2, 1, 2, false), 0, 1, 1),
        (numbers(2, 2, 1, true), 0, 0, 1),
        (numbers(9, 9, 9, true), 0, 0, 0),
    ] {
        assert_eq!(lacking(&rule, &told), Lacking { domains, organisations, pairs }, "{told:?}");
    }
}

/// V-13: what would be missing without each signal.
#[test]
fn a_signal_is_needed_where_the_rest_does_not_converge() {
    let manifest = fixture::manifest();
    let judgement = judged(&[
        ("politie-west", Draft::hard(1)),
        ("school-west", Draft::soft(2).code("V12")),
        ("school-west", Draft::soft(3).code("V15")),
        ("veilig-thuis-west", Draft::soft(4).hearsay(Domain::Zorg)),
    ]);
    assert!(judgement.converges);
    let without = |at: usize| lacking_without(manifest.rule(), &judgement.listed, &judgement.listed[at]);
    assert_eq!(without(0), Lacking { domains: 1, organisations: 1, pairs: 1 }, "the only hard one too");
    assert!(without(1).is_nothing() && without(2).is_nothing(), "either of the school's is enough");
    assert!(without(3).is_nothing(), "hearsay counts for nothing");
}
