//! No call, file or option of the hub takes an epoch key (P-14), and no program of a party sends it one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FileDescriptorProto};
use samenloop_client::key::{Purpose, WrapKey};
use samenloop_core::value::Epoch;
use samenloop_keys_example::key_of;
use samenloop_tests::{Exchange, bsn, hex, programs, this_month};

use crate::hub::AGENCY;
use crate::keys::{CONTRIBUTING, EPOCH, contribution};
use crate::taken_over;

/// Every field of bytes or of text that a caller can fill, and what the hub does with it.
const TAKEN: [(&str, &str); 30] = [
    ("ActOnAlertRequest.alert", "is looked up among the alerts of its coordinator"),
    ("ActOnAlertRequest.case_reference", "is 12 characters at most, of which few letters and digits"),
    ("AnswerContactRequestRequest.available_from", "is a day"),
    ("AnswerContactRequestRequest.id", "is looked up among the requests to its agency"),
    ("AskContact.of", "is looked up in the manifest"),
    ("ClaimAlert.next_check", "is a day"),
    ("Declaration.certificate_key", "a public key: its hash is looked up in the manifest, and it verifies"),
    ("Declaration.signature", "is verified, and kept for administrators"),
    ("Declaration.statement", "is refused unless it is five lines of closed form, signed"),
    ("DecideRightsRequest.id", "is looked up among the requests"),
    ("FetchRightsRequest.id", "is looked up among the requests of its contact point"),
    ("HandOverAlert.next_check", "is a day"),
    ("HandOverAlert.to", "is looked up in the manifest"),
    ("ManifestReference.sha256", "is compared"),
    ("MoveCheck.next_check", "is a day"),
    ("Publication.manifest", "is refused unless k administrators signed it"),
    ("Publication.manifest_signatures", "is verified"),
    ("Publication.root", "is refused unless k old and k new administrators signed it"),
    ("Publication.root_signatures", "is verified"),
    ("Pseudonym.value", "is hashed under the hub's own secrets"),
    ("ReadLogRequest.actors", "are hashed under a key of the store"),
    ("SealedDetails.ciphertext", "is kept for a coordinator"),
    ("SealedDetails.encapsulated_key", "is kept for a coordinator"),
    ("SealedDetails.key_id", "is looked up in the manifest"),
    ("SealedDetails.nonce", "is kept for a coordinator"),
    ("Signal.code", "is looked up in the list of codes"),
    ("Signal.reference", "is hashed under the hub's own secrets"),
    ("Signal.region", "is looked up in the manifest"),
    ("SignalBatch.batch_id", "is repeated in the ack"),
    ("SignalBatch.padding", "is refused unless it is zeros"),
];

/// The same of a withdrawal, which is its reference alone.
const WITHDRAWN: &str = "Withdrawal.reference";

fn compiled() -> Vec<FileDescriptorProto> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto");
    let mut compiler = protox::Compiler::new([&folder]).unwrap();
    for entry in std::fs::read_dir(folder.join("samenloop/v1")).unwrap() {
        compiler.open_file(Path::new("samenloop/v1").join(entry.unwrap().file_name())).unwrap();
    }
    compiler.file_descriptor_set().file
}

#[test]
fn no_call_takes_an_epoch_key() {
    let files = compiled();
    let messages: BTreeMap<String, &DescriptorProto> = files
        .iter()
        .flat_map(|file| &file.message_type)
        .map(|it| (format!(".samenloop.v1.{}", it.name()), it))
        .collect();
    let methods = files.iter().flat_map(|file| &file.service).flat_map(|it| &it.method);
    let mut next: Vec<_> = methods.map(|it| it.input_type().to_owned()).collect();
    assert!(next.len() >= 8);
    let (mut seen, mut taken) = (BTreeSet::new(), BTreeSet::new());
    while let Some(name) = next.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let message = messages[&name];
        assert!(message.nested_type.is_empty(), "{name} hides messages");
        for field in &message.field {
            let of = field.r#type();
            if of == Type::Message {
                next.push(field.type_name().to_owned());
            } else if matches!(of, Type::Bytes | Type::String) {
                taken.insert(format!("{}.{}", message.name(), field.name()));
            } else {
                assert!(
                    matches!(of, Type::Bool | Type::Enum | Type::Uint32 | Type::Uint64),
                    "{name}: {of:?}"
                );
            }
        }
    }
    let argued = TAKEN.iter().map(|(name, _)| (*name).to_owned()).chain([WITHDRAWN.to_owned()]);
    assert_eq!(taken, argued.collect());
}

