//! What an ended epoch still holds, until its keys are destroyed: a right reaches it as it reaches the rest.

use samenloop_audit::EntryKind;

use super::*;

fn both() -> Vec<Place> {
    vec![place(1, fixture::KIND, 7), place(2, fixture::KIND, 7)]
}

impl<S: Store> Bench<S> {
    /// A child of whom nothing is carried over, of whom something is asked while that could still be done.
    async fn left_behind(&mut self, kind: RightsKind) -> Outcome {
        in_overlap(self)?;
        self.convergence().await?;
        let request = self.ask(kind, both()).await?;
        demand(self.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
        after_overlap(self)?;
        self.tick().await?;
        self.today = day("2026-11-25");
        Ok(())
    }
}

/// V-31: what its agency did not carry over is kept until its epoch is destroyed, and told.
pub(super) async fn what_only_an_ended_epoch_files_is_told<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.left_behind(RightsKind::Access).await?;
    let answered = bench.answer().await?;
    let found = answered.iter().filter_map(|it| it.answer.as_ref()).map(|(_, found)| found);
    let told: Vec<_> = found.map(|it| (it.signals.len(), it.alerts.len())).collect();
    demand(told == [(2, 1)], "both signals, and the alert that ended with their epoch")
}

/// V-32: it is erased as well, and its sender is told.
pub(super) async fn what_only_an_ended_epoch_files_is_erased<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.left_behind(RightsKind::Erase).await?;
    bench.answer().await?;
    for (sender, number) in [("politie-west", 1), ("school-west", 2)] {
        let told = bench.store.erased(&connection(sender))?;
        let told: Vec<_> = told.into_iter().map(|it| it.reference).collect();
        demand(told == [reference(number)], "each sender is told of its own")?;
    }
    let again = Draft { revision: 9, ..Draft::hard(1) }.put(vec![place(2, fixture::KIND, 7)]);
    bench.send("politie-west", vec![again]).await?;
    bench.send("gemeente-west", vec![Draft::soft(3).put(vec![place(2, fixture::KIND, 7)])]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "and it does not come back under another epoch")
}

/// V-32: what was carried over counts again, though its place of before rests under an epoch that no request names any more.
pub(super) async fn a_rest_is_lifted_under_every_epoch<S: Store>(mut bench: Bench<S>) -> Outcome {
    in_overlap(&mut bench)?;
    bench.send("politie-west", vec![Draft::hard(1).put(both())]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(both())]).await?;
    bench.tick().await?;
    bench.done(RightsKind::Restrict, both()).await?;
    demand(bench.open().await?.is_empty(), "it rests under both")?;
    after_overlap(&mut bench)?;
    bench.tick().await?;
    bench.done(RightsKind::Lift, vec![place(2, fixture::KIND, 8)]).await?;
    demand(bench.open().await?.is_empty(), "another child lifts nothing of it")?;
    bench.done(RightsKind::Lift, vec![place(2, fixture::KIND, 7)]).await?;
    demand(bench.open().await?.len() == 1, "then it counts again, at once")?;
    demand(bench.entries_of(EntryKind::RightsLifted).await? == 2, "the log calls it what it is")?;
    demand(bench.entries_of(EntryKind::RightsRestricted).await? == 1, "and no restriction")
}
