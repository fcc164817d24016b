"""Rows that an agency found for a ticket: as a workbook for people, packed for the officer's eyes. Never prints one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import xlsxwriter

from linkage.errors import LapisError
from linkage.identity import Row
from scripts import files

VERSION = 1
MOST = 4 * 2**20
"""Octets of an unpacked answer: a small one must not become a huge one."""
PLACE = ("file", "sheet", "row")


@dataclass(frozen=True, slots=True, repr=False)
class FoundRow:
    """A row and the file it is in. Does not print."""

    file: str
    row: Row


def pack(rows: Sequence[FoundRow]) -> bytes:
    """Return the rows for `unpack`."""
    listed = [
        {"file": each.file, "sheet": each.row.sheet, "row": each.row.row, "titles": each.row.titles,
         "cells": each.row.cells} for each in rows
    ]  # fmt: skip
    return zlib.compress(json.dumps({"version": VERSION, "rows": listed}, ensure_ascii=False).encode(), 9)


def unpack(packed: bytes) -> list[FoundRow]:
    """Return the rows that `pack` made; raises LapisError ANSWER_FORM."""
    try:
        stream = zlib.decompressobj()
        text = stream.decompress(packed, MOST)
        found = json.loads(text)
        if found["version"] == VERSION and not stream.unconsumed_tail:
            return [_row(each) for each in found["rows"]]
    except (zlib.error, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise LapisError("ANSWER_FORM", "the answer opens and is not of the known form", hint="ask the agency again")


def _row(each: dict[str, object]) -> FoundRow:
    titles, cells = each["titles"], each["cells"]
    if not (isinstance(titles, list) and isinstance(cells, list) and isinstance(each["row"], int)):
        raise TypeError
    place = Row(str(each["sheet"]), each["row"], tuple(map(str, titles)), tuple(map(str, cells)))
    return FoundRow(str(each["file"]), place)


def content(rows: Sequence[FoundRow]) -> bytes:
    """Return the rows as a workbook."""
    file = BytesIO()
    # As text, all of it: a cell that begins with = is a value here and never a formula.
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("Rows")
        for at, cells in enumerate(_lines(rows)):
            for column, cell in enumerate(cells):
                page.write_string(at, column, cell)
    return file.getvalue()


def write(path: Path, rows: Sequence[FoundRow]) -> Path:
    """Write the rows as a workbook that only its owner reads, under a name that is free, and return its path."""
    for free in _names(path):
        if not free.exists():
            files.write_private(free, content(rows))
            return free
    raise LapisError("FILE_EXISTS", "too many files of that name", place=str(path))


def _lines(rows: Sequence[FoundRow]) -> Iterator[Sequence[str]]:
    titles: tuple[str, ...] | None = None
    for each in rows:
        if each.row.titles != titles:
            titles = each.row.titles
            yield (*PLACE, *titles)
        yield (each.file, each.row.sheet, str(each.row.row), *each.row.cells)


def _names(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, 1000):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