#[test]
fn no_option_and_no_entry_of_its_configuration_takes_an_epoch_key() {
    let exchange = Exchange::kit();
    let words = |text: &str, mark: char| -> BTreeSet<String> {
        text.split(mark).skip(1).step_by(2).map(str::to_owned).collect()
    };
    // Every option of every command, as help tells them.
    let help = exchange.hub(&["--help"]).out;
    let listed = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands: Vec<_> = listed.lines().filter_map(|it| it.strip_prefix("  ")?.split(' ').next()).collect();
    let mut options = BTreeSet::new();
    for command in commands.iter().filter(|it| !it.is_empty() && **it != "help") {
        let help = exchange.hub(&[command, "--help"]).out;
        let own = help.lines().map(str::trim_start).filter(|it| it.starts_with('-'));
        options.extend(
            own.flat_map(|it| it.split([' ', ','])).filter(|it| it.starts_with("--")).map(str::to_owned),
        );
    }
    let known = [
        "--accept-older-log",
        "--config",
        "--danger-example-keys",
        "--help",
        "--json",
        // Of a backup, which the hub's secrets never are in.
        "--key",
        "--new-pepper",
    ];
    assert_eq!(options, known.map(str::to_owned).into(), "argue for a new option here");
    // Every entry, as the hub names them when it meets one that it does not know.
    let config = exchange.kit_directory().join("hub.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}epoch_key = \"epoch.key\"\n")).unwrap();
    let refused = exchange.hub(&["check", "--danger-example-keys"]);
    assert_eq!(refused.status, 1, "{refused:?}");
    let expected = refused.err.split("expected one of").nth(1).unwrap_or_else(|| panic!("{refused:?}"));
    let known = [
        "listen",
        "ca",
        "certificate",
        "key",
        "root",
        "manifests",
        "receipt_key",
        // Signs heads of the audit logs; and where those are kept, apart from the database.
        "log_key",
        "heads",
        // Lines of what is done, which name nobody; and the program on this machine that gets them too.
        "processing_log",
        "processing_collector",
        "data",
        "secrets",
        "cache_mib",
        // A number of connections.
        "connections_per_key",
        // The ways out: a server, and a key by which that server knows the hub. Neither meets a pseudonym.
        "mail",
        "webhooks",
    ];
    assert_eq!(words(expected, '`'), known.map(str::to_owned).into(), "argue for a new entry here");
    std::fs::write(&config, text).unwrap();
    assert_eq!(exchange.hub(&["check", "--danger-example-keys"]).status, 0);
}

#[test]
fn no_file_of_the_hub_can_be_an_epoch_key() {
    let exchange = Exchange::kit();
    let kit = exchange.kit_directory();
    let check = || exchange.hub(&["check", "--danger-example-keys"]);
    assert_eq!(check().status, 0);
    let key = key_of(&kit, AGENCY, "epochs/1.key", Purpose::Epoch(Epoch::new(1))).unwrap();
    let sealed = std::fs::read(kit.join(AGENCY).join("epochs/1.key")).unwrap();
    let publication = "hub/manifests/manifest-1.json";
    for file in
        ["ca.pem", "root.toml", publication, "hub/cert.pem", "hub/key.pem", "hub/receipt.key", "hub/log.key"]
    {
        let own = std::fs::read(kit.join(file)).unwrap();
        for content in [key.to_vec(), format!("{}\n", hex(&key)).into_bytes(), sealed.clone()] {
            std::fs::write(kit.join(file), content).unwrap();
            let refused = check();
            assert!(refused.status == 1 && !refused.err.is_empty(), "{file}: {refused:?}");
            // What is wrong in a public text is quoted; of what may be a key nothing ever is.
            let is_quoted = file != "root.toml" && refused.err.contains(&hex(&key));
            assert!(!is_quoted && !refused.err.contains("panicked"), "{file}: {refused:?}");
        }
        std::fs::write(kit.join(file), own).unwrap();
    }
    assert_eq!(check().status, 0);
}

