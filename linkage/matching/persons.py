"""Stable person ids over changing clusters. Never makes an id itself: new ones come from the caller."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from linkage.matching.errors import MatchingError, require
from linkage.matching.pairs import Ids

PERSONS = pa.schema([("record", pa.int64()), ("person", pa.int64())])
CHANGES = pa.schema([("before", pa.int64()), ("after", pa.int64()), ("records", pa.int64()), ("kind", pa.string())])


def assign(clusters: pa.Table, previous: pa.Table, new_ids: Callable[[int], Ids]) -> pa.Table:
    """Give every record its cluster's person id.

    `clusters`: record, cluster int64. `previous`: record, person int64 of the last run. `new_ids(k)` returns k unused
    ids. The cluster that holds most records of a person keeps the id (ties: the smallest id, then the smallest
    cluster); no id is given twice. Returns `PERSONS`, by record. Raises MISSING_COLUMN, RECORD_TWICE, NEW_ID_USED.
    """
    require(clusters, ("record", "cluster"), "clusters")
    require(previous, ("record", "person"), "previous persons")
    records, where = _sorted(clusters, "cluster")
    names, of = np.unique(where, return_inverse=True)
    kept = _keep(records, of.astype(np.int64), len(names), previous)
    lacking = np.flatnonzero(kept < 0)
    fresh = np.asarray(new_ids(len(lacking)), np.int64)
    taken = np.r_[kept[kept >= 0], previous["person"].to_numpy()]
    if (
        len(fresh) != len(lacking)
        or len(np.unique(fresh)) != len(fresh)
        or np.isin(fresh, taken).any()
        or (fresh < 0).any()
    ):
        raise MatchingError("NEW_ID_USED", f"expected {len(lacking)} unused ids of 0 or more", place="new ids")
    kept[lacking] = fresh
    return pa.table([records, kept[of]], schema=PERSONS)


def _sorted(table: pa.Table, value: str) -> tuple[Ids, Ids]:
    records, values = table["record"].to_numpy(), table[value].to_numpy()
    order = np.argsort(records, kind="stable")
    records, values = records[order], values[order]
    if (records[1:] == records[:-1]).any():
        raise MatchingError("RECORD_TWICE", "expected each record once", place=value)
    return records, values


def _keep(records: Ids, of: Ids, n: int, previous: pa.Table) -> Ids:
    """Return the old id that each of n clusters keeps, -1 for none."""
    old, persons = _sorted(previous, "person")
    _, mine, theirs = np.intersect1d(records, old, assume_unique=True, return_indices=True)
    claims, counts = np.unique(np.stack([of[mine], persons[theirs]]), axis=1, return_counts=True)
    cluster, person = claims[:, np.lexsort((claims[0], claims[1], -counts))]
    kept = np.full(n, -1, np.int64)
    given: set[int] = set()
    lonely = np.bincount(cluster, minlength=n)[cluster] == 1
    _, back, times = np.unique(person, return_inverse=True, return_counts=True)
    simple = lonely & (times[back] == 1)
    kept[cluster[simple]] = person[simple]
    for at, who in zip(cluster[~simple].tolist(), person[~simple].tolist(), strict=True):
        if kept[at] < 0 and who not in given:
            kept[at] = who
            given.add(who)
    return kept


def changes(previous: pa.Table, persons: pa.Table) -> pa.Table:
    """Return how records changed persons between two runs: `CHANGES`, by before, then after.

    Both tables: record, person int64. MERGED: nothing of the person before is left to it; SPLIT: the person after is
    new; MOVED: both were there and both are. Records that came or went are no change.
    """
    old, before = _sorted(previous, "person")
    now, after = _sorted(persons, "person")
    _, first, second = np.intersect1d(old, now, assume_unique=True, return_indices=True)
    moved = before[first] != after[second]
    flows = np.stack([before[first][moved], after[second][moved]])
    pairs, counts = np.unique(flows, axis=1, return_counts=True)
    kind = np.where(np.isin(pairs[1], before), "MOVED", "SPLIT")
    kind = np.where(np.isin(pairs[0], after), kind, "MERGED")
    return pa.table([pairs[0], pairs[1], counts.astype(np.int64), pa.array(kind.tolist(), pa.string())], schema=CHANGES)
