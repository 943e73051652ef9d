//! What any engine must do with the rights of a child: nothing on one word, nothing before the day, and all of it then
//! (V-30 to V-32).

mod ahead;
mod edges;
mod kinds;
mod left;
mod unnamed;

use std::sync::Arc;

use samenloop_core::alert::{AlertState, Notice, Reader};
use samenloop_core::batch::Line;
use samenloop_core::fixture::{self, Draft, connection, day, month, place, reference};
use samenloop_core::manifest::{Connection, EpochEntry, EpochState, ManifestEntries, Organisation, Role};
use samenloop_core::rights::{Found, RightsKind, RightsReason, RightsRequest, Verdict};
use samenloop_core::room::rights::{
    DECIDED_WITHIN_DAYS, MONTH_DAYS, QUOTA, REMINDED_AFTER_DAYS, RESTRICTED_DAYS, RightsRefusal,
};
use samenloop_core::value::{Domain, Epoch, OrganisationId, Place};

use super::{Bench, Engine, Outcome, child, demand, whole, wrong};
use crate::{Fault, RightsDeed, RightsStep, Scope, Store, Tick};

const POINT: &str = "contactpunt";
const COLLEAGUE: &str = "contactpunt-balie";
const OFFICER: &str = "fg";

pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    nobody_of_the_asking_organisation_decides(bench(engine)?).await?;
    an_answer_comes_on_its_day_and_tells_what_is_kept(bench(engine)?).await?;
    a_child_that_nobody_knows_is_answered_the_same(bench(engine)?).await?;
    a_limited_answer_leaves_out_what_its_reason_says(bench(engine)?).await?;
    after_the_days_for_it_nobody_decides(bench(engine)?).await?;
    deciders_are_told_and_reminded(bench(engine)?).await?;
    more_than_a_month_has_is_refused(bench(engine)?).await?;
    what_is_no_live_epoch_is_refused(bench(engine)?).await?;
    a_destroyed_epoch_holds_nothing(bench(engine)?).await?;
    what_rests_holds_no_alert_open(bench(engine)?).await?;
    what_rests_under_one_epoch_rests_under_both(bench(engine)?).await?;
    a_restriction_ends_unless_two_people_renew_it(bench(engine)?).await?;
    what_is_erased_is_gone_and_stays_so(bench(engine)?).await?;
    for is_claim_first in [true, false] {
        an_erasure_and_a_claim_at_once_end_in_an_erasure(bench(engine)?, is_claim_first).await?;
    }
    kinds::an_erasure_empties_alerts_of_every_kind(bench(engine)?).await?;
    kinds::an_answer_tells_what_was_sent_last(bench(engine)?).await?;
    kinds::a_rest_is_carried_over_for_each_number(bench(engine)?).await?;
    ahead::a_clock_that_was_ahead_ends_nothing(bench(engine)?).await?;
    ahead::what_has_no_pseudonyms_is_not_decided(bench(engine)?).await?;
    ahead::what_was_asked_on_a_clock_that_was_ahead_holds_nothing_up(bench(engine)?).await?;
    kinds::a_lift_is_of_the_child_that_is_named(bench(engine)?).await?;
    ahead::an_older_manifest_that_acts_again_dates_nothing_anew(bench(engine)?).await?;
    ahead::what_lapsed_while_none_was_current_is_told(bench(engine)?).await?;
    ahead::what_was_released_is_done_however_late(bench(engine)?).await?;
    left::what_only_an_ended_epoch_files_is_told(bench(engine)?).await?;
    left::what_only_an_ended_epoch_files_is_erased(bench(engine)?).await?;
    left::a_rest_is_lifted_under_every_epoch(bench(engine)?).await?;
    unnamed::an_alert_whose_signals_were_withdrawn_keeps_how_it_ended(bench(engine)?).await?;
    unnamed::a_lapsed_alert_whose_signals_were_withdrawn_holds_nothing(bench(engine)?).await?;
    unnamed::an_unfounded_alert_whose_signals_were_withdrawn_holds_nothing(bench(engine)?).await?;
    unnamed::what_was_asked_stays_while_another_epoch_lists_its_signal(bench(engine)?).await?;
    unnamed::a_closed_alert_is_found_as_long_as_a_signal_leads_to_it(bench(engine)?).await?;
    unnamed::what_is_carried_over_late_brings_no_closed_alert_along(bench(engine)?).await?;
    unnamed::a_correction_brings_another_child_no_alert(bench(engine)?).await?;
    unnamed::an_alert_of_a_child_that_rests_is_found(bench(engine)?).await?;
    unnamed::what_was_asked_goes_with_what_is_swept(bench(engine)?).await?;
    edges::what_is_refused_changes_nothing_and_is_logged(bench(engine)?).await?;
    edges::a_clock_set_back_ends_and_forgets_nothing(bench(engine)?).await?;
    edges::what_lapses_is_told_to_whoever_asked(bench(engine)?).await?;
    for kind in [RightsKind::Restrict, RightsKind::Erase] {
        edges::who_saw_an_alert_is_told_of_it(bench(engine)?, kind).await?;
    }
    edges::who_saw_nothing_is_told_nothing(bench(engine)?).await?;
    edges::two_people_lift_a_rest(bench(engine)?).await?;
    edges::an_answer_says_when_there_is_more(bench(engine)?).await?;
    edges::a_limit_leaves_out_that_anybody_looked(bench(engine)?).await?;
    edges::an_answer_says_who_looked_and_when(bench(engine)?).await?;
    edges::a_request_that_waits_keeps_its_epoch(bench(engine)?).await?;
    edges::senders_are_told_of_their_own_and_of_nothing_else(bench(engine)?).await?;
    let first = engine.empty()?;
    requests_and_restrictions_are_kept_over_a_restart(engine, first).await
}

