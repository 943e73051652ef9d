//! What is to leave the hub: written with what it tells, once for each who is to look, and there until it left.

use samenloop_core::alert::{Answer, Deed, Notice};
use samenloop_core::case::ContactReason;

use super::*;
use crate::{Fate, Letter};

const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";

/// Runs every requirement of the outbox on fresh stores of the engine.
pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    a_new_alert_is_told_to_each_owner_by_both_ways(Bench::new(engine.empty()?)).await?;
    a_letter_stays_until_it_is_said_to_be_gone(Bench::new(engine.empty()?)).await?;
    a_letter_that_waits_keeps_its_day(Bench::new(engine.empty()?)).await?;
    what_no_longer_waits_is_nobodys_letter(Bench::new(engine.empty()?)).await?;
    what_lapses_before_its_letter_left_disturbs_nobody(Bench::new(engine.empty()?)).await?;
    what_happens_while_a_letter_is_under_way_is_told_again(Bench::new(engine.empty()?)).await?;
    whom_a_widened_circle_reaches_gets_a_letter(Bench::new(engine.empty()?)).await?;
    what_ends_is_nobodys_letter(Bench::new(engine.empty()?)).await?;
    let first = engine.empty()?;
    who_does_not_act_is_reminded_once_a_step(engine, first).await?;
    let first = engine.empty()?;
    letters_are_there_after_a_restart(engine, first).await
}

/// To whom a letter goes, and whether by mail.
type Told = Vec<(String, bool)>;

impl<S: Store> Bench<S> {
    pub(super) async fn letters(&self) -> Result<Vec<Letter>, Fault> {
        self.store.outbox(&self.manifest, self.today).await
    }

    /// To whom letters wait, each with whether it is a mail, in order.
    pub(super) async fn told(&self) -> Result<Told, Fault> {
        let way = |it: &Letter| (it.notice.to().to_string(), matches!(it.notice, Notice::Mail { .. }));
        let mut told: Told = self.letters().await?.iter().map(way).collect();
        told.sort();
        Ok(told)
    }

    /// Says that every letter was delivered.
    pub(super) async fn deliver(&self) -> Outcome {
        let fates = self.letters().await?.iter().map(|it| (it.id, Fate::Gone)).collect();
        self.store.dispatched(fates);
        Ok(())
    }
}

/// A mail and an event to each, in order.
pub(super) fn both(to: &[&str]) -> Told {
    let mut both: Told =
        to.iter().flat_map(|it| [false, true].map(|mail| ((*it).to_owned(), mail))).collect();
    both.sort();
    both
}

async fn a_new_alert_is_told_to_each_owner_by_both_ways<S: Store>(bench: Bench<S>) -> Outcome {
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    demand(bench.letters().await?.is_empty(), "one signal is nobody's letter")?;
    bench.convergence().await?;
    demand(bench.told().await? == both(&[WEST]), "a mail and an event to the coordinator of the region")?;
    demand(bench.letters().await?.iter().all(|it| it.posted == bench.today), "of the day")?;
    bench.tick().await?;
    demand(bench.told().await? == both(&[WEST]), "a tick without news writes nothing")?;
    bench.send("school-west", vec![Draft::soft(4).put(child(8))]).await?;
    bench.send("politie-west", vec![Draft::hard(3).put(child(8))]).await?;
    bench.tick().await?;
    demand(bench.told().await? == both(&[WEST, WEST]), "and so are those of another alert")
}

async fn a_letter_that_waits_keeps_its_day<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let (first, opened) = (bench.letters().await?, bench.today);
    bench.today = opened.plus_days(3);
    bench.send("zorg-noord", vec![Draft::soft(3).put(child(7))]).await?;
    bench.tick().await?;
    let again = bench.letters().await?;
    demand(again.len() == 2 && again.iter().all(|it| it.posted == opened), "its term goes on")?;
    demand(again.iter().all(|it| first.iter().all(|old| old.id != it.id)), "under another number")?;
    bench.store.dispatched(again.iter().map(|it| (it.id, Fate::Dead(bench.today))).collect());
    bench.send("gemeente-west", vec![Draft::soft(4).put(child(7))]).await?;
    bench.tick().await?;
    let anew = bench.letters().await?;
    let is_new = |it: &Letter| it.dead.is_none() && it.posted == bench.today;
    demand(anew.len() == 2 && anew.iter().all(is_new), "what happens after it died is tried anew")
}

