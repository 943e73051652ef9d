//! What any engine must say before it does anything (V-44): announced first, and done only if that was written.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use samenloop_core::batch::Line;
use samenloop_core::fixture::{self, Draft, reference};
use samenloop_core::manifest::ManifestEntries;
use samenloop_core::processing::{Activity, Processing, ProcessingLog, SubjectId, Unwritten};
use samenloop_core::value::Epoch;

use super::{Bench, Engine, Outcome, child, demand, whole};
use crate::processing::ENDS;
use crate::{Fault, Store};

pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    a_tick_is_announced_child_by_child(Bench::new(engine.empty()?)).await?;
    an_alert_has_a_name_of_its_own_to_its_end(Bench::new(engine.empty()?)).await?;
    what_cannot_be_announced_waits(Bench::new(engine.empty()?)).await?;
    a_sweep_is_announced(Bench::new(engine.empty()?)).await?;
    the_end_of_an_epoch_is_announced(Bench::new(engine.empty()?)).await
}

/// A log in memory that may be full.
#[derive(Default)]
struct Lines {
    written: Mutex<Vec<Processing>>,
    is_full: AtomicBool,
}

impl Lines {
    fn take(&self) -> Vec<Processing> {
        std::mem::take(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }
}

impl ProcessingLog for Lines {
    fn announce(&self, processings: &[Processing]) -> Result<(), Unwritten> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(Unwritten);
        }
        self.written.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(processings);
        Ok(())
    }
}

impl<S: Store> Bench<S> {
    fn announcing(&self) -> Arc<Lines> {
        let lines = Arc::new(Lines::default());
        self.store.announce_to(Arc::clone(&lines) as Arc<dyn ProcessingLog>);
        lines
    }
}

fn named(lines: &[Processing], activity: Activity) -> BTreeSet<SubjectId> {
    lines.iter().filter(|it| it.activity == activity).filter_map(|it| it.subject).collect()
}

fn of_signal(number: u64) -> SubjectId {
    SubjectId::new(*reference(number).bytes())
}

async fn a_tick_is_announced_child_by_child<S: Store>(bench: Bench<S>) -> Outcome {
    let lines = bench.announcing();
    bench.convergence().await?;
    let written = lines.take();
    let judged = named(&written, Activity::Judge);
    demand(judged == [of_signal(1), of_signal(2)].into(), "each signal is judged under its own name")?;
    let opened = named(&written, Activity::Follow);
    demand(opened.len() == 1 && opened.is_disjoint(&judged), "an alert has another name than its signals")?;
    bench.tick().await?;
    demand(lines.take().is_empty(), "an idle tick says nothing")?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    let written = lines.take();
    let withdrawn = written.iter().find(|it| it.activity == Activity::Withdraw);
    demand(withdrawn.is_some_and(|it| it.subject.is_none()), "a withdrawal opens no row, and names nobody")?;
    demand(named(&written, Activity::Follow) == opened, "the alert that follows keeps its name")
}

async fn an_alert_has_a_name_of_its_own_to_its_end<S: Store>(mut bench: Bench<S>) -> Outcome {
    let lines = bench.announcing();
    bench.convergence().await?;
    let name = bench.open().await?.first().and_then(samenloop_core::alert::Alert::subject);
    let opened = named(&lines.take(), Activity::Follow);
    demand(name.is_some_and(|it| opened == [it].into()), "the name of an alert is kept in it")?;
    for (sender, number) in [("politie-west", 1), ("school-west", 2)] {
        bench.send(sender, vec![Line::Withdraw(reference(number))]).await?;
    }
    bench.tick().await?;
    lines.take();
    bench.manifest = whole(ManifestEntries { expires: bench.today.plus_days(60), ..fixture::entries() })?;
    bench.today = bench.today.plus_days(31);
    bench.tick().await?;
    demand(named(&lines.take(), Activity::Expire) == opened, "its end is announced under it too")?;
    demand(bench.all().await?.is_empty(), "and then it is gone")
}

async fn what_cannot_be_announced_waits<S: Store>(bench: Bench<S>) -> Outcome {
    let lines = bench.announcing();
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    lines.fill(true);
    for _ in 0..3 {
        let tick = bench.tick().await;
        demand(matches!(tick, Err(Fault::Unannounced(_))), "a tick that cannot be announced is not done")?;
        demand(bench.all().await?.is_empty(), "and nothing of it is there")?;
        demand(bench.store.standings(bench.today)?.is_empty(), "nothing is filed either")?;
    }
    bench.send("school-west", vec![Draft::soft(3).put(child(8))]).await?;
    lines.fill(false);
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "what waited is filed once it can be announced")?;
    let judged = named(&lines.take(), Activity::Judge);
    demand(judged == [1, 2, 3].map(of_signal).into(), "in order, and all of it")
}

async fn a_sweep_is_announced<S: Store>(mut bench: Bench<S>) -> Outcome {
    let lines = bench.announcing();
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.tick().await?;
    bench.today = Draft::soft(2).expiry.last_day().plus_days(1);
    bench.tick().await?;
    lines.take();
    lines.fill(true);
    let swept = bench.store.sweep(bench.today).await;
    demand(matches!(swept, Err(Fault::Unannounced(_))), "a sweep that cannot be announced is not done")?;
    lines.fill(false);
    let swept = bench.store.sweep(bench.today).await?;
    demand(swept.is_some_and(|it| it.references == 1), "and is done once it can")?;
    demand(lines.take() == [ENDS], "one line for each that ends")
}

async fn the_end_of_an_epoch_is_announced<S: Store>(bench: Bench<S>) -> Outcome {
    let (lines, epoch) = (bench.announcing(), Epoch::new(1));
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.tick().await?;
    lines.take();
    lines.fill(true);
    let destroyed = bench.store.destroy_epoch(epoch).await;
    demand(matches!(destroyed, Err(Fault::Unannounced(_))), "an end that cannot be announced does not come")?;
    lines.fill(false);
    demand(bench.store.destroy_epoch(epoch).await?, "and its rows are there until it can")?;
    demand(lines.take() == [ENDS], "one line for all of them")?;
    demand(!bench.store.destroy_epoch(epoch).await? && lines.take().is_empty(), "and none for what is gone")
}
