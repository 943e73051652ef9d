//! What people do with alerts: whole or not at all, one step at a time, and there after a restart.

use std::sync::Arc;

use samenloop_core::alert::{Act, AlertId, Answer, Deed};
use samenloop_core::case::{
    self, CaseReference, ChildView, ClaimReason, ConfirmReason, ContactReason, HandOverReason, Registration,
};
use samenloop_core::room::followup::ActRefusal;

use super::outbox::both;
use super::*;
use crate::Step;

/// Runs every requirement of acts on fresh stores of the engine.
pub(super) async fn check<E: Engine>(engine: &mut E) -> Outcome {
    an_act_is_kept_and_told_with_the_next_tick(Bench::new(engine.empty()?)).await?;
    a_refused_act_changes_nothing(Bench::new(engine.empty()?)).await?;
    of_two_that_race_one_leads_each_alert(Bench::new(engine.empty()?)).await?;
    a_claimed_alert_outlives_its_signals(Bench::new(engine.empty()?)).await?;
    judged_signals_alone_open_nothing(Bench::new(engine.empty()?)).await?;
    a_new_domain_opens_a_closed_alert_again(Bench::new(engine.empty()?)).await?;
    a_mark_stays_with_the_child_over_a_rotation(Bench::new(engine.empty()?)).await?;
    a_mark_goes_with_a_correction_to_another_child(Bench::new(engine.empty()?)).await?;
    one_agency_brings_no_follow_up_to_another_child(Bench::new(engine.empty()?)).await?;
    two_led_alerts_of_one_child_stay_two(Bench::new(engine.empty()?)).await?;
    who_is_to_act_gets_a_letter_and_not_who_acted(Bench::new(engine.empty()?)).await?;
    a_reporter_answers_what_it_was_asked(Bench::new(engine.empty()?)).await?;
    what_nobody_picks_up_widens_its_circle_and_ends(Bench::new(engine.empty()?)).await?;
    what_was_closed_is_forgotten_after_its_term(Bench::new(engine.empty()?)).await?;
    let first = engine.empty()?;
    acts_are_there_after_a_restart(engine, first).await
}

fn own_case() -> Result<CaseReference, Fault> {
    CaseReference::parse("ZHZ-26-117").map_err(|fault| wrong(&fault.to_string()))
}

impl<S: Store> Bench<S> {
    pub(super) async fn take(
        &self,
        alert: AlertId,
        by: &str,
        deed: crate::Deed,
    ) -> Result<Result<Alert, ActRefusal>, Fault> {
        let (by, manifest) = (fixture::connection(by), Arc::clone(&self.manifest));
        self.store.act(alert, Step { by, manifest, today: self.today, deed }).await
    }

    pub(super) async fn tries(
        &self,
        alert: AlertId,
        by: &str,
        deed: Deed,
    ) -> Result<Result<Alert, ActRefusal>, Fault> {
        self.take(alert, by, crate::Deed::Act(Act { case: own_case()?, deed })).await
    }

    pub(super) async fn does(&self, alert: AlertId, by: &str, deed: Deed) -> Result<Alert, Fault> {
        self.tries(alert, by, deed).await?.map_err(|refusal| wrong(&format!("an act is refused: {refusal}")))
    }

    /// The one open alert.
    pub(super) async fn only(&self) -> Result<Alert, Fault> {
        let mut open = self.open().await?;
        demand(open.len() == 1, "one open alert")?;
        open.pop().ok_or_else(|| wrong("one open alert"))
    }

    pub(super) fn claim(&self) -> Deed {
        Deed::Claim { reason: ClaimReason::OwnRegion, next_check: self.today.plus_days(3) }
    }

    /// Has west claim, confirm and close an alert.
    async fn close(&self, alert: AlertId) -> Outcome {
        self.does(alert, WEST, self.claim()).await?;
        self.finish(alert).await
    }

    /// Has west confirm and close an alert that it leads.
    async fn finish(&self, alert: AlertId) -> Outcome {
        let close = Deed::Close {
            outcome: case::Outcome::HelpStarted,
            registration: Registration::No,
            view: ChildView::Known,
        };
        self.does(alert, WEST, confirm()).await?;
        self.does(alert, WEST, close).await.map(drop)
    }
}

