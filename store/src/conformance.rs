//! What any engine must do, engine by engine the same: `check` runs it all.

mod acts;
mod audit;
mod census;
mod epochs;
mod outbox;
mod processing;
mod rights;
mod terms;

use std::sync::Arc;

use samenloop_core::alert::{Alert, AlertState, Reader};
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::fixture::{self, Draft, day, month, place, reference, region};
use samenloop_core::manifest::{EpochState, Manifest, ManifestEntries};
use samenloop_core::value::{Domain, Place};

use crate::{Fault, Scope, Store, Tick};

/// How the suite gets at an engine.
pub trait Engine {
    /// The engine's store.
    type Store: Store;

    /// A new, empty store.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be made.
    fn empty(&mut self) -> Result<Self::Store, Fault>;

    /// The same store after a restart; `None` for an engine that keeps nothing over one.
    ///
    /// # Errors
    /// [`Fault`] when it does not open again.
    fn again(&mut self, store: Self::Store) -> Result<Option<Self::Store>, Fault>;
}

/// One requirement of the seam.
type Outcome = Result<(), Fault>;

fn wrong(what: &str) -> Fault {
    Fault::Damaged(format!("conformance: {what}"))
}

fn demand(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(wrong(what)) }
}

/// What the receipts of the bench say of batches.
const DIGEST: [u8; 32] = [7; 32];

/// A store with a manifest and a day.
struct Bench<S> {
    store: S,
    manifest: Arc<Manifest>,
    today: samenloop_core::value::Day,
}

fn whole(entries: ManifestEntries) -> Result<Arc<Manifest>, Fault> {
    Manifest::new(entries).map(Arc::new).map_err(|fault| wrong(&fault.to_string()))
}

impl<S: Store> Bench<S> {
    fn new(store: S) -> Self {
        Self { store, manifest: Arc::new(fixture::manifest()), today: fixture::today() }
    }

    async fn send(&self, sender: &str, lines: Vec<Line>) -> Result<u64, Fault> {
        let arrival = Arrival::new(fixture::connection(sender), self.today, lines).with_digest(DIGEST);
        self.store.admit(arrival).await
    }

    async fn tick(&self) -> Result<u64, Fault> {
        let tick = Tick { manifest: Arc::clone(&self.manifest), today: self.today };
        self.store.file(|| tick).await.map(|filed| filed.told)
    }

    /// The coordinator of a region, on the day and under the manifest of the bench.
    fn coordinator(&self, region: &str) -> Reader {
        let connection = fixture::connection(&format!("zorgcoordinator-{region}"));
        Reader::Coordinator { connection, manifest: Arc::clone(&self.manifest), today: self.today }
    }

    async fn open(&self) -> Result<Vec<Alert>, Fault> {
        self.store.alerts(&Reader::Hub, Scope::Open).await
    }

    async fn all(&self) -> Result<Vec<Alert>, Fault> {
        self.store.alerts(&Reader::Hub, Scope::All).await
    }

    /// A hard signal of police (reference 1) and a soft one of a school (reference 2) on child 7.
    async fn convergence(&self) -> Outcome {
        self.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
        self.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
        self.tick().await?;
        demand(self.open().await?.len() == 1, "a hard and a soft signal of two domains open one alert")
    }
}

fn child(number: u64) -> Vec<Place> {
    vec![place(1, fixture::KIND, number)]
}

