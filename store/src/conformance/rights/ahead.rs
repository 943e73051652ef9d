//! A clock that is ahead: what it ends must be there when it is set right.

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
