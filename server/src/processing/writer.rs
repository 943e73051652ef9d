//! One thread a log: whatever waits is written together, and synced once.

use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use samenloop_core::clock::Clock;
use samenloop_core::processing::Unwritten;
use tokio::sync::oneshot;

use super::file::DayFiles;
use super::line::Span;
use super::otlp::Collector;

/// Actions written together at most.
const GROUP: usize = 16 * 1024;

/// Where lines go: to each of them, or nothing is done.
pub(super) struct Places {
    pub(super) files: DayFiles,
    pub(super) collector: Option<Collector>,
}

type Reply = Box<dyn FnOnce(Result<(), Unwritten>) + Send>;

enum Order {
    Write(Vec<Span>, Reply),
    Forget,
}

/// A log, as those who announce hold it.
pub(super) struct Writer {
    orders: Mutex<Sender<Order>>,
}

impl Writer {
    /// Starts its thread, which ends with the writer.
    pub(super) fn start(places: Places, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (orders, waiting) = channel();
        let scribe = Scribe { places, clock, failed: false };
        std::thread::Builder::new().name("processing-log".into()).spawn(move || scribe.run(&waiting))?;
        Ok(Self { orders: Mutex::new(orders) })
    }

    /// Writes actions; returns once they are durable. Of none it tries whether it could.
    pub(super) async fn write(&self, spans: Vec<Span>) -> Result<(), Unwritten> {
        let (reply, answer) = oneshot::channel();
        // Nobody may wait any more: what is written stands.
        let reply = move |written| _ = reply.send(written);
        self.order(Order::Write(spans, Box::new(reply)));
        answer.await.map_err(|_| Unwritten)?
    }

    /// The same, for a thread that may wait.
    pub(super) fn write_waiting(&self, spans: Vec<Span>) -> Result<(), Unwritten> {
        let (reply, answer) = sync_channel(1);
        // Nobody may wait any more: what is written stands.
        let reply = move |written| _ = reply.send(written);
        self.order(Order::Write(spans, Box::new(reply)));
        answer.recv().map_err(|_| Unwritten)?
    }

    /// Removes the files whose term is over.
    pub(super) fn forget(&self) {
        self.order(Order::Forget);
    }

    /// An order that finds no thread drops its reply, and that is an answer.
    fn order(&self, order: Order) {
        let _ = self.orders.lock().unwrap_or_else(PoisonError::into_inner).send(order);
    }
}

struct Scribe {
    places: Places,
    clock: Arc<dyn Clock>,
    failed: bool,
}

impl Scribe {
    fn run(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let mut next = Some(order);
            let (mut spans, mut replies) = (Vec::new(), Vec::new());
            // What waits already; the sync of the last group gave it time to gather.
            while let Some(order) = next.take() {
                match order {
                    Order::Write(some, reply) => {
                        spans.extend(some);
                        replies.push(reply);
                    }
                    Order::Forget => self.forget(),
                }
                next = if spans.len() < GROUP { orders.try_recv().ok() } else { None };
            }
            if !replies.is_empty() {
                let written = self.write(&spans);
                replies.into_iter().for_each(|reply| reply(written));
            }
        }
    }

    fn write(&mut self, spans: &[Span]) -> Result<(), Unwritten> {
        let written = self.try_write(spans);
        match &written {
            Err(why) if !self.failed => {
                tracing::error!(%why, "the processing log cannot be written: nothing is processed until it can");
            }
            Ok(()) if self.failed => tracing::info!("the processing log is written again"),
            Err(_) | Ok(()) => {}
        }
        self.failed = written.is_err();
        written.map_err(|_| Unwritten)
    }

    fn try_write(&self, spans: &[Span]) -> Result<(), String> {
        let (today, second) = (self.clock.today(), self.clock.unix_seconds());
        let mut lines = String::with_capacity(spans.len() * 512);
        let rendered = spans.iter().try_for_each(|it| it.write_json(second, &mut lines));
        rendered.map_err(|fault| fault.to_string())?;
        self.places.files.append(today, &lines).map_err(|fault| format!("a file: {fault}"))?;
        if let Some(collector) = &self.places.collector {
            collector.post(spans, second).map_err(|fault| format!("the collector: {fault}"))?;
        }
        Ok(())
    }

    fn forget(&self) {
        let today = self.clock.today();
        if let Err(fault) = self.places.files.forget(today) {
            tracing::warn!(%fault, "files of the processing log whose term is over could not all be removed");
        }
    }
}
