"""Follow the trail's files as they grow, are put aside and begun anew; find what was cut, changed or taken away.

A part is known again by what was read of it, not by its name: a copy or a renamed file is the same part. It reads, and
never writes; of a line it keeps a hash.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from vault.reconcile.findings import Finding, TrailError
from vault.reconcile.ours import Ours
from vault.reconcile.trail import Line, parse

_BLOCK, _TAIL = 2**20, 4096


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a part was read: its name then, inode, octets, lines, and SHA-256 of those octets (hex)."""

    name: str
    inode: int
    offset: int
    lines: int
    digest: str


@dataclass(slots=True)
class _Part:
    path: Path
    inode: int
    offset: int = 0
    lines: int = 0
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    tail: bytes = b""
    torn: bool = False

    def mark(self) -> Mark:
        return Mark(self.path.name, self.inode, self.offset, self.lines, self.hash.hexdigest())


def files(given: Iterable[Path]) -> list[Path]:
    """Return the trail's files, oldest first: those given, and in a folder all that are called `audit*.log`.

    Raises TrailError TRAIL_MISSING.
    """
    found = [each for path in given for each in (sorted(path.glob("audit*.log")) if path.is_dir() else [path])]
    missing = [path for path in found if not path.is_file()]
    if missing or not found:
        place = str(missing[0]) if missing else ""
        raise TrailError("TRAIL_MISSING", "no such file of the vault's audit trail", place=place)
    return sorted(found, key=lambda path: (_begins(path), path.name))


def _begins(path: Path) -> str:
    """Return what a part's first line says of the time, to sort by; an empty part is the newest."""
    with path.open("rb") as file:
        first = file.readline()
    try:
        return parse(first, path.name).at.isoformat()
    except TrailError:
        return "~"


class Trail:
    """The parts, each read as far as it goes. `marks`: how far an earlier look came."""

    def __init__(self, marks: Sequence[Mark] = ()) -> None:
        self._marks = list(marks)
        self._parts: dict[int, _Part] = {}
        self._found: dict[str, Finding] = {}

    @property
    def findings(self) -> list[Finding]:
        """Return what is wrong with the files themselves."""
        return list(self._found.values())

    @property
    def marks(self) -> list[Mark]:
        """Return how far each part was read."""
        return [part.mark() for part in self._parts.values()]

    def read(self, paths: Sequence[Path], ours: Ours, now: datetime) -> Iterator[Line]:
        """Yield the lines that are new since the last call, of `files(…)`, and hold the files against every mark."""
        here: dict[int, Path] = {path.stat().st_ino: path for path in paths}
        gone = [self._parts.pop(inode) for inode in set(self._parts) - set(here)]
        for inode, path in here.items():
            if inode not in self._parts:
                self._parts[inode] = _adopted(gone, path, inode)
            self._parts[inode].path = path
            yield from self._lines(self._parts[inode], now, grows=path == paths[-1])
        for part in gone:
            self._gone(part.mark(), ours, now)
        self._recognise(ours, now)

    def _lines(self, part: _Part, now: datetime, *, grows: bool) -> Iterator[Line]:
        with part.path.open("rb") as file:
            if not self._whole(part, file, now):
                return
            part.torn = False
            for raw in file:
                if not raw.endswith(b"\n"):
                    part.torn = True
                    break
                yield from self._line(part, raw, now)
        if part.torn and not grows:
            self._find(f"end {part.path.name}", part.path.name, now, "its last line is cut")

    def _line(self, part: _Part, raw: bytes, now: datetime) -> Iterator[Line]:
        part.offset, part.lines = part.offset + len(raw), part.lines + 1
        part.hash.update(raw)
        part.tail = (part.tail + raw[-_TAIL:])[-_TAIL:]
        for mark in self._marks:
            if mark.offset == part.offset and mark.digest == part.hash.hexdigest():
                self._marks.remove(mark)
                break
        place = f"{part.path.name}:{part.lines}"
        try:
            yield parse(raw, place)
        except TrailError as error:
            self._find(f"line {part.inode} {part.lines}", place, now, error.message)

    def _whole(self, part: _Part, file: BinaryIO, now: datetime) -> bool:
        """Go to where the last look ended, if all before it is still there."""
        if os.fstat(file.fileno()).st_size < part.offset:
            self._find(f"cut {part.path.name}", part.path.name, now, "shorter than at the last look")
            return False
        file.seek(part.offset - len(part.tail))
        if file.read(len(part.tail)) != part.tail:
            self._find(f"changed {part.path.name}", part.path.name, now, "changed before where the last look ended")
            return False
        return True

    def _recognise(self, ours: Ours, now: datetime) -> None:
        """Find what an earlier look read and no part holds now: it was cut, changed or taken away."""
        for mark in self._marks:
            same = self._parts.get(mark.inode)
            if same is None or mark.name in ours.dropped:
                self._gone(mark, ours, now)
            elif same.offset < mark.offset:
                self._find(f"cut {mark.name}", same.path.name, now, "shorter than at the last look")
            else:
                self._find(f"changed {mark.name}", same.path.name, now, "changed before where the last look ended")
        self._marks = []

    def _gone(self, mark: Mark, ours: Ours, now: datetime) -> None:
        kept = {name for name, part in ours.parts.items() if part.digest == mark.digest} | {mark.name}
        if not kept & ours.dropped:
            self._find(f"part {mark.name}", mark.name, now, "a part that was there is missing")

    def _find(self, about: str, place: str, now: datetime, detail: str) -> None:
        found = Finding("GAP", about, place, now, detail)
        self._found.setdefault(found.key, found)


def _adopted(gone: list[_Part], path: Path, inode: int) -> _Part:
    """Return the part that a file goes on with: one that is gone and whose octets it begins with, else a fresh one."""
    for part in gone:
        if part.offset and _digest(path, part.offset) == part.hash.hexdigest():
            gone.remove(part)
            part.inode = inode
            return part
    return _Part(path, inode)


def missing(paths: Sequence[Path], ours: Ours, now: datetime) -> list[Finding]:
    """Return what our log says was put aside, and is not there whole: parts by their octets and SHA-256."""
    sizes: dict[int, list[Path]] = {}
    for path in paths:
        sizes.setdefault(path.stat().st_size, []).append(path)
    found = []
    for name, part in ours.parts.items():
        there = any(_digest(path, part.octets) == part.digest for path in sizes.get(part.octets, ()))
        if not there and name not in ours.dropped:
            found.append(Finding("GAP", f"part {name}", name, now, "a part that was put aside is missing or changed"))
    return found


def _digest(path: Path, octets: int) -> str:
    """Return the SHA-256 of a file's first octets, or nothing if it has fewer."""
    found, left = hashlib.sha256(), octets
    with path.open("rb") as file:
        while left and (block := file.read(min(left, _BLOCK))):
            found.update(block)
            left -= len(block)
    return "" if left else found.hexdigest()