/// A draft is made, changed, signed by two and handed to the hub.
fn published(exchange: &Exchange, edit: impl FnOnce(&str)) {
    let draft = exchange.scratch().join("draft.toml");
    let path = draft.to_str().unwrap();
    let done = |party, arguments: &[&str]| {
        let answer = exchange.run(party, arguments);
        assert_eq!(answer.status, 0, "{arguments:?}: {answer:?}");
    };
    done("beheer-a", &["manifest", "new", path]);
    edit(path);
    done("beheer-a", &["manifest", "sign", path]);
    done("beheer-b", &["manifest", "sign", path]);
    done("beheer-a", &["manifest", "publish", path]);
    std::fs::remove_file(&draft).unwrap();
    std::fs::remove_file(exchange.scratch().join("draft.toml.note")).unwrap();
    // Another administrator follows before the next draft.
    assert_eq!(exchange.run("beheer-b", &["key", "status"]).status, 0);
}

/// Watches until the hub has heard of it.
fn watch(exchange: &Exchange, heard: impl Fn() -> bool) {
    let config = exchange.kit_directory().join("zorgcoordinator-west.toml");
    let mut command = Command::new(&programs().samenloop);
    command.args(["alert", "watch", "--config"]).arg(config).stdout(Stdio::null()).stderr(Stdio::null());
    let mut watching = command.spawn().unwrap();
    let begun = Instant::now();
    while !heard() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
}

/// Whether bytes stand in others, as they are, as hexadecimal digits or as base64.
fn holds(heard: &[u8], secret: &[u8]) -> bool {
    let base64 = STANDARD.encode(secret);
    // Its last characters depend on what follows.
    let base64 = &base64.as_bytes()[..secret.len() / 3 * 4];
    [secret, hex(secret).as_bytes(), hex(secret).to_uppercase().as_bytes(), base64]
        .into_iter()
        .any(|it| heard.windows(it.len()).any(|window| window == it))
}

/// What is called in a whole life of an epoch.
const CALLS: [&str; 8] = [
    "DeclareKey",
    "FetchManifest",
    "ListAlerts",
    "ListErased",
    "ListKeyStandings",
    "PublishManifest",
    "PushSignals",
    "WatchAlerts",
];

