"""Lists of a few rows, read as an agency reads them, and what is said about them."""

from __future__ import annotations

from typing import Any

from linkage.identity import Defaults, Reading, read_records
from tests.identity.conftest import Rows, make_workbook

WOMAN, MAN = "1871015208809001", "1871011308809002"
CARD = "1871011208150001"
PKH = Defaults(programme="PKH", period="2026-03")
HEAD = ["No", "NIK", "Nama"]


def read(rows: Rows, defaults: Defaults = PKH, **more: Any) -> Reading:
    """Read rows from a workbook."""
    return read_records(make_workbook(rows), "list.xlsx", defaults, **more)


def only(reading: Reading) -> dict[str, Any]:
    """Return the one record."""
    assert reading.records.num_rows == 1
    return reading.records.to_pylist()[0]


def said(reading: Reading) -> list[tuple[int, str, str]]:
    """Return row, column and code of each verdict."""
    return [(one["row"], one["column"], one["code"]) for one in reading.verdicts.to_pylist()]
