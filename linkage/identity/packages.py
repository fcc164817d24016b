"""Look through the parts of a zipped workbook before anything loads it: how large it is, and what it hides.

Reads every part once, in pieces, so that a size that the archive states falsely is found. Never keeps a cell.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from xml.parsers import expat

from linkage.identity.grid import LARGEST, Hidden

_LARGEST_UNPACKED = 2 * 1024**3
_PIECE = 1 << 20
# A cell that is written in any other way than <c r="A1", one beyond column Z, and one beyond row 99,999.
_UNUSUAL = re.compile(rb'<c(?=[\s>/])(?! r="[A-Z]{1,3}[0-9])')
_WIDE = re.compile(rb'<c r="([A-Z]{2,3})[0-9]')
_LOW = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{6,7})"')
_SHORT = 99_999
_ROW = re.compile(rb"<row\b[^<>]{0,500}?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^<>]{0,500}")
_COLUMN = re.compile(rb"<col\b[^<>]{0,500}?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^<>]{0,500}")
_NUMBER = {name: re.compile(rf"\b{name}\s*=\s*[\"']([0-9]{{1,7}})[\"']".encode()) for name in ("r", "min", "max")}


class TooLargeError(Exception):
    """The parts unpack to more than a laptop holds, or span more cells than a list has."""


@dataclass(slots=True)
class _Extent:
    """The last filled row and column, each 1-based, and what is hidden."""

    row: int = 0
    column: int = 0
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)

    def fill(self, row: int, column: int) -> None:
        self.row, self.column = max(self.row, row), max(self.column, column)
        if self.row * self.column > LARGEST:
            raise TooLargeError

    def hidden(self) -> Hidden:
        return Hidden(frozenset(self.rows), frozenset(self.columns))


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold what each sheet hides, by its name, and whether days are counted from 1904."""

    hides: dict[str, Hidden]
    since_1904: bool = False


def look(archive: zipfile.ZipFile) -> Contents:
    """Look through a workbook (.xlsx, .ods). Raises TooLargeError, or what `zipfile` and `expat` raise."""
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
        raise TooLargeError
    names = {part.filename for part in parts}
    if "content.xml" in names:
        return Contents(_look_open_document(archive))
    found = {}
    for name in sorted(names):
        pieces = _pieces(archive, name)
        if name.startswith("xl/worksheets/") and not name.endswith("/"):
            found[name] = _look_sheet(archive, name, pieces)
        else:
            for _ in pieces:
                pass
    sheets, since_1904 = _names(archive)
    return Contents({name: found[part] for name, part in sheets.items() if part in found}, since_1904)


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            yield piece


def _look_sheet(archive: zipfile.ZipFile, name: str, pieces: Iterator[bytes]) -> Hidden:
    extent, rest, width, unusual = _Extent(), b"", 26, False
    for piece in pieces:
        text = rest + piece
        # A tag that the piece cuts is looked at with the next one.
        cut = text.rfind(b"<")
        text, rest = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        _note_hidden(text, extent)
        unusual = unusual or _is_unusual(text)
        width = max([width, *(column_number(letters.decode()) for letters in set(_WIDE.findall(text)))])
    _note_hidden(rest, extent)
    # 26 columns of as many rows as a sheet can have are fewer cells than memory holds.
    if unusual or _is_unusual(rest) or (width > 26 and width * _height(archive, name) > LARGEST):
        _measure(archive, name, extent)
    return extent.hidden()


def _is_unusual(text: bytes) -> bool:
    # Counting is far faster than matching, and settles nearly every piece.
    return text.count(b"<c") != text.count(b'<c r="') and _UNUSUAL.search(text) is not None


def _height(archive: zipfile.ZipFile, name: str) -> int:
    """Return a number that no row of a usual sheet exceeds."""
    height, rest = _SHORT, b""
    for piece in _pieces(archive, name):
        text = rest + piece
        height, rest = max([height, *map(int, set(_LOW.findall(text)))]), text[-64:]
    return height


