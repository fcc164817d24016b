"""The kernel's loops, compiled where numba is installed. NumPy finds the same pairs, more slowly.

Many small cells go pair by pair. A large cell goes through tiles: each row meets 512 candidates at once in `bitsums`,
by its rarest bits only, and what could still reach the floor is compared exactly. No pair that reaches it is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from linkage import bitsums

AVAILABLE = bitsums.AVAILABLE
BLOCK = 64 * bitsums.LANES
"""Candidates that a row meets at once."""
BATCH = 64
"""Rows that meet a block while it is in the cache."""

listed: Callable[..., Any]
strips: Callable[..., Any]
large: Callable[..., Any]
transpose: Callable[..., Any]
permute: Callable[..., Any]
weigh: Callable[..., Any]

if bitsums.AVAILABLE:
    import numba

    _mark, _list_bits, _digits_above = bitsums.mark, bitsums.list_bits, bitsums.digits_above
    _count, _first, _shared = bitsums.count, bitsums.first, bitsums.shared
    _LANES, _GROUP, _STRIP = bitsums.LANES, bitsums.GROUP, bitsums.STRIP
    _ALL = np.uint64(2**64 - 1)

    @numba.njit(cache=True, nogil=True)
    def weigh(filters: Any) -> Any:
        """Return how many bits of each row are set, in its second half and in all: uint64[n, words] → int64[2, n]."""
        weights = np.empty((2, len(filters)), np.int64)
        half = filters.shape[1] // 2
        for row in range(len(filters)):
            first = second = 0
            for word in range(half):
                first += _count(filters[row, word])
            for word in range(half, filters.shape[1]):
                second += _count(filters[row, word])
            weights[0, row], weights[1, row] = second, first + second
        return weights

    @numba.njit(cache=True, nogil=True)
    def _likeness(one: Any, other: Any, both: Any) -> Any:
        """Return the Dice of two filters that have `both` bits together."""
        common = 0
        for word in range(len(one)):
            common += _count(one[word] & other[word])
        return 2.0 * common / both if both else 0.0

    @numba.njit(cache=True, nogil=True)
    def listed(
        filters: Any, weights: Any, starts: Any, sizes: Any, cell: Any, floor: Any, left: Any, right: Any, dice: Any
    ) -> Any:
        """Compare cells pair by pair, from `cell` on, until the answer's room might not do for the next one.

        filters uint64[n, words]; weights int64[2, n] as `weigh` makes them; starts, sizes int64[cells]. Writes left and
        right, int32[room], and dice, float64[room]; returns the next cell and how many pairs were kept.
        """
        kept, half = 0, filters.shape[1] // 2
        second, whole = weights[0], weights[1]
        while cell < len(starts):
            start, size = starts[cell], sizes[cell]
            if kept + size * (size - 1) // 2 > len(left):
                break
            for row in range(start, start + size):
                for other in range(row + 1, start + size):
                    both = whole[row] + whole[other]
                    common = 0
                    for word in range(half):
                        common += _count(filters[row, word] & filters[other, word])
                    # Were they to share all that the lighter second half has, would it do?
                    if 2.0 * (common + min(second[row], second[other])) + 1e-6 < floor * both:
                        continue
                    for word in range(half, filters.shape[1]):
                        common += _count(filters[row, word] & filters[other, word])
                    likeness = 2.0 * common / both if both else 0.0
                    if likeness >= floor:
                        left[kept], right[kept], dice[kept] = row, other, likeness
                        kept += 1
            cell += 1
        return cell, kept

    @numba.njit(cache=True, nogil=True)
    def strips(filters: Any, starts: Any, sizes: Any, cell: Any, floor: Any, left: Any, right: Any, dice: Any) -> Any:
        """Do what `listed` does where a row is whole strips of eight words, each counted as one vector.

        It weighs a cell's rows when it meets them: what it reads then is in the cache when pairs are made.
        """
        kept, of, width = 0, filters.shape[1] // _LANES, filters.shape[1] * 8
        first = filters.ctypes.data
        room = len(left)
        rest, whole = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
        while cell < len(starts):
            size = sizes[cell]
            if kept + size * (size - 1) // 2 > room:
                break
            start = first + starts[cell] * width
            for row in range(size):
                at = start + row * width
                more = 0
                for strip in range(1, of):
                    more += _shared(at + strip * _STRIP, at + strip * _STRIP)
                rest[row], whole[row] = more, more + _shared(at, at)
            for row in range(size):
                one, mine, beyond = start + row * width, whole[row], rest[row]
                for other in range(row + 1, size):
                    another, both = start + other * width, mine + whole[other]
                    common = _shared(one, another)
                    # Were they to share all that the lighter has beyond the first strip, would it do?
                    if 2.0 * (common + min(beyond, rest[other])) + 1e-6 < floor * both:
                        continue
                    for strip in range(1, of):
                        common += _shared(one + strip * _STRIP, another + strip * _STRIP)
                    likeness = 2.0 * common / both if both else 0.0
                    if likeness >= floor:
                        left[kept], right[kept] = starts[cell] + row, starts[cell] + other
                        dice[kept] = likeness
                        kept += 1
            cell += 1
        return cell, kept

    @numba.njit(cache=True, nogil=True)
    def permute(filters: Any, rank: Any) -> Any:
        """Return the filters with bit b, of uint64[n, words], moved to `rank[b]`, int64[64 · words]."""
        out = np.zeros_like(filters)
        for row in range(len(filters)):
            for word in range(filters.shape[1]):
                rest = filters[row, word]
                while rest:
                    to = rank[64 * word + _first(rest)]
                    out[row, to >> 6] |= np.uint64(1) << np.uint64(to & 63)
                    rest &= rest - np.uint64(1)
        return out

    @numba.njit(cache=True, nogil=True)
    def transpose(filters: Any, words: Any) -> Any:
        """Return the first `words` of the filters by column: uint64[blocks, 64 · words + 1, 8], the last row zeros."""
        blocks = (len(filters) + BLOCK - 1) // BLOCK
        out = np.zeros((blocks, 64 * words + 1, _LANES), np.uint64)
        for row in range(len(filters)):
            block, lane, bit = row // BLOCK, row % BLOCK >> 6, np.uint64(1) << np.uint64(row & 63)
            for word in range(words):
                rest = filters[row, word]
                while rest:
                    out[block, 64 * word + _first(rest), lane] |= bit
                    rest &= rest - np.uint64(1)
        return out

    @numba.njit(cache=True, nogil=True)
    def large(filters: Any, weights: Any, columns: Any, step: Any, floor: Any, left: Any, right: Any, dice: Any) -> Any:
        """Compare the rows of one cell, from `step` on, until the answer's room might not do for the next step.

        filters uint64[n, words] and weights int64[n] by rising weight; `columns` of their first words as `transpose`
        makes them. A step is a batch of rows with a block of candidates. Returns the next step, or -1 after the last,
        and how many pairs were kept.
        """
        n, blocks, words = len(filters), len(columns), (columns.shape[1] - 1) // 64
        places, totals = np.empty((BATCH, 64 * words + _GROUP), np.uint16), np.zeros(BATCH, np.int64)
        flags = np.empty(_LANES, np.uint64)
        kept, listed_batch = 0, -1
        while step < (n + BATCH - 1) // BATCH * blocks:
            batch, block = step // blocks, step % blocks
            if (block + 1) * BLOCK <= batch * BATCH:
                step += 1
                continue
            if kept + BATCH * BLOCK > len(left):
                return step, kept
            top, near = batch * BATCH, block * BLOCK
            bottom, far = min(top + BATCH, n), min(near + BLOCK, n)
            if listed_batch != batch:
                for row in range(top, bottom):
                    totals[row - top] = _list_bits(filters[row, :words], places[row - top], 64 * words)
                listed_batch = batch
            for row in range(top, min(bottom, far - 1)):
                mine, lightest = weights[row], weights[max(near, row + 1)]
                # A Dice cannot exceed what the lighter of two has to share, and these are all as heavy or heavier.
                if 2.0 * mine + 1e-6 < floor * (mine + lightest):
                    continue
                total = totals[row - top]
                # What a pair must share among the bits looked at, were it to share all others of this row.
                needed = np.int64(np.ceil(floor * (mine + lightest) / 2.0 - 1e-6)) - (mine - total)
                if needed <= 0:
                    flags[:] = _ALL
                else:
                    flags[:] = 0
                    _mark(
                        places[row - top].ctypes.data, (total + _GROUP - 1) // _GROUP, columns[block].ctypes.data,
                        8 * _LANES, needed - 1, _digits_above(total), flags.ctypes.data,
                    )  # fmt: skip
                for lane in range(_LANES):
                    rest = flags[lane]
                    while rest:
                        other = near + 64 * lane + _first(rest)
                        rest &= rest - np.uint64(1)
                        if row < other < far:
                            likeness = _likeness(filters[row], filters[other], mine + weights[other])
                            if likeness >= floor:
                                left[kept], right[kept], dice[kept] = row, other, likeness
                                kept += 1
            step += 1
        return -1, kept
