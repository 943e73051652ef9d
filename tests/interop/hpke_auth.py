"""RFC 9180 in mode_auth, as far as docs/protocol.md section 6 uses it: a setup by the sender, and what it exports.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. X25519 is of the package `cryptography`.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEM, KDF, AEAD = 0x0020, 0x0001, 0x0003
MODE_AUTH = 2

# Section 4.1 and section 5.1: what keeps the hashes of the KEM and of the key schedule apart.
KEM_SUITE = b"KEM" + KEM.to_bytes(2, "big")
HPKE_SUITE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (KEM, KDF, AEAD))


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt, b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes) -> bytes:
    """32 bytes, which take one round of HKDF's expansion."""
    labeled = (32).to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.new(prk, labeled + b"\x01", hashlib.sha256).digest()


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def setup_and_export(sender: bytes, recipient: bytes, info: bytes, context: bytes) -> tuple[bytes, bytes]:
    """SetupAuthS and Export of 32 bytes: the encapsulated key and the secret. `sender` is a private key, raw."""
    own, to, ephemeral = X25519PrivateKey.from_private_bytes(sender), X25519PublicKey.from_public_bytes(recipient), X25519PrivateKey.generate()
    encapsulated = public(ephemeral)
    shared = ephemeral.exchange(to) + own.exchange(to)
    prk = extract(KEM_SUITE, b"", b"eae_prk", shared)
    shared = expand(KEM_SUITE, prk, b"shared_secret", encapsulated + recipient + public(own))
    schedule = bytes([MODE_AUTH])
    schedule += extract(HPKE_SUITE, b"", b"psk_id_hash", b"") + extract(HPKE_SUITE, b"", b"info_hash", info)
    secret = extract(HPKE_SUITE, shared, b"secret", b"")
    exporter = expand(HPKE_SUITE, secret, b"exp", schedule)
    return encapsulated, expand(HPKE_SUITE, exporter, b"sec", context)
