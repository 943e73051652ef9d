//! The processing log: Logboek Dataverwerkingen (Logius, working version 0.8.0), written before the processing, and
//! without it nothing is processed (V-44).
//!
//! Two logs that share nothing: one of what agencies send and ask, one of all else. Or a sender could time, by the line that it
//! waits for, what a tick has to write (P-60). Neither is telemetry: nothing here passes through `tracing`.

mod file;
mod line;
mod otlp;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;

use samenloop_core::clock::Clock;
use samenloop_core::processing::{Processing, ProcessingLog, Unwritten};
use samenloop_core::trace::TraceParent;
use samenloop_core::value::ConnectionId;
use samenloop_store::Store;
use tonic::Request;

use crate::refusal::Refusal;

use file::DayFiles;
use line::Span;
use otlp::Collector;
pub use otlp::CollectorAddress;
use writer::{Places, Writer};

/// The logs of a hub. Without any, as tests of doors have it, it processes without saying so; `hub.toml` obliges them.
#[derive(Clone, Default)]
pub struct ProcessingLogs {
    /// What agencies send and ask, and who lists rights requests.
    pub(crate) intake: Log,
    /// What ticks, coordinators and contact points do.
    pub(crate) case: Log,
}

impl ProcessingLogs {
    /// The logs in a directory, and at a collector when there is one; each with a thread of its own.
    ///
    /// # Errors
    /// The system gives no thread. Whether lines can be written shows at the first that must be.
    pub fn open(
        directory: &Path,
        collector: Option<CollectorAddress>,
        clock: &Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let log = |name: &'static str| -> io::Result<Log> {
            let collector = collector.map(Collector::open).transpose()?;
            let places = Places { files: DayFiles::new(directory, name), collector };
            Ok(Log(Some(Arc::new(Writer::start(places, Arc::clone(clock))?))))
        };
        Ok(Self { intake: log("intake")?, case: log("case")? })
    }

    /// Has a store announce to it, if there is a log.
    pub(crate) fn hear<S: Store>(&self, store: &S) {
        if self.case.0.is_some() {
            store.announce_to(Arc::new(self.case.clone()));
        }
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use http::HeaderMap;

    use super::*;

    const SOUND: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn foreign(headers: &[&str]) -> Option<TraceParent> {
        let headers: HeaderMap = headers
            .iter()
            .map(|it| (http::HeaderName::from_static("traceparent"), it.parse().unwrap()))
            .collect();
        Trace::of(&headers).by(&ConnectionId::parse("school-west").unwrap()).map(|it| it.parent)
    }

    /// V-44: what is no `traceparent` is none; the line is written all the same, in a trace of the hub's own.
    #[test]
    fn a_malformed_traceparent_gets_a_fresh_trace() {
        assert_eq!(foreign(&[SOUND]), TraceParent::parse(SOUND));
        assert!(foreign(&[]).is_none());
        for malformed in
            ["", "00", "x", &SOUND.to_uppercase(), &SOUND.replace("0af", "xyz"), &format!("{SOUND}-9")]
        {
            assert!(foreign(&[malformed]).is_none(), "{malformed}");
        }
        assert!(foreign(&[SOUND, SOUND]).is_none(), "of two there is none");
        let processing =
            Processing { activity: samenloop_core::processing::Activity::Receive, subject: None };
        let traces = [(); 2].map(|()| Span::all(&[processing], None).unwrap().remove(0).trace);
        assert!(traces[0] != traces[1] && !traces.contains(&[0; 16]));
    }
}
