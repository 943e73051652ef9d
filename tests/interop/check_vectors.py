#!/usr/bin/env python3
"""Recomputes the protocol's test vectors from docs/protocol.md alone.

A second reading of the page in another language, with nothing but the standard library (Python 3.11). One
line a group; the last line is "N passed, N failed"; the exit status is 1 if anything failed.

    check_vectors.py [FILE]        FILE is tests/vectors/protocol-v1.json unless given
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "protocol-v1.json"

# The eight leaves on which RFC 6962 implementations agree; the vectors hold their root.
RFC_6962_LEAVES = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)


def lp(part: bytes) -> bytes:
    return struct.pack(">H", len(part)) + part


def u32(number: int) -> bytes:
    return struct.pack(">I", number)


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def hkdf(salt: bytes, ikm: bytes, info: bytes) -> bytes:
    """RFC 5869 for 32 bytes, which take one round of the expansion."""
    return mac(mac(salt, ikm), info + b"\x01")


def canonical(kind: int, typed: str) -> bytes:
    """The digits that are hashed; ValueError for what is no identifier of this kind."""
    length = 10 if kind == 3 else 9
    digits = typed if kind == 3 else typed.translate({ord(mark): None for mark in " .-"})
    if not digits.isascii() or not digits.isdigit():
        raise ValueError("not digits")
    if kind != 3 and len(digits) == 8:
        digits = "0" + digits
    if len(digits) != length or not digits.strip("0"):
        raise ValueError("length, or all zeros")
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    if kind == 1 and sum(int(digit) * weight for digit, weight in zip(digits, weights)) % 11:
        raise ValueError("eleven-test")
    return digits.encode("ascii")


def typed_in(name: str) -> str:
    """The number in a vector's name, as in "BSN 10000008 (8 digits, left-padded)"."""
    return next(word for word in name.split() if len(word) > 3 and word.isdigit())


