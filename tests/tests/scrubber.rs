//! No identifier in anything that the hub writes (V-06): numbers of test children in every field of every call, as an agency
//! could send them that does not use our client, and everything that the hub wrote searched for them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests"
)]

#[path = "../../server/tests/common/bare.rs"]
#[allow(unreachable_pub, reason = "shared with the server's tests")]
mod bare;
#[path = "../benches/exchange/batches.rs"]
mod batches;
#[path = "powerless/office.rs"]
#[allow(dead_code, reason = "nothing is forged here")]
mod office;
#[path = "scrubber/schema.rs"]
mod schema;
#[path = "scrubber/search.rs"]
mod search;
#[path = "scrubber/wire.rs"]
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use office::{Office, following, today};
use prost::Message;
use protox::prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use samenloop_client::config::Config;
use samenloop_client::key::declare;
use samenloop_client::membership::Membership;
use samenloop_core::value::Epoch;
use samenloop_manifest::declaration::Said;
use samenloop_proto::v1;
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_proto::v1::signal_line::Line;
use samenloop_tests::{Exchange, bsn, day, files, this_month};
use schema::{Way, name_of, places, plant};
use search::{Sought, forms};
use tokio::task::JoinSet;
use tonic::Status;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;

const AGENCY: &str = "politie-west";
const ASKED: &str = "school-west";
const WEST: &str = "zorgcoordinator-west";
const POINT: &str = "contactpunt";
const OFFICER: &str = "fg";
const ADMINISTRATOR: &str = "beheer-a";
const PARTIES: [&str; 6] = [AGENCY, ASKED, WEST, POINT, OFFICER, ADMINISTRATOR];

/// The fields in which the hub takes a number, being opaque to it or a count; and why that number is in no file.
const TAKEN: [(&str, &str); 15] = [
    ("FetchCheckpointRequest.known_size", "is compared"),
    ("ManifestReference.sequence", "is compared; of a caller who asks for a newer manifest any is taken"),
    ("ManifestReference.sha256", "is compared, likewise"),
    ("ProveEntriesRequest.first_sequence", "is looked up"),
    ("Pseudonym.value", "is sealed until it is filed, and then hashed under the hub's own secrets"),
    ("ReadLogRequest.actors", "are hashed under a key of the store"),
    ("ReadLogRequest.leaf", "is looked up"),
    ("SealedDetails.ciphertext", "is sealed once more, with the row"),
    ("SealedDetails.encapsulated_key", "is sealed, with the row"),
    ("SealedDetails.nonce", "is sealed, with the row"),
    ("Signal.reference", "is sealed, with the row, and hashed under the hub's own secrets"),
    ("Signal.revision", "is sealed, with the row"),
    ("SignalBatch.batch_id", "is repeated in the ack, and kept nowhere"),
    ("WatchAlertsRequest.cursor", "is compared"),
    ("Withdrawal.reference", "is sealed, and hashed under the hub's own secrets"),
];

/// The hub, its callers, and every number that they put somewhere.
struct Scrub {
    exchange: Exchange,
    runtime: tokio::runtime::Runtime,
    schema: DescriptorPool,
    channels: BTreeMap<&'static str, Channel>,
    membership: Arc<Membership>,
    manifest: Option<v1::ManifestReference>,
    numbers: u32,
    sought: Sought,
    called: BTreeSet<String>,
    taken: BTreeSet<String>,
}

impl Scrub {
    /// Every caller of a kit whose hub writes as much as it can.
    fn new() -> Self {
        let mut exchange = Exchange::kit();
        let mut hub = exchange.hub_command();
        // The second is not the hub's to heed: it would have libraries print the frames that they carry.
        hub.env("SAMENLOOP_LOG", "trace").env("RUST_LOG", "trace");
        exchange.start_hub_as(hub);
        let config = Config::read(&exchange.kit_directory().join(format!("{AGENCY}.toml"))).unwrap();
        let membership = Membership::load(config, today()).unwrap();
        let name = &membership.manifest().hub().server_name;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let dialled = runtime.block_on(async { PARTIES.map(|it| (it, wire::dial(&exchange, it, name))) });
        Self {
            runtime,
            schema: schema::compiled(),
            channels: dialled.into(),
            manifest: Some(membership.manifest_reference()),
            membership: Arc::new(membership),
            numbers: 0,
            sought: Sought::default(),
            called: BTreeSet::new(),
            taken: BTreeSet::new(),
            exchange,
        }
    }

    /// A number that is in nothing else, and is sought from now on.
    fn number(&mut self, planted: &str) -> String {
        self.numbers += 1;
        let number = bsn(4_000_000 + self.numbers);
        self.sought.add(&number, planted);
        number
    }

