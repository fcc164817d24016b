"""A log on disk that outsiders verify offline: checkpoint, verifier key, tiles and entries (C2SP tlog-tiles paths).

    checkpoint   verifier   tile/0/000   tile/0/001.p/7   tile/1/000.p/1   tile/entries/000   …

Verifying trusts nothing in the folder but what the signature and the hashes prove, and says which file is wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from vault.log import checkpoint, merkle
from vault.log.checkpoint import Checkpoint, Verifier
from vault.log.errors import LogError
from vault.log.merkle import HASH, WIDTH, TileId, Tiles

ENTRIES = "entries"
LONGEST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Verified:
    """What a bundle proved: how many entries under which root, and the size of the older checkpoint it continues."""

    size: int
    root: str
    since: int | None


def write(
    folder: Path,
    note: str,
    verifier: Verifier,
    tiles: Tiles,
    entries: Callable[[int], Iterator[bytes]],
    *,
    extend: bool = False,
) -> None:
    """Write a bundle of the log that `note` signs; `entries(start)`: the log's entries from `start` on.

    `extend`: leave the full tiles of the log that lies there as they are, so that the cost is that of what is new. The
    checkpoint comes last: a reader meanwhile sees the older log, whole. Raises LogError LOG_CHECKPOINT or LOG_ENTRIES.
    """
    size, older = checkpoint.open_(note, verifier).size, _size(folder, verifier)
    known = min(older, size) if extend else 0
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / "verifier", verifier.encode().encode() + b"\n")
    for level, number, width in _tiles(size):
        if known >> merkle.HEIGHT * (level + 1) <= number:
            _put(folder / path(str(level), number, width), tiles[TileId(level, number)][: HASH * width])
    _put_entries(folder, known // WIDTH * WIDTH, size, entries)
    _put(folder / "checkpoint", note.encode())
    _tidy(folder, {size, older})


def _put_entries(folder: Path, first: int, size: int, entries: Callable[[int], Iterator[bytes]]) -> None:
    left = entries(first)
    for start in range(first, size, WIDTH):
        width = min(WIDTH, size - start)
        data = [pack(entry) for entry in islice(left, width)]
        if len(data) < width:
            raise LogError("LOG_ENTRIES", "fewer entries than the checkpoint counts")
        _put(folder / path(ENTRIES, start // WIDTH, width), b"".join(data))


def _size(folder: Path, verifier: Verifier) -> int:
    """Return how long the log is that lies there, 0 if none."""
    try:
        return checkpoint.open_((folder / "checkpoint").read_text(errors="replace"), verifier).size
    except (OSError, LogError):
        return 0


def _tidy(folder: Path, sizes: set[int]) -> None:
    """Drop tiles that were not full at another size; a reader may still be at the older checkpoint."""
    kept = {folder / path(name, number, width) for size in sizes for name, number, width in _partial(size)}
    for file in folder.glob("tile/**/*.p/*"):
        if file not in kept:
            file.unlink()


def _partial(size: int) -> Iterator[tuple[str, int, int]]:
    """Yield the tiles of a log of this size that are not full."""
    last = [(str(level), number, width) for level, number, width in _tiles(size) if width < WIDTH]
    yield from last
    yield from ((ENTRIES, number, width) for name, number, width in last if name == "0")


def pack(entry: bytes) -> bytes:
    """Return an entry with its length before it; raises LogError LOG_ENTRY_LONG."""
    if len(entry) > LONGEST:
        raise LogError("LOG_ENTRY_LONG", f"an entry has at most {LONGEST} bytes")
    return struct.pack(">H", len(entry)) + entry


def path(level: str, number: int, width: int) -> str:
    """Return a tile's path: three digits a step, all but the last with an x; `.p/width` if it is not full."""
    digits = f"{number % 1000:03}"
    while number := number // 1000:
        digits = f"x{number % 1000:03}/{digits}"
    return f"tile/{level}/{digits}" + ("" if width == WIDTH else f".p/{width}")


def _put(file: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads it sees it whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(data)
    fresh.replace(file)


def _tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield level, number and width of every tile of a tree."""
    level = 0
    while size:
        for number in range(-(-size // WIDTH)):
            yield level, number, min(WIDTH, size - number * WIDTH)
        level, size = level + 1, size // WIDTH


def verify(
    folder: Path,
    verifier: Verifier,
    since: Checkpoint | None = None,
    report: Callable[[str, int, int], None] | None = None,
) -> Verified:
    """Recompute everything from the entries and hold it against tiles, root and signature.

    `since`: an older checkpoint, already opened, that this log must continue. Raises LogError LOG_CHECKPOINT,
    LOG_ENTRIES or LOG_TILE (naming the file), LOG_ROOT, LOG_ROLLED_BACK or LOG_PROOF.
    """
    signed = checkpoint.open_(_read(folder / "checkpoint").decode("utf-8", "replace"), verifier)
    tiles: dict[TileId, bytes] = {}
    size = 0
    for start in range(0, signed.size, WIDTH):
        width = min(WIDTH, signed.size - start)
        name = path(ENTRIES, start // WIDTH, width)
        size = merkle.append(tiles, size, _leaves(_read(folder / name), width, name))
        if report:
            report("verify", size, signed.size)
    for level, number, width in _tiles(signed.size):
        name = path(str(level), number, width)
        if _read(folder / name) != tiles[TileId(level, number)]:
            raise LogError("LOG_TILE", "a tile is not the hashes of its entries", place=name)
    if merkle.root(tiles, size) != signed.root:
        raise LogError("LOG_ROOT", "the entries are not those that were signed")
    _continues(tiles, signed, since)
    return Verified(signed.size, signed.root.hex(), since.size if since else None)


def entries(folder: Path, verifier: Verifier) -> Iterator[bytes]:
    """Yield the entries of a bundle that was verified."""
    size = checkpoint.open_(_read(folder / "checkpoint").decode("utf-8", "replace"), verifier).size
    for start in range(0, size, WIDTH):
        width = min(WIDTH, size - start)
        name = path(ENTRIES, start // WIDTH, width)
        yield from _unpack(_read(folder / name), width, name)


def _continues(tiles: Tiles, signed: Checkpoint, since: Checkpoint | None) -> None:
    if since is None or not since.size:
        return
    if since.size > signed.size:
        raise LogError("LOG_ROLLED_BACK", "the log is shorter than it was")
    proof = merkle.consistency(tiles, since.size, signed.size)
    merkle.check_consistency(since.size, since.root, signed.size, signed.root, proof)


def _leaves(data: bytes, width: int, name: str) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in _unpack(data, width, name)]


def _unpack(data: bytes, width: int, name: str) -> list[bytes]:
    found, at = [], 0
    for _ in range(width):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if len(data) < at + 2 or len(entry) != length:
            raise LogError("LOG_ENTRIES", "entries are cut", place=name)
        found.append(entry)
        at += 2 + length
    if at != len(data):
        raise LogError("LOG_ENTRIES", "more entries than the checkpoint counts", place=name)
    return found


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise LogError("LOG_FILE_MISSING", "a file of the bundle is missing", place=file.name) from None
