//! What intake takes, how it answers, and in which order, over real TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::atomic::Ordering;
use std::time::Duration;

use common::batches::{batch, hard, push, put, reason, refused, request, signal, submit, withdraw};
use common::{SEED, World, uri};
use prost::Message;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use samenloop_proto::v1::{self, BatchAck, Reason};
use samenloop_server::receipt::{Promise, ReceiptKey};
use tonic::Code;

#[tokio::test]
async fn a_batch_is_acked_with_a_receipt_over_its_bytes() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let sent = batch(1, vec![put(signal(1, 1)), put(signal(2, 1)), withdraw(3)]);
    let ack = submit(&channel, sent.clone()).await.unwrap();
    assert_eq!((ack.batch_id.clone(), ack.first_sequence, ack.count), (vec![1; 16], 1, 3));
    assert!(ack.refused.is_empty());
    let signed = Promise {
        connection: &samenloop_core::value::ConnectionId::parse("school-west").unwrap(),
        batch: &[1; 16],
        digest: &digest(&SHA256, &sent.encode_to_vec()).as_ref().try_into().unwrap(),
        first_sequence: 1,
        count: 3,
    };
    let key = ReceiptKey::from_seed(&SEED).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, key.public().to_vec());
    public.verify(&signed.bytes(), &ack.receipt).unwrap();
    assert_eq!(submit(&channel, batch(2, vec![withdraw(9)])).await.unwrap().first_sequence, 4);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_refused_line_never_stops_the_others() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let changed = |reference, change: fn(&mut v1::Signal)| {
        let mut signal = signal(reference, 1);
        change(&mut signal);
        put(signal)
    };
    let lines = vec![
        put(signal(1, 1)),
        changed(2, |it| it.region = "Nergens!".to_owned()),
        changed(3, |it| it.region = "oost".to_owned()),
        changed(4, |it| it.code = "geheim".to_owned()),
        changed(5, |it| it.code = "Z99".to_owned()),
        changed(6, |it| it.code = "G01".to_owned()),
        changed(7, |it| it.code = "V11".to_owned()),
        changed(8, |it| it.month = 202_612),
        changed(9, |it| it.month = 202_001),
        changed(10, |it| it.pseudonyms[0].epoch = 2),
        changed(11, |it| it.pseudonyms[0].scheme = 2),
        changed(12, |it| it.pseudonyms[0].kind = 2),
        changed(13, |it| it.hearsay_of = v1::Domain::Onderwijs.into()),
        changed(14, |it| it.acute = true),
        changed(15, |it| it.shorter_term_months = 9),
        changed(16, |it| it.details.clear()),
        changed(17, |it| it.pseudonyms.push(it.pseudonyms[0].clone())),
        put(hard(18, 1)),
    ];
    let ack = submit(&channel, batch(1, lines)).await.unwrap();
    let expected = [
        (1, Reason::UnknownRegion),
        (2, Reason::UnknownRegion),
        (3, Reason::UnknownCode),
        (4, Reason::UnknownCode),
        (5, Reason::CodeNotEnabled),
        (6, Reason::SeverityContradictsCode),
        (7, Reason::MonthInFuture),
        (8, Reason::MonthTooOld),
        (9, Reason::EpochNotLive),
        (10, Reason::EpochNotLive),
        (11, Reason::KindNotAllowed),
        (12, Reason::HearsayOfOwnDomain),
        (13, Reason::AcuteRouteNotFollowed),
        (14, Reason::TermNotShorter),
        (15, Reason::DetailsNotForRegion),
        (16, Reason::Malformed),
    ];
    assert_eq!(refused(&ack), expected);
    assert_eq!((ack.count, hub.store.stored()), (2, (1, 2)));
    let nothing = vec![changed(2, |it| it.region = "Nergens!".to_owned())];
    let ack = submit(&channel, batch(2, nothing)).await.unwrap();
    assert_eq!((ack.count, refused(&ack)), (0, vec![(0, Reason::UnknownRegion)]));
    hub.hub.stop().await;
}

/// Or whoever sends nonsense all day fills the disk with it.
#[tokio::test]
async fn a_batch_without_an_admitted_line_is_acked_and_not_stored() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    hub.store.write_millis.store(100, Ordering::SeqCst);
    let nothing = batch(2, vec![put(v1::Signal { region: "oost".to_owned(), ..signal(2, 1) })]);
    let digest = digest(&SHA256, &nothing.encode_to_vec()).as_ref().try_into().unwrap();
    let (batches, mut acks) = push(&channel).await;
    batches.send(request(batch(1, vec![put(signal(1, 1))]))).await.unwrap();
    batches.send(request(nothing)).await.unwrap();
    batches.send(request(batch(3, vec![put(signal(3, 1))]))).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(acks.message().await.unwrap().unwrap().ack.unwrap());
    }
    let counts: Vec<_> = answers.iter().map(|it| (it.batch_id[0], it.count)).collect();
    assert_eq!(counts, [(1, 1), (2, 0), (3, 1)], "acks keep their order");
    assert_eq!(answers[1].first_sequence, 0);
    let signed = Promise {
        connection: &samenloop_core::value::ConnectionId::parse("school-west").unwrap(),
        batch: &[2; 16],
        digest: &digest,
        first_sequence: 0,
        count: 0,
    };
    let key = ReceiptKey::from_seed(&SEED).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, key.public().to_vec());
    public.verify(&signed.bytes(), &answers[1].receipt).unwrap();
    assert_eq!(hub.store.stored(), (2, 2));
    hub.hub.stop().await;
}

