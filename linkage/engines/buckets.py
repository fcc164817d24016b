"""Deal rows into buckets by cell, so that a bucket fits a worker's memory. Never splits a cell, never compares.

A cell's number is mixed before it says the bucket: numbers that follow one another end up far apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.engines.errors import EngineError
from linkage.engines.stores import Store

Buckets = NDArray[np.int64]

COPIES = 4
"""What comparing a bucket takes at its highest, in copies of its rows: read, sorted, and for large cells turned."""
BESIDE = 200
"""Bytes a row beside its filter: handle, cell, order, and some pairs."""
TURNS = 4
"""Buckets a worker gets at least, so that one that ends early goes on with another."""
BUCKETS = 100_000
"""More would be more files than a folder holds well."""
MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many `buckets`, and whether rows `spill` to files because they do not fit."""

    buckets: int
    spill: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket's name in its store, and how many rows it has."""

    name: str
    rows: int


def plan(rows: int, width: int, memory: int, workers: int) -> Plan:
    """Say how to deal `rows` with filters of `width` bytes, if `memory` bytes are all that `workers` may take together.

    Raises EngineError MEMORY_RANGE when one worker cannot hold its share of any number of buckets.
    """
    need = COPIES * width + BESIDE
    if memory < 1 or workers < 1 or rows * need * workers > memory * BUCKETS:
        raise EngineError("MEMORY_RANGE", f"expected memory for {rows:,} rows, got {memory:,} bytes")
    whole = rows * (width + BESIDE)
    # In memory the rows lie beside what the workers take of them.
    if whole + rows * need <= memory:
        return Plan(min(TURNS * workers, max(1, rows)), spill=False)
    return Plan(max(TURNS * workers, -(-rows * need * workers // memory)), spill=True)


def cell_of(table: pa.Table, count: int) -> Buckets:
    """Return the bucket of each row's cell: the high bits of a multiplication."""
    mixed = table["cell"].to_numpy().astype(np.uint64) * MIX
    return np.asarray((mixed >> np.uint64(33)) % np.uint64(count), np.int64)


def range_of(table: pa.Table, count: int) -> Buckets:
    """Return which of `count` equal ranges of 63 bits each row's handle lies in."""
    high = table["handle"].to_numpy() >> 31
    return np.asarray(np.clip((high * count) >> 32, 0, count - 1), np.int64)


def deal(
    tables: Iterator[pa.Table], count: int, store: Store, of: Callable[[pa.Table, int], Buckets] = cell_of
) -> list[Bucket]:
    """Put the rows of `tables` (handle, cell, filter) into `count` buckets; return those that have any, largest first.

    `of` says each row's bucket.
    """
    rows = np.zeros(count, np.int64)
    for table in tables:
        mine = of(table, count)
        dealt, sizes = table.take(np.argsort(mine, kind="stable")), np.bincount(mine, minlength=count)
        ends = np.cumsum(sizes)
        for bucket in np.flatnonzero(sizes).tolist():
            store.append(_name(bucket), dealt.slice(ends[bucket] - sizes[bucket], sizes[bucket]))
        rows += sizes
    # The largest first, so that no worker begins one when the others are done.
    return [Bucket(_name(at), int(rows[at])) for at in np.argsort(-rows, kind="stable").tolist() if rows[at]]


def _name(bucket: int) -> str:
    return f"bucket-{bucket:06d}"
