"""From judged pairs to clusters of records, with vetoes. Depends on the set of pairs alone, never on their order.

Components of accepted pairs in which nothing speaks against anything are clusters at once. The others are rebuilt
pair by pair, the most probable first, and a pair that a veto stops is held back for a person to look at:

- NIK_CONFLICT: one NIK, names that contradict (or a model that says no). Never in one cluster.
- TWO_NIKS: each side has a NIK of its own that two of its records confirm, and they are unlike.
- CLUSTER_TOO_LARGE: the cluster would exceed the cap.
- NAMESAKES: too little agrees between the two, and somebody else could be meant (see `namesakes`).
- UNSURE: the pair lies in the review zone, or nothing is known but a name and a village; or it would join two clusters
  whose other pairs, all told, speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.matching.forest import Forest, Verdict
from linkage.matching.namesakes import lone
from linkage.matching.pairs import Ids

Flags = NDArray[np.bool_]

REVIEWS = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("probability", pa.float64()),
        ("reason", pa.string()),
        ("pairs", pa.int64()),
    ]
)
CLUSTERS = pa.schema([("record", pa.int64()), ("cluster", pa.int64())])
REASONS = ("NIK_CONFLICT", "TWO_NIKS", "CLUSTER_TOO_LARGE", "NAMESAKES", "UNSURE")
"""In order of rank: where several pairs between two clusters are held back, the first reason stands."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Accept from `accept`, review from `review`.

    `cap`: records a cluster at most. `confirm`: records that make a NIK a cluster's own. `absence`: bits against a
    union for each pair between the two clusters that never met; it keeps weak links from chaining strangers.
    """

    accept: float
    review: float
    cap: int = 50
    confirm: int = 2
    absence: float = 4.0


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs by position: `left` < `right` int64, with `probability` float64.

    `same_nik` bool: one NIK. `conflict` bool: one NIK, and names that contradict. `thin` bool: too little agrees to
    link unless both are lone (see `link.judge`). `bare` bool: not even the sex is known, so review at most.
    """

    left: Ids
    right: Ids
    probability: NDArray[np.float64]
    same_nik: Flags
    conflict: Flags
    thin: Flags
    bare: Flags


@dataclass(frozen=True, slots=True)
class Clustering:
    """`clusters`: `CLUSTERS`, by record, the cluster being its smallest record id.

    `reviews`: `REVIEWS`, one row for each two clusters with the number of `pairs` it stands for. `rebuilt`:
    components that needed the slow way.
    """

    clusters: pa.Table
    reviews: pa.Table
    rebuilt: int


def cluster(records: Ids, nik: Ids, judged: Judged, rules: Rules) -> Clustering:
    """Cluster `records` (int64[n], sorted) with NIK codes `nik` (int64[n], -1 for none)."""
    order = np.lexsort((judged.right, judged.left, -judged.probability))
    judged = Judged(*(getattr(judged, name)[order] for name in Judged.__slots__))
    conflict = judged.conflict | (judged.same_nik & (judged.probability < rules.accept))
    accepted = ~conflict & ~judged.thin & (judged.probability >= rules.accept)
    roots = _components(judged.left[accepted], judged.right[accepted], len(records))
    against = conflict | (judged.probability < rules.review)
    troubled = _troubled(roots, nik, judged, against, rules)
    inside = troubled[roots[judged.left]] & (roots[judged.left] == roots[judged.right])
    unsure, namesakes = np.int8(REASONS.index("UNSURE")), np.int8(REASONS.index("NAMESAKES"))
    reasons = np.where(conflict, np.int8(0), np.where(judged.probability >= rules.review, unsure, np.int8(-1)))
    rows = np.flatnonzero(inside)
    roots = _rebuild(roots, troubled, nik, _Part(judged, rows, conflict, accepted, reasons), rules)
    rivals = judged.thin & (judged.probability >= rules.accept)
    reasons[rivals & ~judged.bare] = namesakes
    roots = _join_lone(roots, nik, judged, _Thin(rivals, against), rules)
    smallest = np.full(len(records), len(records))
    np.minimum.at(smallest, roots, np.arange(len(records)))
    roots = smallest[roots]
    table = pa.table([records, records[roots]], schema=CLUSTERS)
    return Clustering(table, _reviews(records, roots, judged, reasons), int(troubled.sum()))


