//! A child that has more than one number: what a request under one of them does to the others.

use samenloop_core::value::Severity;

use super::*;

/// What two agencies sent under both numbers is erased under both, though one was asked: nothing of it stays on an alert.
pub(super) async fn an_erasure_empties_alerts_of_every_kind<S: Store>(mut bench: Bench<S>) -> Outcome {
    let both = || [child(7), vec![place(1, 3, 7)]].concat();
    bench.send("politie-west", vec![Draft::hard(1).put(both())]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(both())]).await?;
    bench.tick().await?;
    let open = bench.open().await?;
    demand(open.len() == 2, "one alert for each kind of number")?;
    for alert in open {
        bench.does(alert.id(), "zorgcoordinator-west", bench.claim()).await?;
    }
    bench.done(RightsKind::Erase, child(7)).await?;
    demand(bench.open().await?.is_empty(), "both end")?;
    let all = bench.all().await?;
    let is_empty = all.iter().all(|it| it.signals().is_empty() && it.acts().is_empty());
    demand(is_empty && all.iter().all(|it| it.numbers().domains.is_empty()), "and hold nothing any more")
}

/// A place of an epoch that ended may still hold what was sent anew since.
pub(super) async fn an_answer_tells_what_was_sent_last<S: Store>(mut bench: Bench<S>) -> Outcome {
    in_overlap(&mut bench)?;
    let both = || vec![place(2, fixture::KIND, 7), place(1, fixture::KIND, 7)];
    bench.send("school-west", vec![Draft::soft(1).put(both())]).await?;
    bench.tick().await?;
    let request = bench.ask(RightsKind::Access, both()).await?;
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
    after_overlap(&mut bench)?;
    let again = Draft { revision: 2, ..Draft::hard(1) }.put(vec![place(2, fixture::KIND, 7)]);
    bench.send("school-west", vec![again]).await?;
    bench.tick().await?;
    bench.today = day("2026-11-25");
    let answered = bench.answer().await?;
    let found = answered.iter().filter_map(|it| it.answer.as_ref()).flat_map(|it| &it.1.signals);
    let severities: Vec<_> = found.map(|it| it.severity).collect();
    demand(severities == [Severity::Hard], "one signal, as it is now")
}

/// A restriction is carried over for each number of the child, not for one of them (V-32).
pub(super) async fn a_rest_is_carried_over_for_each_number<S: Store>(mut bench: Bench<S>) -> Outcome {
    in_overlap(&mut bench)?;
    bench.tick().await?;
    let old = || vec![place(1, fixture::KIND, 7), place(1, 3, 7)];
    bench.done(RightsKind::Restrict, [old(), vec![place(2, fixture::KIND, 7)]].concat()).await?;
    let behind = bench.store.restrictions_behind(bench.today)?;
    demand(behind.into_iter().eq([(Epoch::new(1), 1)]), "one number would rest no longer")?;
    let new = vec![place(2, fixture::KIND, 7), place(2, 3, 7)];
    bench.done(RightsKind::Restrict, [old(), new].concat()).await?;
    demand(bench.store.restrictions_behind(bench.today)?.is_empty(), "now both do")
}

/// One agency may file one reference under numbers of two children: who has the one lifted lifts nothing of the other.
pub(super) async fn a_lift_is_of_the_child_that_is_named<S: Store>(mut bench: Bench<S>) -> Outcome {
    let other = || vec![place(1, 3, 8)];
    bench.send("politie-west", vec![Draft::hard(1).put([child(7), other()].concat())]).await?;
    bench.send("gemeente-west", vec![Draft::hard(3).put(other())]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(other())]).await?;
    bench.tick().await?;
    bench.done(RightsKind::Restrict, other()).await?;
    let named = || vec![place(1, fixture::KIND, 7), place(1, 3, 7)];
    bench.done(RightsKind::Restrict, named()).await?;
    bench.done(RightsKind::Lift, named()).await?;
    // What comes in makes the hub judge it anew.
    bench.send("gemeente-west", vec![Draft::hard(4).put(other())]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "the other child still rests")?;
    bench.done(RightsKind::Lift, other()).await?;
    demand(bench.open().await?.len() == 1, "until it is lifted itself")
}
