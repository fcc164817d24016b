"""Read a decile of welfare, 1 to 10, and the month of the DTSEN version that it is of. Never rounds, never guesses."""

from __future__ import annotations

import re

from linkage.identity import periods
from linkage.identity.cells import Cell, as_text
from linkage.identity.labels import fold

_DECILE = re.compile(r"(?:DESIL|D)? *(10|0?[1-9])", re.IGNORECASE)
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_BEFORE = re.compile(r"^(?:(?:DTSEN|P3KE|VERSI|V) )+")
_LONGEST = 40


def parse(cell: Cell) -> int | None:
    """Return the decile that the cell names, or None."""
    found = _DECILE.fullmatch(as_text(cell).strip()[:_LONGEST]) if not isinstance(cell, bool) else None
    return int(found.group(1)) if found else None


def parse_version(cell: Cell) -> str | None:
    """Return the version's month, `2026-01`, or None; a year or a quarter is no version."""
    if isinstance(cell, str) and len(cell) > _LONGEST:
        return None
    read = periods.parse(_BEFORE.sub("", fold(cell)) if isinstance(cell, str) and cell[:1].isalpha() else cell).text
    return read if read and _MONTH.fullmatch(read) else None
