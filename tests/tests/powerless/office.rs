//! The administrators of a kit, and what a hub can make of a manifest with the keys that it has.

use std::path::PathBuf;

use ring::signature::Ed25519KeyPair;
use samenloop_client::clock::SystemClock;
use samenloop_client::key::Purpose;
use samenloop_core::clock::Clock as _;
use samenloop_core::value::{Day, Epoch};
use samenloop_keys_example::key_of;
use samenloop_manifest::note::{SigningKey, sign, sign_with};
use samenloop_manifest::{Destruction, Publication, Root, Signed, Statement, Subject, sha256};
use samenloop_server::tls;
use samenloop_tests::{Exchange, hex};
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::crypto::ring::sign::any_supported_type;

pub(crate) fn today() -> Day {
    SystemClock::new().unwrap().today()
}

/// The number that a body says that it has.
pub(crate) fn sequence_of(body: &str) -> u64 {
    body.lines().find_map(|line| line.strip_prefix("sequence = ")).unwrap().parse().unwrap()
}

/// The body that follows another: one number higher, and it names its predecessor.
pub(crate) fn following(body: &str) -> String {
    let number = sequence_of(body);
    let predecessor = hex(&sha256(body.as_bytes()));
    let own = format!("sequence = {}\npredecessor = \"{predecessor}\"\n", number + 1);
    let kept: String =
        body.lines().filter(|it| !it.starts_with("predecessor = ")).map(|it| format!("{it}\n")).collect();
    changed(&kept, &format!("sequence = {number}\n"), &own)
}

/// A text with one thing in another place; it must be there.
pub(crate) fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// The lines of one connection of a body.
pub(crate) fn entry_of<'b>(body: &'b str, connection: &str) -> &'b str {
    let start = body.find(&format!("[[connections]]\nid = \"{connection}\"\n")).unwrap();
    let entry = &body[start..];
    entry.find("\n\n").map_or(entry, |end| &entry[..=end])
}

/// The machines of the administrators, and the keys of the hub.
pub(crate) struct Office {
    kit: PathBuf,
    root: Root,
}

impl Office {
    pub(crate) fn of(exchange: &Exchange) -> Self {
        let kit = exchange.kit_directory();
        let root = Root::parse(&std::fs::read_to_string(kit.join("root.toml")).unwrap()).unwrap();
        Self { kit, root }
    }

    pub(crate) const fn root(&self) -> &Root {
        &self.root
    }

    /// The publication that everybody begins with.
    pub(crate) fn first(&self) -> Publication {
        Publication::read(&self.kit.join("hub/manifests/manifest-1.json")).unwrap()
    }

    /// The signing key of an administrator.
    pub(crate) fn key(&self, administrator: &str) -> SigningKey {
        let seed = key_of(&self.kit, administrator, "sign.key", Purpose::Sign).unwrap();
        let name = format!("{}/{administrator}", self.root.origin());
        SigningKey::from_seed(&name, &seed.as_slice().try_into().unwrap()).unwrap()
    }

    /// A body, signed by as many administrators as must.
    pub(crate) fn signed(&self, body: &str) -> Publication {
        let keys = [self.key("beheer-a"), self.key("beheer-b")];
        self.noted(body, &sign(&self.statement(body), &keys.each_ref()))
    }

    /// A body with a note, whatever is in it.
    pub(crate) fn noted(&self, body: &str, note: &str) -> Publication {
        Publication::new(Signed::new(body.to_owned(), note.to_owned()), None)
    }

    fn statement(&self, body: &str) -> String {
        Statement::of(self.root.origin(), Subject::Manifest, sequence_of(body), body.as_bytes()).to_string()
    }

    /// A body under every note that a hub can make or has, with one administrator's word at most; each with what it
    /// is, and with a part of the sentence that refuses it.
    pub(crate) fn forgeries(&self, body: &str) -> Vec<(&'static str, Publication, &'static str)> {
        let text = self.statement(body);
        let hub = |name| {
            SigningKey::from_seed(&format!("{}/{name}", self.root.origin()), &self.hub_seed()).unwrap()
        };
        let (one, as_hub) = (self.key("beheer-a"), hub("hub"));
        let none = "Geldige handtekeningen: 0. Nodig: 2.";
        let one_of_two = "Geldige handtekeningen: 1. Nodig: 2.";
        [
            ("the hub's receipt key", sign(&text, &[&as_hub]), none),
            ("its key under two other names", sign(&text, &[&hub("beheer-a"), &hub("beheer-b")]), none),
            (
                "its signature under another's key id",
                sign_with(&text, one.verifier(), |it| self.sign_as_hub(it)),
                "beheer-a klopt niet",
            ),
            ("one administrator and the hub", sign(&text, &[&one, &as_hub]), one_of_two),
            ("one administrator twice", sign(&text, &[&one, &one]), one_of_two),
            (
                "the old note over changed bytes",
                self.first().manifest().note().to_owned(),
                "een ander manifest",
            ),
        ]
        .map(|(what, note, sentence)| (what, self.noted(body, &note), sentence))
        .into()
    }

    /// The seed of the hub's receipt key.
    fn hub_seed(&self) -> [u8; 32] {
        let text = std::fs::read_to_string(self.kit.join("hub/receipt.key")).unwrap();
        let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
        std::array::from_fn(byte)
    }

    /// The hub's own destruction of an epoch's keys, as it says it.
    pub(crate) fn destruction(&self, epoch: u32) -> String {
        let key = SigningKey::from_seed("of/no-matter", &self.hub_seed()).unwrap();
        let sign = |text: &[u8]| self.sign_as_hub(text);
        let statement = Destruction::new(self.root.origin().to_owned(), Epoch::new(epoch), today());
        statement.signed(*key.verifier().public_key(), sign).unwrap()
    }

    fn sign_as_hub(&self, text: &[u8]) -> Vec<u8> {
        Ed25519KeyPair::from_seed_unchecked(&self.hub_seed()).unwrap().sign(text).as_ref().to_vec()
    }

    /// The SubjectPublicKeyInfo of the hub's certificate, and its signature over a text.
    pub(crate) fn tls_of_hub(&self, text: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let key = tls::private_key(&self.kit.join("hub/key.pem")).unwrap();
        let key = any_supported_type(&key).unwrap();
        let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap();
        (key.public_key().unwrap().to_vec(), signer.sign(text).unwrap())
    }
}
