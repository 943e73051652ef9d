//! The log to a collector: OTLP 1 over HTTP in JSON, a span each action, to an address of this machine.
//!
//! Plain HTTP, and so to loopback only: a collector beside the hub, which then leaves over TLS as the standard asks.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::Request;
use http::header::{CONTENT_TYPE, HOST};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use super::Foreign;
use super::line::{ENTITY, Hex, SUBJECT_TYPE, Span};

/// Time for one delivery, from the first packet to the whole answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of an answer that are read at most.
const ANSWER: usize = 64 * 1024;

/// Where a collector listens: on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SocketAddr")]
pub struct CollectorAddress(SocketAddr);

impl TryFrom<SocketAddr> for CollectorAddress {
    type Error = &'static str;

    fn try_from(address: SocketAddr) -> Result<Self, Self::Error> {
        if address.ip().is_loopback() {
            Ok(Self(address))
        } else {
            Err("a collector is on this machine: 127.0.0.1:PORT or [::1]:PORT")
        }
    }
}

/// Why a collector did not take it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    #[error("no connection")]
    NoConnection,
    #[error("no answer in time")]
    NoAnswer,
    #[error("it answers {0}")]
    Refused(u16),
    #[error("it did not take every line")]
    InPart,
}

/// A collector of this machine.
pub(super) struct Collector {
    address: SocketAddr,
    runtime: Runtime,
}

impl Collector {
    pub(super) fn open(address: CollectorAddress) -> io::Result<Self> {
        Ok(Self { address: address.0, runtime: Builder::new_current_thread().enable_all().build()? })
    }

    /// Posts spans; returns once the collector has taken all of them.
    pub(super) fn post(&self, spans: &[Span], second: u64) -> Result<(), Undelivered> {
        let body = Bytes::from(request(spans, second).to_string());
        let exchange = async { tokio::time::timeout(PATIENCE, self.exchange(body)).await };
        self.runtime.block_on(exchange).map_err(|_| Undelivered::NoAnswer)?
    }

    async fn exchange(&self, body: Bytes) -> Result<(), Undelivered> {
        let request = Request::post("/v1/traces")
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|_| Undelivered::NoAnswer)?;
        let stream = TcpStream::connect(self.address).await.map_err(|_| Undelivered::NoConnection)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|_| Undelivered::NoConnection)?;
        let answer = async {
            let answer = sender.send_request(request).await.map_err(|_| Undelivered::NoAnswer)?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER).collect().await;
            Ok((status, body.map_err(|_| Undelivered::NoAnswer)?.to_bytes()))
        };
        let (mut answer, mut connection) = (pin!(answer), pin!(connection));
        let mut is_open = true;
        let (status, body) = loop {
            tokio::select! {
                biased;
                answer = &mut answer => break answer?,
                _ = &mut connection, if is_open => is_open = false,
            }
        };
        if !status.is_success() {
            return Err(Undelivered::Refused(status.as_u16()));
        }
        if took_all(&body) { Ok(()) } else { Err(Undelivered::InPart) }
    }
}

/// An answer of 200 may still say that spans were dropped (OTLP, partial success).
fn took_all(answer: &[u8]) -> bool {
    if answer.is_empty() {
        return true;
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return false };
    answer.pointer("/partialSuccess/rejectedSpans").is_none_or(|it| *it == "0" || *it == 0 || it.is_null())
}

fn text(key: &str, value: String) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn request(spans: &[Span], second: u64) -> Value {
    let spans: Vec<_> = spans.iter().map(|it| span(it, second)).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "samenloop-hub".to_owned())] },
        "scopeSpans": [{ "scope": { "name": "samenloop" }, "spans": spans }],
    }]})
}

/// A span, with the other party's own action as a link (OTLP has no field for a foreign operation).
fn span(it: &Span, second: u64) -> Value {
    let mut attributes = vec![text("dpl.core.processing_activity_id", it.activity.uri().to_owned())];
    if let Some(subject) = &it.subject {
        attributes.push(text("dpl.core.data_subject_id", Hex(subject.bytes()).to_string()));
        attributes.push(text("dpl.core.data_subject_id_type", SUBJECT_TYPE.to_owned()));
    }
    let link = |foreign: &Foreign| {
        json!({
            "traceId": Hex(foreign.parent.trace()).to_string(),
            "spanId": Hex(foreign.parent.span()).to_string(),
            "attributes": [text("dpl.core.foreign_operation.entity", format!("{ENTITY}{}", foreign.entity))],
        })
    };
    let links: Vec<_> = it.foreign.iter().map(|it| link(it)).collect();
    json!({
        "traceId": Hex(&it.trace).to_string(),
        "spanId": Hex(&it.span).to_string(),
        "parentSpanId": it.parent.map(|it| Hex(&it).to_string()).unwrap_or_default(),
        "name": it.activity.dutch().name,
        "kind": 1,
        "startTimeUnixNano": format!("{second}000000000"),
        "endTimeUnixNano": format!("{second}000000000"),
        "attributes": attributes,
        "links": links,
        "status": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_that_dropped_a_line_did_not_take_it() {
        assert!(took_all(b"{}") && took_all(b"") && took_all(br#"{"partialSuccess":{"rejectedSpans":"0"}}"#));
        assert!(!took_all(br#"{"partialSuccess":{"rejectedSpans":"1"}}"#));
        assert!(!took_all(br#"{"partialSuccess":{"rejectedSpans":2}}"#));
        assert!(!took_all(b"<html>a proxy's own page</html>"));
    }
}
