//! The way to the hub through an organisation's own proxy: HTTP CONNECT (RFC 9110 section 9.3.6), below our own TLS.
//!
//! `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as curl reads them. The proxy sees the hub's address and how much
//! passes; it can read and change nothing.

use std::io;
use std::net::IpAddr;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Uri;

use super::fault::{HubFault, ProxyFault};

/// Bytes that the answer of a proxy may have.
const MAX_ANSWER_LEN: usize = 8 * 1024;

/// How to reach one address.
#[derive(Clone)]
pub(super) struct Route {
    address: String,
    proxy: Option<Intercept>,
}

impl Route {
    /// The route that the environment of this process gives.
    pub(super) fn of_environment(address: &str) -> Self {
        Self::by(&Matcher::from_env(), address)
    }

    fn by(matcher: &Matcher, address: &str) -> Self {
        let proxy = format!("https://{address}").parse::<Uri>().ok().filter(|uri| !is_this_machine(uri));
        let proxy = proxy.and_then(|uri| matcher.intercept(&uri));
        Self { address: address.to_owned(), proxy }
    }

    /// Connects.
    ///
    /// # Errors
    /// What the system says, and what the proxy answers where that is more.
    pub(super) async fn connect(&self) -> Result<TcpStream, (io::Error, Option<HubFault>)> {
        let Some(proxy) = &self.proxy else {
            return TcpStream::connect(&self.address).await.map_err(|error| (error, None));
        };
        let broken = |error: io::Error| (error, Some(HubFault::Proxy(ProxyFault::Unreachable)));
        let refused = |fault| (io::ErrorKind::ConnectionRefused.into(), Some(HubFault::Proxy(fault)));
        let uri = proxy.uri();
        let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(refused(ProxyFault::Kind));
        };
        let host = host.trim_matches(['[', ']']);
        let mut stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await.map_err(broken)?;
        stream.write_all(&self.request(proxy)).await.map_err(broken)?;
        match status(&mut stream).await.map_err(broken)? {
            Some(200..=299) => Ok(stream),
            Some(407) => Err(refused(ProxyFault::SignIn)),
            // The proxy is well and the hub is not there: as without one.
            Some(500..) => Err((io::ErrorKind::ConnectionRefused.into(), None)),
            Some(status) => Err(refused(ProxyFault::Refused(status))),
            None => Err(refused(ProxyFault::NoProxy)),
        }
    }

    fn request(&self, proxy: &Intercept) -> Vec<u8> {
        let address = &self.address;
        let mut request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n").into_bytes();
        if let Some(credentials) = proxy.basic_auth() {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(credentials.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        request
    }
}

/// Whether an address is of this machine, whose loopback is not the proxy's.
fn is_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// The status that a proxy answers; `None` for what is no answer of HTTP. Behind it nothing comes before we speak.
async fn status(stream: &mut TcpStream) -> io::Result<Option<u16>> {
    let mut answer = Vec::with_capacity(512);
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= MAX_ANSWER_LEN || stream.read_buf(&mut answer).await? == 0 {
            return Ok(None);
        }
    }
    let text = String::from_utf8_lossy(&answer);
    let mut words = text.split(' ');
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    Ok(words.next().filter(|_| is_http).and_then(|status| status.get(..3)?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_through(matcher: &Matcher, address: &str) -> bool {
        Route::by(matcher, address).proxy.is_some()
    }

    #[test]
    fn the_hub_is_reached_through_the_proxy_unless_it_is_excepted_or_here() {
        let proxy = || Matcher::builder().https("http://user:secret@proxy.example:3128");
        let all = proxy().build();
        assert!(is_through(&all, "hub.example:7000") && is_through(&all, "192.0.2.1:7000"));
        for here in ["127.0.0.1:7000", "localhost:7000", "[::1]:7000"] {
            assert!(!is_through(&all, here), "{here}");
        }
        let but = proxy().no("hub.example,192.0.2.0/24").build();
        assert!(!is_through(&but, "hub.example:7000") && !is_through(&but, "192.0.2.1:7000"));
        assert!(is_through(&but, "other.example:7000"));
        assert!(!is_through(&Matcher::builder().http("http://proxy.example").build(), "hub.example:7000"));
    }

    #[test]
    fn the_request_names_the_hub_and_signs_in() {
        let matcher = Matcher::builder().https("http://user:secret@proxy.example:3128").build();
        let route = Route::by(&matcher, "hub.example:7000");
        let request = String::from_utf8(route.request(route.proxy.as_ref().unwrap())).unwrap();
        assert!(request.starts_with("CONNECT hub.example:7000 HTTP/1.1\r\nHost: hub.example:7000\r\n"));
        assert!(request.ends_with("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"), "{request}");
    }
}
