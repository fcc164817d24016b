"""Check a KK (family card) cell: issuing region, recording date without +40, serial. A weak key, never repaired."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from linkage.identity import digits
from linkage.identity.cells import Cell


@dataclass(frozen=True, slots=True, repr=False)
class Kk:
    """Say what a KK cell holds: `status` as for a NIK; `digits` only if ok; `reason` otherwise."""

    status: str
    digits: str | None = None
    reason: str | None = None
    proposal: str | None = None


def parse(cell: Cell, as_of: dt.date) -> Kk:
    """Read one cell. No card was recorded after `as_of`."""
    read = digits.read(cell)
    if read.text is None:
        proposal = read.proposal if read.proposal and _fault(read.proposal, as_of) is None else None
        return Kk(read.status, reason=f"KK_{read.reason}", proposal=proposal)
    fault = _fault(read.text, as_of)
    return Kk("invalid", reason=f"KK_{fault}") if fault else Kk("ok", read.text)


def _fault(text: str, as_of: dt.date) -> str | None:
    fault = digits.region_fault(text)
    if fault:
        return fault
    if digits.short_date(int(text[6:8]), int(text[8:10]), int(text[10:12]), as_of) is None:
        return "DATE"
    return "SERIAL" if text[12:] == "0000" else None
