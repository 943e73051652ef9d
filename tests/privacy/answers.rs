//! What the hub answers to an agency, as it comes over the wire: whole, and not what a program shows of it.

use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::hub::Hub;
use samenloop_client::membership::Membership;
use samenloop_core::clock::Clock as _;
use samenloop_core::value::Epoch;
use samenloop_keys_example::Kit;
use samenloop_proto::v1;
use samenloop_proto::v1::signal_line::Line;
use samenloop_pseudonym::{EpochKey, Identifier};
use samenloop_tests::{Exchange, bsn, this_month};

use crate::batches::batch;
use crate::run::{ASKED_ABOUT, ERASED, THIEF, epoch_key};

/// A child who converges and one about whom the agency was asked, one whom another agency knows, one of whom everything
/// was erased, one whom nobody else knows and one whom nobody knows.
const SIGNALLED: [u32; 6] = [105, ASKED_ABOUT, 85, ERASED, 95, 1997];

/// The answers to one agency after the run.
pub(crate) struct Answers {
    /// To a signal about each child.
    pub(crate) acks: Vec<v1::BatchAck>,
    pub(crate) contacts: Vec<v1::ContactRequest>,
    pub(crate) erased: v1::ListErasedResponse,
    pub(crate) checkpoint: v1::FetchCheckpointResponse,
}

impl Answers {
    /// Has the hub of a run serve once more, and asks all that an agency can.
    pub(crate) fn of(exchange: &mut Exchange) -> Self {
        exchange.start_hub();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answers = runtime.block_on(Self::asked(exchange));
        assert_eq!(exchange.stop_hub(), Some(0));
        answers
    }

    async fn asked(exchange: &Exchange) -> Self {
        let config = Config::read(&exchange.kit_directory().join(format!("{THIEF}.toml"))).unwrap();
        let membership = Membership::load(config, SystemClock::new().unwrap().today()).unwrap();
        let hub = Hub::new(&membership).unwrap();
        let mut acks = Vec::new();
        for child in SIGNALLED {
            acks.push(hub.submit(signal(exchange, &membership, child)).await.unwrap());
        }
        Self {
            acks,
            contacts: hub.contact_requests().await.unwrap(),
            erased: hub.list_erased().await.unwrap(),
            checkpoint: hub.checkpoint(0).await.unwrap(),
        }
    }
}

/// A new signal about a child, under the keys of the agency.
fn signal(exchange: &Exchange, membership: &Membership, child: u32) -> v1::SignalBatch {
    let month = this_month().replace('-', "").parse().unwrap();
    let mut batch = batch(membership, &[vec![0; 32]], v1::Severity::Soft, month);
    let number = Identifier::parse_bsn(&bsn(child)).unwrap();
    for line in &mut batch.lines {
        let Some(Line::Put(signal)) = &mut line.line else { continue };
        for own in &mut signal.pseudonyms {
            let key = EpochKey::new(Kit::exchange(), Epoch::new(own.epoch), epoch_key(exchange, own.epoch));
            own.value = key.place(&number).pseudonym().bytes().to_vec();
        }
    }
    batch
}
