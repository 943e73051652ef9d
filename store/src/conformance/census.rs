//! What any engine must count as it files (V-45): everything once, of quarters that are over, and for three years.

use std::collections::BTreeMap;

use samenloop_core::alert::Deed;
use samenloop_core::case::{self, ChildView, ClosedList as _, Registration, UnfoundedReason};
use samenloop_core::census::{Census, Count, KEPT_QUARTERS, Table, Where};
use samenloop_core::value::{Code, Day};

use super::*;
use crate::Rebuilt;

pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    a_signal_is_counted_once(Bench::new(engine.empty()?)).await?;
    a_signal_that_is_carried_over_is_not_counted_again(Bench::new(engine.empty()?)).await?;
    what_comes_of_an_alert_is_counted(Bench::new(engine.empty()?)).await?;
    two_alerts_that_become_one_count_no_signal_again(Bench::new(engine.empty()?)).await?;
    an_alert_that_ends_by_itself_is_counted(Bench::new(engine.empty()?)).await?;
    a_quarter_is_told_when_it_is_over_and_never_changes(Bench::new(engine.empty()?)).await?;
    a_quarter_is_kept_for_three_years(Bench::new(engine.empty()?)).await?;
    let first = engine.empty()?;
    counts_are_kept_over_a_rebuild_and_a_restart(engine, first).await
}

impl<S: Store> Bench<S> {
    /// Ticks on a day, under a manifest that lasts as long.
    async fn tick_on(&mut self, today: &str) -> Outcome {
        self.manifest = whole(ManifestEntries { expires: day("2099-12-31"), ..fixture::entries() })?;
        self.today = day(today);
        self.tick().await.map(drop)
    }

    /// What was counted in the quarter of the fixture's day, which is over by then.
    async fn counted(&mut self) -> Result<BTreeMap<Where, Census>, Fault> {
        let quarter = fixture::today().quarter();
        demand(self.store.census(quarter).await?.is_none(), "a quarter that runs is not told")?;
        self.tick_on("2027-01-04").await?;
        self.store.census(quarter).await?.ok_or_else(|| wrong("a quarter that is over is told"))
    }
}

fn in_region(counted: &BTreeMap<Where, Census>, name: &str, count: Count) -> u32 {
    counted.get(&Some(region(name))).map_or(0, |it| it.of(count))
}

fn west(counted: &BTreeMap<Where, Census>, count: Count) -> u32 {
    in_region(counted, "west", count)
}

/// The number of all that was counted of a region, but for who sent.
fn all(counted: &BTreeMap<Where, Census>, name: &str) -> u32 {
    let counts = counted.get(&Some(region(name))).into_iter().flat_map(|it| it.counts());
    counts.filter(|(count, _)| count.table() != Table::Sent).map(|(_, number)| number).sum()
}

/// Not when it is repeated, corrected, extended, withdrawn or sent again after that.
async fn a_signal_is_counted_once<S: Store>(mut bench: Bench<S>) -> Outcome {
    let coded = Draft::soft(2).code("V05");
    bench.send("school-west", vec![coded.put(child(7)), coded.put(child(7))]).await?;
    bench.tick().await?;
    bench.send("school-west", vec![coded.put(child(7)), Draft::hard(3).put(child(8))]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..coded.clone() }.put(child(9))]).await?;
    bench.tick().await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2)), Line::Withdraw(reference(9))]).await?;
    bench.send("school-west", vec![Draft { revision: 3, ..coded }.put(child(7))]).await?;
    bench.tick().await?;
    let noord = Draft { region: region("noord"), ..Draft::soft(4) };
    bench.send("coa-noord", vec![noord.put(vec![place(1, 1, 7), place(1, 3, 7)])]).await?;
    bench.tick().await?;
    bench.tick().await?;
    let counted = bench.counted().await?;
    let code = Code::parse("V05").ok();
    let filed = |code| west(&counted, Count::filed(Domain::Onderwijs, code));
    demand((filed(code), filed(None)) == (1, 1), "each reference once, with the code it was filed with")?;
    demand(all(&counted, "west") == 2, "and nothing else in that region")?;
    let count = in_region(&counted, "noord", Count::filed(Domain::Asielketen, None));
    demand((count, all(&counted, "noord")) == (1, 1), "once, under however many kinds")?;
    let sent = |name, domain| in_region(&counted, name, Count::sent(domain));
    demand(sent("west", Domain::Onderwijs) == 1 && sent("noord", Domain::Asielketen) == 1, "who sent")?;
    demand(sent("west", Domain::Asielketen) == 0, "and not where it sent nothing")
}

