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
majorities: Callable[..., None]

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def _tile(rows: int) -> Any:
        """Make the intrinsic that XORs the signs 2 · |x & w| > |x| of some rows and eight masks into a byte a row.

        Written as vectors, since plain loops compile to narrower popcounts. Addresses and strides are in bytes.
        """

        @intrinsic
        def tile(
            _context: Any, x: Any, w: Any, totals: Any, out: Any, words: Any, x_step: Any, w_step: Any, out_step: Any
        ) -> Any:
            def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
                _write_tile(builder, arguments, rows)
                return context.get_dummy_value()

            return types.void(*(types.intp,) * 8), generate

        return tile

    def _write_tile(builder: Any, arguments: Any, rows: int) -> None:
        x, w, totals, out, words, x_stride, w_stride, out_stride = arguments
        word, vector = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)
        undefined, zeros = ir.Constant(vector, ir.Undefined), ir.Constant(vector, [0] * LANES)
        first = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        kind = ir.FunctionType(vector, [vector])
        popcount = cgutils.get_or_insert_function(builder.module, kind, f"llvm.ctpop.v{LANES}i64")
        sums = [cgutils.alloca_once_value(builder, zeros) for _ in range(rows)]

        def at(kind: Any, base: Any, *steps: tuple[Any, Any]) -> Any:
            for step, stride in steps:
                base = builder.add(base, builder.mul(step, stride))
            return builder.inttoptr(base, kind.as_pointer())

        def splat(pointer: Any) -> Any:
            one = builder.insert_element(undefined, builder.load(pointer, align=8), ir.Constant(ir.IntType(32), 0))
            return builder.shuffle_vector(one, undefined, first)

        eight = ir.Constant(word, 8)
        with cgutils.for_range(builder, words) as loop:
            masks = builder.load(at(vector, w, (loop.index, w_stride)), align=8)
            for row in range(rows):
                values = splat(at(word, x, (ir.Constant(word, row), x_stride), (loop.index, eight)))
                counted = builder.call(popcount, [builder.and_(values, masks)])
                builder.store(builder.add(builder.load(sums[row]), counted), sums[row])
        octet = ir.IntType(8)
        for row in range(rows):
            agreed = builder.load(sums[row])
            total = splat(at(word, totals, (ir.Constant(word, row), eight)))
            signs = builder.bitcast(builder.icmp_unsigned(">", builder.add(agreed, agreed), total), octet)
            target = at(octet, out, (ir.Constant(word, row), out_stride))
            builder.store(builder.xor(builder.load(target), signs), target)

    _many, _one = _tile(ROWS), _tile(1)

    @numba.njit(cache=True, nogil=True)
    def majorities(inputs: Any, weights: Any, totals: Any, out: Any) -> None:
        """XOR the majorities' signs into `out`, uint8[n, width], zeros: eight masks are a byte.

        inputs uint64[n, words], weights uint64[words, majorities · bits], totals uint64[n], all contiguous.
        """
        n, words = inputs.shape
        masks, width = weights.shape[1], out.shape[1]
        x, w, t, o = inputs.ctypes.data, weights.ctypes.data, totals.ctypes.data, out.ctypes.data
        for mask in range(0, masks, LANES):
            target = o + mask // LANES % width
            row, column = 0, w + 8 * mask
            while row + ROWS <= n:
                at = x + 8 * row * words
                _many(at, column, t + 8 * row, target + row * width, words, 8 * words, 8 * masks, width)
                row += ROWS
            while row < n:
                at = x + 8 * row * words
                _one(at, column, t + 8 * row, target + row * width, words, 8 * words, 8 * masks, width)
                row += 1

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
