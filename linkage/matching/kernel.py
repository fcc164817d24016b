"""All pairs inside a cell whose Dice reaches a floor. Never compares across cells, never sees a record or a token.

Dice of filters a and b is `2·|a ∧ b| / (|a| + |b|)`, and 0 when both are empty. With numba the loops are compiled:
small cells go pair by pair, in a large cell each row meets 512 candidates at once. Without it many small cells of one
size go through one batch, a large cell through tiles. The pairs are the same, and memory beyond the answer is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage import bitsums
from linkage.matching import compiled, lanes
from linkage.matching.errors import MatchingError

Words = NDArray[np.uint64]
Rows = NDArray[np.int64]

BLOCK = 1 << 16
"""Pairs in a block: its temporaries (uint64, uint8, uint16) fit a core's second-level cache."""
SMALL = 24
"""Up to this size a cell's pairs are listed; above, it is compared as a square."""
SIDE = 256
"""The side of a tile of a large cell."""
LISTED = lanes.LISTED
"""Compiled, up to this size a cell is compared pair by pair."""
ROOM = 1 << 18
"""Pairs that compiled loops keep before they hand them over."""
SOME = 256
"""Rows that tell how full filters are."""
SURE = 5.0
"""Standard deviations between what unlike filters share in their rarest bits and what the floor asks for there."""


@dataclass(frozen=True, slots=True)
class SimilarPairs:
    """Rows `left` < `right` (int32) of the given filters and their `dice` (float32), sorted by left, then right."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    dice: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Block:
    """`common` uint16: bits in common, of the pairs that rows `left` and `right` make when broadcast."""

    left: Rows
    right: Rows
    common: NDArray[np.uint16]


Found = tuple[Rows, Rows, NDArray[np.float64]]


def similar_pairs(
    filters: Words, cells: NDArray[np.int64], floor: float, *, fast: bool = compiled.AVAILABLE
) -> SimilarPairs:
    """Find all pairs of rows inside a cell with Dice of at least `floor`; `fast` changes the speed alone.

    `filters` uint64[n, words]; `cells` int64[n], equal cells side by side. Raises FILTER_SHAPE, CELLS_NOT_GROUPED,
    FLOOR_RANGE.
    """
    starts, sizes = _runs(filters, cells, floor)
    found: list[Found]
    if fast:
        found = list(_compiled(np.ascontiguousarray(filters), starts, sizes, floor))
    else:
        weights = np.bitwise_count(filters).sum(axis=1, dtype=np.int64)
        words = np.ascontiguousarray(filters.T)
        found = [_keep(block, weights, floor) for block in _blocks(words, starts, sizes)]
    left, right, dice = (np.concatenate(column) for column in zip(*found, strict=True)) if found else _NOTHING
    order = np.lexsort((right, left))
    return SimilarPairs(left[order].astype(np.int32), right[order].astype(np.int32), dice[order].astype(np.float32))


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def _runs(filters: Words, cells: NDArray[np.int64], floor: float) -> tuple[Rows, Rows]:
    """Return the first row and the size of each cell, in order."""
    if filters.ndim != 2 or cells.shape != filters.shape[:1]:
        raise MatchingError("FILTER_SHAPE", f"expected one row of words a cell, got {filters.shape} and {cells.shape}")
    if not 0.0 <= floor <= 1.0:
        raise MatchingError("FLOOR_RANGE", f"expected a floor within 0 and 1, got {floor}")
    starts = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]]) if len(cells) else np.empty(0, np.int64)
    named = cells[starts]
    if not (named[1:] > named[:-1]).all() and len(np.unique(named)) != len(named):
        raise MatchingError("CELLS_NOT_GROUPED", "expected equal cells side by side")
    return starts, np.diff(np.r_[starts, len(cells)])


def _compiled(filters: Words, starts: Rows, sizes: Rows, floor: float) -> Iterator[Found]:
    room = (np.empty(ROOM, np.int32), np.empty(ROOM, np.int32), np.empty(ROOM, np.float64))
    small, cell = (sizes > 1) & (sizes <= LISTED), 0
    listed, of = starts[small], sizes[small]
    loop = _loop(filters, floor)
    # These loops weigh what they meet.
    weights = compiled.weigh(filters[:0] if loop and sizes.max(initial=0) <= LISTED else filters)
    while cell < len(listed):
        if loop:
            cell, kept = loop(filters, listed, of, cell, floor, *room)
        else:
            cell, kept = compiled.listed(filters, weights, listed, of, cell, floor, *room)
        yield _taken(room, kept, None)
    for start, size in zip(starts[sizes > LISTED].tolist(), sizes[sizes > LISTED].tolist(), strict=True):
        rows = start + np.argsort(weights[1, start : start + size], kind="stable")
        mine = _rarest_first(filters[rows])
        columns = compiled.transpose(mine.filters, mine.words(floor))
        step = 0
        while step >= 0:
            step, kept = compiled.large(mine.filters, weights[1, rows], columns, step, floor, *room)
            yield _taken(room, kept, rows)


def _loop(filters: Words, floor: float) -> Callable[..., Any] | None:
    """Choose how cells are listed: by folds where those of strangers differ too much, else by strips where they fit."""
    words = filters.shape[1]
    some = filters[:: max(1, len(filters) // SOME)]
    limit = 2.0 * (1.0 - floor) * float(np.bitwise_count(some).sum()) / max(1, len(some))
    if words and words % lanes.WIDTH == 0 and limit < lanes.APART * 64 * lanes.WIDTH:
        return lanes.folded
    return compiled.strips if words and words % bitsums.LANES == 0 else None


def _taken(
    room: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]], kept: int, rows: Rows | None
) -> Found:
    """Copy what was kept; `rows` says which rows a cell's are."""
    left, right = (side[:kept].astype(np.int64) if rows is None else rows[side[:kept]] for side in room[:2])
    return np.minimum(left, right), np.maximum(left, right), room[2][:kept].copy()


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A cell's `filters` uint64[n, words], their rarest bits first, and the share of rows that have each, `often`."""

    filters: Words
    often: NDArray[np.float64]

    def words(self, floor: float) -> int:
        """Return how many words settle nearly every unlike pair; all of them where no fewer do."""
        shared = self.often**2
        total, seen = self.often.sum(), np.cumsum(self.often)
        # What a pair must share among the bits seen, were it to share all the others.
        asked = floor * total - (total - seen)
        sure = asked - np.cumsum(shared) >= SURE * np.sqrt(np.cumsum(shared * (1 - shared)))
        whole = np.flatnonzero(sure[63::64])
        return int(whole[0]) + 1 if len(whole) else self.filters.shape[1]


