"""One measured run of layering, in a process of its own so that its peak of memory is its own. It prints one JSON line.

People are made of numbers alone here: layering sees pseudonyms, places and aid, and nothing of a name.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from linkage.layering import money, needs, picture, release, villages
from linkage.layering.events import KNOWN, ROWS
from linkage.synth import regions
from linkage.synth.aid import ASKED, LISTED, MONTH, plant
from linkage.synth.rupiah import fund
from policies.overlap_rules import load_overlap_rules
from policies.release_rules import load_release_rules

T = TypeVar("T")

CHANGED = 0.01
"""Of persons, about whom a new row arrives."""
SEED = 1
FUNDED = 100_000
"""Budgets are planted row by row, so they are made for so many persons and stand for all."""


def people(count: int) -> pa.Table:
    """Return so many people in households of one to six over all villages of Lampung."""
    rng = np.random.default_rng(SEED)
    household = np.repeat(np.arange(count), rng.integers(1, 7, count))[:count]
    codes = [village.code for each in regions.list_regencies() for village in regions.list_villages(each.code)]
    at = pa.array(household * len(codes) // (int(household[-1]) + 1))
    return pa.table(
        {
            "person": np.arange(count),
            "household": household,
            "village": pa.array(codes).take(at),
            "regency": pa.array([code[:5] for code in codes]).take(at),
            "has_nik": rng.random(count) >= 0.075,
            "deceased": rng.random(count) < 0.002,
        }
    )


def run(count: int) -> dict[str, Any]:
    """Measure each step once: seconds by step, and the peak of memory in MB with the rows in it."""
    everyone = people(count)
    rows = plant(everyone, SEED).rows
    spent = fund(plant(everyone.slice(0, min(count, FUNDED)), SEED), SEED)
    fresh = _more(rows, int(count * CHANGED))
    rules, told = load_overlap_rules().rules, load_release_rules().rules
    steps: dict[str, float] = {}

    def timed(name: str, act: Callable[[], T]) -> T:
        start = time.perf_counter()
        found = act()
        steps[name] = time.perf_counter() - start
        return found

    drawn = timed("picture", lambda: picture.draw(rows, ASKED, MONTH, rules))
    timed("causes", lambda: needs.root_causes(drawn.people, drawn.profiles))
    timed("villages", lambda: villages.quality(rows, LISTED, ASKED))
    timed("money", lambda: money.lines(spent.disbursements, drawn.events))
    timed("release", lambda: release.release(drawn.people, drawn.profiles, told))
    seconds = sum(steps.values())
    later = ASKED + dt.timedelta(days=1)
    carried = timed("carry", lambda: picture.carry(drawn, fresh, later, rules))
    return {
        "persons": count,
        "rows": len(rows),
        "flags": len(drawn.flags),
        "changed": int(count * CHANGED),
        "flags_after": len(carried.flags),
        "seconds": seconds,
        "incremental_seconds": steps["carry"],
        "steps": steps,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _more(rows: pa.Table, count: int) -> pa.Table:
    """Append a later row about each of `count` persons, spread evenly."""
    again = rows.take(pa.array(np.arange(count) * (len(rows) // max(count, 1))))
    fresh = {
        "record": pa.array(len(rows) + np.arange(count)),
        "corrects": pa.nulls(count, pa.int64()),
        "known": pa.repeat(pa.scalar(ASKED + dt.timedelta(hours=1), KNOWN), count),
    }
    columns = [fresh.get(name, again[name]) for name in ROWS.names]
    return pa.concat_tables([rows, pa.table(dict(zip(ROWS.names, columns, strict=True)), schema=ROWS)])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(int(sys.argv[1]))) + "\n")
