"""Check a NIK cell: `PPKKCC DDMMYY SSSS`, +40 on the day for women. Never repairs, never tokenises a dummy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from linkage.identity import digits
from linkage.identity.cells import Cell
from linkage.identity.regions import Gazetteer
from linkage.identity.tables import load_toml

WOMAN = 40
"""Added to the day of birth."""


@dataclass(frozen=True, slots=True, repr=False)
class Nik:
    """Say what a NIK cell holds.

    `status` is ok, none, dummy, invalid or damaged; `digits`, `birth_date`, `sex` (L, P) and `district` ('18.01.01')
    are set only if ok. `reason` is the code behind any other status, `note` a code that changes nothing,
    `proposal` a repair that the operator has to confirm; `lane` why a row without a NIK has none.
    """

    status: str
    digits: str | None = None
    birth_date: dt.date | None = None
    sex: str | None = None
    district: str | None = None
    reason: str | None = None
    note: str | None = None
    proposal: str | None = None
    lane: str | None = None


def parse(cell: Cell, as_of: dt.date, places: Gazetteer) -> Nik:
    """Read one cell. `as_of` settles the century of the birth date; `places` knows today's districts."""
    read = digits.read(cell)
    if read.text is None:
        proposal = read.proposal if read.proposal and _sound(read.proposal, as_of, places).status == "ok" else None
        return Nik(read.status, reason=f"NIK_{read.reason}", proposal=proposal, lane=read.lane or read.status)
    return _sound(read.text, as_of, places)


def _sound(text: str, as_of: dt.date, places: Gazetteer) -> Nik:
    fault = digits.region_fault(text)
    if fault:
        return Nik("invalid", reason=f"NIK_{fault}", lane="invalid")
    day = int(text[6:8])
    woman = day > WOMAN
    birth = digits.short_date(day - WOMAN * woman, int(text[8:10]), int(text[10:12]), as_of)
    if birth is None:
        return Nik("invalid", reason="NIK_DATE", lane="invalid")
    if text[12:] == "0000":
        return Nik("invalid", reason="NIK_SERIAL", lane="invalid")
    district = f"{text[:2]}.{text[2:4]}.{text[4:6]}"
    return Nik("ok", text, birth, "P" if woman else "L", district, note=_district_note(district, places))


def _district_note(district: str, places: Gazetteer) -> str | None:
    if district in places.districts:
        return None
    return "NIK_DISTRICT_OLD" if district[:5] in _split_regencies() else "NIK_DISTRICT_UNKNOWN"


@cache
def _split_regencies() -> frozenset[str]:
    return frozenset(load_toml("numbers")["split_regencies"])