/// Runs every requirement on fresh stores of the engine.
///
/// # Errors
/// [`Fault::Damaged`] naming the first requirement that does not hold, or the engine's own fault.
pub async fn check<E: Engine>(engine: &mut E) -> Outcome {
    nothing_is_told_before_the_tick(Bench::new(engine.empty()?)).await?;
    a_tick_run_twice_changes_nothing(Bench::new(engine.empty()?)).await?;
    a_reference_sent_twice_is_one_signal(Bench::new(engine.empty()?)).await?;
    a_lower_revision_is_ignored(Bench::new(engine.empty()?)).await?;
    a_higher_revision_moves_a_signal(Bench::new(engine.empty()?)).await?;
    an_equal_revision_adds_a_place(Bench::new(engine.empty()?)).await?;
    a_withdrawal_lapses_and_stays(Bench::new(engine.empty()?)).await?;
    nobody_withdraws_for_another(Bench::new(engine.empty()?)).await?;
    a_day_lapses_what_expired(Bench::new(engine.empty()?)).await?;
    a_connection_struck_out_stops_counting(Bench::new(engine.empty()?)).await?;
    an_expired_manifest_opens_nothing(Bench::new(engine.empty()?)).await?;
    kinds_stay_two_and_epochs_are_one(Bench::new(engine.empty()?)).await?;
    two_alerts_that_an_overlap_shows_to_be_one_child_become_one(Bench::new(engine.empty()?)).await?;
    what_was_taken_under_a_manifest_is_judged_after_it(Bench::new(engine.empty()?)).await?;
    what_was_not_carried_over_ends_with_its_epoch(Bench::new(engine.empty()?)).await?;
    one_agency_makes_no_two_children_one(Bench::new(engine.empty()?)).await?;
    records_stay_short_however_often_alerts_open_and_lapse(Bench::new(engine.empty()?)).await?;
    regions_get_their_own(Bench::new(engine.empty()?)).await?;
    news_is_told_once_a_tick(Bench::new(engine.empty()?)).await?;
    hearsay_is_listed_and_not_counted(Bench::new(engine.empty()?)).await?;
    sequences_are_gapless(Bench::new(engine.empty()?)).await?;
    epochs::check(engine).await?;
    acts::check(engine).await?;
    terms::check(engine).await?;
    outbox::check(engine).await?;
    rights::check(engine).await?;
    processing::check(engine).await?;
    audit::check(engine).await?;
    census::check(engine).await?;
    let first = engine.empty()?;
    what_was_kept_is_there_after_a_restart(engine, first).await
}

async fn nothing_is_told_before_the_tick<S: Store>(bench: Bench<S>) -> Outcome {
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    demand(bench.all().await?.is_empty(), "no alert before the tick")?;
    demand(bench.tick().await? == 1, "the tick tells one alert")?;
    demand(bench.open().await?.len() == 1, "the alert is there after the tick")
}

async fn a_tick_run_twice_changes_nothing<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let before = (bench.all().await?, bench.store.last_tick());
    demand(bench.tick().await? == 0, "an empty tick tells nothing")?;
    demand((bench.all().await?, bench.store.last_tick()) == before, "an empty tick changes nothing")
}

async fn a_reference_sent_twice_is_one_signal<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(child(7))]).await?;
    demand(bench.tick().await? == 0, "a repeat tells nothing")?;
    let alerts = bench.open().await?;
    demand(alerts.len() == 1, "a repeat opens no second alert")?;
    demand(alerts.iter().all(|it| it.signals().len() == 2), "a repeat is listed once")?;
    let revisions: Vec<_> =
        alerts.iter().flat_map(|it| it.signals()).map(|it| it.signal().revision()).collect();
    demand(revisions.contains(&2), "the higher revision is the one listed")
}

async fn a_lower_revision_is_ignored<S: Store>(bench: Bench<S>) -> Outcome {
    bench.send("school-west", vec![Draft { revision: 9, ..Draft::soft(2) }.put(child(7))]).await?;
    bench.send("school-west", vec![Draft { revision: 8, ..Draft::soft(2) }.put(child(8))]).await?;
    bench.send("politie-west", vec![Draft::hard(1).put(child(8))]).await?;
    bench.tick().await?;
    demand(bench.all().await?.is_empty(), "a lower revision files nothing")
}

async fn a_higher_revision_moves_a_signal<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(child(8))]).await?;
    bench.send("coa-noord", vec![Draft::hard(3).put(child(8))]).await?;
    bench.tick().await?;
    let states: Vec<_> = bench.all().await?.iter().map(Alert::state).collect();
    demand(states.len() == 2, "a corrected child is another alert")?;
    demand(states.contains(&AlertState::Lapsed), "the child it was taken from lapses")?;
    let open = bench.open().await?;
    let listed: Vec<_> = open.iter().flat_map(|it| it.signals()).map(|it| it.signal().reference()).collect();
    demand(
        listed.len() == 2 && !listed.contains(&reference(1)),
        "the corrected signal counts at its own child",
    )
}

