//! What any engine must keep of the audit logs (protocol.md section 8).

use std::collections::BTreeMap;

use samenloop_audit::{self as audit, EntryKind, Log, verify_consistency, verify_inclusion};
use samenloop_core::alert::{Act, Alert, Deed, Reader};
use samenloop_core::batch::Line;
use samenloop_core::case::{CaseReference, ClaimReason};
use samenloop_core::fixture::{self, Draft, day, reference};
use samenloop_core::manifest::HUB;

use super::{Bench, DIGEST, Engine, Outcome, child, demand, wrong};
use crate::{Fault, Logged, Noted, Step, Store};

pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    a_batch_joins_the_tree_at_the_tick(Bench::new(engine.empty()?)).await?;
    every_act_is_an_entry(Bench::new(engine.empty()?)).await?;
    the_intake_log_is_the_same_whatever_converges(&Bench::new(engine.empty()?), &Bench::new(engine.empty()?))
        .await?;
    an_erased_record_leaves_a_leaf_that_tells_nothing(Bench::new(engine.empty()?)).await?;
    a_sweep_is_an_entry(Bench::new(engine.empty()?)).await?;
    let first = engine.empty()?;
    the_logs_go_on_after_a_restart(engine, first).await
}

impl<S: Store> Bench<S> {
    async fn logged(&self, log: Log) -> Result<Vec<Logged>, Fault> {
        self.store.audit(move |it| it.since(log, 0, usize::MAX)).await
    }

    async fn kinds(&self, log: Log) -> Result<Vec<EntryKind>, Fault> {
        Ok(self.logged(log).await?.iter().map(|it| it.entry.kind).collect())
    }

    /// Entries, openings, tree and sequences agree with one another.
    async fn is_whole(&self) -> Outcome {
        for log in Log::ALL {
            let logged = self.logged(log).await?;
            let mut next: BTreeMap<u64, u64> = BTreeMap::new();
            for it in &logged {
                let (entry, expected) = (it.entry, next.entry(it.entry.actor).or_insert(1));
                demand(entry.kind.log() == log, "an entry stands in its own log")?;
                demand(entry.first_sequence == *expected, "the sequence of an actor is gapless")?;
                *expected += u64::from(entry.count);
                let opens = |opening: &crate::Opening| {
                    audit::commit(&opening.salt, entry.kind, &opening.record) == entry.commit
                };
                demand(it.opening.as_ref().is_none_or(opens), "an entry commits to its record")?;
            }
            let entries: Vec<_> = logged.iter().map(|it| it.entry).collect();
            let proved = self.store.audit(move |tree| {
                let size = tree.size(log)?;
                let root = tree.root(log, size)?;
                // Of a large tree some: each costs as many tiles as the tree is high, opened anew.
                for (leaf, entry) in (0..).zip(&entries).step_by(1 + entries.len() / 40) {
                    let path = tree.inclusion(log, leaf, size)?;
                    if !verify_inclusion(&entry.leaf(), leaf, size, &path, &root) {
                        return Ok(false);
                    }
                    let (older, path) = (tree.root(log, leaf)?, tree.consistency(log, leaf, size)?);
                    if !verify_consistency((leaf, &older), (size, &root), &path) {
                        return Ok(false);
                    }
                }
                Ok(size == entries.len() as u64)
            });
            demand(proved.await?, "every entry is in the tree, and every earlier tree is its beginning")?;
        }
        Ok(())
    }
}

