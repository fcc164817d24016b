"""The vault-keyed layer: what the centre stores instead of a filter. Never keeps weights or a filter it was given.

An output bit is the XOR of K majorities, each the sign of a random ±1 weighting of the input bits; the weights of a
cell come from an AES-256-CTR stream under the cell's key, which only the vault can compute. A variant of SAUL
(PoPETs 2026(2)), not SAUL itself.
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
"""Bounds the working memory: where rows meet masks in NumPy, and what compiled loops read again for each mask."""


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
        out[rows] = _apply(filters[rows], _weights(keys[cell], space), majorities, compiled.AVAILABLE)
    return out


def apply(filters: U8, key: Secret, majorities: int, *, fast: bool = compiled.AVAILABLE) -> U8:
    """Return one cell's filters, uint8[m, width], under the layer of its key; `fast` changes the speed alone."""
    weights = _weights(key, _space(majorities, filters.shape[1]))
    return _apply(filters, weights, majorities, fast)


def _apply(filters: U8, weights: U64, majorities: int, fast: bool) -> U8:
    inputs = np.ascontiguousarray(filters).view(np.uint64)
    totals = np.bitwise_count(inputs).sum(axis=1, dtype=np.uint64)
    out = np.zeros_like(filters, order="C")
    for start in range(0, len(inputs), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        if fast:
            compiled.majorities(inputs[part], weights, totals[part], out[part])
        else:
            out[part] = np.packbits(_signs(inputs[part], totals[part], weights, majorities), axis=1, bitorder="little")
    return out


def _space(majorities: int, width: int) -> U64:
    """Make room for a cell's weights: uint64[words, majorities · bits], used again for the next cell."""
    # Fresh memory for each cell costs as much as the cipher.
    return np.empty((width // 8, majorities * 8 * width), "<u8")


def _weights(key: Secret, space: U64) -> U64:
    """Fill `space`: [w, k · bits + i] is word w of majority k's mask for output bit i, little-endian."""
    cipher = Cipher(algorithms.AES(key.expose()), modes.CTR(bytes(16))).encryptor()
    space.fill(0)
    room = space.reshape(-1).view(np.uint8).data
    cipher.update_into(room, room)
    return space


def _signs(inputs: U64, totals: U64, weights: U64, majorities: int) -> Flags:
    agreed = np.zeros((len(inputs), weights.shape[1]), np.uint16)
    for word, masks in zip(inputs.T, weights, strict=True):
        agreed += np.bitwise_count(word[:, None] & masks[None, :])
    signs = (2 * agreed > totals[:, None]).reshape(len(inputs), majorities, -1)
    xored: Flags = np.bitwise_xor.reduce(signs, axis=1)
    return xored
