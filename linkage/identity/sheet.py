"""Open a file by its bytes as sheets of cells, whatever kind of list it is. Never writes, never names a value.

Cells of workbooks and Parquet keep their types (str, int, float, bool, date, datetime); those of text are str.
"""

from __future__ import annotations

from pathlib import PurePath

from linkage.identity import delimited, parquet, texts, webpage, workbook
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Sheet

__all__ = ["ENDINGS", "Sheet", "read"]

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".txt", ".tsv", ".html", ".htm", ".parquet")
_TEXT = frozenset({".csv", ".txt", ".tsv"})

_OTHER = (b"%PDF", b"{", b"<", b"MIME-Version:")


def read(data: bytes, file_name: str, encoding: str | None = None) -> list[Sheet]:
    """Open a file by its content; the ending of `file_name` has to agree with it.

    `encoding`, one of `texts.ENCODINGS`, is for text whose letters cannot be decided. Raises IdentityError, a fault
    inside a sheet only while its rows are drawn: FILE_EMPTY, FILE_CUT, FILE_BROKEN, FILE_ENCRYPTED, FILE_RENAMED,
    FILE_UNSUPPORTED, FILE_TOO_LARGE, FILE_ENCODING, CSV_QUOTES, CSV_DELIMITER.
    """
    if not data.strip():
        raise IdentityError("FILE_EMPTY", "the file is empty", place=file_name, hint="save the list again")
    ending = PurePath(file_name).suffix.lower()
    if data.startswith(workbook.ZIP):
        return workbook.read_zip(data, file_name, ending)
    if data.startswith(workbook.OLE):
        return workbook.read_ole(data, file_name, ending)
    if data.startswith((parquet.MAGIC, b"PARE")):
        _agree(ending, (".parquet",), file_name)
        return [parquet.read(data, file_name)]
    if webpage.is_page(data):
        _agree(ending, (".html", ".htm", ".xls"), file_name)
        return webpage.read(data, file_name, encoding)
    return [_read_text(data, file_name, ending, encoding)]


def _agree(ending: str, expected: tuple[str, ...], file_name: str) -> None:
    if ending not in expected:
        hint = f"name it {expected[0]}"
        raise IdentityError("FILE_RENAMED", f"the content is {expected[0]}", place=file_name, hint=hint)


def _read_text(data: bytes, file_name: str, ending: str, encoding: str | None) -> Sheet:
    if ending in ENDINGS and ending not in _TEXT:
        # A workbook whose head is missing, or something else with its name.
        broken = data.startswith((b"PK", b"PAR")) or not texts.is_text(data)
        code = "FILE_BROKEN" if broken else "FILE_RENAMED"
        hint = "save it again" if broken else "name it .csv if it is text, else save it as .xlsx"
        raise IdentityError(code, f"expected {ending}, got something else", place=file_name, hint=hint)
    if ending not in _TEXT or not texts.is_text(data) or data[:100].lstrip().startswith(_OTHER):
        raise workbook.unsupported(file_name)
    return delimited.read(texts.decode(data, file_name, encoding), file_name)
