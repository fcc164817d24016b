"""Randomness of the synthetic world: one stream per named purpose, low-noise picking, Zipf draws.

Never reads the system's entropy: everything follows from the seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def open_stream(seed: int, *purpose: int) -> np.random.Generator:
    """Open the stream of one purpose (block, stage, …); streams of different purposes are independent."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=purpose)))


def pick(rng: np.random.Generator, eligible: Bools, expected: float) -> Ints:
    """Pick `expected` of the eligible positions (rounded at random), sorted.

    A fixed count instead of a coin for each row keeps the rates of small lists close to their dials.
    """
    positions = np.flatnonzero(eligible)
    count = min(len(positions), max(0, int(np.floor(expected + rng.random()))))
    return np.sort(rng.choice(positions, size=count, replace=False)).astype(np.int64)


def weigh(count: int, exponent: float) -> NDArray[np.float64]:
    """Give Zipf weights `1 / rank ** exponent` that sum to 1."""
    weights = 1.0 / np.arange(1, count + 1) ** exponent
    return np.asarray(weights / weights.sum())


def share_out(total: int, weights: NDArray[Any]) -> Ints:
    """Divide a total into whole parts by weight, the largest remainders rounded up."""
    exact = total * np.asarray(weights, dtype=np.float64) / np.sum(weights)
    parts = np.floor(exact).astype(np.int64)
    parts[np.argsort(-(exact - parts), kind="stable")[: total - int(parts.sum())]] += 1
    return np.asarray(parts)
