"""Score pairs against the truth, with the best threshold or as they are. Reads the truth; links nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.evaluation.dataset import Dataset
from linkage.evaluation.encoded import true_pairs
from linkage.matching import Pairwise
from linkage.matching.pairs import Ids


@dataclass(frozen=True, slots=True)
class Best:
    """Counts of pairs, and the `threshold` above which they were taken."""

    pairs: Pairwise
    threshold: float


def score_pairs(left: Ids, right: Ids, score: NDArray[np.float64], data: Dataset, choose: bool) -> Best:
    """Score the pairs (positions in `data`, each once); `choose` the threshold of the best F1, or take them all."""
    true = len(true_pairs(data.person))
    order = np.argsort(-score, kind="stable")
    right_ones = np.cumsum(data.person[left[order]] == data.person[right[order]])
    if not len(order):
        return Best(Pairwise(0, true, 0), 1.0)
    # Pairs of one score stand or fall together.
    ends = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True]) if choose else np.array([len(order) - 1])
    f1 = 2 * right_ones[ends] / (ends + 1 + true)
    at = int(ends[int(np.argmax(f1))])
    return Best(Pairwise(at + 1, true, int(right_ones[at])), float(score[order][at]))