const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";

fn confirm() -> Deed {
    Deed::Confirm { reason: ConfirmReason::SignalsWeighed, reading: None }
}

async fn an_act_is_kept_and_told_with_the_next_tick<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let (alert, cursor) = (bench.only().await?, bench.store.last_tick());
    let claimed = bench.does(alert.id(), WEST, bench.claim()).await?;
    demand(claimed.state() == AlertState::Claimed, "a claim claims")?;
    demand(bench.only().await? == claimed, "what an act returns is what is kept")?;
    bench.tick().await?;
    let news = bench.store.news(&bench.coordinator("west"), cursor).await?;
    let told: Vec<_> = news.iter().flat_map(|it| &it.alerts).collect();
    demand(told == [&claimed], "a claim is told, once")?;
    demand(news.iter().all(|it| it.tick <= bench.store.last_tick()), "with a tick that is finished")?;
    let cursor = bench.store.last_tick();
    bench.does(alert.id(), WEST, bench.claim()).await?;
    demand(bench.store.news(&Reader::Hub, cursor).await?.is_empty(), "a repeat tells nothing")?;
    let to = fixture::connection(NOORD);
    let next_check = bench.today.plus_days(9);
    bench
        .does(alert.id(), WEST, Deed::HandOver { to, reason: HandOverReason::OtherRegion, next_check })
        .await?;
    let noord = bench.store.alerts(&bench.coordinator("noord"), Scope::Open).await?;
    demand(noord.len() == 1, "who leads it sees it, whatever the region")?;
    demand(bench.store.news(&bench.coordinator("noord"), cursor).await?.len() == 1, "and is told")
}

async fn a_refused_act_changes_nothing<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let before = (bench.all().await?, bench.store.last_tick());
    let alert = bench.only().await?.id();
    let nowhere = AlertId::new([0xee; 16]);
    for (id, by, refusal) in [
        (nowhere, WEST, ActRefusal::Unknown),
        (alert, NOORD, ActRefusal::Unknown),
        (alert, "school-west", ActRefusal::Unknown),
    ] {
        demand(
            bench.tries(id, by, bench.claim()).await? == Err(refusal),
            "who may not see it knows of none",
        )?;
    }
    demand(bench.tries(alert, WEST, confirm()).await? == Err(ActRefusal::NotLed), "claim first")?;
    demand(
        (bench.all().await?, bench.store.news(&Reader::Hub, before.1).await?.len()) == (before.0, 0),
        "nothing changed",
    )
}

async fn of_two_that_race_one_leads_each_alert<S: Store>(bench: Bench<S>) -> Outcome {
    const ALERTS: u64 = 24;
    let both = |number: u64, draft: Draft| draft.put(child(number));
    let noord = |number| Draft { region: region("noord"), ..Draft::soft(1000 + number) };
    bench.send("politie-west", (1..=ALERTS).map(|it| both(it, Draft::hard(it))).collect()).await?;
    bench.send("coa-noord", (1..=ALERTS).map(|it| both(it, noord(it))).collect()).await?;
    bench.tick().await?;
    let alerts = bench.open().await?;
    demand(alerts.len() as u64 == ALERTS, "an alert for each child")?;
    let (bench, mut racing) = (Arc::new(bench), tokio::task::JoinSet::new());
    for id in alerts.iter().map(Alert::id) {
        for by in [WEST, NOORD] {
            let bench = Arc::clone(&bench);
            racing.spawn(async move {
                let took = bench.tries(id, by, bench.claim()).await;
                took.map(|took| (id, by, took.map(drop)))
            });
        }
    }
    let mut leads = std::collections::BTreeMap::new();
    while let Some(raced) = racing.join_next().await {
        let (id, by, took) = raced.map_err(|fault| wrong(&fault.to_string()))??;
        match took {
            Ok(()) => demand(leads.insert(id, by).is_none(), "one of two gets it")?,
            Err(refusal) => demand(refusal == ActRefusal::LedByAnother, "the other is told who leads")?,
        }
    }
    let kept = bench.open().await?;
    let lead = |it: &Alert| it.progress().lead().map(|lead| lead.by.to_string());
    let agrees = |it: &Alert| lead(it).as_deref() == leads.get(&it.id()).copied();
    demand(leads.len() as u64 == ALERTS && kept.iter().all(agrees), "and the store says the same")
}

