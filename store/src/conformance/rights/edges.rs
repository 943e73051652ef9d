//! Where a right meets an edge: a clock that was set back, a month that passed, a rest that is lifted, more than an answer
//! tells, and steps that somebody may not take.

use samenloop_audit::{EntryKind, Log, hours_of_day};
use samenloop_core::alert::{Alert, AlertState};

use samenloop_core::value::ConnectionId;

use super::*;
use crate::Noted;

impl<S: Store> Bench<S> {
    /// How often the case log tells of a kind.
    pub(super) async fn entries_of(&self, kind: EntryKind) -> Result<usize, Fault> {
        let logged = self.store.audit(|it| it.since(Log::Case, 0, usize::MAX)).await?;
        Ok(logged.iter().filter(|it| it.entry.kind == kind).count())
    }
}

/// What is tried and refused changes nothing, and is in the case log (V-41).
pub(super) async fn what_is_refused_changes_nothing_and_is_logged<S: Store>(bench: Bench<S>) -> Outcome {
    let request = bench.ask(RightsKind::Erase, child(7)).await?;
    let before = bench.store.requests()?;
    for by in [POINT, COLLEAGUE] {
        let refused = bench.decide(by, &request, Verdict::Release, None).await?;
        demand(refused == Err(RightsRefusal::SameOrganisation), "a colleague does not decide")?;
    }
    let gone = RightsDeed::Ask { kind: RightsKind::Access, places: vec![place(9, fixture::KIND, 7)] };
    demand(bench.rights(POINT, gone).await? == Err(RightsRefusal::EpochNotLive), "an epoch that is gone")?;
    demand(bench.store.requests()? == before, "nothing changed")?;
    demand(bench.entries_of(EntryKind::RightsRefused).await? == 3, "each is in the log")?;
    demand(bench.entries_of(EntryKind::RightsDecided).await? == 0, "and none as something else")
}

/// A clock that is a year back would end a rest before it began, and forget what was asked yesterday.
pub(super) async fn a_clock_set_back_ends_and_forgets_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.done(RightsKind::Restrict, child(7)).await?;
    let waiting = bench.ask(RightsKind::Access, child(7)).await?;
    let decided = bench.ask(RightsKind::Erase, child(7)).await?;
    demand(bench.decide(OFFICER, &decided, Verdict::Release, None).await?.is_ok(), "it is released")?;
    let (right, before) = (bench.today, bench.store.requests()?);
    bench.today = day("2025-11-26");
    let ask = RightsDeed::Ask { kind: RightsKind::Restrict, places: child(7) };
    demand(bench.rights(POINT, ask).await? == Err(RightsRefusal::Clock), "nothing is asked")?;
    let refused = bench.decide(OFFICER, &waiting, Verdict::Release, None).await?;
    demand(refused == Err(RightsRefusal::Clock), "nor decided")?;
    demand(bench.answer().await?.is_empty(), "nor answered, though it is a Wednesday")?;
    demand(bench.store.requests()? == before, "and nothing is forgotten")?;
    bench.today = right;
    bench.tick().await?;
    demand(bench.open().await?.is_empty(), "the child still rests")?;
    demand(bench.decide(OFFICER, &waiting, Verdict::Release, None).await?.is_ok(), "then all goes on")?;
    bench.today = right.plus_days(7);
    demand(bench.answer().await?.len() == 2, "and is answered")
}

/// Whoever asked is owed the word that nobody decided (art. 12(4)).
pub(super) async fn what_lapses_is_told_to_whoever_asked<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.ask(RightsKind::Erase, child(7)).await?;
    bench.today = bench.today.plus_days(DECIDED_WITHIN_DAYS);
    bench.answer().await?;
    demand(bench.entries_of(EntryKind::RightsLapsed).await? == 0, "within the days for it, it waits")?;
    bench.today = bench.today.plus_days(1);
    for _ in 0..2 {
        demand(bench.answer().await?.is_empty(), "it is not answered")?;
    }
    demand(bench.entries_of(EntryKind::RightsLapsed).await? == 1, "it lapses once, and the log says so")?;
    let point = Notice::Rights { to: connection(POINT) };
    demand(bench.letters().await?.iter().any(|it| it.notice == point), "who asked is mailed")?;
    demand(bench.store.requests()?.len() == 1, "and finds it in the list")?;
    demand(bench.all().await?.iter().all(|it| !it.signals().is_empty()), "nothing was erased")
}

