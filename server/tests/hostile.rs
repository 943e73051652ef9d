//! Callers and batches that are refused, and store nothing, over real TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::bare::Bare;
use common::batches::{
    batch, details, manifest, push, put, reason, refusal, refused, request, signal, submit, withdraw,
};
use common::{World, uri};
use prost::Message;
use samenloop_proto::v1::signal_service_client::SignalServiceClient;
use samenloop_proto::v1::{self, BatchAck, ListAlertsRequest, Reason, SignalBatch, SubmitSignalsRequest};
use samenloop_server::MAX_REQUEST_LEN;
use tonic::transport::Channel;
use tonic::{Code, Status};

const OIN: &str = "00000009000000000001";

#[tokio::test]
async fn who_does_not_take_part_is_not_authenticated() {
    let mut world = World::new();
    let oin = OIN;
    let two_names = world.ca.mint(&[&uri("school-west"), &uri("politie-west")], oin, |_| ());
    // Entered, so that nothing but its second name keeps it out.
    world.entries.connections[0].certificate_keys.push(two_names.spki_hash());
    let hub = world.start();
    let stranger = world.ca.mint(&[&uri("nobody-west")], oin, |_| ());
    // The right name and OIN, under a key that the manifest does not enter.
    let other_key = world.ca.mint(&[&uri("school-west")], oin, |_| ());
    let no_name = world.ca.mint(&[], oin, |_| ());
    for client in [two_names, stranger, other_key, no_name] {
        let channel = world.dial(&hub, &client).await;
        let answer = submit(&channel, batch(1, vec![put(signal(1, 1))])).await;
        assert_eq!(reason(answer), (Code::Unauthenticated, Reason::NotTakingPart));
        let stream = SignalServiceClient::new(channel).push_signals(tokio_stream::pending()).await;
        assert_eq!(reason(stream), (Code::Unauthenticated, Reason::NotTakingPart));
    }
    assert_eq!(hub.store.stored(), (0, 0));
    hub.hub.stop().await;
}

