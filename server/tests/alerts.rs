//! What a coordinator gets, over real TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::time::Duration;

use common::batches::{alerts, batch, details, hard, manifest, put, reason, signal, submit, withdraw};
use common::{Hub, World, details_key_id};
use prost::Message;
use samenloop_proto::PADDED_TO;
use samenloop_proto::v1::alert_service_client::AlertServiceClient;
use samenloop_proto::v1::{self, AlertState, Reason, WatchAlertsRequest, WatchAlertsResponse};
use tonic::{Code, Streaming};

async fn list(world: &World, hub: &Hub, name: &str, include_ended: bool) -> Vec<v1::Alert> {
    let channel = world.dial_as(hub, name).await;
    alerts(&channel, include_ended).await
}

async fn watch(world: &World, hub: &Hub, name: &str, cursor: u64) -> Streaming<WatchAlertsResponse> {
    let channel = world.dial_as(hub, name).await;
    let request = WatchAlertsRequest { manifest: manifest(), cursor };
    AlertServiceClient::new(channel).watch_alerts(request).await.unwrap().into_inner()
}

async fn next(watching: &mut Streaming<WatchAlertsResponse>) -> WatchAlertsResponse {
    tokio::time::timeout(Duration::from_secs(5), watching.message()).await.unwrap().unwrap().unwrap()
}

fn in_noord(signal: v1::Signal) -> v1::Signal {
    v1::Signal { region: "noord".to_owned(), details: vec![details("noord")], ..signal }
}

/// One hard and one soft signal of child 9, of two organisations in two domains and two regions.
async fn converge(world: &World, hub: &Hub) {
    let school = world.dial_as(hub, "school-west").await;
    submit(&school, batch(1, vec![put(signal(1, 9)), put(signal(2, 8))])).await.unwrap();
    let coa = world.dial_as(hub, "coa-noord").await;
    submit(&coa, batch(2, vec![put(in_noord(hard(3, 9)))])).await.unwrap();
}

#[tokio::test]
async fn a_convergence_reaches_the_coordinators_of_every_region_among_its_signals() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    let west = list(&world, &hub, "zorgcoordinator-west", false).await;
    let noord = list(&world, &hub, "zorgcoordinator-noord", false).await;
    assert_eq!((west.len(), noord.len()), (1, 1));
    let alert = &west[0];
    assert_eq!(alert.state(), AlertState::New);
    assert_eq!((alert.rule.as_str(), alert.opened.as_str()), ("samenloop-regel/1", "2026-11-22"));
    assert_eq!(alert.regions, ["noord", "west"]);
    assert_eq!(alert.organisations, ["coa", "scholen"]);
    assert_eq!((alert.pairs, alert.hard, alert.signals.len()), (2, true, 2));
    assert_ne!(alert.id, noord[0].id, "two recipients must see two numbers");
    assert_eq!(alert.id.len(), 16);
    hub.hub.stop().await;
}

/// P-50: a coordinator gets the details of its own region's signals, and no others.
#[tokio::test]
async fn details_go_to_the_coordinator_of_the_signals_own_region_only() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    for region in ["west", "noord"] {
        let alerts = list(&world, &hub, &format!("zorgcoordinator-{region}"), false).await;
        for signal in &alerts[0].signals {
            let key = signal.details.as_ref().map(|it| it.key_id.clone());
            let own = (signal.region == region).then(|| details_key_id(region).to_vec());
            assert_eq!(key, own, "{region} sees a signal of {}", signal.region);
        }
    }
    hub.hub.stop().await;
}

