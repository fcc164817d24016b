"""From candidate pairs to judged ones: patterns, probabilities, and which pairs can matter to a cluster.

Works through the candidates a slice at a time, for of hundreds of millions of pairs nearly all are strangers: they are
counted, and not carried on. Never sees a cell, a filter or a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.matching import patterns
from linkage.matching.clusters import Judged
from linkage.matching.errors import require
from linkage.matching.merge import Comparison
from linkage.matching.pairs import Ids
from linkage.matching.patterns import Field, Histogram, Levels
from linkage.matching.threshold import Thresholds

Flags = NDArray[np.bool_]
SLICE = 1 << 22
"""Pairs that are looked at at once."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Where a comparison says nothing, in Dice.

    Names of one NIK from `contradict` to the first cut are too like to contradict and too unlike to agree; a pair below
    `dated` may share a date and have missed its floor.
    """

    contradict: float = 1.0
    dated: float = 0.0


def slices(rows: int) -> Iterator[slice]:
    """Cut so many rows into slices."""
    return (slice(start, min(start + SLICE, rows)) for start in range(0, rows, SLICE))


def compared_patterns(candidates: pa.Table, cuts: tuple[float, ...], quiet: Quiet | None = None) -> Levels:
    """Write candidates as patterns int8[n, 5]: name, date, place, nik, kk."""
    raw = np.empty((len(candidates), 5), np.int8)
    for part in slices(len(candidates)):
        raw[part] = _patterns(candidates.slice(part.start, part.stop - part.start), cuts, quiet or Quiet())
    return raw


def _patterns(candidates: pa.Table, cuts: tuple[float, ...], quiet: Quiet) -> Levels:
    dice, date, place, nik, kk = (candidates[column].to_numpy() for column in ("dice", "date", "place", "nik", "kk"))
    name = patterns.level(dice, cuts)
    name[(nik == 1) & (name == 0) & (dice >= quiet.contradict)] = -1
    date = np.where((date == 0) & (dice < quiet.dated), np.int8(-1), date)
    return np.stack([name, date, place, nik, kk], axis=1)


@dataclass(frozen=True, slots=True)
class Scale:
    """The probability of every pattern that occurs, `by_code` float64[codes]."""

    fields: tuple[Field, ...]
    by_code: NDArray[np.float64]

    def scores(self, compared: Levels) -> NDArray[np.float64]:
        """Return each pair's probability, float64[n]; `compared` int8[n, 5] after `patterns.mask`."""
        found = np.empty(len(compared))
        for part in slices(len(compared)):
            found[part] = self.by_code[patterns.encode(compared[part], self.fields)]
        return found


def scale(histogram: Histogram, by_pattern: NDArray[np.float64]) -> Scale:
    """Lay out by code what each pattern of a histogram was given, float64[m]."""
    by_code = np.zeros(patterns.codes(histogram.fields))
    by_code[patterns.encode(histogram.patterns, histogram.fields)] = by_pattern
    return Scale(histogram.fields, by_code)


def judge(found: Comparison, compared: Levels, rows: Ids, by: Scale, floor: float) -> Judged:
    """Give the candidates in `rows` their probability, and mark names that contradict, and evidence thin or bare.

    Names of one NIK contradict when they reach `floor` in no anchor, the NIK's own included: more is not asked, for a
    NIK says much already. Thin: nothing but a name, a sex and a village (or with it a birth year, the days being
    unlike) agrees, for there are no two NIKs to compare, and no family card agrees. Bare: not even a sex.
    """
    candidates, compared = found.candidates.take(pa.array(rows)), compared[rows]
    left, right = (np.searchsorted(found.records, candidates[side].to_numpy()) for side in ("left", "right"))
    thin = _thin(compared)
    return Judged(
        left=left,
        right=right,
        probability=by.scores(compared),
        same_nik=compared[:, 3] == 1,
        conflict=(compared[:, 3] == 1) & (candidates["dice"].to_numpy() < floor),
        thin=thin,
        bare=thin & (found.bare[left] | found.bare[right]),
        joined=np.zeros(len(left), bool),
        parted=np.zeros(len(left), bool),
        by_two=np.zeros(len(left), bool),
    )


def _thin(compared: Levels) -> Flags:
    _, date, place, nik, kk = compared.T
    thin: Flags = (nik < 0) & (date < 0) & (kk < 1) & (place >= 0)
    return thin


def mattering(
    found: Comparison, compared: Levels, by: Scale, limits: Thresholds, decisions: pa.Table | None = None
) -> Ids:
    """Return the rows of the candidates that a cluster could ask about; the others change no cluster and no review.

    All that is likely enough for review and all of one NIK; and of the unlikely ones those inside a component of what
    may be accepted, and those between two components that thin evidence could join.
    """
    kept = []
    for part in slices(len(compared)):
        likely = by.scores(compared[part]) >= min(limits.accept, limits.review)
        kept.append(part.start + np.flatnonzero(likely | (compared[part, 3] == 1)))
    strong = np.concatenate([np.empty(0, np.int64), *kept])
    near = _near(found, compared, strong[by.scores(compared[strong]) >= limits.accept], decisions)
    for part in slices(len(compared)):
        weak = np.setdiff1d(np.arange(part.start, part.stop), kept[part.start // SLICE], assume_unique=True)
        one, other = (near.roots[side] for side in _ends(found, weak))
        kept.append(weak[(one == other) | (near.rivals[one] & near.rivals[other])])
    return np.sort(np.concatenate([np.empty(0, np.int64), *kept]))


@dataclass(frozen=True, slots=True)
class _Near:
    """The component `roots` int64[records] of what may be accepted; `rivals` bool[roots]: thin evidence touches it."""

    roots: Ids
    rivals: Flags


def _near(found: Comparison, compared: Levels, accepted: Ids, decisions: pa.Table | None) -> _Near:
    left, right = _ends(found, accepted)
    thin = _thin(compared[accepted])
    one, other = (np.empty(0, np.int64),) * 2 if decisions is None else _decided(found.records, decisions)
    roots = _components(np.r_[left[~thin], one], np.r_[right[~thin], other], len(found.records))
    rivals = np.zeros(len(found.records), bool)
    rivals[roots[np.r_[left[thin], right[thin]]]] = True
    return _Near(roots, rivals)


def _ends(found: Comparison, rows: Ids) -> tuple[Ids, Ids]:
    """Return the positions of the records of some candidates."""
    there = found.candidates.select(["left", "right"]).take(pa.array(rows))
    left, right = (np.searchsorted(found.records, there[side].to_numpy()) for side in ("left", "right"))
    return left, right


def _decided(records: Ids, decisions: pa.Table) -> tuple[Ids, Ids]:
    require(decisions, ("left", "right", "same"), "decisions")
    left, right = (decisions[side].to_numpy() for side in ("left", "right"))
    there = decisions["same"].to_numpy(zero_copy_only=False) & np.isin(left, records) & np.isin(right, records)
    return np.searchsorted(records, left[there]), np.searchsorted(records, right[there])


def _components(left: Ids, right: Ids, n: int) -> Ids:
    if not n:
        return np.empty(0, np.int64)
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
