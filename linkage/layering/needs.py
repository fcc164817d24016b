"""Needs against aid: how many layers a person has, what she needs and does not get, and what stands in the way.

A gap is a reason to go and look, never a finding about a person's worth. It reads no clock: the month is an argument.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering import lists
from linkage.layering.columns import Bools, Ints, flags, group, ints, mask, places
from linkage.layering.overlaps import NEEDS_MET, PROGRAMMES
from linkage.layering.persons import LACKS, NEEDS

LAYERS = ("0", "1", "2", "3+")
POOR = (1, 2)
"""The deciles whose people are looked for first."""
MONTHS = 12
CAUSES = (*LACKS, "identity", "exposure", "unreached")
"""What stands between a need and its programme.

Something out of reach that a fitting programme requires; no usable NIK; a disaster's place; or none of these: a
programme would fit, and nobody came.
"""

PROFILES = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("person", "programmes", "met", "unmet", "fitting", "causes")),
        pa.field("layers", pa.int8()),
        pa.field("rupiah", pa.int64()),
    ]
)
"""One row a person, in the order of `persons.PERSONS`.

Bits: `programmes` received and `fitting` over `overlaps.PROGRAMMES`, `met` and `unmet` over `NEEDS`, `causes` over
`CAUSES`. `layers` counts programmes, not payments; `rupiah` is what was paid within the months.
"""


def profile(events: pa.Table, people: pa.Table, month: int, months: int = MONTHS) -> pa.Table:
    """Return every person's profile over the `months` that end with `month`, of paid aid.

    Aid of a whole year or a stage counts where its year meets the months; aid without a period counts, for it would be
    worse to call someone untouched who is not.
    """
    paid = events.filter(pa.array(places(events, "status", ("paid",)) == 0))
    first, last = ints(paid, "first"), ints(paid, "last")
    recent = (first < 0) | ((last > month - months) & (first <= month))
    at = np.searchsorted(ints(people, "person"), ints(paid, "person"))[recent]
    programme = places(paid, "programme", PROGRAMMES)[recent]
    got, rupiah, met = (np.zeros(len(people), np.int64) for _ in range(3))
    np.bitwise_or.at(got, at, 1 << programme)
    np.bitwise_or.at(met, at, NEEDS_MET[programme])
    np.add.at(rupiah, at, ints(paid, "amount", 0)[recent])
    needs, lacks = ints(people, "needs"), ints(people, "lacks")
    unmet = needs & ~met
    columns = {
        "person": people["person"],
        "programmes": got,
        "met": needs & met,
        "unmet": unmet,
        "fitting": _fitting()[unmet, lacks] & ~got,
        "causes": _causes(people, unmet, lacks),
        "layers": np.bitwise_count(got).astype(np.int8),
        "rupiah": rupiah,
    }
    return pa.table(columns, schema=PROFILES)


def untouched(people: pa.Table, profiles: pa.Table) -> Bools:
    """Say who is poor and on no layer."""
    found: Bools = ints(profiles, "layers") == 0
    found &= np.isin(ints(people, "decile"), POOR)
    return found


def root_causes(people: pa.Table, profiles: pa.Table) -> pa.Table:
    """Count causes by district: `district, cause, people, in_need, affected`.

    `people` are all whose district is known, `in_need` those of them with an unmet need, `affected` those of these with
    the cause.
    """
    district = pc.utf8_slice_codeunits(people["village"], 0, 8).combine_chunks().dictionary_encode()
    at = np.asarray(pc.fill_null(district.indices, -1), dtype=np.int64)
    places_ = group(at[at >= 0])
    unmet, causes = ints(profiles, "unmet")[at >= 0] > 0, ints(profiles, "causes")[at >= 0]
    counts = [places_.total((causes >> cause & 1).astype(np.int64)) for cause in range(len(CAUSES))]
    size = len(CAUSES)
    table = pa.table(
        {
            "district": district.dictionary.take(pa.array(np.repeat(places_.keys, size))),
            "cause": pa.array(CAUSES * len(places_.keys), pa.string()),
            "people": np.repeat(places_.sizes, size),
            "in_need": np.repeat(places_.total(unmet.astype(np.int64)), size),
            "affected": np.stack(counts, axis=1).ravel() if len(places_.keys) else np.zeros(0, np.int64),
        }
    )
    return table.sort_by("district")


GROUPS: Mapping[str, Callable[[pa.Table], Bools]] = {
    "no_nik": lambda people: places(people, "nik_status", ("ok",)) < 0,
    "mononym": lambda people: flags(people, "mononym"),
    "default_date": lambda people: flags(people, "default_date"),
    "out_of_reach": lambda people: ints(people, "lacks") > 0,
    "exposed": lambda people: ints(people, "exposures") > 0,
}
"""Who may be left out more often than others; each says of every person whether she belongs to it."""


def exclusion(people: pa.Table, profiles: pa.Table) -> pa.Table:
    """Compare how often the poor of a group and all other poor are untouched.

    `group, people, untouched, others, others_untouched`, for those without a usable NIK, of one name, with a default
    birth date, with something out of reach, and in a disaster's place.
    """
    poor, alone = np.isin(ints(people, "decile"), POOR), untouched(people, profiles)
    groups = {name: inside(people) for name, inside in GROUPS.items()}
    return pa.table(
        {
            "group": list(groups),
            "people": [int((poor & inside).sum()) for inside in groups.values()],
            "untouched": [int((alone & inside).sum()) for inside in groups.values()],
            "others": [int((poor & ~inside).sum()) for inside in groups.values()],
            "others_untouched": [int((alone & ~inside).sum()) for inside in groups.values()],
        }
    )


def without_nik(people: pa.Table, profiles: pa.Table, at: dt.datetime) -> pa.Table:
    """List the persons without a usable NIK: `person, village, reason, days, layers`, the longest waiting first."""
    chosen = pa.array(places(people, "nik_status", ("ok",)) < 0)
    table = people.filter(chosen)
    waited = pc.days_between(table["since"].cast(pa.timestamp("us")), pa.scalar(at.replace(tzinfo=None)))
    columns = {"person": table["person"], "village": table["village"], "reason": table["nik_status"], "days": waited}
    listed = pa.table({**columns, "layers": profiles.filter(chosen)["layers"]})
    return listed.sort_by([("days", "descending"), ("person", "ascending")])


@cache
def _fitting() -> Ints:
    """Tabulate by needs and lacks (both as bits) the programmes, as bits, that meet a need and lack nothing."""
    table = np.zeros((1 << len(NEEDS), 1 << len(LACKS)), np.int64)
    needs, lacks = np.ogrid[: 1 << len(NEEDS), : 1 << len(LACKS)]
    for at, each in enumerate(lists.programmes().values()):
        fits = ((needs & mask(each.needs, NEEDS)) > 0) & ((lacks & mask(each.requires, LACKS)) == 0)
        table |= np.where(fits, 1 << at, 0)
    return table


@cache
def _blocking() -> Ints:
    """Tabulate by needs (as bits) what some programme that would meet one requires, as bits over `LACKS`."""
    table = np.zeros(1 << len(NEEDS), np.int64)
    needs = np.arange(1 << len(NEEDS))
    for each in lists.programmes().values():
        table |= np.where((needs & mask(each.needs, NEEDS)) > 0, mask(each.requires, LACKS), 0)
    return table


def _causes(people: pa.Table, unmet: Ints, lacks: Ints) -> Ints:
    found = _blocking()[unmet] & lacks
    found |= (places(people, "nik_status", ("ok",)) < 0).astype(np.int64) << CAUSES.index("identity")
    found |= (ints(people, "exposures") > 0).astype(np.int64) << CAUSES.index("exposure")
    found |= (found == 0).astype(np.int64) << CAUSES.index("unreached")
    return np.where(unmet > 0, found, 0)
