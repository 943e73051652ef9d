//! TLS, deadlines and stopping, over real connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::batches::{batch, put, reason, signal, submit};
use common::{Ca, Hub, World, client_tls, connect, uri};
use rcgen::date_time_ymd;
use rustls::ClientConfig;
use samenloop_proto::v1::signal_service_client::SignalServiceClient;
use samenloop_proto::v1::{PushSignalsRequest, Reason};
use samenloop_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

/// Whether the hub speaks HTTP/2 with a client of this TLS. In TLS 1.3 a client learns that its certificate
/// was refused only when it reads.
async fn is_served(hub: &Hub, tls: ClientConfig) -> bool {
    let Ok(mut stream) = connect(hub.address, &TlsConnector::from(Arc::new(tls))).await else {
        return false;
    };
    let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_u8()).await.unwrap();
    read.is_ok()
}

#[tokio::test]
async fn only_tls_1_3_is_spoken() {
    let world = World::new();
    let hub = world.start();
    let client = Some(world.client("school-west"));
    assert!(is_served(&hub, client_tls(&world.ca, client, &[&rustls::version::TLS13])).await);
    assert!(!is_served(&hub, client_tls(&world.ca, client, &[&rustls::version::TLS12])).await);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_client_without_a_valid_certificate_of_the_ca_is_not_served() {
    let world = World::new();
    let hub = world.start();
    assert!(!is_served(&hub, world.client_tls(None)).await, "no certificate");

    let name = uri("school-west");
    let oin = "00000009000000000001";
    let foreign = Ca::new("foreign CA").mint(&[&name], oin, |_| ());
    assert!(!is_served(&hub, world.client_tls(Some(&foreign))).await, "a foreign CA");

    let expired = world.ca.mint(&[&name], oin, |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    assert!(!is_served(&hub, world.client_tls(Some(&expired))).await, "expired");

    let server_only = world.ca.mint(&[&name], oin, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert!(!is_served(&hub, world.client_tls(Some(&server_only))).await, "not for clients");
    hub.hub.stop().await;
}

#[tokio::test]
async fn no_session_is_resumed() {
    let world = World::new();
    let hub = world.start();
    let tls = TlsConnector::from(Arc::new(world.client_tls(Some(world.client("school-west")))));
    for _ in 0..2 {
        let mut stream = connect(hub.address, &tls).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        stream.read_u8().await.unwrap();
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
    }
    hub.hub.stop().await;
}

/// A connection of another address of this machine.
async fn connect_from_elsewhere(hub: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    socket.connect(hub).await.unwrap()
}

#[tokio::test]
async fn a_bad_handshake_disturbs_nobody() {
    let world = World::new();
    // Two for each address, for longer than this test.
    let limits = Limits {
        handshakes: 4,
        handshake: Duration::from_secs(60),
        finish: Duration::from_millis(300),
        ..Limits::default()
    };
    let hub = world.start_with(limits);
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut stream = connect_from_elsewhere(hub.address).await;
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
        silent.push(stream);
        silent.push(connect_from_elsewhere(hub.address).await);
    }
    let dialling = world.dial_as(&hub, "school-west");
    let channel = tokio::time::timeout(Duration::from_secs(10), dialling).await.expect("held up by others");
    let ack = submit(&channel, batch(1, vec![put(signal(1, 1))])).await.unwrap();
    assert_eq!(ack.count, 1);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_silent_peer_loses_its_place() {
    let world = World::new();
    let limits = Limits { first_call: Duration::from_millis(200), ..Limits::default() };
    let hub = world.start_with(limits);
    let tls = TlsConnector::from(Arc::new(world.client_tls(Some(world.client("school-west")))));
    let mut stream = connect(hub.address, &tls).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut Vec::new())).await;
    assert!(end.is_ok(), "the hub keeps a place for a peer that says nothing");
    hub.hub.stop().await;
}

#[tokio::test]
async fn more_connections_than_the_limit_are_closed_and_the_others_served() {
    let world = World::new();
    let hub = world.start_with(Limits { connections: 1, ..Limits::default() });
    let channel = world.dial_as(&hub, "school-west").await;
    submit(&channel, batch(1, vec![put(signal(1, 1))])).await.unwrap();
    assert!(!is_served(&hub, world.client_tls(Some(world.client("gemeente-west")))).await);
    submit(&channel, batch(2, vec![put(signal(2, 1))])).await.unwrap();
    hub.hub.stop().await;
}

#[tokio::test]
async fn more_connections_of_one_key_than_the_limit_are_closed_and_other_keys_served() {
    let world = World::new();
    let hub = world.start_with(Limits { connections_per_key: 2, ..Limits::default() });
    let first = world.dial_as(&hub, "school-west").await;
    submit(&first, batch(1, vec![put(signal(1, 1))])).await.unwrap();
    let second = world.dial_as(&hub, "school-west").await;
    submit(&second, batch(2, vec![put(signal(2, 1))])).await.unwrap();
    assert!(!is_served(&hub, world.client_tls(Some(world.client("school-west")))).await);
    assert!(is_served(&hub, world.client_tls(Some(world.client("gemeente-west")))).await);
    submit(&first, batch(3, vec![put(signal(3, 1))])).await.unwrap();

    // Its place is given back when a connection ends.
    drop(second);
    let began = Instant::now();
    while !is_served(&hub, world.client_tls(Some(world.client("school-west")))).await {
        assert!(began.elapsed() < Duration::from_secs(5), "the place is not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    hub.hub.stop().await;
}

/// hyper issue 4170: a connection that finished TLS and sent no preface does not answer a graceful shutdown.
#[tokio::test]
async fn a_peer_that_says_nothing_after_tls_does_not_hang_the_shutdown() {
    let world = World::new();
    let finish = Duration::from_millis(500);
    let hub = world.start_with(Limits { finish, ..Limits::default() });
    let tls = TlsConnector::from(Arc::new(world.client_tls(Some(world.client("school-west")))));
    let _silent = connect(hub.address, &tls).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    tokio::time::timeout(Duration::from_secs(5), hub.hub.stop()).await.expect("shutdown hangs");
    assert!(began.elapsed() < finish + Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_batch_under_way_is_acked_before_the_hub_stops() {
    let world = World::new();
    let hub = world.start();
    let channel = world.dial_as(&hub, "school-west").await;
    hub.store.write_millis.store(300, std::sync::atomic::Ordering::SeqCst);
    let (batches, stream) = mpsc::channel(4);
    batches.send(PushSignalsRequest { batch: Some(batch(1, vec![put(signal(1, 1))])) }).await.unwrap();
    let mut acks = SignalServiceClient::new(channel)
        .push_signals(ReceiverStream::new(stream))
        .await
        .unwrap()
        .into_inner();
    while hub.store.stored().0 == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    let stopping = tokio::spawn(hub.hub.stop());
    assert_eq!(acks.message().await.unwrap().unwrap().ack.unwrap().count, 1);
    let end = reason(acks.message().await);
    assert_eq!(end, (Code::Unavailable, Reason::Unavailable));
    stopping.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "an open stream holds up the shutdown");
}
