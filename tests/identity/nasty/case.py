"""What a nasty file is: how it is made, and exactly what reading it has to say. Every person in one is made up."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.identity import Choices, Defaults
from tests.identity.conftest import Rows, make_csv, make_workbook

ANI, BUDI, CITRA, DEDI = "1871015208809001", "1871011308809002", "1801064107759013", "1807151702909024"
CARD, OTHER_CARD = "1871011208150001", "1801060305170014"
PKH = Defaults(programme="PKH", period="2026-03")
WRITTEN = Path(__file__).parent / "written"
Said = tuple[int, str, str]
BORN = dt.date(1980, 8, 12)


@dataclass(frozen=True)
class Case:
    """A file and what it must give: `refused`, a code; or rows `accepted`, `rejected`, and every verdict in `says`.

    `niks`, `names` and `births`, where given, are the records' own values in order.
    """

    title: str
    file: str
    data: Callable[[], bytes]
    says: tuple[Said, ...] = ()
    accepted: int = 0
    rejected: int = 0
    refused: str = ""
    defaults: Defaults = PKH
    choices: Choices = field(default_factory=Choices)
    niks: tuple[str | None, ...] | None = None
    names: tuple[str | None, ...] | None = None
    births: tuple[dt.date | None, ...] | None = None


def book(rows: Rows, **more: Any) -> Callable[[], bytes]:
    """Write a workbook with xlsxwriter."""
    return lambda: make_workbook(rows, **more)


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    """Encode the text of a .csv or a page."""
    return lambda: content.encode(encoding)


def separated(rows: Rows, delimiter: str = ";") -> Callable[[], bytes]:
    """Write a .csv."""
    return lambda: make_csv(rows, delimiter)


def opened(rows: Rows, change: Callable[[Any], None] | None = None) -> Callable[[], bytes]:
    """Write a workbook with openpyxl; `change` is given its sheet."""

    def make() -> bytes:
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(list(row))
        if change:
            change(made.active)
        out = io.BytesIO()
        made.save(out)
        return out.getvalue()

    return make


def table(columns: dict[str, Any]) -> Callable[[], bytes]:
    """Write a Parquet file."""

    def make() -> bytes:
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out)
        return out.getvalue()

    return make


def written(name: str) -> Callable[[], bytes]:
    """Return a file that LibreOffice or xlwt wrote (see `written/make.py`)."""
    return (WRITTEN / name).read_bytes


def edited(data: Callable[[], bytes], part: str, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """Change one part of a zipped workbook."""

    def make() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                content = source.read(name)
                target.writestr(name, change(content) if name == part else content)
        return out.getvalue()

    return make