/// Or one agency could make an alert that no client takes, and silence all behind it.
#[tokio::test]
async fn an_alert_carries_at_most_500_signals_and_some_of_every_organisation_that_counts() {
    let world = World::new();
    let hub = world.start();
    let school = world.dial_as(&hub, "school-west").await;
    let line = |number: u16| {
        let mut signal = hard(0, 9);
        signal.reference[..2].copy_from_slice(&number.to_be_bytes());
        put(signal)
    };
    submit(&school, batch(1, (0..500).map(line).collect())).await.unwrap();
    submit(&school, batch(2, (500..1000).map(line).collect())).await.unwrap();
    let older = v1::Signal { month: 202_609, ..in_noord(signal(3, 9)) };
    let hearsay = v1::Signal { hearsay_of: v1::Domain::Zorg.into(), ..in_noord(hard(4, 9)) };
    let coa = world.dial_as(&hub, "coa-noord").await;
    submit(&coa, batch(3, vec![put(older), put(hearsay)])).await.unwrap();
    hub.tick().await;
    let alerts = list(&world, &hub, "zorgcoordinator-west", false).await;
    let signals = &alerts[0].signals;
    assert_eq!((alerts.len(), signals.len()), (1, 500));
    assert!(alerts[0].encoded_len() < 512 * 1024, "{}", alerts[0].encoded_len());
    assert!(signals.iter().all(|it| it.counts), "a signal that does not count pushed out one that does");
    let last = signals.last().unwrap();
    assert_eq!((last.connection.as_str(), last.month), ("coa-noord", 202_609), "soft ones come last");
    let first: Vec<_> = (0..499_u16).map(|it| it.to_be_bytes().to_vec()).collect();
    let carried: Vec<_> = signals[..499].iter().map(|it| it.reference[..2].to_vec()).collect();
    assert_eq!(carried, first);
    assert_eq!(list(&world, &hub, "zorgcoordinator-west", false).await, alerts);
    hub.hub.stop().await;
}

/// Details that were sealed to a coordinator when the region was its own stop with the region.
#[tokio::test]
async fn details_stop_with_the_region() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    hub.hub.seat().replace(world.changed(|entries| {
        let (west, noord) =
            (entries.regions[0].coordinators.clone(), entries.regions[1].coordinators.clone());
        entries.regions[0].coordinators = noord;
        entries.regions[1].coordinators = west;
    }));
    let alerts = list(&world, &hub, "zorgcoordinator-west", false).await;
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].signals.iter().all(|signal| signal.details.is_none()));
    hub.hub.stop().await;
}

#[tokio::test]
async fn no_pseudonym_is_in_anything_a_coordinator_gets() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    let alerts = list(&world, &hub, "zorgcoordinator-west", true).await;
    let bytes = alerts[0].encode_to_vec();
    assert!(!bytes.windows(32).any(|window| window == [9; 32]));
    hub.hub.stop().await;
}

#[tokio::test]
async fn an_alert_that_lapsed_is_listed_only_when_asked_for() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    let school = world.dial_as(&hub, "school-west").await;
    submit(&school, batch(3, vec![withdraw(1)])).await.unwrap();
    hub.tick().await;
    assert!(list(&world, &hub, "zorgcoordinator-west", false).await.is_empty());
    let ended = list(&world, &hub, "zorgcoordinator-noord", true).await;
    assert_eq!(ended[0].state(), AlertState::Lapsed);
    hub.hub.stop().await;
}

