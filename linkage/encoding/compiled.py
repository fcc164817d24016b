"""The loops of filters and layer, compiled where numba is installed. NumPy gives the same bits, more slowly.

Never decides anything: callers hand over arrays and get arrays. An agency's laptop has no numba and needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from linkage import bitsums

try:
    import numba
except ImportError:  # the agency extra
    numba = None  # type: ignore[assignment]  # a module where it is there

AVAILABLE = bitsums.AVAILABLE
STRIP = bitsums.STRIP
"""Bytes of a strip of the layer's output; widths that it does not divide are for NumPy."""

blocks: Callable[..., None]
scatter: Callable[..., None]
majorities: Callable[..., None]

if numba is not None:
    _mark, _list_bits, _digits_above = bitsums.mark, bitsums.list_bits, bitsums.digits_above
    _LANES, _GROUP = bitsums.LANES, bitsums.GROUP

    @numba.njit(cache=True, nogil=True)
    def majorities(inputs: Any, weights: Any, out: Any) -> None:
        """XOR the majorities' signs into `out`, uint64[n, words], zeros.

        inputs uint64[n, words], weights uint64[bits + 1, majorities · words] with a last row of zeros, all contiguous;
        a row is a whole number of strips.
        """
        n, words = inputs.shape
        bits, stride = 64 * words, 8 * weights.shape[1]
        places, totals = np.empty((n, bits + _GROUP), np.uint16), np.empty(n, np.int64)
        for row in range(n):
            totals[row] = _list_bits(inputs[row], places[row], bits)
        # Strips outside, rows inside: a strip's weights stay in the cache for all rows.
        for strip in range(0, weights.shape[1], _LANES):
            base = weights.ctypes.data + 8 * strip
            for row in range(n):
                groups, digits = (totals[row] + _GROUP - 1) // _GROUP, _digits_above(totals[row])
                target = out.ctypes.data + 8 * (row * words + strip % words)
                _mark(places[row].ctypes.data, groups, base, stride, totals[row] // 2, digits, target)

    @numba.njit(cache=True, nogil=True)
    def blocks(starts: Any, counts: Any, codes: Any, salts: Any, out: Any) -> None:
        """Write the AES blocks salt ‖ code ‖ counter of every gram of every row: out uint32[grams, counters, 4]."""
        at = 0
        for row in range(len(starts)):
            first, second, third = salts[row, 0], salts[row, 1], salts[row, 2]
            for gram in range(starts[row], starts[row] + counts[row]):
                code = codes[gram]
                for counter in range(out.shape[1]):
                    out[at, counter, 0] = first
                    out[at, counter, 1] = second
                    out[at, counter, 2] = third
                    out[at, counter, 3] = code | np.uint32(counter << 24)
                at += 1

    @numba.njit(cache=True, nogil=True)
    def scatter(counts: Any, words: Any, hashes: int, out: Any) -> None:
        """Set the bits of every gram of every row: words uint16[grams, positions] → out uint64[rows, words]."""
        gram, mask = 0, np.uint64(64 * out.shape[1] - 1)
        for row in range(len(counts)):
            for _ in range(counts[row]):
                for position in range(hashes):
                    bit = np.uint64(words[gram, position]) & mask
                    out[row, bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
                gram += 1