@dataclass(frozen=True, slots=True)
class _Thin:
    rivals: Flags
    against: Flags


def _join_lone(roots: Ids, nik: Ids, judged: Judged, thin: _Thin, rules: Rules) -> Ids:
    """Join by thin pairs what has no other partner; two clusters with a confirmed NIK each would have met by it."""
    left, right = roots[judged.left], roots[judged.right]
    sizes = np.bincount(roots, minlength=1)
    known = _confirmed(roots, nik, len(sizes), rules.confirm) > 0
    joins = lone(left, right, thin.rivals, thin.against, sizes, rules.cap)
    joins &= ~judged.bare & ~(known[left] & known[right])
    return _components(left[joins], right[joins], len(sizes))[roots] if len(roots) else roots


@dataclass(frozen=True, slots=True)
class _Part:
    judged: Judged
    rows: Ids
    conflict: Flags
    accepted: Flags
    reasons: NDArray[np.int8]


def _components(left: Ids, right: Ids, n: int) -> Ids:
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64) if n else np.empty(0, np.int64)


def _troubled(roots: Ids, nik: Ids, judged: Judged, against: Flags, rules: Rules) -> Flags:
    """Mark the components in which a veto could have something to say."""
    n = int(roots.max()) + 1 if len(roots) else 0
    sizes = np.bincount(roots, minlength=n)
    home = roots[judged.left]
    inside = home == roots[judged.right]
    troubled = sizes > rules.cap
    troubled[home[inside & against]] = True
    if rules.absence:
        troubled |= np.bincount(home[inside], minlength=n) < sizes * (sizes - 1) // 2
    return troubled | (_confirmed(roots, nik, n, rules.confirm) > 1)


def _confirmed(roots: Ids, nik: Ids, n: int, confirm: int) -> Ids:
    """Count the NIKs of each of n components that `confirm` of its records bear."""
    known = nik >= 0
    borne = np.sort(roots[known] * (int(nik.max(initial=0)) + 1) + nik[known])
    first = np.flatnonzero(np.diff(borne, prepend=-1) != 0)
    often = np.diff(np.r_[first, len(borne)]) >= confirm
    return np.bincount(borne[first[often]] // (int(nik.max(initial=0)) + 1), minlength=n)


def _rebuild(roots: Ids, troubled: Flags, nik: Ids, part: _Part, rules: Rules) -> Ids:
    """Join the troubled components' records again pair by pair; writes the reasons of what was held back."""
    members = np.flatnonzero(troubled[roots])
    forest = Forest(nik[members].tolist(), rules.cap, rules.confirm, rules.absence)
    one, other = (np.searchsorted(members, side[part.rows]).tolist() for side in (part.judged.left, part.judged.right))
    odds = _log_odds(part.judged.probability[part.rows]).tolist()
    for left, right, weight, conflict in zip(one, other, odds, part.conflict[part.rows].tolist(), strict=True):
        forest.testify(left, right, weight, conflict)
    for row, left, right, accepted in zip(
        part.rows.tolist(), one, other, part.accepted[part.rows].tolist(), strict=True
    ):
        if accepted and (verdict := forest.join(left, right)) is not Verdict.JOINED:
            part.reasons[row] = REASONS.index(verdict.value)
    # A rebuilt tree's root is a position; the number of a component that was left alone must not meet it.
    fresh = roots + len(roots)
    fresh[members] = members[forest.roots()]
    return np.unique(fresh, return_inverse=True)[1].astype(np.int64)


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log2(bounded / (1 - bounded)), np.float64)


def _reviews(records: Ids, roots: Ids, judged: Judged, reasons: NDArray[np.int8]) -> pa.Table:
    """Keep one held-back pair for each two clusters, the highest in rank, then in probability."""
    held = np.flatnonzero((reasons >= 0) & (roots[judged.left] != roots[judged.right]))
    low, high = (pick(roots[judged.left[held]], roots[judged.right[held]]) for pick in (np.minimum, np.maximum))
    order = np.lexsort((held, reasons[held], high, low))
    held, keys = held[order], low[order] * len(records) + high[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1) != 0)
    counts = np.diff(np.r_[first, len(keys)])
    rows = held[first]
    names = np.array(REASONS)[reasons[rows]]
    columns = [records[judged.left[rows]], records[judged.right[rows]], judged.probability[rows], names, counts]
    return pa.table([pa.array(column) for column in columns], schema=REVIEWS)
