//! What a right can no longer find of an alert, as no record of a signal leads to it, holds nothing of a child.

use samenloop_audit::{EntryKind, Log};
use samenloop_core::alert::{Alert, AlertId, Deed, Numbers, Progress};
use samenloop_core::case::{
    self, ChildView, ConfirmReason, ContactReason, Registration, SecondReading, UnfoundedReason,
};
use samenloop_core::census::Count;

use super::*;

const WEST: &str = "zorgcoordinator-west";

impl<S: Store> Bench<S> {
    /// Has west pick up the one open alert, and ask these to phone.
    async fn leads(&self, asked: &[&str]) -> Result<AlertId, Fault> {
        let alert = self.only().await?.id();
        self.does(alert, WEST, self.claim()).await?;
        let of = asked.iter().map(|it| connection(it)).collect();
        self.does(alert, WEST, Deed::AskContact { of, reason: ContactReason::Explain }).await?;
        Ok(alert)
    }

    async fn closes(&self, alert: AlertId) -> Outcome {
        let (reason, reading) = (ConfirmReason::SignalsWeighed, Some(SecondReading::Done));
        self.does(alert, WEST, Deed::Confirm { reason, reading }).await?;
        let (outcome, registration) = (case::Outcome::HelpStarted, Registration::No);
        let close = Deed::Close { outcome, registration, view: ChildView::Known };
        self.does(alert, WEST, close).await.map(drop)
    }

    async fn dismisses(&self, alert: AlertId) -> Outcome {
        let (reason, reading) = (UnfoundedReason::Mistake, Some(SecondReading::Done));
        self.does(alert, WEST, Deed::Unfounded { reason, reading }).await?;
        let (outcome, registration) = (case::Outcome::Unfounded, Registration::No);
        let close = Deed::Close { outcome, registration, view: ChildView::Known };
        self.does(alert, WEST, close).await.map(drop)
    }

    async fn withdraws(&self, sender: &str, number: u64) -> Outcome {
        self.send(sender, vec![Line::Withdraw(reference(number))]).await?;
        self.tick().await.map(drop)
    }

    /// The one alert after a sweep of the day.
    async fn swept(&self) -> Result<Alert, Fault> {
        self.tick().await?;
        demand(self.store.sweep(self.today).await?.is_some(), "a day that a tick judged is swept")?;
        let mut alerts = self.all().await?;
        demand(alerts.len() == 1, "the alert itself stays")?;
        alerts.pop().ok_or_else(|| wrong("one alert"))
    }
}

fn holds_nothing(alert: &Alert) -> bool {
    let is_empty = alert.acts().is_empty() && alert.contacts().is_empty() && alert.signals().is_empty();
    is_empty && alert.subject().is_none() && *alert.numbers() == Numbers::default()
}

fn is_closed(alert: &Alert) -> bool {
    matches!(alert.progress(), Progress::Closed(it) if it.outcome == case::Outcome::HelpStarted)
}

/// V-33: as long as somebody leads it nothing of what was done is lost.
pub(super) async fn an_alert_whose_signals_were_withdrawn_keeps_how_it_ended<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    let alert = bench.leads(&["school-west", "politie-west"]).await?;
    bench.withdraws("school-west", 2).await?;
    demand(bench.store.asked(&connection("school-west"))?.is_empty(), "what was asked goes with its signal")?;
    demand(bench.store.asked(&connection("politie-west"))?.len() == 1, "and no other")?;
    bench.withdraws("politie-west", 1).await?;
    let led = bench.swept().await?;
    demand(led.acts().len() == 2 && led.contacts().is_empty(), "its lead goes on with what it did")?;
    bench.closes(alert).await?;
    demand(bench.all().await?.iter().all(|it| it.acts().len() == 3), "and finds what it closed")?;
    let left = bench.swept().await?;
    demand(holds_nothing(&left) && is_closed(&left), "until the sweep: then how it ended is left")?;
    let quarter = bench.today.quarter();
    bench.today = day("2027-01-04");
    bench.tick().await?;
    let counted = bench.store.census(quarter).await?.unwrap_or_default();
    let west = counted.get(&Some(fixture::region("west")));
    let count = west.map_or(0, |it| it.of(Count::closed(case::Outcome::HelpStarted)));
    demand(count == 1, "and what came of it is counted")
}

/// One that nobody picked up.
pub(super) async fn a_lapsed_alert_whose_signals_were_withdrawn_holds_nothing<S: Store>(
    bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    bench.withdraws("school-west", 2).await?;
    let left = bench.swept().await?;
    demand(left.signals().len() == 1 && !holds_nothing(&left), "by its other signal it is found")?;
    bench.withdraws("politie-west", 1).await?;
    let left = bench.swept().await?;
    demand(holds_nothing(&left) && left.state() == AlertState::Lapsed, "without any it is not")?;
    demand(bench.swept().await? == left, "and stays as it is")?;
    let told = bench.store.audit(|it| it.since(Log::Case, 0, usize::MAX)).await?;
    let told = told.iter().filter(|it| it.entry.kind == EntryKind::AlertEmptied).count();
    demand(told == 1, "which is on record, once (V-41)")
}

