//! An agency that pushes one batch, waits for its ack, and looks at the clock.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use prost::Message;
use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::hub::{Acks, Hub};
use samenloop_client::membership::Membership;
use samenloop_core::clock::Clock as _;
use samenloop_proto::v1;
use samenloop_tests::{Exchange, this_month};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

use crate::batches;

/// A connection of the kit, ready to call.
pub(crate) fn member(exchange: &Exchange, connection: &str) -> Membership {
    let path = exchange.kit_directory().join(format!("{connection}.toml"));
    Membership::load(Config::read(Path::new(&path)).unwrap(), SystemClock::new().unwrap().today()).unwrap()
}

/// One stream of its own connection, with one batch under way at most.
pub(crate) struct Sender {
    membership: Membership,
    month: u32,
    batches: mpsc::Sender<v1::PushSignalsRequest>,
    acks: Acks,
}

impl Sender {
    pub(crate) async fn new(exchange: &Exchange, connection: &str) -> Self {
        let membership = member(exchange, connection);
        let month = this_month().replace('-', "").parse().unwrap();
        let (batches, received) = mpsc::channel(1);
        let acks = Hub::new(&membership).unwrap().push(ReceiverStream::new(received)).await.unwrap();
        let mut sender = Self { membership, month, batches, acks };
        // The first pays for the handshake.
        sender.push(&batches::children(1), v1::Severity::Soft).await;
        sender
    }

    /// Pushes one signal for each child: how long its ack took, and the ack without what is of this batch alone.
    pub(crate) async fn push(&mut self, children: &[Vec<u8>], severity: v1::Severity) -> (Duration, Vec<u8>) {
        let batch = batches::batch(&self.membership, children, severity, self.month);
        let id = batch.batch_id.clone();
        let begun = Instant::now();
        self.batches.send(v1::PushSignalsRequest { batch: Some(batch) }).await.unwrap();
        let ack = self.acks.next().await.unwrap();
        let took = begun.elapsed();
        assert_eq!((&ack.batch_id, ack.receipt.len()), (&id, 64));
        assert!(ack.refused.is_empty(), "{:?}", ack.refused);
        let own = v1::BatchAck { batch_id: Vec::new(), first_sequence: 0, receipt: Vec::new(), ..ack };
        (took, own.encode_to_vec())
    }
}

/// Acks without what is of one batch alone: of batches of one size they must all be one.
pub(crate) type Shapes = BTreeSet<Vec<u8>>;
