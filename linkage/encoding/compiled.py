"""The loops of q-grams, filters and layer, compiled where numba is installed. NumPy gives the same bits, more slowly.

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
grams: Callable[..., int]

LETTERS = 27
"""The base of a q-gram's code: a space and 26 letters."""
_SPACE, _A, _Z = ord(" "), ord("A"), ord("Z")

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

    @numba.njit(cache=True, nogil=True)
    def _is_normalised(text: Any) -> bool:
        """Tell whether a text, uint8[n], is words of A–Z with single spaces between them."""
        space = True
        for octet in text:
            if space if octet == _SPACE else not _A <= octet <= _Z:
                return False
            space = octet == _SPACE
        return not space

    @numba.njit(cache=True, nogil=True)
    def _within(text: Any, q: int, padded: bool, out: Any) -> int:
        """Write the codes of every run of q signs of a text between two spaces."""
        at = 0
        for start in range(-1, len(text) + 2 - q):
            code, spaced = np.uint32(0), False
            for place in range(start, start + q):
                inside = 0 <= place < len(text) and text[place] != _SPACE
                code = code * np.uint32(LETTERS) + np.uint32(text[place] - (_A - 1) if inside else 0)
                spaced |= not inside
            if padded or not spaced:
                out[at] = code
                at += 1
        return at

    @numba.njit(cache=True, nogil=True)
    def _across(text: Any, q: int, out: Any) -> int:
        """Write the codes of every run of q letters with a space among them, which is left out."""
        at = 0
        for start in range(len(text)):
            code, letters, place, spaces = np.uint32(0), 0, start, 0
            while letters < q and place < len(text):
                if text[place] == _SPACE:
                    spaces += 1
                else:
                    code = code * np.uint32(LETTERS) + np.uint32(text[place] - (_A - 1))
                    letters += 1
                place += 1
            if letters == q and spaces and text[start] != _SPACE:
                out[at] = code
                at += 1
        return at

    @numba.njit(cache=True, nogil=True)
    def grams(text: Any, offsets: Any, first: Any, q: int, padded: bool, joined: bool, codes: Any, counts: Any) -> int:
        """Write the codes of each name's texts, and how many; return how many in all, -1 for what is not normalised.

        Text t is text[offsets[t]:offsets[t + 1]], uint8; those of name n are first[n] to first[n + 1].
        """
        at = 0
        for name in range(len(counts)):
            begin = at
            for each in range(first[name], first[name + 1]):
                octets = text[offsets[each] : offsets[each + 1]]
                if not _is_normalised(octets):
                    return -1
                at += _within(octets, q, padded, codes[at:])
            for each in range(first[name], first[name + 1] if joined else 0):
                at += _across(text[offsets[each] : offsets[each + 1]], q, codes[at:])
            counts[name] = at - begin
        return at
