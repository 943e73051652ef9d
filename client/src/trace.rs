//! W3C Trace Context on every call: by what the hub's processing log and an organisation's own name one processing
//! to each other (V-44). Drawn at random, of one length, and made of nothing else.

use samenloop_core::trace::TraceParent;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::language::{Language, Say};

/// Where a back office names the trace in which it runs a command.
const VARIABLE: &str = "TRACEPARENT";

/// The variable is set and is no `traceparent`: the command begins a trace of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl Say for Malformed {
    fn say(&self, language: Language) -> String {
        language
            .pick(
                "TRACEPARENT is geen traceparent volgens W3C Trace Context. Deze opdracht begint een eigen trace.",
                "TRACEPARENT is no traceparent of W3C Trace Context. This command begins a trace of its own.",
            )
            .to_owned()
    }
}

/// The trace in which this process was started, if there is one.
///
/// # Errors
/// [`Malformed`]; its value is not repeated.
pub fn given() -> Result<Option<TraceParent>, Malformed> {
    match std::env::var_os(VARIABLE) {
        None => Ok(None),
        Some(text) => text.to_str().and_then(TraceParent::parse).map(Some).ok_or(Malformed),
    }
}

/// Puts a `traceparent` on each call: of one trace, each call an action of its own.
#[derive(Clone)]
pub(crate) struct Traced {
    trace: Option<[u8; 16]>,
}

impl Traced {
    /// Goes on with the trace of the process, or begins one.
    pub(crate) fn begin() -> Self {
        let given = given().ok().flatten().map(|it| *it.trace());
        Self { trace: given.or_else(random) }
    }

    fn next(&self) -> Option<TraceParent> {
        TraceParent::new(self.trace?, random()?)
    }
}

/// Without randomness a call goes out without a trace; the hub begins its own either way.
fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

impl Interceptor for Traced {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = self.next().and_then(|it| AsciiMetadataValue::try_from(it.to_string()).ok()) {
            request.metadata_mut().insert("traceparent", value);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// V-44: two organisations never share a trace that neither was given, and two calls never an action.
    #[test]
    fn a_trace_is_one_hubs_and_an_action_one_calls() {
        let sent = |traced: &mut Traced| {
            let request = traced.call(Request::new(())).unwrap();
            TraceParent::parse(request.metadata().get("traceparent").unwrap().to_str().unwrap()).unwrap()
        };
        let (mut one, mut other) = (Traced { trace: random() }, Traced { trace: random() });
        let (first, second, third) = (sent(&mut one), sent(&mut one), sent(&mut other));
        assert_eq!(first.trace(), second.trace());
        assert_ne!(first.span(), second.span());
        assert_ne!(first.trace(), third.trace());
    }
}
