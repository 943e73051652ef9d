//! The door: nothing gets in but what a page of this desk sent, and nothing leaves without the headers that keep it.
//!
//! Loopback is no protection by itself: any page in the same browser can send requests to it, and a name that a
//! stranger owns can point to it (DNS rebinding). So the host must be ours, a form must come from our own origin with the
//! proof of its session, and the cookie never travels with another site's request.

use std::sync::Arc;
use std::time::Instant;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Desk;
use super::form::{Form, MAX_FORM_LEN};
use super::gate::Visitor;
use super::page::Trouble;

/// Where the stylesheet is: the same for everyone, so it needs no session.
pub(super) const STYLE: &str = "/desk.css";

/// Before the token of the login link.
pub(super) const LOGIN: &str = "/in/";

const HEADERS: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    // What is filled in stays in no cache of a browser that the next one opens.
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Under `no-referrer` a browser says `Origin: null` of our own forms too (Fetch, 3.2; seen in Chromium 156), and the
    // check of the origin would have to let strangers in. No page links to anything outside.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets a request in or turns it away, and gives every answer its headers.
pub(super) async fn guard(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let language = desk.gate().language();
    let mut response = match admit(&desk, request).await {
        Ok(request) => next.run(request).await,
        Err((trouble, visitor)) => {
            trouble.page(visitor.as_ref().map_or(language, |it| it.language)).into_response()
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Gives handlers a [`Visitor`], and of a form its checked [`Form`]: they have no other way to either.
async fn admit(desk: &Desk, request: Request) -> Result<Request, (Trouble, Option<Visitor>)> {
    let (mut parts, body) = request.into_parts();
    if !is_own_host(desk.host(), &parts.uri, &parts.headers) {
        return Err((Trouble::OtherHost { address: desk.host().to_owned() }, None));
    }
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    if is_open_to_all(&parts.method, parts.uri.path()) {
        return Ok(Request::from_parts(parts, body));
    }
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let visitor = desk.gate().visitor(cookies, Instant::now()).ok_or((Trouble::NoSession, None))?;
    let refused = |trouble| (trouble, Some(visitor.clone()));
    if parts.method == Method::POST {
        if !is_own_form(desk.host(), &parts.headers) {
            return Err(refused(Trouble::Forged));
        }
        let body = to_bytes(body, MAX_FORM_LEN).await.map_err(|_| refused(Trouble::TooLarge))?;
        let form = Form::parse(&body);
        if !desk.gate().is_proof(form.text("bewijs")) {
            return Err(refused(Trouble::Forged));
        }
        parts.extensions.insert(Arc::new(form));
        parts.extensions.insert(visitor);
        return Ok(Request::from_parts(parts, axum::body::Body::empty()));
    }
    if !is_read {
        return Err(refused(Trouble::Method));
    }
    parts.extensions.insert(visitor);
    Ok(Request::from_parts(parts, body))
}

/// The stylesheet, and the login link when it is followed and not only looked at.
fn is_open_to_all(method: &Method, path: &str) -> bool {
    let is_link = path.strip_prefix(LOGIN).is_some_and(|token| !token.is_empty() && !token.contains('/'));
    method == Method::GET && (path == STYLE || is_link)
}

/// Exactly one host, and exactly ours: address and port, no name.
fn is_own_host(own: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let is_own = hosts.next().is_some_and(|it| it.as_bytes() == own.as_bytes()) && hosts.next().is_none();
    is_own && uri.authority().is_none_or(|it| it.as_str() == own)
}

/// Exactly one origin, and exactly ours; the content type of a form, which other pages cannot leave out unasked.
fn is_own_form(own: &str, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = origins.next().and_then(|it| it.to_str().ok()).and_then(|it| it.strip_prefix("http://"));
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    origin == Some(own)
        && origins.next().is_none()
        && kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// What an answer to a wrong method says may be asked.
pub(super) const ALLOWED: (HeaderName, &str) = (ALLOW, "GET, HEAD, POST");

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "127.0.0.1:4000";

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_one_host_and_only_our_own() {
        let judge = |uri: &'static str, hosts: &[&'static str]| {
            let pairs: Vec<_> = hosts.iter().map(|it| (HOST, *it)).collect();
            is_own_host(OWN, &Uri::from_static(uri), &headers(&pairs))
        };
        assert!(judge("/", &[OWN]) && judge("http://127.0.0.1:4000/", &[OWN]));
        assert!(!judge("/", &[]) && !judge("/", &[OWN, OWN]) && !judge("/", &[OWN, "evil.example"]));
        for other in ["localhost:4000", "127.0.0.1", "127.0.0.1:4001", "evil.example", "127.0.0.1:4000."] {
            assert!(!judge("/", &[other]), "{other}");
        }
        assert!(!judge("http://evil.example/", &[OWN]));
    }

    #[test]
    fn only_a_form_of_our_own_origin() {
        const FORM: (HeaderName, &str) = (CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        let own = (ORIGIN, "http://127.0.0.1:4000");
        assert!(is_own_form(OWN, &headers(&[own.clone(), FORM])));
        assert!(!is_own_form(OWN, &headers(&[FORM])), "no origin");
        assert!(!is_own_form(OWN, &headers(&[own.clone(), own.clone(), FORM])), "two origins");
        for other in ["null", "https://127.0.0.1:4000", "http://127.0.0.1:4001", "http://localhost:4000"] {
            assert!(!is_own_form(OWN, &headers(&[(ORIGIN, other), FORM])), "{other}");
        }
        for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
            assert!(!is_own_form(OWN, &headers(&[own.clone(), (CONTENT_TYPE, kind)])), "{kind}");
        }
    }
}
