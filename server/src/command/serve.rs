//! `samenloop-hub serve`.

use std::sync::Arc;

use samenloop_core::clock::Clock;
use samenloop_store::Outlasted;
use samenloop_store::sled::{SledOptions, SledStore};
use serde_json::json;

use super::{Failure, Serving, failure};
use crate::audit::LogHeads;
use crate::clock::AmsterdamClock;
use crate::config::HubConfig;
use crate::papers::{self, Papers};
use crate::shutdown::asked_to_stop;
use crate::{Archive, HubParts, ProcessingLogs, RunningHub};

pub(super) fn serve(
    config: &HubConfig,
    clock: AmsterdamClock,
    how: &Serving,
    json: bool,
) -> Result<(), Failure> {
    let example_keys = how.keys.danger_example_keys;
    let papers = papers::read(config, &clock, example_keys)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if example_keys {
        tracing::warn!("example keys: anyone may hold them; never with signals of real children");
    }
    for idle in papers.idle_webhooks() {
        tracing::warn!("{idle}: nothing leaves by it");
    }
    let runtime = tokio::runtime::Runtime::new().map_err(failure)?;
    let served = runtime.block_on(serving(config, clock, papers, how.accept_older_log, json));
    // What is cut at the deadline may still hold a thread; the process does not wait for it.
    runtime.shutdown_background();
    served
}

async fn serving(
    config: &HubConfig,
    clock: AmsterdamClock,
    papers: Papers,
    accept_older_log: bool,
    json: bool,
) -> Result<(), Failure> {
    // Before anything slow: a hub that is asked to stop while it starts stops.
    let mut asked = Box::pin(asked_to_stop());
    let options = options(config, papers.manifest.exchange());
    if accept_older_log && config.data().join("head").exists() {
        // Before anybody is shown what was erased since.
        match SledStore::outlast(&options, clock.today()).map_err(failure)? {
            Some(Outlasted { signals, places }) => {
                tracing::warn!(signals, places, "what was erased or restricted since is so again");
            }
            None => {
                tracing::warn!(
                    "the list of what was erased is lost, or was since: let every contact point ask again"
                );
            }
        }
    }
    let store = Arc::new(SledStore::open(options).map_err(failure)?);
    let origin = papers.book.root().origin().to_owned();
    let mut heads = LogHeads::open(&config.heads, &origin, papers.log_key).map_err(failure)?;
    match heads.check(&*store).await {
        Err(fault) if accept_older_log && fault.is_of_another_log() => {
            tracing::warn!("logs that are older than their last signed head are taken into service");
            heads.accept_older(&*store, &clock).await.map_err(failure)?;
        }
        checked => checked.map_err(failure)?,
    }
    heads.started(&*store, &clock).await.map_err(failure)?;
    let listener = std::net::TcpListener::bind(config.listen())
        .map_err(|fault| failure(format!("listening on {}: {fault}", config.listen())))?;
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let archive = Archive::new(papers.book, Arc::clone(&clock)).map_err(failure)?;
    let processing = ProcessingLogs::open(&config.processing_log, config.processing_collector, &clock)
        .map_err(|fault| failure(format!("starting the processing log: {fault}")))?;
    let parts = HubParts {
        seat: Arc::clone(archive.seat()),
        archive: Some(Arc::new(archive)),
        taxonomy: samenloop_manifest::taxonomy(),
        tls: papers.tls,
        receipts: Arc::new(papers.receipts),
        clock,
        store: Arc::clone(&store),
        heads: Some(heads),
        outgoing: papers.outgoing,
        processing,
        limits: config.limits(),
    };
    let mut hub = RunningHub::start(parts, listener).map_err(failure)?;
    if json {
        println!("{}", json!({ "listening": hub.address().to_string() }));
    }
    eprintln!("listening on {}", hub.address());
    let failed = tokio::select! {
        asked = &mut asked => asked.err().map(|fault| format!("signals of the system: {fault}")),
        fault = hub.failed() => Some(format!("the store cannot keep its word, and the hub stops: {fault}")),
    };
    hub.stop().await;
    if failed.is_none() {
        store.close().await.map_err(failure)?;
    }
    match failed {
        Some(what) => Err(failure(what)),
        None => Ok(()),
    }
}

pub(super) fn options(config: &HubConfig, exchange: &str) -> SledOptions {
    SledOptions {
        data: config.data().to_owned(),
        secrets: config.secrets().to_owned(),
        exchange: exchange.to_owned(),
        cache_bytes: config.cache_bytes(),
    }
}
