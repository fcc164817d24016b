"""Open .xlsx and .csv bytes as sheets of typed cells. Never writes, never follows a link, never names a value.

Cells of .xlsx keep their types (str, float, bool, date, datetime); cells of .csv are str.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TypeVar

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from linkage.identity.cells import Cell
from linkage.identity.errors import IdentityError

T = TypeVar("T")

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_LARGEST_UNPACKED = 4 * 1024**3
_LARGEST_GRID = 40_000_000
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>(?!</c>)')
_DECLARED = re.compile(rb'<dimension ref="[^":]*:?([A-Z]{1,3})([0-9]{1,7})"')
# Letters and signs that Indonesian lists in cp1252 use; anything else means another code page.
_CP1252_SIGNS = frozenset("àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ‘’“”–—…•°²½\u00a0")
# In an Indonesian list an accented letter stands alone; two together are another alphabet read wrongly.
_OTHER_SCRIPT = re.compile("[À-ÿ]{2}")
_DELIMITERS = (",", ";", "\t", "|")
_SNIFF = 50


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """Hold one sheet: `rows` opens it and yields its rows from row 1 and column A; they may be ragged.

    Only while rows are drawn is the sheet in memory. The sheet of a .csv has no name: an empty string.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[Sequence[Cell]]]


def read(data: bytes, file_name: str) -> list[Sheet]:
    """Open a file by its content; the ending of `file_name` has to agree with it.

    Raises IdentityError, a fault inside a sheet only while its rows are drawn: FILE_EMPTY, FILE_CUT, FILE_BROKEN,
    FILE_ENCRYPTED, FILE_RENAMED, FILE_UNSUPPORTED, FILE_TOO_LARGE, FILE_ENCODING, CSV_QUOTES, CSV_DELIMITER.
    """
    if not data.strip():
        raise IdentityError("FILE_EMPTY", "the file is empty", place=file_name, hint="save the list again")
    ending = PurePath(file_name).suffix.lower()
    if data.startswith(_ZIP):
        return _read_zip(data, file_name, ending)
    if data.startswith(_OLE):
        raise _old_office(data, file_name)
    if ending == ".xlsx":
        # A workbook whose head is missing, or something else with its name.
        broken = data.startswith(b"PK") or not _is_text(data)
        code = "FILE_BROKEN" if broken else "FILE_RENAMED"
        raise IdentityError(code, "expected a workbook, got something else", place=file_name, hint="save it as .xlsx")
    if (
        ending not in {".csv", ".txt", ".tsv"}
        or not _is_text(data)
        or data[:100].lstrip().startswith((b"<", b"%PDF", b"{"))
    ):
        raise _unsupported(file_name)
    return [_read_csv(data, file_name)]


def _is_text(data: bytes) -> bool:
    return b"\0" not in data[:100_000] or data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _unsupported(file_name: str) -> IdentityError:
    hint = "open it in a spreadsheet program and save it as .xlsx"
    return IdentityError("FILE_UNSUPPORTED", "expected .xlsx or .csv", place=file_name, hint=hint)


def _old_office(data: bytes, file_name: str) -> IdentityError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return IdentityError(
            "FILE_ENCRYPTED", "the workbook has a password", place=file_name, hint="save it without one"
        )
    return _unsupported(file_name)


def _read_zip(data: bytes, file_name: str, ending: str) -> list[Sheet]:
    names: set[str] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            _check_size(archive, file_name)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, RuntimeError, zlib.error):
        names = set()
    if not names:
        raise IdentityError("FILE_CUT", "the end of the workbook is missing", place=file_name, hint="copy it again")
    if "xl/workbook.xml" not in names:
        raise _unsupported(file_name)
    if ending not in {".xlsx", ".xlsm"}:
        raise IdentityError("FILE_RENAMED", "the content is a workbook", place=file_name, hint="name it .xlsx")
    return _read_workbook(data, file_name)


def _check_size(archive: zipfile.ZipFile, file_name: str) -> None:
    """Refuse a bomb: what would unpack to gigabytes, or a lone cell at the far corner of a sheet."""
    parts = archive.infolist()
    sheets = [part for part in parts if part.filename.startswith("xl/worksheets/") and not part.is_dir()]
    if sum(part.file_size for part in parts) > _LARGEST_UNPACKED or any(_is_vast(archive, part) for part in sheets):
        raise IdentityError("FILE_TOO_LARGE", "the workbook is too large", place=file_name, hint="split it")


def _is_vast(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Tell whether a sheet spans more cells than memory holds; programs also declare spans that they do not fill."""
    with archive.open(part) as sheet:
        declared = _DECLARED.search(sheet.read(4096))
    if declared is None or _column_number(declared.group(1)) * int(declared.group(2)) <= _LARGEST_GRID:
        return False
    cells = _FILLED.findall(archive.read(part))
    width = max((_column_number(letters) for letters, _ in cells), default=0)
    return width * max((int(row) for _, row in cells), default=0) > _LARGEST_GRID


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read_workbook(data: bytes, file_name: str) -> list[Sheet]:
    book = _guard(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)), file_name)
    lists = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    return [
        Sheet(meta.name, meta.visible != SheetVisibleEnum.Visible, partial(_rows, book, meta.name, file_name))
        for meta in lists
    ]


def _guard(step: Callable[[], T], file_name: str) -> T:
    try:
        return step()
    except PasswordError:
        code, hint = "FILE_ENCRYPTED", "save it without a password"
    except (CalamineError, OSError, ValueError):
        code, hint = "FILE_BROKEN", "save it again"
    # Raised out here so that the reader's own message, which may quote a cell, is not chained to it.
    raise IdentityError(code, "the workbook cannot be read", place=file_name, hint=hint)


def _rows(book: CalamineWorkbook, name: str, file_name: str) -> Iterator[Sequence[Cell]]:
    """Yield rows from row 1 and column A; the reader starts at row 1, but at the first column that is filled."""
    sheet = _guard(lambda: book.get_sheet_by_name(name), file_name)
    left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield [*left, *row] if left else row


def _read_csv(data: bytes, file_name: str) -> Sheet:
    text = _decode(data, file_name)
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        # A spreadsheet program does not show this line, so rows count from the next.
        delimiter, text = first.strip()[-1], rest
    else:
        delimiter = _delimiter(text, file_name)
    return Sheet("", False, partial(_csv_rows, text, delimiter, file_name))


def _csv_rows(text: str, delimiter: str, file_name: str) -> Iterator[Sequence[Cell]]:
    with suppress(csv.Error):
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return
    hint = "save it again as CSV UTF-8, or as .xlsx"
    raise IdentityError("CSV_QUOTES", "quotation marks do not pair", place=file_name, hint=hint)


def _decode(data: bytes, file_name: str) -> str:
    for mark, encoding in (*_BOMS, (b"", "utf-8")):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                break
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = "\ufffd"
    if all(sign.isascii() or sign in _CP1252_SIGNS for sign in set(text)) and not _OTHER_SCRIPT.search(text):
        return text
    raise IdentityError("FILE_ENCODING", "letters cannot be decided", place=file_name, hint="save it as CSV UTF-8")


def _delimiter(text: str, file_name: str) -> str:
    """Return the separator that cuts most of the first lines into the same number of parts."""
    lines = [line for line in text[:100_000].splitlines()[:_SNIFF] if line.strip()]
    best, score = "", 0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width), default=1)
        if common > 1 and widths.count(common) * common > score:
            best, score = delimiter, widths.count(common) * common
    if not best:
        raise IdentityError("CSV_DELIMITER", "no column separator was found", place=file_name, hint="use ; or ,")
    return best
