"""Pairs inside a cell of which at least one row is new: what `kernel` finds, less the pairs of two old rows.

The cost is that of the new rows: a cell without one is never looked at. Never sees a record or a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage import bitsums
from linkage.matching import compiled
from linkage.matching.errors import MatchingError
from linkage.matching.kernel import BLOCK, ROOM, Found, Rows, SimilarPairs, Words, similar_pairs

Flags = NDArray[np.bool_]

crossed: Callable[..., Any]

if bitsums.AVAILABLE:
    import numba

    _count = bitsums.count

    @numba.njit(cache=True, nogil=True)
    def crossed(
        filters: Any, weights: Any, rows: Any, starts: Any, stops: Any, old: Any, at: Any, step: Any,
        floor: Any, left: Any, right: Any, dice: Any,
    ) -> Any:  # fmt: skip
        """Compare new `rows` with their cells' rows old[starts:stops], from row `at` and `step` of those on.

        filters uint64[n, words]; weights int64[n]; rows, starts, stops int64[new]. Writes left, right and dice; returns
        where to go on, and how many pairs were kept.
        """
        kept = 0
        while at < len(rows):
            row, stop = rows[at], stops[at]
            here = max(step, starts[at])
            while here < stop:
                if kept == len(left):
                    return at, here, kept
                other = old[here]
                here += 1
                both = weights[row] + weights[other]
                # A Dice cannot exceed what the lighter of two has to share.
                if 2.0 * min(weights[row], weights[other]) + 1e-6 < floor * both:
                    continue
                common = 0
                for word in range(filters.shape[1]):
                    common += _count(filters[row, word] & filters[other, word])
                likeness = 2.0 * common / both if both else 0.0
                if likeness >= floor:
                    left[kept], right[kept], dice[kept] = min(row, other), max(row, other), likeness
                    kept += 1
            at, step = at + 1, 0
        return at, step, kept


@dataclass(frozen=True, slots=True)
class _Meetings:
    """New `rows`, each with the old rows old[starts:stops] of its cell; int64."""

    rows: Rows
    starts: Rows
    stops: Rows
    old: Rows


def fresh_pairs(
    filters: Words, cells: NDArray[np.int64], floor: float, fresh: Flags, *, fast: bool = bitsums.AVAILABLE
) -> SimilarPairs:
    """Find the pairs of `similar_pairs` that hold a row marked `fresh` (bool[n]); `fast` changes the speed alone.

    Raises FRESH_SHAPE, and what `similar_pairs` raises.
    """
    if fresh.shape != cells.shape:
        raise MatchingError("FRESH_SHAPE", "expected one mark a row", place="fresh")
    rows = np.flatnonzero(fresh)
    among = similar_pairs(filters[rows], cells[rows], floor, fast=fast)
    parts: list[Found] = [(rows[among.left], rows[among.right], among.dice.astype(np.float64))]
    meetings = _meetings(cells, fresh)
    cross = _compiled if fast else _plain
    parts += cross(np.ascontiguousarray(filters), meetings, floor)
    left, right, dice = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((right, left))
    return SimilarPairs(left[order].astype(np.int32), right[order].astype(np.int32), dice[order].astype(np.float32))


def _meetings(cells: NDArray[np.int64], fresh: Flags) -> _Meetings:
    """List which old rows each new row meets: those of its cell, which stand side by side."""
    old = np.flatnonzero(~fresh)
    before = np.r_[0, np.cumsum(~fresh)]
    edges = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1], True]) if len(cells) else np.zeros(1, np.int64)
    rows = np.flatnonzero(fresh)
    cell = np.searchsorted(edges, rows, side="right") - 1
    starts, stops = before[edges[cell]], before[edges[cell + 1]]
    meet = stops > starts
    return _Meetings(rows[meet], starts[meet], stops[meet], old)


def _compiled(filters: Words, met: _Meetings, floor: float) -> Iterator[Found]:
    weights = compiled.weigh(filters)[1] if len(met.rows) else np.empty(0, np.int64)
    room = (np.empty(ROOM, np.int64), np.empty(ROOM, np.int64), np.empty(ROOM, np.float64))
    at = step = 0
    while at < len(met.rows):
        at, step, kept = crossed(
            filters, weights, met.rows, met.starts, met.stops, met.old, at, step, floor, *room
        )  # fmt: skip
        yield room[0][:kept].copy(), room[1][:kept].copy(), room[2][:kept].copy()


def _plain(filters: Words, met: _Meetings, floor: float) -> Iterator[Found]:
    """Compare by blocks of whole new rows, each with all that it meets."""
    sizes = met.stops - met.starts
    block = np.cumsum(sizes) // BLOCK
    for part in np.split(np.arange(len(sizes)), np.flatnonzero(np.diff(block)) + 1):
        many = sizes[part]
        one = np.repeat(met.rows[part], many)
        within = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many)
        other = met.old[np.repeat(met.starts[part], many) + within]
        common = np.bitwise_count(filters[one] & filters[other]).sum(axis=1, dtype=np.int64)
        total = (np.bitwise_count(filters[side]).sum(axis=1, dtype=np.int64) for side in (one, other))
        both = np.add(*total)
        dice = np.divide(2.0 * common, both, out=np.zeros(len(both)), where=both > 0)
        good = dice >= floor
        yield np.minimum(one, other)[good], np.maximum(one, other)[good], dice[good]
