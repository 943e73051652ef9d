//! `SignalService`: batches in, acks out, and nothing about what others sent.

use std::sync::Arc;

use samenloop_proto::v1::signal_service_server::SignalService;
use samenloop_proto::v1::{
    BatchAck, PushSignalsRequest, PushSignalsResponse, SubmitSignalsRequest, SubmitSignalsResponse,
};
use samenloop_store::Store;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::door::{Peer, peer_of};
use crate::intake::Intake;
use crate::processing::Trace;
use crate::refusal::Refusal;
use crate::shutdown::Stop;
use crate::window::{Outcome, Window};

/// Acks that may wait for a sender that does not read them; then its batches wait.
const UNREAD_ACKS: usize = 8;

/// The door for agencies.
pub(crate) struct Signals<S> {
    pub(crate) intake: Arc<Intake<S>>,
    pub(crate) stop: Stop,
}

type Acks = mpsc::Sender<Result<PushSignalsResponse, Status>>;

#[tonic::async_trait]
impl<S: Store> SignalService for Signals<S> {
    type PushSignalsStream = ReceiverStream<Result<PushSignalsResponse, Status>>;

    async fn push_signals(
        &self,
        request: Request<Streaming<PushSignalsRequest>>,
    ) -> Result<Response<Self::PushSignalsStream>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        // An outsider gets its answer before it sends anything.
        self.intake.check_sender(&peer)?;
        let (acks, answers) = mpsc::channel(UNREAD_ACKS);
        let pushing = Pushing { intake: Arc::clone(&self.intake), peer, trace, acks, window: Window::new() };
        tokio::spawn(pushing.run(request.into_inner(), self.stop.clone()));
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn submit_signals(
        &self,
        request: Request<SubmitSignalsRequest>,
    ) -> Result<Response<SubmitSignalsResponse>, Status> {
        let (peer, trace) = (peer_of(&request)?, Trace::of_call(&request));
        let judged = self.intake.judge(&peer, request.into_inner().batch)?;
        let intake = Arc::clone(&self.intake);
        // Goes on if the caller leaves, so that what was counted is kept.
        let kept = tokio::spawn(async move { intake.keep(judged, trace).await }).await;
        let ack = kept.unwrap_or(Err(Refusal::Stopping))?;
        Ok(Response::new(SubmitSignalsResponse { ack: Some(ack) }))
    }
}

/// One stream of batches.
struct Pushing<S> {
    intake: Arc<Intake<S>>,
    peer: Arc<Peer>,
    trace: Trace,
    acks: Acks,
    window: Window<BatchAck>,
}

/// Why a stream ends before its sender ends it.
enum End {
    /// The sender is gone: nobody to tell.
    Gone,
    /// The sender is told.
    Refused(Status),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl<S: Store> Pushing<S> {
    /// Takes batches until the sender ends, a batch is refused as a whole, or the hub stops. Everything that
    /// was started is acked before the end is told.
    async fn run(mut self, mut batches: Streaming<PushSignalsRequest>, mut stop: Stop) {
        let end = self.take(&mut batches, &mut stop).await;
        if matches!(end, Err(End::Gone)) || self.drain().await.is_err() {
            return;
        }
        if let Err(End::Refused(status)) = end {
            let _ = self.acks.send(Err(status)).await;
        }
    }

    async fn take(
        &mut self,
        batches: &mut Streaming<PushSignalsRequest>,
        stop: &mut Stop,
    ) -> Result<(), End> {
        loop {
            tokio::select! {
                biased;
                () = self.acks.closed() => return Err(End::Gone),
                () = stop.wait() => return Err(Refusal::Stopping.into()),
                Some(outcome) = self.window.next(), if !self.window.is_empty() => {
                    self.answer(outcome).await?;
                }
                message = batches.message(), if self.window.has_room() => match message {
                    Ok(Some(request)) => self.begin(request).await?,
                    Ok(None) => return Ok(()),
                    Err(status) => return Err(End::Refused(Refusal::of_decoder(status))),
                }
            }
        }
    }

    async fn begin(&mut self, request: PushSignalsRequest) -> Result<(), End> {
        let judged = self.intake.judge(&self.peer, request.batch)?;
        if self.window.shares(judged.references()) {
            self.drain().await?;
        }
        let (intake, trace) = (Arc::clone(&self.intake), self.trace);
        let references = judged.references().clone();
        self.window.start(references, async move { intake.keep(judged, trace).await }).await;
        Ok(())
    }

    async fn drain(&mut self) -> Result<(), End> {
        while let Some(outcome) = self.window.next().await {
            self.answer(outcome).await?;
        }
        Ok(())
    }

    /// Acks a batch. One that could not be kept ends the stream there: nothing after it is acked.
    async fn answer(&mut self, outcome: Outcome<BatchAck>) -> Result<(), End> {
        if outcome.is_err() {
            self.window.abandon();
        }
        let ack = outcome?;
        self.acks.send(Ok(PushSignalsResponse { ack: Some(ack) })).await.map_err(|_| End::Gone)
    }
}
