"""From judged pairs to clusters of records, with vetoes. Depends on the set of pairs alone, never on their order.

Components of accepted pairs in which nothing speaks against anything are clusters at once. The others are rebuilt
pair by pair, the most probable first, and a pair that a veto stops is held back for a person to look at:

- DISPUTED: people decided that two are one person, and also that what is with them is not. The parting stands.
- NIK_CONFLICT: one NIK, names that contradict (or a model that says no). Never in one cluster.
- TWO_NIKS: each side has a NIK of its own that two of its records confirm, and they are unlike; or one person alone
  decided to join two sides with a NIK each.
- CLUSTER_TOO_LARGE: the cluster would exceed the cap.
- SAME_SOURCE: each side has a record of a list that has nobody twice.
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
        ("two_niks", pa.bool_()),
    ]
)
CLUSTERS = pa.schema([("record", pa.int64()), ("cluster", pa.int64())])
REASONS = ("DISPUTED", "NIK_CONFLICT", "TWO_NIKS", "CLUSTER_TOO_LARGE", "SAME_SOURCE", "NAMESAKES", "UNSURE")
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
    link unless both are lone (see `link.judge`). `bare` bool: not even the sex is known, so review at most. `joined`,
    `parted` bool: people decided that it is one person, that it is not; `by_two` bool: two of them did.
    """

    left: Ids
    right: Ids
    probability: NDArray[np.float64]
    same_nik: Flags
    conflict: Flags
    thin: Flags
    bare: Flags
    joined: Flags
    parted: Flags
    by_two: Flags


@dataclass(frozen=True, slots=True)
class Clustering:
    """`clusters`: `CLUSTERS`, by record, the cluster being its smallest record id.

    `reviews`: `REVIEWS`, one row for each two clusters with the number of `pairs` it stands for, and whether each has a
    NIK that the other lacks (`two_niks`). `rebuilt`: components that needed the slow way.
    """

    clusters: pa.Table
    reviews: pa.Table
    rebuilt: int


def cluster(records: Ids, nik: Ids, judged: Judged, rules: Rules, source: Ids | None = None) -> Clustering:
    """Cluster `records` (int64[n], sorted) with NIK codes `nik` (int64[n], -1 for none).

    `source` int64[n]: which list without duplicates a record is of, -1 for a list that may have some.
    """
    marks = _Marks(nik, np.full(len(records), -1) if source is None else source)
    # Decisions come last: what they join brings its whole cluster along, instead of losing it to a veto; of them those
    # of one person, whom two NIKs stop.
    turn = judged.joined.astype(np.int8) + (judged.joined & ~judged.by_two)
    order = np.lexsort((judged.right, judged.left, -judged.probability, turn))
    judged = Judged(*(getattr(judged, name)[order] for name in Judged.__slots__))
    open_ = ~judged.joined & ~judged.parted
    conflict = open_ & (judged.conflict | (judged.same_nik & (judged.probability < rules.accept)))
    accepted = judged.joined | (open_ & ~conflict & ~judged.thin & (judged.probability >= rules.accept))
    roots = _components(judged.left[accepted], judged.right[accepted], len(records))
    against = conflict | judged.parted | (open_ & (judged.probability < rules.review))
    troubled = _troubled(roots, marks, judged, against, rules)
    inside = troubled[roots[judged.left]] & (roots[judged.left] == roots[judged.right])
    code = {name: np.int8(at) for at, name in enumerate(REASONS)}
    unsure = open_ & (judged.probability >= rules.review)
    reasons = np.where(conflict, code["NIK_CONFLICT"], np.where(unsure, code["UNSURE"], np.int8(-1)))
    rows = np.flatnonzero(inside)
    roots = _rebuild(roots, troubled, marks, _Part(judged, rows, conflict, accepted, reasons), rules)
    rivals = open_ & judged.thin & (judged.probability >= rules.accept)
    reasons[rivals & ~judged.bare] = code["NAMESAKES"]
    roots = _join_lone(roots, marks, judged, _Thin(rivals, against), rules)
    smallest = np.full(len(records), len(records))
    np.minimum.at(smallest, roots, np.arange(len(records)))
    roots = smallest[roots]
    table = pa.table([records, records[roots]], schema=CLUSTERS)
    reviews = _reviews(records, roots, judged, reasons)
    apart = _unlike(records, roots, nik, reviews)
    reviews = reviews.append_column("two_niks", pa.array(apart))
    return Clustering(table, reviews.cast(REVIEWS), int(troubled.sum()))


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a record brings to a veto, int64[n] each: its NIK's code, its duplicate-free list's; -1 for none."""

    nik: Ids
    source: Ids


@dataclass(frozen=True, slots=True)
class _Thin:
    rivals: Flags
    against: Flags


def _join_lone(roots: Ids, marks: _Marks, judged: Judged, thin: _Thin, rules: Rules) -> Ids:
    """Join by thin pairs what has no other partner; two clusters with a confirmed NIK each would have met by it."""
    left, right = roots[judged.left], roots[judged.right]
    sizes = np.bincount(roots, minlength=1)
    known = _confirmed(roots, marks.nik, len(sizes), rules.confirm) > 0
    joins = lone(left, right, thin.rivals, thin.against, sizes, rules.cap)
    joins &= ~judged.bare & ~(known[left] & known[right])
    at = np.flatnonzero(joins)
    joins[at] &= ~_share_list(left[at], right[at], roots, marks.source)
    return _components(left[joins], right[joins], len(sizes))[roots] if len(roots) else roots


def _share_list(left: Ids, right: Ids, roots: Ids, source: Ids) -> Flags:
    """Say of which pairs of clusters both have a record of one list that has nobody twice."""
    listed = np.flatnonzero(source >= 0)
    if not len(listed):
        return np.zeros(len(left), bool)
    shape = (int(roots.max()) + 1, int(source.max()) + 1)
    has = coo_array((np.ones(len(listed), np.int32), (roots[listed], source[listed])), shape=shape).tocsr()
    both = np.asarray((has[left] * has[right]).sum(axis=1)).ravel()
    return np.asarray(both > 0, bool)


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


def _troubled(roots: Ids, marks: _Marks, judged: Judged, against: Flags, rules: Rules) -> Flags:
    """Mark the components in which a veto could have something to say."""
    n = int(roots.max()) + 1 if len(roots) else 0
    sizes = np.bincount(roots, minlength=n)
    home = roots[judged.left]
    inside = home == roots[judged.right]
    troubled = sizes > rules.cap
    troubled[home[inside & against]] = True
    if rules.absence:
        troubled |= np.bincount(home[inside], minlength=n) < sizes * (sizes - 1) // 2
    # Two records of one list that has nobody twice.
    troubled |= _confirmed(roots, marks.source, n, 2) > 0
    alone = np.zeros(n, bool)
    alone[home[inside & judged.joined & ~judged.by_two]] = True
    troubled |= alone & (_confirmed(roots, marks.nik, n, 1) > 1)
    return troubled | (_confirmed(roots, marks.nik, n, rules.confirm) > 1)


def _confirmed(roots: Ids, nik: Ids, n: int, confirm: int) -> Ids:
    """Count the NIKs of each of n components that `confirm` of its records bear."""
    known = nik >= 0
    borne = np.sort(roots[known] * (int(nik.max(initial=0)) + 1) + nik[known])
    first = np.flatnonzero(np.diff(borne, prepend=-1) != 0)
    often = np.diff(np.r_[first, len(borne)]) >= confirm
    return np.bincount(borne[first[often]] // (int(nik.max(initial=0)) + 1), minlength=n)


def _rebuild(roots: Ids, troubled: Flags, marks: _Marks, part: _Part, rules: Rules) -> Ids:
    """Join the troubled components' records again pair by pair; writes the reasons of what was held back."""
    members = np.flatnonzero(troubled[roots])
    nik, source = (of[members].tolist() for of in (marks.nik, marks.source))
    forest = Forest(nik, source, rules.cap, rules.confirm, rules.absence)
    one, other = (np.searchsorted(members, side[part.rows]).tolist() for side in (part.judged.left, part.judged.right))
    odds = _log_odds(part.judged.probability[part.rows]).tolist()
    flags = part.conflict, part.judged.parted, part.accepted, part.judged.joined, part.judged.by_two
    conflicts, parted, accepts, joined, by_two = (flag[part.rows].tolist() for flag in flags)
    for said in zip(one, other, odds, conflicts, parted, strict=True):
        forest.testify(*said)
    rows = part.rows.tolist()
    for row, left, right, accepted, decided, two in zip(rows, one, other, accepts, joined, by_two, strict=True):
        if accepted and (verdict := forest.join(left, right, decided, two)) is not Verdict.JOINED:
            # That people parted two clusters closes the question, unless people also joined them.
            closed = verdict is Verdict.DISPUTED and not decided
            part.reasons[row] = -1 if closed else REASONS.index(verdict.value)
    # A rebuilt tree's root is a position; the number of a component that was left alone must not meet it.
    fresh = roots + len(roots)
    fresh[members] = members[forest.roots()]
    return np.unique(fresh, return_inverse=True)[1].astype(np.int64)


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log2(bounded / (1 - bounded)), np.float64)


