"""The Merkle tree of RFC 6962 in tiles of 256 hashes (C2SP tlog-tiles), and its proofs. It knows hashes and no entries.

A tile of level t holds up to 256 hashes of complete subtrees of 256^t leaves. What is stored is the tiles; every other
hash is computed from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass

from vault.log.errors import LogError

HASH = 32
WIDTH, HEIGHT = 256, 8


@dataclass(frozen=True, slots=True, order=True)
class TileId:
    """Which tile: its level, and its number on that level."""

    level: int
    number: int


Tiles = MutableMapping[TileId, bytes]
"""Stored tiles: the hashes of each, one after the other; the last of a level may be short."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbours (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(tiles: Tiles, size: int, leaves: Iterable[bytes]) -> int:
    """Add leaf hashes to a tree of `size` leaves, writing only the tiles that change; return the new size."""
    fresh = list(leaves)
    level, first, hashes = 0, size, fresh
    while hashes:
        full = []
        for start in range(first - first % WIDTH, first + len(hashes), WIDTH):
            tile = TileId(level, start // WIDTH)
            held = tiles.get(tile, b"") if start < first else b""
            held = held[: HASH * max(0, first - start)]
            held += b"".join(hashes[max(0, start - first) : start + WIDTH - first])
            tiles[tile] = held
            if len(held) == HASH * WIDTH:
                full.append(_reduce(held))
        first, level, hashes = first // WIDTH, level + 1, full
    return size + len(fresh)


def _reduce(hashes: bytes) -> bytes:
    row = [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def _node(tiles: Tiles, level: int, number: int) -> bytes:
    """Return the hash of the complete subtree of 2^level leaves with that number; raises LogError LOG_TILE_MISSING."""
    tile_level, within = divmod(level, HEIGHT)
    start = number << within
    tile = tiles.get(TileId(tile_level, start // WIDTH), b"")
    part = tile[HASH * (start % WIDTH) : HASH * (start % WIDTH + (1 << within))]
    if len(part) != HASH << within:
        raise LogError("LOG_TILE_MISSING", "a tile is missing or short", place=f"level {tile_level}")
    return _reduce(part)


def root(tiles: Tiles, size: int) -> bytes:
    """Return the root of the first `size` leaves."""
    return _range(tiles, 0, size) if size else hashlib.sha256().digest()


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _range(tiles: Tiles, start: int, end: int) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return _node(tiles, level, start >> level)
    middle = start + _split(count)
    return node_hash(_range(tiles, start, middle), _range(tiles, middle, end))


def inclusion(tiles: Tiles, index: int, size: int) -> list[bytes]:
    """Prove that leaf `index` stands in the tree of `size` leaves (RFC 6962, 2.1.1); raises LogError LOG_RANGE."""
    if not 0 <= index < size:
        raise LogError("LOG_RANGE", "no such entry in a tree of that size")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(tiles, middle, end))
            end = middle
        else:
            path.append(_range(tiles, start, middle))
            start = middle
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], expected: bytes) -> None:
    """Check an inclusion proof against a root; raises LogError LOG_PROOF."""
    _climb(_sides(index, size), leaf, path, expected)


def _sides(index: int, size: int) -> list[bool]:
    """Say, from the leaf upwards, on which side the proof's hashes stand: True for the right."""
    sides, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        sides.append(index < middle)
        start, end = (start, middle) if index < middle else (middle, end)
    return sides[::-1]


def _climb(sides: list[bool], leaf: bytes, path: list[bytes], expected: bytes) -> None:
    found = leaf
    for on_right, other in zip(sides, path, strict=False):
        found = node_hash(found, other) if on_right else node_hash(other, found)
    if len(sides) != len(path) or found != expected:
        raise LogError("LOG_PROOF", "the proof does not lead to the root")


def consistency(tiles: Tiles, old: int, new: int) -> list[bytes]:
    """Prove that the tree of `new` leaves continues that of `old` (RFC 6962, 2.1.2); raises LogError LOG_RANGE."""
    if not 0 < old <= new:
        raise LogError("LOG_RANGE", "no such sizes")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(tiles, middle, end))
            end = middle
        else:
            path.append(_range(tiles, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range(tiles, start, end))
    return path[::-1]


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
    """Check a consistency proof (RFC 9162, 2.1.4.2); raises LogError LOG_PROOF."""
    if not 0 < old <= new:
        raise LogError("LOG_RANGE", "no such sizes")
    if old == new:
        if path or old_root != new_root:
            raise LogError("LOG_PROOF", "two logs of one size differ")
        return
    proof = list(path) if old & (old - 1) else [old_root, *path]
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    if not proof:
        raise LogError("LOG_PROOF", "the proof is empty")
    before = after = proof[0]
    for other in proof[1:]:
        if not last:
            raise LogError("LOG_PROOF", "the proof is too long")
        if first & 1 or first == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, other)
        first, last = first >> 1, last >> 1
    if last or before != old_root or after != new_root:
        raise LogError("LOG_PROOF", "the newer log does not continue the older")


def reader(tiles: Tiles) -> Callable[[int], bytes]:
    """Return what gives a leaf's hash by its index."""
    return lambda index: _node(tiles, 0, index)