fn organisation(id: &str, number: u8) -> Result<Organisation, Fault> {
    let id = OrganisationId::parse(id).map_err(|fault| wrong(&fault.to_string()))?;
    Ok(Organisation { name: id.to_string(), oin: format!("00000009{number:012}"), id })
}

/// The fixture's exchange with a contact point, its colleague, and a privacy officer of another organisation.
fn entries() -> Result<ManifestEntries, Fault> {
    let mut entries = fixture::entries();
    let some = entries.connections.first().cloned().ok_or_else(|| wrong("a connection"))?;
    for (id, of, role, number) in [
        (POINT, "contactpunt", Role::ContactPoint, 91),
        (COLLEAGUE, "contactpunt", Role::ContactPoint, 91),
        (OFFICER, "fg", Role::PrivacyOfficer, 92),
    ] {
        let organisation = organisation(of, number)?;
        entries.connections.push(Connection {
            id: connection(id),
            organisation: organisation.id.clone(),
            oin: organisation.oin.clone(),
            role,
            ..some.clone()
        });
        if !entries.organisations.contains(&organisation) {
            entries.organisations.push(organisation);
        }
    }
    entries.expires = day("2027-12-31");
    Ok(entries)
}

fn with_store<S>(store: S) -> Result<Bench<S>, Fault> {
    Ok(Bench { store, manifest: whole(entries()?)?, today: fixture::today() })
}

fn bench<E: Engine>(engine: &mut E) -> Result<Bench<E::Store>, Fault> {
    with_store(engine.empty()?)
}

type Stepped = Result<Result<RightsRequest, RightsRefusal>, Fault>;

impl<S: Store> Bench<S> {
    async fn rights(&self, by: &str, deed: RightsDeed) -> Stepped {
        let (manifest, today) = (Arc::clone(&self.manifest), self.today);
        self.store.rights(RightsStep { by: connection(by), manifest, today, deed }).await
    }

    async fn ask(&self, kind: RightsKind, places: Vec<Place>) -> Result<RightsRequest, Fault> {
        let asked = self.rights(POINT, RightsDeed::Ask { kind, places }).await?;
        asked.map_err(|refusal| wrong(&refusal.to_string()))
    }

    async fn decide(
        &self,
        by: &str,
        request: &RightsRequest,
        verdict: Verdict,
        reason: Option<RightsReason>,
    ) -> Stepped {
        self.rights(by, RightsDeed::Decide { request: request.id, verdict, reason }).await
    }

    async fn answer(&self) -> Result<Vec<RightsRequest>, Fault> {
        let tick = Tick { manifest: Arc::clone(&self.manifest), today: self.today };
        self.store.answer_requests(tick, self.manifest.expires()).await
    }

