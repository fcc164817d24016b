"""Tiny cells of sparse filters: a row meets four others at once, by 256 bits that bound what all bits would say.

A filter is folded: its quarters are XORed. Two folded filters differ in no more bits than the filters do, and a Dice of
d needs that those differ in at most (1 - d)(|a| + |b|). So whoever differs too much in the fold is no pair, and the few
others are compared exactly. Where filters are so full that strangers pass, as behind the layer, it is of no use.
Needs numba; knows nothing of names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from linkage import bitsums

WIDTH = 4
"""Words of a folded filter, and rows that a row meets at once."""
LISTED = 128
"""Rows of a cell at most."""
SCALE = 1 << 16
"""Bits that differ are weighed in such parts, in whole numbers."""
APART = 0.36
"""Of the bits of two folded strangers about half differ, three quarters of them surely."""

folded: Callable[..., Any]

if bitsums.AVAILABLE:
    import numba
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    _count, _first = bitsums.count, bitsums.first
    _WORD, _LANES = ir.IntType(64), ir.VectorType(ir.IntType(64), WIDTH)

    def _near(_context: Any, one: Any, others: Any, stride: Any, least: Any, limits: Any) -> Any:
        """Make the comparison of a folded row with four, as a mask of those that differ little enough.

        `one`, `others`: addresses of their first words; `stride`: bytes from word to word; `least`: what the row may
        differ by, `limits`: the address of what the others may, both int64 in parts of `SCALE`.
        """

        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            at, near, skip, own, their = arguments
            whole: Any = cgutils.get_or_insert_function
            count = whole(builder.module, ir.FunctionType(_LANES, [_LANES]), f"llvm.ctpop.v{WIDTH}i64")
            apart = ir.Constant(_LANES, [0] * WIDTH)
            for word in range(WIDTH):
                beyond = builder.mul(skip, ir.Constant(_WORD, word))
                mine = _loaded(builder, builder.add(at, beyond), _WORD)
                theirs = _loaded(builder, builder.add(near, beyond), _LANES)
                unlike = builder.xor(_spread(builder, mine), theirs)
                apart = builder.add(apart, builder.call(count, [unlike]))
            limit = builder.add(_spread(builder, own), _loaded(builder, their, _LANES))
            scaled = builder.shl(apart, ir.Constant(_LANES, [16] * WIDTH))
            within = builder.icmp_signed("<=", scaled, limit)
            return builder.zext(builder.bitcast(within, ir.IntType(WIDTH)), _WORD)

        return types.int64(one, others, stride, least, limits), generate

    def _loaded(builder: Any, address: Any, of: Any) -> Any:
        return builder.load(builder.inttoptr(address, of.as_pointer()), align=8)

    def _spread(builder: Any, word: Any) -> Any:
        first = builder.insert_element(ir.Constant(_LANES, ir.Undefined), word, ir.Constant(ir.IntType(32), 0))
        places = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(first, ir.Constant(_LANES, ir.Undefined), places)

    near: Any = intrinsic(_near)

    @numba.njit(cache=True, nogil=True)
    def folded(filters: Any, starts: Any, sizes: Any, cell: Any, floor: Any, left: Any, right: Any, dice: Any) -> Any:
        """Do what `compiled.listed` does; filters uint64[n, words], words a multiple of four."""
        kept, words, room = 0, filters.shape[1], len(left)
        part = np.int64(np.ceil((1.0 - floor) * SCALE)) + 1
        fold, limits = np.zeros((WIDTH, LISTED + WIDTH), np.uint64), np.empty(LISTED + WIDTH, np.int64)
        weights = np.empty(LISTED, np.int64)
        at, stride, bound = fold.ctypes.data, 8 * fold.shape[1], limits.ctypes.data
        while cell < len(starts):
            start, size = starts[cell], sizes[cell]
            if kept + size * (size - 1) // 2 > room:
                break
            for row in range(size):
                weight, mine = 0, filters[start + row]
                first = second = third = fourth = np.uint64(0)
                for word in range(0, words, WIDTH):
                    a, b, c, d = mine[word], mine[word + 1], mine[word + 2], mine[word + 3]
                    first, second, third, fourth = first ^ a, second ^ b, third ^ c, fourth ^ d
                    weight += _count(a) + _count(b) + _count(c) + _count(d)
                fold[0, row], fold[1, row], fold[2, row], fold[3, row] = first, second, third, fourth
                weights[row], limits[row] = weight, part * weight
            # No row stands behind the last.
            limits[size : size + WIDTH] = -(1 << 60)
            for row in range(size - 1):
                for other in range(row + 1, size, WIDTH):
                    rest = np.uint64(near(at + 8 * row, at + 8 * other, stride, limits[row], bound + 8 * other))
                    while rest:
                        another = other + np.int64(_first(rest))
                        rest &= rest - np.uint64(1)
                        common = 0
                        for word in range(words):
                            common += _count(filters[start + row, word] & filters[start + another, word])
                        both = weights[row] + weights[another]
                        likeness = 2.0 * common / both if both else 0.0
                        if likeness >= floor:
                            left[kept], right[kept], dice[kept] = start + row, start + another, likeness
                            kept += 1
            cell += 1
        return cell, kept
