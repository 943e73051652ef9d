//! `AlertService`: a coordinator's own alerts, asked for or watched.

use std::collections::VecDeque;
use std::sync::Arc;

use prost::Message;
use samenloop_core::alert::{Alert, Reader};
use samenloop_core::clock::Clock;
use samenloop_core::permit::ReadAlerts;
use samenloop_proto::v1::alert_service_server::AlertService;
use samenloop_proto::v1::{
    self, ListAlertsRequest, ListAlertsResponse, ManifestReference, WatchAlertsRequest, WatchAlertsResponse,
};
use samenloop_proto::{PADDED_TO, padding_for};
use samenloop_store::{Scope, Store};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::door::{Peer, check_manifest, peer_of};
use crate::processing::{ProcessingLogs, Trace};
use crate::receipt::ReceiptKey;
use crate::refusal::Refusal;
use crate::related::{Related, RelatedNow};
use crate::rendering::Recipient;
use crate::seat::Seat;
use crate::shutdown::Stop;

/// Encoded alerts that one message of a watch carries at most, unless one alert is larger: 2 MiB, half of
/// what a client takes by default. The rest goes with the next ticks.
const MESSAGE_LEN: usize = 2 * 1024 * 1024;

/// Messages that may wait for a coordinator that does not read them.
const UNREAD: usize = 4;

/// The door for coordinators.
pub(crate) struct Alerts<S>(pub(crate) Arc<Reading<S>>);

/// What reading alerts needs.
pub(crate) struct Reading<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) names: Arc<ReceiptKey>,
    pub(crate) related: RelatedNow,
    /// The number of the last finished tick.
    pub(crate) ticks: watch::Receiver<u64>,
    pub(crate) stop: Stop,
    pub(crate) processing: ProcessingLogs,
}

type Messages<T> = ReceiverStream<Result<T, Status>>;

#[tonic::async_trait]
impl<S: Store> AlertService for Alerts<S> {
    type ListAlertsStream = Messages<ListAlertsResponse>;
    type WatchAlertsStream = Messages<WatchAlertsResponse>;

    async fn list_alerts(
        &self,
        request: Request<ListAlertsRequest>,
    ) -> Result<Response<Self::ListAlertsStream>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        let reader = self.0.reader(&peer, request.manifest.as_ref())?;
        let scope = if request.include_ended { Scope::All } else { Scope::Open };
        let found = self.0.store.alerts(&reader, scope).await;
        let alerts = found.map_err(|fault| Refusal::fault(&fault))?;
        if !alerts.is_empty() {
            self.0.note_read(&reader, trace, &alerts.iter().collect::<Vec<_>>()).await?;
        }
        let (messages, answers) = mpsc::channel(UNREAD);
        tokio::spawn(Arc::clone(&self.0).list(peer, alerts, messages));
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn watch_alerts(
        &self,
        request: Request<WatchAlertsRequest>,
    ) -> Result<Response<Self::WatchAlertsStream>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let request = request.into_inner();
        self.0.reader(&peer, request.manifest.as_ref())?;
        // Before the last tick is read, so that none falls between.
        let ticks = self.0.ticks.clone();
        let last = self.0.store.last_tick();
        // A cursor of the future is of a hub that was since restored from a backup: go on from now.
        let cursor = if request.cursor == 0 { last } else { request.cursor.min(last) };
        let (messages, answers) = mpsc::channel(UNREAD);
        let (reading, named) = (Arc::clone(&self.0), request.manifest);
        let watching = Watching { reading, peer, trace, named, cursor, waiting: VecDeque::new() };
        tokio::spawn(watching.run(ticks, messages));
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}

impl<S: Store> Reading<S> {
    /// As whom the store is asked, if the caller may read at this moment.
    pub(crate) fn reader(&self, peer: &Peer, named: Option<&ManifestReference>) -> Result<Reader, Refusal> {
        let reader = self.as_recipient(peer, |it| it.reader())?;
        check_manifest(&self.seat.newest(), named)?;
        Ok(reader)
    }

