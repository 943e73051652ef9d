#!/usr/bin/env python3
"""An agency in another language, written from docs/protocol.md and the proto.

    agency.py CONFIG push < LINES          LINES: one JSON object a line, with the English column names of the README
    agency.py CONFIG withdraw REFERENCE...

CONFIG is the configuration of an agency, whose keys are sealed under a machine secret. Verifies the manifest, makes
pseudonyms and sealed details, sends one batch over mutual TLS, checks the hub's receipt, and prints what the hub
answered as JSON. The exit status is 0 when every line was accepted, 3 when some were refused, 1 when nothing was sent.
Needs Python 3.11 and requirements.txt. Keeps no journal: an agency in earnest keeps one (P-6, P-7).
"""

import base64
import datetime
import json
import os
import sys
import tempfile
import time
import tomllib
import zoneinfo
from pathlib import Path

import grpc
import grpc_tools.protoc
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, load_der_private_key,
)

from check_vectors import canonical, hkdf, lp, mac, sha256, signature_lines, u32, verifier_key
from hpke_auth import setup_and_export

PROTO = Path(__file__).resolve().parent.parent.parent / "proto"
KINDS = {"bsn": 1, "onderwijsnummer": 2, "v_number": 3}
SEVERITIES = {"soft": 1, "hard": 2}
PADDED_TO = 16 * 1024


class Refused(Exception):
    """Something here is not as docs/protocol.md says. Never names an identifier or a key."""