#[tokio::test]
async fn each_role_has_its_own_calls() {
    let world = World::new();
    let (hub, school) = world.begin().await;
    let coordinator = world.dial_as(&hub, "zorgcoordinator-west").await;
    let answer = submit(&coordinator, batch(1, vec![put(signal(1, 1))])).await;
    assert_eq!(reason(answer), (Code::PermissionDenied, Reason::OtherRole));
    let request = ListAlertsRequest { manifest: manifest(), include_ended: true };
    let answer = v1::alert_service_client::AlertServiceClient::new(school).list_alerts(request).await;
    assert_eq!(reason(answer), (Code::PermissionDenied, Reason::OtherRole));
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_connection_whose_date_has_passed_is_refused() {
    let mut world = World::new();
    world.entries.connections[0].valid_until = samenloop_core::value::Day::parse("2026-11-21").unwrap();
    world.entries.connections[1].legal_basis.clear();
    let (hub, school) = world.begin().await;
    let gemeente = world.dial_as(&hub, "gemeente-west").await;
    for channel in [school, gemeente] {
        let answer = submit(&channel, batch(1, vec![put(signal(1, 1))])).await;
        assert_eq!(reason(answer), (Code::FailedPrecondition, Reason::NotValid));
    }
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_batch_of_501_lines_or_none_is_refused_whole() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let line = |number: u32| {
        let mut signal = signal(0, 1);
        signal.reference[..4].copy_from_slice(&number.to_be_bytes());
        put(signal)
    };
    for lines in [vec![], (0..501).map(line).collect()] {
        let answer = submit(&channel, batch(1, lines)).await;
        assert_eq!(reason(answer), (Code::InvalidArgument, Reason::BatchSize));
    }
    assert_eq!(hub.store.stored(), (0, 0));
    let ack = submit(&channel, batch(1, (0..500).map(line).collect())).await.unwrap();
    assert_eq!(ack.count, 500);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_reference_named_twice_refuses_the_batch_and_names_the_line() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let misnamed = v1::Signal { region: "No Such".to_owned(), ..signal(1, 1) };
    for lines in [
        vec![put(signal(1, 1)), put(signal(2, 1)), put(signal(1, 1))],
        vec![put(signal(1, 1)), put(signal(2, 1)), withdraw(1)],
        // Also where the door already refused one of the two.
        vec![put(misnamed), put(signal(2, 1)), put(signal(1, 1))],
    ] {
        let (code, refusal) = refusal(&submit(&channel, batch(1, lines)).await.unwrap_err());
        assert_eq!((code, refusal.reason()), (Code::InvalidArgument, Reason::ReferenceTwice));
        assert_eq!(refusal.line, 2);
    }
    assert_eq!(hub.store.stored(), (0, 0));
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_message_of_2_mib_is_refused() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let large = || SignalBatch { padding: vec![0; 2 * 1024 * 1024], ..batch(1, vec![put(signal(1, 1))]) };
    let status = submit(&channel, large()).await.unwrap_err();
    assert!(status.message().contains("1048576"), "{}", status.message());
    assert_eq!(reason::<()>(Err(status)), (Code::InvalidArgument, Reason::Malformed));

    let (batches, mut acks) = push(&channel).await;
    batches.send(request(large())).await.unwrap();
    assert_eq!(reason(acks.message().await), (Code::InvalidArgument, Reason::Malformed));
    assert_eq!(hub.store.stored(), (0, 0));
    hub.hub.stop().await;
}

/// Every field as long as the door takes it. Its lines are refused one by one, for the epochs they name.
#[tokio::test]
async fn the_largest_batch_of_the_schema_fits_in_a_request() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let place = |kind| v1::Pseudonym { scheme: 1, epoch: u32::MAX, kind, value: vec![9; 32] };
    let line = |number: u32| {
        let mut signal = v1::Signal {
            revision: u64::MAX,
            pseudonyms: (240..256).map(place).collect(),
            code: "V10".to_owned(),
            region: "r".repeat(32),
            hearsay_of: v1::Domain::Zorg.into(),
            acute: true,
            acute_route_followed: true,
            shorter_term_months: 3,
            details: vec![details("west"), details("noord")],
            ..signal(0, 1)
        };
        signal.reference[..4].copy_from_slice(&number.to_be_bytes());
        put(signal)
    };
    let largest = batch(1, (0..500).map(line).collect());
    let length = largest.encoded_len();
    assert!((700_000..MAX_REQUEST_LEN * 85 / 100).contains(&length), "{length} bytes");
    let ack = submit(&channel, largest).await.unwrap();
    assert_eq!((ack.count, ack.refused.len()), (0, 500));
    hub.hub.stop().await;
}

async fn submit_bytes(channel: &Channel, bytes: Vec<u8>) -> Result<Vec<u8>, Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/samenloop.v1.SignalService/SubmitSignals");
    Ok(client.unary(tonic::Request::new(bytes), path, Bare).await?.into_inner())
}

