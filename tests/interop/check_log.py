#!/usr/bin/env python3
"""Checks an audit log of a hub against the heads that the hub signed, with nothing but the standard library.

Written from RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2, RFC 8032 section 5.1 and the C2SP pages on
signed notes, checkpoints and tlog-tiles; knows nothing of the Rust code. `check_log.py DIRECTORY ORIGIN KEY` reads a log
as a log serves it: `checkpoint`, `tile/<level>/<index>` and `tile/entries/<index>`. Without arguments it reads one JSON
object from standard input:

    {"origin": "samenloop.example/zhz/intake", "log_key": "<hex>", "heads": "<the file of heads>",
     "entries": ["<hex>", ...],
     "inclusion": [{"leaf": 0, "size": 9, "path": ["<hex>", ...]}, ...],
     "consistency": [{"older": 4, "size": 9, "path": ["<hex>", ...]}, ...]}

The last line is "N passed, N failed"; the exit status is 1 if anything failed or nothing was checked.
"""

import base64
import hashlib
import json
import pathlib
import sys

# The curve of RFC 8032 section 5.1.
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)


def recover_x(y: int, sign: int):
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, PRIME - 2, PRIME) % PRIME
    if square == 0:
        return None if sign else 0
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if (x * x - square) % PRIME:
        return None
    return PRIME - x if x & 1 != sign else x


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % PRIME
    b = (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c, d = 2 * p[3] * q[3] * D % PRIME, 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def times(scalar: int, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def point_of(encoded: bytes):
    number = int.from_bytes(encoded, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % PRIME)


BASE_Y = 4 * pow(5, PRIME - 2, PRIME) % PRIME
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % PRIME)


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = point_of(public), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    left, right = times(scalar, BASE), add(commitment, times(challenge, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % PRIME == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % PRIME == 0


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves):
    """MTH of RFC 6962 section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(tree_root(leaves[:middle]), tree_root(leaves[middle:]))


def included(leaf: bytes, index: int, size: int, path, root: bytes) -> bool:
    if index >= size:
        return False
    at, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and computed == root


def consistent(older: int, older_root: bytes, size: int, root: bytes, path) -> bool:
    if older == size:
        return not path and older_root == root
    if not 0 < older < size or not path:
        return False
    path = [older_root, *path] if older & (older - 1) == 0 else list(path)
    at, last = older - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == older_root and new == root


def heads_of(text: str, origin: str, key: bytes):
    """Size, root and whether the signature holds, of each note in a file."""
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    while text:
        body, rest = text.split("\n\n", 1)
        line, text = rest.split("\n", 1)
        body += "\n"
        mark, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        said, size, root = body.split("\n")[:3]
        holds = (
            mark == "\u2014" and name == said == origin and signature[:4] == key_id
            and ed25519_verifies(key, body.encode(), signature[4:])
        )
        yield int(size), base64.b64decode(root, validate=True), holds


def checks(given):
    entries = [bytes.fromhex(it) for it in given["entries"]]
    key = bytes.fromhex(given["log_key"])
    yield all(len(it) == 64 and it[0] == 1 and it[2:4] == b"\0\0" and it[60:] == b"\0\0\0\0" for it in entries)
    leaves = [leaf_hash(it) for it in entries]
    roots = {0: tree_root([])}
    for size, root, holds in heads_of(given["heads"], given["origin"], key):
        roots[size] = tree_root(leaves[:size])
        yield holds
        yield size <= len(leaves) and roots[size] == root
    next_sequence = {}
    for entry in entries:
        actor, first = entry[8:16], int.from_bytes(entry[16:24], "big")
        yield next_sequence.get(actor, 1) == first
        next_sequence[actor] = first + int.from_bytes(entry[56:60], "big")
    for it in given["inclusion"]:
        path, root = [bytes.fromhex(part) for part in it["path"]], tree_root(leaves[: it["size"]])
        yield included(leaves[it["leaf"]], it["leaf"], it["size"], path, root)
        yield not included(leaf_hash(b"another"), it["leaf"], it["size"], path, root)
    for it in given["consistency"]:
        path = [bytes.fromhex(part) for part in it["path"]]
        older, root = tree_root(leaves[: it["older"]]), tree_root(leaves[: it["size"]])
        yield consistent(it["older"], older, it["size"], root, path)
        yield it["older"] == it["size"] or not consistent(it["older"], leaf_hash(b"another"), it["size"], root, path)


def index_path(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.rjust((len(digits) + 2) // 3 * 3, "0")
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + it for it in groups[:-1]] + groups[-1:])
    return path if width == 256 else f"{path}.p/{width}"


def tiles_of(hashes):
    """Every tile of a tree, as its path and its hashes."""
    level = 0
    while hashes:
        for at in range(0, len(hashes), 256):
            tile = hashes[at : at + 256]
            yield f"tile/{level}/" + index_path(at // 256, len(tile)), tile
        whole = len(hashes) // 256 * 256
        hashes = [tree_root(hashes[at : at + 256]) for at in range(0, whole, 256)]
        level += 1


def unbundled(bundle: bytes):
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        yield bundle[2 : 2 + length]
        bundle = bundle[2 + length :]


def served(directory: pathlib.Path, origin: str, key: bytes):
    """A directory in the layout of tlog-tiles: nothing missing, nothing besides, all of it one signed tree."""
    try:
        ((size, root, holds),) = heads_of((directory / "checkpoint").read_text("utf-8"), origin, key)
    except (OSError, ValueError):
        # Without a head there is nothing to hold the rest to.
        yield False
        return
    yield holds
    widths = [min(256, size - at) for at in range(0, size, 256)]
    bundles = ["tile/entries/" + index_path(at, width) for at, width in enumerate(widths)]
    found = {str(it.relative_to(directory)) for it in directory.rglob("*") if it.is_file()}
    yield found.issuperset(bundles)
    entries = [it for path in bundles if path in found for it in unbundled((directory / path).read_bytes())]
    yield len(entries) == size
    leaves = [leaf_hash(it) for it in entries]
    yield tree_root(leaves) == root
    tiles = dict(tiles_of(leaves))
    for path, tile in tiles.items():
        yield path in found and (directory / path).read_bytes() == b"".join(tile)
    yield {it for it in found if ".p/" not in it} <= {"checkpoint", *bundles, *tiles}


def main() -> int:
    if len(sys.argv) == 4:
        results = list(served(pathlib.Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])))
    else:
        results = list(checks(json.load(sys.stdin)))
    failed = results.count(False)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
