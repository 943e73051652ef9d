//! An event for a webhook: CloudEvents 1.0 in JSON, structured mode, by the Dutch government's profile of it (NL GOV
//! profile for CloudEvents 1.1). It has no subject, and of the alert only the number that its recipient sees.

use ring::hmac;
use samenloop_store::LetterId;
use serde::Serialize;

use crate::clock;

/// What all events are of.
const TYPE: &str = "nl.samenloop.alert-waiting";

/// Says what an id means and does not (the profile asks it of random ids): see docs/operating/notices.md.
const SCHEMA: &str = "urn:samenloop:event:alert-waiting:v1";

/// An event as it leaves, to the byte, however often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its id, in the event and in the header that the signature covers.
    pub(super) id: String,
    /// The JSON.
    pub(super) body: Vec<u8>,
}

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    r#type: &'a str,
    time: &'a str,
    datacontenttype: &'a str,
    dataschema: &'a str,
    data: Alert<'a>,
}

#[derive(Serialize)]
struct Alert<'a> {
    alert: &'a str,
}

impl Event {
    /// The event of a letter from the hub of an operator, by OIN, that first left at a second, on an alert by its
    /// recipient's number.
    pub(super) fn new(letter: LetterId, operator: &str, left: u64, number: &[u8]) -> Option<Self> {
        let id = uuid(*letter.bytes());
        let event = CloudEvent {
            specversion: "1.0",
            id: &id,
            source: &format!("urn:nld:oin:{operator}:systeem:samenloop"),
            r#type: TYPE,
            time: &clock::rfc3339(left),
            datacontenttype: "application/json",
            dataschema: SCHEMA,
            data: Alert { alert: &hex(number) },
        };
        let body = serde_json::to_vec(&event).ok()?;
        Some(Self { id, body })
    }

    /// The signature of Standard Webhooks 1.0: HMAC-SHA-256 over `id.timestamp.body`, by a key that the hub and the
    /// endpoint share.
    pub(super) fn signature(&self, key: &hmac::Key, timestamp: u64) -> String {
        let mut context = hmac::Context::with_key(key);
        context.update(format!("{}.{timestamp}.", self.id).as_bytes());
        context.update(&self.body);
        format!("v1,{}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, context.sign()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 16 random bytes as a UUID of version 4 (RFC 9562 section 5.4).
fn uuid(mut bytes: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    let digits = hex(&bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_what_the_profile_asks_and_nothing_else() {
        let number = [0xab; 16];
        let event = Event::new(LetterId::new([0xff; 16]), "00000099000000000000", 1_795_345_200, &number);
        let event = event.unwrap();
        assert_eq!(
            String::from_utf8(event.body).unwrap(),
            "{\"specversion\":\"1.0\",\"id\":\"ffffffff-ffff-4fff-bfff-ffffffffffff\",\
             \"source\":\"urn:nld:oin:00000099000000000000:systeem:samenloop\",\
             \"type\":\"nl.samenloop.alert-waiting\",\"time\":\"2026-11-22T11:00:00Z\",\
             \"datacontenttype\":\"application/json\",\"dataschema\":\"urn:samenloop:event:alert-waiting:v1\",\
             \"data\":{\"alert\":\"abababababababababababababababab\"}}"
        );
    }
}
