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
LANES, ROWS = 8, 8
"""A tile of the layer: eight masks side by side in one 512-bit vector, and the rows that share a load of it."""

blocks: Callable[..., None]
scatter: Callable[..., None]
agreeing: Callable[..., None]
xor_signs: Callable[..., None]

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def _tile(rows: int) -> Any:
        """Make the intrinsic that counts |x & w| for some rows and eight masks.

        Written as vectors, since plain loops compile to narrower popcounts. Addresses and strides are in bytes.
        """

        @intrinsic
        def tile(
            _context: Any, x: Any, w: Any, out: Any, words: Any, x_stride: Any, w_stride: Any, out_stride: Any
        ) -> Any:
            def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
                _write_tile(builder, arguments, rows)
                return context.get_dummy_value()

            return types.void(*(types.intp,) * 7), generate

        return tile

    def _write_tile(builder: Any, arguments: Any, rows: int) -> None:
        x, w, out, words, x_stride, w_stride, out_stride = arguments
        word, vector = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)
        undefined, zeros = ir.Constant(vector, ir.Undefined), ir.Constant(vector, [0] * LANES)
        first = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        kind = ir.FunctionType(vector, [vector])
        popcount = cgutils.get_or_insert_function(builder.module, kind, f"llvm.ctpop.v{LANES}i64")
        sums = [cgutils.alloca_once_value(builder, zeros) for _ in range(rows)]

        def at(base: Any, *steps: tuple[Any, Any]) -> Any:
            for step, stride in steps:
                base = builder.add(base, builder.mul(step, stride))
            return base

        with cgutils.for_range(builder, words) as loop:
            pointer = builder.inttoptr(at(w, (loop.index, w_stride)), vector.as_pointer())
            masks = builder.load(pointer, align=8)
            for row in range(rows):
                address = at(x, (ir.Constant(word, row), x_stride), (loop.index, ir.Constant(word, 8)))
                value = builder.load(builder.inttoptr(address, word.as_pointer()), align=8)
                one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
                counted = builder.call(popcount, [builder.and_(builder.shuffle_vector(one, undefined, first), masks)])
                builder.store(builder.add(builder.load(sums[row]), counted), sums[row])
        narrow = ir.VectorType(ir.IntType(16), LANES)
        for row in range(rows):
            address = at(out, (ir.Constant(word, row), out_stride))
            total = builder.trunc(builder.load(sums[row]), narrow)
            builder.store(total, builder.inttoptr(address, narrow.as_pointer()), align=2)

    _many, _one = _tile(ROWS), _tile(1)

    @numba.njit(cache=True, nogil=True)
    def agreeing(inputs: Any, weights: Any, out: Any) -> None:
        """Count |x & w|: inputs uint64[n, words], weights uint64[words, masks] → out uint16[n, masks], contiguous."""
        n, words = inputs.shape
        masks = weights.shape[1]
        x, w, o = inputs.ctypes.data, weights.ctypes.data, out.ctypes.data
        for mask in range(0, masks, LANES):
            row = 0
            while row + ROWS <= n:
                target = o + 2 * (row * masks + mask)
                _many(x + 8 * row * words, w + 8 * mask, target, words, 8 * words, 8 * masks, 2 * masks)
                row += ROWS
            while row < n:
                target = o + 2 * (row * masks + mask)
                _one(x + 8 * row * words, w + 8 * mask, target, words, 8 * words, 8 * masks, 2 * masks)
                row += 1

    @numba.njit(cache=True, nogil=True)
    def xor_signs(agreed: Any, totals: Any, majorities: int, out: Any) -> None:
        """XOR the majorities' signs: agreed uint16[n, majorities · bits], totals uint16[n] → out uint8[n, bits / 8]."""
        bits = agreed.shape[1] // majorities
        for row in range(len(agreed)):
            for octet in range(bits // 8):
                value = 0
                for bit in range(8):
                    sign = False
                    for majority in range(majorities):
                        sign ^= 2 * agreed[row, majority * bits + 8 * octet + bit] > totals[row]
                    value |= sign << bit
                out[row, octet] = value

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
