"""Read rupiah as lists write them: `Rp 600.000,-`, `600,000.00`, 600000. Never rounds."""

from __future__ import annotations

import re

from linkage.identity.cells import Cell

_CURRENCY = re.compile(r"^(?:RP|IDR)\.?\s*", re.IGNORECASE)
_TAIL = re.compile(r"(?:[.,]\s*[-–=]+|[.,]0{2})$")
_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*")
_LARGEST = 10**12
_LONGEST = 60


def parse(cell: Cell) -> int | None:
    """Return whole rupiah, or None if the cell does not say so without doubt."""
    if isinstance(cell, str):
        return _parse_text(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    if not 0 <= cell <= _LARGEST or cell != int(cell):
        return None
    return int(cell)


def _parse_text(cell: str) -> int | None:
    if len(cell) > _LONGEST:
        return None
    text = cell.strip().replace("\u00a0", " ")
    text = _TAIL.sub("", _CURRENCY.sub("", text)).strip()
    if not (_PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)):
        return None
    digits = re.sub(r"[^0-9]", "", text).lstrip("0") or "0"
    return int(digits) if len(digits) < 14 and int(digits) <= _LARGEST else None
