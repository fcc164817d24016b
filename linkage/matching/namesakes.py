"""Thin evidence: a name, a sex and a village. It joins two clusters only if each is the other's only candidate.

Never sees what is thin: it counts pairs between clusters.

Of two rows of one name in one village that show no more, nine in ten are one person where nobody else there could be
meant, and every second one where somebody could. So the lone ones link, and the others go to review as NAMESAKES.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linkage.matching.pairs import Ids

Flags = NDArray[np.bool_]


def lone(left: Ids, right: Ids, rivals: Flags, against: Flags, sizes: Ids, cap: int) -> Flags:
    """Say which rivals join: bool[n].

    `left`, `right` int64[n]: the clusters of each pair. `rivals`: thin pairs that may mean one person; `against`:
    pairs that speak against it. Clusters of one rival each, with nothing against and at most `cap` records, join.
    """
    apart = left != right
    low, high = np.minimum(left, right), np.maximum(left, right)
    keys = low * np.int64(len(sizes)) + high
    joined = np.unique(keys[rivals & apart])
    partners = np.bincount(np.r_[joined // len(sizes), joined % len(sizes)], minlength=len(sizes))
    only = (partners[low] == 1) & (partners[high] == 1) & (sizes[low] + sizes[high] <= cap)
    opposed: Flags = np.isin(keys, keys[against & apart])
    joins: Flags = rivals & apart & only & ~opposed
    return joins
