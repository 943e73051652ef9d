//! A clock that is ahead: what it ends must be there when it is set right.

use samenloop_audit::EntryKind;
use samenloop_core::room::rights::KEPT_DAYS;

use super::*;

/// A clock that shows a day after the manifest's last ends no restriction and no request (V-32).
pub(super) async fn a_clock_that_was_ahead_ends_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.manifest = whole(ManifestEntries { expires: day("2026-12-20"), ..entries()? })?;
    bench.convergence().await?;
    bench.done(RightsKind::Restrict, child(7)).await?;
    let (waiting, answered) = (bench.ask(RightsKind::Erase, child(7)).await?, bench.today);
    let before = bench.store.requests()?;
    for days in [35, 70, 365] {
        bench.today = answered.plus_days(days);
        bench.answer().await?;
    }
    bench.today = answered;
    demand(bench.store.requests()? == before, "every request is there still")?;
    demand(bench.store.restrictions_behind(bench.today)?.is_empty(), "and no child is left behind")?;
    bench.send("zorg-noord", vec![Draft::hard(3).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "what rests still rests")?;
    let decided = bench.decide(OFFICER, &waiting, Verdict::Release, None).await?;
    demand(decided.is_ok(), "what was not decided can still be")?;
    bench.today = bench.today.plus_days(7);
    demand(bench.answer().await?.len() == 1, "and is answered on its day")?;
    let found = bench.done(RightsKind::Access, child(7)).await?;
    demand(found == Found::default(), "with all that was asked")
}

/// Once the days for a decision are over a request has no pseudonyms any more: whoever decides on it then is told that it is late, also
/// on a clock that was set back.
pub(super) async fn what_has_no_pseudonyms_is_not_decided<S: Store>(mut bench: Bench<S>) -> Outcome {
    let request = bench.ask(RightsKind::Erase, child(7)).await?;
    let asked = bench.today;
    bench.today = asked.plus_days(DECIDED_WITHIN_DAYS + 1);
    bench.answer().await?;
    bench.today = asked;
    let decided = bench.decide(OFFICER, &request, Verdict::Release, None).await?;
    demand(decided == Err(RightsRefusal::Late), "nothing is promised that cannot be done")
}

/// What is asked on a clock that is a year ahead waits for nobody's next year once it is set right.
pub(super) async fn what_was_asked_on_a_clock_that_was_ahead_holds_nothing_up<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.manifest = whole(ManifestEntries { expires: day("2026-12-20"), ..entries()? })?;
    let (waiting, asked) = (bench.ask(RightsKind::Access, child(7)).await?, bench.today);
    demand(bench.decide(OFFICER, &waiting, Verdict::Release, None).await?.is_ok(), "it is released")?;
    bench.today = asked.plus_days(365);
    let (strange, other) =
        (bench.ask(RightsKind::Access, child(8)).await?, bench.ask(RightsKind::Access, child(9)).await?);
    demand(bench.decide(OFFICER, &other, Verdict::Release, None).await?.is_ok(), "that is released then")?;
    bench.today = asked;
    demand(bench.answer().await?.is_empty(), "it is no Wednesday")?;
    let days: Vec<_> = bench.store.requests()?.into_iter().map(|it| it.asked).collect();
    demand(days == [asked; 3], "each counts from now on")?;
    demand(bench.decide(OFFICER, &strange, Verdict::Release, None).await?.is_ok(), "and can be decided on")?;
    bench.today = day("2026-11-25");
    demand(bench.answer().await?.len() == 3, "all of them are answered")
}

/// P-22: rights go on after the manifest has lapsed. What two people released is done once there is a day to do it on, and
/// its answer is kept long enough to be fetched.
pub(super) async fn what_was_released_is_done_however_late<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.manifest = whole(ManifestEntries { expires: day("2026-12-20"), ..entries()? })?;
    bench.convergence().await?;
    bench.today = day("2026-12-19");
    let request = bench.ask(RightsKind::Erase, child(7)).await?;
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
    for days in [4, 65] {
        demand(bench.answered_on(request.asked.plus_days(days)).await? == 0, "nothing while it has lapsed")?;
    }
    bench.manifest = whole(entries()?)?;
    demand(bench.answered_on(day("2027-02-24")).await? == 1, "once one is current it is done")?;
    demand(bench.all().await?.iter().all(|it| it.signals().is_empty()), "all of it")?;
    demand(bench.answered_on(day("2027-03-27")).await? == 0, "once")?;
    demand(bench.store.requests()?.len() == 1, "and it can still be fetched")?;
    bench.answered_on(day("2027-03-28")).await?;
    demand(bench.store.requests()?.is_empty(), "for a month")
}

/// A clock that falls back to the days of an older manifest, while a newer one is known, sets nothing right.
pub(super) async fn an_older_manifest_that_acts_again_dates_nothing_anew<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    let newer = Arc::clone(&bench.manifest);
    bench.today = day("2027-01-05");
    bench.ask(RightsKind::Erase, child(7)).await?;
    let before = bench.store.requests()?;
    let older = whole(ManifestEntries { expires: day("2026-12-20"), ..entries()? })?;
    let tick = Tick { manifest: older, today: day("2026-12-15") };
    bench.store.answer_requests(tick, newer.expires()).await?;
    demand(bench.store.requests()? == before, "it counts from the day it was asked")
}

/// Art. 12(4): who asked hears that nobody decided, also when no manifest was current until the request itself was to go.
pub(super) async fn what_lapsed_while_none_was_current_is_told<S: Store>(mut bench: Bench<S>) -> Outcome {
    let request = bench.ask(RightsKind::Erase, child(7)).await?;
    bench.today = request.asked.plus_days(KEPT_DAYS + 1);
    bench.answer().await?;
    demand(bench.entries_of(EntryKind::RightsLapsed).await? == 1, "the log says so")?;
    let point = Notice::Rights { to: connection(POINT) };
    demand(bench.letters().await?.iter().any(|it| it.notice == point), "who asked is mailed")?;
    bench.answer().await?;
    demand(bench.store.requests()?.is_empty(), "and then it goes")
}

impl<S: Store> Bench<S> {
    /// How many requests are answered on a day.
    async fn answered_on(&mut self, today: samenloop_core::value::Day) -> Result<usize, Fault> {
        self.today = today;
        self.answer().await.map(|it| it.len())
    }
}
