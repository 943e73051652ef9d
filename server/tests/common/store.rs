//! The memory engine, with a count of what reached it and a switch that breaks it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use samenloop_audit::Log;
use samenloop_core::alert::{Alert, AlertId, ContactRequest, Reader};
use samenloop_core::batch::Arrival;
use samenloop_core::census::{Census, Where};
use samenloop_core::declaration::Declaration;
use samenloop_core::manifest::Manifest;
use samenloop_core::processing::ProcessingLog;
use samenloop_core::rights::RightsRequest;
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::room::rights::RightsRefusal;
use samenloop_core::value::{ConnectionId, Day, Epoch};
use samenloop_store::memory::MemoryStore;
use samenloop_store::{
    AuditLog, Counter, Erased, Fate, Fault, Filed, Letter, LetterId, News, Noted, Rebuilt, RightsStep, Scope,
    Standing, Step, Store, Swept, Tick,
};

pub struct TestStore {
    inner: MemoryStore,
    /// Arrivals and lines that intake gave it.
    pub arrivals: AtomicU64,
    pub lines: AtomicU64,
    /// Lines of each arrival, in order.
    pub order: Mutex<Vec<usize>>,
    /// How often alerts were read, or one was acted on.
    pub looks: AtomicU64,
    /// From now on every verb fails.
    pub broken: AtomicBool,
    /// From now on the outbox cannot be read.
    pub outbox_broken: AtomicBool,
    /// Milliseconds that a write takes.
    pub write_millis: AtomicU64,
}

impl TestStore {
    pub fn new(exchange: &str) -> Self {
        Self {
            inner: MemoryStore::new(exchange),
            arrivals: AtomicU64::new(0),
            lines: AtomicU64::new(0),
            order: Mutex::new(Vec::new()),
            looks: AtomicU64::new(0),
            broken: AtomicBool::new(false),
            outbox_broken: AtomicBool::new(false),
            write_millis: AtomicU64::new(0),
        }
    }

    pub fn stored(&self) -> (u64, u64) {
        (self.arrivals.load(Ordering::SeqCst), self.lines.load(Ordering::SeqCst))
    }

    fn whole(&self) -> Result<(), Fault> {
        if self.broken.load(Ordering::SeqCst) {
            Err(Fault::Damaged("a planted fault".to_owned()))
        } else {
            Ok(())
        }
    }
}

impl Store for TestStore {
    fn announce_to(&self, log: Arc<dyn ProcessingLog>) {
        self.inner.announce_to(log);
    }

    async fn admit(&self, arrival: Arrival) -> Result<u64, Fault> {
        self.whole()?;
        self.arrivals.fetch_add(1, Ordering::SeqCst);
        self.lines.fetch_add(arrival.lines().len() as u64, Ordering::SeqCst);
        self.order.lock().unwrap().push(arrival.lines().len());
        let millis = self.write_millis.load(Ordering::SeqCst);
        if millis > 0 {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        self.inner.admit(arrival).await
    }

    async fn file(&self, tick: impl FnOnce() -> Tick + Send + 'static) -> Result<Filed, Fault> {
        self.whole()?;
        self.inner.file(tick).await
    }

    async fn alerts(&self, reader: &Reader, scope: Scope) -> Result<Vec<Alert>, Fault> {
        self.whole()?;
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.inner.alerts(reader, scope).await
    }

    fn asked(&self, agency: &ConnectionId) -> Result<Vec<(AlertId, ContactRequest)>, Fault> {
        self.whole()?;
        self.inner.asked(agency)
    }

    async fn news(&self, reader: &Reader, tick: u64) -> Result<Vec<News>, Fault> {
        self.whole()?;
        self.inner.news(reader, tick).await
    }

    async fn act(&self, alert: AlertId, step: Step) -> Result<Result<Alert, ActRefusal>, Fault> {
        self.whole()?;
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.inner.act(alert, step).await
    }

    async fn outbox(&self, manifest: &Arc<Manifest>, today: Day) -> Result<Vec<Letter>, Fault> {
        self.whole()?;
        if self.outbox_broken.load(Ordering::SeqCst) {
            return Err(Fault::Damaged("a planted fault".to_owned()));
        }
        self.inner.outbox(manifest, today).await
    }

    fn dispatched(&self, fates: Vec<(LetterId, Fate)>) {
        self.inner.dispatched(fates);
    }

    async fn rights(&self, step: RightsStep) -> Result<Result<RightsRequest, RightsRefusal>, Fault> {
        self.whole()?;
        self.inner.rights(step).await
    }

    async fn answer_requests(&self, tick: Tick, last: Day) -> Result<Vec<RightsRequest>, Fault> {
        self.whole()?;
        self.inner.answer_requests(tick, last).await
    }

    fn requests(&self) -> Result<Vec<RightsRequest>, Fault> {
        self.whole()?;
        self.inner.requests()
    }

    fn erased(&self, sender: &ConnectionId) -> Result<Vec<Erased>, Fault> {
        self.whole()?;
        self.inner.erased(sender)
    }

    fn restrictions_behind(&self, today: Day) -> Result<BTreeMap<Epoch, u64>, Fault> {
        self.inner.restrictions_behind(today)
    }

    fn last_tick(&self) -> u64 {
        self.inner.last_tick()
    }

    fn counters(&self) -> Result<BTreeMap<ConnectionId, Counter>, Fault> {
        self.inner.counters()
    }

    async fn destroy_epoch(&self, epoch: Epoch) -> Result<bool, Fault> {
        self.whole()?;
        self.inner.destroy_epoch(epoch).await
    }

    async fn sweep(&self, today: Day) -> Result<Option<Swept>, Fault> {
        self.whole()?;
        self.inner.sweep(today).await
    }

    async fn rebuild(&self) -> Result<Rebuilt, Fault> {
        self.whole()?;
        self.inner.rebuild().await
    }

    fn standings(&self, today: Day) -> Result<BTreeMap<(ConnectionId, Epoch), Standing>, Fault> {
        self.inner.standings(today)
    }

    async fn census(&self, quarter: u16) -> Result<Option<BTreeMap<Where, Census>>, Fault> {
        self.whole()?;
        self.inner.census(quarter).await
    }

    async fn declare(&self, declaration: Declaration) -> Result<(), Fault> {
        self.whole()?;
        self.inner.declare(declaration).await
    }

    fn declarations(&self) -> Result<Vec<Declaration>, Fault> {
        self.inner.declarations()
    }

    async fn note(&self, noted: Vec<Noted>, today: Day) -> Result<(), Fault> {
        self.whole()?;
        self.inner.note(noted, today).await
    }

    async fn audit<T: Send + 'static>(
        &self,
        read: impl FnOnce(&AuditLog<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.whole()?;
        self.inner.audit(read).await
    }

    async fn forget_record(&self, log: Log, leaf: u64, today: Day) -> Result<bool, Fault> {
        self.inner.forget_record(log, leaf, today).await
    }
}