async fn a_claimed_alert_outlives_its_signals<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let alert = bench.only().await?.id();
    bench.does(alert, WEST, bench.claim()).await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    demand(bench.tick().await? == 1, "its lead is told")?;
    let kept = bench.only().await?;
    demand(kept.state() == AlertState::Claimed && kept.signals().len() == 1, "it lists what is left")?;
    let unmet = kept.progress().lead().and_then(|it| it.unmet_since);
    demand(unmet == Some(bench.today), "and says since when the rule is not met")?;
    bench.does(alert, WEST, confirm()).await.map(drop)
}

async fn judged_signals_alone_open_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.close(bench.only().await?.id()).await?;
    demand(bench.open().await?.is_empty(), "what is closed is not open")?;
    bench.send("school-noord", vec![Draft::soft(9).put(child(7))]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(child(7))]).await?;
    bench.tick().await?;
    bench.today = bench.today.plus_days(1);
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "judged signals and a soft one of a judged domain open nothing")?;
    bench.send("school-west", vec![Draft { revision: 3, ..Draft::hard(2) }.put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.only().await?.state() == AlertState::Reopened, "what was soft and is hard now is new")
}

async fn a_new_domain_opens_a_closed_alert_again<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let closed = bench.only().await?.id();
    bench.close(closed).await?;
    bench.send("coa-noord", vec![Draft::soft(3).put(child(7))]).await?;
    demand(bench.tick().await? == 1, "that is told")?;
    let again = bench.only().await?;
    demand(again.id() == closed && again.state() == AlertState::Reopened, "it is the same alert")?;
    demand((again.acts().len(), again.signals().len()) == (3, 3), "with what was done, and all signals")?;
    bench.does(closed, WEST, bench.claim()).await?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    demand(bench.only().await?.signals().len() == 2, "it follows its signals again")
}

async fn a_mark_stays_with_the_child_over_a_rotation<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.close(bench.only().await?.id()).await?;
    bench.manifest = overlap()?;
    let both = || vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both())]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both())]).await?;
    bench.tick().await?;
    bench.manifest = epochs::manifest(3, EpochState::Retired, EpochState::Active)?;
    bench.tick().await?;
    let new = || vec![place(2, 1, 7)];
    bench.send("school-west", vec![Draft { revision: 3, ..Draft::soft(2) }.put(new())]).await?;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "what was judged under the old key is judged under the new")?;
    bench.send("coa-noord", vec![Draft::soft(3).put(new())]).await?;
    bench.tick().await?;
    demand(bench.only().await?.state() == AlertState::Reopened, "and is the same case")
}

async fn a_mark_goes_with_a_correction_to_another_child<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.close(bench.only().await?.id()).await?;
    bench.send("gemeente-west", vec![Draft::soft(8).put(child(8))]).await?;
    bench.send("school-west", vec![Draft::soft(9).put(child(8))]).await?;
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(child(8))]).await?;
    bench.tick().await?;
    demand(bench.only().await?.state() == AlertState::New, "another child was not judged")
}

async fn one_agency_brings_no_follow_up_to_another_child<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    // The police file the old pseudonym of child 7 and the new one of child 8 under one reference.
    let bridge = vec![place(1, 1, 7), place(2, 1, 8)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(bridge)]).await?;
    bench.tick().await?;
    let closed = bench.only().await?.id();
    bench.close(closed).await?;
    let eight = || vec![place(1, 1, 8), place(2, 1, 8)];
    bench.send("coa-noord", vec![Draft::hard(4).put(eight())]).await?;
    bench.send("gemeente-west", vec![Draft::soft(5).put(eight())]).await?;
    bench.tick().await?;
    let open = bench.open().await?;
    demand(!open.is_empty(), "the other child has an alert")?;
    demand(open.iter().all(|it| it.id() != closed && it.acts().is_empty()), "of its own")
}

