//! Batches as an agency would send them, and ways to send them.

use prost::Message;
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_proto::v1::alert_service_client::AlertServiceClient;
use samenloop_proto::v1::follow_up_service_client::FollowUpServiceClient;
use samenloop_proto::v1::signal_service_client::SignalServiceClient;
use samenloop_proto::v1::{
    self, ActOnAlertRequest, BatchAck, ListAlertsRequest, PushSignalsRequest, PushSignalsResponse,
    SubmitSignalsRequest,
};
use samenloop_proto::{PADDED_TO, padding_for};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use super::details_key_id;

pub fn manifest() -> Option<v1::ManifestReference> {
    Some(v1::ManifestReference { sequence: 5, sha256: vec![5; 32] })
}

/// A soft signal in `west` without a code; `child` is what its pseudonym is made of.
pub fn signal(reference: u8, child: u8) -> v1::Signal {
    v1::Signal {
        reference: vec![reference; 16],
        revision: 1,
        pseudonyms: vec![v1::Pseudonym { scheme: 1, epoch: 1, kind: 1, value: vec![child; 32] }],
        severity: v1::Severity::Soft.into(),
        month: 202_610,
        region: "west".to_owned(),
        details: vec![details("west")],
        ..Default::default()
    }
}

pub fn hard(reference: u8, child: u8) -> v1::Signal {
    v1::Signal { severity: v1::Severity::Hard.into(), ..signal(reference, child) }
}

pub fn details(region: &str) -> v1::SealedDetails {
    v1::SealedDetails {
        key_id: details_key_id(region).to_vec(),
        encapsulated_key: vec![1; 32],
        nonce: vec![2; 12],
        ciphertext: vec![3; 272],
    }
}

pub fn put(signal: v1::Signal) -> v1::SignalLine {
    v1::SignalLine { line: Some(v1::signal_line::Line::Put(signal)) }
}

pub fn withdraw(reference: u8) -> v1::SignalLine {
    let withdrawal = v1::Withdrawal { reference: vec![reference; 16] };
    v1::SignalLine { line: Some(v1::signal_line::Line::Withdraw(withdrawal)) }
}

pub fn batch(id: u8, lines: Vec<v1::SignalLine>) -> v1::SignalBatch {
    let mut batch =
        v1::SignalBatch { batch_id: vec![id; 16], manifest: manifest(), lines, padding: Vec::new() };
    batch.padding = padding_for(batch.encoded_len(), PADDED_TO);
    batch
}

pub async fn submit(channel: &Channel, batch: v1::SignalBatch) -> Result<BatchAck, Status> {
    let request = SubmitSignalsRequest { batch: Some(batch) };
    let mut client = SignalServiceClient::new(channel.clone());
    Ok(client.submit_signals(request).await?.into_inner().ack.unwrap())
}

/// Opens a stream of batches.
pub async fn push(channel: &Channel) -> (mpsc::Sender<PushSignalsRequest>, Streaming<PushSignalsResponse>) {
    let (batches, stream) = mpsc::channel(64);
    let mut client = SignalServiceClient::new(channel.clone());
    let acks = client.push_signals(ReceiverStream::new(stream)).await.unwrap().into_inner();
    (batches, acks)
}

pub fn request(batch: v1::SignalBatch) -> PushSignalsRequest {
    PushSignalsRequest { batch: Some(batch) }
}

/// The code and reason of a refusal, which always says both.
pub fn refusal(status: &Status) -> (Code, v1::Refusal) {
    assert!(!status.details().is_empty(), "a refusal without details: {status:?}");
    (status.code(), v1::Refusal::decode(status.details()).unwrap())
}

pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, v1::Reason) {
    let (code, refusal) = refusal(&answer.unwrap_err());
    (code, refusal.reason())
}

/// Reasons of the refused lines, by number.
pub fn refused(ack: &BatchAck) -> Vec<(u32, v1::Reason)> {
    ack.refused.iter().map(|it| (it.line, it.reason())).collect()
}

/// What a coordinator may see, of what has ended too where that is asked.
pub async fn alerts(channel: &Channel, include_ended: bool) -> Vec<v1::Alert> {
    let request = ListAlertsRequest { manifest: manifest(), include_ended };
    let mut found = AlertServiceClient::new(channel.clone()).list_alerts(request).await.unwrap().into_inner();
    let mut alerts = Vec::new();
    while let Some(message) = found.message().await.unwrap() {
        alerts.push(message.alert.unwrap());
    }
    alerts
}

/// One act on an alert, by whom the channel is of.
pub async fn act(channel: &Channel, alert: &[u8], act: Act) -> Result<Option<v1::Alert>, Status> {
    let request = ActOnAlertRequest {
        manifest: manifest(),
        alert: alert.to_vec(),
        case_reference: "ZHZ-26-117".to_owned(),
        act: Some(act),
    };
    let answer = FollowUpServiceClient::new(channel.clone()).act_on_alert(request).await?;
    Ok(answer.into_inner().alert)
}
