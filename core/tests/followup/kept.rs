//! What is left of an alert, and for how long.

use super::*;

/// V-24: there is no archive.
#[test]
fn what_was_decided_is_kept_for_its_term_and_its_signals_shorter() {
    let led = done(&done(&alert(), WEST, claim()), WEST, contact(&["school-west"]));
    let helped = done(&done(&led, WEST, confirm()), WEST, close(Outcome::HelpStarted));
    let mistaken = done(&done(&led, WEST, unfounded()), WEST, close(Outcome::Unfounded));
    let after = |alert: &Alert, days| alerting::left(alert, today().plus_days(days));
    for (alert, days, left) in [
        (&helped, 92, Left::Whole),
        (&helped, 93, Left::Decisions),
        (&helped, 365, Left::Decisions),
        (&helped, 366, Left::Nothing),
        (&mistaken, 30, Left::Whole),
        (&mistaken, 31, Left::Nothing),
        (&led, 4000, Left::Whole),
        (&alert(), 4000, Left::Whole),
    ] {
        assert_eq!(after(alert, days), left, "{days} days");
    }
    let bare = helped.decisions();
    assert!(bare.signals().is_empty() && bare.contacts().is_empty());
    let decided = |it: &Alert| (it.acts().to_vec(), it.numbers().clone(), it.progress().clone());
    assert_eq!(decided(&bare), decided(&helped));
    let gone = judge(&manifest(), [], today());
    let Followed::Told(lapsed) = alerting::follow(&alert(), &manifest(), gone, today()) else {
        panic!("lapses")
    };
    assert_eq!((after(&lapsed, 30), after(&lapsed, 31)), (Left::Whole, Left::Nothing));
}

/// V-24: what was decided is not lost because the alert was opened again and ended in less.
#[test]
fn an_outcome_outlives_a_later_end_without_one() {
    let closed =
        done(&done(&done(&alert(), WEST, claim()), WEST, confirm()), WEST, close(Outcome::HelpStarted));
    let again = day("2027-01-10");
    let reopened = alerting::reopen(&closed, &entries().rule, judge(&manifest(), [], again), again);
    let lapsed = followed(&reopened, &manifest(), again, false);
    assert_eq!(lapsed.state(), AlertState::Lapsed);
    let after = |days| alerting::left(&lapsed, again.plus_days(days));
    assert_eq!((after(30), after(31)), (Left::Whole, Left::Decisions), "its signals go with a lapsed one's");
    let closed_on = |days| alerting::left(&lapsed, today().plus_days(days));
    assert_eq!((closed_on(365), closed_on(366)), (Left::Decisions, Left::Nothing));
}
