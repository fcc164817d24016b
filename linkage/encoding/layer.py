"""The vault-keyed layer: what the centre stores instead of a filter. Never keeps weights or a filter it was given.

An output bit is the XOR of K majorities, each the sign of a random ±1 weighting of the input bits: more of the set bits
weigh + than −. The weights of a cell come from an AES-256-CTR stream under the cell's key, which only the vault can
compute. A variant of SAUL (PoPETs 2026(2)), not SAUL itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from linkage.encoding import compiled
from linkage.encoding.errors import EncodingError
from linkage.encoding.keys import Secret
from linkage.encoding.qgrams import I64, U8, Flags

U64: TypeAlias = npt.NDArray[np.uint64]

ROWS_AT_ONCE = 64
"""Bounds the working memory: where rows meet weights in NumPy, and what compiled loops read again for each strip."""


def harden(filters: U8, cells: I64, keys: Mapping[int, Secret], majorities: int) -> U8:
    """Return the layered filters: uint8[m, width] and int64[m] cells → uint8[m, width], row order kept.

    `keys` holds the layer key of each cell that occurs. Raises EncodingError LAYER_KEY_MISSING.
    """
    out = np.empty_like(filters)
    if not len(cells):
        return out
    space, order = _space(majorities, filters.shape[1]), np.argsort(cells, kind="stable")
    distinct, starts = np.unique(cells[order], return_index=True)
    for cell, rows in zip(distinct.tolist(), np.split(order, starts[1:]), strict=True):
        if cell not in keys:
            raise EncodingError("LAYER_KEY_MISSING", "a cell has no layer key")
        out[rows] = _apply(filters[rows], _weights(keys[cell], space), compiled.AVAILABLE)
    return out


def apply(filters: U8, key: Secret, majorities: int, *, fast: bool = compiled.AVAILABLE) -> U8:
    """Return one cell's filters, uint8[m, width], under the layer of its key; `fast` changes the speed alone."""
    return _apply(filters, _weights(key, _space(majorities, filters.shape[1])), fast)


def _apply(filters: U8, weights: U64, fast: bool) -> U8:
    inputs, out = np.ascontiguousarray(filters), np.zeros_like(filters, order="C")
    if fast and not out.shape[1] % compiled.STRIP:
        for start in range(0, len(filters), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            compiled.majorities(inputs[part].view(np.uint64), weights, out[part].view(np.uint64))
    elif len(filters):
        out[:] = _majorities(inputs, weights)
    return out


def _space(majorities: int, width: int) -> U64:
    """Make room for a cell's weights: uint64[bits + 1, majorities · words], used again for the next cell."""
    # Fresh memory for each cell costs as much as the cipher.
    return np.zeros((8 * width + 1, majorities * width // 8), "<u8")


def _weights(key: Secret, space: U64) -> U64:
    """Fill `space`: bit (k, i) of row b, little-endian, says which way input bit b pulls majority k of output bit i.

    The last row stays zero: it pads the set bits of a filter to whole groups.
    """
    cipher = Cipher(algorithms.AES(key.expose()), modes.CTR(bytes(16))).encryptor()
    space[:-1].fill(0)
    room = space[:-1].reshape(-1).view(np.uint8).data
    cipher.update_into(room, room)
    return space


def _majorities(inputs: U8, weights: U64) -> U8:
    """Return what `compiled.majorities` writes, by products of matrices: float32 holds these sums exactly."""
    pulls = np.unpackbits(weights[:-1].view(np.uint8), axis=1, bitorder="little").astype(np.float32)
    out = np.empty_like(inputs)
    for start in range(0, len(inputs), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        bits = np.unpackbits(inputs[part], axis=1, bitorder="little").astype(np.float32)
        signs: Flags = 2 * (bits @ pulls) > bits.sum(axis=1, keepdims=True)
        each = signs.reshape(len(bits), -1, bits.shape[1])
        out[part] = np.packbits(np.bitwise_xor.reduce(each, axis=1), axis=1, bitorder="little")
    return out