async fn a_batch_joins_the_tree_at_the_tick<S: Store>(bench: Bench<S>) -> Outcome {
    let put = |number| Draft::soft(number).put(child(number));
    bench.send("school-west", vec![put(1), put(2), put(3)]).await?;
    bench.send("school-west", vec![put(1), Line::Withdraw(reference(2))]).await?;
    bench.send("school-west", vec![Line::Withdraw(reference(3))]).await?;
    demand(bench.logged(Log::Intake).await?.is_empty(), "nothing joins the tree before the tick")?;
    bench.tick().await?;
    use EntryKind::{Batch, Epoch, Manifest, Root, Tick, Withdrawal};
    let kinds = [Batch, Batch, Withdrawal, Tick, Root, Manifest, Epoch];
    demand(bench.kinds(Log::Intake).await? == kinds, "one entry a batch, and then what filed them")?;
    let own = bench.store.audit(|it| it.of(Log::Intake, "school-west", 1, usize::MAX)).await?;
    let lines: Vec<_> = own.iter().map(|it| (it.leaf, it.entry.first_sequence, it.entry.count)).collect();
    demand(lines == [(0, 1, 3), (1, 4, 2), (2, 6, 1)], "duplicates are numbered and counted too")?;
    // P-73: it is the batch that the receipt names, and every line of it.
    let is_bound = |it: &Logged| {
        let whole = usize::try_from(it.entry.count).unwrap_or(usize::MAX).saturating_add(1) * 32;
        it.opening.as_ref().is_some_and(|opening| {
            let batch = audit::salted_batch(&opening.salt, &DIGEST);
            opening.record.starts_with(&batch) && opening.record.len() == whole
        })
    };
    demand(own.iter().all(is_bound), "a batch is logged as its receipt names it")?;
    let filed = bench.store.audit(|it| it.at(Log::Intake, 3)).await?.entry.count;
    demand(filed == 3, "a tick names the entries that it filed")?;
    let other = bench.store.audit(|it| it.of(Log::Intake, "school-west", 2, 1)).await?;
    demand(other.is_empty(), "no batch begins in the middle of another")?;
    bench.tick().await?;
    demand(bench.kinds(Log::Intake).await?.len() == kinds.len(), "an idle tick writes nothing")?;
    bench.is_whole().await
}

async fn every_act_is_an_entry<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let opened = bench.open().await?;
    let id = opened.first().map(Alert::id).ok_or(Fault::Closed)?;
    let by = fixture::connection("zorgcoordinator-west");
    let case = CaseReference::parse("ZHZ-26-117").map_err(|fault| wrong(&fault.to_string()))?;
    let claim = Deed::Claim { reason: ClaimReason::OwnRegion, next_check: bench.today.plus_days(3) };
    let deed = crate::Deed::Act(Act { case, deed: claim });
    let manifest = std::sync::Arc::clone(&bench.manifest);
    let step = Step { by: by.clone(), manifest, today: bench.today, deed };
    demand(bench.store.act(id, step.clone()).await?.is_ok(), "a coordinator claims")?;
    demand(bench.store.act(id, step).await?.is_ok(), "says so again, and is shown the alert")?;
    let read = Noted { kind: EntryKind::Read, hours: 5, actor: by.to_string(), count: 1, record: vec![7] };
    bench.store.note(vec![read], bench.today).await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    let kinds = bench.kinds(Log::Case).await?;
    use EntryKind::{Act as Acted, AlertChanged, AlertOpened, Read};
    demand(
        kinds == [AlertOpened, Acted, Read, Read, AlertChanged],
        "opened, claimed, read twice and changed",
    )?;
    let logged = bench.logged(Log::Case).await?;
    let actors: Vec<_> = logged.iter().map(|it| it.entry.actor).collect();
    let same = |a: usize, b: usize| actors.get(a) == actors.get(b);
    demand(same(0, 4) && same(1, 2) && same(1, 3) && !same(0, 1), "each actor has one alias")?;
    let of_hub = bench.store.audit(|it| it.of(Log::Intake, HUB, 1, 1)).await?;
    let elsewhere = of_hub.first().map(|it| it.entry.actor);
    demand(elsewhere.is_some() && elsewhere.as_ref() != actors.first(), "and another in each log")?;
    let nobody = bench.alerts_of_nobody().await?;
    demand(nobody == 0 && bench.kinds(Log::Case).await?.len() == 5, "a read by itself writes nothing")?;
    bench.is_whole().await
}