/// Art. 19: who saw an alert hears that something of it rests or is erased: who coordinates its region now, and who was
/// shown it as the fallback, or before its region had another coordinator. Who was not shown it hears nothing.
pub(super) async fn who_saw_an_alert_is_told_of_it<S: Store>(
    mut bench: Bench<S>,
    kind: RightsKind,
) -> Outcome {
    bench.convergence().await?;
    let alert = bench.only().await?.id();
    let [west, north] = ["zorgcoordinator-west", "zorgcoordinator-noord"].map(connection);
    let read = |by: &ConnectionId| Noted {
        kind: EntryKind::Read,
        hours: hours_of_day(bench.today) + 9,
        actor: by.to_string(),
        count: 1,
        record: alert.bytes().to_vec(),
    };
    // One of them takes part no more.
    bench.store.note(vec![read(&north), read(&connection("zorgcoordinator-vroeger"))], bench.today).await?;
    bench.done(kind, child(8)).await?;
    let told = |letters: Vec<crate::Letter>| letters.into_iter().map(|it| it.notice).collect::<Vec<_>>();
    let mail = |to: &ConnectionId| Notice::Rights { to: to.clone() };
    demand(!told(bench.letters().await?).contains(&mail(&north)), "of another child nobody is told")?;
    bench.done(kind, child(7)).await?;
    let told = told(bench.letters().await?);
    demand(told.contains(&mail(&west)), "the coordinator is mailed")?;
    demand(told.contains(&mail(&north)), "and who was shown it")?;
    demand(!told.contains(&mail(&connection("zorgcoordinator-vroeger"))), "as far as they take part")
}

/// Art. 19: a coordinator who was not shown it has nothing to forget.
pub(super) async fn who_saw_nothing_is_told_nothing<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.done(RightsKind::Erase, child(7)).await?;
    let north = Notice::Rights { to: connection("zorgcoordinator-noord") };
    demand(bench.letters().await?.iter().all(|it| it.notice != north), "nobody elsewhere is mailed")
}

/// Two people lift it before its 90 days are over, and what is kept counts at once.
pub(super) async fn two_people_lift_a_rest<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    bench.done(RightsKind::Restrict, child(7)).await?;
    demand(bench.open().await?.is_empty(), "it rests")?;
    let refuse = Some(RightsReason::Repeated);
    bench.done_as(RightsKind::Lift, child(7), Verdict::Refuse, refuse).await?;
    demand(bench.open().await?.is_empty(), "not on one person's word")?;
    demand(bench.done(RightsKind::Lift, child(8)).await? == Found::default(), "nor by another child")?;
    demand(bench.open().await?.is_empty(), "that changes nothing here")?;
    demand(bench.done(RightsKind::Lift, child(7)).await? == Found::default(), "an answer tells nothing")?;
    demand(bench.open().await?.len() == 1, "then it counts again, at once")?;
    demand(bench.entries_of(EntryKind::RightsRestricted).await? == 1, "that it rested is in the log")?;
    demand(bench.entries_of(EntryKind::RightsLifted).await? == 2, "and each lift, as what it is")
}

/// What one answer cannot tell it says that it does not tell.
pub(super) async fn an_answer_says_when_there_is_more<S: Store>(mut bench: Bench<S>) -> Outcome {
    let signals = Found::MAX_SIGNALS as u64;
    let of = |count: u64| (0..count).map(|it| Draft::soft(100 + it).put(child(7))).collect::<Vec<_>>();
    bench.send("school-west", of(signals)).await?;
    bench.tick().await?;
    let found = bench.done(RightsKind::Access, child(7)).await?;
    demand(found.signals.len() == Found::MAX_SIGNALS && !found.more, "so many are told")?;
    bench.send("school-west", vec![Draft::soft(99).put(child(7))]).await?;
    bench.tick().await?;
    let found = bench.done(RightsKind::Access, child(7)).await?;
    demand(found.signals.len() == Found::MAX_SIGNALS && found.more, "of one more it says so")
}

/// Somebody near the child may be involved: that anybody looked is left out with who it was.
pub(super) async fn a_limit_leaves_out_that_anybody_looked<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    for (reason, alerts) in
        [(RightsReason::InvolvedPerson, 0), (RightsReason::Investigation, 0), (RightsReason::OthersRights, 1)]
    {
        let found = bench.done_as(RightsKind::Access, child(7), Verdict::Limit, Some(reason)).await?;
        demand(found.alerts.len() == alerts, "alerts are told by the reason")?;
        demand(found.alerts.iter().all(|it| it.state == AlertState::New), "as they are")?;
    }
    Ok(())
}

