"""Write what is no .xlsx into a new one: every cell as it was read, columns beside its list, a summary sheet.

Texts stay texts: what a program could take for a formula is marked as text for good. Rows go to disk as they come.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import xlsxwriter

from linkage.giveback.cells import LAST_COLUMN, cleaned
from linkage.giveback.columns import Columns
from linkage.giveback.errors import GivebackError
from linkage.giveback.sheets import WIDTHS
from linkage.giveback.summary import Line, disarm
from linkage.identity import Cell, Sheet

LAST_ROW = 1_048_576
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_MADE = dt.datetime(2026, 1, 1)  # noqa: DTZ001 — the format stores no zone, and a clock would change the bytes
_NAME = re.compile(r"[\[\]:*?/\\]")


def write_workbook(
    target: BinaryIO,
    sheets: Iterable[Sheet],
    lists: Mapping[str, Columns],
    summary: Sequence[Line],
    names: Sequence[str],
    *,
    workspace: str | None = None,
) -> None:
    """Write the sheets to `target`; `names` are those of the summary's sheet and of a sheet without one.

    What waits to be written lies in the folder `workspace`, by default the system's, for its owner's eyes alone.

    Raises GivebackError LIST_TOO_LONG if a list is longer or wider than a workbook's sheet.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": workspace}
    book = xlsxwriter.Workbook(target, options)
    try:
        book.set_properties({"created": _MADE})
        writer = _Writer(book, names[1])
        for sheet in sheets:
            writer.sheet(sheet, lists.get(sheet.name))
        writer.summary(names[0], summary)
    finally:
        book.close()


class _Writer:
    def __init__(self, book: Any, unnamed: str) -> None:
        self._book, self._unnamed, self._taken = book, unnamed, set[str]()
        self._shown = False
        self._text = book.add_format({"num_format": "@"})
        self._marked = book.add_format({"num_format": "@", "quote_prefix": True})
        self._day = book.add_format({"num_format": "dd/mm/yyyy"})
        self._moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        self._whole = book.add_format({"num_format": "0"})
        self._head = book.add_format({"num_format": "@", "bold": True})

    def sheet(self, sheet: Sheet, columns: Columns | None) -> None:
        out = self._book.add_worksheet(self._name(sheet.name))
        if sheet.hidden:
            out.hide()
        elif not self._shown:
            # The first sheet is the one shown, and a hidden one cannot be.
            out.activate()
            self._shown = True
        added = len(columns.titles) if columns else 0
        width = max((len(row) for row in sheet.rows()), default=0)
        if width + added > LAST_COLUMN:
            raise _too_long()
        if columns:
            out.set_column(width, width, WIDTHS[0])
            out.set_column(width + 1, width + added - 1, WIDTHS[1])
        for number, row in enumerate(sheet.rows()):
            if number >= LAST_ROW:
                raise _too_long()
            self._row(out, number, row)
            cells = columns.cells(number + 1) if columns else None
            style = self._head if columns and number + 1 == columns.header_row else None
            for column, text in enumerate(cells or (), width):
                if text:
                    out.write_string(number, column, text, style)

    def _row(self, out: Any, number: int, row: Sequence[Cell]) -> None:
        for column, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                style = self._text if disarm(cell) is cell else self._marked
                out.write_string(number, column, cleaned(cell)[:_LONGEST_TEXT], style)
            elif isinstance(cell, bool):
                out.write_boolean(number, column, cell)
            elif isinstance(cell, int | float):
                out.write_number(number, column, cell, self._whole if abs(cell) > 1e11 else None)
            elif isinstance(cell, dt.datetime):
                out.write_datetime(number, column, cell, self._moment if cell.time() != dt.time() else self._day)
            elif isinstance(cell, dt.date):
                out.write_datetime(number, column, cell, self._day)
            else:
                out.write_string(number, column, str(cell), self._text)

    def summary(self, name: str, lines: Sequence[Line]) -> None:
        out = self._book.add_worksheet(self._name(name))
        if not self._shown:
            out.activate()
        out.set_column(0, 0, 44)
        out.set_column(1, 6, 20)
        for number, line in enumerate(lines):
            self._row(out, number, line)

    def _name(self, name: str) -> str:
        """Return a name that a workbook takes, and takes once."""
        clean = self._cut(_NAME.sub(" ", cleaned(name)), _LONGEST_NAME) or self._unnamed
        number = 1
        while clean.lower() in self._taken:
            number += 1
            clean = f"{self._cut(clean, _LONGEST_NAME - 4)} {number}"
        self._taken.add(clean.lower())
        return clean

    @staticmethod
    def _cut(name: str, longest: int) -> str:
        """Return the start of a name; its length counts as a spreadsheet program counts, in units of UTF-16."""
        start = name.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", errors="ignore")
        return start.strip("' \t\r\n")


def _too_long() -> GivebackError:
    return GivebackError("LIST_TOO_LONG", "a sheet does not hold the list", hint="split the list")
