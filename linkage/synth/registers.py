"""What the civil register wrote of people: birth dates, the region in their NIK, and their family cards.

Knows defaults, splits of regencies and migration; never a name.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linkage.synth import numbers, regions
from linkage.synth.dials import Dials
from linkage.synth.households import HEAD, NOBODY, Homes
from linkage.synth.numbers import Ledger
from linkage.synth.randomness import Bools, Ints, pick

TODAY = np.datetime64("2026-03-01", "D")
ADULT = 17


def mark_both(partner: Ints) -> Bools:
    """Mark those who have a partner and the partners."""
    marked: Bools = np.array(partner != NOBODY)
    marked[partner[marked]] = True
    return marked


def register_dates(rng: np.random.Generator, homes: Homes, dials: Dials) -> tuple[NDArray[np.datetime64], Bools]:
    """Give a share of people a default date: two thirds of them over 40; twins keep their common date."""
    old = TODAY - homes.born > np.timedelta64(40 * 365, "D")
    alone = ~mark_both(homes.twin_of.copy())
    expected = dials.default_dates * len(old)
    chosen = np.concatenate([pick(rng, alone & old, expected * 2 / 3), pick(rng, alone & ~old, expected / 3)])
    born = homes.born.copy()
    years = np.minimum(born[chosen].astype("datetime64[Y]"), np.datetime64("2025", "Y"))
    kind = rng.choice(3, size=len(chosen), p=[0.6, 0.25, 0.15])
    last_day = (years + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    july = years.astype("datetime64[M]") + np.timedelta64(6, "M")
    mid = born[chosen].astype("datetime64[M]").astype("datetime64[D]") + np.timedelta64(14, "D")
    mid = np.minimum(mid, TODAY - np.timedelta64(14, "D"))
    born[chosen] = np.where(kind == 0, last_day, np.where(kind == 1, july.astype("datetime64[D]"), mid))
    default = np.zeros(len(old), dtype=bool)
    default[chosen] = True
    return born, default


def register_regions(
    rng: np.random.Generator,
    village: Ints,
    villages: tuple[regions.Village, ...],
    born: NDArray[np.datetime64],
    dials: Dials,
) -> tuple[Ints, Bools, Bools]:
    """Choose each NIK's district: of residence, elsewhere in Lampung, another province, or an old code."""
    count = len(village)
    home = np.array([int(v.code[:8].replace(".", "")) for v in villages], dtype=np.int64)
    region = home[village]
    lampung = np.concatenate([regions.list_districts(regency.code) for regency in regions.list_regencies()])
    moved = pick(rng, np.ones(count, dtype=bool), dials.moved_within * count)
    region[moved] = rng.choice(lampung, size=len(moved))
    old, regency = np.zeros(count, dtype=bool), villages[0].regency
    if regency.split_from:
        before = born < np.datetime64(f"{regency.split_year}-01-01", "D")
        chosen = pick(rng, before, dials.old_prefixes * float(before.sum()))
        codes = regions.list_old_districts(regency.split_from)
        region[chosen] = codes[home[village[chosen]] % len(codes)]
        old[chosen] = True
    adult = TODAY - born > np.timedelta64(ADULT * 366, "D")
    chosen = pick(rng, adult & ~old, dials.migrants * float(adult.sum()))
    outside, weights = regions.list_outside_districts()
    region[chosen] = rng.choice(outside, size=len(chosen), p=weights / weights.sum())
    migrant = np.zeros(count, dtype=bool)
    migrant[chosen] = True
    return region, old, migrant


def issue_cards(
    rng: np.random.Generator, homes: Homes, village: Ints, villages: tuple[regions.Village, ...], ledger: Ledger
) -> Ints:
    """Issue one KK a household, in the district of residence, recorded between 2006 and 2025."""
    heads = np.flatnonzero(homes.role == HEAD)
    district = np.array([int(v.code[:8].replace(".", "")) for v in villages], dtype=np.int64)[village[heads]]
    recorded = np.datetime64("2006-01-01", "D") + rng.integers(0, 20 * 365, size=len(heads)).astype("timedelta64[D]")
    cards = ledger.number(numbers.begin_numbers(district, recorded, np.zeros(len(heads), dtype=bool)))
    return cards[homes.household]
