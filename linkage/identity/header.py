"""Find the header row of a sheet and what each column means. Never reads a person's values except to check a column.

The header stands in the first 15 rows, under titles; a second header row and a `1 2 3` row may follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from linkage.identity import choices, columns, digits, headings
from linkage.identity.cells import Cell, is_blank
from linkage.identity.choices import Ask, Choices
from linkage.identity.columns import Finding
from linkage.identity.errors import IdentityError
from linkage.identity.headings import Label, name_role
from linkage.identity.labels import fold

__all__ = ["SAMPLE", "SEARCHED", "Finding", "Mapping", "find", "name_role"]

SEARCHED = 15
SAMPLE = 60
_LEAST_LABELS = 2
_LONGEST_TITLE = 300
_ESSENTIAL = ("nik", "name")
_BIRTHS = ("birth_place_date", "birth_date", "birth_place")

Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Hold the meaning of a sheet's columns.

    `columns` maps a role to a 0-based column, `confidence` a role to 0–1, `headers` a role to how a mapping file names
    its column; `header_row` and `first_row` are 1-based, `titles` are the texts above the header, `findings` what was
    left out or guessed, `chosen` the roles that the operator settled, `width` how many columns the header has.
    """

    header_row: int
    first_row: int
    columns: dict[str, int]
    confidence: dict[str, float]
    titles: tuple[str, ...] = field(default=(), repr=False)
    findings: tuple[Finding, ...] = field(default=())
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    chosen: frozenset[str] = frozenset()
    width: int = 0


def find(rows: Rows, place: str, chosen: Choices | None = None, ask: Ask | None = None) -> Mapping:
    """Find the header in the first rows of a sheet (`SEARCHED` and a sample of the list after them).

    `chosen` goes before what is found. Raises IdentityError HEADER_NOT_FOUND, or COLUMN_AMBIGUOUS if two columns
    could be the same and `ask` is not there to choose.
    """
    own = chosen.columns if chosen else {}
    named = {fold(choice): Label(role, 1.0) for role, choice in own.items() if fold(choice)}
    top = max(range(min(SEARCHED, len(rows))), key=lambda row: (_score(rows[row], named), -row), default=None)
    if top is None or _score(rows[top], named) < _LEAST_LABELS:
        return _without_header(rows, own, place, ask)
    labels, bottom = _merge_second_row(rows, top, named)
    start = bottom + 1
    while start < len(rows) and is_counting(rows[start]):
        start += 1
    texts = [_text(rows, top, bottom, column) for column in range(len(labels))]
    found = columns.choose(labels, texts, rows[start : start + SAMPLE], own, f"{place}, row {top + 1}", ask)
    above = (cell for row in rows[:top] for cell in row)
    titles = tuple(cell for cell in above if isinstance(cell, str) and 0 < len(cell.strip()) <= _LONGEST_TITLE)
    return _mapping(top + 1, start + 1, found, titles, len(labels))


def _mapping(header_row: int, first_row: int, found: columns.Found, titles: tuple[str, ...], width: int) -> Mapping:
    return Mapping(
        header_row,
        first_row,
        found.columns,
        found.confidence,
        titles,
        found.findings,
        found.headers,
        found.chosen,
        width,
    )


def _without_header(rows: Rows, own: columns.Chosen, place: str, ask: Ask | None) -> Mapping:
    """Take the operator's letters where no row names the columns."""
    lettered = {role: choice for role, choice in own.items() if choices.is_letters(choice)}
    if not set(_ESSENTIAL) & set(lettered):
        hint = "put the column names (NIK, Nama, …) into one row above the list, or name the columns' letters"
        raise IdentityError("HEADER_NOT_FOUND", "no header row in the first 15 rows", place=place, hint=hint)
    width = max(map(len, rows), default=0)
    column = choices.number(lettered["nik"]) if "nik" in lettered else None
    start = next((place for place, row in enumerate(rows) if column is None or _has_digits(row, column)), 0)
    nothing: list[Label | None] = [None] * width
    found = columns.choose(nothing, [""] * width, rows[start : start + SAMPLE], lettered, place, ask)
    return _mapping(max(start, 1), start + 1, found, (), width)


def _has_digits(row: Sequence[Cell], column: int) -> bool:
    return column < len(row) and digits.read(row[column]).status in {"sixteen", "damaged"}


def _text(rows: Rows, top: int, bottom: int, column: int) -> str:
    """Return the text of a header: the sub-header's where there is one."""
    for row in (rows[bottom], rows[top]):
        if column < len(row) and isinstance(row[column], str) and str(row[column]).strip():
            return " ".join(str(row[column]).split())
    return ""


def _score(row: Sequence[Cell], named: dict[str, Label]) -> int:
    """Count the different roles that a row names; none unless a person's name or NIK is among them."""
    roles = [label.role for label in (headings.read(cell, named) for cell in row) if label]
    if not set(_ESSENTIAL) & set(roles):
        return 0
    return len(set(roles) - {"other"}) + min(roles.count("other"), 3)


def _merge_second_row(rows: Rows, top: int, named: dict[str, Label]) -> tuple[list[Label | None], int]:
    """Let a row of sub-headers (Tempat | Tanggal under Lahir) refine the one above it."""
    upper = [headings.read(cell, named) for cell in rows[top]]
    below = rows[top + 1] if top + 1 < len(rows) else []
    lower = [headings.read(cell, named) for cell in below]
    texts = [cell for cell in below if not is_blank(cell)]
    is_header = len(texts) >= 2 and len([label for label in lower if label]) == len(texts) and not is_counting(below)
    if not is_header:
        return upper, top
    width = max(len(upper), len(lower))
    upper += [None] * (width - len(upper))
    lower += [None] * (width - len(lower))
    merged = [low or up for low, up in zip(_days_of_birth(lower, upper), upper, strict=True)]
    # What refines a header does not take its name or NIK away.
    kept = _essentials(upper) <= _essentials(merged)
    return (merged, top + 1) if kept else (upper, top)


def _essentials(labels: Sequence[Label | None]) -> set[str]:
    return {label.role for label in labels if label} & set(_ESSENTIAL)


def _days_of_birth(lower: Sequence[Label | None], upper: Sequence[Label | None]) -> list[Label | None]:
    """Read a bare Tanggal as a birth date where the merged header above it is about birth."""
    labels: list[Label | None] = []
    group: Label | None = None
    for low, up in zip(lower, upper, strict=True):
        group = up or group
        births = group is not None and group.role in _BIRTHS
        labels.append(Label("birth_date", 1.0) if low and low.role == "day" and births else low)
    return labels


def is_counting(row: Sequence[Cell]) -> bool:
    """Tell whether a row only numbers the columns: 1 2 3 …, or (1) (2) (3)."""
    texts = [
        str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        for cell in row
        if not is_blank(cell)
    ]
    numbers = [re.sub(r"[^0-9]", "", text) for text in texts if len(text) < 6]
    if len(texts) < 2 or len(numbers) != len(texts) or not all(numbers):
        return False
    first = int(numbers[0])
    return first <= 1 and [int(number) for number in numbers] == list(range(first, first + len(numbers)))
