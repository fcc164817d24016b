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

from linkage.encoding.keys import Secret
from linkage.encoding.qgrams import I64, U8, Grams

SALT_BYTES = 12
BLOCK_BYTES = 16
POSITIONS_PER_BLOCK = 8
ROWS_AT_ONCE = 4096


def encode(grams: Grams, names: I64, salts: U8, key: Secret, *, bits: int, hashes: int) -> U8:
    """Return the filter of each row: uint8[m, bits / 8], bit j of a filter at byte j // 8, value 1 << j % 8.

    `names` int64[m] points into `grams`; `salts` uint8[m, 12] is each row's anchor hash. A gram's positions are the
    first `hashes` little-endian 16-bit words of its AES-256 blocks (counter 0, 1, …), each modulo `bits`, a power of
    two.
    """
    out = np.empty((len(names), bits // 8), np.uint8)
    for start in range(0, len(names), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        out[rows] = _encode(grams, names[rows], salts[rows], key, bits, hashes)
    return out


def _encode(grams: Grams, names: I64, salts: U8, key: Secret, bits: int, hashes: int) -> U8:
    counts = grams.counts[names]
    row = np.repeat(np.arange(len(names)), counts)
    within = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
    codes = grams.codes[np.repeat(grams.starts[names], counts) + within]
    words = _prf(salts[row], codes, key, hashes)
    where = (words & np.uint16(bits - 1)).astype(np.int64) + (row * bits)[:, None]
    flags = np.zeros(len(names) * bits, np.uint8)
    flags[where.ravel()] = 1
    return np.packbits(flags.reshape(len(names), bits), axis=1, bitorder="little")


def _prf(salts: U8, codes: npt.NDArray[np.uint16], key: Secret, hashes: int) -> npt.NDArray[np.uint16]:
    """Return uint16[grams, hashes]: AES-256 as a PRF on distinct blocks; no mode, since each block stands alone."""
    counters = -(-hashes // POSITIONS_PER_BLOCK)
    blocks = np.zeros((len(codes), counters, BLOCK_BYTES), np.uint8)
    blocks[:, :, :SALT_BYTES] = salts[:, None, :]
    blocks[:, :, SALT_BYTES : SALT_BYTES + 2] = codes.astype("<u2").view(np.uint8).reshape(-1, 1, 2)
    blocks[:, :, BLOCK_BYTES - 1] = np.arange(counters, dtype=np.uint8)
    aes = Cipher(algorithms.AES(key.expose()), modes.ECB()).encryptor()  # noqa: S305 — a PRF over distinct blocks
    words = np.frombuffer(aes.update(blocks.tobytes()), "<u2").reshape(len(codes), -1)
    return words[:, :hashes]


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