impl<S: Store> Bench<S> {
    async fn alerts_of_nobody(&self) -> Result<usize, Fault> {
        let reader = Reader::Coordinator {
            connection: fixture::connection("zorgcoordinator-noord"),
            manifest: std::sync::Arc::clone(&self.manifest),
            today: self.today,
        };
        self.store.alerts(&reader, crate::Scope::All).await.map(|it| it.len())
    }
}

/// What a sender can be shown has the same shape, whoever else knows the child (P-71).
async fn the_intake_log_is_the_same_whatever_converges<S: Store>(
    converging: &Bench<S>,
    apart: &Bench<S>,
) -> Outcome {
    for (bench, of_police) in [(converging, 7), (apart, 8)] {
        bench.send("politie-west", vec![Draft::hard(1).put(child(of_police))]).await?;
        bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
        bench.tick().await?;
    }
    demand(converging.open().await?.len() == 1 && apart.open().await?.is_empty(), "one converges")?;
    let shape = async |bench: &Bench<S>| -> Result<Vec<_>, Fault> {
        let entry = |it: &Logged| (it.entry.kind, it.entry.hours, it.entry.first_sequence, it.entry.count);
        Ok(bench.logged(Log::Intake).await?.iter().map(entry).collect())
    };
    demand(shape(converging).await? == shape(apart).await?, "the intake log does not tell which")?;
    demand(
        converging.logged(Log::Case).await?.len() > apart.logged(Log::Case).await?.len(),
        "the case log would, and is another tree",
    )
}

async fn an_erased_record_leaves_a_leaf_that_tells_nothing<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let before = bench.logged(Log::Intake).await?;
    demand(before.iter().all(|it| it.opening.is_some()), "every entry has its record")?;
    demand(bench.store.forget_record(Log::Intake, 1, bench.today).await?, "a record is erased")?;
    demand(!bench.store.forget_record(Log::Intake, 1, bench.today).await?, "once")?;
    let after = bench.logged(Log::Intake).await?;
    let kept = after.iter().zip(&before).all(|(after, before)| after.entry == before.entry);
    demand(kept && after.len() == before.len(), "every leaf stays as it was")?;
    let erased: Vec<_> = after.iter().filter(|it| it.opening.is_none()).map(|it| it.leaf).collect();
    demand(erased == [1], "nothing of that record is left, and all of the others")?;
    bench.is_whole().await
}

async fn a_sweep_is_an_entry<S: Store>(mut bench: Bench<S>) -> Outcome {
    let ending = Draft { expiry: fixture::month("2026-11"), ..Draft::soft(1) };
    bench.send("school-west", vec![ending.put(child(7))]).await?;
    bench.tick().await?;
    bench.today = day("2026-12-01");
    bench.tick().await?;
    bench.store.sweep(bench.today).await?;
    bench.store.sweep(bench.today).await?;
    demand(bench.kinds(Log::Case).await? == [EntryKind::Swept], "what was swept is told, once")?;
    bench.is_whole().await
}

async fn the_logs_go_on_after_a_restart<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let mut bench = Bench::new(store);
    bench.convergence().await?;
    let before = (bench.logged(Log::Intake).await?, bench.logged(Log::Case).await?);
    let put = |number| Draft::soft(number).put(child(number));
    bench.send("school-west", vec![put(3), put(4)]).await?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    bench = Bench::new(store);
    let again = (bench.logged(Log::Intake).await?, bench.logged(Log::Case).await?);
    demand(again == before, "the logs are there after a restart")?;
    // More than one tile, in more than one tick.
    for round in 0..2 {
        for number in 0..150 {
            bench.send("politie-west", vec![put(1000 + round * 150 + number)]).await?;
        }
        bench.tick().await?;
    }
    let own = bench.store.audit(|it| it.of(Log::Intake, "school-west", 2, 9)).await?;
    demand(own.len() == 1, "what waited joins the tree at the next tick")?;
    demand(bench.logged(Log::Intake).await?.len() > 300, "and so does all that comes after")?;
    bench.is_whole().await
}
