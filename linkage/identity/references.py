"""Read the number of a treasury order, a receipt or a record of handing over: its kind, then digits between strokes.

Words are left out and never passed on; too many digits for an order are refused, for a NIK has sixteen.
"""

from __future__ import annotations

import re

from linkage.identity import words
from linkage.identity.cells import Cell, as_text
from linkage.identity.labels import fold

MOST_DIGITS = 15
_MOST_NUMBERS, _MOST_WORDS, _LONGEST_WORD, _LONGEST = 4, 3, 10, 60
_USUAL = "SP2D"
_SEPARATED = re.compile(r"[^0-9A-Z]+")


def kind_of(header: str) -> str:
    """Return the kind of reference that a header names, else a treasury order's."""
    kinds = words.spellings("references")
    return next((kinds[word] for word in fold(header).split() if word in kinds), _USUAL)


def parse(cell: Cell, usual: str = _USUAL) -> str | None:
    """Return `SP2D/123/2026`, its kind `usual` where the cell names none; None if it is no reference."""
    if isinstance(cell, bool) or len(as_text(cell)) > _LONGEST:
        return None
    parts = [part for part in _SEPARATED.split(as_text(cell).upper()) if part]
    kinds = words.spellings("references")
    named = [kinds[part] for part in parts if part in kinds]
    numbers = [part for part in parts if part.isdigit() and part.isascii()]
    others = [part for part in parts if part not in kinds and part not in numbers]
    plain = len(others) <= _MOST_WORDS and all(part.isalpha() and len(part) <= _LONGEST_WORD for part in others)
    sound = 0 < len(numbers) <= _MOST_NUMBERS and sum(map(len, numbers)) <= MOST_DIGITS
    return "/".join([(named or [usual])[0], *numbers]) if sound and plain and len(set(named)) <= 1 else None