/// Epoch 1 makes way for epoch 2, with everything that a party says to the hub on the way; the hub keeps it all.
#[test]
fn no_secret_of_a_party_reaches_the_hub_in_a_whole_life_of_an_epoch() {
    let (exchange, hub, _) = taken_over();
    let kit = exchange.kit_directory();
    let key = |party: &str, file: &str, purpose| key_of(&kit, party, file, purpose).unwrap().to_vec();
    let one = Epoch::new(1);
    let mut secrets = vec![
        ("epoch key 1", key(AGENCY, "epochs/1.key", Purpose::Epoch(one))),
        ("reference key", key(AGENCY, "reference.key", Purpose::Reference)),
        ("details key", key(AGENCY, "details.key", Purpose::Details)),
        // PKCS#8 of a P-256 key: its 32 bytes stand at 36 (RFC 5958, RFC 5915), its public half behind them.
        ("TLS key", key(AGENCY, "tls.key", Purpose::Tls)[36..68].to_vec()),
        ("coordinator's details key", key("zorgcoordinator-west", "details.key", Purpose::Details)),
    ];
    for id in CONTRIBUTING {
        assert_eq!(exchange.run(id, &["key", "contribute", "--epoch", "2"]).status, 0);
        secrets.push(("contribution 1", key(id, "contribution-1.key", Purpose::Contribution(one))));
        secrets.push(("contribution 2", contribution(&exchange, id).expose().to_vec()));
        secrets.push(("signing key", key(id, "sign.key", Purpose::Sign)));
    }
    let promised = CONTRIBUTING.map(|id| kit.join(id).join(format!("contribution-2-{id}.toml")));
    let [a, b] = promised.each_ref().map(|it| it.to_str().unwrap());
    let key_command = |arguments: &[&str]| assert_eq!(exchange.run("beheer-a", arguments).status, 0);
    published(&exchange, |draft| key_command(&["key", "rotate", draft, a, b]));
    assert_eq!(exchange.run(AGENCY, &["key", "install"]).status, 3);
    secrets.push(("wrap key", key(AGENCY, "epochs/wrap-2.key", Purpose::Wrap(EPOCH))));
    published(&exchange, |draft| {
        for id in CONTRIBUTING {
            assert_eq!(exchange.run(id, &["key", "wrap", draft]).status, 0);
        }
    });
    assert_eq!(exchange.run(AGENCY, &["key", "install"]).status, 0);
    secrets.push(("epoch key 2", key(AGENCY, "epochs/2.key", Purpose::Epoch(EPOCH))));
    published(&exchange, |draft| key_command(&["key", "rotate", draft, "--leave-behind"]));
    let line = format!("w-1;{};zacht;{};west", bsn(1), this_month());
    exchange.push_all(AGENCY, "referentie;bsn;soort;maand;regio", &[&line]);
    assert_eq!(exchange.run(AGENCY, &["signal", "withdraw", "w-1", "--reason", "mistake"]).status, 0);
    assert!(exchange.alerts("zorgcoordinator-west").is_empty());
    watch(&exchange, || hub.answers().calls().contains("WatchAlerts"));
    published(&exchange, |draft| key_command(&["key", "retire", draft]));
    published(&exchange, |draft| key_command(&["key", "destroy", draft, "--epoch", "1"]));
    assert_eq!(exchange.run(AGENCY, &["key", "install"]).status, 0);
    assert!(!kit.join(AGENCY).join("epochs/1.key").exists());
    assert_eq!(exchange.run("beheer-a", &["key", "destroy", "--epoch", "1"]).status, 0);

    let machine = std::fs::read_to_string(kit.join(AGENCY).join("machine.secret")).unwrap();
    let answers = hub.answers();
    assert_eq!(answers.calls(), CALLS.into(), "a call that this walk does not make");
    assert!(secrets.len() >= 13 && secrets.iter().all(|(_, it)| it.len() == 32));
    for (call, heard) in &answers.heard {
        for (what, secret) in &secrets {
            for part in [&secret[..16], &secret[8..24], &secret[16..32]] {
                assert!(!holds(heard, part), "{what} in {call}");
            }
        }
        assert!(!holds(heard, machine.lines().last().unwrap().as_bytes()), "the machine secret in {call}");
    }
    // The search finds what is there: the public half of the wrap key, and the school's hash of its reference.
    let heard =
        |call, bytes: &[u8]| answers.heard.iter().any(|(it, heard)| *it == call && holds(heard, bytes));
    let wrap_key = &secrets.iter().find(|(what, _)| *what == "wrap key").unwrap().1;
    let public = WrapKey::new(&wrap_key.as_slice().try_into().unwrap()).public();
    assert!(heard("DeclareKey", &public));
    let reference_key = &secrets.iter().find(|(what, _)| *what == "reference key").unwrap().1;
    let reference_key = samenloop_pseudonym::ReferenceKey::new(reference_key.as_slice().try_into().unwrap());
    assert!(heard("PushSignals", reference_key.reference("w-1").bytes()));
}
