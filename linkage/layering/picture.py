"""The whole picture of one moment: standing rows, persons, events, profiles, flags; made at once, or carried forward.

Carrying forward looks only at the persons about whom something became known and at who shares a family card with them,
and gives the picture that making it anew would give. It reads no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering.columns import Bools, Ints, ints
from linkage.layering.events import KNOWN, as_known, events
from linkage.layering.needs import profile
from linkage.layering.overlaps import evaluate, renew
from linkage.layering.persons import describe
from linkage.layering.rules import Rule


@dataclass(frozen=True, slots=True)
class Picture:
    """What stood at `at`, with aid of the months that end with `month`: see the schemas of each table's module."""

    at: dt.datetime
    month: int
    standing: pa.Table
    people: pa.Table
    events: pa.Table
    profiles: pa.Table
    flags: pa.Table


def draw(rows: pa.Table, at: dt.datetime, month: int, rules: Sequence[Rule]) -> Picture:
    """Make the picture from all rows (`events.ROWS`); raises as `events.stand`."""
    standing = as_known(rows, at)
    people, happened = describe(standing), events(standing)
    flags = evaluate(happened, people, rules)
    return Picture(at, month, standing, people, happened, profile(happened, people, month), flags)


def carry(before: Picture, rows: pa.Table, at: dt.datetime, rules: Sequence[Rule]) -> Picture:
    """Carry a picture forward to `at` of the same month; `rows` are all rows, as for `draw`.

    The same tables as `draw` makes, rows in another order but for people and profiles.
    """
    known = rows["known"]
    fresh = np.flatnonzero(_between(known, before.at, at))
    if not len(fresh):
        return Picture(at, before.month, before.standing, before.people, before.events, before.profiles, before.flags)
    chains = _chains(rows, fresh)
    now = as_known(rows.take(pa.array(chains)), at)
    gone = _member(before.standing, "record", ints(rows.select(["record"]).take(pa.array(chains)), "record"))
    standing = pa.concat_tables([before.standing.filter(pa.array(~gone)), now])
    changed = np.unique(np.concatenate([ints(before.standing, "person")[gone], ints(now, "person")]))
    theirs = standing.filter(pa.array(_member(standing, "person", changed)))
    people = _put(before.people, describe(theirs), changed)
    fresh_events = events(theirs)
    happened = _put(before.events, fresh_events, changed)
    part = people.filter(pa.array(_member(people, "person", changed)))
    profiles = _put(before.profiles, profile(fresh_events, part, before.month), changed).sort_by("person")
    flags = renew(before.flags, happened, before.people, people, changed, rules)
    return Picture(at, before.month, standing, people, happened, profiles, flags)


def _between(known: pa.ChunkedArray, after: dt.datetime, until: dt.datetime) -> Bools:
    later, by = pc.greater(known, pa.scalar(after, KNOWN)), pc.less_equal(known, pa.scalar(until, KNOWN))
    return np.asarray(pc.and_(later, by).to_numpy(), dtype=bool)


def _chains(rows: pa.Table, fresh: Ints) -> Ints:
    """Return the positions of all rows in the chains of corrections that fresh rows belong to, these included."""
    record, corrects = ints(rows, "record"), ints(rows, "corrects")
    linked = np.flatnonzero((corrects >= 0) | np.isin(record, corrects[corrects >= 0]))
    linked = np.union1d(linked, fresh)
    inside = np.isin(linked, fresh)
    while True:
        names = np.concatenate([record[linked[inside]], corrects[linked[inside]]])
        names = names[names >= 0]
        more = inside | np.isin(record[linked], names) | np.isin(corrects[linked], names)
        if np.array_equal(more, inside):
            return linked[inside]
        inside = more


def _member(table: pa.Table, name: str, wanted: Ints) -> Bools:
    return np.isin(ints(table, name), wanted)


def _put(table: pa.Table, fresh: pa.Table, changed: Ints) -> pa.Table:
    """Put the rows of changed persons in the place of those that were there; by person, where one has one row."""
    kept = table.filter(pa.array(~_member(table, "person", changed)))
    joined = pa.concat_tables([kept, fresh])
    return joined if "record" in table.column_names else joined.sort_by("person")