async fn a_signal_that_is_carried_over_is_not_counted_again<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    let both = vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both.clone())]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both)]).await?;
    bench.tick().await?;
    bench.manifest = epochs::manifest(3, EpochState::Retired, EpochState::Active)?;
    let new = vec![place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 3, ..Draft::hard(1) }.put(new.clone())]).await?;
    bench.tick().await?;
    bench.store.destroy_epoch(samenloop_core::value::Epoch::new(1)).await?;
    bench.tick().await?;
    bench.send("school-west", vec![Draft { revision: 4, ..Draft::soft(2) }.put(new)]).await?;
    bench.tick().await?;
    let counted = bench.counted().await?;
    let filed = |domain| west(&counted, Count::filed(domain, None));
    demand((filed(Domain::Onderwijs), filed(Domain::PolitieJustitie)) == (1, 1), "each signal once")?;
    let listed = |domain| west(&counted, Count::listed(domain, true));
    demand((listed(Domain::Onderwijs), listed(Domain::PolitieJustitie)) == (1, 1), "each on the alert once")?;
    demand(west(&counted, Count::raised(2)) == 1, "of one alert")
}

async fn what_comes_of_an_alert_is_counted<S: Store>(mut bench: Bench<S>) -> Outcome {
    const WEST: &str = "zorgcoordinator-west";
    bench.convergence().await?;
    let heard = Draft::soft(5).hearsay(Domain::PolitieJustitie);
    bench.send("veilig-thuis-west", vec![heard.put(child(7))]).await?;
    bench.today = fixture::today().plus_days(3);
    bench.tick().await?;
    let alert = bench.only().await?.id();
    bench.does(alert, WEST, bench.claim()).await?;
    let unfounded = Deed::Unfounded { reason: UnfoundedReason::InnocentExplanation, reading: None };
    for _ in 0..2 {
        // The second is the first again, after an answer that was lost.
        bench.does(alert, WEST, unfounded.clone()).await?;
    }
    let close = Deed::Close {
        outcome: case::Outcome::Unfounded,
        registration: Registration::No,
        view: ChildView::Known,
    };
    for _ in 0..2 {
        bench.does(alert, WEST, close.clone()).await?;
    }
    // A new domain opens it again.
    bench.send("coa-noord", vec![Draft::hard(6).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "it is open again")?;
    let counted = bench.counted().await?;
    let count = |it| west(&counted, it);
    demand(count(Count::raised(2)) == 1 && count(Count::raised(3)) == 1, "opened, and opened again")?;
    demand(count(Count::claimed(3)) == 1 && count(Count::claimed(0)) == 0, "picked up on the third day")?;
    demand(count(Count::judged(true)) == 1 && count(Count::judged(false)) == 0, "judged once")?;
    let closed = case::Outcome::ALL.iter().map(|it| count(Count::closed(*it))).sum::<u32>();
    demand(count(Count::closed(case::Outcome::Unfounded)) == 1 && closed == 1, "closed once")?;
    for domain in [Domain::PolitieJustitie, Domain::Onderwijs, Domain::Jeugdbescherming] {
        demand(count(Count::weighed(domain, true)) == 1, "with three signals on it")?;
    }
    demand(count(Count::listed(Domain::Jeugdbescherming, false)) == 1, "one of them heard only")?;
    demand(count(Count::listed(Domain::Asielketen, true)) == 1, "and a fourth that came later")?;
    demand(all(&counted, "west") == 16, "and nothing else")
}

async fn two_alerts_that_become_one_count_no_signal_again<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    bench.send("coa-noord", vec![Draft::hard(3).put(vec![place(2, 1, 7)])]).await?;
    bench.send("zorg-noord", vec![Draft::soft(4).put(vec![place(2, 1, 7)])]).await?;
    bench.tick().await?;
    let both = vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both.clone())]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both)]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "two alerts became one")?;
    let counted = bench.counted().await?;
    for domain in [Domain::PolitieJustitie, Domain::Onderwijs, Domain::Asielketen, Domain::Zorg] {
        demand(west(&counted, Count::listed(domain, true)) == 1, "each signal came onto one alert")?;
    }
    demand(west(&counted, Count::raised(2)) == 2, "two alerts opened")?;
    demand(west(&counted, Count::lapsed(false)) == 0, "and none ended: one goes on for both")
}

