"""Write columns into one sheet's XML, row by row. Every byte that is not theirs stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import IO

from linkage.giveback import frame
from linkage.giveback.cells import Cell, Dialect
from linkage.giveback.columns import Columns
from linkage.giveback.rows import Row, SheetReader

WIDTHS = (22, 60)
"""Of the first column and of the others, in characters."""
_AT_ONCE = 256
"""Rows written in one go: the compressor is slow to start."""
_V = re.compile(rb"v>\s*([0-9]{1,9})\s*<")
_SPANS = re.compile(rb"""\sspans=(?:"[^"]*"|'[^']*')""")
Shared = Callable[[frozenset[int]], dict[int, str]]
"""Returns entries of the workbook's shared table of texts."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where columns go: `first` (from 1), the header's `style`, and the columns `dropped` that an earlier run wrote."""

    first: int
    style: int | None
    dropped: frozenset[int]


class WiderError(Exception):
    """Say that a sheet turned out wider than its header: the columns go elsewhere."""


def guess_place(stream: IO[bytes], columns: Columns, ours: frozenset[str], shared: Shared) -> Place | None:
    """Read a sheet to its header and place the columns right of that; None where an earlier run wrote.

    Most sheets are no wider; `add` raises WiderError at one that is, which saves reading every sheet twice.
    """
    reader = SheetReader(stream)
    dialect, widest = Dialect(reader.prefix), 0
    for row in reader.rows():
        widest = max(widest, dialect.last_filled(row.inner))
        if row.number == columns.header_row:
            header = list(dialect.cells(row.inner))
            run = _earlier(header, dialect, columns.titles[0], ours, shared)
            return None if run else Place(widest + 1, _style(header, run), frozenset())
    return None


def _style(header: list[Cell], run: set[int]) -> int | None:
    """Return the style of the last title that is the operator's own."""
    styles = [cell.style for cell in header if cell.content and cell.column not in run]
    return styles[-1] if styles else None


def find_place(stream: IO[bytes], columns: Columns, ours: frozenset[str], shared: Shared) -> Place:
    """Read a sheet through: the columns go right of all that is filled, or where an earlier run of ours wrote.

    `ours` are the titles, in any language, by which an earlier run is known; it begins with the first of `columns`.
    """
    reader = SheetReader(stream)
    dialect, widest, header = Dialect(reader.prefix), 0, list[Cell]()
    for row in reader.rows():
        widest = max(widest, dialect.last_filled(row.inner))
        if row.number == columns.header_row:
            header = list(dialect.cells(row.inner))
    widest = max(widest, frame.merged_until(reader.tail, columns.header_row))
    run = _earlier(header, dialect, columns.titles[0], ours, shared)
    style = _style(header, run)
    behind = max(run, default=0)
    if run and (widest <= behind or len(columns.titles) <= len(run)):
        return Place(min(run), style, frozenset(run))
    return Place(widest + 1, style, frozenset(run))


def _earlier(header: list[Cell], dialect: Dialect, first: str, ours: frozenset[str], shared: Shared) -> set[int]:
    """Return the columns of an earlier run: the first title, and the titles of ours that follow it."""
    run: set[int] = set()
    for column, title in _titles(header, dialect, shared):
        if title == first or (title in ours and column - 1 in run):
            run.add(column)
    return run if len(run) > 1 else set()


def _titles(header: list[Cell], dialect: Dialect, shared: Shared) -> list[tuple[int, str]]:
    indexes = {
        cell.column: int(at.group(1)) for cell in header if cell.kind == b"s" and (at := _V.search(cell.content))
    }
    texts = shared(frozenset(indexes.values()))
    return [
        (cell.column, texts.get(indexes[cell.column], "") if cell.column in indexes else dialect.plain(cell.content))
        for cell in header
    ]


def add(stream: IO[bytes], out: IO[bytes], columns: Columns, place: Place) -> None:
    """Copy a sheet from `stream` to `out` with the columns in it; raises WiderError if something is in their way."""
    reader = SheetReader(stream)
    writer = _Writer(Dialect(reader.prefix), columns, place)
    widths = (WIDTHS[0], *[WIDTHS[1]] * (len(columns.titles) - 1))
    head = frame.reach(reader.head, place.first + len(widths) - 1)
    out.write(frame.set_widths(head, reader.prefix, place.first, widths))
    rows = map(writer.write, reader.rows())
    while part := list(islice(rows, _AT_ONCE)):
        out.write(b"".join(part))
    if not place.dropped and frame.merged_until(reader.tail, columns.header_row) >= place.first:
        raise WiderError
    out.write(reader.tail)


class _Writer:
    def __init__(self, dialect: Dialect, columns: Columns, place: Place) -> None:
        self._dialect, self._columns, self._place = dialect, columns, place
        self._taken = place.dropped | set(range(place.first, place.first + len(columns.titles)))
        self._bodies = [[dialect.body(text) if text else b"" for text in cells] for cells in columns.texts]

    def write(self, row: Row) -> bytes:
        fresh = self._fresh(row.number)
        if not self._place.dropped and self._is_wider(row.inner):
            raise WiderError
        if not fresh and (not self._place.dropped or row.number < self._columns.header_row):
            return row.start + row.inner + row.end
        start, end = row.start, row.end
        if not end:
            start, end = start[:-2].rstrip() + b">", b"</" + self._dialect.prefix + b"row>"
        return _SPANS.sub(b"", start) + self._merge(row, fresh) + end

    def _is_wider(self, inner: bytes) -> bool:
        last = self._dialect.last(inner)
        beyond = last is None or last >= self._place.first
        return beyond and self._dialect.last_filled(inner) >= self._place.first

    def _fresh(self, row: int) -> bytes:
        columns, first = self._columns, self._place.first
        if row == columns.header_row:
            titles = enumerate(columns.titles, first)
            return b"".join(self._dialect.text(column, row, title, self._place.style) for column, title in titles)
        at = int(columns.of[row]) if row < len(columns.of) else -1
        if at < 0:
            return b""
        bodies = enumerate(self._bodies[at], first)
        return b"".join(self._dialect.opening(column, row) + body for column, body in bodies if body)

    def _merge(self, row: Row, fresh: bytes) -> bytes:
        """Put the new cells where they belong: behind the last one, or else among those that stand further right."""
        last = None if self._place.dropped else self._dialect.last(row.inner)
        if last is not None and last < self._place.first:
            return row.inner + fresh
        left: list[bytes] = []
        right: list[bytes] = []
        for cell in self._dialect.cells(row.inner):
            if cell.column not in self._taken:
                side = left if cell.column < self._place.first else right
                side.append(self._dialect.write(cell, row.number))
        return b"".join((*left, fresh, *right))
