//! Filing: what a put or a withdrawal changes, given what the sender's own records say.

use samenloop_core::fixture::{Draft, day, month, today};
use samenloop_core::room::filing::{PutDecision, ReferenceRecord, Standing, decide_put, decide_withdrawal};
use samenloop_core::value::Month;

/// A record of revision 5 that ends in March and may not be taken beyond next October.
fn filed() -> ReferenceRecord {
    ReferenceRecord {
        standing: Standing::Filed,
        revision: 5,
        expiry: month("2027-03"),
        cap: month("2027-10"),
        filed: Vec::new(),
        alerts: Vec::new(),
        judged: None,
    }
}

fn withdrawn() -> ReferenceRecord {
    ReferenceRecord { standing: Standing::Withdrawn, ..filed() }
}

fn draft(revision: u64, expiry: &str) -> Draft {
    Draft { revision, expiry: month(expiry), ..Draft::soft(1) }
}

fn decided(known: &[ReferenceRecord], draft: &Draft) -> PutDecision {
    decide_put(known.iter(), &draft.signal(), today())
}

#[test]
fn a_new_reference_is_filed_and_capped_at_24_months_from_its_first_month() {
    let put = draft(1, "2027-05");
    assert_eq!(decided(&[], &put), PutDecision::Replace { signal: put.signal(), cap: month("2028-11") });
}

/// V-20.
#[test]
fn a_higher_revision_replaces_within_the_cap_of_the_first() {
    let replaced = |expiry: &str| match decided(&[filed()], &draft(6, expiry)) {
        PutDecision::Replace { signal, cap } => Some((signal.content().expiry(), cap)),
        PutDecision::Ignore | PutDecision::StayWithdrawn { .. } | PutDecision::AddPlaces(_) => None,
    };
    let cap = month("2027-10");
    assert_eq!(replaced("2027-05"), Some((month("2027-05"), cap)), "later than before, within the cap");
    assert_eq!(replaced("2027-12"), Some((cap, cap)), "no revision takes it further");
    assert_eq!(replaced("2027-01"), Some((month("2027-01"), cap)), "sooner than before");
}

#[test]
fn the_same_revision_adds_places_for_no_longer_than_its_term() {
    let added = |expiry: &str| match decided(&[filed()], &draft(5, expiry)) {
        PutDecision::AddPlaces(signal) => Some(signal.content().expiry()),
        PutDecision::Ignore | PutDecision::StayWithdrawn { .. } | PutDecision::Replace { .. } => None,
    };
    assert_eq!(added("2027-03"), Some(month("2027-03")));
    // Beyond the record's term nobody could withdraw it.
    assert_eq!(added("2027-08"), Some(month("2027-03")));
}

#[test]
fn a_lower_revision_is_ignored() {
    assert_eq!(decided(&[filed()], &draft(4, "2027-05")), PutDecision::Ignore);
    let other_epoch = ReferenceRecord { revision: 7, ..filed() };
    assert_eq!(decided(&[filed(), other_epoch], &draft(6, "2027-05")), PutDecision::Ignore, "in any epoch");
}

#[test]
fn a_withdrawn_reference_stays_so_to_the_end_of_its_term_in_every_epoch() {
    let stays = |until: Month| PutDecision::StayWithdrawn { expiry: until };
    for revision in [1, 5, 99] {
        assert_eq!(decided(&[withdrawn()], &draft(revision, "2027-05")), stays(month("2027-03")));
    }
    let longer = ReferenceRecord { expiry: month("2027-04"), ..withdrawn() };
    assert_eq!(decided(&[filed(), withdrawn(), longer], &draft(9, "2027-05")), stays(month("2027-04")));
}

/// V-21: with the sweeper stopped too.
#[test]
fn a_record_past_its_term_is_as_good_as_none() {
    let put = draft(1, "2027-09");
    for record in [filed(), withdrawn()] {
        let on = |text: &str| decide_put([&record].into_iter(), &put.signal(), day(text));
        assert!(!matches!(on("2027-03-31"), PutDecision::Replace { .. }));
        assert!(matches!(on("2027-04-01"), PutDecision::Replace { .. }));
        let withdrawal = |text: &str| decide_withdrawal([&record].into_iter(), day(text));
        assert_eq!(withdrawal("2027-03-31"), Some(month("2027-03")));
        assert_eq!(withdrawal("2027-04-01"), None);
    }
}

#[test]
fn a_withdrawal_of_nothing_changes_nothing() {
    assert_eq!(decide_withdrawal([].into_iter(), today()), None);
}