def _rarest_first(filters: Words) -> _Ordered:
    often = np.zeros(64 * filters.shape[1])
    for start in range(0, len(filters), SIDE):
        often += np.unpackbits(filters[start : start + SIDE].view(np.uint8), axis=1, bitorder="little").sum(axis=0)
    order = np.argsort(often, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return _Ordered(compiled.permute(filters, rank), often[order] / len(filters))


def _blocks(words: Words, starts: Rows, sizes: Rows) -> Iterator[_Block]:
    for size in np.unique(sizes[sizes > 1]).tolist():
        group = starts[sizes == size]
        if size <= SMALL:
            yield from _listed(words, group, size)
        elif size <= SIDE:
            yield from _squares(words, group, size)
        else:
            for start in group.tolist():
                yield from _tiles(words, start, size)


def _listed(words: Words, starts: Rows, size: int) -> Iterator[_Block]:
    """Compare cells of one small size, cells innermost so that every operation runs over long rows."""
    first, second = np.triu_indices(size, 1)
    step = max(1, BLOCK // len(first))
    for at in range(0, len(starts), step):
        rows = starts[at : at + step] + np.arange(size)[:, None]
        common = np.zeros((len(first), rows.shape[1]), np.uint16)
        for word in words:
            values = word[rows]
            common += np.bitwise_count(values[first] & values[second])
        yield _Block(rows[first], rows[second], common)


def _squares(words: Words, starts: Rows, size: int) -> Iterator[_Block]:
    """Compare cells of one middle size as squares; the lower halves are dropped by the keeper."""
    step = max(1, BLOCK // (size * size))
    for at in range(0, len(starts), step):
        rows = starts[at : at + step, None] + np.arange(size)
        common = np.zeros((*rows.shape, size), np.uint16)
        for word in words:
            values = word[rows]
            common += np.bitwise_count(values[:, :, None] & values[:, None, :])
        yield _Block(rows[:, :, None], rows[:, None, :], common)


def _tiles(words: Words, start: int, size: int) -> Iterator[_Block]:
    """Compare one large cell tile by tile, on and above its diagonal."""
    edges = [(at, min(at + SIDE, start + size)) for at in range(start, start + size, SIDE)]
    for row, (top, bottom) in enumerate(edges):
        for near, far in edges[row:]:
            common = np.zeros((bottom - top, far - near), np.uint16)
            for word in words:
                common += np.bitwise_count(word[top:bottom, None] & word[None, near:far])
            yield _Block(np.arange(top, bottom)[:, None], np.arange(near, far)[None, :], common)


def _keep(block: _Block, weights: Rows, floor: float) -> Found:
    """Keep the pairs of a block with left < right and Dice of at least the floor."""
    total = weights[block.left] + weights[block.right]
    # A hair under the floor: what is on it is judged below.
    good = (2.0 * block.common + 1e-6 >= floor * total) & (block.left < block.right)
    total, common = total[good], block.common[good]
    dice = np.divide(2.0 * common, total, out=np.zeros(len(total)), where=total > 0)
    exact = dice >= floor
    left, right = np.broadcast_arrays(block.left, block.right)
    return left[good][exact], right[good][exact], dice[exact]
