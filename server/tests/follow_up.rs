//! What coordinators do with alerts and reporters answer, over real TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::batches::{act, alerts, batch, details, hard, manifest, put, reason, signal, submit};
use common::{Hub, World};
use samenloop_proto::PADDED_TO;
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_proto::v1::alert_service_client::AlertServiceClient;
use samenloop_proto::v1::contact_service_client::ContactServiceClient;
use samenloop_proto::v1::follow_up_service_client::FollowUpServiceClient;
use samenloop_proto::v1::{
    self, ActOnAlertRequest, AlertState, AnswerContactRequestRequest, AskContact, ClaimAlert, CloseAlert,
    ConfirmAlert, ContactAnswer, HandOverAlert, ListContactRequestsRequest, Reason, WatchAlertsRequest,
};
use tonic::transport::Channel;
use tonic::{Code, Status};

const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";

fn claim() -> Act {
    Act::Claim(ClaimAlert { reason: 1, next_check: "2026-11-25".to_owned() })
}

fn confirm() -> Act {
    Act::Confirm(ConfirmAlert { reason: 4, reading: 0 })
}

fn close() -> Act {
    Act::Close(CloseAlert { outcome: v1::Outcome::HelpStarted.into(), registration: 2, view: 1 })
}

fn hand_over(to: &str) -> Act {
    Act::HandOver(HandOverAlert { to: to.to_owned(), reason: 1, next_check: "2026-11-30".to_owned() })
}

fn ask(of: &[&str]) -> Act {
    Act::AskContact(AskContact { of: of.iter().map(|it| (*it).to_owned()).collect(), reason: 1 })
}

async fn requests(channel: &Channel) -> Vec<v1::ContactRequest> {
    let request = ListContactRequestsRequest { manifest: manifest() };
    let answer = ContactServiceClient::new(channel.clone()).list_contact_requests(request).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!(prost::Message::encoded_len(&answer) % PADDED_TO, 0, "one size, asked or not");
    answer.requests
}

async fn reply(channel: &Channel, id: &[u8], answer: ContactAnswer, from: &str) -> Result<(), Status> {
    let request = AnswerContactRequestRequest {
        manifest: manifest(),
        id: id.to_vec(),
        answer: answer.into(),
        available_from: from.to_owned(),
    };
    ContactServiceClient::new(channel.clone()).answer_contact_request(request).await.map(drop)
}

/// An alert of region west, of a school and the police.
async fn west_converges(world: &World, hub: &Hub) {
    let school = world.dial_as(hub, "school-west").await;
    submit(&school, batch(1, vec![put(signal(1, 9))])).await.unwrap();
    let police = world.dial_as(hub, "politie-west").await;
    submit(&police, batch(2, vec![put(hard(2, 9))])).await.unwrap();
    hub.tick().await;
}

