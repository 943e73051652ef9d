//! On which days people are called again.

use super::*;

fn by_term(term_days: u8) -> Arc<Manifest> {
    let mut entries = exchange();
    entries.regions.iter_mut().for_each(|it| it.term_days = term_days);
    Arc::new(Manifest::new(entries).unwrap())
}

/// On which days after it began people are reminded and told of an alert that is looked at on some days. Looking
/// twice must change nothing.
fn called_on(mut alert: Alert, manifest: &Manifest, days: &BTreeSet<u32>) -> (Vec<u32>, Vec<u32>) {
    let (mut reminded, mut told) = (Vec::new(), Vec::new());
    let signals: Vec<_> =
        alert.signals().iter().map(|it| (it.connection().clone(), it.signal().clone())).collect();
    for days in days {
        let on = today().plus_days(*days);
        match alerting::follow(&alert, manifest, judge(manifest, signals.clone(), on), on) {
            Followed::Same => continue,
            Followed::Changed(now) => alert = now,
            Followed::Reminded(now) => {
                reminded.push(*days);
                alert = now;
            }
            Followed::Told(now) => {
                told.push(*days);
                alert = now;
            }
        }
        let again = alerting::follow(&alert, manifest, judge(manifest, signals.clone(), on), on);
        assert_eq!(again, Followed::Same, "day {days}");
    }
    (reminded, told)
}

#[test]
fn what_nobody_picks_up_is_called_of_halfway_each_term_and_then_once_a_term() {
    let (reminded, told) = called_on(alert(), &by_term(7), &(0..=90).collect());
    assert_eq!(told, [8, 15], "the fallback, and the national one");
    assert_eq!(reminded, [4, 11, 22, 29, 36, 43, 50, 57, 64, 71, 78, 85]);
    let (reminded, told) = called_on(alert(), &by_term(30), &(0..=90).collect());
    assert_eq!((reminded, told), (vec![16, 46], vec![31, 61]));
}

#[test]
fn a_lead_that_missed_a_check_is_reminded_before_others_are_asked() {
    // The check is on the third day.
    let claimed = done(&alert(), WEST, claim());
    let (reminded, told) = called_on(claimed.clone(), &by_term(30), &(0..=40).collect());
    assert_eq!((reminded, told), (vec![4, 7, 26], vec![11]));
    let late = today().plus_days(4);
    let reminded = followed(&claimed, &by_term(30), late, true);
    assert_eq!(reminded.calls(), 1);
    let reader = reader_on(&by_term(30), WEST, late);
    let moved = Deed::SetNextCheck { reason: CheckReason::Checked, next_check: late.plus_days(9) };
    let calls_after = |deed| act(&reader, &reminded, &Act { case: case("Z1"), deed }).unwrap().alert.calls();
    assert_eq!((calls_after(moved), calls_after(confirm())), (0, 1), "a new check, a new beginning");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// A hub that was down calls once for what it missed, and never more often than one that was not.
    #[test]
    fn days_without_a_hub_lose_no_call_and_add_none(
        term in 1..91_u8,
        days in proptest::collection::btree_set(0..=90_u32, 1..40),
        is_led in any::<bool>(),
    ) {
        let manifest = by_term(term);
        let alert = if is_led { done(&alert(), WEST, claim()) } else { alert() };
        let (reminded, told) = called_on(alert.clone(), &manifest, &(0..=90).collect());
        let every: BTreeSet<u32> = reminded.iter().chain(&told).copied().collect();
        let (seen_reminded, seen_told) = called_on(alert, &manifest, &days);
        let mut from = 0;
        for day in days {
            let missed: Vec<u32> = every.range(from..=day).copied().collect();
            let is_told = missed.iter().any(|it| told.contains(it));
            prop_assert_eq!(seen_told.contains(&day), is_told);
            prop_assert_eq!(seen_reminded.contains(&day), !is_told && !missed.is_empty());
            from = day + 1;
        }
    }
}
