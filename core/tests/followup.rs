//! What coordinators may do with an alert, and that it never is without an owner.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "followup/calls.rs"]
mod calls;
#[path = "followup/kept.rs"]
mod kept;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use samenloop_core::alert::{
    Act, Alert, AlertId, AlertState, Answer, Deed, Phase, Progress, Reader, calls, may_lead, owners,
};
use samenloop_core::case::{
    CaseReference, CheckReason, ChildView, ClaimReason, ClosedList, ConfirmReason, ContactReason,
    HandOverReason, Outcome, Registration, SecondReading, UnfoundedReason,
};
use samenloop_core::fixture::{Draft, connection, day, entries, region, today};
use samenloop_core::manifest::{Connection, Manifest, ManifestEntries, Region};
use samenloop_core::processing::SubjectId;
use samenloop_core::room::alerting::{self, Followed, Left};
use samenloop_core::room::convergence::judge;
use samenloop_core::room::followup::{ActRefusal, Acted, act, answer};
use samenloop_core::value::{ConnectionId, Day, Kind, RegionId, Severity};

const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";
const OOST: &str = "zorgcoordinator-oost";
const NATIONAL: &str = "comensha";

/// The fixture, with a region east whose fallback is north, and a national fallback.
fn exchange() -> ManifestEntries {
    let mut entries = entries();
    for (id, own) in [(OOST, "oost"), (NATIONAL, "oost")] {
        let model = entries.connections.iter().find(|it| it.id == connection(WEST)).unwrap().clone();
        let organisation = samenloop_core::value::OrganisationId::parse(id).unwrap();
        let oin = format!("99999999{:012}", id.len());
        let added = samenloop_core::manifest::Organisation {
            id: organisation.clone(),
            oin: oin.clone(),
            name: id.to_owned(),
        };
        entries.organisations.push(added);
        let id = connection(id);
        let regions = vec![region(own)];
        entries.connections.push(Connection { id, organisation, oin, regions, ..model });
    }
    let oost = Region {
        id: region("oost"),
        coordinators: vec![connection(OOST)],
        fallback: connection(NOORD),
        ..entries.regions.first().unwrap().clone()
    };
    entries.regions.push(oost);
    entries.national_fallback = Some(connection(NATIONAL));
    entries
}

fn manifest() -> Arc<Manifest> {
    Arc::new(Manifest::new(exchange()).unwrap())
}

fn case(text: &str) -> CaseReference {
    CaseReference::parse(text).unwrap()
}

fn alert_of(signals: &[(&str, Draft)]) -> Alert {
    let given = signals.iter().map(|(sender, draft)| (connection(sender), draft.signal()));
    let judgement = judge(&manifest(), given, today());
    assert!(judgement.converges);
    alerting::open(
        AlertId::new([7; 16]),
        SubjectId::new([5; 16]),
        Kind::new(1).unwrap(),
        &entries().rule,
        judgement,
        today(),
    )
}