/// V-24: how it ended is kept of one that was unfounded too.
pub(super) async fn an_unfounded_alert_whose_signals_were_withdrawn_holds_nothing<S: Store>(
    bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    let alert = bench.leads(&["school-west"]).await?;
    bench.dismisses(alert).await?;
    bench.withdraws("school-west", 2).await?;
    bench.withdraws("politie-west", 1).await?;
    let left = bench.swept().await?;
    let is_unfounded =
        matches!(left.progress(), Progress::Closed(it) if it.outcome == case::Outcome::Unfounded);
    demand(holds_nothing(&left) && is_unfounded, "how it ended, and nothing of a child")
}

/// In an overlap a revision may come under the new epoch alone: the old one lets go of the signal, and the new one does not.
pub(super) async fn what_was_asked_stays_while_another_epoch_lists_its_signal<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    bench.leads(&["school-west", "politie-west"]).await?;
    in_overlap(&mut bench)?;
    let both = || vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both())]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both())]).await?;
    bench.tick().await?;
    bench
        .send("school-west", vec![Draft { revision: 3, ..Draft::soft(2) }.put(vec![place(2, 1, 7)])])
        .await?;
    bench.tick().await?;
    let led = bench.only().await?;
    demand((led.signals().len(), led.contacts().len()) == (2, 2), "both are listed, and asked")?;
    bench.withdraws("school-west", 2).await?;
    let led = bench.only().await?;
    demand((led.signals().len(), led.contacts().len()) == (1, 1), "until one is withdrawn")
}

/// V-24: its own copies went by their term; a signal that lives on leads to it, and to what was decided.
pub(super) async fn a_closed_alert_is_found_as_long_as_a_signal_leads_to_it<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    let alert = bench.leads(&["school-west"]).await?;
    bench.closes(alert).await?;
    bench.today = bench.today.plus_days(93);
    let left = bench.swept().await?;
    demand(left.signals().is_empty() && left.acts().len() == 3, "what was decided stays")?;
    bench.withdraws("school-west", 2).await?;
    demand(bench.swept().await?.acts().len() == 3, "also when it loses one")?;
    let found = bench.done(RightsKind::Access, child(7)).await?;
    demand(found.alerts.iter().map(|it| it.state).eq([AlertState::Closed]), "and is told")?;
    bench.withdraws("politie-west", 1).await?;
    let left = bench.swept().await?;
    demand(holds_nothing(&left) && is_closed(&left), "without any it keeps how it ended")?;
    demand(bench.done(RightsKind::Access, child(7)).await? == Found::default(), "which nobody is told")
}

/// P-43: nothing says of what is carried over only after the overlap that it is of the same child.
pub(super) async fn what_is_carried_over_late_brings_no_closed_alert_along<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    let alert = bench.leads(&["school-west"]).await?;
    bench.closes(alert).await?;
    after_overlap(&mut bench)?;
    let new = || vec![place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(new())]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(new())]).await?;
    bench.tick().await?;
    let open = bench.only().await?;
    demand(open.id() != alert && open.state() == AlertState::New, "it begins anew")?;
    demand(bench.store.sweep(bench.today).await?.is_some(), "a day that a tick judged is swept")?;
    let all = bench.all().await?;
    let closed = all.iter().find(|it| it.id() == alert);
    demand(closed.is_some_and(|it| holds_nothing(it) && is_closed(it)), "and how the first ended is left")
}

/// V-31: a reference that is corrected to another child in an overlap brings that child no alert of the first.
pub(super) async fn a_correction_brings_another_child_no_alert<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.withdraws("school-west", 2).await?;
    in_overlap(&mut bench)?;
    let eight = vec![place(1, 1, 8), place(2, 1, 8)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(eight.clone())]).await?;
    bench.tick().await?;
    let found = bench.done(RightsKind::Access, eight).await?;
    demand(
        (found.signals.len(), found.alerts.len()) == (1, 0),
        "what is kept of it, and nothing of another",
    )?;
    demand(holds_nothing(&bench.swept().await?), "and nothing leads to that one")
}

/// V-32: what rests is on no list, and is found all the same.
pub(super) async fn an_alert_of_a_child_that_rests_is_found<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let alert = bench.leads(&["school-west"]).await?;
    bench.done(RightsKind::Restrict, child(7)).await?;
    demand(bench.swept().await?.signals().is_empty(), "it rests")?;
    bench.dismisses(alert).await?;
    demand(bench.swept().await?.acts().len() == 3, "what was done is there")?;
    demand(bench.done(RightsKind::Access, child(7)).await?.alerts.len() == 1, "and told")
}

/// V-21: a contact request names a signal no longer than the signal lasts.
pub(super) async fn what_was_asked_goes_with_what_is_swept<S: Store>(mut bench: Bench<S>) -> Outcome {
    let december = Draft { expiry: month("2026-12"), ..Draft::soft(2) };
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("school-west", vec![december.put(child(7))]).await?;
    bench.tick().await?;
    bench.leads(&["school-west", "politie-west"]).await?;
    bench.today = day("2027-01-01");
    let led = bench.swept().await?;
    let asked: Vec<_> = led.contacts().iter().map(|it| it.of.clone()).collect();
    demand(asked == [connection("politie-west")] && led.acts().len() == 2, "and nothing else does")
}
