"""The people of one block of villages: who they are, as their cards say. No list, no fault.

Never holds more than one block; uniqueness of numbers over blocks is the ledgers' affair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.synth import names, numbers, regions
from linkage.synth.dials import Dials
from linkage.synth.households import CHILD, HEAD, NOBODY, ROLES, Homes, found_homes
from linkage.synth.numbers import Ledger
from linkage.synth.randomness import Bools, Ints, pick

TODAY = np.datetime64("2026-03-01", "D")
ADULT = 17


@dataclass(frozen=True, slots=True)
class People:
    """One block's people, arrays of length n; `villages` is shared and `village` (int64) points into it.

    `person`, `household` int64 (world-wide) · `father` int64 (position in the block, `NOBODY` if none) · `name` string
    · `born` datetime64[D] · `nik` int64 (0 if none) · `kk` int64 · `region` int64 (first six digits of the NIK)
    · `age` int64 in years · `role`, `descent` int64 · the rest bool.
    """

    person: Ints
    household: Ints
    father: Ints
    role: Ints
    descent: Ints
    village: Ints
    villages: tuple[regions.Village, ...]
    name: pa.Array
    born: NDArray[np.datetime64]
    age: Ints
    nik: Ints
    kk: Ints
    region: Ints
    female: Bools
    mononym: Bools
    default_date: Bools
    old_prefix: Bools
    migrant: Bools
    twin: Bools
    father_son: Bools
    deceased: Bools


def people_villages(
    rng: np.random.Generator,
    villages: tuple[regions.Village, ...],
    first: tuple[int, int],
    ledgers: tuple[Ledger, Ledger],
    dials: Dials,
) -> People:
    """Fill villages with people; `first` numbers the first person and household, `ledgers` hand out NIK and KK."""
    sizes = np.array([village.people for village in villages])
    count = int(sizes.sum())
    homes = found_homes(rng, count, TODAY, dials)
    village = _settle_homes(homes, sizes)
    born, default = _register_dates(rng, homes, dials)
    years, _, _ = numbers.split_dates(born)
    region, old, migrant = _register_regions(rng, homes, village, villages, born, dials)
    descent = names.draw_descents(rng, count, dials)[_first_of_home(homes)]
    parts, father_son = _name_people(rng, homes, descent, years, dials)
    nik = ledgers[0].number(numbers.begin_numbers(region, born, homes.female))
    nik[pick(rng, np.ones(count, dtype=bool), dials.people_without_nik * count)] = 0
    deceased = np.zeros(count, dtype=bool)
    deceased[pick(rng, np.ones(count, dtype=bool), dials.deceased * count)] = True
    return People(
        person=first[0] + np.arange(count),
        household=first[1] + homes.household,
        father=homes.father,
        role=homes.role,
        descent=descent,
        village=village,
        villages=villages,
        name=names.join_names(parts, homes.female, descent),
        born=born,
        age=((TODAY - homes.born).astype(np.int64) / 365.25).astype(np.int64),
        nik=nik,
        kk=_issue_cards(rng, homes, village, villages, ledgers[1]),
        region=region,
        female=homes.female,
        mononym=names.is_mononym(parts),
        default_date=default,
        old_prefix=old & (nik > 0),
        migrant=migrant,
        twin=_mark_both(homes.twin_of),
        father_son=father_son,
        deceased=deceased,
    )


def _first_of_home(homes: Homes) -> Ints:
    return np.searchsorted(homes.household, homes.household)


def _settle_homes(homes: Homes, sizes: Ints) -> Ints:
    """Give each household the village that its first member falls into."""
    return np.searchsorted(np.cumsum(sizes), _first_of_home(homes), side="right")


def _mark_both(partner: Ints) -> Bools:
    marked = partner != NOBODY
    marked[partner[marked]] = True
    return marked


def _register_dates(rng: np.random.Generator, homes: Homes, dials: Dials) -> tuple[NDArray[np.datetime64], Bools]:
    """Give a share of people a default date: two thirds of them over 40; twins keep their common date."""
    old = TODAY - homes.born > np.timedelta64(40 * 365, "D")
    alone = ~_mark_both(homes.twin_of.copy())
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


def _register_regions(
    rng: np.random.Generator,
    homes: Homes,
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


def _name_people(
    rng: np.random.Generator, homes: Homes, descent: Ints, years: Ints, dials: Dials
) -> tuple[Ints, Bools]:
    """Draw names; twins share all but the first word, some sons carry their father's first word as their last."""
    parts = names.draw_names(rng, descent, homes.female, years, dials)
    twins = np.flatnonzero(homes.twin_of != NOBODY)
    twins = twins[homes.female[twins] == homes.female[homes.twin_of[twins]]]
    shared = np.array([names.PREFIX, names.MIDDLE, names.LAST])
    parts[np.ix_(twins, shared)] = parts[np.ix_(homes.twin_of[twins], shared)]
    sons = (homes.role == CHILD) & ~homes.female & (homes.father != NOBODY)
    chosen = pick(rng, sons, dials.father_son * float(sons.sum()))
    parts[chosen, names.LAST] = parts[homes.father[chosen], names.FIRST]
    marked = np.zeros(len(years), dtype=bool)
    marked[chosen] = True
    marked[homes.father[chosen]] = True
    return parts, marked


def _issue_cards(
    rng: np.random.Generator, homes: Homes, village: Ints, villages: tuple[regions.Village, ...], ledger: Ledger
) -> Ints:
    """Issue one KK a household, in the district of residence, recorded between 2006 and 2025."""
    heads = np.flatnonzero(homes.role == HEAD)
    district = np.array([int(v.code[:8].replace(".", "")) for v in villages], dtype=np.int64)[village[heads]]
    recorded = np.datetime64("2006-01-01", "D") + rng.integers(0, 20 * 365, size=len(heads)).astype("timedelta64[D]")
    cards = ledger.number(numbers.begin_numbers(district, recorded, np.zeros(len(heads), dtype=bool)))
    return cards[homes.household]


def tabulate_people(people: People) -> pa.Table:
    """Make the truth about people: one row a person; see `PEOPLE_SCHEMA`."""
    codes = pa.array([village.code for village in people.villages])
    place = codes.take(pa.array(people.village))
    return pa.table(
        {
            "person": people.person,
            "household": people.household,
            "role": pa.array(ROLES).take(pa.array(people.role)),
            "name": people.name,
            "sex": pa.array(np.where(people.female, "P", "L").tolist()),
            "birth_date": pa.array(people.born),
            "nik": pa.array(people.nik, mask=people.nik == 0).cast(pa.string()),
            "kk": pa.array(people.kk).cast(pa.string()),
            "regency": pa.array([village.regency.code for village in people.villages]).take(pa.array(people.village)),
            "village": place,
            "descent": pa.array(names.DESCENTS).take(pa.array(people.descent)),
            "mononym": people.mononym,
            "default_date": people.default_date,
            "has_nik": people.nik > 0,
            "split_regency": people.old_prefix,
            "migrant": people.migrant,
            "twin": people.twin,
            "father_son": people.father_son,
            "deceased": people.deceased,
        },
        schema=PEOPLE_SCHEMA,
    )


PEOPLE_SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in ("person", "household")),
        *((name, pa.string()) for name in ("role", "name", "sex")),
        ("birth_date", pa.date32()),
        *((name, pa.string()) for name in ("nik", "kk", "regency", "village", "descent")),
        *((name, pa.bool_()) for name in ("mononym", "default_date", "has_nik", "split_regency")),
        *((name, pa.bool_()) for name in ("migrant", "twin", "father_son", "deceased")),
    ]
)
