//! What any engine must do with what is past its term: let it go, and nothing else.

use samenloop_core::alert::Alert;
use samenloop_core::batch::Line;
use samenloop_core::fixture::{self, Draft, day, month, reference};
use samenloop_core::manifest::ManifestEntries;

use super::{Bench, Engine, Outcome, child, demand, whole};
use crate::{Rebuilt, Standing, Store, Swept};

pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    what_is_past_its_term_is_swept(Bench::new(engine.empty()?)).await?;
    what_nobody_swept_counts_for_nothing_all_the_same(Bench::new(engine.empty()?)).await?;
    what_was_swept_is_shown_on_no_alert(Bench::new(engine.empty()?)).await?;
    what_was_swept_leaves_room_for_a_new_signal(Bench::new(engine.empty()?)).await?;
    a_clock_that_was_ahead_ends_no_alert(Bench::new(engine.empty()?)).await?;
    what_a_clock_ahead_swept_is_counted_no_more(Bench::new(engine.empty()?)).await?;
    let first = engine.empty()?;
    a_sweep_is_kept_over_a_rebuild_and_a_restart(engine, first).await
}

const NOTHING: Swept = Swept { references: 0, rows: 0 };

impl<S: Store> Bench<S> {
    /// Of child 7: police until November of next year, a school until December, and a withdrawal of that school.
    async fn december(&self) -> Outcome {
        let december = |number| Draft { expiry: month("2026-12"), ..Draft::soft(number) };
        self.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
        self.send("school-west", vec![december(2).put(child(7)), december(3).put(child(7))]).await?;
        self.send("school-west", vec![Line::Withdraw(reference(3))]).await?;
        self.tick().await?;
        demand(self.store.sweep(self.today).await? == Some(NOTHING), "nothing that counts is swept")
    }

    async fn new_year(&mut self) -> Outcome {
        self.manifest = whole(ManifestEntries { expires: day("2027-06-20"), ..fixture::entries() })?;
        self.today = day("2027-01-01");
        demand(
            self.store.sweep(self.today).await?.is_none(),
            "nothing is swept on a day that no tick judged",
        )?;
        self.tick().await?;
        demand(self.open().await?.is_empty(), "no alert is open on what ended")
    }

    async fn sweep(&self) -> Result<Swept, crate::Fault> {
        self.store.sweep(self.today).await.map(Option::unwrap_or_default)
    }
}

/// V-21: by the sweeper, after the first tick of a day; before that it counts for nothing.
async fn what_is_past_its_term_is_swept<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.december().await?;
    bench.new_year().await?;
    let before = (bench.all().await?, bench.store.last_tick());
    let swept = Swept { references: 2, rows: 1 };
    demand(bench.sweep().await? == swept, "a signal and a withdrawal go, and what counts stays")?;
    demand(bench.sweep().await? == NOTHING, "a second sweep finds nothing")?;
    demand((bench.all().await?, bench.store.last_tick()) == before, "a sweep ends no alert and is no tick")
}

/// V-21: with the sweeper stopped.
async fn what_nobody_swept_counts_for_nothing_all_the_same<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.december().await?;
    bench.new_year().await?;
    // The child is judged anew, and the row of what ended lies there yet.
    let anew = Draft { revision: 2, ..Draft::hard(1) };
    bench.send("politie-west", vec![anew.put(child(7))]).await?;
    demand(bench.tick().await? == 0, "what ended opens nothing")?;
    demand(bench.open().await?.is_empty(), "and is on no open alert")?;
    demand(bench.sweep().await? == Swept { references: 2, rows: 1 }, "it was there all the while")
}

async fn what_was_swept_is_shown_on_no_alert<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.december().await?;
    // A lapsed alert itself is kept for a month.
    bench.today = day("2026-12-10");
    bench.send("politie-west", vec![Line::Withdraw(reference(1))]).await?;
    demand(bench.tick().await? == 1, "the alert lapses with its hard signal")?;
    bench.new_year().await?;
    let shown = |alerts: &[Alert]| alerts.iter().map(|it| it.signals().len()).collect::<Vec<_>>();
    demand(shown(&bench.all().await?) == [1], "a lapsed alert shows what was last listed")?;
    bench.sweep().await?;
    demand(shown(&bench.all().await?) == [0], "until the term of that has passed")
}

