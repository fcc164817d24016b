"""A population for the cell attacks: who lives where, in which household, born when; and the lists the centre holds.

Households are drawn from the synthetic world and settled anew, so that a whole province fits in memory. No names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding.qgrams import I64

Bools = npt.NDArray[np.bool_]

PEOPLE_A_VILLAGE = 3_553
"""9.42 M people in 2,651 villages (domain facts, §5 and §2)."""
VILLAGES_A_DISTRICT, DISTRICTS_A_REGENCY = 12, 15
CHUNK = 8_192
"""Rows that ingest takes in, and writes to a file of their own, at once."""


@dataclass(frozen=True, slots=True)
class Census:
    """One row a person: `date` int64 (days), `year` int64, `female` bool, `village`, `household` int64."""

    date: I64
    year: I64
    female: Bools
    village: I64
    household: I64
    villages: int

    def district(self) -> I64:
        """Return each person's district: villages of neighbouring numbers."""
        return self.village // VILLAGES_A_DISTRICT

    def regency(self) -> I64:
        """Return each person's regency: districts of neighbouring numbers."""
        return self.district() // DISTRICTS_A_REGENCY

    def part(self, name: str) -> I64:
        """Return the values of one part of an anchor, as whole numbers from 0."""
        columns: dict[str, Callable[[], I64]] = {
            "birth_date": lambda: self.date - self.date.min(),
            "birth_year": lambda: self.year - self.year.min(),
            "sex": lambda: self.female.astype(np.int64),
            "regency": self.regency,
            "district": self.district,
            "village": lambda: self.village,
        }
        return columns[name]()


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows that the centre holds: `person` int64 into the census, `chunk` int64: the file that ingest wrote."""

    person: I64
    chunk: I64


def settle(template: pa.Table, people: int, rng: np.random.Generator) -> Census:
    """Fill villages with about `people` people, household by household as in `template` (`synth.PEOPLE_SCHEMA`)."""
    home = template["household"].to_numpy()
    starts = np.flatnonzero(np.r_[True, home[1:] != home[:-1]])
    sizes = np.diff(np.r_[starts, len(home)])
    drawn = rng.integers(0, len(starts), int(people / sizes.mean()))
    of, row = np.repeat(np.arange(len(drawn)), sizes[drawn]), _spread(starts[drawn], sizes[drawn])
    villages = max(2, round(people / PEOPLE_A_VILLAGE))
    weight = rng.lognormal(0, 0.6, villages)
    date = _redraw(template, row, rng)
    return Census(
        date=date,
        year=date.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64),
        female=pc.equal(template["sex"], "P").to_numpy()[row],
        village=rng.choice(villages, len(drawn), p=weight / weight.sum())[of],
        household=of,
        villages=villages,
    )


def _spread(starts: I64, sizes: I64) -> I64:
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(np.repeat(starts, sizes) + within, np.int64)


def _redraw(template: pa.Table, row: I64, rng: np.random.Generator) -> I64:
    """Keep each template person's year, and her day only where it is one of the registers' default dates."""
    date = template["birth_date"].to_numpy().astype("datetime64[D]")[row]
    default = template["default_date"].to_numpy()[row]
    year = date.astype("datetime64[Y]").astype("datetime64[D]")
    fresh = year + rng.integers(0, 365, len(row)).astype("timedelta64[D]")
    return np.asarray(np.where(default, date, fresh).astype(np.int64))


def listed(census: Census, share: float, rng: np.random.Generator) -> Listing:
    """List a share of the households: a province-wide list, regencies' lists and villages' lists, each in place order.

    A listed person stands on the first with odds .7, on the second with .4 and on the third with .3.
    """
    chosen = np.flatnonzero(rng.random(census.household.max() + 1)[census.household] < share)
    chosen = chosen[np.argsort(census.village[chosen], kind="stable")]
    lists = (
        (0.7, np.zeros(len(census.date), np.int64)),
        (0.4, census.regency()),
        (0.3, census.village),
    )
    persons, chunks, first = [], [], 0
    for odds, owner in lists:
        rows = chosen[rng.random(len(chosen)) < odds]
        starts = np.flatnonzero(np.r_[True, np.diff(owner[rows]) != 0])[: len(rows)]
        within = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
        persons.append(rows)
        chunks.append(first + np.cumsum(within % CHUNK == 0) - 1)
        first += int((within % CHUNK == 0).sum())
    return Listing(np.concatenate(persons), np.concatenate(chunks))


def misremember(census: Census, errors: float, rng: np.random.Generator) -> Census:
    """Return the attacker's roster: the census with a share of errors, half of them dates, half of them places."""
    roll = rng.random(len(census.date))
    date, village = census.date.copy(), census.village.copy()
    wrong, moved = roll < errors / 2, (roll >= errors / 2) & (roll < errors)
    date[wrong] = rng.permutation(date[wrong])
    village[moved] = rng.integers(0, census.villages, int(moved.sum()))
    year = date.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    return replace(census, date=date, year=year, village=village)
