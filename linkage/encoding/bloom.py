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
from linkage.encoding.qgrams import I64, U8, Grams

SALT_BYTES = 12
BLOCK_BYTES = 16
POSITIONS_PER_BLOCK = 8
ROWS_AT_ONCE = 4096


def encode(
    grams: Grams, rows: I64, salts: U8, key: Secret, *, bits: int, hashes: int, fast: bool = compiled.AVAILABLE
) -> U8:
    """Return the filter of each row: uint8[m, bits / 8], bit j of a filter at byte j // 8, value 1 << j % 8.

    `rows` int64[m] points into `grams`; `salts` uint8[m, 12] is each row's anchor hash. A gram's positions are the
    first `hashes` little-endian 16-bit words of its AES-256 blocks (counter 0, 1, …), each modulo `bits`, a power of
    two. A block is salt ‖ code (3 bytes, little-endian) ‖ counter. `fast` changes the speed alone.
    """
    out = np.zeros((len(rows), bits // 8), np.uint8)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        (_encode_fast if fast else _encode)(grams, rows[part], salts[part], key, hashes, out[part])
    return out


def _encode(grams: Grams, rows: I64, salts: U8, key: Secret, hashes: int, out: U8) -> None:
    counts = grams.counts[rows]
    row = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
    codes = grams.codes[np.repeat(grams.starts[rows], counts) + within].astype("<u4")
    blocks = np.zeros((len(codes), -(-hashes // POSITIONS_PER_BLOCK), BLOCK_BYTES), np.uint8)
    blocks[:, :, :SALT_BYTES] = salts[row, None, :]
    blocks[:, :, SALT_BYTES : SALT_BYTES + 3] = codes.view(np.uint8).reshape(-1, 1, 4)[:, :, :3]
    blocks[:, :, -1] = np.arange(blocks.shape[1], dtype=np.uint8)
    words = _prf(blocks, key).reshape(len(codes), -1)[:, :hashes]
    bits = 8 * out.shape[1]
    flags = np.zeros(len(rows) * bits, np.uint8)
    flags[((words & np.uint16(bits - 1)).astype(np.int64) + (row * bits)[:, None]).ravel()] = 1
    out[:] = np.packbits(flags.reshape(len(rows), bits), axis=1, bitorder="little")


def _encode_fast(grams: Grams, rows: I64, salts: U8, key: Secret, hashes: int, out: U8) -> None:
    counters = -(-hashes // POSITIONS_PER_BLOCK)
    blocks = np.empty((int(grams.counts[rows].sum()) * counters, BLOCK_BYTES), np.uint8)
    compiled.blocks(grams.starts, grams.counts, grams.codes, rows, salts, counters, blocks)
    words = _prf(blocks, key).reshape(-1, counters * POSITIONS_PER_BLOCK)
    compiled.scatter(grams.counts, rows, words, hashes, 8 * out.shape[1] - 1, out)


def _prf(blocks: U8, key: Secret) -> npt.NDArray[np.uint16]:
    """Return the 16-bit words of AES-256 over distinct blocks; no mode, since each block stands alone."""
    aes = Cipher(algorithms.AES(key.expose()), modes.ECB()).encryptor()  # noqa: S305 — a PRF over distinct blocks
    return np.frombuffer(aes.update(blocks.data), "<u2")


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
