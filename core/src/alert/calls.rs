//! When those who are to act on an alert are called again: at fixed days, counted from when it began to wait, or from
//! the safety check that its lead missed.

use std::collections::BTreeMap;

use super::{Alert, GRACE_DAYS, Progress, may_lead};
use crate::manifest::Manifest;
use crate::value::Day;

/// Why people are called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Nobody did what is to be done. They know of it, and get a letter.
    Remind,
    /// Others are asked as well: all of them are told.
    Widen,
}

/// Days after a missed safety check after which its lead is reminded, before it counts as absent.
const LEAD_REMINDED_AFTER: [u32; 2] = [0, 3];

/// The shortest pause between two reminders, in days, once everybody is asked.
const SHORTEST_PAUSE_DAYS: u32 = 7;

/// Days after which nobody is called any more: what nobody leads ended long before.
const CALLED_FOR_DAYS: u32 = 365;

/// How many calls there were on an alert by a day, and why people are called now that some of them are due: none is
/// forgotten by a hub that was down, and none is repeated.
#[must_use]
pub fn calls(alert: &Alert, manifest: &Manifest, today: Day) -> (u8, Option<Call>) {
    let (steps, passed) = match alert.progress() {
        Progress::Waiting { since, .. } => {
            let steps = waiting(alert, manifest);
            (steps, since.days_until(today))
        }
        Progress::Led(lead) => {
            let mut steps: BTreeMap<_, _> =
                waiting(alert, manifest).into_iter().map(|(day, call)| (GRACE_DAYS + day, call)).collect();
            steps.extend(LEAD_REMINDED_AFTER.map(|it| (it, Call::Remind)));
            steps.insert(GRACE_DAYS, Call::Widen);
            let missed = lead.next_check.days_until(today);
            // Whoever takes no part any more is absent at once.
            let absent = (!may_lead(manifest, &lead.by, today)).then_some(GRACE_DAYS + 1);
            (steps, missed.max(absent))
        }
        Progress::Closed(_) | Progress::Lapsed { .. } => return (0, None),
    };
    let passed = steps.iter().filter(|(day, _)| passed.is_some_and(|passed| **day < passed)).count();
    let due = steps.values().take(passed).skip(usize::from(alert.calls()));
    (u8::try_from(passed).unwrap_or(u8::MAX), due.copied().max())
}

/// After how many days of waiting there is which call: halfway each of the two terms and at their ends, where the
/// fallback and then the national one are asked too; then once a term. Of two regions, those of both.
fn waiting(alert: &Alert, manifest: &Manifest) -> BTreeMap<u32, Call> {
    let mut steps = BTreeMap::new();
    for region in alert.regions() {
        let term = manifest.region(region).map_or(0, |it| u32::from(it.term_days));
        let pause = usize::try_from(term.max(SHORTEST_PAUSE_DAYS)).unwrap_or(usize::MAX);
        let later = (2 * term..CALLED_FOR_DAYS).step_by(pause);
        let reminders = [term / 2, term + term / 2].into_iter().chain(later);
        for (day, call) in
            reminders.map(|it| (it, Call::Remind)).chain([term, 2 * term].map(|it| (it, Call::Widen)))
        {
            let known = steps.entry(day).or_insert(call);
            *known = call.max(*known);
        }
    }
    steps
}