#[tokio::test]
async fn an_alert_walks_from_new_to_closed() {
    let world = World::new();
    let hub = world.start();
    west_converges(&world, &hub).await;
    let west = world.dial_as(&hub, WEST).await;
    let new = alerts(&west, true).await.remove(0);
    assert_eq!((new.lead.as_str(), new.owners.as_slice()), ("", &[WEST.to_owned()][..]));
    let claimed = act(&west, &new.id, claim()).await.unwrap().unwrap();
    assert_eq!((claimed.state(), claimed.lead.as_str()), (AlertState::Claimed, WEST));
    assert_eq!((claimed.next_check.as_str(), claimed.case_reference.as_str()), ("2026-11-25", "ZHZ-26-117"));
    act(&west, &new.id, ask(&["school-west"])).await.unwrap();
    let school = world.dial_as(&hub, "school-west").await;
    let asked = requests(&school).await.remove(0);
    assert_eq!(asked.references, [vec![1; 16]], "its own, and nothing of the police");
    assert_eq!((asked.coordinator.as_str(), asked.case_reference.as_str()), (WEST, "ZHZ-26-117"));
    assert_ne!(asked.id, new.id, "two recipients must see two numbers");
    reply(&school, &asked.id, ContactAnswer::NotAvailableUntil, "2026-12-01").await.unwrap();
    let contact = alerts(&west, true).await.remove(0).contacts.remove(0);
    assert_eq!(
        (contact.connection.as_str(), contact.answer()),
        ("school-west", ContactAnswer::NotAvailableUntil)
    );
    assert_eq!(contact.available_from, "2026-12-01");
    assert_eq!(act(&west, &new.id, confirm()).await.unwrap().unwrap().state(), AlertState::Confirmed);
    let closed = act(&west, &new.id, close()).await.unwrap().unwrap();
    assert_eq!((closed.state(), closed.outcome()), (AlertState::Closed, v1::Outcome::HelpStarted));
    assert!(requests(&school).await.is_empty(), "nothing is asked of what is closed");
    let late = reply(&school, &asked.id, ContactAnswer::WillCall, "").await;
    assert_eq!(reason(late), (Code::NotFound, Reason::UnknownAlert));
    assert_eq!(reason(act(&west, &new.id, claim()).await), (Code::FailedPrecondition, Reason::AlertEnded));
    hub.hub.stop().await;
}

/// V-10: police may signal and be asked, and read nothing.
#[tokio::test]
async fn who_is_not_entitled_learns_nothing_and_changes_nothing() {
    let world = World::new();
    let hub = world.start();
    west_converges(&world, &hub).await;
    let west = world.dial_as(&hub, WEST).await;
    let alert = alerts(&west, true).await.remove(0);
    let (noord, police) = (world.dial_as(&hub, NOORD).await, world.dial_as(&hub, "politie-west").await);
    let told = |answer: Result<Option<v1::Alert>, Status>| {
        let status = answer.unwrap_err();
        (status.code(), status.message().to_owned(), status.details().to_vec())
    };
    let foreign = told(act(&noord, &alert.id, claim()).await);
    assert_eq!(
        foreign,
        told(act(&noord, &[0xee; 16], claim()).await),
        "another region's is as unknown as none"
    );
    assert_eq!(reason(act(&noord, &alert.id, claim()).await), (Code::NotFound, Reason::UnknownAlert));
    assert_eq!(reason(act(&police, &alert.id, claim()).await), (Code::PermissionDenied, Reason::OtherRole));
    let unasked = reply(&police, &alert.id, ContactAnswer::WillCall, "").await;
    assert_eq!(reason(unasked), (Code::NotFound, Reason::UnknownAlert));
    let coordinator = reply(&west, &alert.id, ContactAnswer::WillCall, "").await;
    assert_eq!(reason(coordinator), (Code::PermissionDenied, Reason::OtherRole));
    act(&west, &alert.id, claim()).await.unwrap();
    assert_eq!(reason(act(&west, &alert.id, hand_over("politie-west")).await).1, Reason::Recipient);
    assert_eq!(reason(act(&west, &alert.id, hand_over("De Vries")).await).1, Reason::Recipient);
    assert_eq!(reason(act(&west, &alert.id, ask(&["coa-noord"])).await).1, Reason::Reporter);
    act(&west, &alert.id, ask(&["politie-west"])).await.unwrap();
    let for_safety = Act::AskContact(AskContact { of: vec!["politie-west".to_owned()], reason: 3 });
    assert_eq!(reason(act(&west, &alert.id, for_safety).await).1, Reason::AskedBefore);
    // After a hand-over the other sees it and the first does not lead it.
    act(&west, &alert.id, hand_over(NOORD)).await.unwrap();
    assert_eq!(reason(act(&west, &alert.id, confirm()).await).1, Reason::LedByAnother);
    let handed = alerts(&noord, true).await.remove(0);
    assert_eq!(act(&noord, &handed.id, confirm()).await.unwrap().unwrap().state(), AlertState::Confirmed);
    hub.hub.stop().await;
}