/// P-24: a connection struck out stops at its next batch, also on a stream that is open.
#[tokio::test]
async fn a_connection_struck_out_stops_at_its_next_batch() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let (batches, mut acks) = push(&channel).await;
    batches.send(request(batch(1, vec![put(signal(1, 1))]))).await.unwrap();
    assert!(acks.message().await.unwrap().is_some());
    hub.hub.seat().replace(world.changed(|entries| drop(entries.connections.remove(0))));
    batches.send(request(batch(2, vec![put(signal(2, 1))]))).await.unwrap();
    assert_eq!(reason(acks.message().await), (Code::Unauthenticated, Reason::NotTakingPart));
    assert_eq!(hub.store.stored(), (1, 1));
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_certificate_that_ends_stops_an_open_connection_too() {
    let world = World::new();
    let hub = world.start();
    let mut world = world;
    let brief = world.ca.mint(&[&uri("school-west")], "00000009000000000001", |params| {
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    });
    world.entries.connections[0].certificate_keys.push(brief.spki_hash());
    hub.hub.seat().replace(world.manifest());
    let channel = world.dial(&hub, &brief).await;
    assert!(submit(&channel, batch(1, vec![put(signal(1, 1))])).await.is_ok());
    world.clock.advance(60 * 24 * 3600);
    let answer = submit(&channel, batch(2, vec![put(signal(2, 1))])).await;
    assert_eq!(reason(answer), (Code::Unauthenticated, Reason::NotTakingPart));
    hub.hub.stop().await;
}

/// V-05, P-60: apart from the batch's own id, its sequence and the receipt over both, acks are the same bytes.
#[tokio::test]
async fn an_ack_is_the_same_whoever_else_knows_the_child() {
    let world = World::new();
    let (hub, school) = world.begin().await;
    let others = ["gemeente-west", "politie-west"];
    for (at, name) in (1..).zip(others) {
        let channel = world.dial_as(&hub, name).await;
        submit(&channel, batch(at, vec![put(hard(at, 77))])).await.unwrap();
    }
    hub.tick().await;
    let mut acks = Vec::new();
    for (what, lines) in [
        ("new, of a child whom nobody knows", vec![put(signal(1, 1))]),
        ("converging with others", vec![put(signal(2, 77))]),
        ("the same again", vec![put(signal(2, 77))]),
        ("a higher revision", vec![put(v1::Signal { revision: 2, ..signal(2, 77) })]),
        ("a lower revision", vec![put(signal(2, 77))]),
        ("withdrawing what is there", vec![withdraw(2)]),
        ("withdrawing what is withdrawn", vec![withdraw(2)]),
        ("putting what is withdrawn", vec![put(signal(2, 77))]),
        ("withdrawing what never was", vec![withdraw(200)]),
        ("withdrawing another agency's", vec![withdraw(1)]),
    ] {
        let ack = submit(&school, batch(9, lines)).await.unwrap();
        assert_eq!(ack.receipt.len(), 64);
        acks.push((what, BatchAck { first_sequence: 0, receipt: vec![], ..ack }.encode_to_vec()));
        hub.tick().await;
    }
    for (what, ack) in &acks {
        assert_eq!(*ack, acks[0].1, "{what}");
    }
    hub.hub.stop().await;
}

#[tokio::test]
async fn acks_come_in_order_and_batches_are_kept_at_the_same_time() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    hub.store.write_millis.store(200, Ordering::SeqCst);
    let (batches, mut acks) = push(&channel).await;
    let began = std::time::Instant::now();
    for id in 1..=8 {
        batches.send(request(batch(id, vec![put(signal(id, 1))]))).await.unwrap();
    }
    for id in 1..=8 {
        assert_eq!(acks.message().await.unwrap().unwrap().ack.unwrap().batch_id, vec![id; 16]);
    }
    assert!(began.elapsed() < Duration::from_millis(1000), "one after another: {:?}", began.elapsed());
    drop(batches);
    assert!(acks.message().await.unwrap().is_none());
    hub.hub.stop().await;
}

/// P-42: or a withdrawal could overtake its own signal.
#[tokio::test]
async fn two_batches_about_one_reference_are_kept_one_after_the_other() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    hub.store.write_millis.store(200, Ordering::SeqCst);
    let (batches, mut acks) = push(&channel).await;
    batches.send(request(batch(1, vec![put(signal(1, 1)), put(signal(2, 1))]))).await.unwrap();
    batches.send(request(batch(2, vec![withdraw(1)]))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(*hub.store.order.lock().unwrap(), [2], "the second began before the first was kept");
    acks.message().await.unwrap().unwrap();
    acks.message().await.unwrap().unwrap();
    assert_eq!(*hub.store.order.lock().unwrap(), [2, 1]);
    hub.hub.stop().await;
}

