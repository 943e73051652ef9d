//! Where the hub keeps what it has of a child, reckoned from docs/protocol.md without a line of the hub's code.

use ring::hmac;
use samenloop_core::value::Place;

pub(crate) type Key = [u8; 32];

pub(crate) fn lp(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

pub(crate) fn keyed(key: &Key, parts: &[&[u8]]) -> Key {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &parts.concat());
    tag.as_ref().try_into().unwrap()
}

/// The index of P-30.
pub(crate) fn index(pepper: &Key, exchange: &str, place: &Place) -> Key {
    let (epoch, kind) = (place.epoch().number().to_be_bytes(), [place.kind().number()]);
    let label = lp(b"samenloop/v1/hub/index");
    keyed(pepper, &[&label, &lp(exchange.as_bytes()), &epoch, &kind, place.pseudonym().bytes()])
}
