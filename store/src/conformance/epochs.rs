//! What any engine must do around a rotation: count what is carried over, keep declarations, destroy an epoch.

use std::collections::BTreeMap;
use std::sync::Arc;

use samenloop_core::batch::{Arrival, Line};
use samenloop_core::declaration::{Declaration, MAX_DECLARATION, Matter};
use samenloop_core::fixture::{self, Draft, day, month, place, reference};
use samenloop_core::manifest::{EpochEntry, EpochState, Manifest, ManifestEntries};
use samenloop_core::value::{ConnectionId, Epoch, Place};

use super::{Bench, Engine, Outcome, child, demand, overlap, whole, wrong};
use crate::{Fault, Standing, Store, Tick};

const ONE: Epoch = Epoch::new(1);
const TWO: Epoch = Epoch::new(2);

/// An overlap in which all days of these tests lie.
pub(super) fn overlapping() -> EpochState {
    EpochState::Overlap { until: day("2199-12-31") }
}

/// The fixture's manifest of a later sequence, with two epochs.
pub(super) fn manifest(sequence: u8, one: EpochState, two: EpochState) -> Result<Arc<Manifest>, Fault> {
    whole(ManifestEntries {
        sequence: u64::from(sequence),
        hash: [sequence; 32],
        epochs: vec![EpochEntry { epoch: ONE, state: one }, EpochEntry { epoch: TWO, state: two }],
        ..fixture::entries()
    })
}

fn both(kind: u8, number: u64) -> Vec<Place> {
    vec![place(1, kind, number), place(2, kind, number)]
}

fn carried(draft: Draft) -> Draft {
    Draft { revision: 2, ..draft }
}

pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    a_kind_that_was_not_carried_over_ends_with_its_epoch(Bench::new(engine.empty()?)).await?;
    what_was_not_carried_over_ends_on_the_last_day_of_the_overlap(Bench::new(engine.empty()?)).await?;
    a_signal_carried_over_alone_leaves_the_alert_when_it_is_withdrawn(Bench::new(engine.empty()?)).await?;
    a_signal_carried_over_later_leaves_an_ended_alert(Bench::new(engine.empty()?)).await?;
    a_withdrawal_in_an_overlap_holds_under_both_epochs(Bench::new(engine.empty()?)).await?;
    what_is_carried_over_is_counted(Bench::new(engine.empty()?)).await?;
    counts_follow_replacement_withdrawal_and_expiry(Bench::new(engine.empty()?)).await?;
    the_last_declaration_counts(Bench::new(engine.empty()?)).await?;
    a_destroyed_epoch_leaves_alerts_and_counts_nothing(Bench::new(engine.empty()?)).await?;
    a_destroyed_epoch_files_nothing_again(Bench::new(engine.empty()?)).await?;
    an_epoch_destroyed_while_it_is_live_ends_at_the_next_tick(Bench::new(engine.empty()?)).await?;
    let first = engine.empty()?;
    a_restart_changes_nothing_of_it(engine, first).await?;
    no_arrival_is_filed_under_an_older_manifest(engine.empty()?).await
}

async fn no_arrival_is_filed_under_an_older_manifest<S: Store>(store: S) -> Outcome {
    let store = Arc::new(store);
    let today = fixture::today();
    let line = Draft::soft(2).put(both(1, 7));
    let admitting = Arc::clone(&store);
    // An agency that met the next manifest pushes just before a tick takes the one it has.
    let tick = move || {
        let arrival = Arrival::new(fixture::connection("school-west"), today, vec![line]);
        let admitted = std::thread::spawn(move || -> Outcome {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let runtime = runtime.map_err(|_| wrong("a runtime"))?;
            runtime.block_on(admitting.admit(arrival)).map(drop)
        });
        drop(admitted.join());
        Tick { manifest: Arc::new(fixture::manifest()), today }
    };
    demand(store.file(tick).await?.lines == 0, "what came after the tick began waits for the next")?;
    let manifest = overlap()?;
    store.file(move || Tick { manifest, today }).await?;
    let under_both = standings([("school-west", ONE, 1, 1), ("school-west", TWO, 1, 1)]);
    demand(store.standings(today)? == under_both, "and is filed under each epoch it names")
}

