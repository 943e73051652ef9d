//! Being told, over real programs: a mail leaves a hub that was killed before it could send it, and says nothing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "helpers of tests"
)]

#[path = "../../server/tests/common/smtp.rs"]
mod smtp;

use std::os::unix::fs::PermissionsExt;

use samenloop_tests::{Exchange, bsn, this_month, until};
use smtp::{Mood, SmtpServer};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming";

/// A mail server of this test's own, entered in the configuration of a kit's hub.
fn mailing(runtime: &tokio::runtime::Runtime, exchange: &Exchange) -> SmtpServer {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let smtp = runtime.block_on(SmtpServer::start(vec![made.cert.der().clone()], key));
    let kit = exchange.kit_directory();
    std::fs::write(kit.join("mail-ca.pem"), made.cert.pem()).unwrap();
    let credentials = kit.join("hub/mail.credentials");
    std::fs::write(&credentials, "hub\nlang geheim\n").unwrap();
    std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = kit.join("hub.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let mail = format!(
        "\n[mail]\nserver = \"localhost\"\nport = {}\nca = \"mail-ca.pem\"\nfrom = \"hub@voorbeeld.example\"\n\
         credentials = \"hub/mail.credentials\"\n",
        smtp.address.port()
    );
    std::fs::write(config, text + &mail).unwrap();
    smtp
}

fn converge(exchange: &Exchange, child: u32) {
    let line = |severity: &str| format!("kind-{child};{};{severity};{};west;eigen", bsn(child), this_month());
    exchange.push_all("school-west", HEADER, &[&line("zacht")]);
    exchange.push_all("politie-west", HEADER, &[&line("hard")]);
}

#[test]
fn a_hub_that_was_killed_before_it_could_mail_mails_after_its_next_start() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut exchange = Exchange::kit();
    let smtp = mailing(&runtime, &exchange);
    let checked = exchange.hub(&["check", "--danger-example-keys"]);
    assert_eq!(checked.status, 0, "{checked:?}");
    smtp.be(Mood::Down);
    exchange.start_hub();
    converge(&exchange, 1);
    exchange.two_ticks();
    let alert = exchange.alerts("zorgcoordinator-west").remove(0);
    exchange.kill_hub();
    let outbox = exchange.hub(&["outbox", "--json"]);
    // The mail, and an event that has no way out here: that it was dropped is kept with the next commit of a tick.
    assert_eq!(outbox.json(), serde_json::json!({"ok": true, "waiting": 2, "dead": []}), "{outbox:?}");

    smtp.be(Mood::Well);
    exchange.start_hub();
    until("the mail", || !smtp.mails().is_empty());
    exchange.two_ticks();
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to, "zorgcoordinator-west@voorbeeld.example");
    assert!(mails[0].data.ends_with("\r\n\r\nEr staat een samenloop voor u klaar. Open samenloop.\r\n"));
    assert!(!mails[0].data.contains(alert["id"].as_str().unwrap()));
    assert_eq!(exchange.stop_hub(), Some(0));
    assert_eq!(exchange.hub(&["outbox", "--json"]).json()["waiting"], 0);
    let log = std::fs::read_to_string(exchange.hub_log()).unwrap();
    assert!(log.contains("not delivered"), "that it did not arrive is told: {log}");
    let number = bsn(1);
    for told in [
        "@voorbeeld.example",
        "geheim",
        alert["id"].as_str().unwrap(),
        &number,
        "school-west",
        "politie-west",
    ] {
        assert!(!log.contains(told), "{told}: {log}");
    }
}

#[test]
fn a_wrong_way_out_is_found_by_check_with_its_place() {
    let exchange = Exchange::kit();
    let config = exchange.kit_directory().join("hub.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let webhook = "\n[[webhooks]]\ncoordinator = \"zorgcoordinator-west\"\nurl = \"http://zorg.example/in\"\n\
                   ca = \"ca.pem\"\nsecret = \"hub/west.key\"\n";
    std::fs::write(&config, format!("{text}{webhook}")).unwrap();
    let checked = exchange.hub(&["check", "--danger-example-keys"]);
    assert_eq!(checked.status, 1);
    assert!(checked.err.contains("[[webhooks]]") && checked.err.contains("https"), "{checked:?}");

    // One that nobody would ever get an event by.
    let secret = exchange.kit_directory().join("hub/west.key");
    std::fs::write(&secret, "5a".repeat(32)).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    for (coordinator, status) in
        [("zorgcoordinator-west", 0), ("zorgcoordinator-wset", 1), ("school-west", 1)]
    {
        let webhook = webhook.replace("http:", "https:").replace("zorgcoordinator-west", coordinator);
        std::fs::write(&config, format!("{text}{webhook}")).unwrap();
        let checked = exchange.hub(&["check", "--danger-example-keys"]);
        assert_eq!(checked.status, status, "{coordinator}: {checked:?}");
        let says = checked.err.contains("[[webhooks]]") && checked.err.contains(coordinator);
        assert_eq!(says, status == 1, "{coordinator}: {checked:?}");
    }
}