async fn two_led_alerts_of_one_child_stay_two<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.manifest = overlap()?;
    let noord = |draft: Draft| Draft { region: region("noord"), ..draft };
    bench.send("coa-noord", vec![noord(Draft::hard(3)).put(vec![place(2, 1, 7)])]).await?;
    bench.send("zorg-noord", vec![noord(Draft::soft(4)).put(vec![place(2, 1, 7)])]).await?;
    bench.tick().await?;
    for (alert, by) in bench.open().await?.iter().zip([WEST, NOORD]) {
        let by = if alert.regions().contains(&region("west")) { WEST } else { by };
        let by = if alert.regions().contains(&region("noord")) { NOORD } else { by };
        bench.does(alert.id(), by, bench.claim()).await?;
    }
    let both = || vec![place(1, 1, 7), place(2, 1, 7)];
    bench.send("politie-west", vec![Draft { revision: 2, ..Draft::hard(1) }.put(both())]).await?;
    bench.send("school-west", vec![Draft { revision: 2, ..Draft::soft(2) }.put(both())]).await?;
    bench.tick().await?;
    let open = bench.open().await?;
    demand(open.len() == 2, "neither ends by itself")?;
    demand(open.iter().all(|it| it.signals().len() == 4), "and both see all signals")
}

async fn who_is_to_act_gets_a_letter_and_not_who_acted<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.deliver().await?;
    let alert = bench.only().await?.id();
    bench.does(alert, WEST, bench.claim()).await?;
    demand(bench.letters().await?.is_empty(), "who claims it knows")?;
    let ask = |of: &[&str]| Deed::AskContact {
        of: of.iter().map(|it| fixture::connection(it)).collect(),
        reason: ContactReason::Explain,
    };
    let mail = |to: &str| vec![(to.to_owned(), true)];
    bench.does(alert, WEST, ask(&["school-west"])).await?;
    demand(bench.told().await? == mail("school-west"), "who is asked gets a mail, and no event")?;
    bench.deliver().await?;
    bench.does(alert, WEST, ask(&["politie-west"])).await?;
    demand(bench.told().await? == mail("politie-west"), "who was asked before gets none again")?;
    bench.deliver().await?;
    let answer = crate::Deed::Answer(Answer::WillCall);
    bench.take(alert, "school-west", answer).await?.map_err(|_| wrong("an answer is taken"))?;
    demand(bench.told().await? == both(&[WEST]), "an answer is told to the lead")?;
    bench.deliver().await?;
    let (to, next_check) = (fixture::connection(NOORD), bench.today.plus_days(9));
    let hand_over = Deed::HandOver { to, reason: HandOverReason::OtherRegion, next_check };
    bench.does(alert, WEST, hand_over).await?;
    demand(bench.told().await? == both(&[NOORD]), "a hand-over is told to the other")
}

async fn a_reporter_answers_what_it_was_asked<S: Store>(bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let alert = bench.only().await?.id();
    bench.does(alert, WEST, bench.claim()).await?;
    let school = || fixture::connection("school-west");
    let ask = Deed::AskContact { of: [school()].into(), reason: ContactReason::Explain };
    let asked = bench.does(alert, WEST, ask).await?;
    let asked: Vec<_> = asked.contacts().iter().map(|it| (alert, it.clone())).collect();
    demand(bench.store.asked(&school())? == asked, "it finds the request")?;
    demand(bench.store.asked(&fixture::connection("politie-west"))?.is_empty(), "others do not")?;
    let cursor = bench.store.last_tick();
    let answer = || crate::Deed::Answer(Answer::WillCall);
    let other = bench.take(alert, "politie-west", answer()).await?;
    demand(other == Err(ActRefusal::Unknown), "who was not asked knows of none")?;
    bench.take(alert, "school-west", answer()).await?.map_err(|_| wrong("an answer is taken"))?;
    let answers: Vec<_> = bench.only().await?.contacts().iter().map(|it| it.answer).collect();
    demand(answers == [Some((Answer::WillCall, bench.today))], "the answer is kept")?;
    demand(bench.store.news(&bench.coordinator("west"), cursor).await?.len() == 1, "and told")?;
    let known: Vec<_> = bench.store.asked(&school())?.into_iter().map(|(_, it)| it.answer).collect();
    demand(known == answers, "and the reporter finds it")?;
    bench.finish(alert).await?;
    demand(bench.store.asked(&school())?.is_empty(), "nothing is asked of what is closed")
}

