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
from linkage.synth.households import CHILD, NOBODY, ROLES, Homes, found_homes
from linkage.synth.numbers import Ledger
from linkage.synth.randomness import Bools, Ints, pick
from linkage.synth.registers import TODAY, issue_cards, mark_both, register_dates, register_regions


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
    born, default = register_dates(rng, homes, dials)
    years, _, _ = numbers.split_dates(born)
    region, old, migrant = register_regions(rng, village, villages, born, dials)
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
        kk=issue_cards(rng, homes, village, villages, ledgers[1]),
        region=region,
        female=homes.female,
        mononym=names.is_mononym(parts),
        default_date=default,
        old_prefix=old & (nik > 0),
        migrant=migrant,
        twin=mark_both(homes.twin_of),
        father_son=father_son,
        deceased=deceased,
    )


def _first_of_home(homes: Homes) -> Ints:
    return np.searchsorted(homes.household, homes.household)


def _settle_homes(homes: Homes, sizes: Ints) -> Ints:
    """Give each household the village that its first member falls into."""
    return np.searchsorted(np.cumsum(sizes), _first_of_home(homes), side="right")


def _name_people(
    rng: np.random.Generator, homes: Homes, descent: Ints, years: Ints, dials: Dials
) -> tuple[Ints, Bools]:
    """Draw names; twins share all but the first word, some sons carry their father's first word as their last."""
    parts = names.draw_names(rng, descent, homes.female, years, dials)
    twins = np.flatnonzero(homes.twin_of != NOBODY)
    twins = twins[homes.female[twins] == homes.female[homes.twin_of[twins]]]
    parts[np.ix_(twins, names.BESIDE_FIRST)] = parts[np.ix_(homes.twin_of[twins], names.BESIDE_FIRST)]
    sons = (homes.role == CHILD) & ~homes.female & (homes.father != NOBODY)
    chosen = pick(rng, sons, dials.father_son * float(sons.sum()))
    parts[chosen, names.LAST] = parts[homes.father[chosen], names.FIRST]
    marked = np.zeros(len(years), dtype=bool)
    marked[chosen] = True
    marked[homes.father[chosen]] = True
    return parts, marked


def tabulate_people(people: People, decile: Ints) -> pa.Table:
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
            "decile": pa.array(decile, pa.int8()),
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
        ("decile", pa.int8()),
    ]
)