def tree_root(leaves: list) -> bytes:
    """RFC 6962 section 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:]))


def verifier_key(vkey: str):
    """Name, key id as written, key id as computed, and signature type of a verifier key of a signed note."""
    name, written, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if len(key) != 33:
        raise ValueError("a verifier key is a type and 32 bytes")
    return name, bytes.fromhex(written), sha256(name.encode() + b"\n" + key)[:4], key[0]


def signature_lines(note: str):
    """Name, key id and length of signature of each line behind the last empty line."""
    for line in note[note.rindex("\n\n") + 2 :].splitlines():
        mark, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        if mark != "\u2014":
            raise ValueError("a signature line starts with a dash")
        yield name, signature[:4], len(signature) - 4


# Each group yields (what, computed, expected).


def identifiers(v):
    for vector in v["pseudonym"]:
        yield vector["name"], canonical(vector["kind"], typed_in(vector["name"])).hex(), vector["canonical"]
    for vector in (it for it in v["negative"] if "input" in it):
        try:
            canonical(1, vector["input"])
            yield vector["what"], "taken", "refused"
        except ValueError:
            yield vector["what"], "refused", "refused"


def pseudonyms(v):
    exchange, epoch = v["parameters"]["exchange"].encode(), v["parameters"]["epoch"]
    for vector in v["pseudonym"]:
        message = lp(b"samenloop/v1/identity") + lp(exchange) + u32(epoch) + bytes([vector["kind"]])
        message += lp(bytes.fromhex(vector["canonical"]))
        secret = mac(bytes.fromhex(v["parameters"]["K_e"]), message)
        yield vector["name"] + ": M", message.hex(), vector["message"]
        yield vector["name"] + ": Y", secret.hex(), vector["identity_secret_Y"]
        yield vector["name"] + ": P", mac(secret, b"samenloop/v1/pseudonym").hex(), vector["pseudonym_P"]


def hub_layer(v):
    parameters = v["parameters"]
    exchange, epoch = parameters["exchange"].encode(), parameters["epoch"]
    pepper, following, data_key = (
        bytes.fromhex(parameters[name]) for name in ("hub_pepper", "hub_pepper_next", "hub_data_key")
    )
    for vector in v["pseudonym"]:
        name, pseudonym = vector["name"], bytes.fromhex(vector["pseudonym_P"])
        message = lp(b"samenloop/v1/hub/index") + lp(exchange) + u32(epoch) + bytes([vector["kind"]]) + pseudonym
        index = mac(pepper, message)
        yield name + ": index", index.hex(), vector["hub_index_h1"]
        rewrapped = mac(following, lp(b"samenloop/v1/hub/rewrap") + index)
        yield name + ": index under the next pepper", rewrapped.hex(), vector["hub_index_h1_rewrapped"]
        row_key = mac(data_key, lp(b"samenloop/v1/hub/row-key") + pseudonym)
        yield name + ": row key", row_key.hex(), vector["hub_row_key"]


def references(v):
    vector = v["signal_reference"]
    reference = mac(bytes.fromhex(vector["reference_key"]), vector["local_reference"].encode())[:16]
    yield "signal reference", reference.hex(), vector["reference"]


def commitments(v):
    exchange, epoch = v["parameters"]["exchange"].encode(), v["parameters"]["epoch"]
    drawn = {it["admin"]: bytes.fromhex(it["value"]) for it in v["parameters"]["contributions"]}
    for vector in v["contribution_commitments"]:
        message = lp(b"samenloop/v1/contribution") + lp(exchange) + u32(epoch)
        message += lp(vector["admin"].encode()) + drawn[vector["admin"]]
        yield vector["admin"], sha256(message).hex(), vector["sha256"]


def epoch_key(v):
    parameters = v["parameters"]
    drawn = sorted((it["admin"].encode(), bytes.fromhex(it["value"])) for it in parameters["contributions"])
    info = lp(b"samenloop/v1/hmac/epoch-key") + lp(parameters["exchange"].encode())
    info += u32(parameters["epoch"]) + bytes([len(drawn)])
    ikm = b"".join(lp(admin) + value for admin, value in drawn)
    yield "K_e", hkdf(info, ikm, info).hex(), parameters["K_e"]


def details_key(v):
    vector = v["details_key"]
    message = lp(bytes.fromhex(vector["reference"])) + struct.pack(">Q", vector["revision"])
    yield "details key", mac(bytes.fromhex(vector["secret"]), message).hex(), vector["key"]


def rfc_4231(v):
    for vector in v["rfc"]["rfc4231"]:
        made = mac(bytes.fromhex(vector["key"]), bytes.fromhex(vector["data"]))
        yield f"case {vector['case']}", made.hex(), vector["hmac_sha256"]


def rfc_6962(v):
    yield "five leaves", tree_root([bytes.fromhex(it) for it in v["log"]["leaf_data"]]).hex(), v["log"]["root"]
    eight = tree_root([bytes.fromhex(it) for it in RFC_6962_LEAVES])
    yield "eight leaves", eight.hex(), v["rfc"]["rfc6962_eight_leaf_root"]


def manifest_note(v):
    vector = v["manifest_note"]
    keys = [verifier_key(it) for it in vector["vkeys"]]
    for name, written, computed, kind in keys:
        yield name + ": key id", computed, written
        yield name + ": type", kind, 1
    text = vector["note"][: vector["note"].rindex("\n\n") + 1]
    origin, sequence, body_hash = text.removesuffix("\n").split("\n")
    yield "origin", origin, vector["origin"] + "/manifest"
    yield "sequence", str(int(sequence)), sequence
    yield "body", sha256(bytes.fromhex(vector["body"])), base64.b64decode(body_hash, validate=True)
    signed = [(name, key_id, length) for name, key_id, length in signature_lines(vector["note"])]
    yield "signature lines", signed, [(name, written, 64) for name, written, _, _ in keys]


def checkpoint(v):
    vector = v["log"]
    log, witness = verifier_key(vector["log_vkey"]), verifier_key(vector["witness_vkey"])
    # 0x04 is a cosignature with a time in front (C2SP tlog-cosignature).
    for (name, written, computed, kind), expected in ((log, 1), (witness, 4)):
        yield name + ": key id", computed, written
        yield name + ": type", kind, expected
    note = vector["checkpoint_with_cosignature"]
    origin, size, root = note[: note.rindex("\n\n")].split("\n")
    yield "origin", origin, log[0]
    yield "size", int(size), len(vector["leaf_data"])
    yield "root", base64.b64decode(root, validate=True).hex(), vector["root"]
    yield "signature lines", list(signature_lines(note)), [(log[0], log[1], 64), (witness[0], witness[1], 72)]


GROUPS = (
    ("identifiers, taken and refused", identifiers),
    ("pseudonyms: M, Y and P", pseudonyms),
    ("hub: index, next index, row key", hub_layer),
    ("signal reference", references),
    ("commitments to contributions", commitments),
    ("epoch key from contributions", epoch_key),
    ("details key", details_key),
    ("RFC 4231", rfc_4231),
    ("RFC 6962 roots", rfc_6962),
    ("manifest note: hash and key ids", manifest_note),
    ("log checkpoint: root and key ids", checkpoint),
)


def main() -> int:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else VECTORS
    vectors = json.loads(path.read_text(encoding="utf-8"))
    passed = failed = 0
    for name, group in GROUPS:
        wrong, right = [], 0
        try:
            for what, computed, expected in group(vectors):
                if computed == expected:
                    right += 1
                else:
                    wrong.append(what)
        except (KeyError, IndexError, ValueError, TypeError, StopIteration, RuntimeError) as fault:
            wrong.append(f"unreadable: {type(fault).__name__} {fault}")
        if not wrong and not right:
            wrong.append("no vectors")
        passed, failed = passed + right, failed + len(wrong)
        verdict = f"FAILED: {'; '.join(wrong)}" if wrong else "ok"
        print(f"{name}: {right} passed, {verdict}")
    print("not checked: Ed25519 signatures and RFC 9180, which the standard library does not have")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
