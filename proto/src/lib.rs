//! The schema `samenloop.v1` and its generated code.
//!
//! Messages are decoded strictly: [`StrictCodec`] refuses a message with a field the schema does not know,
//! where protobuf's own habit is to drop it in silence (V-01).

mod strict;

pub use strict::StrictCodec;

/// The generated messages, services and clients of `samenloop.v1`.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    reason = "generated; `proto/` has the documentation"
)]
pub mod v1 {
    tonic::include_proto!("samenloop.v1");
}

/// Bytes to which batches and alert messages are padded on the wire (protocol.md P-60a).
pub const PADDED_TO: usize = 16 * 1024;

/// Zero bytes that bring a message of `bare_len` encoded bytes to a multiple of `unit` once they are set as its padding
/// field, tag and length included. Where the rest has no room for them, to the next multiple.
///
/// # Panics
/// With a unit of 0.
#[must_use]
pub fn padding_for(bare_len: usize, unit: usize) -> Vec<u8> {
    let mut whole = bare_len.next_multiple_of(unit);
    loop {
        // One byte of tag, and a length of one to five; a padding of no bytes is not encoded at all.
        for header in 2..=6_usize {
            let room = whole.saturating_sub(bare_len + header);
            if room > 0 && prost::length_delimiter_len(room) + 1 == header {
                return vec![0; room];
            }
        }
        whole += unit;
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn a_padded_message_is_a_multiple_of_its_unit() {
        for unit in [1024, PADDED_TO, 60 * 1024] {
            let around = (1..=2 * PADDED_TO / unit + 1).flat_map(|it| it * unit - 200..it * unit + 200);
            for len in (0..40_000).step_by(61).chain(around) {
                let mut batch = v1::SignalBatch { batch_id: vec![7; len], ..Default::default() };
                batch.padding = padding_for(batch.encoded_len(), unit);
                let whole = batch.encoded_len();
                assert!(whole.is_multiple_of(unit), "{len}: {whole}");
                assert!(batch.padding.len() <= unit.max(PADDED_TO) + 260, "{len}: {}", batch.padding.len());
            }
        }
    }
}
