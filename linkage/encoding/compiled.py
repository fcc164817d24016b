"""The loops of filters and layer, compiled where numba is installed. NumPy gives the same bits, more slowly.

Never decides anything: callers hand over arrays and get arrays. An agency's laptop has no numba and needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

try:
    import numba
except ImportError:  # the agency extra
    numba = None  # type: ignore[assignment]  # a module where it is there

AVAILABLE = numba is not None
LANES = 8
"""Words of a column of the layer: one vector of 512 bits, or what the processor splits it into."""
COLUMN = 8 * LANES
"""Bytes of a column; widths that it does not divide are for NumPy."""
LEVELS = 4
"""Sums are kept in carry-save form; the lowest digits, which change most, stay in registers."""
GROUP = 1 << LEVELS
"""Weights that are added before a carry leaves the registers."""
HIGH = 9
"""Digits above them: enough for filters of 4,096 bits."""

blocks: Callable[..., None]
scatter: Callable[..., None]
majorities: Callable[..., None]

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def _column(_context: Any, places: Any, groups: Any, weights: Any, threshold: Any, digits: Any, out: Any) -> Any:
        """Make the loop that XORs into a row's column whether more than `threshold` of its weights are set.

        `places` are byte offsets of whole groups of weights; `digits` of the sums lie above the registers. Written as
        vectors, for what makes it fast is that sums never leave the bits they belong to.
        """

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            _write_column(builder, *arguments)
            return context.get_dummy_value()

        return types.void(*(types.intp,) * 6), generate

    def _write_column(
        builder: Any, places: Any, groups: Any, weights: Any, threshold: Any, digits: Any, out: Any
    ) -> None:
        word, vector = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)
        zeros, ones = ir.Constant(vector, [0] * LANES), ir.Constant(vector, [-1] * LANES)
        low = [cgutils.alloca_once_value(builder, zeros) for _ in range(LEVELS)]
        high = cgutils.alloca_once(builder, vector, HIGH)
        for level in range(HIGH):
            builder.store(zeros, builder.gep(high, [ir.Constant(word, level)]))

        def at(kind: Any, base: Any, index: Any, size: int) -> Any:
            return builder.inttoptr(builder.add(base, builder.mul(index, ir.Constant(word, size))), kind.as_pointer())

        def fed(level: int, group: Any, taken: Any) -> Any:
            """Return the next sum of 2^level weights: at level 0 a weight itself."""
            if level:
                return carried(level - 1, group, taken)
            place = builder.add(builder.mul(group, ir.Constant(word, GROUP)), ir.Constant(word, next(taken)))
            offset = builder.load(at(word, places, place, 8), align=8)
            return builder.load(builder.inttoptr(builder.add(weights, offset), vector.as_pointer()), align=8)

        def carried(level: int, group: Any, taken: Any) -> Any:
            """Add two sums of a level to its digit; return the carry."""
            first, second, kept = fed(level, group, taken), fed(level, group, taken), builder.load(low[level])
            odd = builder.xor(first, second)
            builder.store(builder.xor(odd, kept), low[level])
            return builder.or_(builder.and_(first, second), builder.and_(odd, kept))

        with cgutils.for_range(builder, groups) as loop:
            carry = cgutils.alloca_once_value(builder, zeros)
            builder.store(carried(LEVELS - 1, loop.index, iter(range(GROUP))), carry)
            with cgutils.for_range(builder, digits) as upper:
                digit = builder.gep(high, [upper.index])
                added, kept = builder.load(carry), builder.load(digit)
                builder.store(builder.xor(added, kept), digit)
                builder.store(builder.and_(added, kept), carry)
        # From the lowest digit: above if this digit is, or if it is equal and what was seen so far is above.
        above = zeros
        for level in range(LEVELS + HIGH):
            digit = builder.load(
                low[level] if level < LEVELS else builder.gep(high, [ir.Constant(word, level - LEVELS)])
            )
            bit = builder.and_(builder.lshr(threshold, ir.Constant(word, level)), ir.Constant(word, 1))
            wanted = builder.select(builder.icmp_unsigned("!=", bit, ir.Constant(word, 0)), ones, zeros)
            less, equal = builder.and_(digit, builder.not_(wanted)), builder.not_(builder.xor(digit, wanted))
            above = builder.or_(less, builder.and_(equal, above))
        target = builder.inttoptr(out, vector.as_pointer())
        builder.store(builder.xor(builder.load(target, align=8), above), target, align=8)

    _add_up: Any = intrinsic(_column)

    @numba.njit(cache=True, nogil=True)
    def majorities(inputs: Any, weights: Any, out: Any) -> None:
        """XOR the majorities' signs into `out`, uint64[n, words], zeros.

        inputs uint64[n, words], weights uint64[bits + 1, majorities · words] with a last row of zeros, all contiguous;
        a row is a whole number of columns.
        """
        n, words = inputs.shape
        bits, stride = 64 * words, 8 * weights.shape[1]
        places = np.empty((n, bits + GROUP), np.int64)
        totals = np.zeros(n, np.int64)
        for row in range(n):
            for bit in range(bits):
                places[row, totals[row]] = bit * stride
                totals[row] += np.int64((inputs[row, bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1))
            places[row, totals[row] : totals[row] + GROUP] = bits * stride
        # Columns outside, rows inside: a column's weights stay in the cache for all rows.
        for column in range(0, weights.shape[1], LANES):
            base = weights.ctypes.data + 8 * column
            for row in range(n):
                groups, digits = (totals[row] + GROUP - 1) // GROUP, 0
                while totals[row] >> (LEVELS + digits):
                    digits += 1
                target = out.ctypes.data + 8 * (row * words + column % words)
                _add_up(places[row].ctypes.data, groups, base, totals[row] // 2, digits, target)

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
