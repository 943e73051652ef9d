//! HMAC-SHA-256 with the key already in it, and the length prefix of every message here.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::digest::FixedOutput;
use zeroize::Zeroizing;

/// A keyed hash (RFC 2104) that holds its key as two hash states, so that keying is paid for once and a
/// clone costs a copy. States and buffer are wiped on drop.
pub(crate) type Keyed = Hmac<Sha256>;

/// HMAC-SHA-256 under a key of 32 bytes, before any message.
///
/// What the hash copies to the stack in between is overwritten by later calls, not wiped: that takes a
/// compiler's promise which Rust does not give.
pub(crate) fn keyed(key: &[u8; 32]) -> Keyed {
    // A key shorter than a block is the same key with zeros behind it (RFC 2104 section 2), and a whole
    // block cannot be refused for its length.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Keyed::new((&*block).into())
}

/// The hash of everything fed, written straight into memory that is wiped.
pub(crate) fn finish(mac: Keyed) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    mac.finalize_into((&mut *out).into());
    out
}

/// Feeds `lp(part)`: the length of `part` as two bytes, big-endian, and `part`.
///
/// Every text that comes here is bounded far below the 65,535 bytes that have a length prefix: an exchange
/// by the manifest to 64 bytes, an administrator by its name to 32, an identifier to 10.
pub(crate) fn feed(mac: &mut Keyed, part: &[u8]) {
    mac.update(&length(part));
    mac.update(part);
}

/// Appends `lp(part)`, as [`feed`] does.
pub(crate) fn append(message: &mut Vec<u8>, part: &[u8]) {
    message.extend_from_slice(&length(part));
    message.extend_from_slice(part);
}

fn length(part: &[u8]) -> [u8; 2] {
    u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn the_states_of_the_hash_are_wiped_on_drop() {
        const fn wiped<T: ZeroizeOnDrop>() {}
        // Does not compile once the `zeroize` feature of the hash is off.
        wiped::<Sha256>();
    }

    #[test]
    fn a_key_of_32_bytes_is_the_key_of_rfc_2104() {
        let by_slice =
            Keyed::new_from_slice(&[7; 32]).unwrap().chain_update(b"message").finalize().into_bytes();
        let mut ours = keyed(&[7; 32]);
        ours.update(b"message");
        assert_eq!(finish(ours)[..], by_slice[..]);
    }

    #[test]
    fn a_length_prefix_tells_where_a_part_ends() {
        let mut message = Vec::new();
        append(&mut message, b"ab");
        append(&mut message, b"");
        append(&mut message, &[9; 258]);
        assert_eq!(message[..8], [0, 2, b'a', b'b', 0, 0, 1, 2]);
        assert_eq!(message.len(), 6 + 2 + 258);

        let (mut fed, mut whole) = (keyed(&[1; 32]), keyed(&[1; 32]));
        for part in [&b"ab"[..], b"", &[9; 258]] {
            feed(&mut fed, part);
        }
        whole.update(&message);
        assert_eq!(finish(fed), finish(whole));
    }
}
