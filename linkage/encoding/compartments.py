"""The split of peppered rows into compartments that nothing outside the vault can join again.

Every compartment gets random handles of its own and is sorted by them, so that neither order nor number tells which
rows belong together; the handle map is what the merge alone may open. Never sees a t1 token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.encoding.bloom import to_arrow
from linkage.encoding.qgrams import I64, U8

TOKENS = "token"
REFERENCES = "reference"

HANDLE_MAP = pa.schema(
    [
        pa.field("record", pa.int64(), nullable=False),
        pa.field("compartment", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("handle", pa.int64(), nullable=False),
    ]
)
"""Which handles are one record's: `token`, `reference`, or an anchor's name."""


@dataclass(frozen=True, slots=True)
class Layered:
    """One anchor's layered filters: row int64[m] within the chunk, cell int64[m], filter uint8[m, width]."""

    rows: I64
    cells: I64
    filters: U8


@dataclass(frozen=True, slots=True)
class Peppered:
    """A chunk as the vault returned it: t2 of NIK and KK, look-ups and seals of references, filters by anchor."""

    nik: pa.Array
    kk: pa.Array
    lookup: pa.Array
    sealed: pa.Array
    anchors: Mapping[str, Layered]


@dataclass(frozen=True, slots=True)
class Compartments:
    """What is stored: content (record + aid), tokens (handle, nik, kk), references (handle, lookup, sealed),
    filters by anchor (handle, cell, filter), and the handle map."""  # noqa: D205, D209 — one sentence

    content: pa.Table
    tokens: pa.Table
    references: pa.Table
    filters: Mapping[str, pa.Table]
    handle_map: pa.Table


def split(aid: pa.Table, peppered: Peppered, entropy: Callable[[int], bytes]) -> Compartments:
    """Split one chunk; `aid` has the columns that become content, row by row beside `peppered`."""
    records = draw(len(aid), entropy)
    tokens, references = draw(len(aid), entropy), draw(len(aid), entropy)
    maps = [_map(records, TOKENS, tokens), _map(records, REFERENCES, references)]
    filters = {}
    for name, layered in peppered.anchors.items():
        handles = draw(len(layered.rows), entropy)
        filters[name] = _sorted({"handle": handles, "cell": layered.cells, "filter": to_arrow(layered.filters)})
        maps.append(_map(records[layered.rows], name, handles))
    return Compartments(
        content=_sorted({"record": records, **{name: aid[name] for name in aid.column_names}}),
        tokens=_sorted({"handle": tokens, "nik": peppered.nik, "kk": peppered.kk}),
        references=_sorted({"handle": references, "lookup": peppered.lookup, "sealed": peppered.sealed}),
        filters=filters,
        handle_map=pa.concat_tables(maps).unify_dictionaries().combine_chunks(),
    )


def draw(count: int, entropy: Callable[[int], bytes]) -> I64:
    """Return random ids, int64[count], 63 bits each: a collision in 10 M rows has odds of 5 in a million, and fails."""
    return np.frombuffer(entropy(8 * count), "<i8").astype(np.int64) & np.int64(2**63 - 1)


def _map(records: I64, compartment: str, handles: I64) -> pa.Table:
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(records), np.int32)), pa.array([compartment]))
    return pa.table([records, names, handles], schema=HANDLE_MAP)


def _sorted(columns: dict[str, object]) -> pa.Table:
    table = pa.table(columns)
    return table.take(pc.sort_indices(table[table.column_names[0]]))