async fn an_equal_revision_adds_a_place<S: Store>(bench: Bench<S>) -> Outcome {
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(vec![place(1, 3, 7)])]).await?;
    bench.send("politie-west", vec![Draft::hard(1).put(vec![place(1, 3, 7)])]).await?;
    bench.send("coa-noord", vec![Draft::hard(3).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 2, "the signal is found under both kinds")
}

async fn a_withdrawal_lapses_and_stays<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    demand(bench.tick().await? == 1, "a lapse is told")?;
    demand(bench.open().await?.is_empty(), "an alert lapses without its second signal")?;
    let lapsed = bench.all().await?;
    demand(lapsed.iter().all(|it| it.signals().len() == 1), "a withdrawn signal is listed nowhere")?;
    bench.send("school-west", vec![Draft { revision: 5, ..Draft::soft(2) }.put(child(7))]).await?;
    demand(bench.tick().await? == 0, "a withdrawn reference stays withdrawn")?;
    bench.send("school-west", vec![Draft::soft(4).put(child(7))]).await?;
    demand(bench.tick().await? == 1, "a new judgement under a new reference counts")
}

async fn nobody_withdraws_for_another<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.send("gemeente-west", vec![Line::Withdraw(reference(2))]).await?;
    demand(bench.tick().await? == 0, "another agency's withdrawal tells nothing")?;
    demand(bench.open().await?.len() == 1, "another agency's withdrawal changes nothing")
}

async fn a_day_lapses_what_expired<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench
        .send("school-west", vec![Draft { expiry: month("2026-12"), ..Draft::soft(2) }.put(child(7))])
        .await?;
    bench.tick().await?;
    bench.manifest = whole(ManifestEntries { expires: day("2027-06-20"), ..fixture::entries() })?;
    bench.today = day("2026-12-31");
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "a signal counts through its last day")?;
    bench.today = day("2027-01-01");
    demand(bench.tick().await? == 1, "the day after, the alert lapses")?;
    demand(bench.open().await?.is_empty(), "an expired signal holds no alert open")?;
    let new = Draft { month: month("2027-01"), expiry: month("2027-06"), ..Draft::soft(9) };
    bench.send("coa-noord", vec![new.put(child(7))]).await?;
    bench.tick().await?;
    let open = bench.open().await?;
    let listed: Vec<_> = open.iter().flat_map(|it| it.signals()).map(|it| it.signal().reference()).collect();
    demand(listed.len() == 2 && !listed.contains(&reference(2)), "an expired signal never counts again")
}

async fn a_connection_struck_out_stops_counting<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let mut entries = fixture::entries();
    entries.sequence = 2;
    entries.hash = [2; 32];
    entries.connections.retain(|it| it.id != fixture::connection("school-west"));
    bench.manifest = whole(entries)?;
    demand(bench.tick().await? == 1, "the lapse is told at the next tick")?;
    demand(bench.open().await?.is_empty(), "signals of a connection struck out are not active")
}

async fn an_expired_manifest_opens_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.manifest = whole(ManifestEntries { expires: day("2026-11-21"), ..fixture::entries() })?;
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    demand(bench.tick().await? == 0, "no new alert under an expired manifest")
}

async fn kinds_stay_two_and_epochs_are_one<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    let both = |kinds: &[u8]| -> Vec<Place> {
        kinds.iter().flat_map(|kind| [place(1, *kind, 7), place(2, *kind, 7)]).collect()
    };
    let carried = |draft: Draft| Draft { revision: 2, ..draft };
    bench.send("politie-west", vec![carried(Draft::hard(1)).put(both(&[1]))]).await?;
    bench.tick().await?;
    bench.send("school-west", vec![carried(Draft::soft(2)).put(both(&[1]))]).await?;
    demand(bench.tick().await? == 0, "carrying over tells nothing")?;
    let alerts = bench.open().await?;
    demand(alerts.len() == 1, "the pseudonyms of two epochs are one alert")?;
    demand(
        alerts.iter().all(|it| it.signals().len() == 2),
        "a signal counts once, however many epochs file it",
    )?;
    bench.send("coa-noord", vec![Draft::hard(3).put(both(&[3]))]).await?;
    bench.send("zorg-noord", vec![Draft::soft(4).put(both(&[3]))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 2, "another kind is another alert")?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "a withdrawal reaches both epochs")?;
    bench.send("school-west", vec![Draft { revision: 9, ..Draft::soft(2) }.put(both(&[1]))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "a withdrawn reference stays so in both epochs")
}

