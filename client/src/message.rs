//! The length prefix of every message that is hashed or bound to a ciphertext.

/// Appends `lp(part) = u16be(length of part) ‖ part`. Everything given here is far below 64 KiB.
pub(crate) fn append(message: &mut Vec<u8>, part: &[u8]) {
    let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(part);
}