    /// Asks, has it released, and waits for the next Wednesday.
    async fn done(&mut self, kind: RightsKind, places: Vec<Place>) -> Result<Found, Fault> {
        self.done_as(kind, places, Verdict::Release, None).await
    }

    async fn done_as(
        &mut self,
        kind: RightsKind,
        places: Vec<Place>,
        verdict: Verdict,
        reason: Option<RightsReason>,
    ) -> Result<Found, Fault> {
        let request = self.ask(kind, places).await?;
        let decided = self.decide(OFFICER, &request, verdict, reason).await?;
        decided.map_err(|refusal| wrong(&refusal.to_string()))?;
        while self.today.weekday() != 3 {
            self.today = self.today.plus_days(1);
        }
        let answered = self.answer().await?;
        let mut found = answered.into_iter().filter(|it| it.id == request.id).filter_map(|it| it.answer);
        found.next().map(|(_, found)| found).ok_or_else(|| wrong("a request is answered on its day"))
    }
}

async fn nobody_of_the_asking_organisation_decides<S: Store>(bench: Bench<S>) -> Outcome {
    let request = bench.ask(RightsKind::Access, child(7)).await?;
    for by in [POINT, COLLEAGUE] {
        let refused = bench.decide(by, &request, Verdict::Release, None).await?;
        demand(
            refused == Err(RightsRefusal::SameOrganisation),
            "neither the requester nor a colleague decides",
        )?;
    }
    let released = bench.decide(OFFICER, &request, Verdict::Release, None).await?;
    demand(released.is_ok(), "another organisation does")?;
    demand(
        bench.decide(OFFICER, &request, Verdict::Release, None).await? == released,
        "and may say it twice",
    )?;
    let refuse = Some(RightsReason::Repeated);
    let changed = bench.decide(OFFICER, &request, Verdict::Refuse, refuse).await?;
    demand(changed == Err(RightsRefusal::Decided), "but not something else")?;
    let other = bench.ask(RightsKind::Erase, child(7)).await?;
    for (verdict, reason) in [
        (Verdict::Limit, None),
        (Verdict::Limit, Some(RightsReason::InvolvedPerson)),
        (Verdict::Refuse, Some(RightsReason::InvolvedPerson)),
        (Verdict::Release, Some(RightsReason::Repeated)),
    ] {
        let refused = bench.decide(OFFICER, &other, verdict, reason).await?;
        demand(refused == Err(RightsRefusal::Reason), "a reason goes with its decision")?;
    }
    Ok(())
}

async fn an_answer_comes_on_its_day_and_tells_what_is_kept<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let request = bench.ask(RightsKind::Access, child(7)).await?;
    bench.today = day("2026-11-25");
    demand(bench.answer().await?.is_empty(), "what nobody released is not answered")?;
    bench.today = day("2026-11-26");
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
    for _ in 0..6 {
        demand(bench.answer().await?.is_empty(), "until Wednesday it is being handled")?;
        bench.today = bench.today.plus_days(1);
    }
    let answered = bench.answer().await?;
    demand(bench.answer().await?.is_empty(), "it is answered once")?;
    demand(bench.store.requests()? == answered, "what was answered is kept")?;
    let found: Vec<_> = answered.iter().filter_map(|it| it.answer.as_ref()).collect();
    let [(on, found)] = found.as_slice() else { return Err(wrong("one answer")) };
    let domains: Vec<_> = found.signals.iter().filter_map(|it| it.by.as_ref()).map(|it| it.1).collect();
    demand(domains.len() == 2 && domains.contains(&Domain::Onderwijs), "it tells which domains")?;
    let states: Vec<_> = found.alerts.iter().map(|it| it.state).collect();
    demand(*on == bench.today && states == [AlertState::New] && !found.more, "and which alerts")?;
    bench.today = bench.today.plus_days(70);
    bench.answer().await?;
    demand(bench.store.requests()?.is_empty(), "after its term it is gone")
}

async fn a_child_that_nobody_knows_is_answered_the_same<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    for kind in [RightsKind::Access, RightsKind::Restrict, RightsKind::Erase] {
        demand(bench.done(kind, child(8)).await? == Found::default(), "nothing is found")?;
    }
    demand(bench.open().await?.len() == 1, "and nothing of another child changes")
}