    /// Lets `read` see the caller as a recipient, if it may read at this moment.
    pub(crate) fn as_recipient<T>(
        &self,
        peer: &Peer,
        read: impl FnOnce(&Recipient<'_>) -> T,
    ) -> Result<T, Refusal> {
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<ReadAlerts>(&manifest, self.clock.unix_seconds(), today)?;
        let connection = permit.connection();
        let keys = self.seat.details_keys(&connection.id);
        Ok(read(&Recipient::new(&manifest, connection, &self.names, keys, today)))
    }

    /// Sends alerts one by one, and asks before each whether the caller may still read.
    async fn list(
        self: Arc<Self>,
        peer: Arc<Peer>,
        alerts: Vec<Alert>,
        messages: mpsc::Sender<Result<ListAlertsResponse, Status>>,
    ) {
        let related = Related::among(&alerts);
        for alert in alerts {
            let message = match self.as_recipient(&peer, |recipient| recipient.alert(&alert, &related)) {
                Ok(None) => continue,
                Ok(alert) => Ok(ListAlertsResponse { alert }),
                Err(refusal) => Err(refusal.into()),
            };
            let last = message.is_err();
            if messages.send(message).await.is_err() || last {
                return;
            }
        }
    }
}

/// One watch.
struct Watching<S> {
    reading: Arc<Reading<S>>,
    peer: Arc<Peer>,
    trace: Trace,
    /// The manifest by which the caller reads. Under a newer one it would take sound details for changed ones, so it
    /// comes back with that.
    named: Option<ManifestReference>,
    /// The last tick whose news is all in `waiting` or sent.
    cursor: u64,
    /// Alerts still to be sent, each with its tick.
    waiting: VecDeque<(u64, Alert)>,
}

impl<S: Store> Watching<S> {
    async fn run(
        mut self,
        mut ticks: watch::Receiver<u64>,
        messages: mpsc::Sender<Result<WatchAlertsResponse, Status>>,
    ) {
        let mut stop = self.reading.stop.clone();
        // What finished before the watch began waits for the next tick: messages leave on ticks only.
        ticks.mark_unchanged();
        loop {
            let ticked = tokio::select! {
                biased;
                () = messages.closed() => return,
                () = stop.wait() => false,
                ticked = ticks.changed() => ticked.is_ok(),
            };
            let tick = *ticks.borrow_and_update();
            let message = if ticked { self.message(tick).await } else { Err(Refusal::Stopping) };
            let last = message.is_err();
            if messages.send(message.map_err(Status::from)).await.is_err() || last {
                return;
            }
        }
    }

    /// The one message of a tick, of the same form whether or not there is news (P-61).
    async fn message(&mut self, tick: u64) -> Result<WatchAlertsResponse, Refusal> {
        let (peer, reading) = (Arc::clone(&self.peer), Arc::clone(&self.reading));
        let reader = reading.reader(&peer, self.named.as_ref())?;
        let news = reading.store.news(&reader, self.cursor).await;
        let mut shown = Vec::new();
        for news in news.map_err(|fault| Refusal::fault(&fault))? {
            // The store may have finished a tick that is not announced yet; it comes with that one.
            if news.tick > tick {
                break;
            }
            shown.extend(news.alerts.into_iter().map(|alert| (news.tick, alert)));
        }
        let alerts: Vec<_> = shown.iter().map(|(_, alert)| alert).collect();
        // Of nothing too, when a tick was filed: else who pushes could time that a commit more was made (P-64).
        if tick > self.cursor {
            reading.note_read(&reader, self.trace, &alerts).await?;
        }
        self.waiting.extend(shown);
        self.cursor = self.cursor.max(tick);
        let related = if self.waiting.is_empty() {
            Arc::default()
        } else {
            let found = reading.related.after(tick, &*reading.store).await;
            found.map_err(|fault| Refusal::fault(&fault))?
        };
        // Again after the wait for the store: who was struck out meanwhile gets nothing.
        let alerts = reading.as_recipient(&peer, |recipient| self.take(recipient, &related))?;
        // A tick that is still partly waiting comes again after a break.
        let cursor = self.waiting.front().map_or(self.cursor, |(tick, _)| tick.saturating_sub(1));
        let mut message = WatchAlertsResponse { cursor, alerts, padding: Vec::new() };
        message.padding = padding_for(message.encoded_len(), PADDED_TO);
        Ok(message)
    }

    fn take(&mut self, recipient: &Recipient<'_>, related: &Related) -> Vec<v1::Alert> {
        let (mut alerts, mut length) = (Vec::new(), 0);
        while let Some((_, alert)) = self.waiting.front() {
            if let Some(rendered) = recipient.alert(alert, related) {
                length += rendered.encoded_len();
                if length > MESSAGE_LEN && !alerts.is_empty() {
                    break;
                }
                alerts.push(rendered);
            }
            self.waiting.pop_front();
        }
        alerts
    }
}
