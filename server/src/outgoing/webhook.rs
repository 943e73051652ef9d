//! A coordinator's own endpoint, to which events are posted over HTTPS.

use std::pin::pin;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HOST};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ring::hmac;
use rustls::pki_types::ServerName;
use samenloop_core::value::is_dns_name;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::event::Event;
use super::{OutgoingFault, Undelivered};
use crate::config::WebhookConfig;
use crate::{key_file, tls};

/// Time for one delivery, from the first packet to the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// An endpoint, and the key that it shares with the hub.
pub(super) struct Webhook {
    authority: Authority,
    path: PathAndQuery,
    name: ServerName<'static>,
    tls: TlsConnector,
    key: hmac::Key,
}

impl Webhook {
    pub(super) fn open(config: &WebhookConfig) -> Result<Self, OutgoingFault> {
        let fault = || OutgoingFault::Url(config.coordinator.clone());
        let parts = config.url.parse::<Uri>().map_err(|_| fault())?.into_parts();
        let authority = parts.authority.ok_or_else(fault)?;
        let path = parts.path_and_query.ok_or_else(fault)?;
        // What stands before an @ or behind a ? is where people put passwords; both end up in logs.
        let sound = parts.scheme == Some(Scheme::HTTPS)
            && is_dns_name(authority.host())
            && !authority.as_str().contains('@')
            && path.query().is_none();
        if !sound {
            return Err(fault());
        }
        let name = ServerName::try_from(authority.host().to_owned()).map_err(|_| fault())?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*key_file::key(&config.secret)?);
        Ok(Self { authority, path, name, tls: tls::connector(&config.ca)?, key })
    }

    /// Posts an event, signed at a second. Any answer from 200 to 299 is a delivery; a redirection is none, and is not
    /// followed.
    pub(super) async fn post(&self, event: &Event, now: u64) -> Result<(), Undelivered> {
        match tokio::time::timeout(PATIENCE, self.exchange(event, now)).await {
            Ok(Ok(status)) if status.is_success() => Ok(()),
            Ok(Ok(status)) => Err(Undelivered::Refused(status.as_u16())),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(Undelivered::TooLate),
        }
    }

    async fn exchange(&self, event: &Event, now: u64) -> Result<http::StatusCode, Undelivered> {
        let request = self.request(event, now).map_err(|_| Undelivered::NoAnswer)?;
        let address = (self.authority.host(), self.authority.port_u16().unwrap_or(443));
        let stream = TcpStream::connect(address).await.map_err(|_| Undelivered::NoConnection)?;
        let stream = self.tls.connect(self.name.clone(), stream).await.map_err(|_| Undelivered::Tls)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|_| Undelivered::NoConnection)?;
        let (mut answer, mut connection) = (pin!(sender.send_request(request)), pin!(connection));
        let mut is_open = true;
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => {
                    return answer.map(|it| it.status()).map_err(|_| Undelivered::NoAnswer);
                }
                // An answer may still be waiting behind the end of its connection.
                _ = &mut connection, if is_open => is_open = false,
            }
        }
    }

    /// The request, with the headers of Standard Webhooks 1.0.
    fn request(&self, event: &Event, now: u64) -> Result<Request<Full<Bytes>>, http::Error> {
        Request::post(self.path.as_str())
            .header(HOST, self.authority.as_str())
            .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", event.signature(&self.key, now))
            .body(Full::new(Bytes::from(event.body.clone())))
    }
}
