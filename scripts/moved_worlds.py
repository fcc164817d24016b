"""People for sizes beyond a million: a small synthetic world's, moved to other villages and years. Makes no new names.

A move takes a whole village to another and every date by whole years, so that households stay together, heaped days
stay heaped, and nobody meets herself. What grows with the size, cells and the strangers in them, grows as in one large
world; how often the rarest names occur does not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.evaluation import Dataset
from scripts import lampung

BASE = 200_000
"""People of the small world."""
APART = 1_000_000
"""Between the numbers of a person and of who she is after one move more."""
YEARS = 5
"""Moves differ in the years by which dates move, and in the villages."""
STEP = 53
"""Villages that a move goes on by."""
DAYS = 1461
"""Four years, so that every day of a leap year finds itself again."""


def load(store: Path, seed: int, start: int, people: int) -> Dataset:
    """Return `people` people (a multiple of `BASE`), from number `start` on; the small world is kept in `store`."""
    path = store / f"base-{BASE}-{seed}.parquet"
    if not path.exists():
        made = lampung.load(BASE, seed + 1, numbers=True)
        pq.write_table(made.records.append_column("person", pa.array(made.person, pa.int64())), path)
    rows = pq.read_table(path).combine_chunks()
    moves = range(start // BASE, (start + people) // BASE)
    records = [_moved(rows.drop_columns(["person"]), move) for move in moves]
    person = [rows["person"].to_numpy() + move * APART for move in moves]
    return Dataset("moved", pa.concat_tables(records).combine_chunks(), np.concatenate(person), None, {}, lampung.PARTS)


def _moved(records: pa.Table, move: int) -> pa.Table:
    villages = pc.unique(records["village"].drop_null()).sort()
    there = pa.array(np.roll(villages.to_numpy(zero_copy_only=False), -STEP * move))
    village = there.take(pc.index_in(records["village"], villages)).combine_chunks()
    shown = pc.utf8_slice_codeunits(village, 0, len("18.01"))
    columns = {
        "village": village,
        "regency": pc.if_else(pc.and_(village.is_valid(), records["regency"].is_valid()), shown, records["regency"]),
        **{name: _days(records[name], move % YEARS - YEARS // 2) for name in ("birth_date", "nik_birth_date")},
    }
    for name, column in columns.items():
        at = records.schema.get_field_index(name)
        records = records.set_column(at, records.schema.field(at), column)
    return records


def _days(days: pa.ChunkedArray, fours: int) -> pa.ChunkedArray:
    """Move dates by so many times four years."""
    return pc.add(days.cast(pa.int32()), pa.scalar(DAYS * fours, pa.int32())).cast(pa.date32())
