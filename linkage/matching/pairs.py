"""Sets of record pairs as sorted int64 keys, and the ways to make them. Never loops over pairs in Python.

A record's position 0 … n-1 in the sorted list of record ids stands for it; the pair low < high has the key `low · n +
high`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Met:
    """Pairs that met in one anchor: sorted `keys` int64, each once, with the best `dice` float32."""

    keys: Ids
    dice: NDArray[np.float32]

    def look_up(self, keys: Ids) -> NDArray[np.float32]:
        """Return the Dice of each key, NaN where the pair did not meet."""
        if not len(self.keys):
            return np.full(len(keys), np.nan, np.float32)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.dice[at], np.float32(np.nan))


def distinct(keys: Ids) -> Ids:
    """Return each key once, sorted: by a vectorised sort, several times faster here than `np.unique`'s hashing."""
    ordered = np.sort(keys)
    once: Ids = ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]
    return once


def keys_of(one: Ids, other: Ids, n: int) -> Ids:
    """Write pairs of positions as keys, lower position first."""
    return np.minimum(one, other) * n + np.maximum(one, other)


def met(one: Ids, other: Ids, dice: NDArray[np.float32], n: int) -> Met:
    """Gather pairs of positions into a set, dropping a record's pairs with itself and keeping the best Dice."""
    apart = one != other
    keys, dice = keys_of(one[apart], other[apart], n), dice[apart]
    order = np.argsort(keys)
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1) != 0)
    return Met(keys[first], np.maximum.reduceat(dice[order], first) if len(first) else dice)


@dataclass(frozen=True, slots=True)
class Alike:
    """`keys` int64, sorted, of pairs with the same token; `starred`: how many tokens were too common to pair fully.

    `unpaired`: how many pairs of theirs that left out.
    """

    keys: Ids
    starred: int
    unpaired: int


def alike(codes: Ids, cap: int) -> Alike:
    """Pair all positions with the same code (int64[n], -1 for none).

    A code on more than `cap` positions pairs its first position with each other one (a star) instead of all with all.
    """
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0) :]
    starts, sizes = _runs(codes[order])
    common = sizes > cap
    offsets = np.arange(len(order)) - np.repeat(starts, sizes)
    # The k-th of a run pairs with the k before it, or with the first alone.
    partners = np.where(np.repeat(common, sizes), np.minimum(offsets, 1), offsets)
    later = np.repeat(np.arange(len(order)), partners)
    step = np.arange(len(later)) - np.repeat(np.cumsum(partners) - partners, partners)
    earlier = np.repeat(np.repeat(starts, sizes), partners) + step
    large = sizes[common].astype(np.int64)
    unpaired = int((large * (large - 1) // 2 - (large - 1)).sum())
    return Alike(np.sort(keys_of(order[earlier], order[later], len(codes))), int(common.sum()), unpaired)


def _runs(values: Ids) -> tuple[Ids, Ids]:
    starts = np.flatnonzero(np.diff(values, prepend=-1) != 0)
    return starts, np.diff(np.r_[starts, len(values)])