async fn a_limited_answer_leaves_out_what_its_reason_says<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let limit = |reason| (Verdict::Limit, Some(reason));
    let (verdict, reason) = limit(RightsReason::InvolvedPerson);
    let found = bench.done_as(RightsKind::Access, child(7), verdict, reason).await?;
    demand(found.signals.len() == 2, "the signals are told")?;
    demand(found.signals.iter().all(|it| it.by.is_none()), "and not who reported")?;
    let (verdict, reason) = limit(RightsReason::Investigation);
    let found = bench.done_as(RightsKind::Access, child(7), verdict, reason).await?;
    let domains: Vec<_> = found.signals.iter().filter_map(|it| it.by.as_ref()).map(|it| it.1).collect();
    demand(domains == [Domain::Onderwijs], "what the police reported is left out")?;
    let refuse = Some(RightsReason::ChildInDanger);
    for kind in [RightsKind::Access, RightsKind::Erase] {
        let found = bench.done_as(kind, child(7), Verdict::Refuse, refuse).await?;
        demand(found == Found::default(), "what is refused tells nothing")?;
    }
    demand(bench.open().await?.len() == 1, "and does nothing")
}

async fn after_the_days_for_it_nobody_decides<S: Store>(mut bench: Bench<S>) -> Outcome {
    let (first, second) =
        (bench.ask(RightsKind::Access, child(7)).await?, bench.ask(RightsKind::Erase, child(7)).await?);
    bench.today = bench.today.plus_days(DECIDED_WITHIN_DAYS);
    demand(bench.decide(OFFICER, &first, Verdict::Release, None).await?.is_ok(), "on the last day one may")?;
    bench.today = bench.today.plus_days(1);
    let late = bench.decide(OFFICER, &second, Verdict::Release, None).await?;
    demand(late == Err(RightsRefusal::Late), "after it a new request is needed")?;
    bench.today = bench.today.plus_days(7);
    demand(bench.answer().await?.iter().all(|it| it.id == first.id), "and it is never answered")
}

async fn deciders_are_told_and_reminded<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.ask(RightsKind::Access, child(7)).await?;
    let officer = Notice::Rights { to: connection(OFFICER) };
    let told = |letters: Vec<crate::Letter>| letters.into_iter().map(|it| it.notice).collect::<Vec<_>>();
    demand(told(bench.letters().await?) == [officer], "who may decide is told, and no colleague")?;
    let letters = |store: Vec<crate::Letter>| store.into_iter().map(|it| it.id).collect::<Vec<_>>();
    let first = letters(bench.letters().await?);
    bench.today = bench.today.plus_days(REMINDED_AFTER_DAYS - 1);
    bench.answer().await?;
    demand(letters(bench.letters().await?) == first, "nobody is reminded too early")?;
    bench.today = bench.today.plus_days(1);
    bench.answer().await?;
    let second = letters(bench.letters().await?);
    demand(second != first && second.len() == 1, "a week before the end they are")?;
    bench.answer().await?;
    demand(letters(bench.letters().await?) == second, "once")
}

async fn more_than_a_month_has_is_refused<S: Store>(mut bench: Bench<S>) -> Outcome {
    for _ in 0..QUOTA {
        bench.ask(RightsKind::Access, child(7)).await?;
    }
    let ask = RightsDeed::Ask { kind: RightsKind::Access, places: child(7) };
    let refused = bench.rights(POINT, ask.clone()).await?;
    demand(refused.err() == Some(RightsRefusal::Quota), "a contact point has so many a month")?;
    bench.today = bench.today.plus_days(MONTH_DAYS + 1);
    demand(bench.rights(POINT, ask).await?.is_ok(), "and as many the next")
}

async fn what_is_no_live_epoch_is_refused<S: Store>(bench: Bench<S>) -> Outcome {
    let ask = |places| RightsDeed::Ask { kind: RightsKind::Access, places };
    let refused = bench.rights(POINT, ask(vec![place(9, fixture::KIND, 7)])).await?;
    demand(refused.err() == Some(RightsRefusal::EpochNotLive), "an epoch that is not live")?;
    for places in [Vec::new(), [child(7), child(7)].concat()] {
        let refused = bench.rights(POINT, ask(places)).await?;
        demand(refused.err() == Some(RightsRefusal::Places), "none, or one twice")?;
    }
    Ok(())
}

