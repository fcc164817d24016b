"""Read a column of NIKs or KKs: 16 sound digits all at once, each other distinct cell by itself. Repairs nothing.

The result is that of `nik.parse` or `kk.parse` for each cell; this file decides only which cells need it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from linkage.identity import digits, kk, nik
from linkage.identity.birth import Dates, as_days
from linkage.identity.cells import Cell
from linkage.identity.kk import Kk
from linkage.identity.nik import Nik
from linkage.identity.regions import Gazetteer

Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]
Parts = NDArray[np.int64]
_LENGTH = 16
_WEIGHTS = 100 ** np.arange(7, -1, -1)
_PLACES = 1_000_000
_NO_DATE = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """Hold what k distinct cells say, as `Nik` and `Kk` do: object[k] of str or None, and dates datetime64[D][k]."""

    statuses: Texts
    digits: Texts
    reasons: Texts
    proposals: Texts
    lanes: Texts
    notes: Texts
    sexes: Texts
    births: Dates


def read_niks(cells: Sequence[Cell], as_of: dt.date, places: Gazetteer) -> Read:
    """Read each distinct cell of a column of NIKs."""
    at, pairs = _sixteen(cells)
    women = pairs[:, 3] > nik.WOMAN
    births = _births(pairs, pairs[:, 3] - nik.WOMAN * women, as_of)
    sound = _sound(pairs, births) & _flags(places.districts)[_place(pairs)]
    rest = _rest(len(cells), at[sound])
    read = _put(cells, at[sound], rest, [nik.parse(cells[place], as_of, places) for place in rest.tolist()])
    read.births[at[sound]] = births[sound]
    read.sexes[at[sound]] = np.where(women[sound], "P", "L")
    return read


def read_kks(cells: Sequence[Cell], as_of: dt.date) -> Read:
    """Read each distinct cell of a column of KKs."""
    at, pairs = _sixteen(cells)
    sound = _sound(pairs, _births(pairs, pairs[:, 3], as_of))
    rest = _rest(len(cells), at[sound])
    return _put(cells, at[sound], rest, [kk.parse(cells[place], as_of) for place in rest.tolist()])


def _sixteen(cells: Sequence[Cell]) -> tuple[Parts, Parts]:
    """Return the places of the cells that are 16 digits and nothing else, and their two-digit parts: int64[m, 8]."""
    at = [
        place for place, cell in enumerate(cells) if isinstance(cell, str) and len(cell) == _LENGTH and cell.isascii()
    ]
    text = "".join([str(cells[place]) for place in at])
    octets = (np.frombuffer(text.encode(), np.uint8) - ord("0")).reshape(-1, _LENGTH)
    plain = (octets < 10).all(axis=1)
    shown = octets[plain].astype(np.int64)
    return np.array(at, np.int64)[plain], shown[:, ::2] * 10 + shown[:, 1::2]


def _place(pairs: Parts) -> Parts:
    return np.asarray(pairs[:, 0] * 10_000 + pairs[:, 1] * 100 + pairs[:, 2])


@cache
def _flags(codes: frozenset[str]) -> Flags:
    """Return which of all six-digit numbers are a district's code."""
    flags = np.zeros(_PLACES, np.bool_)
    flags[[int(code.replace(".", "")) for code in codes]] = True
    return flags


def _births(pairs: Parts, days: Parts, as_of: dt.date) -> Dates:
    """Return the dates as `digits.short_date` does, NaT for none."""
    births = np.full(len(pairs), _NO_DATE)
    for century in (1900, 2000):
        months = ((century - 1970 + pairs[:, 5]) * 12 + pairs[:, 4] - 1).astype("datetime64[M]")
        dates = months.astype("datetime64[D]") + (days - 1)
        real = (pairs[:, 4] >= 1) & (pairs[:, 4] <= 12) & (dates.astype("datetime64[M]") == months)
        births = np.where(real & (dates <= np.datetime64(as_of)), dates, births)
    return births


def _sound(pairs: Parts, births: Dates) -> Flags:
    """Tell which numbers have nothing to be said about them: a province, a date, a serial, and no dummy's form."""
    provinces, dummies = (np.array(sorted(map(int, each())), np.int64) for each in (digits.provinces, digits.dummies))
    issued = np.isin(pairs[:, 0], provinces) & ~np.isin(pairs @ _WEIGHTS, dummies)
    region = (pairs[:, 1] != 0) & (pairs[:, 2] != 0)
    serial = (pairs[:, 6] != 0) | (pairs[:, 7] != 0)
    return np.asarray(issued & region & serial & ~np.isnat(births))


def _rest(count: int, at: Parts) -> Parts:
    return np.setdiff1d(np.arange(count), at, assume_unique=True)


def _put(cells: Sequence[Cell], at: Parts, rest: Parts, read: Sequence[Nik | Kk]) -> Read:
    """Put together what is sound at the places `at` and what was read of each cell at `rest`."""

    def column(name: str) -> Texts:
        values = np.full(len(cells), None, object)
        values[rest] = [getattr(one, name, None) for one in read]
        return values

    statuses, numbers = column("status"), column("digits")
    statuses[at] = "ok"
    numbers[at] = [cells[place] for place in at.tolist()]
    births = np.full(len(cells), _NO_DATE)
    births[rest] = as_days([getattr(one, "birth_date", None) for one in read])
    reasons, proposals, lanes, notes, sexes = map(column, ("reason", "proposal", "lane", "note", "sex"))
    return Read(statuses, numbers, reasons, proposals, lanes, notes, sexes, births)