async fn an_alert_that_ends_by_itself_is_counted<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let noord = |draft: Draft| Draft { region: region("noord"), ..draft }.put(child(8));
    bench.send("coa-noord", vec![noord(Draft::hard(3))]).await?;
    bench.send("school-west", vec![Draft::soft(4).put(child(8))]).await?;
    bench.tick().await?;
    bench.send("school-west", vec![Line::Withdraw(reference(4))]).await?;
    bench.tick().await?;
    let counted = bench.counted().await?;
    let several = counted.get(&None).cloned().unwrap_or_default();
    demand(several.of(Count::raised(2)) == 1, "an alert of two regions is of neither alone")?;
    demand(several.of(Count::lapsed(false)) == 1, "its signals no longer converge")?;
    bench.tick_on("2027-02-21").await?;
    bench.tick_on("2027-04-02").await?;
    let later = bench.store.census(day("2027-02-21").quarter()).await?.unwrap_or_default();
    demand(west(&later, Count::lapsed(true)) == 1, "the other was never picked up")?;
    demand(all(&later, "west") == 1, "which is counted when it happens")
}

/// Nor does a clock change it that is set back, or one that is a year ahead.
async fn a_quarter_is_told_when_it_is_over_and_never_changes<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let manifest = Arc::clone(&bench.manifest);
    let counted = bench.counted().await?;
    bench.today = fixture::today();
    bench.send("school-west", vec![Draft::soft(9).put(child(9))]).await?;
    bench.tick().await?;
    let quarter = bench.today.quarter();
    demand(bench.store.census(quarter).await? == Some(counted), "a quarter that was told stays as it is")?;
    let next = day("2027-01-04").quarter();
    (bench.manifest, bench.today) = (manifest, day("2027-11-22"));
    bench.send("school-west", vec![Draft::soft(10).put(child(10))]).await?;
    bench.tick().await?;
    demand(bench.store.census(next).await?.is_none(), "a clock far ahead ends no quarter")
}

async fn a_quarter_is_kept_for_three_years<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let quarter = bench.today.quarter();
    let is_kept = |found: Option<BTreeMap<Where, Census>>| found.is_some_and(|it| !it.is_empty());
    bench.tick_on("2029-12-31").await?;
    demand(is_kept(bench.store.census(quarter).await?), "within twelve quarters it is there")?;
    bench.tick_on("2030-01-01").await?;
    let last = Day::parse("2030-01-01").map_or(0, Day::quarter);
    demand(last - quarter == KEPT_QUARTERS + 1, "the thirteenth")?;
    demand(!is_kept(bench.store.census(quarter).await?), "after that it is gone")
}

async fn counts_are_kept_over_a_rebuild_and_a_restart<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let mut bench = Bench::new(store);
    bench.convergence().await?;
    bench.send("school-west", vec![Draft::soft(3).put(child(9))]).await?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    bench = Bench { store, ..bench };
    bench.tick().await?;
    let counted = bench.counted().await?;
    let filed = west(&counted, Count::filed(Domain::Onderwijs, None));
    demand(filed == 2, "what waited over a restart is counted once")?;
    bench.send("school-west", vec![Line::Withdraw(reference(3))]).await?;
    bench.tick().await?;
    demand(!matches!(bench.store.rebuild().await?, Rebuilt::GivenUp(_)), "a rebuild")?;
    let quarter = fixture::today().quarter();
    demand(bench.store.census(quarter).await? == Some(counted.clone()), "copies the counts")?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    demand(store.census(quarter).await? == Some(counted), "and so does a restart keep them")
}
