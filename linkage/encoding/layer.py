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

U16: TypeAlias = npt.NDArray[np.uint16]
U64: TypeAlias = npt.NDArray[np.uint64]

ROWS_AT_ONCE = 64
"""Bounds the working memory: 64 rows × 3,072 masks of 8 bytes stay in the cache."""


def harden(filters: U8, cells: I64, keys: Mapping[int, Secret], majorities: int) -> U8:
    """Return the layered filters: uint8[m, width] and int64[m] cells → uint8[m, width], row order kept.

    `keys` holds the layer key of each cell that occurs. Raises EncodingError LAYER_KEY_MISSING.
    """
    out = np.empty_like(filters)
    if not len(cells):
        return out
    order = np.argsort(cells, kind="stable")
    distinct, starts = np.unique(cells[order], return_index=True)
    for cell, rows in zip(distinct.tolist(), np.split(order, starts[1:]), strict=True):
        if cell not in keys:
            raise EncodingError("LAYER_KEY_MISSING", "a cell has no layer key")
        out[rows] = apply(filters[rows], keys[cell], majorities)
    return out


def apply(filters: U8, key: Secret, majorities: int, *, fast: bool = compiled.AVAILABLE) -> U8:
    """Return one cell's filters, uint8[m, width], under the layer of its key; `fast` changes the speed alone."""
    weights = _weights(key, majorities, filters.shape[1])
    inputs = np.ascontiguousarray(filters).view(np.uint64)
    totals = np.bitwise_count(inputs).sum(axis=1, dtype=np.uint16)
    if not fast:
        parts = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(inputs), ROWS_AT_ONCE)]
        signs = [_signs(inputs[part], totals[part], weights, majorities) for part in parts]
        return np.packbits(np.concatenate(signs), axis=1, bitorder="little") if signs else np.empty_like(filters)
    out = np.empty_like(filters)
    for start in range(0, len(inputs), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        agreed = np.empty((len(inputs[part]), weights.shape[1]), np.uint16)
        compiled.agreeing(inputs[part], weights, agreed)
        compiled.xor_signs(agreed, totals[part], majorities, out[part])
    return out


def _weights(key: Secret, majorities: int, width: int) -> U64:
    """Return uint64[words, majorities · bits]: [w, k · bits + i] is word w of majority k's mask for output bit i."""
    size = majorities * 8 * width * width
    stream = Cipher(algorithms.AES(key.expose()), modes.CTR(bytes(16))).encryptor().update(bytes(size))
    return np.frombuffer(stream, "<u8").reshape(width // 8, -1)


def _signs(inputs: U64, totals: U16, weights: U64, majorities: int) -> Flags:
    agreed = np.zeros((len(inputs), weights.shape[1]), np.uint16)
    for word, masks in zip(inputs.T, weights, strict=True):
        agreed += np.bitwise_count(word[:, None] & masks[None, :])
    signs = (2 * agreed > totals[:, None]).reshape(len(inputs), majorities, -1)
    xored: Flags = np.bitwise_xor.reduce(signs, axis=1)
    return xored