fn overlap() -> Result<Arc<Manifest>, Fault> {
    epochs::manifest(2, epochs::overlapping(), EpochState::Active)
}

async fn two_alerts_that_an_overlap_shows_to_be_one_child_become_one<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    // Two agencies that hold the new key alone.
    bench.send("coa-noord", vec![Draft::hard(3).put(vec![place(2, 1, 7)])]).await?;
    bench.send("zorg-noord", vec![Draft::soft(4).put(vec![place(2, 1, 7)])]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 2, "nothing yet says that they are one child")?;
    let both = vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both.clone())]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 2, "one organisation alone makes no two children one")?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both)]).await?;
    bench.tick().await?;
    let open = bench.open().await?;
    demand(open.len() == 1, "one child and one kind are one alert")?;
    demand(open.iter().all(|it| it.signals().len() == 4), "with the signals of both, each once")?;
    bench.send("zorg-noord", vec![Line::Withdraw(reference(4))]).await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    demand(
        bench.open().await?.iter().all(|it| it.signals().len() == 2),
        "withdrawals of both epochs reach it",
    )
}

async fn what_was_taken_under_a_manifest_is_judged_after_it<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.manifest = whole(ManifestEntries { expires: bench.today, ..fixture::entries() })?;
    bench.today = day("2026-11-23");
    demand(bench.tick().await? == 1, "what came on the manifest's last day is not missed")
}

async fn what_was_not_carried_over_ends_with_its_epoch<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    let both = vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both)]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "in the overlap the alert stays")?;
    bench.manifest = epochs::manifest(3, EpochState::Retired, EpochState::Active)?;
    demand(bench.tick().await? == 1, "the school did not carry over: the alert lapses, and that is told")?;
    demand(bench.open().await?.is_empty(), "what nobody can withdraw any more does not count")
}

async fn one_agency_makes_no_two_children_one<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    // Under one reference: the old pseudonym of child 7, and the new one of child 8.
    let bridge = vec![place(1, 1, 7), place(2, 1, 8)];
    bench.send("coa-noord", vec![Draft::hard(3).put(bridge)]).await?;
    bench.tick().await?;
    let eight = vec![place(1, 1, 8), place(2, 1, 8)];
    bench.send("zorg-noord", vec![Draft::hard(4).put(eight.clone())]).await?;
    bench.send("gemeente-west", vec![Draft::soft(5).put(eight)]).await?;
    bench.tick().await?;
    let open = bench.open().await?;
    let mixed = open.iter().any(|alert| {
        let listed: Vec<_> = alert.signals().iter().map(|it| it.signal().reference()).collect();
        listed.contains(&reference(2)) && listed.contains(&reference(5))
    });
    demand(open.len() == 2 && !mixed, "one agency's odd reference joins no two children")
}

async fn records_stay_short_however_often_alerts_open_and_lapse<S: Store>(bench: Bench<S>) -> Outcome {
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    for revision in 1..=40 {
        let at = if revision % 2 == 0 { child(8) } else { child(7) };
        bench.send("politie-west", vec![Draft { revision, ..Draft::hard(1) }.put(at)]).await?;
        bench.tick().await?;
    }
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    let kept = bench
        .all()
        .await?
        .iter()
        .flat_map(|it| it.signals())
        .any(|it| it.signal().reference() == reference(2));
    demand(!kept, "a withdrawn signal is on none of the alerts that opened and lapsed meanwhile")
}