/// V-31: who was shown an alert is told with the day, also who never did anything with it.
pub(super) async fn an_answer_says_who_looked_and_when<S: Store>(mut bench: Bench<S>) -> Outcome {
    bench.convergence().await?;
    let opened = bench.store.alerts(&Reader::Hub, Scope::Open).await?;
    let id = opened.first().map(Alert::id).ok_or(Fault::Closed)?;
    let (by, on) = (fixture::connection("zorgcoordinator-west"), bench.today);
    // Struck out of the manifest since.
    let former = fixture::connection("zorgcoordinator-vroeger");
    let read = |by: &ConnectionId, record: Vec<u8>| Noted {
        kind: EntryKind::Read,
        hours: hours_of_day(on) + 9,
        actor: by.to_string(),
        count: 1,
        record,
    };
    // With another in one entry, twice on one day, and one of another alert alone.
    let both = [[9; 16], *id.bytes()].concat();
    let this = || id.bytes().to_vec();
    let noted = vec![read(&by, both), read(&by, this()), read(&former, this()), read(&by, vec![9; 16])];
    bench.store.note(noted, on).await?;
    let found = bench.done(RightsKind::Access, child(7)).await?;
    let looks: Vec<_> = found.alerts.iter().flat_map(|it| it.looks.clone()).collect();
    demand(looks == [(former, on), (by, on)], "each reader once a day, also who takes part no more")
}

/// V-32: who sent it hears which of its own is erased, as long as it would carry it, and nothing of others.
pub(super) async fn senders_are_told_of_their_own_and_of_nothing_else<S: Store>(
    mut bench: Bench<S>,
) -> Outcome {
    bench.convergence().await?;
    bench.done(RightsKind::Erase, child(8)).await?;
    let school = connection("school-west");
    demand(bench.store.erased(&school)?.is_empty(), "of another child nothing is erased")?;
    let rows = bench.all().await?.into_iter().flat_map(|it| it.signals().to_vec()).collect::<Vec<_>>();
    bench.done(RightsKind::Erase, child(7)).await?;
    for listed in &rows {
        let (sender, signal) = (listed.connection(), listed.signal());
        let told = bench.store.erased(sender)?;
        let [own] = told.as_slice() else { return Err(wrong("each sender is told of one")) };
        demand(own.reference == signal.reference() && own.on == bench.today, "of its own, and when")?;
        let mail = Notice::Rights { to: sender.clone() };
        demand(bench.letters().await?.iter().any(|it| it.notice == mail), "and mailed")?;
    }
    demand(!rows.is_empty() && bench.store.erased(&connection(POINT))?.is_empty(), "nobody else is")?;
    let last = rows.iter().map(|it| it.signal().content().expiry().last_day()).max();
    bench.today = last.unwrap_or(bench.today);
    bench.answer().await?;
    let sender = rows.first().map_or_else(|| connection(POINT), |it| it.connection().clone());
    demand(!bench.store.erased(&sender)?.is_empty(), "as long as it would carry it")?;
    bench.today = bench.today.plus_days(1);
    bench.answer().await?;
    demand(bench.store.erased(&sender)?.is_empty(), "and no longer")
}

/// While somebody waits for an answer that only an ending epoch can give, that epoch is counted among those to keep.
pub(super) async fn a_request_that_waits_keeps_its_epoch<S: Store>(mut bench: Bench<S>) -> Outcome {
    in_overlap(&mut bench)?;
    bench.send("school-west", vec![Draft::soft(2).put(child(7))]).await?;
    bench.tick().await?;
    bench.ask(RightsKind::Access, vec![place(1, fixture::KIND, 7), place(2, fixture::KIND, 7)]).await?;
    demand(bench.store.restrictions_behind(bench.today)?.is_empty(), "the active epoch answers it")?;
    let request = bench.ask(RightsKind::Access, child(7)).await?;
    let behind = bench.store.restrictions_behind(bench.today)?;
    demand(behind.into_iter().eq([(Epoch::new(1), 1)]), "of the ending one it waits")?;
    demand(bench.decide(OFFICER, &request, Verdict::Release, None).await?.is_ok(), "it is released")?;
    while bench.today.weekday() != 3 {
        bench.today = bench.today.plus_days(1);
    }
    demand(bench.answer().await?.len() == 1, "it is answered")?;
    demand(bench.store.restrictions_behind(bench.today)?.is_empty(), "and waits no more")
}
