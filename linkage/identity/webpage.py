"""Open the tables of a web page, which programs also save as .xls, as sheets of str cells. Never follows a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from html.parser import HTMLParser

from linkage.identity.cells import Cell
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Hidden, Sheet
from linkage.identity.texts import ENCODINGS, decode

_MARKS = re.compile(rb"<(?:!doctype\s+html|html|table|head|body|meta)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_SAME = {"iso-8859-1": "cp1252", "windows-1252": "cp1252", "us-ascii": "utf-8"}
_UNSEEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_MUTE = frozenset({"script", "style", "template", "title"})
_LARGEST = 5_000_000  # cells; a page that spans more is no list, and all of it is in memory
_WIDEST, _TALLEST = 1000, 65534  # what browsers allow a cell to span


def is_page(data: bytes) -> bool:
    """Tell whether the bytes begin like a web page or a bare table."""
    # Without zero bytes, the halves of UTF-16 that hold tags read like ASCII.
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and bool(_MARKS.search(head))


def read(data: bytes, file_name: str, encoding: str | None = None) -> list[Sheet]:
    """Open a page: one sheet a table.

    Raises IdentityError FILE_ENCODING, FILE_TOO_LARGE, or FILE_UNSUPPORTED if it holds no table.
    """
    parser = _Tables()
    text = decode(data, file_name, encoding or _stated(data))
    with suppress(_TooLargeError):
        parser.feed(text)
        parser.close()
    if sum(table.cells for table in parser.tables) > _LARGEST:
        raise IdentityError("FILE_TOO_LARGE", "the table is too large", place=file_name, hint="split it")
    tables = [table for table in parser.tables if table.rows]
    if not tables:
        hint = "open it in a spreadsheet program and save it as .xlsx"
        raise IdentityError("FILE_UNSUPPORTED", "the page holds no table", place=file_name, hint=hint)
    return [
        Sheet(f"table {number}", False, _opener(table.rows), Hidden(frozenset(table.hidden)))
        for number, table in enumerate(tables, start=1)
    ]


def _opener(rows: list[list[str]]) -> Callable[[], Iterator[Sequence[Cell]]]:
    return lambda: iter(rows)


def _stated(data: bytes) -> str | None:
    found = _CHARSET.search(data[:4096])
    name = found.group(1).decode().lower() if found else ""
    name = _SAME.get(name, name)
    # A byte order mark, which the decoder knows, goes before what the page says of itself.
    return name if name in ENCODINGS and not data.startswith((b"\xff\xfe", b"\xfe\xff")) else None


class _TooLargeError(Exception):
    pass


class _Table:
    """One table while it is read: its rows, the cells that spans from above have taken, and the open cell."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.hidden: set[int] = set()
        self.cell: list[str] | None = None
        self.taken: dict[int, int] = {}
        self.cells = 0

    def open_row(self, attributes: dict[str, str]) -> None:
        self.close_cell()
        self.taken = {column: left - 1 for column, left in self.taken.items() if left > 1}
        self.rows.append([])
        if _UNSEEN.search(attributes.get("style", "")) or "hidden" in attributes:
            self.hidden.add(len(self.rows))

    def open_cell(self, attributes: dict[str, str]) -> None:
        if not self.rows:
            self.open_row({})
        self.close_cell()
        row = self.rows[-1]
        while len(row) in self.taken:
            self._append(row, 1)
        self.cell = []
        wide, tall = _span(attributes.get("colspan"), _WIDEST), _span(attributes.get("rowspan"), _TALLEST)
        if tall > 1:
            # The row that opens next counts one down.
            self.taken.update(dict.fromkeys(range(len(row), len(row) + wide), tall))
        self._append(row, wide)
        self.place = len(row) - wide

    def close_cell(self) -> None:
        if self.cell is not None:
            # A merged cell is filled in its corner, as in a workbook.
            self.rows[-1][self.place] = " ".join("".join(self.cell).split())
            self.cell = None

    def _append(self, row: list[str], count: int) -> None:
        self.cells += count
        if self.cells > _LARGEST:
            raise _TooLargeError
        row.extend([""] * count)


def _span(text: str | None, most: int) -> int:
    return max(1, min(int(text), most)) if text and text.strip().isdecimal() and len(text) < 9 else 1


class _Tables(HTMLParser):
    """Gather every table of a page, nested ones as tables of their own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._muted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "table":
            self._open.append(_Table())
            self.tables.append(self._open[-1])
        elif tag in _MUTE:
            self._muted += 1
        elif self._open and tag == "tr":
            self._open[-1].open_row(attributes)
        elif self._open and tag in {"td", "th"}:
            self._open[-1].open_cell(attributes)
        elif tag in {"br", "p", "div"}:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _MUTE:
            self._muted = max(0, self._muted - 1)
        elif self._open and tag in {"td", "th", "tr", "table"}:
            self._open[-1].close_cell()
            if tag == "table":
                self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].cell is not None and not self._muted:
            self._open[-1].cell.append(data)
