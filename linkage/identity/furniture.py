"""Tell the rows of a list from its furniture: totals, signature blocks, repeated headers, empty rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from linkage.identity import dates, headings
from linkage.identity.cells import Cell, Column, as_text, is_blank
from linkage.identity.tables import load_toml

_FEW = 3
_FAR = dt.date(2099, 12, 31)
_SMALL = re.compile(r"\(?[0-9]{1,2}\)?")
_LONGEST_BLOCK = 30

Rows = NDArray[np.bool_]


@cache
def _form(kind: str) -> re.Pattern[str]:
    """Return the pattern of the cells that begin with a word of that kind, whatever signs stand around it."""
    words = "|".join(word.replace(" ", r"[\W_]+") for word in load_toml("furniture")[kind])
    return re.compile(rf"[\W_]*(?:{words})(?![A-Z0-9])", re.IGNORECASE)


def find_people(columns: dict[str, Column], others: list[Column], has_digits: Rows) -> Rows:
    """Return bool of shape (rows,): True where a row is part of the list.

    `columns` are the mapped ones, `others` the rest of the sheet, `has_digits` tells the rows with 16 digits or
    a damaged number, which are never furniture.
    """
    doubt = ~has_digits
    people = has_digits.copy()
    # A signature block stands at the end: the same word higher up is somebody's occupation.
    at_end = np.flatnonzero(doubt) >= len(doubt) - _LONGEST_BLOCK
    mapped = {role: column.keep(doubt) for role, column in columns.items()}
    rest = [column.keep(doubt) for column in others]
    people[doubt] = _judge(mapped, rest, at_end) & ~_is_header(mapped) & ~_is_lone(mapped, rest)
    return people


def _is_header(columns: dict[str, Column]) -> Rows:
    """Find headers that a page break repeats, and the `2 3 4` under them: two mapped columns that name themselves.

    The name or the NIK is one of them: somebody lives in Kampung Baru, Kabupaten Lampung Selatan.
    """
    named = {role: column.flags(partial(_names, role)) for role, column in columns.items()}
    counted = [column.flags(_is_small) for column in columns.values()]
    essential = [named[role] for role in ("name", "nik") if role in named]
    heads = (np.sum(list(named.values()), axis=0) >= _FEW - 1) & np.any(essential, axis=0) if essential else False
    # A name is never a number: a row of small numbers alone numbers the columns.
    name = columns.get("name")
    numbers = name.flags(_is_small) & (np.sum(counted, axis=0) >= _FEW - 1) if name else False
    return np.asarray(heads | numbers)


def _names(role: str, cell: Cell) -> bool:
    label = headings.read(cell)
    return label is not None and label.role == role


def _is_small(cell: Cell) -> bool:
    return _SMALL.fullmatch(as_text(cell)) is not None


def _is_lone(columns: dict[str, Column], others: list[Column]) -> Rows:
    """Find rows with one filled cell that is no name, such as `DUSUN II` above the people of a hamlet."""
    everything, name = [*columns.values(), *others], columns.get("name")
    rows = len(everything[0].codes) if everything else 0
    unnamed = ~name.flags(_is_filled) if name else np.ones(rows, np.bool_)
    return np.asarray((_count(everything, rows) == 1) & unnamed)


def _judge(columns: dict[str, Column], others: list[Column], at_end: Rows) -> Rows:
    """Tell people from furniture among rows that show no number."""
    rows, everything, name = len(at_end), [*columns.values(), *others], columns.get("name")
    content = _count([column for role, column in columns.items() if role != "number"], rows) > 0
    named = name.flags(_is_filled) if name else np.zeros(rows, np.bool_)
    births = [column for role, column in columns.items() if role.startswith("birth")]
    undated = [column for column in everything if all(column is not birth for birth in births)]
    signed = _marked(_begins("signatures"), everything, name, named) | _marked(_is_dateline, undated, name, named)
    signature = signed & (_count(everything, rows) <= _FEW) & at_end
    totals = _marked(_begins("totals"), everything, name, named)
    return np.asarray(content & ~totals & (np.cumsum(signature) == 0))


def _begins(kind: str) -> Callable[[Cell], bool]:
    form = _form(kind)
    return lambda cell: isinstance(cell, str) and form.match(cell) is not None


def _is_dateline(cell: Cell) -> bool:
    """Tell whether a cell is a place and a day, as above a signature: `Metro, 3 Maret 2026`."""
    if not isinstance(cell, str) or not cell.strip()[:1].isalpha():
        return False
    return dates.parse_after_place(cell, _FAR).day_first is not None


def _is_filled(cell: Cell) -> bool:
    return not is_blank(cell)


def _count(columns: list[Column], rows: int) -> NDArray[np.int32]:
    """Count the filled cells of each row."""
    return np.sum([column.flags(_is_filled) for column in columns], axis=0, dtype=np.int32) + np.zeros(rows, np.int32)


def _marked(is_so: Callable[[Cell], bool], everything: list[Column], name: Column | None, named: Rows) -> Rows:
    """Find rows with such a cell in place of a name, or anywhere where there is no name."""
    marked = np.zeros(len(named), np.bool_)
    for column in everything:
        so = column.flags(is_so)
        marked |= so if column is name else so & ~named
    return marked
