"""Find the header row of a sheet and what each column means. Never reads a person's values except to check a column.

The header stands in the first 15 rows, under titles; a second header row and a `1 2 3` row may follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from linkage.identity.cells import Cell, is_blank
from linkage.identity.content import fit
from linkage.identity.errors import IdentityError
from linkage.identity.labels import fold
from linkage.identity.tables import load_csv

SEARCHED = 15
SAMPLE = 60
_BRACKETS = re.compile(r"\([^()]*\)")
_PARTIAL = 0.7
_LEAST_LABELS = 2
_LONGEST_TITLE = 300
_LEAST_FIT = 0.1
_ESSENTIAL = ("nik", "name")
_BIRTHS = ("birth_place_date", "birth_date", "birth_place")
# Roles of which one column is kept and that decide the rest.
_ROLES = (
    "nik", "kk", "name", "father", "birth_date", "birth_place_date", "sex", "village", "district", "regency",
    "programme", "period", "amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Report a column that was left out: its role and a code."""

    role: str
    code: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """Hold the meaning of a sheet's columns.

    `columns` maps a role to a 0-based column, `confidence` a role to 0–1; `header_row` and `first_row` are 1-based,
    `titles` are the texts above the header, `findings` what was left out.
    """

    header_row: int
    first_row: int
    columns: dict[str, int]
    confidence: dict[str, float]
    titles: tuple[str, ...] = field(default=(), repr=False)
    findings: tuple[Finding, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Label:
    role: str
    rank: float


@cache
def _spellings() -> dict[str, _Label]:
    return {row["spelling"]: _Label(row["role"], float(row["rank"])) for row in load_csv("headers")}


def name_role(cell: Cell) -> tuple[str, float] | None:
    """Return the role that a header cell names and how surely, or None."""
    label = _label(cell)
    return (label.role, label.rank) if label else None


def _label(cell: Cell) -> _Label | None:
    if not isinstance(cell, str) or len(cell) > 80:
        return None
    for text in (fold(cell), fold(_BRACKETS.sub(" ", cell))):
        if text in _spellings():
            return _spellings()[text]
    words = fold(_BRACKETS.sub(" ", cell)).split()
    for length in range(len(words) - 1, 0, -1):
        label = _spellings().get(" ".join(words[:length]))
        if label:
            return _Label(label.role, label.rank * _PARTIAL)
    return None


def find(rows: Sequence[Sequence[Cell]], place: str) -> Mapping:
    """Find the header in the first rows of a sheet (`SEARCHED` and a sample of the list after them).

    Raises IdentityError HEADER_NOT_FOUND, or COLUMN_AMBIGUOUS if two columns could be the NIK or the name.
    """
    top = max(range(min(SEARCHED, len(rows))), key=lambda row: (_score(rows[row]), -row), default=None)
    if top is None or _score(rows[top]) < _LEAST_LABELS:
        hint = "put the column names (NIK, Nama, …) into one row above the list"
        raise IdentityError("HEADER_NOT_FOUND", "no header row in the first 15 rows", place=place, hint=hint)
    labels, bottom = _merge_second_row(rows, top)
    start = bottom + 1
    while start < len(rows) and _is_counting(rows[start]):
        start += 1
    sample = rows[start : start + SAMPLE]
    columns, confidence, findings = _choose(labels, sample, f"{place}, row {top + 1}")
    above = (cell for row in rows[:top] for cell in row)
    titles = tuple(cell for cell in above if isinstance(cell, str) and 0 < len(cell.strip()) <= _LONGEST_TITLE)
    return Mapping(top + 1, start + 1, columns, confidence, titles, tuple(findings))


def _score(row: Sequence[Cell]) -> int:
    """Count the different roles that a row names; none unless a person's name or NIK is among them."""
    labels = [_label(cell) for cell in row]
    roles = [label.role for label in labels if label]
    if not set(_ESSENTIAL) & set(roles):
        return 0
    return len(set(roles) - {"other"}) + min(roles.count("other"), 3)


def _merge_second_row(rows: Sequence[Sequence[Cell]], top: int) -> tuple[list[_Label | None], int]:
    """Let a row of sub-headers (Tempat | Tanggal under Lahir) refine the one above it."""
    upper = [_label(cell) for cell in rows[top]]
    below = rows[top + 1] if top + 1 < len(rows) else []
    lower = [_label(cell) for cell in below]
    texts = [cell for cell in below if not is_blank(cell)]
    named = [label for label in lower if label]
    is_header = len(texts) >= 2 and len(named) == len(texts) and not _is_counting(below)
    if not is_header:
        return upper, top
    width = max(len(upper), len(lower))
    upper += [None] * (width - len(upper))
    lower += [None] * (width - len(lower))
    merged = [low or up for low, up in zip(_days_of_birth(lower, upper), upper, strict=True)]
    # What refines a header does not take its name or NIK away.
    kept = _essentials(upper) <= _essentials(merged)
    return (merged, top + 1) if kept else (upper, top)


def _essentials(labels: Sequence[_Label | None]) -> set[str]:
    return {label.role for label in labels if label} & set(_ESSENTIAL)


def _days_of_birth(lower: Sequence[_Label | None], upper: Sequence[_Label | None]) -> list[_Label | None]:
    """Read a bare Tanggal as a birth date where the merged header above it is about birth."""
    labels: list[_Label | None] = []
    group: _Label | None = None
    for low, up in zip(lower, upper, strict=True):
        group = up or group
        births = group is not None and group.role in _BIRTHS
        labels.append(_Label("birth_date", 1.0) if low and low.role == "day" and births else low)
    return labels


def _is_counting(row: Sequence[Cell]) -> bool:
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


def _choose(
    labels: Sequence[_Label | None], sample: Sequence[Sequence[Cell]], place: str
) -> tuple[dict[str, int], dict[str, float], list[Finding]]:
    columns: dict[str, int] = {}
    confidence: dict[str, float] = {}
    findings: list[Finding] = []
    for role in dict.fromkeys(("number", *_ROLES)):
        ranked = _rank(role, labels, sample)
        usable = [(score, column) for score, column in ranked if score >= _LEAST_FIT]
        if len(ranked) > len(usable) and not usable:
            findings.append(Finding(role, "COLUMN_CONTENT"))
        if len(usable) > 1 and usable[0][0] - usable[1][0] < 0.01 and role != "number":
            if role in _ESSENTIAL:
                where = " and ".join(sorted(_letters(column) for _, column in usable[:2]))
                hint = "remove or rename one of them"
                raise IdentityError(
                    "COLUMN_AMBIGUOUS", f"two columns fit {role}", place=f"{place}, columns {where}", hint=hint
                )
            findings.append(Finding(role, "COLUMN_DOUBLE"))
        elif usable:
            confidence[role], columns[role] = usable[0]
    return columns, confidence, findings


def _rank(role: str, labels: Sequence[_Label | None], sample: Sequence[Sequence[Cell]]) -> list[tuple[float, int]]:
    """Return the columns that claim a role, the surest first, weighed by how well their cells fit."""
    ranked = []
    for column, label in enumerate(labels):
        if label and label.role == role:
            cells = [row[column] for row in sample if column < len(row) and not is_blank(row[column])]
            ranked.append((round(label.rank * fit(role, cells), 3), column))
    return sorted(ranked, key=lambda one: (-one[0], one[1]))


def _letters(column: int) -> str:
    """Return the column's letters as a spreadsheet shows them: A, B, … AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
