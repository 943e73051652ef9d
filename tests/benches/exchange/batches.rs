//! Batches as an agency sends them; their children and details are random, and nobody can open either.

use prost::Message;
use samenloop_client::membership::Membership;
use samenloop_core::value::{DETAILS_LEN, Month, RegionId};
use samenloop_proto::v1;

/// Random bytes, from the operating system.
fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A batch of so many soft signals of this month in `west`, each of a child of its own.
pub(crate) fn batch(membership: &Membership, lines: usize, month: u32) -> v1::SignalBatch {
    let manifest = membership.manifest();
    let west = RegionId::parse("west").unwrap();
    let coordinators: Vec<_> = manifest.coordinators_of(&west).map(|it| it.details_key_id.unwrap()).collect();
    let encapsulated = random(32);
    let signal = || v1::Signal {
        reference: random(16),
        revision: 1,
        pseudonyms: manifest
            .live_epochs(Month::from_number(month).unwrap().last_day())
            .map(|epoch| v1::Pseudonym { scheme: 1, epoch: epoch.number(), kind: 1, value: random(32) })
            .collect(),
        severity: v1::Severity::Soft.into(),
        month,
        region: "west".to_owned(),
        details: coordinators
            .iter()
            .map(|key| v1::SealedDetails {
                key_id: key.to_vec(),
                encapsulated_key: encapsulated.clone(),
                nonce: random(12),
                ciphertext: random(DETAILS_LEN),
            })
            .collect(),
        ..v1::Signal::default()
    };
    let line = |_| v1::SignalLine { line: Some(v1::signal_line::Line::Put(signal())) };
    let mut batch = v1::SignalBatch {
        batch_id: random(16),
        manifest: Some(v1::ManifestReference {
            sequence: manifest.sequence(),
            sha256: manifest.hash().to_vec(),
        }),
        lines: (0..lines).map(line).collect(),
        padding: Vec::new(),
    };
    batch.padding = samenloop_proto::padding_for(batch.encoded_len());
    batch
}
