"""Writers of agencies' files: workbooks with merged titles, numbered headers and totals, and delimited text.

Rows arrive in batches and go to disk as they come. Writes only what it is given, and no clock: the same rows make the
same bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

from linkage.synth import Batch

_MADE = datetime(2026, 3, 1)  # noqa: DTZ001 - the format stores no zone, and a clock would change the bytes


class ListFile(Protocol):
    """A file of one list that takes batches until it is closed."""

    def add(self, batch: Batch) -> None:
        """Write a batch under what the file holds, or in a new sheet."""

    def close(self) -> None:
        """Finish the file."""


def open_list(path: Path, batch: Batch) -> ListFile:
    """Open the file that a batch belongs to, by its layout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if batch.layout.is_workbook:
        return WorkbookFile(path)
    return TextFile(path, ";" if batch.roll.agency == "csr" else ",")


class TextFile:
    """A delimited file in UTF-8 with the line ends of a spreadsheet's export."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self._stack = ExitStack()
        self._file = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        self._writer = csv.writer(self._file, delimiter=delimiter, lineterminator="\r\n")
        self._empty = True

    def add(self, batch: Batch) -> None:
        """Write a batch; titles, empty rows and headers before the first."""
        if self._empty:
            width, titles = len(batch.headers), list(batch.titles)
            titles += [""] * (batch.layout.header_row - 1 - len(titles))
            self._writer.writerows([title, *[""] * (width - 1)] for title in titles)
            self._writer.writerow(batch.headers)
            self._empty = False
        self._writer.writerows(zip(*batch.columns, strict=True))

    def close(self) -> None:
        """Close the file."""
        self._stack.close()


class WorkbookFile:
    """A workbook written row by row in constant memory; a sheet ends when the next one begins."""

    def __init__(self, path: Path) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.set_properties({"created": _MADE})
        self._title = self._book.add_format({"bold": True, "align": "center"})
        self._head = self._book.add_format({"bold": True, "border": 1})
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        self._whole = self._book.add_format({"num_format": "0"})
        self._sheet: Any = None
        self._last: Batch | None = None
        self._row = 0
        self._sum = 0

    def add(self, batch: Batch) -> None:
        """Write a batch, in a new sheet if it names another one."""
        if self._last is None or self._last.sheet != batch.sheet:
            self._end_sheet()
            self._begin_sheet(batch)
        self._last = batch
        roles = [role for _, role in batch.layout.columns]
        self._sum += sum(cell for cell in batch.columns[roles.index("amount")] if isinstance(cell, int))
        for cells in zip(*batch.columns, strict=True):
            self._write_row(cells)

    def close(self) -> None:
        """Write the totals and notes of the last sheet, and the workbook."""
        self._end_sheet()
        self._book.close()

    def _begin_sheet(self, batch: Batch) -> None:
        self._sheet, self._sum = self._book.add_worksheet(batch.sheet), 0
        width = len(batch.headers)
        self._sheet.set_column(0, 0, 5)
        self._sheet.set_column(1, width - 1, 20)
        for row, title in enumerate(batch.titles):
            self._sheet.merge_range(row, 0, row, width - 1, title, self._title)
        self._row = batch.layout.header_row - 1
        self._write_row(batch.headers, self._head)
        if batch.layout.numbered:
            self._write_row(list(range(1, width + 1)), self._head)

    def _end_sheet(self) -> None:
        if self._last is None:
            return
        if self._last.layout.total:
            roles = [role for _, role in self._last.layout.columns]
            total: list[Any] = [None] * len(roles)
            total[0] = "JUMLAH"
            total[roles.index("amount")] = self._sum or None
            self._write_row(total, self._head)
        for note in self._last.notes:
            self._write_row([None, note or None])

    def _write_row(self, cells: Sequence[Any], style: Any = None) -> None:
        sheet, row = self._sheet, self._row
        for column, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                sheet.write_string(row, column, cell, style)
            elif isinstance(cell, date):
                sheet.write_datetime(row, column, cell, self._day)
            else:
                sheet.write_number(row, column, cell, style or (self._whole if cell > 1e11 else None))
        self._row += 1
