//! Wraps, declarations and statements of destruction: what the hub passes on and cannot make.

use samenloop_client::config::Config;
use samenloop_client::key::{Purpose, WrapKey, declare, wrap};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_keys_example::key_of;
use samenloop_manifest::declaration::Said;
use samenloop_manifest::note::{SigningKey, sign};
use samenloop_proto::v1;
use samenloop_pseudonym::contribution::{Contribution, epoch_key};
use samenloop_tests::{Exchange, files, hex};

use crate::hub::{AGENCY, HostileHub};
use crate::office::{Office, changed, following, today};
use crate::{refused_by_all, taken_over};

/// The epoch that is announced.
pub(crate) const EPOCH: Epoch = Epoch::new(2);

/// The administrators who contribute to it.
pub(crate) const CONTRIBUTING: [&str; 2] = ["beheer-a", "beheer-b"];

/// What an administrator contributes to the announced epoch.
pub(crate) fn contribution(exchange: &Exchange, administrator: &str) -> Contribution {
    let purpose = Purpose::Contribution(EPOCH);
    let value = key_of(&exchange.kit_directory(), administrator, "contribution-2.key", purpose).unwrap();
    Contribution::new(ConnectionId::parse(administrator).unwrap(), value.as_slice().try_into().unwrap())
}

/// The wraps of contributions to the school, as a manifest enters them.
fn wraps(exchange: &Exchange, office: &Office, contributions: &[Contribution]) -> String {
    let private =
        key_of(&exchange.kit_directory(), AGENCY, "epochs/wrap-2.key", Purpose::Wrap(EPOCH)).unwrap();
    let public = WrapKey::new(&private.as_slice().try_into().unwrap()).public();
    let agency = ConnectionId::parse(AGENCY).unwrap();
    let entry = |it: &Contribution| {
        let wrapped = wrap(office.root().exchange(), EPOCH, it, &agency, &public).unwrap();
        format!(
            "[[epochs.wraps]]\nconnection = \"{AGENCY}\"\nadministrator = \"{}\"\nwrap_key = \"{}\"\n\
             encapsulated = \"{}\"\nciphertext = \"{}\"\n",
            it.administrator(),
            hex(&public),
            hex(&wrapped.encapsulated),
            hex(&wrapped.ciphertext)
        )
    };
    contributions.iter().map(entry).collect()
}

/// Epoch 2 is announced in manifest 2, whose body is given, and the school has declared its wrap key.
fn announced() -> (Exchange, HostileHub, Office, String) {
    let (exchange, hub, office) = taken_over();
    let commitments: String = CONTRIBUTING
        .map(|id| {
            assert_eq!(exchange.run(id, &["key", "contribute", "--epoch", "2"]).status, 0);
            let commitment = contribution(&exchange, id).commitment(office.root().exchange(), EPOCH);
            format!("    {{ administrator = \"{id}\", commitment = \"{}\" }},\n", hex(&commitment))
        })
        .concat();
    let body = format!(
        "{}\n[[epochs]]\nnumber = 2\nscheme = \"hmac\"\nstate = \"announced\"\ncontributions = [\n{commitments}]\n",
        following(office.first().manifest().body())
    );
    hub.answers().give(2, &office.signed(&body));
    let waiting = exchange.run(AGENCY, &["key", "install", "--json"]);
    assert_eq!((waiting.status, waiting.json()["manifest"].as_u64()), (3, Some(2)), "{waiting:?}");
    assert_eq!(hub.answers().declarations.len(), 1);
    for (party, command) in
        [("zorgcoordinator-west", "alert list"), ("beheer-a", "key status"), ("beheer-c", "key status")]
    {
        let arguments: Vec<_> = command.split(' ').collect();
        assert_eq!(exchange.run(party, &arguments).status, 0, "{party}");
    }
    (exchange, hub, office, body)
}

