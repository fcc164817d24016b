"""Rare combinations of programmes: whoever knows what a neighbour receives would find her by them. Never told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from linkage.layering.columns import Bools, Ints, group, ints, named
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.suppression import THRESHOLD


def rare(profiles: pa.Table, threshold: int = THRESHOLD) -> Bools:
    """Say whose combination of programmes fewer than `threshold` people have; what a list shows of these is a count."""
    held = group(ints(profiles, "programmes"))
    found = np.zeros(len(profiles), bool)
    found[held.order] = np.repeat(_few(held.sizes, threshold), held.sizes)
    return found


def combinations(profiles: pa.Table, threshold: int = THRESHOLD) -> pa.Table:
    """Count people by combination: `programmes, people`, the commonest first; the rare ones are one row without a name.

    If these are fewer than `threshold` people, the least of the common ones joins them.
    """
    held = group(ints(profiles, "programmes"))
    few = _few(held.sizes, threshold)
    rows = [
        {"programmes": list(named(int(bits), PROGRAMMES)), "people": int(size)}
        for bits, size in zip(held.keys[~few], held.sizes[~few], strict=True)
    ]
    rows.sort(key=lambda row: (-int(str(row["people"])), str(row["programmes"])))
    if few.any():
        rows.append({"programmes": None, "people": int(held.sizes[few].sum())})
    schema = pa.schema([("programmes", pa.list_(pa.string())), ("people", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)


def _few(sizes: Ints, threshold: int) -> Bools:
    few: Bools = sizes < threshold
    while few.any() and not few.all() and sizes[few].sum() < threshold:
        common = np.flatnonzero(~few)
        few[common[np.argmin(sizes[common])]] = True
    return few
