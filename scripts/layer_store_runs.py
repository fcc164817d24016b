"""One measured run of the layers over a store, in a process of its own. It prints one JSON line.

Seconds are those of `renew` (reading, computing, writing) of everybody, then after further rows; the release apart.
`cpu_seconds` are this process's own, whatever else the machine does; a database server's are not in them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn, TypeVar

import numpy as np
import pyarrow as pa

from api.centre import Centre
from api.services.layers import publish, renew
from api.store import open_store
from linkage.layering.events import KNOWN, ROWS
from linkage.synth.aid import ASKED, plant
from policies.linkage_policies import load_linkage_policy
from scripts.layer_runs import SEED, people
from scripts.layer_store import fill

T = TypeVar("T")
FRESH = 10_000
"""Rows that come afterwards."""
ROWS_A_PERSON = 5


def planted(persons: int) -> pa.Table:
    """Return planted aid, and as much again of earlier years as makes five rows a person."""
    rows = plant(people(persons), SEED).rows
    whole, again = [rows], 0
    aid = rows.filter(pa.compute.is_valid(rows["programme"]))
    aid = aid.filter(pa.compute.is_null(aid["corrects"]))
    while sum(map(len, whole)) < ROWS_A_PERSON * persons:
        again += 1
        left = ROWS_A_PERSON * persons - sum(map(len, whole))
        year = str(2024 - again)
        part = aid.slice(0, left)
        period = pa.compute.binary_join_element_wise(year, pa.compute.utf8_slice_codeunits(part["period"], 4), "")
        whole.append(_put(part, record=pa.array(again * 10**8 + np.arange(len(part))), period=period))
    return pa.concat_tables(whole)


def _put(rows: pa.Table, **columns: Any) -> pa.Table:
    for name, column in columns.items():
        rows = rows.set_column(ROWS.get_field_index(name), ROWS.field(name), column)
    return rows


def more(rows: pa.Table, count: int) -> pa.Table:
    """Return `count` further rows, each about another person."""
    chosen = rows.take(pa.array(np.arange(count) * (len(rows) // count)))
    known = pa.repeat(pa.scalar(ASKED + dt.timedelta(hours=1), KNOWN), count)
    record = pa.array(10**12 + np.arange(count))
    return _put(chosen, record=record, corrects=pa.nulls(count, pa.int64()), known=known)


def run(persons: int, where: str) -> dict[str, Any]:
    """Measure a store of that many persons: a folder's SQLite file, or an empty database at an address."""
    store = open_store(where if where.startswith("postgresql") else Path(where) / "store.sqlite")
    hour = [0]
    centre = Centre(
        store, Path(where), Path(where), load_linkage_policy("lampung"), frozenset(), _nobody,
        lambda: ASKED + dt.timedelta(hours=hour[0]), os.urandom,
    )  # fmt: skip
    rows = planted(persons)
    fill(store, rows)
    before = time.process_time()
    made, seconds = timed(lambda: renew.renew(centre, _silent))
    cpu_seconds = time.process_time() - before
    released, release_seconds = timed(lambda: publish.publish(centre, _silent))
    fill(store, more(rows, min(FRESH, persons)))
    hour[0] = 2
    before = time.process_time()
    carried, incremental = timed(lambda: renew.renew(centre, _silent))
    incremental_cpu = time.process_time() - before
    store.dispose()
    return {
        "store": store.dialect.name,
        "persons": persons,
        "rows": len(rows),
        "flags": made.flags,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "release_seconds": release_seconds,
        "cells": released.cells,
        "fresh_rows": min(FRESH, persons),
        "renewed": carried.renewed,
        "incremental_seconds": incremental,
        "incremental_cpu_seconds": incremental_cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def timed(act: Callable[[], T]) -> tuple[T, float]:
    """Return what an act gives, and its seconds."""
    start = time.perf_counter()
    found = act()
    return found, time.perf_counter() - start


def _nobody(role: str) -> NoReturn:
    raise AssertionError(role)


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        place = sys.argv[2] if len(sys.argv) > 2 else folder
        sys.stdout.write(json.dumps(run(int(sys.argv[1]), place)) + "\n")