def demand(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(what)


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


# --- Notation: key files -------------------------------------------------------------------------------------------


def open_key(path: Path, purpose: str, secret: bytes) -> bytes:
    """The content of a key file that is sealed under a machine secret."""
    line = path.read_text(encoding="ascii").removesuffix("\n")
    head, encoded = line.rsplit(" ", 1)
    label, written, derivation, salt, nonce = head.split(" ")
    demand((label, written) == ("samenloop-key/1", purpose), f"{path.name} is no key for {purpose}")
    demand(derivation == "hkdf-sha256", f"{path.name} is sealed under a passphrase")
    key = hkdf(base64.b64decode(salt), secret, b"samenloop/v1/key-file")
    sealed = base64.b64decode(encoded)
    return ChaCha20Poly1305(key).decrypt(base64.b64decode(nonce), sealed, (head + " ").encode())


def machine_secret(path: Path) -> bytes:
    label, digits = path.read_text(encoding="ascii").splitlines()
    demand(label == "samenloop machine secret 1", f"{path.name} is no machine secret")
    return bytes.fromhex(digits)


# --- Section 3: the manifest ---------------------------------------------------------------------------------------


def verified(root: dict, root_text: bytes, note: str, body: str) -> dict:
    """The body of a manifest that k distinct keys of the root signed; parsed only then (P-20)."""
    keys = {}
    for administrator in root["administrators"]:
        name, key_id, _, _ = verifier_key(administrator["vkey"])
        keys[name, key_id] = base64.b64decode(administrator["vkey"].split("+", 2)[2])[1:]
    text = note[: note.rindex("\n\n") + 1]
    signatures = {
        (name, key_id): base64.b64decode(line.split(" ")[2])[4:]
        for line, (name, key_id, _) in zip(note[len(text) + 1 :].splitlines(), signature_lines(note))
    }
    signed = set()
    for signer in signatures.keys() & keys.keys():
        Ed25519PublicKey.from_public_bytes(keys[signer]).verify(signatures[signer], text.encode())
        signed.add(keys[signer])
    demand(len(signed) >= root["k"], "the manifest is not signed by enough administrators")
    origin, sequence, body_hash = text.splitlines()
    demand(origin == root["origin"] + "/manifest", "the manifest is of another origin")
    demand(base64.b64decode(body_hash) == sha256(body.encode()), "the manifest is not what was signed")
    manifest = tomllib.loads(body)
    demand(str(manifest["sequence"]) == sequence, "the manifest has another number than its note")
    demand(manifest["root"] == sha256(root_text).hex(), "the manifest is of another root")
    demand(manifest["exchange"] == root["exchange"], "the manifest is of another exchange")
    return manifest


def read_manifest(config: dict, base: Path) -> tuple[dict, bytes]:
    """The newest manifest of the agency's book, and the hash of its body. Each follows the one before it (P-22)."""
    root_text = (base / config["root"]).read_bytes()
    root = tomllib.loads(root_text.decode())
    book = (base / config["manifests"]).glob("manifest-*.json")
    newest, body_hash = None, None
    for path in sorted(book, key=lambda path: int(path.stem.removeprefix("manifest-"))):
        publication = json.loads(path.read_text(encoding="utf-8"))
        demand("root" not in publication, "a new root: pin it first")
        signed = publication["manifest"]
        manifest = verified(root, root_text, signed["note"], signed["body"])
        demand(newest is None or manifest["predecessor"] == body_hash.hex(), "a manifest is missing")
        newest, body_hash = manifest, sha256(signed["body"].encode())
    demand(newest is not None, "there is no manifest")
    # Terms are counted there, wherever this machine stands.
    today = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Amsterdam")).date().isoformat()
    demand(newest.get("acts_from", newest["issued"]) <= today <= newest["expires"], "the manifest does not act today")
    return newest, body_hash


# --- The agency ----------------------------------------------------------------------------------------------------


class Agency:
    """One connection, its manifest and its keys."""

    def __init__(self, config_path: Path):
        base = config_path.parent
        self.config = tomllib.loads(config_path.read_text(encoding="utf-8"))
        self.manifest, self.manifest_hash = read_manifest(self.config, base)
        self.id, self.exchange = self.config["connection"].encode(), self.manifest["exchange"].encode()
        secret = machine_secret(base / self.config["secret"])
        files = self.config["agency"]
        self.reference_key = open_key(base / files["reference_key"], "reference", secret)
        self.details_key = open_key(base / files["details_key"], "details", secret)
        live = [it for it in self.manifest["epochs"] if it["state"] in ("active", "overlap")]
        self.active = next(it["number"] for it in live if it["state"] == "active")
        self.epoch_keys = {
            number: open_key(base / files["epoch_keys"] / f"{number}.key", f"epoch/{number}", secret)
            for number in (it["number"] for it in live)
        }
        private = load_der_private_key(open_key(base / self.config["key"], "tls", secret), None)
        self.credentials = grpc.ssl_channel_credentials(
            root_certificates=(base / self.config["ca"]).read_bytes(),
            private_key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            certificate_chain=(base / self.config["certificate"]).read_bytes(),
        )

    def connection(self, wanted: str) -> dict:
        return next(it for it in self.manifest["connections"] if it["id"] == wanted)

    def reference(self, local: str) -> bytes:
        """P-6."""
        demand(1 <= len(local) <= 64, "a reference has 1 to 64 characters")
        return mac(self.reference_key, local.encode())[:16]

    def pseudonyms(self, line: dict):
        """P-2 to P-5: scheme, epoch, kind and value, one for each kind of the line under each live epoch (P-41)."""
        for column in KINDS.keys() & line.keys():
            kind = KINDS[column]
            digits = canonical(kind, line[column])
            for epoch, key in self.epoch_keys.items():
                message = lp(b"samenloop/v1/identity") + lp(self.exchange) + u32(epoch) + bytes([kind]) + lp(digits)
                yield 1, epoch, kind, mac(mac(key, message), b"samenloop/v1/pseudonym")


# --- Section 6: sealed details -------------------------------------------------------------------------------------


class Seals:
    """The setups of one batch: one for each coordinator, for this batch only."""

    def __init__(self, agency: Agency):
        self.agency, self.setups = agency, {}

    def setup(self, coordinator: str) -> tuple[bytes, bytes, bytes]:
        if coordinator not in self.setups:
            agency = self.agency
            public = bytes.fromhex(agency.connection(coordinator)["details_key"])
            key_id = sha256(public)[:8]
            info = lp(b"samenloop/v1/wrap/details") + lp(agency.exchange) + u32(agency.active)
            info += lp(coordinator.encode()) + lp(key_id)
            setup = setup_and_export(agency.details_key, public, info, b"samenloop/v1/details")
            self.setups[coordinator] = (key_id, *setup)
        return self.setups[coordinator]

    def seal(self, line: dict, reference: bytes, revision: int):
        """Key id, encapsulated key, nonce and ciphertext for every coordinator of the line's region (P-50)."""
        agency = self.agency
        text = details_text(line, agency.manifest["sequence"])
        region = next(it for it in agency.manifest["regions"] if it["id"] == line["region"])
        for coordinator in region["coordinators"]:
            key_id, encapsulated, secret = self.setup(coordinator)
            key, nonce = mac(secret, lp(reference) + u64(revision)), os.urandom(12)
            associated = lp(agency.id) + lp(reference) + u64(revision)
            yield key_id, encapsulated, nonce, ChaCha20Poly1305(key).encrypt(nonce, text, associated)


def details_text(line: dict, sequence: int) -> bytes:
    """The 256 bytes of P-51. This example sends own observations only."""
    region, case = line["region"].encode(), line.get("case_reference", "").encode()
    text = bytes([1, 0, SEVERITIES[line["severity"]]]) + line.get("code", "").encode().ljust(3, b"\0")
    text += u32(month_number(line)) + bytes([0]) + u64(sequence)
    text += bytes([len(region)]) + region.ljust(32, b"\0") + bytes([len(case)]) + case
    demand(len(text) <= 256 and len(line.get("case_reference", "")) <= 64, "the case reference is too long")
    return text.ljust(256, b"\0")


def month_number(line: dict) -> int:
    year, month = line["month"].split("-")
    return int(year) * 100 + int(month)


# --- Section 7: on the wire ----------------------------------------------------------------------------------------


def stubs(directory: str):
    """The schema's code, made from the proto as published."""
    files = [f"samenloop/v1/{name}.proto" for name in ("common", "signal")]
    made = grpc_tools.protoc.main(
        ["", f"-I{PROTO}", f"--python_out={directory}", f"--grpc_python_out={directory}", *files]
    )
    demand(made == 0, "the schema does not compile")
    sys.path.insert(0, directory)
    from samenloop.v1 import signal_pb2, signal_pb2_grpc

    return signal_pb2, signal_pb2_grpc


def encoded(message) -> bytes:
    return message.SerializeToString(deterministic=True)


def pad(batch) -> None:
    """P-60a: the fewest zero bytes, and at least one, that bring the whole to a multiple of 16 KiB."""
    bare = batch.ByteSize()
    for length in range(1, 16_511):
        header = 1 + (1 if length < 128 else 2 if length < 16_384 else 3)
        if (bare + header + length) % PADDED_TO == 0:
            batch.padding = bytes(length)
            return
    raise Refused("no padding fits")


def signals(agency: Agency, schema, lines: list):
    revision, seals = int(time.time()), Seals(agency)
    for line in lines:
        reference = agency.reference(line["reference"])
        put = schema.Signal(
            reference=reference,
            revision=revision,
            severity=SEVERITIES[line["severity"]],
            code=line.get("code", ""),
            month=month_number(line),
            region=line["region"],
        )
        for scheme, epoch, kind, value in agency.pseudonyms(line):
            put.pseudonyms.add(scheme=scheme, epoch=epoch, kind=kind, value=value)
        demand(len(put.pseudonyms) > 0, "a line without an identifier")
        for key_id, encapsulated, nonce, ciphertext in seals.seal(line, reference, revision):
            put.details.add(key_id=key_id, encapsulated_key=encapsulated, nonce=nonce, ciphertext=ciphertext)
        yield schema.SignalLine(put=put)


def withdrawals(agency: Agency, schema, references: list):
    for local in references:
        yield schema.SignalLine(withdraw=schema.Withdrawal(reference=agency.reference(local)))


def check(agency: Agency, batch, ack) -> None:
    """P-60: an ack is believed once every line is counted and the receipt is the hub's."""
    demand(ack.batch_id == batch.batch_id, "the ack is of another batch")
    demand(ack.count + len(ack.refused) == len(batch.lines), "the ack does not count every line")
    text = lp(b"samenloop/v1/receipt") + lp(agency.id) + lp(batch.batch_id) + sha256(encoded(batch))
    text += u64(ack.first_sequence) + u32(ack.count)
    key = bytes.fromhex(agency.manifest["hub"]["receipt_key"])
    Ed25519PublicKey.from_public_bytes(key).verify(ack.receipt, text)


def submit(agency: Agency, schema, services, lines) -> dict:
    batch = schema.SignalBatch(batch_id=os.urandom(16), lines=lines)
    batch.manifest.sequence, batch.manifest.sha256 = agency.manifest["sequence"], agency.manifest_hash
    pad(batch)
    # The hub is known by its name in the manifest, wherever it listens.
    options = [("grpc.ssl_target_name_override", agency.manifest["hub"]["server_name"])]
    with grpc.secure_channel(agency.config["hub"], agency.credentials, options) as channel:
        request = schema.SubmitSignalsRequest(batch=batch)
        ack = services.SignalServiceStub(channel).SubmitSignals(request, timeout=60).ack
    check(agency, batch, ack)
    refused = [{"line": it.line, "reason": it.reason} for it in ack.refused]
    return {"accepted": ack.count, "first_sequence": ack.first_sequence, "refused": refused}


def main(arguments: list) -> int:
    if len(arguments) < 2 or arguments[1] not in ("push", "withdraw"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        agency = Agency(Path(arguments[0]))
        with tempfile.TemporaryDirectory() as directory:
            schema, services = stubs(directory)
            if arguments[1] == "push":
                lines = signals(agency, schema, [json.loads(line) for line in sys.stdin if line.strip()])
            else:
                lines = withdrawals(agency, schema, arguments[2:])
            answer = submit(agency, schema, services, list(lines))
    except InvalidSignature:
        print("a signature does not verify", file=sys.stderr)
        return 1
    except grpc.RpcError as fault:
        print(f"the hub refuses: {fault.code().name}: {fault.details()}", file=sys.stderr)
        return 1
    except Refused as fault:
        print(fault, file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 3 if answer["refused"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
