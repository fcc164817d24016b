"""Cell-key noise: an option beside suppression. The same people asked about in any way give the same noise, always.

A person's key is a keyed hash of her pseudonym; a cell's key is the sum of its people's keys, and chooses the noise
from a table. The secret is an argument, and nothing of it comes out.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from linkage.layering.columns import Ints
from linkage.layering.errors import LayeringError

LABEL = b"cell-key/v1"
MIN_SECRET = 32

Keys = NDArray[np.uint64]


def draw_keys(persons: Ints, secret: bytes) -> Keys:
    """Return each person's key; raises LayeringError NOISE_SECRET for a secret under 32 bytes."""
    if len(secret) < MIN_SECRET:
        raise LayeringError("NOISE_SECRET", f"expected {MIN_SECRET} bytes or more")
    start = hashlib.blake2b(key=secret[:64], person=LABEL, digest_size=8)
    drawn = bytearray()
    for person in persons.astype("<i8"):
        each = start.copy()
        each.update(person.tobytes())
        drawn += each.digest()
    return np.frombuffer(bytes(drawn), "<u8").astype(np.uint64)


def perturb(counts: Ints, keys: Keys, spread: float, bound: int) -> Ints:
    """Add noise of about `spread` (its standard deviation) and at most `bound` to counts; a zero stays.

    No count turns negative. `keys` are the cells' keys: `cubes.weigh` of the persons'.
    """
    steps = np.arange(-bound, bound + 1)
    weights = np.exp(-(steps**2) / (2 * spread**2))
    edges = np.cumsum(weights / weights.sum())
    uniform = (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53
    noise = steps[np.minimum(np.searchsorted(edges, uniform, side="right"), 2 * bound)]
    return np.where(counts > 0, np.maximum(counts + noise, 0), 0)
