"""NIK and KK numbers as int64: composed of region, date and a serial of the reserved range, each handed out once.

Every serial is 9001 or above, so no number can be a living person's; a serial of 0001 and up never comes from here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linkage.synth.errors import SynthError
from linkage.synth.randomness import Bools, Ints

FIRST_SERIAL = 9001
_ROOM = 10_000 - FIRST_SERIAL


class Ledger:
    """Remembers how many serials each twelve-digit beginning has given out (two int64 arrays, sorted)."""

    def __init__(self) -> None:
        self._beginnings: Ints = np.empty(0, dtype=np.int64)
        self._counts: Ints = np.empty(0, dtype=np.int64)

    def number(self, beginnings: Ints) -> Ints:
        """Give each beginning its next free serial; return whole numbers, int64. Raise `SERIALS_EXHAUSTED`."""
        unique, inverse, counts = np.unique(beginnings, return_inverse=True, return_counts=True)
        used = self._recall(unique)
        if np.any(used + counts > _ROOM):
            raise SynthError("SERIALS_EXHAUSTED", "too many people share a district, a birth date and a sex")
        order = np.argsort(inverse, kind="stable")
        rank = np.empty(len(beginnings), dtype=np.int64)
        rank[order] = np.arange(len(beginnings)) - np.repeat(np.cumsum(counts) - counts, counts)
        self._record(unique, used + counts)
        return np.asarray(beginnings * 10_000 + FIRST_SERIAL + used[inverse] + rank)

    def _recall(self, unique: Ints) -> Ints:
        if not len(self._beginnings):
            return np.zeros(len(unique), dtype=np.int64)
        at = np.minimum(np.searchsorted(self._beginnings, unique), len(self._beginnings) - 1)
        return np.where(self._beginnings[at] == unique, self._counts[at], 0)

    def _record(self, unique: Ints, counts: Ints) -> None:
        kept = ~np.isin(self._beginnings, unique, assume_unique=True)
        beginnings = np.concatenate([self._beginnings[kept], unique])
        order = np.argsort(beginnings, kind="stable")
        self._beginnings = beginnings[order]
        self._counts = np.concatenate([self._counts[kept], counts])[order]


def split_dates(dates: NDArray[np.datetime64]) -> tuple[Ints, Ints, Ints]:
    """Split datetime64[D] into years, months and days, int64."""
    months = dates.astype("datetime64[M]")
    years = months.astype("datetime64[Y]").astype(np.int64) + 1970
    return years, months.astype(np.int64) % 12 + 1, (dates - months).astype(np.int64) + 1


def begin_numbers(regions: Ints, dates: NDArray[np.datetime64], female: Bools) -> Ints:
    """Compose the first twelve digits: `PPKKCC DDMMYY`, 40 added to a woman's day (give all False for a KK)."""
    years, months, days = split_dates(dates)
    return np.asarray(((regions * 100 + days + 40 * female) * 100 + months) * 100 + years % 100)


def is_sound(text: str) -> bool:
    """Tell whether sixteen digits could be a NIK by form (domain §2); dates are tried in both centuries."""
    if len(text) != 16 or not text.isdigit() or text[12:] == "0000" or "00" in (text[2:4], text[4:6]):
        return False
    if int(text[:2]) not in _PROVINCES:
        return False
    day, month, year = (int(text[place : place + 2]) for place in (6, 8, 10))
    day -= 40 * (day > 40)
    if not (1 <= month <= 12 and day >= 1):
        return False
    leap = year % 4 == 0  # 1900 was none, 2000 was: a date possible in either century is possible
    return day <= (29 if leap else 28) if month == 2 else day <= (30 if month in (4, 6, 9, 11) else 31)


_PROVINCES = frozenset(
    [*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82, *range(91, 97)]
)
