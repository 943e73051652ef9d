//! One agency that sends a signal at a time, and keeps how long it waited.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::follow::fetch;
use samenloop_client::hub::{Hub, HubFault};
use samenloop_client::membership::Membership;
use samenloop_core::clock::Clock as _;
use samenloop_proto::v1::{Reason, Severity};
use samenloop_tests::{Exchange, this_month};

#[path = "../exchange/batches.rs"]
mod batches;

/// Between two signals.
const REST: Duration = Duration::from_millis(20);

/// How long the agency waited.
pub(crate) struct Pauses {
    pub(crate) acks: u64,
    /// From sending to ack.
    pub(crate) longest_ack: Duration,
    /// From one ack to the next, whatever came between.
    pub(crate) longest_gap: Duration,
}

/// Sends until told to stop.
pub(crate) fn pauses(exchange: &Exchange, agency: &str, stop: &AtomicBool) -> Pauses {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = SystemClock::new().unwrap();
        let config = Config::read(&exchange.kit_directory().join(format!("{agency}.toml"))).unwrap();
        let mut membership = Membership::load(config, clock.today()).unwrap();
        let mut hub = Hub::new(&membership).unwrap();
        let month = this_month().replace('-', "").parse().unwrap();
        let mut pauses = Pauses { acks: 0, longest_ack: Duration::ZERO, longest_gap: Duration::ZERO };
        let mut last = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            let batch = batches::batch(&membership, &batches::children(1), Severity::Soft, month);
            let sent = Instant::now();
            match hub.submit(batch).await {
                Ok(_) => {
                    pauses.acks += 1;
                    pauses.longest_ack = pauses.longest_ack.max(sent.elapsed());
                    pauses.longest_gap = pauses.longest_gap.max(last.elapsed());
                    last = Instant::now();
                    tokio::time::sleep(REST).await;
                }
                Err(HubFault::Refused { reason: Reason::ManifestOutdated, .. }) => {
                    membership = fetch(membership, &clock).await.unwrap();
                    hub = Hub::new(&membership).unwrap();
                }
                Err(fault) => panic!("{fault}"),
            }
        }
        pauses
    })
}