async fn a_kind_that_was_not_carried_over_ends_with_its_epoch<S: Store>(mut bench: Bench<S>) -> Outcome {
    let kinds = |draft: Draft| draft.put(vec![place(1, 1, 7), place(1, 3, 7)]);
    bench.send("politie-west", vec![kinds(Draft::hard(1))]).await?;
    bench.send("school-west", vec![kinds(Draft::soft(2))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 2, "each kind is an alert")?;
    bench.manifest = overlap()?;
    // Under the old epoch as before, under the new one by one kind alone.
    let some = vec![place(1, 1, 7), place(1, 3, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![carried(Draft::hard(1)).put(some.clone())]).await?;
    bench.send("school-west", vec![carried(Draft::soft(2)).put(some)]).await?;
    bench.tick().await?;
    bench.manifest = manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.tick().await?;
    let open = bench.open().await?;
    demand(open.len() == 1, "a kind that nobody carried over ends with its epoch")?;
    demand(open.iter().all(|it| it.kind().number() == 1 && it.signals().len() == 2), "the other goes on")
}

/// Whether any alert, ended ones too, lists this reference.
async fn is_listed<S: Store>(bench: &Bench<S>, number: u64) -> Result<bool, Fault> {
    let all = bench.all().await?;
    Ok(all.iter().flat_map(|it| it.signals()).any(|it| it.signal().reference() == reference(number)))
}

async fn what_was_not_carried_over_ends_on_the_last_day_of_the_overlap<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    let until = EpochState::Overlap { until: day("2026-11-25") };
    bench.manifest = manifest(2, until, EpochState::Active)?;
    bench.today = day("2026-11-25");
    bench.send("politie-west", vec![carried(Draft::hard(1)).put(both(1, 7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "on the last day of the overlap the alert stays")?;
    bench.today = day("2026-11-26");
    bench.send("school-west", vec![carried(Draft::soft(2)).put(child(7))]).await?;
    demand(bench.tick().await? == 1, "the day after, it lapses without another manifest")?;
    bench.send("school-west", vec![carried(Draft::soft(2)).put(vec![place(2, 1, 7)])]).await?;
    demand(bench.tick().await? == 1, "what is carried over late converges anew")
}

async fn a_signal_carried_over_alone_leaves_the_alert_when_it_is_withdrawn<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    bench.send("politie-west", vec![carried(Draft::hard(1)).put(both(1, 7))]).await?;
    bench.tick().await?;
    bench.manifest = manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "one signal carried over holds no alert open")?;
    demand(is_listed(&bench, 1).await?, "the ended alert lists what was carried over")?;
    bench.send("politie-west", vec![Line::Withdraw(reference(1))]).await?;
    bench.tick().await?;
    demand(!is_listed(&bench, 1).await?, "a signal withdrawn after the rotation is listed nowhere")
}

async fn a_signal_carried_over_later_leaves_an_ended_alert<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    demand(is_listed(&bench, 1).await?, "the ended alert lists what is left")?;
    bench.manifest = overlap()?;
    bench.send("politie-west", vec![carried(Draft::hard(1)).put(both(1, 7))]).await?;
    bench.tick().await?;
    bench.manifest = manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.send("politie-west", vec![Line::Withdraw(reference(1))]).await?;
    bench.tick().await?;
    demand(!is_listed(&bench, 1).await?, "a signal withdrawn after the rotation is listed nowhere")
}

async fn a_withdrawal_in_an_overlap_holds_under_both_epochs<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    let today = bench.today;
    // One signal is filed under both epochs when it is withdrawn, the other under the old one alone.
    bench.send("politie-west", vec![carried(Draft::hard(1)).put(both(1, 7))]).await?;
    bench.tick().await?;
    bench.send("politie-west", vec![Line::Withdraw(reference(1))]).await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    let nothing = |bench: &Bench<S>| -> Result<bool, Fault> {
        Ok(bench.store.standings(today)?.values().all(|it| it.filed == 0))
    };
    demand(nothing(&bench)?, "no row of the old nor of the new epoch is left")?;
    let again = |draft: Draft, places| Draft { revision: 9, ..draft }.put(places);
    bench.send("politie-west", vec![again(Draft::hard(1), both(1, 7))]).await?;
    bench.send("school-west", vec![again(Draft::soft(2), both(1, 7))]).await?;
    demand(bench.tick().await? == 0 && nothing(&bench)?, "neither is filed again in the overlap")?;
    bench.manifest = manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.store.destroy_epoch(ONE).await?;
    bench.send("politie-west", vec![again(Draft::hard(1), vec![place(2, 1, 7)])]).await?;
    bench.send("school-west", vec![again(Draft::soft(2), vec![place(2, 1, 7)])]).await?;
    demand(bench.tick().await? == 0 && nothing(&bench)?, "nor when the old epoch is gone")?;
    demand(!is_listed(&bench, 1).await? && !is_listed(&bench, 2).await?, "and no alert lists them")
}

type Standings = BTreeMap<(ConnectionId, Epoch), Standing>;

fn standings<const N: usize>(of: [(&str, Epoch, u64, u64); N]) -> Standings {
    let each = of.map(|(connection, epoch, filed, carried)| {
        ((fixture::connection(connection), epoch), Standing { filed, carried })
    });
    each.into_iter().collect()
}