async fn what_nobody_picks_up_widens_its_circle_and_ends<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.manifest = whole(ManifestEntries { expires: day("2027-06-20"), ..fixture::entries() })?;
    bench.convergence().await?;
    let opened = bench.today;
    for (days, told, sees) in [(7, 0, 0), (8, 1, 1), (9, 0, 1), (90, 1, 1), (91, 1, 0)] {
        bench.today = opened.plus_days(days);
        demand(bench.tick().await? == told, "the circle widens once, and then it ends")?;
        let fallback = bench.store.alerts(&bench.coordinator("noord"), Scope::Open).await?;
        demand(fallback.len() == sees, "the fallback sees what waits for it")?;
    }
    let ended = bench.store.alerts(&bench.coordinator("noord"), Scope::All).await?;
    demand(ended.len() == 1, "who was told of it is told of its end")
}

/// V-24: no archive.
async fn what_was_closed_is_forgotten_after_its_term<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let closed = bench.only().await?.id();
    bench.does(closed, WEST, bench.claim()).await?;
    let ask = [fixture::connection("school-west")].into();
    bench.does(closed, WEST, Deed::AskContact { of: ask, reason: ContactReason::Explain }).await?;
    bench.finish(closed).await?;
    let first = bench.today;
    bench.today = first.plus_days(400);
    bench.tick().await?;
    demand(bench.all().await?.len() == 1, "a clock that is a year ahead forgets nothing")?;
    bench.manifest = whole(ManifestEntries { expires: day("2028-01-20"), ..fixture::entries() })?;
    for (days, alerts, signals) in [(92, 1, 2), (93, 1, 0), (365, 1, 0), (366, 0, 0)] {
        bench.today = first.plus_days(days);
        demand(bench.tick().await? == 0, "nobody is told of it")?;
        let left = bench.all().await?;
        demand(left.len() == alerts, "a closed alert is kept for twelve months")?;
        let listed: usize = left.iter().map(|it| it.signals().len()).sum();
        let asked: usize = left.iter().map(|it| it.contacts().len()).sum();
        demand((listed, asked > 0) == (signals, signals > 0), "its signals and requests for three")?;
        demand(left.iter().all(|it| it.acts().len() == 3), "and what was decided as long as itself")?;
    }
    demand(bench.store.news(&Reader::Hub, 0).await?.is_empty(), "no news names it")?;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await?;
    bench.tick().await?;
    demand(bench.all().await?.is_empty(), "what its signals do changes nothing any more")
}

async fn acts_are_there_after_a_restart<E: Engine>(engine: &mut E, store: E::Store) -> Outcome {
    let bench = Bench::new(store);
    bench.convergence().await?;
    let alert = bench.only().await?.id();
    bench.does(alert, WEST, bench.claim()).await?;
    let ask = ["school-west", "politie-west"].map(fixture::connection).into();
    bench.does(alert, WEST, Deed::AskContact { of: ask, reason: ContactReason::WeighTogether }).await?;
    bench.finish(alert).await?;
    let before = (bench.all().await?, bench.store.last_tick());
    let Some(store) = engine.again(bench.store)? else { return Ok(()) };
    let bench = Bench::new(store);
    demand((bench.all().await?, bench.store.last_tick()) == before, "every act and request is there")?;
    bench.send("coa-noord", vec![Draft::soft(3).put(child(7))]).await?;
    bench.tick().await?;
    demand(bench.only().await?.state() == AlertState::Reopened, "and so are the marks")
}
