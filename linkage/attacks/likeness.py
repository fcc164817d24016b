"""How alike encodings are, and how alike an attacker expects names to be once encoded. Never sees a key.

Plain filters are compared by cosine; layered ones by 2·agreement − 1, which for an XOR of K majorities over filters at
an angle θ is expected at (1 − 2θ/π)^K: the sign of a random projection agrees with probability 1 − θ/π (Goemans and
Williamson, 1995; Charikar, 2002).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from linkage.attacks.setting import Setting
from linkage.attacks.victims import F32, salt
from linkage.encoding.qgrams import U8

TRIALS = 4
"""Keys of his own over which the attacker averages the chance overlaps of hashing."""


def unpack(filters: U8) -> F32:
    """Return filters as 0 and 1: float32[n, bits]."""
    return np.unpackbits(filters, axis=1, bitorder="little").astype(np.float32)


def observed(one: U8, other: U8, setting: Setting) -> F32:
    """Return the likeness float32[n, m] of stored filters."""
    return agreement(one, other) if setting.layered else cosine(one, other)


def agreement(one: U8, other: U8) -> F32:
    """Return 2·agreement − 1, float32[n, m]: 1 if all bits agree, about 0 between random ones."""
    left, right = 2 * unpack(one) - 1, 2 * unpack(other) - 1
    return np.asarray(left @ right.T / np.float32(left.shape[1]), np.float32)


def cosine(one: U8, other: U8) -> F32:
    """Return the cosine float32[n, m] of filters as bit vectors; an empty filter is like nothing."""
    left, right = unpack(one), unpack(other)
    return (left / _norm(left)) @ (right / _norm(right)).T


def dice(filters: U8) -> F32:
    """Return the Dice float32[n, n] by which a pass pairs filters."""
    bits = unpack(filters)
    weight = bits.sum(axis=1)
    return np.asarray(2 * (bits @ bits.T) / np.maximum(weight[:, None] + weight[None, :], 1), np.float32)


def _norm(bits: F32) -> F32:
    norm: F32 = np.sqrt(np.maximum(bits.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    return norm


def layered(cosines: F32, majorities: int) -> F32:
    """Return the likeness expected after the layer."""
    angle = np.arccos(np.clip(cosines, 0, 1))
    return np.asarray((1 - 2 * angle / np.pi) ** majorities, np.float32)


def expected(one: pa.Array, other: pa.Array, setting: Setting, rng: np.random.Generator) -> F32:
    """Return the likeness float32[n, m] that names will have in one cell, judged with keys of the attacker's own."""
    both = pa.chunked_array([one, other]).combine_chunks()
    cell = np.zeros(len(both), np.int64)
    total = np.zeros((len(one), len(other)), np.float32)
    for _ in range(TRIALS):
        filters = salt(both, cell, setting, rng)
        total += cosine(filters[: len(one)], filters[len(one) :])
    total /= TRIALS
    return layered(total, setting.majorities) if setting.layered else total