    fn method(&self, call: &str) -> MethodDescriptor {
        let methods: Vec<_> =
            self.schema.services().flat_map(|it| it.methods().collect::<Vec<_>>()).collect();
        methods.into_iter().find(|it| it.name() == call).unwrap()
    }

    fn call_at(
        &self,
        party: &str,
        path: &str,
        message: Vec<u8>,
        metadata: MetadataMap,
    ) -> Result<Vec<u8>, Status> {
        self.runtime.block_on(wire::call(&self.channels[party], path, message, metadata))
    }

    /// Makes a call with a number in every field of it, one at a time and in both ways; and then as it is sound, which must be
    /// answered. Gives that answer.
    fn each<Q: Message, R: Message + Default>(
        &mut self,
        call: &str,
        party: &str,
        sound: impl Fn() -> Q,
    ) -> R {
        let method = self.method(call);
        // All at once: what the hub writes it answers on a beat.
        let mut calling = JoinSet::new();
        for place in places(&method.input()) {
            for way in [Way::Alone, Way::Within] {
                let (field, number) =
                    (place.last().unwrap().clone(), self.number(&format!("{call} {}", name_of(&place))));
                let message = sound().encode_to_vec();
                let mut message = DynamicMessage::decode(method.input(), &message[..]).unwrap();
                plant(&mut message, &place, way, &number);
                let (channel, path) = (self.channels[party].clone(), path_of(&method));
                let planted = async move {
                    let answer =
                        wire::call(&channel, &path, message.encode_to_vec(), MetadataMap::new()).await;
                    (field, answer)
                };
                calling.spawn_on(planted, self.runtime.handle());
            }
        }
        for (field, answer) in self.runtime.block_on(calling.join_all()) {
            if answer.is_ok_and(|it| is_taken(call, &it)) {
                self.taken.insert(format!("{}.{}", field.parent_message().name(), field.name()));
            }
        }
        self.called.insert(call.to_owned());
        let answer = self.call_at(party, &path_of(&method), sound().encode_to_vec(), MetadataMap::new());
        let answer = answer.unwrap_or_else(|status| panic!("{call} of {party}: {status:?}"));
        assert!(is_taken(call, &answer), "{call} of {party}");
        R::decode(&answer[..]).unwrap()
    }
}

/// A batch of one signal about a child that nobody knows, with details for the coordinator of its region.
fn put(membership: &Membership) -> Option<v1::SignalBatch> {
    let month = this_month().replace('-', "").parse().unwrap();
    let batch = batches::batch(membership, &batches::children(1), v1::Severity::Hard, month);
    Some(v1::SignalBatch { padding: Vec::new(), ..batch })
}

/// A batch of one withdrawal.
fn withdrawal(membership: &Membership) -> Option<v1::SignalBatch> {
    let reference = batches::children(1)[0][..16].to_vec();
    let line = v1::SignalLine { line: Some(Line::Withdraw(v1::Withdrawal { reference })) };
    put(membership).map(|batch| v1::SignalBatch { lines: vec![line], ..batch })
}

fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// Whether the hub did as asked: of a batch, also with its lines.
fn is_taken(call: &str, answer: &[u8]) -> bool {
    let is_batch = ["PushSignals", "SubmitSignals"].contains(&call);
    // The two answer alike.
    !is_batch || v1::SubmitSignalsResponse::decode(answer).unwrap().ack.unwrap().refused.is_empty()
}

/// What agencies send, and ask of what they sent.
fn of_agencies(scrub: &mut Scrub) {
    let (own, manifest) = (Arc::clone(&scrub.membership), scrub.manifest.clone());
    for batch in [put, withdrawal] {
        let submit = || v1::SubmitSignalsRequest { batch: batch(&own) };
        scrub.each::<_, v1::SubmitSignalsResponse>("SubmitSignals", AGENCY, submit);
        let push = || v1::PushSignalsRequest { batch: batch(&own) };
        scrub.each::<_, v1::PushSignalsResponse>("PushSignals", AGENCY, push);
    }
    let fetch = || v1::FetchCheckpointRequest { manifest: manifest.clone(), known_size: 0 };
    scrub.each::<_, v1::FetchCheckpointResponse>("FetchCheckpoint", AGENCY, fetch);
    let prove = || v1::ProveEntriesRequest { manifest: manifest.clone(), size: 0, first_sequence: 1 };
    scrub.each::<_, v1::ProveEntriesResponse>("ProveEntries", AGENCY, prove);
    let erased = || v1::ListErasedRequest { manifest: manifest.clone() };
    scrub.each::<_, v1::ListErasedResponse>("ListErased", AGENCY, erased);
}

