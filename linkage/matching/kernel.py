"""All pairs inside a cell whose Dice reaches a floor. Never compares across cells, never sees a record or a token.

Dice of filters a and b is `2·|a ∧ b| / (|a| + |b|)`, and 0 when both are empty. Work is counted in blocks of at most
`BLOCK` pairs whatever the sizes of the cells, so memory beyond the answer stays bounded: many small cells of one size
go through one batch, a large cell goes through tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError

Words = NDArray[np.uint64]
Rows = NDArray[np.int64]

BLOCK = 1 << 16
"""Pairs in a block: its temporaries (uint64, uint8, uint16) fit a core's second-level cache."""
SMALL = 24
"""Up to this size a cell's pairs are listed; above, it is compared as a square."""
SIDE = 256
"""The side of a tile of a large cell."""


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


def similar_pairs(filters: Words, cells: NDArray[np.int64], floor: float) -> SimilarPairs:
    """Find all pairs of rows inside a cell with Dice of at least `floor`.

    `filters` uint64[n, words]; `cells` int64[n], equal cells side by side. Raises FILTER_SHAPE, CELLS_NOT_GROUPED,
    FLOOR_RANGE.
    """
    starts, sizes = _runs(filters, cells, floor)
    weights = np.bitwise_count(filters).sum(axis=1, dtype=np.int32)
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
    if len(np.unique(cells[starts])) != len(starts):
        raise MatchingError("CELLS_NOT_GROUPED", "expected equal cells side by side")
    return starts, np.diff(np.r_[starts, len(cells)])


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


def _keep(block: _Block, weights: NDArray[np.int32], floor: float) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Keep the pairs of a block with left < right and Dice of at least the floor."""
    total = weights[block.left] + weights[block.right]
    good = (2.0 * block.common >= floor * total) & (block.left < block.right)
    total, common = total[good], block.common[good]
    dice = np.divide(2.0 * common, total, out=np.zeros(len(total)), where=total > 0)
    exact = dice >= floor
    left, right = np.broadcast_arrays(block.left, block.right)
    return left[good][exact], right[good][exact], dice[exact]
