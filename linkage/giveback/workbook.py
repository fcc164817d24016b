"""Give an .xlsx back as it was, with columns beside its lists and a summary sheet. No other part of it changes a bit.

Bytes in, bytes out, in the memory of a few rows; every part that stays is copied still compressed.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import IO, BinaryIO
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from linkage.giveback import package, sheets
from linkage.giveback.cells import Dialect, letters
from linkage.giveback.columns import Columns
from linkage.giveback.errors import unusual
from linkage.giveback.package import RELATIONS, TYPES, WORKBOOK
from linkage.giveback.summary import Line
from linkage.giveback.words import LANGUAGES, titles, word

_STRINGS = "xl/sharedStrings.xml"
_PART = "xl/worksheets/lapis-summary.xml"
_ID = "rIdLapisSummary"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_LEVEL = 3
"""Of deflate: a sheet's XML shrinks to a tenth at any level, and higher ones cost seconds."""
_LARGE = 1 << 30
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    StopIteration,
)
_WIDTHS = "<cols>{}</cols>".format(
    "".join(
        f'<col min="{column}" max="{column}" width="{20 if column > 1 else 44}" customWidth="1"/>'
        for column in range(1, 8)
    )
)


def add_columns(
    source: BinaryIO, target: BinaryIO, lists: Mapping[str, Columns], summary: Sequence[Line], summary_name: str
) -> None:
    """Copy the workbook `source` to `target` with the columns of `lists`, by sheet, and a sheet `summary_name`.

    Raises GivebackError WORKBOOK_UNUSUAL if its inside is not what spreadsheet programs write; `target` is then void.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            for find in (sheets.guess_place, sheets.find_place):
                target.seek(0)
                target.truncate()
                with contextlib.suppress(sheets.WiderError), _new(target) as out:
                    _Giver(archive, source, out, summary_name, find).give(lists, summary)
                    return
    except _BROKEN as error:
        # A full disk is no fault of the workbook.
        if isinstance(error, OSError) and error.errno:
            raise
    # Out here, so that a parser's own message, which may quote a cell, is not chained to it.
    raise unusual("the workbook cannot be read")


def _new(target: BinaryIO) -> zipfile.ZipFile:
    return zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)


Find = Callable[[IO[bytes], Columns, frozenset[str], sheets.Shared], sheets.Place | None]


class _Giver:
    def __init__(
        self, archive: zipfile.ZipFile, source: BinaryIO, out: zipfile.ZipFile, summary: str, find: Find
    ) -> None:
        self._archive, self._source, self._out, self._find = archive, source, out, find
        self._parts = package.sheet_parts(archive)
        # An earlier run's summary is replaced; its part may have got another name since.
        self._summary, self._renewed = self._parts.get(summary, _PART), summary in self._parts
        self._name = summary

    def give(self, lists: Mapping[str, Columns], summary: Sequence[Line]) -> None:
        changed = {self._parts.get(name, ""): columns for name, columns in lists.items()}
        if not set(changed) <= set(self._archive.namelist()) or self._summary in changed:
            raise unusual("a sheet has no part of its own")
        workbook = package.text(self._archive, WORKBOOK)
        indexes = {} if self._renewed else _with_sheet(self._archive, workbook, self._name)
        for info in self._archive.infolist():
            if info.filename in changed:
                self._add(info, changed[info.filename])
            elif info.filename in indexes:
                self._out.writestr(zipfile.ZipInfo(info.filename), indexes[info.filename], zipfile.ZIP_DEFLATED)
            elif info.filename != self._summary:
                package.copy_part(self._source, info, self._out)
        content = write_sheet(summary, package.namespace(workbook))
        self._out.writestr(zipfile.ZipInfo(self._summary), content, zipfile.ZIP_DEFLATED)

    def _add(self, info: zipfile.ZipInfo, columns: Columns) -> None:
        ours = frozenset(
            (*columns.titles, *(title for each in LANGUAGES for title in (*titles(each), word(each, "hint"))))
        )
        with self._archive.open(info) as stream:
            place = self._find(stream, columns, ours, self._texts)
        if place is None:
            raise sheets.WiderError
        large = info.file_size > _LARGE
        with self._archive.open(info) as stream, self._out.open(info.filename, "w", force_zip64=large) as part:
            sheets.add(stream, part, columns, place)

    def _texts(self, wanted: frozenset[int]) -> dict[int, str]:
        if not wanted or _STRINGS not in self._archive.namelist():
            return {}
        with self._archive.open(_STRINGS) as stream:
            return package.shared_texts(stream, wanted)


def _with_sheet(archive: zipfile.ZipFile, workbook: bytes, name: str) -> dict[str, bytes]:
    """Return the parts that list parts, with the summary in them; its sheet is the last, so that no index moves."""
    if _PART in archive.namelist():
        raise unusual("the summary's part is taken")
    book, relations = package.parse(archive, WORKBOOK), package.parse(archive, RELATIONS)
    numbers = [int(sheet.get("sheetId") or 0) for sheet in book.iter() if sheet.tag.endswith("}sheet")]
    kinds = [each.get("Type") or "" for each in relations if (each.get("Type") or "").endswith("/worksheet")]
    main, link = package.namespace(workbook), kinds[0].removesuffix("/worksheet")
    names = f'xmlns="{main}" xmlns:r="{link}"'
    sheet = f'<sheet {names} name={quoteattr(name)} sheetId="{max(numbers) + 1}" r:id="{_ID}"/>'
    relation = f'<Relationship xmlns="{_PACKAGE}/relationships" Id="{_ID}" Type="{kinds[0]}" Target="/{_PART}"/>'
    kind = f'<Override xmlns="{_PACKAGE}/content-types" PartName="/{_PART}" ContentType="{_SHEET_TYPE}"/>'
    return {
        WORKBOOK: _append(workbook, b"sheets", sheet),
        RELATIONS: _append(package.text(archive, RELATIONS), b"Relationships", relation),
        TYPES: _append(package.text(archive, TYPES), b"Types", kind),
    }


def _append(content: bytes, parent: bytes, child: str) -> bytes:
    """Put an element at the end of its parent."""
    found = list(re.finditer(rb"</(?:[\w.-]+:)?" + parent + rb"\s*>", content))
    if not found:
        raise unusual("a list of parts is empty")
    at = found[-1].start()
    return content[:at] + child.encode() + content[at:]


def write_sheet(lines: Sequence[Line], main: str) -> bytes:
    """Return a sheet of texts and whole numbers as XML."""
    dialect, rows = Dialect(b""), []
    for row, line in enumerate(lines, 1):
        cells = [
            f'<c r="{letters(column)}{row}"><v>{cell}</v></c>'.encode()
            if isinstance(cell, int)
            else dialect.text(column, row, cell)
            for column, cell in enumerate(line, 1)
        ]
        rows.append(b'<row r="%d">' % row + b"".join(cells) + b"</row>")
    start = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{main}">{_WIDTHS}<sheetData>'
    return start.encode() + b"".join(rows) + b"</sheetData></worksheet>"