/// Epoch 1 overlaps, epoch 2 is active.
fn in_overlap<S>(bench: &mut Bench<S>) -> Outcome {
    let epochs = vec![
        EpochEntry { epoch: Epoch::new(1), state: EpochState::Overlap { until: day("2027-01-20") } },
        EpochEntry { epoch: Epoch::new(2), state: EpochState::Active },
    ];
    bench.manifest = whole(ManifestEntries { epochs, hash: [2; 32], sequence: 2, ..entries()? })?;
    Ok(())
}

/// The overlap is over; the keys of epoch 1 are there still.
fn after_overlap<S>(bench: &mut Bench<S>) -> Outcome {
    let epochs = vec![EpochEntry { epoch: Epoch::new(2), state: EpochState::Active }];
    bench.manifest = whole(ManifestEntries { epochs, hash: [3; 32], sequence: 3, ..entries()? })?;
    Ok(())
}

async fn a_destroyed_epoch_holds_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    in_overlap(&mut bench)?;
    bench.tick().await?;
    let request = bench.ask(RightsKind::Access, child(7)).await?;
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
    after_overlap(&mut bench)?;
    bench.store.destroy_epoch(Epoch::new(1)).await?;
    bench.today = day("2026-11-25");
    let answered = bench.answer().await?;
    let found: Vec<_> = answered.into_iter().filter_map(|it| it.answer).map(|it| it.1).collect();
    demand(found == [Found::default()], "a pseudonym of a destroyed epoch finds nothing, and fails nothing")
}

async fn what_rests_holds_no_alert_open<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let cursor = bench.store.last_tick();
    bench.done(RightsKind::Restrict, child(7)).await?;
    demand(bench.open().await?.is_empty(), "its alert lapses")?;
    bench.tick().await?;
    let news = bench.store.news(&bench.coordinator("west"), cursor).await?;
    demand(news.iter().any(|it| it.alerts.len() == 1), "and its coordinator is told")?;
    bench.send("gemeente-west", vec![Draft::hard(5).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "what is sent since opens none")?;
    let found = bench.done(RightsKind::Access, child(7)).await?;
    demand(found.signals.len() == 3, "but all of it is kept")
}

async fn what_rests_under_one_epoch_rests_under_both<S: Store>(mut bench: Bench<S>) -> Outcome {
    in_overlap(&mut bench)?;
    let both = || vec![place(1, fixture::KIND, 7), place(2, fixture::KIND, 7)];
    bench.send("politie-west", vec![Draft::hard(1).put(both())]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(both())]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "one child, one alert")?;
    // Only the older epoch is named: a signal is inactive when any of its pseudonyms is restricted.
    bench.done(RightsKind::Restrict, child(7)).await?;
    demand(bench.open().await?.is_empty(), "it lapses")?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both())]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "and nothing opens under the other epoch")?;
    let behind = bench.store.restrictions_behind(bench.today)?;
    demand(behind.into_iter().eq([(Epoch::new(1), 1)]), "it would end with its epoch, and is counted")?;
    bench.done(RightsKind::Restrict, both()).await?;
    demand(bench.store.restrictions_behind(bench.today)?.is_empty(), "asked again under both it would not")
}

