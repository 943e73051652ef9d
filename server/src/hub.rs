//! A running hub, put together from its parts. What a process, a test or a benchmark starts and stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use samenloop_core::clock::Clock;
use samenloop_core::taxonomy::Taxonomy;
use samenloop_manifest::MAX_BODY_LEN;
use samenloop_manifest::note::MAX_NOTE_LEN;
use samenloop_proto::v1::alert_service_server::AlertServiceServer;
use samenloop_proto::v1::audit_service_server::AuditServiceServer;
use samenloop_proto::v1::contact_service_server::ContactServiceServer;
use samenloop_proto::v1::figure_service_server::FigureServiceServer;
use samenloop_proto::v1::follow_up_service_server::FollowUpServiceServer;
use samenloop_proto::v1::key_service_server::KeyServiceServer;
use samenloop_proto::v1::manifest_service_server::ManifestServiceServer;
use samenloop_proto::v1::rights_service_server::RightsServiceServer;
use samenloop_proto::v1::signal_service_server::SignalServiceServer;
use samenloop_store::{Fault, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tonic::service::Routes;

use crate::acceptor::Acceptor;
use crate::alerts::{Alerts, Reading};
use crate::archive::Archive;
use crate::audit::{Audits, LogHeads};
use crate::beat::Beat;
use crate::destruction::Destroyer;
use crate::figures::Figures;
use crate::follow_up::FollowUp;
use crate::intake::Intake;
use crate::keys::Keys;
use crate::manifests::Manifests;
use crate::outgoing::{Dispatcher, Outgoing};
use crate::processing::ProcessingLogs;
use crate::quota::Quotas;
use crate::receipt::ReceiptKey;
use crate::related::RelatedNow;
use crate::rights::Rights;
use crate::seat::Seat;
use crate::share::Shares;
use crate::shutdown::{Limits, StopSwitch, stop_switch};
use crate::signals::Signals;
use crate::sweeper::Sweeper;
use crate::worker::Worker;

/// The most bytes of one request: 1 MiB. The largest batch that the schema allows, 500 lines of 16 pseudonyms
/// and 2 sealed details, has under 0.85 MiB.
pub const MAX_REQUEST_LEN: usize = 1024 * 1024;

/// The most bytes of a publication: two bodies, two notes, and what frames them.
pub(crate) const MAX_PUBLICATION_LEN: usize = 2 * (MAX_BODY_LEN + MAX_NOTE_LEN) + 1024;

/// What a hub is made of. [`crate::tls::server_config`] and [`crate::papers`] make the harder ones.
pub struct HubParts<S> {
    /// Where the manifests sit.
    pub seat: Arc<Seat>,
    /// The book behind the seat; a hub without one relays no manifest and takes none.
    pub archive: Option<Arc<Archive>>,
    /// The codes that exist.
    pub taxonomy: &'static Taxonomy,
    /// TLS 1.3 with client certificates.
    pub tls: Arc<ServerConfig>,
    /// The key of receipts and alert numbers.
    pub receipts: Arc<ReceiptKey>,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// An open store of the manifest's exchange.
    pub store: Arc<S>,
    /// The signed heads of the store's logs; a hub without them gives out no checkpoint.
    pub heads: Option<LogHeads>,
    /// Where mail and events leave.
    pub outgoing: Outgoing,
    /// Where it says what it is about to process; nowhere by default.
    pub processing: ProcessingLogs,
    /// What one peer may cost.
    pub limits: Limits,
}

/// Why a hub cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The listener cannot be used.
    #[error("listening: {0}")]
    Listener(#[from] std::io::Error),
    /// The store cannot say what it counted.
    #[error("the store: {0}")]
    Store(#[from] Fault),
}

/// A hub that serves. Dropping it stops it in the background; [`RunningHub::stop`] waits for the end.
pub struct RunningHub {
    address: SocketAddr,
    seat: Arc<Seat>,
    ticks: watch::Receiver<u64>,
    switch: StopSwitch,
    accepting: JoinHandle<()>,
    // None once their end was told by `failed`.
    ticking: Option<JoinHandle<Result<(), Fault>>>,
    dispatching: Option<JoinHandle<Result<(), Fault>>>,
    keeping: Option<JoinHandle<Result<(), Fault>>>,
    finish: Duration,
}

impl RunningHub {
    /// Starts a hub on a bound listener, within a tokio runtime.
    ///
    /// # Errors
    /// [`StartFault`].
    pub fn start<S: Store>(parts: HubParts<S>, listener: std::net::TcpListener) -> Result<Self, StartFault> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (switch, stop) = stop_switch();
        let (administration, audits) = (Administration::of(&parts), Audits::of(&parts));
        let (figures, rights, sweeper) = (Figures::of(&parts), Rights::of(&parts), Sweeper::of(&parts));
        parts.processing.hear(&*parts.store);
        let seat = Arc::clone(&parts.seat);
        let (told, ticks) = watch::channel(parts.store.last_tick());
        let receipts = Arc::clone(&parts.receipts);
        let intake = Arc::new(intake(&parts)?);
        let reading = Arc::new(Reading {
            related: RelatedNow::default(),
            store: Arc::clone(&parts.store),
            seat: Arc::clone(&seat),
            clock: Arc::clone(&parts.clock),
            names: Arc::clone(&receipts),
            ticks: ticks.clone(),
            stop: stop.clone(),
            processing: parts.processing.clone(),
        });
        let dispatcher = Dispatcher::new(
            Arc::clone(&parts.store),
            Arc::clone(&seat),
            Arc::clone(&parts.clock),
            Arc::clone(&receipts),
            parts.outgoing,
        );
        let dispatching = Some(tokio::spawn(dispatcher.run(ticks.clone(), stop.clone())));
        let store = Arc::clone(&parts.store);
        let destroyer = parts.archive.as_ref().map(|it| Destroyer::new(store, receipts, it.origin()));
        let acceptor = Acceptor {
            tls: TlsAcceptor::from(parts.tls),
            routes: routes(
                Signals { intake, stop: stop.clone() },
                reading,
                rights.clone(),
                figures,
                administration,
                audits,
            ),
            seat: Arc::clone(&seat),
            limits: parts.limits,
            of_key: Shares::new(parts.limits.connections_per_key),
            of_source: Shares::new((parts.limits.handshakes / 2).max(1)),
            stop: stop.clone(),
        };
        let accepting = tokio::spawn(acceptor.run(listener));
        let worker = Worker {
            store: parts.store,
            seat: Arc::clone(&seat),
            archive: parts.archive,
            clock: parts.clock,
            heads: parts.heads,
            processing: parts.processing.case,
            destroyer,
        };
        let (sweeping, answering) = (sweeper.sweep(ticks.clone()), rights.answer(ticks.clone()));
        let keeping = Some(tokio::spawn(async { tokio::try_join!(sweeping, answering).map(|_| ()) }));
        let ticking = Some(tokio::spawn(worker.tick(told, stop)));
        let finish = parts.limits.finish;
        Ok(Self { address, seat, ticks, switch, accepting, ticking, dispatching, keeping, finish })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its manifest sits; a newer one may be seated while it runs.
    #[must_use]
    pub const fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }

    /// The number of the last finished tick, and a way to wait for the next.
    #[must_use]
    pub fn ticks(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }

    /// Returns once the store could not keep its word, and with what; never otherwise. Safe to cancel.
    pub async fn failed(&mut self) -> Fault {
        tokio::select! {
            fault = fault_of(&mut self.ticking) => fault,
            fault = fault_of(&mut self.dispatching) => fault,
            fault = fault_of(&mut self.keeping) => fault,
        }
    }

    /// Stops: no new connection, calls finish within the deadline, then everything is cut. The tick that is
    /// being filed is waited for as long again; left half done, it is done again at the next start.
    pub async fn stop(self) {
        self.switch.stop();
        let _ = self.accepting.await;
        if let Some(dispatching) = self.dispatching {
            let _ = tokio::time::timeout(self.finish, dispatching).await;
        }
        if let Some(mut ticking) = self.ticking
            && tokio::time::timeout(self.finish, &mut ticking).await.is_err()
        {
            ticking.abort();
        }
    }
}

/// Returns once a part of the hub could not go on, and with what; never otherwise. Safe to cancel.
async fn fault_of(part: &mut Option<JoinHandle<Result<(), Fault>>>) -> Fault {
    if let Some(running) = part {
        let ended = running.await;
        *part = None;
        match ended {
            Ok(Err(fault)) => return fault,
            // What broke off kept nothing for certain.
            Err(_) => return Fault::Closed,
            Ok(Ok(())) => {}
        }
    }
    std::future::pending().await
}

/// The intake of a hub, with what its store counted.
fn intake<S: Store>(parts: &HubParts<S>) -> Result<Intake<S>, Fault> {
    let HubParts { store, seat, clock, taxonomy, receipts, processing, .. } = parts;
    Ok(Intake {
        quotas: Quotas::new(Arc::clone(clock), store.counters()?),
        store: Arc::clone(store),
        seat: Arc::clone(seat),
        clock: Arc::clone(clock),
        taxonomy,
        receipts: Arc::clone(receipts),
        processing: processing.intake.clone(),
    })
}

/// What a hub with a book of manifests serves besides signals and alerts.
struct Administration<S> {
    manifests: Manifests,
    keys: Keys<S>,
}

impl<S: Store> Administration<S> {
    fn of(parts: &HubParts<S>) -> Option<Self> {
        let archive = Arc::clone(parts.archive.as_ref()?);
        let keys = Keys {
            store: Arc::clone(&parts.store),
            seat: Arc::clone(&parts.seat),
            clock: Arc::clone(&parts.clock),
            origin: archive.origin(),
            beat: Beat::default(),
        };
        Some(Self { manifests: Manifests { archive, clock: Arc::clone(&parts.clock) }, keys })
    }
}

fn routes<S: Store>(
    signals: Signals<S>,
    reading: Arc<Reading<S>>,
    rights: Rights<S>,
    figures: Figures<S>,
    administration: Option<Administration<S>>,
    audits: Option<Audits<S>>,
) -> Routes {
    let signals = SignalServiceServer::new(signals).max_decoding_message_size(MAX_REQUEST_LEN);
    // A question about alerts has some tens of bytes.
    let alerts = AlertServiceServer::new(Alerts(Arc::clone(&reading))).max_decoding_message_size(64 * 1024);
    let doors = FollowUp { reading, directory: Arc::default(), beat: Arc::default() };
    let acts = FollowUpServiceServer::new(doors.clone()).max_decoding_message_size(64 * 1024);
    let contacts = ContactServiceServer::new(doors).max_decoding_message_size(64 * 1024);
    let rights = RightsServiceServer::new(rights).max_decoding_message_size(64 * 1024);
    let figures = FigureServiceServer::new(figures).max_decoding_message_size(64 * 1024);
    let readers = Routes::new(signals).add_service(alerts).add_service(acts).add_service(contacts);
    let mut routes = readers.add_service(rights).add_service(figures);
    if let Some(Administration { manifests, keys }) = administration {
        let manifests = ManifestServiceServer::new(manifests).max_decoding_message_size(MAX_PUBLICATION_LEN);
        // A declaration has some hundreds of bytes.
        let keys = KeyServiceServer::new(keys).max_decoding_message_size(64 * 1024);
        routes = routes.add_service(manifests).add_service(keys);
    }
    if let Some(audits) = audits {
        routes = routes.add_service(AuditServiceServer::new(audits).max_decoding_message_size(64 * 1024));
    }
    routes.prepare()
}