#[tokio::test]
async fn a_field_that_the_schema_does_not_know_is_refused_and_nothing_is_stored() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let good = SubmitSignalsRequest { batch: Some(batch(1, vec![put(signal(1, 1))])) }.encode_to_vec();
    // Field 15, a text: where a name would get in.
    let mut unknown = good.clone();
    unknown.extend_from_slice(b"\x7a\x03Jan");
    let status = submit_bytes(&channel, unknown).await.unwrap_err();
    assert!(!status.message().contains("Jan"));
    assert_eq!(reason::<()>(Err(status)), (Code::InvalidArgument, Reason::Malformed));
    let nonsense = submit_bytes(&channel, b"\xff\xff\xff".to_vec()).await;
    assert_eq!(reason(nonsense), (Code::InvalidArgument, Reason::Malformed));
    assert_eq!(hub.store.stored(), (0, 0));
    assert!(submit_bytes(&channel, good).await.is_ok());
    assert_eq!(hub.store.stored(), (1, 1));
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_wrong_structure_refuses_the_batch_and_names_the_line() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    type Change = fn(&mut v1::Signal);
    let wrong: [(&str, Change); 16] = [
        ("reference", |it| it.reference.push(0)),
        ("revision", |it| it.revision = 0),
        ("no pseudonym", |it| it.pseudonyms.clear()),
        ("17 pseudonyms", |it| it.pseudonyms = vec![it.pseudonyms[0].clone(); 17]),
        ("pseudonym", |it| it.pseudonyms[0].value.truncate(31)),
        ("kind 0", |it| it.pseudonyms[0].kind = 0),
        ("kind 257", |it| it.pseudonyms[0].kind = 257),
        ("severity 0", |it| it.severity = 0),
        ("severity 3", |it| it.severity = 3),
        ("month 13", |it| it.month = 202_613),
        ("hearsay", |it| it.hearsay_of = 13),
        ("term", |it| it.shorter_term_months = 4),
        ("details", |it| it.details = vec![details("west"); 3]),
        ("ciphertext", |it| it.details[0].ciphertext.push(0)),
        ("nonce", |it| it.details[0].nonce.clear()),
        ("key id", |it| it.details[0].key_id.clear()),
    ];
    for (what, change) in wrong {
        let mut bad = signal(2, 1);
        change(&mut bad);
        let answer = submit(&channel, batch(1, vec![put(signal(1, 1)), put(bad)])).await;
        let (code, refusal) = refusal(&answer.unwrap_err());
        assert_eq!((code, refusal.reason()), (Code::InvalidArgument, Reason::Malformed), "{what}");
        assert_eq!(refusal.line, 1, "{what}");
    }
    let mut short = batch(1, vec![put(signal(1, 1))]);
    short.batch_id.pop();
    let mut telling = batch(1, vec![put(signal(1, 1))]);
    telling.padding[7] = b'J';
    let empty = batch(1, vec![v1::SignalLine { line: None }]);
    for bad in [short, telling, empty] {
        assert_eq!(reason(submit(&channel, bad).await), (Code::InvalidArgument, Reason::Malformed));
    }
    assert_eq!(hub.store.stored(), (0, 0));
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_caller_acts_under_the_hubs_own_manifest() {
    let world = World::new();
    let (hub, channel) = world.begin().await;
    let under = |sequence, hash: u8, len| {
        let named = Some(v1::ManifestReference { sequence, sha256: vec![hash; len] });
        submit_under(&channel, named)
    };
    let outdated = refusal(&under(4, 4, 32).await.unwrap_err());
    assert_eq!((outdated.0, outdated.1.reason()), (Code::FailedPrecondition, Reason::ManifestOutdated));
    assert_eq!(outdated.1.manifest_sequence, 5);
    assert_eq!(reason(under(5, 6, 32).await), (Code::FailedPrecondition, Reason::ManifestDiffers));
    let ahead = under(6, 6, 32).await.unwrap_err();
    assert!(ahead.message().contains("older manifest of sequence 5"), "{}", ahead.message());
    assert_eq!(refusal(&ahead).0, Code::FailedPrecondition);
    assert_eq!(reason(under(5, 5, 31).await), (Code::InvalidArgument, Reason::Malformed));
    assert_eq!(reason(submit_under(&channel, None).await), (Code::InvalidArgument, Reason::Malformed));
    assert_eq!(hub.store.stored(), (0, 0));
    hub.hub.stop().await;
}

async fn submit_under(
    channel: &Channel,
    manifest: Option<v1::ManifestReference>,
) -> Result<BatchAck, Status> {
    submit(channel, SignalBatch { manifest, ..batch(1, vec![put(signal(1, 1))]) }).await
}

#[tokio::test]
async fn an_expired_manifest_takes_withdrawals_only() {
    let mut world = World::new();
    world.entries.expires = samenloop_core::value::Day::parse("2026-11-21").unwrap();
    let (hub, channel) = world.begin().await;
    let ack = submit(&channel, batch(1, vec![put(signal(1, 1)), withdraw(2)])).await.unwrap();
    assert_eq!((ack.count, refused(&ack)), (1, vec![(0, Reason::ManifestExpired)]));
    hub.hub.stop().await;
}