def _reviews(records: Ids, roots: Ids, judged: Judged, reasons: NDArray[np.int8]) -> pa.Table:
    """Keep one held-back pair for each two clusters, the highest in rank, then in probability.

    Two clusters of which people decided already that they are not one are asked about only where it is disputed.
    """
    low, high = (pick(roots[judged.left], roots[judged.right]) for pick in (np.minimum, np.maximum))
    keys = low * len(records) + high
    closed = np.isin(keys, keys[judged.parted])
    # What else stopped a decision, since then another one may have come between.
    reasons = np.where(closed & judged.joined & (reasons >= 0), np.int8(REASONS.index("DISPUTED")), reasons)
    closed &= reasons != REASONS.index("DISPUTED")
    held = np.flatnonzero((reasons >= 0) & (low != high) & ~closed)
    order = np.lexsort((held, reasons[held], keys[held]))
    held, keys = held[order], keys[held[order]]
    first = np.flatnonzero(np.diff(keys, prepend=-1) != 0)
    counts = np.diff(np.r_[first, len(keys)])
    rows = held[first]
    names = np.array(REASONS)[reasons[rows]]
    columns = [records[judged.left[rows]], records[judged.right[rows]], judged.probability[rows], names, counts]
    return pa.table([pa.array(column) for column in columns], names=REVIEWS.names[:-1])


def _unlike(records: Ids, roots: Ids, nik: Ids, reviews: pa.Table) -> Flags:
    """Say of which reviews both clusters have a NIK, and none in common."""
    one, other = (roots[np.searchsorted(records, reviews[side].to_numpy())] for side in ("left", "right"))
    asked = np.flatnonzero(np.isin(roots, np.r_[one, other]) & (nik >= 0))
    niks: dict[int, set[int]] = {}
    for root, each in zip(roots[asked].tolist(), nik[asked].tolist(), strict=True):
        niks.setdefault(root, set()).add(each)
    none: set[int] = set()
    sides = [
        (niks.get(left, none), niks.get(right, none)) for left, right in zip(one.tolist(), other.tolist(), strict=True)
    ]
    return np.array([bool(left and right and not left & right) for left, right in sides], bool)
