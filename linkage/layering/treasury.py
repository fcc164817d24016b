"""Read budgets and disbursements as treasuries keep them, into `money.BUDGETS` and `money.DISBURSEMENTS`.

It reads no person: a column that no role is known for is not looked at. An error names column and row, never the value.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

import pyarrow as pa

from linkage import identity
from linkage.identity import Cell, amounts, cells, dates, labels, programmes, references
from linkage.layering import lists
from linkage.layering.errors import LayeringError
from linkage.layering.money import BUDGETS, DISBURSEMENTS
from linkage.layering.schema import MAX_AMOUNT

ROW = pa.field("row", pa.int64(), nullable=False)
FORMS: Mapping[str, pa.Schema] = {"funds": BUDGETS.append(ROW), "sp2d": DISBURSEMENTS.append(ROW)}
"""What each kind of file becomes, with the row of the sheet that each line stands in."""
NEEDED = {"funds": ("programme", "agency", "amount"), "sp2d": ("programme", "agency", "amount")}
SEARCHED = 10
"""Rows in which a header is looked for."""
_TOTALS = ("JUMLAH", "TOTAL", "SUBTOTAL", "GRAND TOTAL")
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for every row of a file that has no column for it."""

    year: int | None = None
    fund: str | None = None


def read(data: bytes, file_name: str, kind: str, usual: Usual = Usual()) -> pa.Table:
    """Read a file's one sheet with a header (`FORMS`).

    Raises IdentityError if it is no file of a list, LayeringError TREASURY_HEADER, TREASURY_EMPTY, or VALUE_MISSING,
    VALUE_UNKNOWN, VALUE_FORM for the first cell that cannot be read.
    """
    for sheet in identity.read_sheets(data, file_name):
        head = list(islice(sheet.rows(), SEARCHED))
        found = _header(head, kind)
        if found is not None and not sheet.hidden:
            first, columns = found
            lines = _lines(list(sheet.rows())[first:], first + 1, columns, _Place(file_name), kind, usual)
            if not lines:
                raise LayeringError("TREASURY_EMPTY", "no row below the header", place=file_name)
            return pa.Table.from_pylist(lines, schema=FORMS[kind])
    hint = f"name the columns {', '.join(NEEDED[kind])}"
    raise LayeringError("TREASURY_HEADER", "no sheet with the columns of a treasury", place=file_name, hint=hint)


@cache
def _roles() -> dict[str, str]:
    text = files(__package__).joinpath("data", "treasury.csv").read_text(encoding="utf-8")
    return {labels.fold(row["spelling"]): row["role"] for row in csv.DictReader(text.splitlines())}


def _header(head: Sequence[Sequence[Cell]], kind: str) -> tuple[int, dict[str, int]] | None:
    """Return the place of the first row below the header, and the column of each role."""
    for at, row in enumerate(head):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row):
            role = _roles().get(labels.fold(cells.as_text(cell)))
            if role is not None:
                columns.setdefault(role, place)
        if set(NEEDED[kind]) <= set(columns):
            return at + 1, columns
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cell stands, in words for whoever mends it."""

    file: str
    row: int = 0

    def refuse(self, code: str, message: str, role: str) -> LayeringError:
        return LayeringError(code, message, place=f"{self.file}, row {self.row}, column {role}")


def _lines(
    rows: Sequence[Sequence[Cell]], first: int, columns: Mapping[str, int], place: _Place, kind: str, usual: Usual
) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate(rows, start=first):
        given = {role: row[at] if at < len(row) else None for role, at in columns.items()}
        given = {role: cell for role, cell in given.items() if not cells.is_blank(cell)}
        if not given or _is_total(given):
            continue
        found.append({**_line(given, _Place(place.file, number), kind, usual), "row": number})
    return found


def _is_total(given: Mapping[str, Cell]) -> bool:
    """Say whether a row only sums the rows above: it begins so, and names nobody."""
    words = [labels.fold(cells.as_text(cell)) for role, cell in given.items() if role != "amount"]
    return "agency" not in given and (not words or any(word.startswith(_TOTALS) for word in words))


def _line(given: Mapping[str, Cell], place: _Place, kind: str, usual: Usual) -> dict[str, Any]:
    for role in NEEDED[kind]:
        if role not in given:
            raise place.refuse("VALUE_MISSING", "every row needs a value", role)
    programme = programmes.parse(given["programme"])
    if programme is None:
        raise place.refuse("VALUE_UNKNOWN", "not a known programme", "programme")
    amount = amounts.parse(given["amount"])
    if amount is None or amount > MAX_AMOUNT * 100:
        raise place.refuse("VALUE_FORM", "expected whole rupiah", "amount")
    line = {
        "fund": _fund(given.get("fund"), programme, place, usual),
        "programme": programme,
        "agency": _agency(given["agency"], place),
        "year": _year(given, place, usual),
        "amount": amount,
    }
    if kind == "sp2d":
        line |= {"regency": _regency(given.get("regency"), place), "reference": _reference(given, place)}
    return line


def _fund(cell: Cell, programme: str, place: _Place, usual: Usual) -> str:
    known = {labels.fold(code): code for code in lists.codes("funds")}
    known |= {labels.fold(each.id): each.code for each in lists.codes("funds").values()}
    if cell is None:
        return usual.fund or lists.programmes()[programme].fund
    fund = known.get(labels.fold(cells.as_text(cell)))
    if fund is None:
        raise place.refuse("VALUE_UNKNOWN", "not a known source of funds", "fund")
    return fund


def _agency(cell: Cell, place: _Place) -> str:
    agency = labels.fold(cells.as_text(cell)).lower().replace(" ", "-")
    if not agency or len(agency) > 40:
        raise place.refuse("VALUE_FORM", "expected an agency's short name", "agency")
    return agency


def _year(given: Mapping[str, Cell], place: _Place, usual: Usual) -> int:
    if "year" in given:
        text = cells.as_text(given["year"]).strip()
        if not text.isdigit() or int(text) not in _YEARS:
            raise place.refuse("VALUE_FORM", "expected a year", "year")
        return int(text)
    if "date" in given:
        day = dates.parse(given["date"], dt.date(_YEARS[-1], 12, 31)).day_first
        if day is None:
            raise place.refuse("VALUE_FORM", "expected a day", "date")
        return day.year
    if usual.year is None:
        raise place.refuse("VALUE_MISSING", "no year in the row, and none was given for the file", "year")
    return usual.year


def _regency(cell: Cell, place: _Place) -> str | None:
    if cell is None:
        return None
    found = identity.resolve("", "", cells.as_text(cell), identity.gazetteer())
    if found.regency is None:
        raise place.refuse("VALUE_UNKNOWN", "not a regency of the official list", "regency")
    return found.regency


def _reference(given: Mapping[str, Cell], place: _Place) -> str | None:
    """Return a reference as rows name it: its kind, then numbers between strokes."""
    if "reference" not in given:
        return None
    found = references.parse(given["reference"])
    if found is None:
        raise place.refuse("VALUE_FORM", "expected a reference of at most 15 digits", "reference")
    return found