async fn a_restriction_ends_unless_two_people_renew_it<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.done(RightsKind::Restrict, child(7)).await?;
    let began = bench.today;
    bench.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.today = began.plus_days(RESTRICTED_DAYS);
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "it lasts so many days")?;
    bench.today = began.plus_days(84);
    bench.done(RightsKind::Restrict, child(7)).await?;
    bench.today = began.plus_days(RESTRICTED_DAYS + 1);
    let new = |number| Draft { month: month("2027-02"), expiry: month("2027-05"), ..Draft::soft(number) };
    bench.send("gemeente-west", vec![new(3).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "renewed it goes on")?;
    bench.today = began.plus_days(84 + RESTRICTED_DAYS + 1);
    bench.answer().await?;
    bench.send("gemeente-west", vec![new(4).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "then what is still reported counts again")
}

async fn what_is_erased_is_gone_and_stays_so<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let alert = bench.only().await?;
    bench.does(alert.id(), "zorgcoordinator-west", bench.claim()).await?;
    let cursor = bench.store.last_tick();
    bench.done(RightsKind::Erase, child(7)).await?;
    demand(bench.open().await?.is_empty(), "an alert that somebody leads ends as well")?;
    let left = bench.all().await?;
    let [left] = left.as_slice() else { return Err(wrong("a shell, until it is forgotten")) };
    demand(left.signals().is_empty() && left.acts().is_empty(), "nothing of it is left")?;
    demand(
        left.numbers().domains.is_empty() && left.numbers().organisations.is_empty(),
        "no numbers either",
    )?;
    bench.tick().await?;
    let news = bench.store.news(&bench.coordinator("west"), cursor).await?;
    demand(!news.is_empty(), "whoever saw it is told")?;
    let letters = bench.letters().await?;
    let mail = Notice::Rights { to: connection("zorgcoordinator-west") };
    demand(letters.iter().any(|it| it.notice == mail), "by mail too")?;
    let again = [Draft { revision: 9, ..Draft::hard(1) }.put(child(7))];
    bench.send("politie-west", again.into()).await?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "an erased reference is never filed again")?;
    demand(bench.done(RightsKind::Access, child(7)).await? == Found::default(), "nothing is found")?;
    demand(bench.done(RightsKind::Erase, child(7)).await? == Found::default(), "erasing twice is nothing")?;
    let standings = bench.store.standings(bench.today)?;
    demand(standings.is_empty(), "it is counted no more")?;
    bench.send("politie-west", vec![Draft::hard(11).put(child(7))]).await?;
    bench.send("school-west", vec![Draft::soft(12).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.open().await?.len() == 1, "a new judgement under a new reference counts")
}

async fn an_erasure_and_a_claim_at_once_end_in_an_erasure<S: Store>(
    mut bench: Bench<S>,
    is_claim_first: bool,
) -> Outcome {
    bench.convergence().await?;
    bench
        .send("gemeente-west", vec![Draft::soft(3).put(vec![place(1, 3, 7)]), Line::Withdraw(reference(9))])
        .await?;
    bench.tick().await?;
    let alert = bench.only().await?;
    let request = bench.ask(RightsKind::Erase, child(7)).await?;
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
    bench.today = day("2026-11-25");
    let (claim, answer) = (bench.tries(alert.id(), "zorgcoordinator-west", bench.claim()), bench.answer());
    // The one that is polled first reaches the writer first.
    let (claimed, answered) = if is_claim_first {
        tokio::join!(claim, answer)
    } else {
        let (answered, claimed) = tokio::join!(answer, claim);
        (claimed, answered)
    };
    demand(claimed?.is_ok() == is_claim_first, "what is erased is claimed by nobody")?;
    demand(answered?.len() == 1, "the request is answered")?;
    demand(bench.store.alerts(&Reader::Hub, Scope::Open).await?.is_empty(), "no alert is open")?;
    demand(
        bench.all().await?.iter().all(|it| it.signals().is_empty() && it.acts().is_empty()),
        "nothing is left",
    )?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "and no later tick brings it back")
}

async fn requests_and_restrictions_are_kept_over_a_restart<E: Engine>(
    engine: &mut E,
    store: E::Store,
) -> Outcome {
    let mut bench = with_store(store)?;
    bench.done(RightsKind::Restrict, child(7)).await?;
    let request = bench.ask(RightsKind::Access, child(7)).await?;
    let before = bench.store.requests()?;
    let today = bench.today;
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    let mut bench = Bench { today, ..with_store(store)? };
    demand(bench.store.requests()? == before && before.len() == 2, "requests are there")?;
    bench.convergence_at_rest().await?;
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "and can be decided on")?;
    bench.today = bench.today.plus_days(7);
    let answered = bench.answer().await?;
    let found = answered.iter().filter_map(|it| it.answer.as_ref()).map(|it| it.1.signals.len());
    demand(found.eq([2]), "with their pseudonyms")
}

impl<S: Store> Bench<S> {
    /// Signals that would converge, were the child not at rest.
    async fn convergence_at_rest(&self) -> Outcome {
        self.send("politie-west", vec![Draft::hard(1).put(child(7))]).await?;
        self.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
        self.tick().await?;
        demand(self.open().await?.is_empty(), "a restriction is there after a restart")
    }
}