/// Police hard and a school soft, in region west.
fn alert() -> Alert {
    alert_of(&[("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2))])
}

fn soft_alert() -> Alert {
    let noord = Draft { region: region("noord"), ..Draft::soft(3) };
    alert_of(&[("politie-west", Draft::soft(1)), ("school-west", Draft::soft(2)), ("coa-noord", noord)])
}

fn reader_on(manifest: &Arc<Manifest>, name: &str, today: Day) -> Reader {
    Reader::Coordinator { connection: connection(name), manifest: Arc::clone(manifest), today }
}

fn reader(name: &str) -> Reader {
    reader_on(&manifest(), name, today())
}

fn does(alert: &Alert, name: &str, deed: Deed) -> Result<Acted, ActRefusal> {
    act(&reader(name), alert, &Act { case: case("ZHZ-26-117"), deed })
}

fn done(alert: &Alert, name: &str, deed: Deed) -> Alert {
    does(alert, name, deed).unwrap().alert
}

fn claim() -> Deed {
    Deed::Claim { reason: ClaimReason::OwnRegion, next_check: day("2026-11-25") }
}

fn confirm() -> Deed {
    Deed::Confirm { reason: ConfirmReason::SignalsWeighed, reading: None }
}

fn unfounded() -> Deed {
    Deed::Unfounded { reason: UnfoundedReason::Mistake, reading: Some(SecondReading::Done) }
}

fn close(outcome: Outcome) -> Deed {
    Deed::Close { outcome, registration: Registration::AwaitingConsent, view: ChildView::Known }
}

fn hand_over(to: &str) -> Deed {
    let (to, next_check) = (connection(to), day("2026-11-30"));
    Deed::HandOver { to, reason: HandOverReason::Absence, next_check }
}

fn contact(of: &[&str]) -> Deed {
    Deed::AskContact { of: of.iter().map(|it| connection(it)).collect(), reason: ContactReason::Explain }
}

fn names(ids: &BTreeSet<ConnectionId>) -> Vec<&str> {
    ids.iter().map(ConnectionId::as_str).collect()
}

#[test]
fn an_alert_walks_from_new_to_closed_and_every_step_is_recorded() {
    let mut alert = alert();
    let asked = contact(&["school-west"]);
    let steps = [
        (claim(), AlertState::Claimed),
        (asked, AlertState::Claimed),
        (confirm(), AlertState::Confirmed),
        (close(Outcome::HelpStarted), AlertState::Closed),
    ];
    for (deed, state) in steps {
        alert = done(&alert, WEST, deed);
        assert_eq!(alert.state(), state);
    }
    let by: Vec<_> = alert.acts().iter().map(|it| (it.by.as_str(), it.on)).collect();
    assert_eq!(by, [(WEST, today()); 3], "the contact request is kept beside the acts");
    assert_eq!(alert.contacts().len(), 1);
    assert!(owners(&alert, &manifest(), today()).is_empty(), "what is closed needs nobody");
}

#[test]
fn every_state_refuses_what_does_not_follow_from_it() {
    let new = alert();
    assert_eq!(does(&new, WEST, confirm()), Err(ActRefusal::NotLed));
    assert_eq!(does(&new, WEST, contact(&["school-west"])), Err(ActRefusal::NotLed));
    let claimed = done(&new, WEST, claim());
    assert_eq!(does(&claimed, WEST, close(Outcome::HelpStarted)), Err(ActRefusal::State), "judge first");
    let confirmed = done(&claimed, WEST, confirm());
    assert_eq!(does(&confirmed, WEST, close(Outcome::Unfounded)), Err(ActRefusal::Outcome));
    let unfounded = done(&confirmed, WEST, unfounded());
    assert_eq!(unfounded.state(), AlertState::Unfounded, "a judgement may change");
    assert_eq!(does(&unfounded, WEST, close(Outcome::HelpStarted)), Err(ActRefusal::Outcome));
    let closed = done(&unfounded, WEST, close(Outcome::Unfounded));
    for deed in [claim(), confirm(), close(Outcome::HelpStarted), hand_over(NOORD), contact(&["school-west"])]
    {
        assert_eq!(does(&closed, WEST, deed), Err(ActRefusal::Ended));
    }
    let mut parts = new.into_parts();
    parts.progress = Progress::Lapsed { since: today(), on: today() };
    assert_eq!(does(&Alert::new(parts), WEST, claim()), Err(ActRefusal::Ended));
}

#[test]
fn there_is_one_lead_at_a_time() {
    let mut both = alert().into_parts();
    both.regions.insert(region("noord"));
    let claimed = done(&Alert::new(both), WEST, claim());
    for deed in [claim(), confirm(), hand_over(OOST), contact(&["school-west"])] {
        assert_eq!(does(&claimed, NOORD, deed), Err(ActRefusal::LedByAnother));
    }
    assert_eq!(claimed.progress().lead().unwrap().by, connection(WEST));
}

#[test]
fn the_last_act_may_be_repeated_and_changes_nothing() {
    let claimed = done(&alert(), WEST, claim());
    assert_eq!(does(&claimed, WEST, claim()), Ok(Acted { alert: claimed.clone(), told: false }));
    let other = Deed::Claim { reason: ClaimReason::Agreed, next_check: day("2026-11-25") };
    assert_eq!(does(&claimed, WEST, other), Err(ActRefusal::State));
    let closed = done(&done(&claimed, WEST, confirm()), WEST, close(Outcome::HelpStarted));
    assert_eq!(done(&closed, WEST, close(Outcome::HelpStarted)), closed);
}

#[test]
fn a_contact_request_that_is_repeated_keeps_the_answer() {
    let asked = done(&done(&alert(), WEST, claim()), WEST, contact(&["school-west"]));
    let school = connection("school-west");
    let answered = answer(&asked, &school, Answer::WillCall, today()).unwrap().alert;
    assert_eq!(done(&answered, WEST, contact(&["school-west"])), answered, "the hub's answer was lost");
    let later = reader_on(&manifest(), WEST, today().plus_days(1));
    let ask = Act { case: case("ZHZ-26-117"), deed: contact(&["school-west"]) };
    let again = act(&later, &answered, &ask).unwrap().alert;
    assert!(again.contacts()[0].answer.is_none(), "asked anew on another day");
    assert_eq!(again.acts().len(), 2, "of the requests the last one");
}

#[test]
fn another_regions_alert_is_as_unknown_as_none() {
    assert_eq!(does(&alert(), NOORD, claim()), Err(ActRefusal::Unknown));
    assert_eq!(does(&alert(), "school-west", claim()), Err(ActRefusal::Unknown));
    assert_eq!(does(&alert(), "nobody", claim()), Err(ActRefusal::Unknown));
}

/// V-14: a second reader is asked for where all signals are soft.
#[test]
fn a_second_reader_is_asked_for_where_all_signals_are_soft() {
    let claimed = done(&soft_alert(), WEST, claim());
    assert_eq!(does(&claimed, WEST, confirm()), Err(ActRefusal::SecondReading));
    for reading in SecondReading::ALL {
        let deed = Deed::Confirm { reason: ConfirmReason::EarlierConcern, reading: Some(*reading) };
        assert_eq!(done(&claimed, WEST, deed).state(), AlertState::Confirmed);
    }
}

/// V-14: also where the only hard signal was withdrawn since, whatever numbers last met the rule.
#[test]
fn a_second_reader_is_asked_for_once_no_hard_signal_is_left() {
    let claimed = done(&alert(), WEST, claim());
    assert_eq!(done(&claimed, WEST, confirm()).state(), AlertState::Confirmed);
    let soft = claimed.signals().iter().filter(|it| it.connection() == &connection("school-west"));
    let soft = soft.map(|it| (it.connection().clone(), it.signal().clone())).collect::<Vec<_>>();
    let left = alerting::follow(&claimed, &manifest(), judge(&manifest(), soft, today()), today());
    let Followed::Told(left) = left else { panic!("its lead is told") };
    assert!(left.numbers().hard && left.signals().len() == 1, "the numbers are those of before");
    assert_eq!(does(&left, WEST, confirm()), Err(ActRefusal::SecondReading));
    let read = Deed::Confirm { reason: ConfirmReason::SignalsWeighed, reading: Some(SecondReading::Done) };
    assert_eq!(done(&left, WEST, read).state(), AlertState::Confirmed);
    assert_eq!(done(&left, WEST, unfounded()).state(), AlertState::Unfounded);
}

/// V-14, V-21: nor is a hard signal that is past its term, though while no manifest is current it stays listed.
#[test]
fn a_hard_signal_past_its_term_spares_no_second_reader() {
    let claimed = done(&alert(), WEST, claim());
    let hard =
        claimed.signals().iter().find(|it| it.signal().content().severity() == Severity::Hard).unwrap();
    let last = hard.signal().content().expiry().last_day();
    for (on, is_spared) in [(last, true), (last.plus_days(1), false)] {
        let reader = reader_on(&manifest(), WEST, on);
        let confirmed = act(&reader, &claimed, &Act { case: case("ZHZ-26-117"), deed: confirm() });
        assert_eq!(confirmed.is_ok(), is_spared, "{on}");
        assert!(is_spared || confirmed == Err(ActRefusal::SecondReading));
    }
}

#[test]
fn a_safety_check_lies_ahead_and_not_too_far() {
    for (on, is_taken) in [
        ("2026-11-21", false),
        ("2026-11-22", false),
        ("2026-11-23", true),
        ("2027-02-22", true),
        ("2027-02-23", false),
    ] {
        let deed = Deed::Claim { reason: ClaimReason::OwnRegion, next_check: day(on) };
        assert_eq!(does(&alert(), WEST, deed).is_ok(), is_taken, "{on}");
    }
    let claimed = done(&alert(), WEST, claim());
    let moved = Deed::SetNextCheck { reason: CheckReason::Checked, next_check: day("2026-12-24") };
    assert_eq!(done(&claimed, WEST, moved).progress().lead().unwrap().next_check, day("2026-12-24"));
}

#[test]
fn an_alert_is_handed_only_to_a_coordinator_who_takes_part() {
    let claimed = done(&alert(), WEST, claim());
    for to in [WEST, "school-west", "nobody"] {
        assert_eq!(does(&claimed, WEST, hand_over(to)), Err(ActRefusal::Recipient), "{to}");
    }
    let handed = done(&claimed, WEST, hand_over(OOST));
    assert_eq!(handed.progress().lead().unwrap().by, connection(OOST));
    assert!(reader(OOST).may_read(&handed), "also outside its own regions");
    assert_eq!(done(&handed, OOST, confirm()).state(), AlertState::Confirmed);
    assert_eq!(does(&handed, WEST, confirm()), Err(ActRefusal::LedByAnother));
}

#[test]
fn only_reporters_are_asked_for_contact_and_not_twice() {
    let claimed = done(&alert(), WEST, claim());
    assert_eq!(does(&claimed, WEST, contact(&["coa-noord"])), Err(ActRefusal::Reporter));
    assert_eq!(does(&claimed, WEST, contact(&[])), Err(ActRefusal::Reporter));
    let asked = done(&claimed, WEST, contact(&["school-west", "politie-west"]));
    assert_eq!(does(&asked, WEST, contact(&["school-west"])), Err(ActRefusal::AskedBefore));
    let school = connection("school-west");
    assert_eq!(answer(&asked, &connection("coa-noord"), Answer::WillCall, today()), Err(ActRefusal::Unknown));
    let past = Answer::NotAvailableUntil(today());
    assert_eq!(answer(&asked, &school, past, today()), Err(ActRefusal::Date));
    let answered = answer(&asked, &school, Answer::WillCall, today()).unwrap();
    assert!(answered.told, "who asked is told");
    assert!(!answer(&answered.alert, &school, Answer::WillCall, today()).unwrap().told, "once");
    let again = done(&answered.alert, WEST, contact(&["school-west"]));
    assert_eq!(again.contacts().iter().filter(|it| it.of == school && it.answer.is_none()).count(), 1);
    let closed = done(&done(&again, WEST, confirm()), WEST, close(Outcome::HelpStarted));
    assert_eq!(answer(&closed, &school, Answer::WillCall, today()), Err(ActRefusal::Unknown));
}

fn followed(alert: &Alert, manifest: &Manifest, on: Day, signals: bool) -> Alert {
    let given = alert.signals().iter().filter(|_| signals);
    let given = given.map(|it| (it.connection().clone(), it.signal().clone())).collect::<Vec<_>>();
    match alerting::follow(alert, manifest, judge(manifest, given, on), on) {
        Followed::Same => alert.clone(),
        Followed::Changed(alert) | Followed::Reminded(alert) | Followed::Told(alert) => alert,
    }
}

/// V-33: a corrupt insider must not silence an alert by withdrawing.
#[test]
fn a_claimed_alert_never_lapses_by_itself_and_its_lead_has_to_decide() {
    let claimed = done(&alert(), WEST, claim());
    let alone = alerting::follow(&claimed, &manifest(), judge(&manifest(), [], today()), today());
    let Followed::Told(alone) = alone else { panic!("its lead is told") };
    assert_eq!(alone.state(), AlertState::Claimed);
    let lead = alone.progress().lead().unwrap();
    assert_eq!((lead.unmet_since, lead.next_check), (Some(today()), day("2026-11-25")));
    let moved = Deed::SetNextCheck { reason: CheckReason::Checked, next_check: day("2027-02-20") };
    let far = done(&claimed, WEST, moved);
    let far = followed(&far, &manifest(), today(), false);
    assert_eq!(far.progress().lead().unwrap().next_check, day("2026-12-06"), "within 14 days");
    let far = followed(&far, &manifest(), today(), true);
    assert_eq!(far.numbers(), claimed.numbers());
    let read = Deed::Confirm { reason: ConfirmReason::SignalsWeighed, reading: Some(SecondReading::Done) };
    let confirmed = done(&alone, WEST, read);
    assert_eq!(done(&confirmed, WEST, close(Outcome::AlreadyKnown)).state(), AlertState::Closed);
}

/// V-24: fallback after the region's term, then the national one; ended after 90 days.
#[test]
fn what_nobody_picks_up_goes_to_the_fallback_and_then_to_the_national_one() {
    let of = |on: &str| names(&owners(&alert(), &manifest(), day(on))).join(" ");
    assert_eq!(of("2026-11-29"), WEST);
    assert_eq!(of("2026-11-30"), format!("{NOORD} {WEST}"));
    assert_eq!(of("2026-12-07"), format!("{NATIONAL} {NOORD} {WEST}"));
    assert!(!reader_on(&manifest(), NOORD, day("2026-11-29")).may_read(&alert()));
    assert!(reader_on(&manifest(), NOORD, day("2026-11-30")).may_read(&alert()));
    assert_eq!(
        [1, 2, 4],
        ["2026-11-29", "2026-11-30", "2026-12-07"].map(|on| calls(&alert(), &manifest(), day(on)).0)
    );
    let Followed::Told(told) = alerting::follow(
        &alert(),
        &manifest(),
        judge(
            &manifest(),
            [("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2))]
                .map(|(id, it)| (connection(id), it.signal())),
            day("2026-11-30"),
        ),
        day("2026-11-30"),
    ) else {
        panic!("the fallback is told")
    };
    assert_eq!(told.calls(), 2, "a reminder went before");
    assert!(followed(&alert(), &manifest(), day("2027-02-20"), true).is_open());
    let lapsed = followed(&alert(), &manifest(), day("2027-02-21"), true);
    assert_eq!(lapsed.state(), AlertState::Lapsed, "nobody picked it up in 90 days");
    assert!(
        reader_on(&manifest(), NATIONAL, day("2027-05-01")).may_read(&lapsed),
        "who was told is told of its end"
    );
}

#[test]
fn a_lead_who_is_absent_may_be_relieved() {
    let claimed = done(&alert(), WEST, claim());
    let takes = |name: &str, manifest: &Arc<Manifest>, on: &str| {
        let next_check = day(on).plus_days(3);
        let deed = Deed::Claim { reason: ClaimReason::LeadAbsent, next_check };
        act(&reader_on(manifest, name, day(on)), &claimed, &Act { case: case("N1"), deed }).map(|it| it.alert)
    };
    // The check was missed by a week, and a week later nobody of the region had picked it up.
    assert_eq!(takes(NOORD, &manifest(), "2026-12-09"), Err(ActRefusal::Unknown));
    assert_eq!(
        takes(NOORD, &manifest(), "2026-12-10").unwrap().progress().lead().unwrap().by,
        connection(NOORD)
    );
    let mut without = exchange();
    without
        .connections
        .iter_mut()
        .filter(|it| it.id == connection(WEST))
        .for_each(|it| it.valid_until = today());
    let without = Arc::new(Manifest::new(without).unwrap());
    assert_eq!(names(&owners(&claimed, &without, day("2026-11-23"))), [NOORD], "the next one, at once");
    assert!(takes(NOORD, &without, "2026-11-23").is_ok());
}

/// After a judgement an alert needs an unmarked counted signal that is hard or of a new domain.
#[test]
fn judged_signals_open_nothing_without_a_new_hard_signal_or_a_new_domain() {
    let is_news = |third: (&str, Draft), marked: &[&str]| {
        let given = [("politie-west", Draft::hard(1)), ("school-west", Draft::soft(2)), third];
        let given = given.map(|(id, draft)| (connection(id), draft.signal()));
        let judgement = judge(&manifest(), given, today());
        alerting::is_news(&judgement, |it| marked.contains(&it.connection().as_str()))
    };
    let judged = &["politie-west", "school-west"];
    assert!(!is_news(("school-noord", Draft::soft(3)), judged), "soft, of a domain that was judged");
    assert!(is_news(("school-noord", Draft::hard(3)), judged), "hard");
    assert!(is_news(("coa-noord", Draft::soft(3)), judged), "a new domain");
    assert!(
        !is_news(("coa-noord", Draft::soft(3).hearsay(samenloop_core::value::Domain::Zorg)), judged),
        "hearsay counts for nothing"
    );
    assert!(is_news(("school-noord", Draft::soft(3)), &[]), "nothing was judged");
}

#[test]
fn an_alert_that_is_opened_again_keeps_what_was_done() {
    let closed =
        done(&done(&done(&alert(), WEST, claim()), WEST, confirm()), WEST, close(Outcome::HelpStarted));
    let given = [("politie-west", Draft::hard(1)), ("coa-noord", Draft::soft(3))];
    let given = given.map(|(id, draft)| (connection(id), draft.signal()));
    let reopened = alerting::reopen(
        &closed,
        &entries().rule,
        judge(&manifest(), given, day("2027-01-10")),
        day("2027-01-10"),
    );
    assert_eq!(
        (reopened.state(), reopened.acts().len(), reopened.id()),
        (AlertState::Reopened, 3, closed.id())
    );
    assert_eq!(
        names(&owners(&reopened, &manifest(), day("2027-01-10"))),
        [WEST],
        "whose turn it is begins anew"
    );
    assert_eq!(names(&owners(&reopened, &manifest(), day("2027-01-18"))), [NOORD, WEST]);
}

#[derive(Debug, Clone)]
enum Step {
    Act { name: usize, deed: Deed },
    Days(u8),
    StrikeOut(usize),
    Restore(usize),
    Leave(usize),
    Signals(bool),
    Reopen,
}

const NAMES: [&str; 6] = [WEST, NOORD, OOST, NATIONAL, "school-west", "nobody"];
const REGIONS: [&str; 3] = ["west", "noord", "oost"];

fn deed() -> impl Strategy<Value = Deed> {
    // Days are set when the act is done.
    let next_check = today();
    prop_oneof![
        3 => Just(Deed::Claim { reason: ClaimReason::OwnRegion, next_check }),
        1 => Just(confirm()),
        1 => Just(unfounded()),
        1 => Just(close(Outcome::HelpStarted)),
        1 => Just(close(Outcome::Unfounded)),
        1 => Just(Deed::SetNextCheck { reason: CheckReason::Checked, next_check }),
        3 => (0..NAMES.len()).prop_map(move |to| Deed::HandOver {
            to: connection(NAMES[to]),
            reason: HandOverReason::Absence,
            next_check,
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..NAMES.len(), deed()).prop_map(|(name, deed)| Step::Act { name, deed }),
        4 => (1..40_u8).prop_map(Step::Days),
        2 => (0..4_usize).prop_map(Step::StrikeOut),
        1 => (0..4_usize).prop_map(Step::Restore),
        1 => (0..3_usize).prop_map(Step::Leave),
        1 => any::<bool>().prop_map(Step::Signals),
        1 => Just(Step::Reopen),
    ]
}

struct World {
    alert: Alert,
    today: Day,
    out: BTreeSet<usize>,
    without: BTreeSet<RegionId>,
    signals: bool,
}

impl World {
    /// Who is struck out takes no part from its valid date on; a region that left is in no manifest any more.
    fn manifest(&self) -> Arc<Manifest> {
        let mut entries = exchange();
        entries.connections.iter_mut().for_each(|it| {
            let is_out = self.out.iter().any(|out| connection(NAMES[*out]) == it.id);
            it.valid_until = if is_out { day("2026-01-01") } else { day("2099-01-01") };
            it.regions.retain(|region| !self.without.contains(region));
            it.regions.push(region("kept"));
        });
        let kept = Region { id: region("kept"), ..entries.regions[0].clone() };
        entries.regions.retain(|it| !self.without.contains(&it.id));
        entries.regions.push(kept);
        Arc::new(Manifest::new(entries).unwrap())
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Act { name, mut deed } => {
                let soon = self.today.plus_days(5);
                match &mut deed {
                    Deed::Claim { next_check, .. }
                    | Deed::HandOver { next_check, .. }
                    | Deed::SetNextCheck { next_check, .. } => *next_check = soon,
                    Deed::Confirm { .. }
                    | Deed::Unfounded { .. }
                    | Deed::Close { .. }
                    | Deed::AskContact { .. } => {}
                }
                let reader = reader_on(&self.manifest(), NAMES[name], self.today);
                if let Ok(acted) = act(&reader, &self.alert, &Act { case: case("Z1"), deed }) {
                    self.alert = acted.alert;
                }
            }
            Step::Days(days) => self.today = self.today.plus_days(u32::from(days)),
            Step::StrikeOut(who) => drop(self.out.insert(who)),
            Step::Restore(who) => drop(self.out.remove(&who)),
            Step::Leave(at) => drop(self.without.insert(region(REGIONS[at]))),
            Step::Signals(signals) => self.signals = signals,
            Step::Reopen => {
                if self.alert.state() == AlertState::Closed {
                    let judgement = judge(&self.manifest(), [], self.today);
                    let again = alerting::reopen(&self.alert, &entries().rule, judgement, self.today);
                    // Wherever its signals now lie.
                    let mut parts = again.into_parts();
                    parts.regions = self.alert.regions().clone();
                    self.alert = Alert::new(parts);
                }
            }
        }
    }

    fn check(&self) {
        let manifest = self.manifest();
        let owners = owners(&self.alert, &manifest, self.today);
        let anybody = NAMES.iter().any(|it| may_lead(&manifest, &connection(it), self.today));
        assert_eq!(!owners.is_empty(), self.alert.is_open() && anybody, "{:?}", self.alert.progress());
        assert!(owners.iter().all(|it| may_lead(&manifest, it, self.today)), "owners take part");
        for owner in &owners {
            assert!(reader_on(&manifest, owner.as_str(), self.today).may_read(&self.alert), "owners see it");
        }
        if let Some(lead) = self.alert.progress().lead()
            && may_lead(&manifest, &lead.by, self.today)
        {
            assert!(owners.contains(&lead.by));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn an_open_alert_always_has_an_owner_whatever_happens(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World {
            alert: soft_alert(),
            today: today(),
            out: BTreeSet::new(),
            without: BTreeSet::new(),
            signals: true,
        };
        world.check();
        for step in steps {
            world.take(step);
            let before = world.alert.progress().clone();
            if world.alert.is_open() {
                world.alert = followed(&world.alert, &world.manifest(), world.today, world.signals);
            }
            // What somebody leads does not end by itself, whatever became of its signals.
            if let Progress::Led(lead) = before {
                prop_assert_eq!(&world.alert.progress().lead().unwrap().by, &lead.by);
                prop_assert!(matches!(lead.phase, Phase::Claimed | Phase::Confirmed | Phase::Unfounded));
            }
            world.check();
        }
    }
}
