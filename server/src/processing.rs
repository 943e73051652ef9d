//! The processing log: Logboek Dataverwerkingen (Logius, working version 0.8.0), written before the processing, and
//! without it nothing is processed (V-44).
//!
//! Two logs that share nothing: one of what agencies send, one of all else. Or a sender could time, by the line that it
//! waits for, what a tick has to write (P-60). Neither is telemetry: nothing here passes through `tracing`.

mod file;
mod line;
mod otlp;
mod writer;

use std::path::Path;
use std::sync::Arc;

use samenloop_core::clock::Clock;
use samenloop_core::processing::{Processing, ProcessingLog, Unwritten};
use samenloop_core::trace::TraceParent;
use samenloop_core::value::ConnectionId;
use tonic::Request;

use crate::config::ProcessingLogConfig;
use crate::refusal::Refusal;

use file::DayFiles;
use line::Span;
use otlp::Collector;
pub use otlp::CollectorFault;
use writer::{Places, Writer};

/// The logs of a hub; a hub without any processes without saying so.
#[derive(Clone, Default)]
pub struct ProcessingLogs {
    /// What agencies send.
    pub(crate) intake: Log,
    /// What ticks, coordinators and contact points do.
    pub(crate) case: Log,
}

impl ProcessingLogs {
    /// The logs of a configuration, each with a thread of its own.
    ///
    /// # Errors
    /// [`ProcessingLogFault`].
    pub fn open(config: &ProcessingLogConfig, clock: &Arc<dyn Clock>) -> Result<Self, ProcessingLogFault> {
        if config.directory.is_none() && config.otlp.is_none() {
            return Err(ProcessingLogFault::Nowhere);
        }
        let log = |name: &'static str| -> Result<Log, ProcessingLogFault> {
            let files = |it: &Path| DayFiles::new(it, name, config.keep_days.get());
            let files = config.directory.as_deref().map(files);
            let collector = config.otlp.as_deref().map(Collector::open).transpose()?;
            let writer = Writer::start(Places { files, collector }, Arc::clone(clock))?;
            Ok(Log(Some(Arc::new(writer))))
        };
        Ok(Self { intake: log("intake")?, case: log("case")? })
    }
}

/// Why a hub's processing log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ProcessingLogFault {
    /// It names neither a directory nor a collector.
    #[error("[processing_log] names a directory, or a collector in `otlp`, or both")]
    Nowhere,
    /// The address of the collector.
    #[error(transparent)]
    Collector(#[from] CollectorFault),
    /// The system gives no thread.
    #[error("starting the processing log: {0}")]
    Thread(#[from] std::io::Error),
}

/// Who asked for a processing, and within which trace of its own; what the standard calls a foreign operation.
#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    pub(crate) parent: TraceParent,
    pub(crate) entity: ConnectionId,
}

/// The `traceparent` of a call, as the acceptor read it. A malformed one is none: the hub begins its own trace anyway.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trace(Option<TraceParent>);

impl Trace {
    /// Of the headers of a call: of two there is none.
    pub(crate) fn of(headers: &http::HeaderMap) -> Self {
        let mut found = headers.get_all("traceparent").iter();
        let (first, second) = (found.next(), found.next());
        let only = first.filter(|_| second.is_none());
        Self(only.and_then(|it| it.to_str().ok()).and_then(TraceParent::parse))
    }

    /// Of a call that the acceptor let in.
    pub(crate) fn of_call<T>(request: &Request<T>) -> Self {
        request.extensions().get().copied().unwrap_or_default()
    }

    /// As an action of a connection.
    pub(crate) fn by(self, entity: &ConnectionId) -> Option<Foreign> {
        self.0.map(|parent| Foreign { parent, entity: entity.clone() })
    }
}

/// One log.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<Arc<Writer>>);

impl Log {
    /// Writes a line for each processing of one call; returns once they are durable.
    ///
    /// # Errors
    /// [`Refusal::Fault`]: nothing of it may be done.
    pub(crate) async fn announce(
        &self,
        by: Option<Foreign>,
        processings: impl IntoIterator<Item = Processing>,
    ) -> Result<(), Refusal> {
        let Some(writer) = &self.0 else { return Ok(()) };
        let processings: Vec<_> = processings.into_iter().collect();
        if processings.is_empty() {
            return Ok(());
        }
        let written = async { writer.write(Span::all(&processings, by.as_ref())?).await };
        written.await.map_err(|unwritten| Refusal::broken(&unwritten))
    }

    /// Whether lines can be written at this moment; writes none.
    pub(crate) async fn is_writable(&self) -> bool {
        match &self.0 {
            Some(writer) => writer.write(Vec::new()).await.is_ok(),
            None => true,
        }
    }

    /// Removes the files whose term is over.
    pub(crate) fn forget(&self) {
        if let Some(writer) = &self.0 {
            writer.forget();
        }
    }

    /// The same for a store, if there is a log.
    pub(crate) fn for_store(&self) -> Option<Arc<dyn ProcessingLog>> {
        self.0.as_ref().map(|_| Arc::new(self.clone()) as Arc<dyn ProcessingLog>)
    }
}

/// A store's own thread may wait; what it does is nobody's call.
impl ProcessingLog for Log {
    fn announce(&self, processings: &[Processing]) -> Result<(), Unwritten> {
        match &self.0 {
            Some(writer) => writer.write_waiting(Span::all(processings, None)?),
            None => Ok(()),
        }
    }
}
