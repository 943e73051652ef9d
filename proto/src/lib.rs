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

/// Zero bytes that bring a message of `bare_len` encoded bytes to a multiple of [`PADDED_TO`] once they are
/// set as its padding field, tag and length included.
#[must_use]
pub fn padding_for(bare_len: usize) -> Vec<u8> {
    // One byte of tag, and a length of one to three bytes: take the shortest that comes out even.
    for header in 2..=4_usize {
        let room = (bare_len + header).next_multiple_of(PADDED_TO) - bare_len - header;
        if prost::length_delimiter_len(room) + 1 == header {
            return vec![0; room];
        }
    }
    // A gap falls between two header lengths (127 to 128 bytes): fill the next block.
    vec![0; (bare_len + 4).next_multiple_of(PADDED_TO) + PADDED_TO - bare_len - 4]
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn a_padded_batch_is_a_multiple_of_16_kib() {
        for len in (0..40_000).step_by(61).chain(16_000..16_400) {
            let mut batch = v1::SignalBatch { batch_id: vec![7; len], ..Default::default() };
            batch.padding = padding_for(batch.encoded_len());
            let whole = batch.encoded_len();
            // A padding of no bytes is not encoded at all; only then may two bytes be missing.
            let exact = whole.is_multiple_of(PADDED_TO)
                || (batch.padding.is_empty() && (whole + 2).is_multiple_of(PADDED_TO));
            assert!(exact, "{len}: {whole}");
        }
    }
}