/// P-62: an agency pays for its own requests, not for the alerts that there are.
#[tokio::test]
async fn an_agency_that_lists_or_guesses_has_nothing_looked_up() {
    let world = World::new();
    let hub = world.start();
    west_converges(&world, &hub).await;
    let school = world.dial_as(&hub, "school-west").await;
    let looks = || hub.store.looks.load(std::sync::atomic::Ordering::SeqCst);
    let before = looks();
    assert!(requests(&school).await.is_empty());
    let guessed = reply(&school, &[7; 16], ContactAnswer::WillCall, "").await;
    assert_eq!(reason(guessed), (Code::NotFound, Reason::UnknownAlert));
    assert_eq!(looks(), before, "no alert was read");
    hub.hub.stop().await;
}

#[tokio::test]
async fn an_act_that_says_too_little_or_too_much_is_malformed() {
    let world = World::new();
    let hub = world.start();
    west_converges(&world, &hub).await;
    let west = world.dial_as(&hub, WEST).await;
    let alert = alerts(&west, true).await.remove(0);
    let mut client = FollowUpServiceClient::new(west.clone());
    let whole = ActOnAlertRequest {
        manifest: manifest(),
        alert: alert.id.clone(),
        case_reference: "Z1".to_owned(),
        act: Some(claim()),
    };
    for (request, wrong) in [
        (ActOnAlertRequest { manifest: None, ..whole.clone() }, Reason::Malformed),
        (ActOnAlertRequest { alert: vec![1; 15], ..whole.clone() }, Reason::Malformed),
        (ActOnAlertRequest { case_reference: String::new(), ..whole.clone() }, Reason::Malformed),
        (
            ActOnAlertRequest { case_reference: "Noor de Vries".to_owned(), ..whole.clone() },
            Reason::Malformed,
        ),
        (ActOnAlertRequest { case_reference: "999990019".to_owned(), ..whole.clone() }, Reason::Malformed),
        (ActOnAlertRequest { act: None, ..whole.clone() }, Reason::Malformed),
        (
            ActOnAlertRequest {
                act: Some(Act::Claim(ClaimAlert { reason: 0, next_check: "2026-11-25".to_owned() })),
                ..whole.clone()
            },
            Reason::Malformed,
        ),
        (
            ActOnAlertRequest {
                act: Some(Act::Claim(ClaimAlert { reason: 1, next_check: "morgen".to_owned() })),
                ..whole.clone()
            },
            Reason::Date,
        ),
    ] {
        assert_eq!(reason(client.act_on_alert(request).await).1, wrong);
    }
    assert_eq!(alerts(&west, true).await.remove(0).state(), AlertState::New, "none of it was done");
    // A closed outcome without its reasons.
    act(&west, &alert.id, claim()).await.unwrap();
    act(&west, &alert.id, confirm()).await.unwrap();
    for (outcome, registration, view) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (9, 1, 1)] {
        let close = Act::Close(CloseAlert { outcome, registration, view });
        assert_eq!(reason(act(&west, &alert.id, close).await).1, Reason::Malformed);
    }
    hub.hub.stop().await;
}

