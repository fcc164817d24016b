"""What a probability is worth: of the pairs that were given one, how many are true. Reads the truth; fits nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """`pairs` with a probability from `low` to below `high` (the last one's 1 included): `expected` and `true` of them.

    `expected` is the sum of their probabilities.
    """

    low: float
    high: float
    pairs: int
    expected: float
    true: int


def bins(probability: NDArray[np.float64], true: NDArray[np.bool_], count: int = BINS) -> tuple[Bin, ...]:
    """Sort pairs into `count` bins of one width; `probability` float64[n], `true` bool[n]."""
    at = np.minimum((probability * count).astype(np.int64), count - 1)
    pairs, expected, right = (np.bincount(at, by, count) for by in (None, probability, true.astype(np.float64)))
    return tuple(
        Bin(row / count, (row + 1) / count, int(pairs[row]), float(expected[row]), int(right[row]))
        for row in range(count)
    )


def error(found: Sequence[Bin]) -> float:
    """Return the mean distance between probability and truth, by bins, weighed by their pairs: 0 is calibrated."""
    total = sum(each.pairs for each in found)
    return sum(abs(each.expected - each.true) for each in found) / total if total else 0.0