async fn regions_get_their_own<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let noord = |draft: Draft| Draft { region: region("noord"), ..draft };
    bench.send("coa-noord", vec![noord(Draft::hard(3)).put(child(8))]).await?;
    bench.send("zorg-noord", vec![Draft::soft(4).put(child(8))]).await?;
    bench.tick().await?;
    let of =
        async |name: &str| bench.store.alerts(&bench.coordinator(name), Scope::Open).await.map(|it| it.len());
    demand(of("noord").await? == 1, "a region gets the alerts that list one of its signals")?;
    demand(of("west").await? == 2, "an alert of two regions goes to both")
}

async fn news_is_told_once_a_tick<S: Store>(bench: Bench<S>) -> Outcome {
    let west = bench.coordinator("west");
    bench.convergence().await?;
    let first = bench.store.news(&west, 0).await?;
    demand(first.len() == 1 && first.iter().all(|it| it.alerts.len() == 1), "one piece of news")?;
    let cursor = first.iter().map(|it| it.tick).max().unwrap_or_default();
    demand(bench.store.news(&west, cursor).await?.is_empty(), "nothing after the cursor")?;
    demand(
        bench.store.news(&bench.coordinator("noord"), 0).await?.is_empty(),
        "no news for a region without a signal",
    )?;
    bench.send("coa-noord", vec![Draft::soft(3).put(child(7))]).await?;
    demand(bench.tick().await? == 1, "a domain that joins is told")?;
    bench.send("school-noord", vec![Draft::soft(4).put(child(7))]).await?;
    demand(bench.tick().await? == 0, "another signal of a known domain is not")?;
    demand(bench.store.news(&west, cursor).await?.len() == 1, "news goes on after the cursor")
}

async fn hearsay_is_listed_and_not_counted<S: Store>(bench: Bench<S>) -> Outcome {
    let heard = Draft::hard(2).hearsay(Domain::PolitieJustitie);
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("veilig-thuis-west", vec![heard.put(child(7))]).await?;
    bench.send("riec-west", vec![Draft::hard(3).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.all().await?.is_empty(), "hearsay and relays count for nothing")?;
    bench.send("coa-noord", vec![Draft::soft(4).put(child(7))]).await?;
    bench.tick().await?;
    let alerts = bench.open().await?;
    let counts: Vec<_> = alerts.iter().flat_map(|it| it.signals()).map(|it| it.counts()).collect();
    demand(counts.len() == 4 && counts.iter().filter(|it| **it).count() == 2, "all are listed, two count")
}

async fn sequences_are_gapless<S: Store>(bench: Bench<S>) -> Outcome {
    let lines = |from: u64, many: u64| (from..from + many).map(|it| Draft::soft(it).put(child(it))).collect();
    demand(bench.send("school-west", lines(1, 3)).await? == 1, "sequences begin at 1")?;
    demand(bench.send("politie-west", lines(1, 2)).await? == 1, "each connection has its own")?;
    bench.tick().await?;
    demand(bench.send("school-west", lines(1, 2)).await? == 4, "repeats are numbered on")?;
    let counters = bench.store.counters()?;
    let school = counters.get(&fixture::connection("school-west")).copied().unwrap_or_default();
    demand(school.next_sequence == 6 && school.lines == 5, "the counter holds what is not yet filed")
}

async fn what_was_kept_is_there_after_a_restart<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let bench = Bench::new(store);
    bench.convergence().await?;
    bench.send("coa-noord", vec![Draft::soft(3).put(child(7))]).await?;
    let (before, tick) = (bench.all().await?, bench.store.last_tick());
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    let bench = Bench::new(store);
    demand(bench.all().await? == before, "alerts are there after a restart")?;
    demand(bench.store.last_tick() == tick, "ticks are numbered on after a restart")?;
    let coa = bench.store.counters()?.get(&fixture::connection("coa-noord")).copied().unwrap_or_default();
    demand(coa.next_sequence == 2, "an arrival that waits keeps its number")?;
    demand(bench.tick().await? == 1, "an arrival that waited is filed after a restart")?;
    demand(bench.open().await?.iter().all(|it| it.signals().len() == 3), "and joins its alert")
}