#[tokio::test]
async fn alerts_of_two_kinds_that_share_a_signal_name_each_other() {
    let mut world = World::new();
    let kinds = [1, 2].map(|it| samenloop_core::value::Kind::new(it).unwrap()).to_vec();
    world.entries.connections.iter_mut().for_each(|it| it.kinds.clone_from(&kinds));
    let hub = world.start();
    let west = world.dial_as(&hub, WEST).await;
    let watched = WatchAlertsRequest { manifest: manifest(), cursor: 0 };
    let mut watching =
        AlertServiceClient::new(west.clone()).watch_alerts(watched).await.unwrap().into_inner();
    let of = |signal: v1::Signal, kinds: &[u32]| {
        let pseudonym = |kind: &u32| v1::Pseudonym { kind: *kind, ..signal.pseudonyms[0].clone() };
        put(v1::Signal { pseudonyms: kinds.iter().map(pseudonym).collect(), ..signal.clone() })
    };
    let school = world.dial_as(&hub, "school-west").await;
    submit(&school, batch(1, vec![of(signal(1, 9), &[1, 2])])).await.unwrap();
    let police = world.dial_as(&hub, "politie-west").await;
    submit(&police, batch(2, vec![of(hard(2, 9), &[1])])).await.unwrap();
    let council = world.dial_as(&hub, "gemeente-west").await;
    submit(&council, batch(3, vec![of(hard(3, 9), &[2])])).await.unwrap();
    hub.tick().await;
    let both = alerts(&west, true).await;
    assert_eq!(both.len(), 2);
    let each = [&both[0], &both[1]].map(|it| it.id.clone());
    let other = |of: &v1::Alert| each.iter().filter(|it| **it != of.id).cloned().collect::<Vec<_>>();
    assert!(both.iter().all(|it| it.related == other(it)), "{both:?}");
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(watching.message().await.unwrap().unwrap().alerts);
    }
    assert!(told.len() == 2 && told.iter().all(|it| it.related == other(it)), "{told:?}");
    let claimed = act(&west, &both[0].id, claim()).await.unwrap().unwrap();
    assert_eq!(claimed.related, other(&claimed), "whoever claims one is told of the other");
    // A coordinator who may not see the other is not told that there is one.
    act(&west, &both[0].id, hand_over(NOORD)).await.unwrap();
    hub.tick().await;
    let noord = world.dial_as(&hub, NOORD).await;
    let handed = alerts(&noord, true).await;
    assert_eq!((handed.len(), &handed[0].related), (1, &Vec::<Vec<u8>>::new()));
    hub.hub.stop().await;
}

/// Two coordinators race for a thousand alerts of both their regions, each alert is led once.
#[tokio::test(flavor = "multi_thread")]
async fn two_coordinators_racing_for_a_thousand_alerts_own_each_exactly_once() {
    const ALERTS: u16 = 1000;
    let world = World::new();
    let hub = world.start();
    let line = |number: u16, kind: u8, noord: bool| {
        let mut it = hard(kind, 0);
        it.reference[..2].copy_from_slice(&number.to_be_bytes());
        it.pseudonyms[0].value[..2].copy_from_slice(&number.to_be_bytes());
        if noord {
            (it.region, it.details) = ("noord".to_owned(), vec![details("noord")]);
        }
        put(it)
    };
    for (name, kind, noord) in [("school-west", 1, false), ("coa-noord", 2, true)] {
        let channel = world.dial_as(&hub, name).await;
        for (id, from) in [(1, 0), (2, 500)] {
            let lines = (from..from + 500).map(|it| line(it, kind, noord)).collect();
            submit(&channel, batch(id, lines)).await.unwrap();
        }
    }
    hub.tick().await;
    let mut racing = tokio::task::JoinSet::new();
    for name in [WEST, NOORD] {
        let channel = world.dial_as(&hub, name).await;
        let alerts = alerts(&channel, true).await;
        assert_eq!(alerts.len(), usize::from(ALERTS));
        racing.spawn(async move {
            let mut won = 0;
            for alert in alerts {
                match act(&channel, &alert.id, claim()).await {
                    Ok(alert) => {
                        assert_eq!(alert.unwrap().lead, name);
                        won += 1;
                    }
                    lost @ Err(_) => assert_eq!(reason(lost).1, Reason::LedByAnother),
                }
            }
            (name, won)
        });
    }
    let won: std::collections::BTreeMap<_, _> = racing.join_all().await.into_iter().collect();
    assert_eq!(won[WEST] + won[NOORD], ALERTS, "{won:?}");
    let west = world.dial_as(&hub, WEST).await;
    for (name, won) in won {
        let led = alerts(&west, true).await.into_iter().filter(|it| it.lead == name).count();
        assert_eq!(led, usize::from(won), "{name}");
    }
    hub.hub.stop().await;
}
