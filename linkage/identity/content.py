"""Judge whether a column's cells look like what its header says. Returns shares only, never a cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence

from linkage.identity import amounts, dates, digits, sexes
from linkage.identity.cells import Cell, as_text

_FAR = dt.date(2099, 12, 31)
_LEAST = 0.05
_LEAST_CELLS = 5
_LETTER = re.compile(r"[^\W\d_]")


def fit(role: str, cells: Sequence[Cell]) -> float:
    """Return how well filled `cells` fit a role, 0–1; 1 where they are too few to tell or anything goes."""
    check = _CHECKS.get(role)
    if check is None or not cells:
        return 1.0
    share = sum(map(check, cells)) / len(cells)
    # A few odd cells condemn nothing; many of them do.
    return max(share, 0.5) if len(cells) < _LEAST_CELLS or share > _LEAST else share


def _is_number(cell: Cell) -> bool:
    """Accept anything with about a NIK's worth of digits, or that says that there is none."""
    if digits.read(cell).status != "invalid":
        return True
    return sum(sign.isdigit() for sign in as_text(cell)) >= 10


def _is_name(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(_LETTER.search(cell))


def _is_date(cell: Cell) -> bool:
    return dates.parse(cell, _FAR).reason in {None, "DATE_MISSING", "DATE_PARTIAL", "DATE_IMPOSSIBLE"}


def _is_place_date(cell: Cell) -> bool:
    return dates.parse_after_place(cell, _FAR).reason in {None, "DATE_MISSING", "DATE_PARTIAL", "DATE_IMPOSSIBLE"}


def _is_sex(cell: Cell) -> bool:
    return sexes.parse(cell) is not None


def _is_amount(cell: Cell) -> bool:
    return amounts.parse(cell) is not None


_CHECKS: dict[str, Callable[[Cell], bool]] = {
    "nik": _is_number,
    "kk": _is_number,
    "name": _is_name,
    "father": _is_name,
    "birth_date": _is_date,
    "birth_place_date": _is_place_date,
    "sex": _is_sex,
    "amount": _is_amount,
}