/// What a coordinator reads and does, and what the agency answers that it asks to phone.
fn of_an_alert(scrub: &mut Scrub) {
    for (agency, severity) in [(AGENCY, "hard"), (ASKED, "zacht")] {
        let line = format!("een;{};{severity};{};west", bsn(1), this_month());
        scrub.exchange.push_all(agency, "referentie;bsn;soort;maand;regio", &[&line]);
    }
    scrub.exchange.two_ticks();
    let manifest = scrub.manifest.clone();
    let list = || v1::ListAlertsRequest { manifest: manifest.clone(), include_ended: false };
    let listed: v1::ListAlertsResponse = scrub.each("ListAlerts", WEST, list);
    let watch = || v1::WatchAlertsRequest { manifest: manifest.clone(), cursor: 0 };
    scrub.each::<_, v1::WatchAlertsResponse>("WatchAlerts", WEST, watch);
    let (alert, next_check) = (listed.alert.unwrap().id, day(3));
    let to = "zorgcoordinator-noord".to_owned();
    for act in [
        Act::Claim(v1::ClaimAlert { reason: 1, next_check: next_check.clone() }),
        Act::AskContact(v1::AskContact { of: vec![ASKED.to_owned()], reason: 1 }),
        Act::MoveCheck(v1::MoveCheck { next_check: day(4), reason: 1 }),
        Act::Confirm(v1::ConfirmAlert { reason: 1, reading: 0 }),
        Act::HandOver(v1::HandOverAlert { to, reason: 1, next_check }),
    ] {
        let sound = || v1::ActOnAlertRequest {
            manifest: manifest.clone(),
            alert: alert.clone(),
            case_reference: "ZHZ-26-117".to_owned(),
            act: Some(act.clone()),
        };
        scrub.each::<_, v1::ActOnAlertResponse>("ActOnAlert", WEST, sound);
    }
    scrub.exchange.two_ticks();
    let list = || v1::ListContactRequestsRequest { manifest: manifest.clone() };
    let asked: v1::ListContactRequestsResponse = scrub.each("ListContactRequests", ASKED, list);
    let answer = || v1::AnswerContactRequestRequest {
        manifest: manifest.clone(),
        id: asked.requests[0].id.clone(),
        answer: v1::ContactAnswer::NotAvailableUntil.into(),
        available_from: day(2),
    };
    scrub.each::<_, v1::AnswerContactRequestResponse>("AnswerContactRequest", ASKED, answer);
}

/// What a contact point and a privacy officer ask and do.
fn of_rights(scrub: &mut Scrub) {
    let manifest = scrub.manifest.clone();
    let ask = || v1::AskRightsRequest {
        manifest: manifest.clone(),
        kind: v1::RightsKind::Access.into(),
        pseudonyms: vec![v1::Pseudonym {
            scheme: 1,
            epoch: 1,
            kind: 1,
            value: batches::children(1).remove(0),
        }],
    };
    let asked: v1::AskRightsResponse = scrub.each("AskRights", POINT, ask);
    let list = || v1::ListRightsRequestsRequest { manifest: manifest.clone() };
    scrub.each::<_, v1::ListRightsRequestsResponse>("ListRightsRequests", POINT, list);
    let id = asked.request.unwrap().id;
    let decide = || v1::DecideRightsRequest {
        manifest: manifest.clone(),
        id: id.clone(),
        verdict: v1::Verdict::Release.into(),
        reason: 0,
    };
    scrub.each::<_, v1::DecideRightsResponse>("DecideRights", OFFICER, decide);
    let fetch = || v1::FetchRightsRequest { manifest: manifest.clone(), id: id.clone() };
    scrub.each::<_, v1::FetchRightsResponse>("FetchRights", POINT, fetch);
    let read = || v1::ReadLogRequest {
        manifest: manifest.clone(),
        log: v1::AuditLog::Case.into(),
        leaf: 0,
        actors: vec![AGENCY.to_owned()],
    };
    scrub.each::<_, v1::ReadLogResponse>("ReadLog", OFFICER, read);
    let (year, month) =
        (this_month()[2..4].parse::<u32>().unwrap(), this_month()[5..].parse::<u32>().unwrap());
    let quarter = 4 * year + (month - 1) / 3 - 1;
    let fetch = || v1::FetchFiguresRequest { manifest: manifest.clone(), quarter };
    scrub.each::<_, v1::FetchFiguresResponse>("FetchFigures", OFFICER, fetch);
}

