//! Signals a second from a sender to the hub's disk, and to an echo that keeps nothing.

use std::path::Path;
use std::time::Instant;

use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::hub::Hub;
use samenloop_client::membership::Membership;
use samenloop_core::clock::Clock as _;
use samenloop_proto::v1;
use samenloop_tests::{Exchange, this_month};
use tokio_stream::wrappers::ReceiverStream;

use super::{MEASURE, batches, echo};

/// Lines sent and not yet acked.
pub(crate) const WINDOW_LINES: usize = 4000;
/// Batches made before the clock starts, and sent round and round: a repeat costs intake what a first does.
const PREPARED: usize = 64;

/// Against the hub of an exchange, or against whatever listens at another address.
pub(crate) async fn signals_a_second(exchange: &Exchange, address: Option<&str>, size: usize) -> f64 {
    let membership = membership(exchange, address);
    let month = this_month().replace('-', "").parse().unwrap();
    let prepared: Vec<_> = (0..PREPARED)
        .map(|_| batches::batch(&membership, &batches::children(size), v1::Severity::Soft, month))
        .collect();
    let hub = Hub::new(&membership).unwrap();
    let window = (WINDOW_LINES / size).clamp(4, 512);
    let (sender, receiver) = tokio::sync::mpsc::channel(window);
    let sending = tokio::spawn(async move {
        for batch in prepared.into_iter().cycle() {
            if sender.send(v1::PushSignalsRequest { batch: Some(batch) }).await.is_err() {
                break;
            }
        }
    });
    let mut acks = hub.push(ReceiverStream::new(receiver)).await.unwrap();
    // The first acks pay for the handshake.
    for _ in 0..8 {
        acks.next().await.unwrap();
    }
    let (begun, mut acked) = (Instant::now(), 0_u64);
    while begun.elapsed() < MEASURE {
        let ack = acks.next().await.unwrap();
        assert!(ack.refused.is_empty(), "{:?}", ack.refused.first());
        acked += u64::from(ack.count);
    }
    let rate = acked as f64 / begun.elapsed().as_secs_f64();
    drop(acks);
    sending.abort();
    rate
}

/// The same messages against a bare tonic mTLS echo with the hub's own certificate.
pub(crate) async fn echoed_a_second(exchange: &Exchange, size: usize) -> f64 {
    let (address, serving) = echo::serve(&exchange.kit_directory()).await;
    let rate = signals_a_second(exchange, Some(&address), size).await;
    serving.abort();
    rate
}

fn membership(exchange: &Exchange, address: Option<&str>) -> Membership {
    let own = exchange.kit_directory().join("politie-west.toml");
    let path = match address {
        None => own,
        Some(address) => {
            let text = std::fs::read_to_string(own).unwrap().replace(&exchange.hub_address(), address);
            let path = exchange.kit_directory().join("bench.toml");
            std::fs::write(&path, text).unwrap();
            path
        }
    };
    Membership::load(Config::read(Path::new(&path)).unwrap(), SystemClock::new().unwrap().today()).unwrap()
}