#[test]
fn it_cannot_substitute_a_wrap() {
    let (exchange, hub, office, body) = announced();
    // The hub knows the school's public wrap key, so it can wrap to it what it likes.
    let of_hub = CONTRIBUTING.map(|id| Contribution::new(ConnectionId::parse(id).unwrap(), [0x66; 32]));
    let substituted = format!("{}{}", following(&body), wraps(&exchange, &office, &of_hub));
    for (what, forged, sentence) in office.forgeries(&substituted) {
        hub.answers().give(3, &forged);
        refused_by_all(&exchange, what, sentence);
    }
    // And if it slips in before the administrators sign, the commitments beside it tell (P-13).
    let keys = exchange.kit_directory().join(AGENCY).join("epochs");
    let before = files(&keys);
    hub.answers().give(3, &office.signed(&substituted));
    let refused = exchange.run(AGENCY, &["key", "install"]);
    assert_eq!(refused.status, 1, "{refused:?}");
    for words in
        ["beheer-a", "iets anders dan in het manifest is vastgelegd", "Waarschuw de sleutelbeheerders"]
    {
        assert!(refused.err.contains(words), "{words}: {refused:?}");
    }
    assert!(files(&keys) == before, "a key changed");
    // What the administrators wrapped is installed, and is the key of their contributions.
    let own = CONTRIBUTING.map(|id| contribution(&exchange, id));
    let right = format!("{}{}", following(&following(&body)), wraps(&exchange, &office, &own));
    let named = |body: &str| body.lines().find(|it| it.starts_with("predecessor")).unwrap().to_owned();
    let right = changed(&right, &named(&right), &named(&following(&substituted)));
    hub.answers().give(4, &office.signed(&right));
    let installed = exchange.run(AGENCY, &["key", "install"]);
    assert_eq!(installed.status, 0, "{installed:?}");
    let key = key_of(&exchange.kit_directory(), AGENCY, "epochs/2.key", Purpose::Epoch(EPOCH)).unwrap();
    assert!(*key == *epoch_key(office.root().exchange(), EPOCH, 2, &own).unwrap());
}

/// What `key status` of an administrator says of the school in the announced epoch, and on standard error.
fn told_of_school(exchange: &Exchange) -> (serde_json::Value, String) {
    let answer = exchange.run("beheer-a", &["key", "status", "--json"]);
    assert_eq!(answer.status, 0, "{answer:?}");
    let epochs = answer.json();
    let epoch = epochs.as_array().unwrap().iter().find(|it| it["epoch"] == 2).unwrap();
    let agencies = epoch["agencies"].as_array().unwrap();
    (agencies.iter().find(|it| it["connection"] == AGENCY).unwrap().clone(), answer.err)
}

/// What the hub can make of a declaration that says `from`, so that it says `to`.
fn twisted(
    office: &Office,
    genuine: &v1::Declaration,
    from: &str,
    to: &str,
) -> Vec<(&'static str, v1::Declaration)> {
    let text = std::str::from_utf8(&genuine.statement).unwrap();
    let statement = changed(text, from, to).into_bytes();
    let (certificate_key, signature) = office.tls_of_hub(&statement);
    let changed = v1::Declaration { statement, ..genuine.clone() };
    vec![
        ("other words, the old signature", changed.clone()),
        ("the hub's signature", v1::Declaration { signature: signature.clone(), ..changed.clone() }),
        ("the hub's signature and key", v1::Declaration { certificate_key, signature, ..changed }),
    ]
}

