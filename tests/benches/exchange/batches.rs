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

/// The pseudonyms of so many children that nobody knows.
pub(crate) fn children(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|_| random(32)).collect()
}

/// A batch of one signal for each child, of this month in `west`.
pub(crate) fn batch(
    membership: &Membership,
    children: &[Vec<u8>],
    severity: v1::Severity,
    month: u32,
) -> v1::SignalBatch {
    let manifest = membership.manifest();
    let west = RegionId::parse("west").unwrap();
    let coordinators: Vec<_> = manifest.coordinators_of(&west).map(|it| it.details_key_id.unwrap()).collect();
    let encapsulated = random(32);
    let signal = |child: &Vec<u8>| v1::Signal {
        reference: random(16),
        revision: 1,
        pseudonyms: manifest
            .live_epochs(Month::from_number(month).unwrap().last_day())
            .map(|epoch| v1::Pseudonym { scheme: 1, epoch: epoch.number(), kind: 1, value: child.clone() })
            .collect(),
        severity: severity.into(),
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
    let line = |child| v1::SignalLine { line: Some(v1::signal_line::Line::Put(signal(child))) };
    let mut batch = v1::SignalBatch {
        batch_id: random(16),
        manifest: Some(v1::ManifestReference {
            sequence: manifest.sequence(),
            sha256: manifest.hash().to_vec(),
        }),
        lines: children.iter().map(line).collect(),
        padding: Vec::new(),
    };
    batch.padding = samenloop_proto::padding_for(batch.encoded_len(), samenloop_proto::PADDED_TO);
    batch
}