/// What is said of keys and manifests; the last of it is a newer manifest, under which nobody here calls any more.
fn of_keys(scrub: &mut Scrub) {
    let (own, manifest, office) =
        (Arc::clone(&scrub.membership), scrub.manifest.clone(), Office::of(&scrub.exchange));
    // A key whose hexadecimal digits are the number: of what the agency signs itself, the only part that is free.
    let number = scrub.number("DeclareKey, in what is signed");
    let digit = |it: &u8| it - b'0';
    let mut key = [0; 32];
    for (byte, digits) in key.iter_mut().zip(number.as_bytes().chunks(2)) {
        *byte = digits.iter().map(digit).chain([0]).take(2).fold(0, |byte, it| byte << 4 | it);
    }
    let said = Said::WrapKey(key);
    let signed = declare(own.config(), office.root().origin(), Epoch::new(1), said, today()).unwrap();
    assert!(signed.text().windows(9).any(|it| it == number.as_bytes()));
    let declaration = v1::Declaration {
        statement: signed.text().to_vec(),
        certificate_key: signed.certificate_key().to_vec(),
        signature: signed.signature().to_vec(),
    };
    let declare =
        || v1::DeclareKeyRequest { manifest: manifest.clone(), declaration: Some(declaration.clone()) };
    scrub.each::<_, v1::DeclareKeyResponse>("DeclareKey", AGENCY, declare);
    let list = || v1::ListKeyStandingsRequest { manifest: manifest.clone() };
    scrub.each::<_, v1::ListKeyStandingsResponse>("ListKeyStandings", ADMINISTRATOR, list);
    let fetch = || v1::FetchManifestRequest { manifest: manifest.clone() };
    scrub.each::<_, v1::FetchManifestResponse>("FetchManifest", AGENCY, fetch);
    let next = office.signed(&following(office.first().manifest().body()));
    let publication = v1::Publication {
        manifest: next.manifest().body().as_bytes().to_vec(),
        manifest_signatures: next.manifest().note().as_bytes().to_vec(),
        ..Default::default()
    };
    let publish = || v1::PublishManifestRequest { publication: Some(publication.clone()) };
    scrub.each::<_, v1::PublishManifestResponse>("PublishManifest", ADMINISTRATOR, publish);
}

/// What comes with a call beside its message.
fn of_metadata(scrub: &mut Scrub) {
    let method = scrub.method("ListErased");
    let message = v1::ListErasedRequest { manifest: scrub.manifest.clone() }.encode_to_vec();
    for name in ["traceparent", "tracestate", "baggage", "authorization", "x-nummer", "grpc-encoding"] {
        let number = scrub.number(name);
        let mut metadata = MetadataMap::new();
        metadata.insert(name, number.parse().unwrap());
        let path = path_of(&method);
        let _ = scrub.call_at(AGENCY, &path, message.clone(), metadata);
    }
    let number = scrub.number("the name of a call");
    for path in [format!("/samenloop.v1.SignalService/{number}"), format!("/{number}/SubmitSignals")] {
        assert!(scrub.call_at(AGENCY, &path, message.clone(), MetadataMap::new()).is_err());
    }
}

/// V-06: at the most verbose level, in the database, the secrets, the heads, the processing log and the log.
#[test]
fn a_number_in_any_field_of_any_call_is_in_nothing_that_the_hub_wrote() {
    let mut scrub = Scrub::new();
    of_agencies(&mut scrub);
    of_an_alert(&mut scrub);
    of_rights(&mut scrub);
    of_metadata(&mut scrub);
    of_keys(&mut scrub);
    let calls = scrub
        .schema
        .services()
        .flat_map(|it| it.methods().map(|it| it.name().to_owned()).collect::<Vec<_>>());
    assert_eq!(scrub.called, calls.collect(), "a call that nobody makes here");
    assert_eq!(scrub.taken, TAKEN.iter().map(|(field, _)| (*field).to_owned()).collect());
    scrub.exchange.two_ticks();
    assert_eq!(scrub.exchange.stop_hub(), Some(0));

    let mut written = files(&scrub.exchange.kit_directory().join("hub"));
    let log = std::fs::read(scrub.exchange.hub_log()).unwrap();
    // Who only looks whether anybody listens ends in the middle of a handshake.
    assert!(log.windows(5).any(|it| it == b"DEBUG"), "the log is not as verbose as was asked");
    written.insert(scrub.exchange.hub_log(), log.clone());
    for part in ["data", "secrets", "heads", "processing", "manifests"] {
        assert!(written.keys().any(|it| it.iter().any(|it| it == part)), "{part}");
    }
    for (path, bytes) in &written {
        let met = scrub.sought.within(bytes);
        assert!(met.is_empty(), "{}: {met:?}", path.display());
    }
    // Any of it would have been found, in every form.
    let number = scrub.number("planted");
    for form in forms(&number) {
        assert_eq!(scrub.sought.within(&[&log[..], &form, b"\n"].concat()), ["planted"]);
    }
}
