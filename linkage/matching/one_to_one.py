"""Two files without duplicates: at most one partner for each record, and rivals lower each other's probability.

Within one file all pairs are strangers, so what they show is u, without any truth. m and the share of records with a
partner are fitted (EM), each round's probabilities being the marginals of a random matching by belief propagation
(Zdeborová and Mézard, "The number of matchings in random graphs", 2006): a record whose partner is sure is no rival
elsewhere. Not for a file that may hold a person twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.matching.em import rising
from linkage.matching.errors import MatchingError
from linkage.matching.model import Reals, Rows
from linkage.matching.pairs import Ids
from linkage.matching.patterns import Levels

ROUNDS, TOLERANCE = 400, 1e-5
SWEEPS, LAST_SWEEPS = 5, 100
SMOOTHING = 0.05
MOST = 0.999
"""The share of records with a partner is never taken to be all: any may be alone."""


@dataclass(frozen=True, slots=True)
class Rivals:
    """Candidate pairs between two files: `left`, `right` int64 (a record's position in its file), `levels` int8[n, f].

    `sizes`: the number of records of either file, with candidates or not.
    """

    left: Ids
    right: Ids
    levels: Levels
    sizes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Partners:
    """`probability` float64[n] of each candidate; `m` by field and level; the `share` of the left with a partner."""

    probability: Reals
    m: Rows
    share: float


def weigh(rivals: Rivals, u: Rows) -> Partners:
    """Fit m and the share, given u of each level of each field (over all pairs of records). Raises LEVEL_RANGE."""
    for values, row in zip(rivals.levels.T, u, strict=True):
        if len(values) and not (values.min() >= -1 and values.max() < len(row)):
            raise MatchingError("LEVEL_RANGE", f"expected levels -1 to {len(row) - 1}", place="one to one")
    if not len(rivals.left):
        return Partners(np.empty(0), u, 0.0)
    left, right = rivals.sizes
    most = MOST * min(1.0, right / left)
    share, m = most / 2, tuple(tuple(1 / len(row) for _ in row) for row in u)
    weights = _weights(rivals, m, u, share)
    beliefs = _Beliefs(weights, weights)
    for _ in range(ROUNDS):
        beliefs = _settle(rivals, weights, beliefs, SWEEPS)
        probability = beliefs.marginals(weights)
        before, share = share, min(float(probability.sum()) / left, most)
        m = tuple(_levels(column, probability, row) for column, row in zip(rivals.levels.T, u, strict=True))
        weights = _weights(rivals, m, u, share)
        if abs(share - before) < TOLERANCE:
            break
    return Partners(_settle(rivals, weights, beliefs, LAST_SWEEPS).marginals(weights), m, share)


def pair_up(rivals: Rivals, probability: Reals, similarity: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the pairs that stand when the most probable go first and each record is used once: bool[n].

    Ties go by `similarity`, then by position.
    """
    order = np.lexsort((rivals.right, rivals.left, -similarity, -probability))
    used_left, used_right = np.zeros(rivals.sizes[0], bool), np.zeros(rivals.sizes[1], bool)
    stands = np.zeros(len(order), bool)
    ends = zip(order.tolist(), rivals.left[order].tolist(), rivals.right[order].tolist(), strict=True)
    for row, left, right in ends:
        if not (used_left[left] or used_right[right]):
            used_left[left] = used_right[right] = stands[row] = True
    return stands


@dataclass(frozen=True, slots=True)
class _Beliefs:
    """What the two ends of each pair tell each other: how strongly it would stand, were the other end free."""

    from_left: Reals
    from_right: Reals

    def marginals(self, weights: Reals) -> Reals:
        both = self.from_left * self.from_right
        return np.asarray(both / (weights + both), np.float64)


def _settle(rivals: Rivals, weights: Reals, beliefs: _Beliefs, sweeps: int) -> _Beliefs:
    x, y = beliefs.from_left, beliefs.from_right
    for _ in range(sweeps):
        # A pair's own share of the sum is taken out again; rounding must not leave less than nothing.
        others = np.bincount(rivals.left, y, rivals.sizes[0])[rivals.left] - y
        x = weights / (1 + np.maximum(others, 0.0))
        others = np.bincount(rivals.right, x, rivals.sizes[1])[rivals.right] - x
        y = weights / (1 + np.maximum(others, 0.0))
    return _Beliefs(x, y)


def _weights(rivals: Rivals, m: Rows, u: Rows, share: float) -> Reals:
    """Weigh a pair against two lone records: its likelihood ratio, and what the share makes of any pair."""
    left, right = rivals.sizes
    ratio = np.full(len(rivals.left), share / ((1 - share) * (1 - share * left / right) * right))
    for values, up, down in zip(rivals.levels.T, m, u, strict=True):
        # The last entry answers level -1.
        ratio *= np.array([*np.array(up) / np.array(down), 1.0])[values]
    return ratio


def _levels(values: NDArray[np.int8], mass: Reals, u: tuple[float, ...]) -> tuple[float, ...]:
    known = values >= 0
    sums = np.bincount(values[known], mass[known], len(u)) + SMOOTHING
    return rising(tuple((sums / sums.sum()).tolist()), u)
