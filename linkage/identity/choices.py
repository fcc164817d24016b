"""What the operator decides about a file: which column is what, and its encoding. Kept for next month; holds no cell.

A choice names a column by its header, or by its letters where it has none; `-` says that the list has no such column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from linkage.identity.errors import IdentityError
from linkage.identity.labels import fold

ROLES = (
    "nik", "kk", "name", "father", "birth_date", "birth_place_date", "sex", "village", "district", "regency",
    "programme", "period", "amount",
)  # fmt: skip
"""What most lists have."""
DETAILS = (
    "fund", "disbursement", "status", "form", "payee", "beneficiary", "decile", "dtsen", "needs", "lacks", "exposures",
    "health", "occupation", "schooling", "roof", "wall", "floor", "toilet", "water", "school", "clinic", "road",
    "market",
)  # fmt: skip
"""What some lists say besides of aid and of living conditions."""
KNOWN_ROLES = (*ROLES, *DETAILS)
NONE = "-"
_FORMAT = "lapis-mapping/1"
_LETTERS = re.compile("[A-Za-z]{1,3}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could be meant: its 0-based number, its letters, its header and how surely."""

    column: int
    letters: str
    header: str
    confidence: float


Ask = Callable[[str, str, Sequence[Candidate]], Candidate | None]
"""Choose between candidates for a role at a place; None for neither."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Hold what the operator chose: each role's column, by header or letters, and the encoding of text."""

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None


def parse(options: Iterable[str]) -> dict[str, str]:
    """Read `role=column`, as options of a command line. Raises IdentityError MAPPING_UNREADABLE."""
    chosen = {}
    for option in options:
        role, found, column = option.partition("=")
        if role not in KNOWN_ROLES or not found or not column.strip():
            raise _unreadable("--map", f"write ROLE=COLUMN with one of {', '.join(KNOWN_ROLES)}")
        chosen[role] = column.strip()
    return chosen


def dump(columns: Mapping[str, str]) -> str:
    """Return the mapping file that `load` reads."""
    return json.dumps({"format": _FORMAT, "columns": dict(columns)}, indent=2, ensure_ascii=False) + "\n"


def load(text: str, place: str) -> dict[str, str]:
    """Read a mapping file. Raises IdentityError MAPPING_UNREADABLE."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    columns = content.get("columns") if isinstance(content, dict) and content.get("format") == _FORMAT else None
    if not isinstance(columns, dict) or not all(map(_is_sound, columns.items())):
        raise _unreadable(place, "let the command write it, or correct it")
    return dict(columns)


def _is_sound(item: tuple[object, object]) -> bool:
    role, column = item
    return role in KNOWN_ROLES and isinstance(column, str) and bool(column.strip())


def _unreadable(place: str, hint: str) -> IdentityError:
    return IdentityError("MAPPING_UNREADABLE", "the mapping of columns cannot be read", place=place, hint=hint)


def find(choice: str, headers: Sequence[str]) -> int | None:
    """Return the 0-based column that a choice names among a sheet's headers; None if it is not there."""
    folded = [fold(header) for header in headers]
    if fold(choice) and folded.count(fold(choice)) == 1:
        return folded.index(fold(choice))
    if not is_letters(choice):
        return None
    column = number(choice)
    return column if column < len(headers) else None


def is_letters(choice: str) -> bool:
    """Tell whether a choice can be a column's letters."""
    return _LETTERS.fullmatch(choice) is not None


def number(letters: str) -> int:
    """Return the 0-based column of its letters."""
    total = 0
    for letter in letters.upper():
        total = total * 26 + ord(letter) - 64
    return total - 1


def letters(column: int) -> str:
    """Return the column's letters as a spreadsheet shows them: A, B, … AA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
