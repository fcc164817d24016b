"""How many of some rows of bits are set in each column, and is it more than a threshold: compiled, 512 columns at once.

A sum never leaves its column: the binary digits of all sums lie side by side in vectors, and rows are added to them by
full adders in carry-save form (Harley and Seal). That is five operations for 256 or 512 columns, or two where the
processor has three-way logic, against about ten for four words where each word's bits are counted. Needs numba; knows
nothing of filters or names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

try:
    import numba
except ImportError:  # the agency extra
    numba = None  # type: ignore[assignment]  # a module where it is there

AVAILABLE = numba is not None
LANES = 8
"""Words of a strip of columns: one vector of 512 bits, or what the processor splits it into."""
STRIP = 8 * LANES
"""Bytes of a strip."""
LEVELS = 4
"""The lowest digits, which change most, stay in registers."""
GROUP = 1 << LEVELS
"""Rows that are added before a carry leaves the registers."""
HIGH = 9
"""Digits above them: enough for 4,096 rows."""

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    WORD, VECTOR = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)
    ZEROS, ONES = ir.Constant(VECTOR, [0] * LANES), ir.Constant(VECTOR, [-1] * LANES)

    def _mark(
        _context: Any, places: Any, groups: Any, rows: Any, stride: Any, threshold: Any, digits: Any, out: Any
    ) -> Any:
        """Make the loop that XORs into a strip which columns have more than `threshold` of the named rows set.

        `places`: address of the rows' numbers, uint16, whole groups; `rows`: of the strip in row 0; `stride`: bytes
        from row to row; `digits`: how many digits of the sums lie above the registers; `out`: address of the strip.
        """

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            _Adder(builder, *arguments).write()
            return context.get_dummy_value()

        return types.void(*(types.intp,) * 7), generate

    class _Adder:
        """Writes the loop for one place in the code."""

        def __init__(
            self, builder: Any, places: Any, groups: Any, rows: Any, stride: Any, threshold: Any, digits: Any, out: Any
        ) -> None:
            self._builder = builder
            self._places, self._groups, self._rows, self._stride = places, groups, rows, stride
            self._threshold, self._digits, self._out = threshold, digits, out
            room: Any = cgutils.alloca_once
            self._low = [room(builder, VECTOR) for _ in range(LEVELS)]
            self._high, self._carry = room(builder, VECTOR, HIGH), room(builder, VECTOR)

        def write(self) -> None:
            """Add up, compare, mark."""
            builder = self._builder
            for level in range(LEVELS + HIGH):
                builder.store(ZEROS, self._digit(level))
            with cgutils.for_range(builder, self._groups) as loop:
                builder.store(self._carried(LEVELS - 1, loop.index, iter(range(GROUP))), self._carry)
                with cgutils.for_range(builder, self._digits) as upper:
                    digit = builder.gep(self._high, [upper.index])
                    added, kept = builder.load(self._carry), builder.load(digit)
                    builder.store(builder.xor(added, kept), digit)
                    builder.store(builder.and_(added, kept), self._carry)
            target = builder.inttoptr(self._out, VECTOR.as_pointer())
            builder.store(builder.xor(builder.load(target, align=8), self._above()), target, align=8)

        def _digit(self, level: int) -> Any:
            if level < LEVELS:
                return self._low[level]
            return self._builder.gep(self._high, [ir.Constant(WORD, level - LEVELS)])

        def _fed(self, level: int, group: Any, taken: Iterator[int]) -> Any:
            """Return the next sum of 2^level rows: at level 0 a row itself."""
            if level:
                return self._carried(level - 1, group, taken)
            builder, short = self._builder, ir.IntType(16)
            at = builder.add(builder.mul(group, ir.Constant(WORD, GROUP)), ir.Constant(WORD, next(taken)))
            at = builder.add(self._places, builder.mul(at, ir.Constant(WORD, 2)))
            number = builder.zext(builder.load(builder.inttoptr(at, short.as_pointer()), align=2), WORD)
            row = builder.add(self._rows, builder.mul(number, self._stride))
            return builder.load(builder.inttoptr(row, VECTOR.as_pointer()), align=8)

        def _carried(self, level: int, group: Any, taken: Iterator[int]) -> Any:
            """Add two sums of a level to its digit; return the carry."""
            builder, digit = self._builder, self._low[level]
            first, second, kept = self._fed(level, group, taken), self._fed(level, group, taken), builder.load(digit)
            odd = builder.xor(first, second)
            builder.store(builder.xor(odd, kept), digit)
            return builder.or_(builder.and_(first, second), builder.and_(odd, kept))

        def _above(self) -> Any:
            """Compare, from the lowest digit: above if this one is, or if it is equal and what lies below is above."""
            builder, above = self._builder, ZEROS
            for level in range(LEVELS + HIGH):
                digit = builder.load(self._digit(level))
                bit = builder.and_(builder.lshr(self._threshold, ir.Constant(WORD, level)), ir.Constant(WORD, 1))
                wanted = builder.select(builder.icmp_unsigned("!=", bit, ir.Constant(WORD, 0)), ONES, ZEROS)
                more, equal = builder.and_(digit, builder.not_(wanted)), builder.not_(builder.xor(digit, wanted))
                above = builder.or_(more, builder.and_(equal, above))
            return above

    mark: Any = intrinsic(_mark)

    def _count(_context: Any, word: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return types.int64(word), generate

    def _first(_context: Any, word: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(word), generate

    def _shared(_context: Any, one: Any, other: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            a, b = (builder.load(builder.inttoptr(at, VECTOR.as_pointer()), align=8) for at in arguments)
            whole: Any = cgutils.get_or_insert_function
            counted = whole(builder.module, ir.FunctionType(VECTOR, [VECTOR]), f"llvm.ctpop.v{LANES}i64")
            summed = whole(builder.module, ir.FunctionType(WORD, [VECTOR]), f"llvm.vector.reduce.add.v{LANES}i64")
            return builder.call(summed, [builder.call(counted, [builder.and_(a, b)])])

        return types.int64(types.intp, types.intp), generate

    shared: Any = intrinsic(_shared)
    """Returns how many bits two strips, given by their addresses, have in common: one vector, counted as one."""
    count: Any = intrinsic(_count)
    """Returns how many bits of a word, uint64, are set."""
    first: Any = intrinsic(_first)
    """Returns the lowest set bit of a word that is not zero."""

    @numba.njit(cache=True, nogil=True)
    def digits_above(total: Any) -> Any:
        """Return how many digits of sums up to `total` lie above the registers."""
        digits = 0
        while total >> (LEVELS + digits):
            digits += 1
        return digits

    @numba.njit(cache=True, nogil=True)
    def list_bits(words: Any, places: Any, padding: Any) -> Any:
        """Write which bits of some words are set and return how many; `padding` fills up a whole group.

        words uint64[w] → places uint16[> 64 · w + GROUP].
        """
        total = 0
        for at in range(len(words)):
            rest = words[at]
            while rest:
                places[total] = 64 * at + first(rest)
                total += 1
                rest &= rest - np.uint64(1)
        places[total : total + GROUP] = padding
        return total