async fn what_is_carried_over_is_counted<S: Store>(mut bench: Bench<S>) -> Outcome {
    let today = bench.today;
    let of = |bench: &Bench<S>| bench.store.standings(today);
    demand(of(&bench)?.is_empty(), "nothing is counted before the first tick")?;
    bench.send("school-west", (1..=5).map(|it| Draft::soft(it).put(child(it))).collect()).await?;
    bench.send("politie-west", vec![Draft::hard(1).put(child(1))]).await?;
    demand(of(&bench)?.is_empty(), "what waits for a tick is not counted")?;
    bench.tick().await?;
    let first = standings([("school-west", ONE, 5, 5), ("politie-west", ONE, 1, 1)]);
    demand(of(&bench)? == first, "what is filed is counted by connection and epoch")?;
    bench.manifest = overlap()?;
    bench.tick().await?;
    let begun = standings([("school-west", ONE, 5, 0), ("politie-west", ONE, 1, 0)]);
    demand(of(&bench)? == begun, "when a newer epoch is active, nothing is carried over yet")?;
    let carry = |it| carried(Draft::soft(it)).put(both(1, it));
    bench.send("school-west", (1..=3).map(carry).collect()).await?;
    bench.send("school-west", vec![Draft::soft(6).put(vec![place(2, 1, 6)])]).await?;
    bench.tick().await?;
    bench.send("school-west", (1..=3).map(carry).collect()).await?;
    bench.tick().await?;
    let some =
        standings([("school-west", ONE, 5, 3), ("school-west", TWO, 4, 4), ("politie-west", ONE, 1, 0)]);
    demand(of(&bench)? == some, "what is carried over is counted once, however often it is pushed")?;
    bench.manifest = manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.send("school-west", vec![carry(1), Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    let ended =
        standings([("school-west", ONE, 4, 2), ("school-west", TWO, 3, 3), ("politie-west", ONE, 1, 0)]);
    demand(of(&bench)? == ended, "a withdrawal reaches an epoch that ended, until it is destroyed")
}

async fn counts_follow_replacement_withdrawal_and_expiry<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.manifest = whole(ManifestEntries { expires: day("2027-12-20"), ..fixture::entries() })?;
    let drafts = [
        Draft { expiry: month("2027-01"), ..Draft::soft(1) },
        Draft { expiry: month("2027-02"), ..Draft::soft(2) },
        Draft { expiry: month("2027-03"), ..Draft::soft(3) },
    ];
    bench.send("school-west", drafts.iter().map(|it| it.put(child(it.reference))).collect()).await?;
    bench.tick().await?;
    let filed = |bench: &Bench<S>, on: &str| -> Result<u64, Fault> {
        Ok(bench.store.standings(day(on))?.values().map(|it| it.filed).sum())
    };
    demand(filed(&bench, "2027-01-31")? == 3, "a signal is counted through its last day")?;
    demand(filed(&bench, "2027-02-01")? == 2, "and not the day after")?;
    // A revision ends later; another moves to a child of its own.
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(child(9))]).await?;
    bench.tick().await?;
    demand(filed(&bench, "2027-03-01")? == 2, "a revision is counted by its own term")?;
    bench.send("school-west", vec![Line::Withdraw(reference(3)), Line::Withdraw(reference(8))]).await?;
    bench.tick().await?;
    demand(filed(&bench, "2027-03-01")? == 1, "what is withdrawn is not counted")?;
    // The first reference serves again after its term.
    bench.today = day("2027-02-10");
    let again = Draft { month: month("2027-02"), expiry: month("2027-08"), revision: 3, ..Draft::soft(1) };
    bench.send("school-west", vec![again.put(child(4))]).await?;
    bench.tick().await?;
    demand(filed(&bench, "2027-02-10")? == 2, "a reference that serves again is counted once")?;
    demand(filed(&bench, "2027-08-31")? == 1, "by its new term")
}

fn says(connection: &str, epoch: Epoch, matter: Matter, byte: u8) -> Result<Declaration, Fault> {
    let bytes = vec![byte; MAX_DECLARATION];
    Declaration::new(fixture::connection(connection), epoch, matter, bytes)
        .map_err(|fault| wrong(&fault.to_string()))
}