/// P-22: a clock that shows a day after the manifest's last ends no alert and no term; a manifest of that day does (V-21).
async fn a_clock_that_was_ahead_ends_no_alert<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let led = bench.only().await?.id();
    bench.does(led, "zorgcoordinator-west", bench.claim()).await?;
    bench.send("politie-west", vec![Draft::hard(3).put(child(8)), Draft::hard(5).put(child(9))]).await?;
    bench.send("school-west", vec![Draft::soft(4).put(child(8))]).await?;
    bench.tick().await?;
    let stands = |alerts: Vec<Alert>| -> Vec<_> {
        let unmet = |it: &Alert| it.progress().lead().map(|lead| lead.unmet_since);
        alerts.iter().map(|it| (it.id(), it.state(), unmet(it), it.signals().to_vec())).collect()
    };
    let (before, today) = (stands(bench.open().await?), bench.today);
    demand(before.len() == 2, "a claimed alert and one that waits")?;
    bench.today = today.plus_days(400);
    bench.send("politie-west", vec![Line::Withdraw(reference(5))]).await?;
    bench.tick().await?;
    demand(stands(bench.open().await?) == before, "neither ends, and neither loses a signal")?;
    bench.today = today;
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(5) }.put(child(9))]).await?;
    bench.send("school-west", vec![Draft::soft(6).put(child(9))]).await?;
    bench.tick().await?;
    demand(stands(bench.open().await?) == before, "and what was withdrawn then stays withdrawn")?;
    bench.manifest = whole(ManifestEntries { expires: day("2028-01-20"), ..fixture::entries() })?;
    bench.today = day("2027-12-27");
    bench.tick().await?;
    let [(id, _, unmet, signals)] = &stands(bench.open().await?)[..] else {
        return Err(super::wrong("what waits ends on a day of which there is a manifest"));
    };
    demand(*id == led && signals.is_empty(), "and what is led lets go of what is past its term")?;
    demand(*unmet == Some(Some(bench.today)), "and says so")
}

async fn what_a_clock_ahead_swept_is_counted_no_more<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.december().await?;
    let set_back = bench.today;
    bench.new_year().await?;
    bench.sweep().await?;
    bench.today = set_back;
    bench.tick().await?;
    let counted: Vec<_> = bench.store.standings(bench.today)?.into_iter().collect();
    let police = fixture::connection("politie-west");
    demand(
        matches!(&counted[..], [((sender, _), Standing { filed: 1, .. })] if *sender == police),
        "what is left is counted, and nothing else",
    )
}

async fn what_was_swept_leaves_room_for_a_new_signal<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.december().await?;
    bench.new_year().await?;
    bench.sweep().await?;
    // The references are as good as new, also the one that was withdrawn, and serve for whichever child.
    let new = |number| Draft { month: month("2027-01"), expiry: month("2027-06"), ..Draft::soft(number) };
    bench.send("school-west", vec![new(2).put(child(8)), new(3).put(child(7))]).await?;
    demand(bench.tick().await? == 1, "a new signal converges with what stayed")?;
    let open = bench.open().await?;
    let listed: Vec<_> = open.iter().flat_map(|it| it.signals()).map(|it| it.signal().reference()).collect();
    demand(
        listed.len() == 2 && listed.contains(&reference(1)) && listed.contains(&reference(3)),
        "of one child",
    )
}

/// V-21, V-23.
async fn a_sweep_is_kept_over_a_rebuild_and_a_restart<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let mut bench = Bench::new(store);
    bench.december().await?;
    bench.new_year().await?;
    bench.sweep().await?;
    let before = (bench.all().await?, bench.store.last_tick());
    let rebuilt = bench.store.rebuild().await?;
    demand(!matches!(rebuilt, Rebuilt::GivenUp(_)), "what was swept goes from the disk")?;
    demand(bench.store.rebuild().await? == Rebuilt::Needless, "and then there is nothing left to go")?;
    demand(
        (bench.all().await?, bench.store.last_tick()) == before,
        "a rebuild changes nothing that is read",
    )?;
    let (today, manifest) = (bench.today, bench.manifest);
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    let bench = Bench { store, manifest, today };
    demand(bench.sweep().await? == NOTHING, "what was swept stays gone")
}
