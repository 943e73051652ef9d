//! Sealing: AES-256-GCM-SIV (RFC 8452) with 96 random nonce bits, and the keyed hash of protocol.md.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Fault;

/// Bytes of nonce and tag around what is sealed.
pub(crate) const OVERHEAD: usize = NONCE + 16;
const NONCE: usize = 12;

/// A key of 32 bytes, wiped on drop.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// `lp(x) = u16be(len x) ‖ x` of protocol.md. Everything given here is far below 64 KiB.
pub(crate) fn lp(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    out
}

/// HMAC-SHA-256 over the parts, one after another.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of 32 bytes is below the block size: it is used as it is, and cannot be refused.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Seals `plain` as `nonce ‖ ciphertext ‖ tag`, bound to `place`.
pub(crate) fn seal(key: &[u8; 32], place: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut nonce = [0; NONCE];
    random(&mut nonce)?;
    let sealed = Aes256GcmSiv::new(key.into())
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: place })
        .map_err(|_| Fault::Damaged("a value too long to seal".to_owned()))?;
    let mut out = Vec::with_capacity(NONCE + sealed.len());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// Opens what [`seal`] made; `None` when it is not that, under this key and at this place.
pub(crate) fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    Aes256GcmSiv::new(key.into())
        .decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: place })
        .ok()
        .map(Zeroizing::new)
}

/// Fills `bytes` with randomness of the operating system.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes)
        .map_err(|_| Fault::Io { what: "randomness", source: std::io::Error::other("the system gives none") })
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn what_is_made_of_a_key_is_wiped_on_drop() {
        const fn wiped<T: ZeroizeOnDrop>() {}
        // Does not compile once the `zeroize` feature of one of them is off.
        wiped::<aes::Aes256>();
        wiped::<Sha256>();
    }

    #[test]
    fn what_is_sealed_opens_only_at_its_own_place() {
        let sealed = seal(&[1; 32], b"here", b"plain").unwrap();
        assert_eq!(sealed.len(), 5 + OVERHEAD);
        assert_eq!(open(&[1; 32], b"here", &sealed).unwrap().as_slice(), b"plain");
        assert!(open(&[1; 32], b"there", &sealed).is_none());
        assert!(open(&[2; 32], b"here", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(open(&[1; 32], b"here", &bent).is_none(), "byte {at}");
        }
    }

    #[test]
    fn the_keyed_hash_is_hmac_sha_256() {
        // RFC 4231 test case 2 has a shorter key, so this one is computed: HMAC over two parts is over both.
        assert_eq!(hmac(&[7; 32], &[b"ab", b"c"]), hmac(&[7; 32], &[b"abc"]));
        assert_ne!(hmac(&[7; 32], &[b"abc"]), hmac(&[8; 32], &[b"abc"]));
    }
}