def _note_hidden(text: bytes, extent: _Extent) -> None:
    if b"hidden" not in text:
        return
    for tag in _ROW.findall(text):
        extent.rows.update(_numbers(tag, "r"))
    for tag in _COLUMN.findall(text):
        for first, last in zip(_numbers(tag, "min"), _numbers(tag, "max"), strict=False):
            extent.columns.update(range(first - 1, min(last, 16_384)))


def _numbers(tag: bytes, name: str) -> list[int]:
    return [int(number) for number in _NUMBER[name].findall(tag)]


def _measure(archive: zipfile.ZipFile, name: str, extent: _Extent) -> None:
    """Find the last filled cell of a sheet that is wide or written in an unusual way."""
    row, column = 0, 0
    filled: tuple[int, int] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, filled
        if tag == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif tag == "c":
            place = re.fullmatch("([A-Z]{1,3})([0-9]{1,7})", attributes.get("r", ""))
            column = column_number(place.group(1)) if place else column + 1
            filled = (int(place.group(2)) if place else row, column)
        elif tag in {"v", "is", "f"} and filled:
            extent.fill(*filled)

    _parse(_pieces(archive, name), start)


def column_number(letters: str) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _parse(
    pieces: Iterator[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
) -> None:
    """Parse XML in pieces; a document type, which could define entities, is an error."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    if end:
        parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise ValueError("a document type has no place in a workbook")


def _names(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Return the part of each sheet by the sheet's name, and whether days count from 1904."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}
    dates = False

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith("Relationship"):
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = normpath(
                target.lstrip("/") if target[:1] == "/" else join("xl", target)
            )

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        nonlocal dates
        kind = tag.rpartition(":")[2]
        if kind == "workbookPr":
            dates = attributes.get("date1904") in {"1", "true"}
        elif kind == "sheet":
            related = (value for name, value in attributes.items() if name.endswith(":id"))
            sheets[attributes.get("name", "")] = targets.get(next(related, ""), "")

    if "xl/_rels/workbook.xml.rels" in archive.namelist():
        _parse(_pieces(archive, "xl/_rels/workbook.xml.rels"), relation)
    _parse(_pieces(archive, "xl/workbook.xml"), sheet)
    return sheets, dates


def _look_open_document(archive: zipfile.ZipFile) -> dict[str, Hidden]:
    tables: dict[str, _Extent] = {}
    look = _OpenDocument(tables)
    _parse(_pieces(archive, "content.xml"), look.start)
    return {name: extent.hidden() for name, extent in tables.items()}


class _OpenDocument:
    """Follow the repeated rows and cells of an OpenDocument sheet."""

    def __init__(self, tables: dict[str, _Extent]) -> None:
        self._tables, self._extent = tables, _Extent()
        self._first = self._last = self._column = self._columns = 0
        self._cell, self._unseen = 0, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take one opening tag."""
        if tag == "table:table":
            self._extent = self._tables.setdefault(attributes.get("table:name", ""), _Extent())
            self._first = self._last = self._column = self._columns = 0
        elif tag == "table:table-column":
            count = _repeat(attributes, "columns")
            if attributes.get("table:visibility") in {"collapse", "filter"}:
                self._extent.columns.update(range(self._columns, min(self._columns + count, 16_384)))
            self._columns += count
        elif tag == "table:table-row":
            self._first, self._column = self._last + 1, 0
            self._last += _repeat(attributes, "rows")
            self._unseen = attributes.get("table:visibility") in {"collapse", "filter"}
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            self._column += _repeat(attributes, "columns")
            if "office:value-type" in attributes:
                self._fill()
        elif tag == "text:p":
            self._fill()

    def _fill(self) -> None:
        self._extent.fill(self._last, self._column)
        if self._unseen:
            self._extent.rows.update(range(self._first, self._last + 1))


def _repeat(attributes: dict[str, str], what: str) -> int:
    return max(1, int(attributes.get(f"table:number-{what}-repeated", "1")))