#[tokio::test]
async fn the_first_refused_batch_ends_the_stream_and_those_before_it_stand() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    hub.store.write_millis.store(50, Ordering::SeqCst);
    let (batches, mut acks) = push(&channel).await;
    batches.send(request(batch(1, vec![put(signal(1, 1))]))).await.unwrap();
    batches.send(request(batch(2, vec![put(signal(2, 1)), put(signal(2, 1))]))).await.unwrap();
    batches.send(request(batch(3, vec![put(signal(3, 1))]))).await.unwrap();
    assert_eq!(acks.message().await.unwrap().unwrap().ack.unwrap().batch_id, vec![1; 16]);
    assert_eq!(reason(acks.message().await), (Code::InvalidArgument, Reason::ReferenceTwice));
    assert_eq!(hub.store.stored(), (1, 1));
    hub.hub.stop().await;
}

/// V-05: so many a day, whoever they are about.
#[tokio::test]
async fn lines_above_the_quota_are_refused_with_the_time_to_retry() {
    let mut world = World::new();
    world.entries.connections[0].quota_lines = 3;
    let (hub, channel) = world.begin().await;
    let ack = submit(&channel, batch(1, vec![put(signal(1, 1)), put(signal(2, 1))])).await.unwrap();
    assert_eq!(ack.count, 2);
    let lines = vec![put(signal(3, 1)), withdraw(1), put(signal(4, 1))];
    let ack = submit(&channel, batch(2, lines)).await.unwrap();
    assert_eq!((ack.count, refused(&ack)), (1, vec![(1, Reason::Quota), (2, Reason::Quota)]));
    // From noon in Amsterdam to midnight.
    assert_eq!(ack.refused[0].retry_after_seconds, 12 * 3600);
    let other = world.dial_as(&hub, "gemeente-west").await;
    assert_eq!(submit(&other, batch(3, vec![put(signal(1, 1))])).await.unwrap().count, 1);
    hub.hub.stop().await;
}

/// V-05: whoever uploads a list to see who is known is stopped where the quota ends, wherever in it the children are whom
/// others know, and reads nothing of them from what was taken or from what was not.
#[tokio::test]
async fn a_list_stops_at_the_quota_and_its_ack_does_not_tell_who_of_it_is_known() {
    let mut acks = Vec::new();
    for known in [vec![], vec![0, 1, 7], (0..20).collect::<Vec<u8>>()] {
        let mut world = World::new();
        world.entries.connections[0].quota_lines = 8;
        let (hub, school) = world.begin().await;
        for name in ["gemeente-west", "politie-west"] {
            let channel = world.dial_as(&hub, name).await;
            for child in &known {
                submit(&channel, batch(*child, vec![put(hard(*child, *child))])).await.unwrap();
            }
        }
        hub.tick().await;
        let list: Vec<_> = (0..20).map(|child| put(signal(child, child))).collect();
        for _ in 0..2 {
            let ack = submit(&school, batch(99, list.clone())).await.unwrap();
            let over: Vec<_> = (ack.count..20).map(|line| (line, Reason::Quota)).collect();
            assert_eq!(refused(&ack), over);
            acks.push(ack);
            hub.tick().await;
        }
        hub.hub.stop().await;
    }
    assert_eq!(acks.iter().map(|it| it.count).collect::<Vec<_>>(), [8, 0].repeat(3), "a day's worth, once");
    for ack in &acks[2..] {
        assert!(acks[..2].contains(ack), "{ack:?}");
    }
}

#[tokio::test]
async fn two_streams_of_one_connection_share_one_quota() {
    let mut world = World::new();
    world.entries.connections[0].quota_lines = 100;
    let hub = world.start();
    let mut channels = Vec::new();
    for _ in 0..4 {
        channels.push(world.dial_as(&hub, "school-west").await);
    }
    let mut pushing = Vec::new();
    for (id, channel) in (1..=20).zip(channels.iter().cycle()) {
        let channel = channel.clone();
        let lines = (0..10).map(|at| put(signal(id * 10 + at, 1))).collect();
        pushing.push(tokio::spawn(async move { submit(&channel, batch(id, lines)).await.unwrap().count }));
    }
    let mut admitted = 0;
    for count in pushing {
        admitted += count.await.unwrap();
    }
    assert_eq!(admitted, 100);
    assert_eq!(hub.store.stored().1, 100);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_store_that_cannot_keep_its_word_promises_nothing_and_stops_the_hub() {
    let world = World::new();
    let (mut hub, channel) = world.begin().await;
    hub.store.broken.store(true, Ordering::SeqCst);
    let status = submit(&channel, batch(1, vec![put(signal(1, 1))])).await.unwrap_err();
    assert!(!status.message().contains("planted"), "{}", status.message());
    assert_eq!(reason::<()>(Err(status)), (Code::Unavailable, Reason::Unavailable));
    let fault = tokio::time::timeout(Duration::from_secs(5), hub.hub.failed()).await.unwrap();
    assert!(fault.to_string().contains("planted"));
    hub.hub.stop().await;
}
