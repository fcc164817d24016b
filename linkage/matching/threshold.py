"""Three zones from an error budget, without truth: link, review, leave. Never sees a pair.

Where the model is calibrated, a pair of probability p is a false match with probability 1 - p; so the figures here are
expectations under the model, and `quality` on labelled data is what judges them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Budget:
    """What the linkage may get wrong.

    `false`: the share of accepted pairs that may be false. `missed`: the share of matches that may lie below review.
    `least`: the probability that each accepted pair must have, however much of the budget is left.
    """

    false: float = 0.01
    missed: float = 0.01
    least: float = 0.5

    def __post_init__(self) -> None:
        if not (0 <= self.false < 1 and 0 <= self.missed < 1):
            raise MatchingError("BUDGET_RANGE", "expected shares within 0 and 1", place="budget")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Accept p ≥ `accept`, review `review` ≤ p < `accept`; and what the model expects of it, in pairs."""

    accept: float
    review: float
    accepted: int
    reviewed: int
    expected_matches: float
    expected_false: float
    expected_missed: float
    expected_in_review: float


NEVER = 1.5
"""An accept threshold that no probability reaches."""


def choose(probabilities: Reals, counts: NDArray[np.int64], budget: Budget) -> Thresholds:
    """Pick the lowest accept and the highest review threshold that keep within the budget.

    `probabilities` float64[n], each for `counts` int64[n] pairs.
    """
    values, where = np.unique(-probabilities, return_inverse=True)
    values, number = -values, np.bincount(where, counts, len(values))
    matches = np.cumsum(values * number)
    accepted = np.cumsum(number)
    false = accepted - matches
    within = np.flatnonzero((false <= budget.false * accepted) & (values >= budget.least))
    take = int(within[-1]) + 1 if len(within) else 0
    total = float(matches[-1]) if len(matches) else 0.0
    enough = np.flatnonzero(total - matches <= budget.missed * total)
    stop = max(take, int(enough[0]) + 1 if len(enough) else 0)
    at = np.r_[0.0, matches]
    return Thresholds(
        accept=float(values[take - 1]) if take else NEVER,
        review=float(values[stop - 1]) if stop > take else (float(values[take - 1]) if take else NEVER),
        accepted=int(accepted[take - 1]) if take else 0,
        reviewed=int(np.r_[0, accepted][stop] - np.r_[0, accepted][take]),
        expected_matches=total,
        expected_false=float(np.r_[0.0, false][take]),
        expected_missed=float(total - at[stop]),
        expected_in_review=float(at[stop] - at[take]),
    )


def apply(probabilities: Reals, counts: NDArray[np.int64], accept: float, review: float) -> Thresholds:
    """Say what given thresholds make of pairs: `probabilities` float64[n], each for `counts` int64[n] of them."""
    taken, below = probabilities >= accept, probabilities < review
    zone = ~taken & ~below
    matches = probabilities * counts
    return Thresholds(
        accept=accept,
        review=review,
        accepted=int(counts[taken].sum()),
        reviewed=int(counts[zone].sum()),
        expected_matches=float(matches.sum()),
        expected_false=float((counts - matches)[taken].sum()),
        expected_missed=float(matches[below].sum()),
        expected_in_review=float(matches[zone].sum()),
    )
