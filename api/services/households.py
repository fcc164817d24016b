"""Households of rows: those of one family card, under a random number that stays. It hands on no token."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage import matching
from linkage.encoding.compartments import TOKENS
from linkage.encoding.qgrams import I64


def group(handle_map: pa.Table, tokens: pa.Table) -> pa.Table:
    """Return `record`, `cluster` int64 of every row with a family card: rows of one card share a cluster."""
    of_tokens = handle_map.filter(pc.equal(pc.cast(handle_map["compartment"], pa.string()), TOKENS))
    carded = tokens.filter(pc.is_valid(tokens["kk"]))
    at = pc.index_in(carded["handle"].combine_chunks(), of_tokens["handle"].combine_chunks())
    carded = carded.filter(pc.is_valid(at))
    records = of_tokens["record"].combine_chunks().take(pc.drop_null(at))
    cards = carded["kk"].combine_chunks().dictionary_encode().indices.cast(pa.int64())
    return pa.table({"record": records.cast(pa.int64()), "cluster": cards})


def settle(cards: pa.Table, previous: pa.Table, draw: Callable[[int], I64]) -> pa.Table:
    """Return `record`, `household` int64: a card keeps the number that most of its rows had.

    `previous` has `record`, `household`, null for rows without a card.
    """
    held = previous.filter(pc.is_valid(previous["household"])).rename_columns(["record", "person"])
    found = matching.assign(cards, held, draw)
    return found.rename_columns(["record", "household"])


def beside(records: pa.Array, households: pa.Table) -> pa.Array:
    """Return the household of each record, null for a row without a card."""
    at = pc.index_in(records, households["record"].combine_chunks())
    return households["household"].combine_chunks().take(at)


def moved(before: pa.Table, after: pa.Table) -> I64:
    """Return the persons (sorted) whose rows or households changed; both `record, person, household`."""
    old, new = (_ordered(table) for table in (before, after))
    at = np.searchsorted(old[0], new[0])
    there = (at < len(old[0])) & (old[0][np.minimum(at, max(len(old[0]) - 1, 0))] == new[0]) if len(old[0]) else (
        np.zeros(len(new[0]), bool)
    )  # fmt: skip
    same = there.copy()
    same[there] = (old[1][at[there]] == new[1][there]) & (old[2][at[there]] == new[2][there])
    kept = np.zeros(len(old[0]), bool)
    kept[at[there]] = same[there]
    return np.unique(np.concatenate([new[1][~same], old[1][~kept]]))


def _ordered(table: pa.Table) -> tuple[I64, I64, I64]:
    table = table.sort_by("record")
    record, person, household = (
        np.asarray(pc.fill_null(table[name].cast(pa.int64()), -1).to_numpy(), dtype=np.int64)
        for name in ("record", "person", "household")
    )
    return record, person, household
