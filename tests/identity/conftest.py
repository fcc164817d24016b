"""Real workbooks and CSV files, made in memory."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter

from linkage.identity import Gazetteer, gazetteer

Rows = Sequence[Sequence[Any]]


def make_workbook(
    rows: Rows,
    *,
    sheets: dict[str, Rows] | None = None,
    hidden: tuple[str, ...] = (),
    hidden_rows: tuple[int, ...] = (),
    hidden_columns: tuple[int, ...] = (),
    **options: Any,
) -> bytes:
    """Write a workbook; rows and columns to hide count from 0, `options` are xlsxwriter's."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"} | options)
    for name, content in (sheets or {"Data": rows}).items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for place in hidden_rows:
            sheet.set_row(place, None, None, {"hidden": True})
        for column in hidden_columns:
            sheet.set_column(column, column, None, None, {"hidden": True})
        for place, row in enumerate(content):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                elif isinstance(cell, (dt.date, dt.datetime)):
                    sheet.write_datetime(place, column, cell)
                elif cell is not None:
                    sheet.write(place, column, cell)
    book.close()
    return out.getvalue()


def make_csv(rows: Rows, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def workbook() -> Callable[..., bytes]:
    return make_workbook


@pytest.fixture
def csv_file() -> Callable[..., bytes]:
    return make_csv


@pytest.fixture(scope="session")
def places() -> Gazetteer:
    return gazetteer()


@pytest.fixture(scope="session")
def as_of() -> dt.date:
    return dt.date(2026, 12, 31)