/// P-61: one message a tick, padded, empty too.
#[tokio::test]
async fn a_watch_gets_one_padded_message_a_tick_with_news_or_without() {
    let world = World::new();
    let hub = world.start();
    let mut watching = watch(&world, &hub, "zorgcoordinator-west", 0).await;
    let began = std::time::Instant::now();
    let mut messages = vec![next(&mut watching).await, next(&mut watching).await];
    assert!(messages.iter().all(|it| it.alerts.is_empty()));
    converge(&world, &hub).await;
    while messages.last().unwrap().alerts.is_empty() {
        messages.push(next(&mut watching).await);
    }
    let ticks = began.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(messages.len()).unwrap());
    assert!((count - ticks).abs() < 2.0, "{count} messages in {ticks} ticks of a second");
    for message in &messages {
        assert_eq!(message.encoded_len() % PADDED_TO, 0, "{}", message.encoded_len());
    }
    assert_eq!(messages.last().unwrap().alerts.len(), 1);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_watch_goes_on_where_it_broke_off() {
    let world = World::new();
    let hub = world.start();
    hub.tick().await;
    converge(&world, &hub).await;
    let mut watching = watch(&world, &hub, "zorgcoordinator-west", 0).await;
    let mut message = next(&mut watching).await;
    while message.alerts.is_empty() {
        message = next(&mut watching).await;
    }
    drop(watching);
    let told = message.cursor;
    // What was dealt with does not come again; what was not does.
    let mut after = watch(&world, &hub, "zorgcoordinator-west", told).await;
    assert!(next(&mut after).await.alerts.is_empty());
    let mut before = watch(&world, &hub, "zorgcoordinator-west", told - 1).await;
    assert_eq!(next(&mut before).await.alerts.len(), 1);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_coordinator_struck_out_stops_at_its_next_alert() {
    let world = World::new();
    let hub = world.start();
    let mut watching = watch(&world, &hub, "zorgcoordinator-west", 0).await;
    next(&mut watching).await;
    hub.hub.seat().replace(world.changed(|entries| {
        entries.connections.iter_mut().for_each(|it| it.certificate_keys = vec![[0; 32]]);
    }));
    let end = loop {
        match watching.message().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert_eq!(reason(end), (Code::Unauthenticated, Reason::NotTakingPart));
    hub.hub.stop().await;
}

#[tokio::test]
async fn an_expired_manifest_still_lets_a_coordinator_read() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    let expired = samenloop_core::value::Day::parse("2026-11-21").unwrap();
    hub.hub.seat().replace(world.changed(|entries| entries.expires = expired));
    assert_eq!(list(&world, &hub, "zorgcoordinator-west", false).await.len(), 1);
    hub.hub.stop().await;
}

/// V-21, P-22: what is past its term is not shown, also where no tick ends it, as the manifest expired before.
#[tokio::test]
async fn what_is_past_its_term_is_shown_on_no_alert_that_a_clock_ahead_leaves_open() {
    let world = World::new();
    let hub = world.start();
    converge(&world, &hub).await;
    hub.tick().await;
    let shown = async || {
        let alerts = list(&world, &hub, "zorgcoordinator-west", false).await;
        alerts.iter().map(|it| (it.state(), it.signals.len(), it.domains.len())).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [(v1::AlertState::New, 2, 2)]);
    world.clock.advance_days(800);
    hub.tick().await;
    assert_eq!(shown().await, [(v1::AlertState::Lapsed, 0, 2)]);
    world.clock.set_back_days(800);
    hub.tick().await;
    assert_eq!(shown().await, [(v1::AlertState::New, 2, 2)], "and all of it is there");
    // Nor on one that had ended, which no sweep reaches then.
    let school = world.dial_as(&hub, "school-west").await;
    submit(&school, batch(9, vec![withdraw(1)])).await.unwrap();
    hub.tick().await;
    let ended = async || {
        let alerts = list(&world, &hub, "zorgcoordinator-west", true).await;
        alerts.iter().map(|it| (it.state(), it.signals.len())).collect::<Vec<_>>()
    };
    assert_eq!(ended().await, [(v1::AlertState::Lapsed, 1)]);
    world.clock.advance_days(800);
    hub.tick().await;
    assert_eq!(ended().await, [(v1::AlertState::Lapsed, 0)]);
    hub.hub.stop().await;
}

#[tokio::test]
async fn an_open_watch_does_not_hold_up_the_shutdown() {
    let world = World::new();
    let hub = world.start();
    let mut watching = watch(&world, &hub, "zorgcoordinator-west", 0).await;
    next(&mut watching).await;
    let began = std::time::Instant::now();
    let stopping = tokio::spawn(hub.hub.stop());
    let end = loop {
        match watching.message().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert_eq!(reason(end), (Code::Unavailable, Reason::Unavailable));
    drop(watching);
    stopping.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}
