//! Takes connections: TCP, TLS, HTTP/2, each with a deadline, and none able to disturb another.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::body::Body;
use tonic::service::Routes;
use tower::ServiceExt;

use crate::door::Peer;
use crate::processing::Trace;
use crate::refusal;
use crate::seat::Seat;
use crate::share::{Share, Shares, source};
use crate::shutdown::{Limits, Stop};

/// Pause after the system refused a connection (such as EMFILE), so that the loop does not spin.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);

/// Bytes of a stream, and of a connection, that a peer may send ahead: a largest request, and two.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;

/// Calls of one connection at once. A client that knows the limit waits; one that does not yet is told to send
/// the call again (RFC 9113 section 8.7).
const STREAMS: u32 = 8;

/// Bytes of a call's headers.
const HEADERS: u32 = 16 * 1024;

/// What every connection is served with.
#[derive(Clone)]
pub(crate) struct Acceptor {
    pub(crate) tls: TlsAcceptor,
    pub(crate) routes: Routes,
    pub(crate) seat: Arc<Seat>,
    pub(crate) limits: Limits,
    /// Open connections of each certificate key.
    pub(crate) of_key: Shares<[u8; 32]>,
    /// Unfinished handshakes of each source address.
    pub(crate) of_source: Shares<IpAddr>,
    pub(crate) stop: Stop,
}

impl Acceptor {
    /// Takes connections until the hub stops; then lets those that are open finish within the deadline, and
    /// cuts the rest. Returns when none is left.
    pub(crate) async fn run(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        self.accept(listener, &mut connections).await;
        let finished = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.limits.finish, finished).await.is_err() {
            tracing::info!(connections = connections.len(), "cut at the deadline");
        }
        connections.shutdown().await;
    }

    /// Ends when the hub stops, and for nothing else.
    async fn accept(&self, listener: TcpListener, connections: &mut JoinSet<()>) {
        let open = Arc::new(Semaphore::new(self.limits.connections));
        let handshakes = Arc::new(Semaphore::new(self.limits.handshakes));
        let mut stop = self.stop.clone();
        loop {
            let next = async {
                let handshake = Arc::clone(&handshakes).acquire_owned().await.ok();
                (handshake, listener.accept().await)
            };
            let (handshake, accepted) = tokio::select! {
                biased;
                () = stop.wait() => return,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                next = next => next,
            };
            let (stream, from) = match accepted {
                Ok((stream, from)) => (stream, from.ip()),
                Err(fault) => {
                    tracing::warn!(%fault, "the system gives no connection");
                    tokio::time::sleep(REFUSED_PAUSE).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&open).try_acquire_owned() else {
                tracing::warn!(limit = self.limits.connections, "too many connections; one is closed");
                continue;
            };
            let Some(share) = self.of_source.take(source(from)) else {
                tracing::debug!("too many unfinished handshakes of one address; one is closed");
                continue;
            };
            let acceptor = self.clone();
            connections.spawn(async move {
                let _place = place;
                if let Some(tls) = acceptor.handshake(stream, (handshake, share)).await {
                    acceptor.serve(tls).await;
                }
            });
        }
    }

    /// One TLS handshake. Gives its permits back at the end, good or bad.
    async fn handshake(
        &self,
        stream: TcpStream,
        _permits: (Option<OwnedSemaphorePermit>, Share<IpAddr>),
    ) -> Option<TlsStream<TcpStream>> {
        // Acks are small and waited for: Nagle's algorithm would hold each for a round trip.
        let _ = stream.set_nodelay(true);
        match tokio::time::timeout(self.limits.handshake, self.tls.accept(stream)).await {
            Ok(Ok(tls)) => Some(tls),
            Ok(Err(fault)) => {
                tracing::debug!(%fault, "a handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a handshake took too long");
                None
            }
        }
    }

    async fn serve(&self, tls: TlsStream<TcpStream>) {
        let Some(peer) = self.peer(&tls) else { return };
        let Some(_share) = self.of_key.take(*peer.certificate_key()) else {
            tracing::warn!(
                limit = self.limits.connections_per_key,
                "too many connections of one key; one is closed"
            );
            return;
        };
        let called = Arc::new(AtomicBool::new(false));
        let (routes, seen) = (self.routes.clone(), Arc::clone(&called));
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            seen.store(true, Ordering::Relaxed);
            let trace = Trace::of(request.headers());
            request.extensions_mut().insert(trace);
            request.extensions_mut().insert(Arc::clone(&peer));
            let routes = routes.clone();
            async move { Ok::<_, Infallible>(refused_alike(call(routes, request).await)) }
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(self.limits.ping_after)
            .keep_alive_timeout(self.limits.ping_answer)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEADERS)
            .serve_connection(TokioIo::new(tls), service);
        let mut connection = pin!(connection);
        let mut first_call = pin!(tokio::time::sleep(self.limits.first_call));
        let (mut stop, mut stopping, mut waited) = (self.stop.clone(), false, false);
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(fault) = ended {
                        tracing::debug!(%fault, "a connection ended badly");
                    }
                    return;
                }
                () = stop.wait(), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = first_call.as_mut(), if !waited => {
                    waited = true;
                    if !called.load(Ordering::Relaxed) {
                        tracing::debug!("a connection without a call is closed");
                        return;
                    }
                }
            }
        }
    }

    fn peer(&self, tls: &TlsStream<TcpStream>) -> Option<Arc<Peer>> {
        let (_, session) = tls.get_ref();
        // Always there: the verifier takes no handshake without one.
        let certificate = session.peer_certificates()?.first()?;
        Some(Arc::new(Peer::of(certificate, self.seat.current().exchange())))
    }
}

async fn call(routes: Routes, request: http::Request<Incoming>) -> http::Response<Body> {
    match routes.oneshot(request).await {
        Ok(response) => response,
    }
}

/// Refusals by tonic itself, before a service sees the message, get the details that ours have.
fn refused_alike(response: http::Response<Body>) -> http::Response<Body> {
    match tonic::Status::from_header_map(response.headers()) {
        Some(status) if status.code() != tonic::Code::Ok => refusal::Refusal::of_decoder(status).into_http(),
        _ => response,
    }
}
