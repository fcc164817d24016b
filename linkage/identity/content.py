"""Judge what a column's cells look like, beside what its header says. Returns roles and shares only, never a cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import partial

from linkage.identity import aid, amounts, dates, deciles, digits, references, sexes, words
from linkage.identity.cells import Cell, as_text

_FAR = dt.date(2099, 12, 31)
_LEAST = 0.05
_LEAST_CELLS = 5
_SURE, _GUESSED = 0.8, 0.6
_LEAST_WOMEN = 0.1
_MOST_WOMEN = 0.2
_FIRST_BIRTH, _LAST_BIRTH = 1910, 2005
_LETTER = re.compile(r"[^\W\d_]")


def fit(role: str, cells: Sequence[Cell]) -> float:
    """Return how well filled `cells` fit a role, 0–1; 1 where they are too few to tell or anything goes."""
    check = _CHECKS.get(role)
    if check is None or not cells:
        return 1.0
    share = sum(map(check, cells)) / len(cells)
    if role == "kk" and len(cells) >= _LEAST_CELLS and sum(map(shows_a_woman, cells)) > _MOST_WOMEN * len(cells):
        return 0.0
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


def _is_count(cell: Cell) -> bool:
    """Accept the running number of a row: few signs, and digits among them."""
    text = as_text(cell)
    return len(text) < 9 and any(map(str.isdigit, text))


def shows_a_woman(cell: Cell) -> bool:
    """Tell whether 16 digits have a day of 41–71, as a woman's NIK has and no family card."""
    text = digits.read(cell).text
    return text is not None and "41" <= text[6:8] <= "71"


def guess(cells: Sequence[Cell]) -> tuple[str, float] | None:
    """Return the role that filled cells show by themselves, whatever their header says, and how surely; or None."""
    if len(cells) < _LEAST_CELLS:
        return None
    numbers = [cell for cell in cells if digits.read(cell).status in {"sixteen", "damaged"}]
    if len(numbers) >= _SURE * len(cells):
        women = sum(map(shows_a_woman, numbers)) / len(numbers)
        # Numbers without a woman among them may be cards, or a list of men: nobody can tell.
        return ("nik", _GUESSED * len(numbers) / len(cells)) if women >= _LEAST_WOMEN else None
    for role, check in (("sex", _is_sex_word), ("birth_date", _is_birth)):
        share = sum(map(check, cells)) / len(cells)
        if share >= _SURE:
            return role, _GUESSED * share
    return None


def _is_sex_word(cell: Cell) -> bool:
    return isinstance(cell, str) and sexes.parse(cell) is not None


def _is_birth(cell: Cell) -> bool:
    """Accept a typed day of which most lie long ago: nothing else in a list of people does."""
    return isinstance(cell, dt.date) and _FIRST_BIRTH <= cell.year <= _LAST_BIRTH


def _is_code(name: str, cell: Cell) -> bool:
    return aid.says_nothing(cell) or words.parse(name, cell) is not None


def _is_sign(role: str, cell: Cell) -> bool:
    return aid.says_nothing(cell) or words.parse_sign(role, cell) is not None


def _is_list(name: str, cell: Cell) -> bool:
    return aid.says_nothing(cell) or words.parse_all(name, cell)[1]


_CHECKS: dict[str, Callable[[Cell], bool]] = {
    "nik": _is_number,
    "kk": _is_number,
    "number": _is_count,
    "name": _is_name,
    "father": _is_name,
    "birth_date": _is_date,
    "birth_place_date": _is_place_date,
    "sex": _is_sex,
    "amount": _is_amount,
    "decile": lambda cell: aid.says_nothing(cell) or deciles.parse(cell) is not None,
    "dtsen": lambda cell: aid.says_nothing(cell) or deciles.parse_version(cell) is not None,
    "disbursement": lambda cell: aid.says_nothing(cell) or references.parse(cell) is not None,
    **{role: partial(_is_code, name) for role, (name, _) in aid.ONE_OF.items()},
    **{name: partial(_is_list, name) for name in aid.LISTS},
    **{role: partial(_is_sign, role) for role in words.signs() if role not in aid.OPEN},
}
