"""Keyed, salted Bloom filters of names, a column at a time. Never keeps a name, a q-gram or a table of positions.

Positions come from a fast keyed PRF: AES-256 over blocks of (96-bit salt ‖ bigram ‖ counter). Salting by an anchor
gives each anchor value a hash family of its own, so filters of different cells do not compare (Schnell and Borgs,
"Randomized response and balanced Bloom filters", 2016, on salting; Niedermeyer et al., 2014, on random hashing).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from linkage.encoding import compiled
from linkage.encoding.keys import Secret
from linkage.encoding.qgrams import I64, U8, U32, Grams

SALT_BYTES = 12
WORDS_PER_BLOCK = 4
POSITIONS_PER_BLOCK = 8
ROWS_AT_ONCE = 512
"""Bounds the working memory: the blocks, words and flags of 256 rows stay in the cache."""


def encode(
    grams: Grams, rows: I64, salts: U8, key: Secret, *, bits: int, hashes: int, fast: bool = compiled.AVAILABLE
) -> U8:
    """Return the filter of each row: uint8[m, bits / 8], bit j of a filter at byte j // 8, value 1 << j % 8.

    `rows` int64[m] points into `grams`; `salts` uint8[m, 12] is each row's anchor hash. A gram's positions are the
    first `hashes` little-endian 16-bit words of its AES-256 blocks (counter 0, 1, …), each modulo `bits`, a power of
    two. A block is salt ‖ code (3 bytes, little-endian) ‖ counter. `fast` changes the speed alone.
    """
    out = np.zeros((len(rows), bits // 8), np.uint8)
    # No mode: a PRF over distinct blocks, each of which stands alone.
    aes = Cipher(algorithms.AES(key.expose()), modes.ECB()).encryptor()  # noqa: S305 — see above
    short, counts = np.ascontiguousarray(salts).view("<u4"), grams.counts[rows]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        blocks = _blocks(grams, rows[part], counts[part], short[part], -(-hashes // POSITIONS_PER_BLOCK), fast)
        words = np.frombuffer(aes.update(blocks.view(np.uint8).data), "<u2").reshape(len(blocks), -1)
        if fast:
            compiled.scatter(counts[part], words, hashes, out[part].view(np.uint64))
        else:
            _scatter(counts[part], words[:, :hashes], out[part])
    return out


def _blocks(grams: Grams, rows: I64, counts: I64, salts: U32, counters: int, fast: bool) -> U32:
    """Return the AES blocks of every gram of every row, as little-endian words: uint32[grams, counters, 4]."""
    if fast:
        blocks = np.empty((int(counts.sum()), counters, WORDS_PER_BLOCK), np.uint32)
        compiled.blocks(grams.starts[rows], counts, grams.codes, salts, blocks)
        return blocks
    counter = np.arange(counters, dtype=np.uint32) << np.uint32(24)
    of_row = np.empty((len(rows), counters, WORDS_PER_BLOCK), np.uint32)
    of_row[:, :, :-1], of_row[:, :, -1] = salts[:, None, :], counter
    blocks = of_row.repeat(counts, axis=0)
    at = np.repeat(grams.starts[rows] - np.cumsum(counts) + counts, counts) + np.arange(len(blocks))
    codes = grams.codes[at]
    for each in range(counters):
        blocks[:, each, -1] |= codes
    return blocks


def _scatter(counts: I64, words: npt.NDArray[np.uint16], out: U8) -> None:
    bits = 8 * out.shape[1]
    flags = np.zeros(len(out) * bits, np.uint8)
    start = np.repeat(np.arange(len(out)) * bits, counts)
    flags[(words & np.uint16(bits - 1)) + start[:, None]] = 1
    out[:] = np.packbits(flags.reshape(len(out), bits), axis=1, bitorder="little")


def to_arrow(filters: U8) -> pa.FixedSizeBinaryArray:
    """Return uint8[m, width] as fixed_size_binary(width)[m]."""
    width = filters.shape[1]
    data = pa.py_buffer(np.ascontiguousarray(filters))
    return pa.Array.from_buffers(pa.binary(width), len(filters), [None, data])


def from_arrow(filters: pa.FixedSizeBinaryArray) -> U8:
    """Return fixed_size_binary(width)[m], no nulls, as uint8[m, width], a view where possible."""
    width = filters.type.byte_width
    start = filters.offset * width
    return np.frombuffer(filters.buffers()[1], np.uint8)[start : start + len(filters) * width].reshape(-1, width)
