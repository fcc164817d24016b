"""Open workbooks (.xlsx, .xlsm, .xls, .ods) as sheets of typed cells. Never runs a macro, never follows a link."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from linkage.identity import packages
from linkage.identity.cells import Cell
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Hidden, Sheet
from linkage.identity.packages import Contents

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
T = TypeVar("T")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_SECTOR = 512
# In an old workbook, the record that says how it is encrypted follows the one that begins it.
_FILE_PASS = re.compile(rb"\x09\x08[\x08\x10]\x00\x00[\x05\x06].{6}(?:.{8})?(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
_UNZIPPED = (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, RuntimeError, zlib.error)


def read_zip(data: bytes, file_name: str, ending: str) -> list[Sheet]:
    """Open a zipped workbook, .xlsx or .ods by what it holds."""
    kind = _kind(data)
    if kind is None:
        raise IdentityError("FILE_CUT", "the end of the workbook is missing", place=file_name, hint="copy it again")
    if not kind:
        raise unsupported(file_name)
    if ending not in kind:
        hint = f"name it {kind[0]}"
        raise IdentityError("FILE_RENAMED", f"the content is {kind[0]}", place=file_name, hint=hint)
    return _sheets(data, file_name, _look(data, file_name))


def read_ole(data: bytes, file_name: str, ending: str) -> list[Sheet]:
    """Open an old workbook; a new one with a password lies in the same wrapping."""
    if "EncryptedPackage".encode("utf-16-le") in data or _FILE_PASS.search(data):
        raise _encrypted(file_name)
    if not any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        raise unsupported(file_name)
    if ending != ".xls":
        raise IdentityError("FILE_RENAMED", "the content is an old workbook", place=file_name, hint="name it .xls")
    if len(data) % _SECTOR:
        raise IdentityError("FILE_CUT", "the end of the workbook is missing", place=file_name, hint="copy it again")
    return _sheets(data, file_name, Contents({}))


def unsupported(file_name: str) -> IdentityError:
    """Return the refusal of what is none of the kinds that are read."""
    hint = "open it in a spreadsheet program and save it as .xlsx"
    return IdentityError("FILE_UNSUPPORTED", "expected .xlsx, .xls, .ods, .csv or Parquet", place=file_name, hint=hint)


def _kind(data: bytes) -> tuple[str, ...] | None:
    """Return the endings that go with the content: none if it is no workbook, None if it cannot be unzipped."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return (".xlsx", ".xlsm")
            if {"content.xml", "mimetype"} <= names and archive.read("mimetype").startswith(_OPEN_DOCUMENT):
                return (".ods",)
            return () if names else None
    except _UNZIPPED:
        return None


def _look(data: bytes, file_name: str) -> Contents:
    """Look through the parts; an encrypted one is none that can be read."""
    code, hint = "FILE_BROKEN", "save it again"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise _encrypted(file_name)
            return packages.look(archive)
    except packages.TooLargeError:
        code, hint = "FILE_TOO_LARGE", "split it"
    except (*_UNZIPPED, ExpatError):
        pass
    message = "the workbook is too large" if code == "FILE_TOO_LARGE" else "the workbook cannot be read"
    raise IdentityError(code, message, place=file_name, hint=hint)


def _encrypted(file_name: str) -> IdentityError:
    return IdentityError("FILE_ENCRYPTED", "the workbook has a password", place=file_name, hint="save it without one")


def _sheets(data: bytes, file_name: str, contents: Contents) -> list[Sheet]:
    book = _guard(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)), file_name)
    return [
        Sheet(
            meta.name,
            meta.visible != SheetVisibleEnum.Visible,
            partial(_rows, book, meta.name, file_name),
            contents.hides.get(meta.name, Hidden()),
            since_1904=contents.since_1904,
        )
        for meta in book.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet
    ]


def _guard(step: Callable[[], T], file_name: str) -> T:
    try:
        return step()
    except PasswordError:
        refusal = _encrypted(file_name)
    except (CalamineError, OSError, ValueError):
        refusal = IdentityError("FILE_BROKEN", "the workbook cannot be read", place=file_name, hint="save it again")
    # Raised out here so that the reader's own message, which may quote a cell, is not chained to it.
    raise refusal


def _rows(book: CalamineWorkbook, name: str, file_name: str) -> Iterator[Sequence[Cell]]:
    """Yield rows from row 1 and column A; the reader starts at row 1, but at the first column that is filled."""
    sheet = _guard(lambda: book.get_sheet_by_name(name), file_name)
    left: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield [*left, *row] if left else row
