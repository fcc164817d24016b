"""Where the rows of a bucket wait until somebody compares them: in memory, or in sealed files.

A sealed file is a row of frames: four bytes of length, then an Arrow stream under AES-256-GCM. The key lives as long as
one pass and is never written; a frame's nonce is drawn for it, and it is bound to its file's name and its place in it.
Never writes a row, a pair or a schema in the clear, and never says which cells a bucket has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linkage.encoding import Secret
from linkage.engines.errors import EngineError

NONCE = 12
LENGTH = 4
FRAME = 1 << 30
"""Bytes of Arrow in a frame, at most: below what one call seals."""

Entropy = Callable[[int], bytes]


class Store(Protocol):
    """Tables by name; what is appended under a name comes back as one table, once."""

    def append(self, name: str, table: pa.Table) -> None:
        """Add rows under a name."""

    def take(self, name: str, rows: int) -> pa.Table:
        """Return and forget what lies under a name; raises EngineError BUCKET_DAMAGED unless it has `rows` rows."""

    def close(self) -> None:
        """Forget everything."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Tables that stay in this process."""

    _tables: dict[str, list[pa.Table]] = field(default_factory=dict)

    def append(self, name: str, table: pa.Table) -> None:
        """Keep rows under a name."""
        self._tables.setdefault(name, []).append(table)

    def take(self, name: str, rows: int) -> pa.Table:
        """Return and forget them."""
        return _whole(self._tables.pop(name, []), name, rows)

    def close(self) -> None:
        """Forget everything."""
        self._tables.clear()


@dataclass(frozen=True, slots=True)
class Sealed:
    """Files in `folder`, which several machines may share, under `key`.

    Nonces come from `entropy`, 96 bits each: a pass makes some thousands of frames, where 2^32 would be too many.
    """

    folder: Path
    key: Secret
    entropy: Entropy

    def append(self, name: str, table: pa.Table) -> None:
        """Seal rows at the end of a file; only one process may add to a name."""
        path, cipher = self.folder / name, AESGCM(self.key.expose())
        with path.open("ab") as file:
            for part in _parts(table):
                nonce = self.entropy(NONCE)
                frame = nonce + cipher.encrypt(nonce, _stream(part), _bound(name, file.tell()))
                file.write(len(frame).to_bytes(LENGTH, "big") + frame)
        path.chmod(0o600)

    def take(self, name: str, rows: int) -> pa.Table:
        """Open a file and remove it."""
        path = self.folder / name
        try:
            table = _whole(list(self._frames(path)), name, rows)
        except (OSError, InvalidTag, pa.ArrowException, ValueError):
            raise _damaged(name) from None
        path.unlink()
        return table

    def close(self) -> None:
        """Remove what is left in the folder."""
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def _frames(self, path: Path) -> Iterator[pa.Table]:
        cipher = AESGCM(self.key.expose())
        with path.open("rb") as file:
            while True:
                at = file.tell()
                if not (length := file.read(LENGTH)):
                    return
                frame = file.read(int.from_bytes(length, "big"))
                plain = cipher.decrypt(frame[:NONCE], frame[NONCE:], _bound(path.name, at))
                yield pa.ipc.open_stream(plain).read_all()


def _bound(name: str, at: int) -> bytes:
    """Say which frame of which file it is, so that frames cannot change places."""
    return f"bucket/v1\n{name}\n{at}".encode()


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    step = max(1, len(table) * FRAME // max(1, table.nbytes))
    return (table.slice(start, step) for start in range(0, len(table), step))


def _stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue()).cast("B")


def _whole(tables: list[pa.Table], name: str, rows: int) -> pa.Table:
    # A file that was cut at a frame's end opens: only the count shows it.
    if not tables or sum(map(len, tables)) != rows:
        raise _damaged(name)
    return pa.concat_tables(tables)


def _damaged(name: str) -> EngineError:
    return EngineError("BUCKET_DAMAGED", "not what was written, or cut, or gone", place=name, hint="link again")
