//! The connection to the hub: every call that agencies and coordinators make.

mod audit;
mod fault;
mod figures;
mod follow_up;
mod keys;
mod manifests;
mod proxy;
mod receipt;
mod rights;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use prost::Message;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::ConnectionId;
use samenloop_proto::v1;
use samenloop_proto::v1::alert_service_client::AlertServiceClient;
use samenloop_proto::v1::signal_service_client::SignalServiceClient;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

pub use fault::{HubFault, ProxyFault, TlsFault};
pub use receipt::Expected;

use crate::membership::Membership;
use crate::trace::Traced;
use tls::{Connector, LastFault};

/// Bytes that one message of the hub may have.
const MAX_MESSAGE_LEN: usize = 16 * 1024 * 1024;

/// How long a single call may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The way to a hub, with a trace on every call.
type Way = InterceptedService<Channel, Traced>;

/// A hub, as one connection reaches it. Connects when first asked, and again after a break.
#[derive(Clone)]
pub struct Hub {
    channel: Way,
    last: LastFault,
    connection: ConnectionId,
    manifest: Arc<Manifest>,
    named: v1::ManifestReference,
}

impl Hub {
    /// The hub of a membership. Connects only at the first call; call within a tokio runtime.
    ///
    /// # Errors
    /// [`HubFault::Credentials`] when a certificate or key cannot be used.
    pub fn new(membership: &Membership) -> Result<Self, HubFault> {
        let manifest = Arc::clone(membership.manifest());
        let name = &manifest.hub().server_name;
        let connector = Connector::new(membership.config(), &manifest)?;
        let last = connector.last_fault();
        let endpoint = Endpoint::from_shared(format!("https://{name}"))
            .map_err(|_| HubFault::Broken("the manifest gives the hub no usable name"))?
            .connect_timeout(Duration::from_secs(10))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            // Idle watchers notice a dead line as well.
            .keep_alive_while_idle(true);
        let channel = endpoint.connect_with_connector_lazy(tower::service_fn(move |_| {
            let connector = connector.clone();
            async move { connector.connect().await.map(TokioIo::new) }
        }));
        Ok(Self {
            channel: InterceptedService::new(channel, Traced::begin()),
            last,
            connection: membership.config().connection().clone(),
            manifest,
            named: membership.manifest_reference(),
        })
    }

    /// Who calls.
    #[must_use]
    pub const fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The manifest under which it calls.
    #[must_use]
    pub const fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// The newest manifest here, as calls name it.
    #[must_use]
    pub const fn manifest_reference(&self) -> &v1::ManifestReference {
        &self.named
    }

    /// What a status means, with what TLS or the proxy noted of the connection.
    fn fault(&self, status: &Status) -> HubFault {
        let fault = HubFault::of(status);
        match self.last.take() {
            Some(noted) if fault.may_pass() => noted,
            _ => fault,
        }
    }

    /// Checks an ack against the batch it should answer.
    ///
    /// # Errors
    /// [`HubFault::Broken`] when it is not this hub's ack of that batch.
    pub fn check(&self, expected: &Expected, ack: &v1::BatchAck) -> Result<(), HubFault> {
        expected.check(ack, &self.connection, &self.manifest.hub().receipt_key)
    }

    /// Sends one batch and waits for its ack, whose receipt is checked.
    ///
    /// # Errors
    /// [`HubFault`]; nothing of the batch is known to be stored then.
    pub async fn submit(&self, batch: v1::SignalBatch) -> Result<v1::BatchAck, HubFault> {
        let expected = Expected::of(&batch.batch_id, batch.lines.len(), &batch.encode_to_vec());
        let mut client = SignalServiceClient::new(self.channel.clone());
        let call = client.submit_signals(v1::SubmitSignalsRequest { batch: Some(batch) });
        let answer = tokio::time::timeout(PATIENCE, call).await.map_err(|_| HubFault::Unreachable)?;
        let ack = answer.map_err(|status| self.fault(&status))?.into_inner().ack;
        let ack = ack.ok_or(HubFault::Broken("it acks nothing"))?;
        self.check(&expected, &ack)?;
        Ok(ack)
    }

    /// Opens a stream of batches. Acks come in the order of the batches; check each with [`Self::check`].
    ///
    /// # Errors
    /// [`HubFault`] when the stream cannot be opened.
    pub async fn push(&self, batches: ReceiverStream<v1::PushSignalsRequest>) -> Result<Acks, HubFault> {
        let mut client = SignalServiceClient::new(self.channel.clone());
        let answer = tokio::time::timeout(PATIENCE, client.push_signals(batches));
        let answer = answer.await.map_err(|_| HubFault::Unreachable)?;
        let acks = answer.map_err(|status| self.fault(&status))?.into_inner();
        Ok(Acks { acks, hub: self.clone() })
    }

    /// The alerts of a coordinator's regions, oldest first.
    ///
    /// # Errors
    /// [`HubFault`] when they cannot all be read.
    pub async fn alerts(&self, include_ended: bool) -> Result<Vec<v1::Alert>, HubFault> {
        let mut client = self.alert_client();
        let request = v1::ListAlertsRequest { manifest: Some(self.named.clone()), include_ended };
        let answer = tokio::time::timeout(PATIENCE, client.list_alerts(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        let mut stream = answer.map_err(|status| self.fault(&status))?.into_inner();
        let mut alerts = Vec::new();
        loop {
            let next = tokio::time::timeout(PATIENCE, stream.message()).await;
            match next.map_err(|_| HubFault::Unreachable)?.map_err(|status| self.fault(&status))? {
                Some(message) => alerts.push(message.alert.ok_or(HubFault::Broken("it lists no alert"))?),
                None => return Ok(alerts),
            }
        }
    }

    /// What changes after `cursor`; 0 for what comes from now on.
    ///
    /// # Errors
    /// [`HubFault`] when the stream cannot be opened.
    pub async fn watch(&self, cursor: u64) -> Result<News, HubFault> {
        let mut client = self.alert_client();
        let request = v1::WatchAlertsRequest { manifest: Some(self.named.clone()), cursor };
        let answer = tokio::time::timeout(PATIENCE, client.watch_alerts(request)).await;
        let answer = answer.map_err(|_| HubFault::Unreachable)?;
        let news = answer.map_err(|status| self.fault(&status))?.into_inner();
        Ok(News { news, hub: self.clone() })
    }

    fn alert_client(&self) -> AlertServiceClient<Way> {
        AlertServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN)
    }
}

/// The acks of a stream of batches.
pub struct Acks {
    acks: Streaming<v1::PushSignalsResponse>,
    hub: Hub,
}

impl Acks {
    /// The next ack, not yet checked. May be dropped while it waits.
    ///
    /// # Errors
    /// [`HubFault`] when the stream ended or broke.
    pub async fn next(&mut self) -> Result<v1::BatchAck, HubFault> {
        match self.acks.message().await {
            Ok(Some(message)) => message.ack.ok_or(HubFault::Broken("it acks nothing")),
            Ok(None) => Err(HubFault::Unreachable),
            Err(status) => Err(self.hub.fault(&status)),
        }
    }
}

/// What ticks changed.
pub struct News {
    news: Streaming<v1::WatchAlertsResponse>,
    hub: Hub,
}

impl News {
    /// What the next tick changed; a tick that changed nothing is told too.
    ///
    /// # Errors
    /// [`HubFault`] when the stream ended or broke.
    pub async fn next(&mut self) -> Result<v1::WatchAlertsResponse, HubFault> {
        match self.news.message().await {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(HubFault::Unreachable),
            Err(status) => Err(self.hub.fault(&status)),
        }
    }
}