async fn what_no_longer_waits_is_nobodys_letter<S: Store>(bench: Bench<S>) -> Outcome {
    let noord = Draft { region: region("noord"), ..Draft::soft(2) };
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("coa-noord", vec![noord.put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.told().await? == both(&[NOORD, WEST]), "both regions are told")?;
    let alert = bench.only().await?.id();
    bench.does(alert, WEST, bench.claim()).await?;
    demand(bench.letters().await?.is_empty(), "who claims it knows, and the other need not come any more")?;
    let of = [fixture::connection("coa-noord")].into();
    bench.does(alert, WEST, Deed::AskContact { of, reason: ContactReason::Explain }).await?;
    demand(bench.told().await? == [("coa-noord".to_owned(), true)], "who is asked is told")?;
    let answer = crate::Deed::Answer(Answer::WillCall);
    bench.take(alert, "coa-noord", answer).await?.map_err(|_| wrong("an answer is taken"))?;
    demand(bench.told().await? == both(&[WEST]), "until it answers, and then its lead is")
}

async fn what_lapses_before_its_letter_left_disturbs_nobody<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    demand(bench.letters().await?.is_empty(), "nothing waits any more")
}

async fn who_does_not_act_is_reminded_once_a_step<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let mut bench = Bench::new(store);
    bench.convergence().await?;
    bench.deliver().await?;
    let (opened, cursor) = (bench.today, bench.store.last_tick());
    for (days, told) in [(3, vec![]), (4, both(&[WEST])), (5, vec![])] {
        bench.today = opened.plus_days(days);
        bench.tick().await?;
        demand(bench.told().await? == told, "halfway the term the region is reminded, once")?;
        bench.deliver().await?;
    }
    demand(bench.store.news(&Reader::Hub, cursor).await?.is_empty(), "by letter alone")?;
    bench.does(bench.only().await?.id(), WEST, bench.claim()).await?;
    let (manifest, due) = (Arc::clone(&bench.manifest), bench.today.plus_days(3));
    bench.today = due;
    bench.tick().await?;
    demand(bench.letters().await?.is_empty(), "on the day of the check nobody is")?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    let mut bench = Bench { store, manifest, today: due.plus_days(1) };
    bench.tick().await?;
    demand(bench.told().await? == both(&[WEST]), "the day after it the lead is")?;
    bench.deliver().await?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    bench = Bench { store, manifest: bench.manifest, today: due.plus_days(2) };
    bench.tick().await?;
    demand(bench.letters().await?.is_empty(), "and not again, over restarts")
}

async fn a_letter_stays_until_it_is_said_to_be_gone<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let letters = bench.letters().await?;
    let fates = letters.iter().zip([Fate::Gone, Fate::Dead(bench.today)]);
    let fates = fates.map(|(it, fate)| (it.id, fate)).collect();
    bench.store.dispatched(fates);
    let left = bench.letters().await?;
    let kept = letters.get(1).map(|it| Letter { dead: Some(bench.today), ..it.clone() });
    demand(left == Vec::from_iter(kept), "the one goes, and the dead one stays as it was")?;
    let unknown = vec![(crate::LetterId::new([9; 16]), Fate::Gone)];
    bench.store.dispatched(unknown);
    demand(bench.letters().await? == left, "what is not there is passed over")
}

async fn what_happens_while_a_letter_is_under_way_is_told_again<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let under_way = bench.letters().await?;
    bench.send("zorg-noord", vec![Draft::soft(3).put(child(7))]).await?;
    bench.tick().await?;
    let fates = under_way.iter().map(|it| (it.id, Fate::Gone)).collect();
    bench.store.dispatched(fates);
    demand(bench.told().await? == both(&[WEST]), "a domain that joined meanwhile is still to be told")
}

async fn whom_a_widened_circle_reaches_gets_a_letter<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.deliver().await?;
    let opened = bench.today;
    bench.today = opened.plus_days(7);
    bench.tick().await?;
    bench.deliver().await?;
    bench.tick().await?;
    demand(bench.letters().await?.is_empty(), "within the term nobody else is told")?;
    bench.today = opened.plus_days(8);
    bench.tick().await?;
    demand(bench.told().await? == both(&[NOORD, WEST]), "after it the region is, and the fallback is told")
}

async fn what_ends_is_nobodys_letter<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.deliver().await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    demand(bench.tick().await? == 1 && bench.open().await?.is_empty(), "the alert lapses, and is told")?;
    demand(bench.letters().await?.is_empty(), "but calls nobody to the desk")
}

async fn letters_are_there_after_a_restart<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let bench = Bench::new(store);
    bench.convergence().await?;
    let first = bench.letters().await?.first().map(|it| it.id);
    let dead = first.map(|it| (it, Fate::Dead(bench.today)));
    bench.store.dispatched(Vec::from_iter(dead));
    let before = bench.letters().await?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    let bench = Bench::new(store);
    demand(bench.letters().await? == before && before.len() == 2, "every letter is there, dead or not")
}