async fn the_last_declaration_counts<S: Store>(bench: Bench<S>) -> Outcome {
    demand(bench.store.declarations()?.is_empty(), "nobody declared anything yet")?;
    let said = [
        says("school-west", TWO, Matter::Installed, 1)?,
        says("school-west", TWO, Matter::WrapKey, 2)?,
        says("school-west", ONE, Matter::Destroyed, 3)?,
        says("politie-west", TWO, Matter::WrapKey, 4)?,
        says("school-west", TWO, Matter::WrapKey, 5)?,
    ];
    let [installed, _, destroyed, other, last] = said.clone();
    for declaration in said {
        bench.store.declare(declaration).await?;
    }
    demand(
        bench.store.declarations()? == [other, destroyed, last, installed],
        "one declaration a matter, the last, by connection, epoch and matter",
    )?;
    demand(bench.tick().await? == 0 && bench.store.last_tick() == 1, "a declaration is no news of a child")
}

/// A rotation of which the school carried over its signal, and police did not; the old epoch retired.
async fn rotated<S: Store>(bench: &mut Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    bench.send("school-west", vec![carried(Draft::soft(2)).put(both(1, 7))]).await?;
    bench.tick().await?;
    bench.manifest = manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.tick().await.map(drop)
}

async fn a_destroyed_epoch_leaves_alerts_and_counts_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    rotated(&mut bench).await?;
    let before = bench.all().await?;
    bench.store.declare(says("school-west", ONE, Matter::Destroyed, 1)?).await?;
    demand(bench.store.destroy_epoch(ONE).await?, "there was an epoch to destroy")?;
    demand(!bench.store.destroy_epoch(ONE).await?, "and it is gone")?;
    demand(!bench.store.destroy_epoch(Epoch::new(9)).await?, "of an epoch that never was there is nothing")?;
    demand(bench.all().await? == before && !before.is_empty(), "alerts live on")?;
    let left = standings([("school-west", TWO, 1, 1)]);
    demand(bench.store.standings(bench.today)? == left, "nothing is counted under a destroyed epoch")?;
    demand(bench.store.declarations()?.len() == 1, "statements of destruction live on")?;
    bench.tick().await?;
    demand(bench.all().await? == before, "also over a tick")?;
    bench.send("politie-west", vec![Draft::hard(3).put(vec![place(2, 1, 7)])]).await?;
    demand(bench.tick().await? == 1, "what was carried over converges as before")
}

async fn a_destroyed_epoch_files_nothing_again<S: Store>(mut bench: Bench<S>) -> Outcome {
    rotated(&mut bench).await?;
    // An arrival that waits when its epoch is destroyed.
    bench.send("coa-noord", vec![Draft::hard(3).put(both(1, 8))]).await?;
    bench.store.destroy_epoch(ONE).await?;
    bench.tick().await?;
    // A manifest that calls it live again.
    bench.manifest = manifest(4, overlapping(), EpochState::Active)?;
    bench.send("zorg-noord", vec![Draft::soft(4).put(child(8))]).await?;
    bench.send("school-west", vec![Draft { revision: 3, ..Draft::soft(2) }.put(both(1, 7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "nothing is filed under a destroyed epoch")?;
    let under_two = standings([("school-west", TWO, 1, 1), ("coa-noord", TWO, 1, 1)]);
    demand(bench.store.standings(bench.today)? == under_two, "and nothing counted")?;
    demand(!bench.store.destroy_epoch(ONE).await?, "no secret is made for it again")?;
    bench.send("zorg-noord", vec![carried(Draft::soft(4)).put(both(1, 8))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "the other epoch files as before")
}

async fn an_epoch_destroyed_while_it_is_live_ends_at_the_next_tick<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    demand(bench.store.destroy_epoch(ONE).await?, "a live epoch can be destroyed")?;
    demand(bench.open().await?.len() == 1, "its alerts can be read")?;
    demand(bench.tick().await? == 1, "an alert whose signals nobody can withdraw lapses, and that is told")?;
    demand(bench.open().await?.is_empty(), "what nobody can withdraw any more does not count")
}

async fn a_restart_changes_nothing_of_it<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let mut bench = Bench::new(store);
    rotated(&mut bench).await?;
    bench.store.declare(says("school-west", TWO, Matter::Installed, 1)?).await?;
    let before = (bench.store.standings(bench.today)?, bench.store.declarations()?);
    demand(before.0.len() == 3, "three pairs of connection and epoch")?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    bench.store = store;
    let after = (bench.store.standings(bench.today)?, bench.store.declarations()?);
    demand(after == before, "standings and declarations are there after a restart")?;
    demand(bench.store.destroy_epoch(ONE).await?, "an epoch is destroyed after a restart")?;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    bench.store = store;
    demand(!bench.store.destroy_epoch(ONE).await?, "a destroyed epoch is so after a restart")?;
    bench.manifest = manifest(4, overlapping(), EpochState::Active)?;
    bench.send("coa-noord", vec![Draft::hard(3).put(child(8))]).await?;
    bench.send("zorg-noord", vec![Draft::soft(4).put(child(8))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "and files nothing again")
}
