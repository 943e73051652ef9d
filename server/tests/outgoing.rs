//! What leaves the hub by mail and to webhooks, over real servers: what it says, when, and what becomes of it where the
//! other side is down, slow or silent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::batches::{act, alerts, batch, details, hard, put, signal, submit};
use common::endpoint::{Delivery, TestEndpoint};
use common::smtp::{Mood, SmtpServer};
use common::{Hub, World};
use hmac::{Hmac, KeyInit, Mac};
use samenloop_core::value::{Day, Mailbox};
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_proto::v1::{self, AskContact, ClaimAlert};
use samenloop_server::config::{MailConfig, WebhookConfig};
use samenloop_server::{Limits, Outgoing};
use samenloop_store::Letter;
use sha2::Sha256;

const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";
const KEY: [u8; 32] = [0x5a; 32];
const OPERATOR: &str = "00000099000000000000";

/// An exchange with a mail server, and an endpoint of each coordinator.
struct Office {
    world: World,
    folder: tempfile::TempDir,
    smtp: SmtpServer,
    west: TestEndpoint,
    noord: TestEndpoint,
}

impl Office {
    async fn open() -> Self {
        let mut world = World::new();
        world.entries.hub.operator = OPERATOR.to_owned();
        let folder = tempfile::tempdir().unwrap();
        let certificate = world.ca.mint(&["localhost"], "", |_| ());
        let smtp = SmtpServer::start(vec![certificate.der.clone()], certificate.private()).await;
        let (west, noord) =
            (TestEndpoint::start(&certificate).await, TestEndpoint::start(&certificate).await);
        Self { world, folder, smtp, west, noord }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn outgoing(&self) -> Outgoing {
        let pem = STANDARD.encode(&self.world.ca.der);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
        let ca = self.file("ca.pem", &pem);
        let mail = MailConfig {
            server: "localhost".to_owned(),
            port: self.smtp.address.port(),
            ca: ca.clone(),
            from: "hub@voorbeeld.example".to_owned(),
            credentials: self.file("mail", "hub\nlang geheim\n"),
        };
        let webhook = |coordinator: &str, endpoint: &TestEndpoint| WebhookConfig {
            coordinator: coordinator.to_owned(),
            url: format!("https://localhost:{}/samenloop", endpoint.address.port()),
            ca: ca.clone(),
            secret: self.file(coordinator, &"5a".repeat(32)),
        };
        let webhooks = [webhook(WEST, &self.west), webhook(NOORD, &self.noord)];
        Outgoing::open(Some(&mail), &webhooks).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    fn start(&self) -> Hub {
        self.world.start_as(Limits::default(), self.outgoing())
    }

    /// A soft signal of a school and a hard one of the police on a child of region west.
    async fn converge(&self, hub: &Hub, child: u8) {
        let school = self.world.dial_as(hub, "school-west").await;
        submit(&school, batch(child, vec![put(signal(child, child))])).await.unwrap();
        let police = self.world.dial_as(hub, "politie-west").await;
        submit(&police, batch(100 + child, vec![put(hard(100 + child, child))])).await.unwrap();
    }
}

/// Waits until something holds, for some ticks at most.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn letters(hub: &Hub) -> Vec<Letter> {
    hub.letters().await
}

async fn until_empty(hub: &Hub) {
    let begun = Instant::now();
    while !letters(hub).await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", letters(hub).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The signature as a receiver computes it, with another library than the hub's.
fn signature(delivery: &Delivery, key: &[u8; 32]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    let header = |name: &str| delivery.headers[name].as_bytes();
    for part in [header("webhook-id"), b".", header("webhook-timestamp"), b".", &delivery.body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// V-06, P-61: nothing of the alert in the mail, and nothing of the mail in clear.
#[tokio::test]
async fn a_new_alert_is_mailed_and_posted_once_and_then_the_outbox_is_empty() {
    let office = Office::open().await;
    let hub = office.start();
    office.converge(&hub, 9).await;
    until("a mail", || !office.smtp.mails().is_empty()).await;
    until("an event", || !office.west.deliveries().is_empty()).await;
    until_empty(&hub).await;
    hub.tick().await;
    let (mails, events) = (office.smtp.mails(), office.west.deliveries());
    assert_eq!((mails.len(), events.len(), office.noord.deliveries().len()), (1, 1, 0));
    assert_eq!(mails[0].to, "zorgcoordinator-west@voorbeeld.example");
    assert!(mails[0].data.ends_with("\r\n\r\nEr staat een samenloop voor u klaar. Open samenloop.\r\n"));
    let west = office.world.dial_as(&hub, WEST).await;
    let number = hex(&alerts(&west, true).await[0].id);
    let event = events[0].json();
    assert_eq!(event["data"], serde_json::json!({ "alert": number }), "the number that its desk shows");
    assert_eq!(event["source"], format!("urn:nld:oin:{OPERATOR}:systeem:samenloop"));
    assert_eq!(event["time"], "2026-11-22T11:00:00Z", "the tick, on the clock of the test");
    let known = ["data", "datacontenttype", "dataschema", "id", "source", "specversion", "time", "type"];
    assert!(event.as_object().unwrap().keys().eq(known), "{event}");
    assert_eq!(events[0].line, "POST /samenloop");
    assert_eq!(events[0].headers["content-type"], "application/cloudevents+json; charset=utf-8");
    assert_eq!(events[0].headers["webhook-id"], event["id"].as_str().unwrap());
    assert_eq!(events[0].headers["webhook-signature"], signature(&events[0], &KEY));
    assert_ne!(events[0].headers["webhook-signature"], signature(&events[0], &[0; 32]));
    let mail = mails[0].data.to_lowercase();
    for told in [number.as_str(), "west.example", "regio", "onderwijs", "politie", "school"] {
        assert!(!mail.contains(told), "{told}: {mail}");
    }
    let said = office.smtp.in_clear();
    assert!(said.iter().all(|it| it.starts_with("EHLO ") || it == "STARTTLS"), "{said:?}");
    assert_eq!(office.smtp.credentials(), [format!("AUTH PLAIN {}", STANDARD.encode("\0hub\0lang geheim"))]);
}

#[tokio::test]
async fn two_alerts_are_told_by_the_same_bytes() {
    let office = Office::open().await;
    let hub = office.start();
    office.converge(&hub, 9).await;
    until("the first mail", || office.smtp.mails().len() == 1).await;
    until_empty(&hub).await;
    let coa = office.world.dial_as(&hub, "coa-noord").await;
    let far = v1::Signal { region: "noord".to_owned(), details: vec![details("noord")], ..hard(50, 8) };
    submit(&coa, batch(50, vec![put(far)])).await.unwrap();
    office.converge(&hub, 8).await;
    until("three mails", || office.smtp.mails().len() >= 3).await;
    until_empty(&hub).await;
    let mails = office.smtp.mails();
    let to_west: Vec<_> = mails.iter().filter(|it| it.to.contains("west")).collect();
    let to_noord: Vec<_> = mails.iter().filter(|it| it.to.contains("noord")).collect();
    assert!(to_west.windows(2).all(|two| two[0] == two[1]) && to_west.len() >= 2, "{to_west:?}");
    assert_eq!(to_noord[0].data.replace("noord", "west"), to_west[0].data, "another region, another alert");
}

#[tokio::test]
async fn two_alerts_of_one_tick_are_one_mail_and_two_events() {
    let office = Office::open().await;
    let hub = office.start();
    let school = office.world.dial_as(&hub, "school-west").await;
    let soft: Vec<_> = (1..=5).map(|child| put(signal(child, child))).collect();
    submit(&school, batch(1, soft)).await.unwrap();
    hub.tick().await;
    let police = office.world.dial_as(&hub, "politie-west").await;
    let hard: Vec<_> = (1..=5).map(|child| put(hard(100 + child, child))).collect();
    submit(&police, batch(2, hard)).await.unwrap();
    until("five events", || office.west.deliveries().len() == 5).await;
    until_empty(&hub).await;
    assert_eq!(office.smtp.mails().len(), 1);
    let ids: std::collections::BTreeSet<_> =
        office.west.deliveries().iter().map(|it| it.headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 5);
}

/// A foundation may be the coordinator of two regions, with one mailbox.
#[tokio::test]
async fn two_connections_that_share_a_mailbox_get_one_mail_of_one_tick() {
    let mut office = Office::open().await;
    let shared =
        |it: &&mut samenloop_core::manifest::Connection| it.id.as_str().starts_with("zorgcoordinator");
    for connection in office.world.entries.connections.iter_mut().filter(shared) {
        connection.mailbox = Mailbox::parse("zorg@voorbeeld.example").ok();
    }
    let hub = office.start();
    let coa = office.world.dial_as(&hub, "coa-noord").await;
    let far = v1::Signal { region: "noord".to_owned(), details: vec![details("noord")], ..signal(1, 9) };
    submit(&coa, batch(1, vec![put(far)])).await.unwrap();
    hub.tick().await;
    let police = office.world.dial_as(&hub, "politie-west").await;
    submit(&police, batch(2, vec![put(hard(2, 9))])).await.unwrap();
    until("an event for each", || {
        !office.west.deliveries().is_empty() && !office.noord.deliveries().is_empty()
    })
    .await;
    until_empty(&hub).await;
    let mails = office.smtp.mails();
    assert_eq!(mails.iter().map(|it| it.to.as_str()).collect::<Vec<_>>(), ["zorg@voorbeeld.example"]);
}

#[tokio::test]
async fn a_contact_request_is_mailed_to_the_reporter_that_is_asked_and_to_nobody_else() {
    let office = Office::open().await;
    let hub = office.start();
    office.converge(&hub, 9).await;
    until("the alert's mail", || office.smtp.mails().len() == 1).await;
    let west = office.world.dial_as(&hub, WEST).await;
    let alert = alerts(&west, true).await[0].id.clone();
    let claim = ClaimAlert { reason: 1, next_check: "2026-11-25".to_owned() };
    act(&west, &alert, Act::Claim(claim)).await.unwrap();
    act(&west, &alert, Act::AskContact(AskContact { of: vec!["school-west".to_owned()], reason: 1 }))
        .await
        .unwrap();
    until("the request's mail", || office.smtp.mails().len() == 2).await;
    until_empty(&hub).await;
    let mail = office.smtp.mails().remove(1);
    assert_eq!(mail.to, "school-west@voorbeeld.example");
    assert!(mail.data.ends_with("\r\n\r\nEr staat een contactverzoek voor u klaar. Open samenloop.\r\n"));
    for told in [WEST, "ZHZ-26-117", &hex(&alert), "coordinator"] {
        assert!(!mail.data.contains(told), "{told}: {}", mail.data);
    }
    assert_eq!(office.west.deliveries().len(), 1, "a request is no event");
}

/// A day in which the mail server is down and one endpoint fails and another never answers.
#[tokio::test]
async fn nothing_is_lost_in_a_day_without_the_other_side_and_pushes_go_on() {
    let office = Office::open().await;
    let hub = office.start();
    office.smtp.be(Mood::Down);
    office.west.answer(500);
    office.converge(&hub, 9).await;
    until("an event that fails", || !office.west.deliveries().is_empty()).await;
    hub.tick().await;
    let school = office.world.dial_as(&hub, "school-west").await;
    for hour in 0..24_u8 {
        office.world.clock.advance(3600);
        let begun = Instant::now();
        submit(&school, batch(200 + hour, vec![put(signal(20 + hour, 20 + hour))])).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "a push must not wait for the mail");
        hub.tick().await;
    }
    let failed = office.west.deliveries();
    assert!((4..=20).contains(&failed.len()), "ever later: {}", failed.len());
    assert!(failed.windows(2).all(|two| two[0].body == two[1].body), "each time the same event");
    assert_eq!((letters(&hub).await.len(), office.smtp.mails().len()), (2, 0));
    office.smtp.be(Mood::Well);
    office.west.answer(204);
    office.world.clock.advance(6 * 3600);
    until_empty(&hub).await;
    hub.tick().await;
    assert_eq!((office.smtp.mails().len(), office.west.deliveries().len()), (1, failed.len() + 1));
}

#[tokio::test]
async fn an_endpoint_that_never_answers_holds_up_nobody_else() {
    let office = Office::open().await;
    let hub = office.start();
    office.west.answer(0);
    let coa = office.world.dial_as(&hub, "coa-noord").await;
    let far = v1::Signal { region: "noord".to_owned(), details: vec![details("noord")], ..hard(50, 9) };
    submit(&coa, batch(50, vec![put(far)])).await.unwrap();
    office.converge(&hub, 9).await;
    let begun = Instant::now();
    until("the others are told", || office.noord.deliveries().len() == 1 && office.smtp.mails().len() == 2)
        .await;
    assert!(begun.elapsed() < Duration::from_secs(8), "the silent one has ten seconds");
    assert_eq!(office.west.deliveries().len(), 1, "and gets nothing more while it is silent");
    assert!(letters(&hub).await.iter().any(|it| it.notice.to().as_str() == WEST), "but is not forgotten");
}

#[tokio::test]
async fn a_mail_server_without_starttls_gets_neither_name_nor_mail() {
    let office = Office::open().await;
    let hub = office.start();
    office.smtp.be(Mood::Clear);
    office.converge(&hub, 9).await;
    until("somebody knocks", || !office.smtp.in_clear().is_empty()).await;
    until("the event", || !office.west.deliveries().is_empty()).await;
    hub.tick().await;
    let said = office.smtp.in_clear();
    assert!(said.iter().all(|it| it.starts_with("EHLO ") || it == "QUIT"), "{said:?}");
    assert!(office.smtp.credentials().is_empty() && office.smtp.mails().is_empty());
    assert_eq!(letters(&hub).await.len(), 1, "the mail is kept");
    office.smtp.be(Mood::Well);
    office.world.clock.advance(6 * 3600);
    until_empty(&hub).await;
    assert_eq!(office.smtp.mails().len(), 1);
}

/// V-24: what is to leave has a term too.
#[tokio::test]
async fn what_has_no_taker_within_its_term_is_a_dead_letter_for_a_month() {
    let mut office = Office::open().await;
    office.world.entries.expires = Day::parse("2027-01-31").unwrap();
    // Long, so that no widening circle is told meanwhile.
    office.world.entries.regions.iter_mut().for_each(|it| it.term_days = 90);
    let hub = office.start();
    office.smtp.be(Mood::Full);
    office.west.answer(410);
    office.converge(&hub, 9).await;
    until("an event that fails", || !office.west.deliveries().is_empty()).await;
    office.world.clock.advance_days(7);
    hub.tick().await;
    assert!(letters(&hub).await.iter().all(|it| it.dead.is_none()), "on its last day it is tried");
    let tried = office.west.deliveries().len();
    office.world.clock.advance_days(1);
    hub.tick().await;
    hub.tick().await;
    let dead = letters(&hub).await;
    assert_eq!(dead.len(), 2);
    assert!(dead.iter().all(|it| it.dead.is_some()), "{dead:?}");
    office.smtp.be(Mood::Well);
    office.west.answer(204);
    office.world.clock.advance_days(30);
    hub.tick().await;
    assert_eq!(
        (letters(&hub).await.len(), office.west.deliveries().len()),
        (2, tried),
        "nobody tries it again"
    );
    office.world.clock.advance_days(1);
    hub.tick().await;
    hub.tick().await;
    assert_eq!(letters(&hub).await, []);
    assert_eq!((office.smtp.mails().len(), office.west.deliveries().len()), (0, tried));
}

/// P-22: a clock that shows a day after the manifest's last ends no letter.
#[tokio::test]
async fn a_clock_that_is_a_year_ahead_gives_up_no_letter() {
    let mut office = Office::open().await;
    office.world.entries.expires = Day::parse("2026-11-25").unwrap();
    let hub = office.start();
    office.smtp.be(Mood::Full);
    office.west.answer(410);
    office.converge(&hub, 9).await;
    until("an event that fails", || !office.west.deliveries().is_empty()).await;
    office.world.clock.advance_days(400);
    hub.tick().await;
    hub.tick().await;
    office.world.clock.set_back_days(400);
    assert!(letters(&hub).await.iter().all(|it| it.dead.is_none()), "{:?}", letters(&hub).await);
    assert_eq!(letters(&hub).await.len(), 2, "a mail and an event");
}

/// A mailbox that always fails, and of which something new is to be told day by day.
#[tokio::test]
async fn what_happens_meanwhile_gives_a_letter_no_second_term() {
    let mut office = Office::open().await;
    office.world.entries.regions.iter_mut().for_each(|it| it.term_days = 90);
    let hub = office.start();
    office.smtp.be(Mood::Full);
    office.converge(&hub, 9).await;
    hub.tick().await;
    for (day, agency) in [(0, ""), (1, "gemeente-west"), (2, ""), (3, ""), (4, "coa-noord"), (5, ""), (6, "")]
    {
        if !agency.is_empty() {
            let joins = office.world.dial_as(&hub, agency).await;
            submit(&joins, batch(50 + day, vec![put(signal(50 + day, 9))])).await.unwrap();
        }
        office.world.clock.advance_days(1);
        hub.tick().await;
    }
    let dead = async || letters(&hub).await.iter().filter(|it| it.dead.is_some()).count();
    assert_eq!(dead().await, 0, "on its last day it is tried");
    office.world.clock.advance_days(1);
    hub.tick().await;
    hub.tick().await;
    assert!(dead().await > 0, "{:?}", letters(&hub).await);
}

/// The words of the log are for the operator, who need not know who is asked about a child.
#[tokio::test]
async fn a_letter_that_dies_is_logged_without_whom_it_was_to() {
    let written = Written::default();
    let log = tracing_subscriber::fmt().with_writer(written.clone()).with_ansi(false).finish();
    let _logging = tracing::subscriber::set_default(log);
    let office = Office::open().await;
    let hub = office.start();
    office.converge(&hub, 9).await;
    until("the alert's mail", || office.smtp.mails().len() == 1).await;
    until_empty(&hub).await;
    office.smtp.be(Mood::Full);
    let west = office.world.dial_as(&hub, WEST).await;
    let alert = alerts(&west, true).await[0].id.clone();
    act(&west, &alert, Act::Claim(ClaimAlert { reason: 1, next_check: "2026-12-20".to_owned() }))
        .await
        .unwrap();
    act(&west, &alert, Act::AskContact(AskContact { of: vec!["school-west".to_owned()], reason: 1 }))
        .await
        .unwrap();
    until("a mail that fails", || written.text().contains("not delivered, to be tried again")).await;
    office.world.clock.advance_days(8);
    until("its end", || written.text().contains("not delivered within its term")).await;
    for told in ["school-west", "politie-west", "@voorbeeld.example"] {
        assert!(!written.text().contains(told), "{told}: {}", written.text());
    }
}

/// What a hub logged.
#[derive(Clone, Default)]
struct Written(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn what_was_picked_up_before_the_hour_of_mail_is_mailed_to_nobody() {
    let mut office = Office::open().await;
    office.world.entries.mail_hours = vec![15];
    let hub = office.start();
    office.converge(&hub, 9).await;
    hub.tick().await;
    assert_eq!(letters(&hub).await.len(), 2);
    let west = office.world.dial_as(&hub, WEST).await;
    let alert = alerts(&west, true).await[0].id.clone();
    act(&west, &alert, Act::Claim(ClaimAlert { reason: 1, next_check: "2026-11-25".to_owned() }))
        .await
        .unwrap();
    office.world.clock.advance(3 * 3600);
    hub.tick().await;
    hub.tick().await;
    assert_eq!((office.smtp.mails().len(), office.west.deliveries().len()), (0, 0));
}

#[tokio::test]
async fn a_hub_whose_outbox_fails_does_not_go_on_in_silence() {
    let world = World::new();
    let mut hub = world.start();
    hub.store.outbox_broken.store(true, std::sync::atomic::Ordering::SeqCst);
    let failed = tokio::time::timeout(Duration::from_secs(10), hub.hub.failed()).await;
    assert!(failed.expect("it says so").to_string().contains("planted"));
}

#[tokio::test]
async fn notices_leave_at_the_hours_of_the_manifest_and_not_between() {
    let mut office = Office::open().await;
    office.world.entries.mail_hours = vec![15];
    let hub = office.start();
    office.converge(&hub, 9).await;
    hub.tick().await;
    hub.tick().await;
    assert_eq!((office.smtp.mails().len(), office.west.deliveries().len()), (0, 0), "it is noon");
    office.world.clock.advance(3 * 3600);
    until("the hour", || !office.smtp.mails().is_empty() && !office.west.deliveries().is_empty()).await;
    until_empty(&hub).await;
    office.converge(&hub, 8).await;
    office.world.clock.advance(600);
    hub.tick().await;
    hub.tick().await;
    assert_eq!(office.smtp.mails().len(), 1, "what comes within the hour leaves with the next");
    office.world.clock.advance_days(1);
    until("the next day", || office.smtp.mails().len() == 2).await;
}

#[tokio::test]
async fn what_never_had_its_hour_is_tried_before_it_is_given_up() {
    let mut office = Office::open().await;
    office.world.entries.mail_hours = vec![15];
    let hub = office.start();
    office.converge(&hub, 9).await;
    hub.tick().await;
    office.world.clock.advance_days(9);
    hub.tick().await;
    assert_eq!((letters(&hub).await.len(), office.smtp.mails().len()), (2, 0));
    office.world.clock.advance(3 * 3600);
    until("the hour", || !office.smtp.mails().is_empty() && !office.west.deliveries().is_empty()).await;
    until_empty(&hub).await;
}

#[tokio::test]
async fn who_was_struck_out_gets_nothing_that_still_waited() {
    let office = Office::open().await;
    let hub = office.start();
    office.smtp.be(Mood::Down);
    office.west.answer(503);
    office.converge(&hub, 9).await;
    until("an event that fails", || !office.west.deliveries().is_empty()).await;
    let day = samenloop_core::value::Day::parse("2026-11-21").unwrap();
    let lapsed = office.world.changed(|entries| {
        let west = entries.connections.iter_mut().find(|it| it.id.as_str() == WEST);
        west.unwrap().valid_until = day;
    });
    hub.hub.seat().replace(lapsed);
    until_empty_of(&hub, WEST).await;
    let tried = office.west.deliveries().len();
    office.smtp.be(Mood::Well);
    office.west.answer(204);
    office.world.clock.advance(6 * 3600);
    hub.tick().await;
    hub.tick().await;
    assert_eq!(office.west.deliveries().len(), tried);
    assert!(office.smtp.mails().iter().all(|it| !it.to.starts_with(WEST)));
}

async fn until_empty_of(hub: &Hub, to: &str) {
    let begun = Instant::now();
    while letters(hub).await.iter().any(|it| it.notice.to().as_str() == to) {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn an_endpoint_is_an_https_url_without_anything_secret() {
    let folder = tempfile::tempdir().unwrap();
    let webhook = |url: &str| WebhookConfig {
        coordinator: WEST.to_owned(),
        url: url.to_owned(),
        ca: folder.path().join("ca.pem"),
        secret: folder.path().join("key"),
    };
    for url in [
        "http://zorg.example/in",
        "https://zorg.example/in?token=1",
        "https://hub:geheim@zorg.example/in",
        "zorg.example",
        "",
    ] {
        let faults = Outgoing::open(None, &[webhook(url)]).err().unwrap();
        assert!(faults[0].to_string().contains("https"), "{url}: {faults:?}");
    }
    let faults = Outgoing::open(None, &[webhook("https://zorg.example/in")]).err().unwrap();
    assert!(faults[0].to_string().contains("key"), "then its key is looked for: {faults:?}");
}