/// No declaration of these counts in what an administrator sees, and it is said that the hub gave one.
fn believed_by_nobody(
    exchange: &Exchange,
    hub: &HostileHub,
    lies: Vec<(&'static str, v1::Declaration)>,
    counts: impl Fn(&serde_json::Value) -> bool,
) {
    for (what, lie) in lies {
        hub.answers().declarations = vec![lie];
        let before = files(&exchange.kit_directory());
        let (school, warned) = told_of_school(exchange);
        assert!(!counts(&school), "{what}: {school}");
        assert!(warned.contains("1 verklaring") && warned.contains("telt niet mee"), "{what}: {warned}");
        assert!(files(&exchange.kit_directory()) == before, "{what}: a file changed");
    }
}

#[test]
fn it_cannot_declare_a_wrap_key_for_an_agency() {
    let (exchange, hub, office, _) = announced();
    let declared = |school: &serde_json::Value| school["wrap_key_declared"] == true;
    let (school, warned) = told_of_school(&exchange);
    assert!(declared(&school) && warned.is_empty(), "{school} {warned}");
    let genuine = hub.answers().declarations[0].clone();
    let text = String::from_utf8(genuine.statement.clone()).unwrap();
    let own = text.lines().find(|it| it.starts_with("wrap-key ")).unwrap();
    let key_of_hub = format!("wrap-key {}", "66".repeat(32));
    believed_by_nobody(&exchange, &hub, twisted(&office, &genuine, own, &key_of_hub), declared);
    // Nor does the word of one agency, of one epoch, become another's.
    for (from, to) in [(AGENCY, "gemeente-west"), ("\n2\n", "\n1\n")] {
        believed_by_nobody(&exchange, &hub, twisted(&office, &genuine, from, to), declared);
    }
    hub.answers().declarations = vec![genuine];
    assert!(declared(&told_of_school(&exchange).0));
}

/// Whether an administrator wraps for the school when the hub is asked who declared a key.
fn is_wrapped_for_school(exchange: &Exchange) -> bool {
    let draft = exchange.scratch().join("wraps.toml");
    let path = draft.to_str().unwrap();
    assert_eq!(exchange.run("beheer-a", &["manifest", "new", path]).status, 0);
    let before = std::fs::read_to_string(&draft).unwrap();
    let wrapped = exchange.run("beheer-a", &["key", "wrap", path]);
    let after = std::fs::read_to_string(&draft).unwrap();
    std::fs::remove_file(&draft).unwrap();
    let is_wrapped = after.contains("[[epochs.wraps]]");
    assert_eq!(is_wrapped, before != after, "{wrapped:?}");
    assert!(is_wrapped || wrapped.status != 0 || wrapped.out.contains(AGENCY), "nobody is told: {wrapped:?}");
    is_wrapped
}

#[test]
fn no_administrator_wraps_to_a_key_of_the_hubs() {
    let (exchange, hub, office, _) = announced();
    let genuine = hub.answers().declarations[0].clone();
    let text = String::from_utf8(genuine.statement.clone()).unwrap();
    let own = text.lines().find(|it| it.starts_with("wrap-key ")).unwrap();
    for (what, lie) in twisted(&office, &genuine, own, &format!("wrap-key {}", "66".repeat(32))) {
        hub.answers().declarations = vec![lie];
        assert!(!is_wrapped_for_school(&exchange), "{what}");
    }
    hub.answers().declarations = vec![genuine];
    assert!(is_wrapped_for_school(&exchange));
}

#[test]
fn it_cannot_say_that_an_agency_destroyed_its_key() {
    let (exchange, hub, office, _) = announced();
    let destroyed = |school: &serde_json::Value| school["destroyed"] == today().to_string();
    let genuine = hub.answers().declarations[0].clone();
    let text = String::from_utf8(genuine.statement.clone()).unwrap();
    let own = text.lines().find(|it| it.starts_with("wrap-key ")).unwrap();
    for word in ["destroyed", "installed"] {
        let said = |school: &serde_json::Value| !school[word].is_null();
        believed_by_nobody(&exchange, &hub, twisted(&office, &genuine, own, word), said);
    }
    let config = Config::read(&exchange.kit_directory().join("school-west.toml")).unwrap();
    let own = declare(&config, office.root().origin(), EPOCH, Said::Destroyed, today()).unwrap();
    hub.answers().declarations = vec![v1::Declaration {
        statement: own.text().to_vec(),
        certificate_key: own.certificate_key().to_vec(),
        signature: own.signature().to_vec(),
    }];
    assert!(destroyed(&told_of_school(&exchange).0));
}

/// The day on which the hub destroyed its keys of an epoch, as an administrator is told.
fn destroyed_by_hub(exchange: &Exchange) -> (serde_json::Value, String) {
    let answer = exchange.run("beheer-a", &["key", "status", "--json"]);
    assert_eq!(answer.status, 0, "{answer:?}");
    (answer.json()[0]["hub_destroyed"].clone(), answer.err)
}

#[test]
fn nobody_but_the_hub_says_that_its_keys_are_gone() {
    let (exchange, hub, office) = taken_over();
    assert!(destroyed_by_hub(&exchange).0.is_null());
    let genuine = office.destruction(1);
    let text = format!("{}/destruction\n1\n{}\nfile-slots\n", office.root().origin(), today());
    assert!(genuine.starts_with(&text));
    let stranger = SigningKey::from_seed(&format!("{}/hub", office.root().origin()), &[0x66; 32]).unwrap();
    for (what, forged) in [
        ("another key of the same name", sign(&text, &[&stranger])),
        ("an administrator", sign(&text, &[&office.key("beheer-b")])),
        ("another epoch", genuine.replacen("\n1\n", "\n2\n", 1)),
        ("a statement of another epoch", office.destruction(2).replacen("\n2\n", "\n1\n", 1)),
        ("another exchange", genuine.replacen("voorbeeld/destruction", "anders/destruction", 1)),
        ("no note", text.clone()),
    ] {
        hub.answers().statements = vec![forged.into_bytes()];
        let (day, warned) = destroyed_by_hub(&exchange);
        assert!(day.is_null(), "{what}: {day}");
        assert!(warned.contains("1 verklaring") && warned.contains("telt niet mee"), "{what}: {warned}");
    }
    hub.answers().statements = vec![genuine.into_bytes()];
    assert_eq!(destroyed_by_hub(&exchange), (today().to_string().into(), String::new()));
}
