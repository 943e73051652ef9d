//! A small root and manifest, to be altered by tests.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "tests only")]

use samenloop_manifest::note::{SigningKey, sign};
use samenloop_manifest::{Root, Statement, Subject, sha256, taxonomy_hash};

pub const ORIGIN: &str = "samenloop.example/test";

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn key(id: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(&format!("{ORIGIN}/{id}"), &[seed; 32]).unwrap()
}

/// Administrators a, b and c, each of another organisation; `k` of them must sign.
pub fn root_text(k: usize) -> String {
    let mut text = format!(
        "origin = \"{ORIGIN}\"\nexchange = \"test\"\nsequence = 1\nk = {k}\nn = 3\nm = 2\n\
         delay_of_additions_hours = 72\n"
    );
    for (id, seed) in [("a", 1), ("b", 2), ("c", 3)] {
        let vkey = key(id, seed).verifier().to_string();
        text += &format!(
            "[[administrators]]\nid = \"{id}\"\nvkey = \"{vkey}\"\norganisation = \"{:020}\"\n",
            seed
        );
    }
    text
}

pub fn root(k: usize) -> Root {
    Root::parse(&root_text(k)).unwrap()
}

/// A sound body under the root of [`root_text`].
pub fn body(k: usize) -> String {
    include_str!("manifest.toml")
        .replace("@root", &hex(&sha256(root_text(k).as_bytes())))
        .replace("@taxonomy", &hex(&taxonomy_hash()))
}

/// A note of `body` as number 1, signed by these administrators.
pub fn note(body: &str, signers: &[&SigningKey]) -> String {
    sign(&Statement::of(ORIGIN, Subject::Manifest, 1, body.as_bytes()).to_string(), signers)
}
