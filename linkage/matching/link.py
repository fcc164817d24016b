"""The pure composition: handle map, tokens and pairs in; clusters, reviews, model, thresholds and a report out.

Never sees a cell, a filter or a name; never reads a clock, a file or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from linkage.matching import ecm, em, merge, patterns, report, strangers, threshold
from linkage.matching.chance import measure
from linkage.matching.clusters import Rules, cluster
from linkage.matching.decisions import Topology, impose
from linkage.matching.frozen import Frozen
from linkage.matching.judging import Quiet, Scale, compared_patterns, judge, mattering, scale
from linkage.matching.merge import Comparison
from linkage.matching.model import Model, probability
from linkage.matching.pairs import Ids
from linkage.matching.passes import Pass
from linkage.matching.patterns import Levels
from linkage.matching.report import Report
from linkage.matching.threshold import Budget, Thresholds


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What the linkage policy decides.

    `name_cuts`: ascending cut points of the name's levels. None learns them from unlike pairs so that `cut_shares` of
    those lie above each, on any similarity scale, with `same_name` on top; with fewer than `cut_pairs` such pairs
    `fallback_cuts` stand in. `budget`: errors allowed. `contradict`: the Dice in the NIK's own anchor under which the
    names of one NIK contradict, where that is below the floors; from there to the first cut they say nothing. `wobble`:
    by how much the Dice of two names differs from anchor to anchor, for each has a layer of its own; so near above a
    date's floor it says nothing that a pair did not meet there. `nik_cap`: records of one NIK above which it is paired
    as a star. `cluster_cap`, `confirm`, `absence`: see `clusters.Rules`. `all_scored`: whether to list every candidate
    pair that was judged, or those alone that could matter to a cluster or a review.
    """

    name_cuts: tuple[float, ...] | None = None
    cut_shares: tuple[float, ...] = (0.5, 0.1, 0.02, 0.004)
    same_name: float = 0.99
    cut_pairs: int = 500
    fallback_cuts: tuple[float, ...] = (0.72, 0.82, 0.92)
    budget: Budget = field(default_factory=Budget)
    contradict: float = 0.55
    wobble: float = 0.02
    nik_cap: int = 50
    cluster_cap: int = 50
    confirm: int = 2
    absence: float = 4.0
    all_scored: bool = True


@dataclass(frozen=True, slots=True)
class Linkage:
    """`clusters`: record, cluster. `reviews`: left, right, probability, reason, pairs. `scored`: left, right, score.

    `scored` lists candidate pairs by record ids with their probability and their level of each field; `frozen` is what
    this run judged by.
    """

    clusters: pa.Table
    reviews: pa.Table
    scored: pa.Table
    model: Model
    thresholds: Thresholds
    report: Report
    frozen: Frozen


def link(
    handle_map: pa.Table,
    tokens: pa.Table,
    passes: Mapping[str, Pass],
    settings: LinkSettings,
    model: Model | Frozen | None = None,
    decisions: pa.Table | None = None,
    topology: Topology | None = None,
) -> Linkage:
    """Link the records of a handle map.

    The tables are those of `merge.compare`. A given `model` is used as it stands (its cut points too), a frozen one
    with its thresholds; without one, a model is fitted to the candidate pairs. `decisions` of people (see `decisions`)
    stand above what the model says, and a `topology` says which lists are compared. Raises `MatchingError`.
    """
    found = merge.compare(handle_map, tokens, passes, settings.nik_cap)
    if topology is not None:
        found = topology.narrow(found)
    learned = model.model if isinstance(model, Frozen) else model or fit(found, passes, settings)
    compared = patterns.mask(compared_patterns(found.candidates, learned.cuts, _quiet(passes, settings)))
    histogram = patterns.count(compared, learned.fields)
    by_pattern = probability(learned, histogram.patterns)
    if isinstance(model, Frozen):
        thresholds = threshold.apply(by_pattern, histogram.counts, model.accept, model.review)
        frozen = model
    else:
        thresholds = threshold.choose(by_pattern, histogram.counts, settings.budget)
        size = len(found.records), found.candidates.num_rows
        frozen = Frozen(learned, thresholds.accept, thresholds.review, *size)
    by = scale(histogram, by_pattern)
    rows = mattering(found, compared, by, thresholds, decisions)
    judged = judge(found, compared, rows, by, min(settings.contradict, _lowest(passes, learned.cuts)))
    decided = impose(judged, found.records, decisions) if decisions is not None else judged
    source = topology.single(found.records) if topology else None
    clustering = cluster(found.records, found.nik, decided, _rules(thresholds, settings), source)
    told = report.write(found, passes, histogram, clustering, judged, thresholds, frozen)
    shown = _scored(found, compared, by, None if settings.all_scored else rows)
    return Linkage(clustering.clusters, clustering.reviews, shown, learned, thresholds, told, frozen)


def _scored(found: Comparison, compared: Levels, by: Scale, rows: Ids | None) -> pa.Table:
    """Show the pairs in `rows`, or all of them, with score and levels."""
    pairs = found.candidates.select(["left", "right"])
    if rows is not None:
        pairs, compared = pairs.take(pa.array(rows)), compared[rows]
    pairs = pairs.append_column("score", pa.array(by.scores(compared)))
    for each, levels in zip(by.fields, compared.T, strict=True):
        pairs = pairs.append_column(each.name, pa.array(levels))
    return pairs


def fit(found: Comparison, passes: Mapping[str, Pass], settings: LinkSettings) -> Model:
    """Learn cut points and weights from the candidate pairs and from what chance does."""
    cuts = settings.name_cuts or learn_cuts(found, passes, settings)
    of = patterns.fields(len(cuts) + 1)
    raw = compared_patterns(found.candidates, cuts, _quiet(passes, settings))
    chance = measure(found, raw, passes, of, cuts)
    start = ecm.start(patterns.count(raw, of), cuts, chance.universe)
    histogram = patterns.count(patterns.mask(raw), of)
    return em.fit(histogram, start, chance, em.Fitting()) if len(raw) else start


def learn_cuts(found: Comparison, passes: Mapping[str, Pass], settings: LinkSettings) -> tuple[float, ...]:
    """Learn the name's cut points from strangers; with too few of them, the fallback."""
    kind = strangers.find(found, passes, settings.cut_pairs)
    dice = found.candidates["dice"].to_numpy()[kind.unlike] if kind else np.empty(0, np.float32)
    dice = dice[~np.isnan(dice)]
    if kind is None or len(dice) < settings.cut_pairs:
        return (*(cut for cut in settings.fallback_cuts if cut < settings.same_name), settings.same_name)
    if kind.alone:
        return strangers.even_cuts(dice, settings.same_name)
    return patterns.cut_points(dice, settings.cut_shares, settings.same_name)


def _quiet(passes: Mapping[str, Pass], settings: LinkSettings) -> Quiet:
    floors = [passes[name].floor for name in ("date", "year") if name in passes]
    return Quiet(settings.contradict, max(floors) + settings.wobble if floors else 0.0)


def _lowest(passes: Mapping[str, Pass], cuts: tuple[float, ...]) -> float:
    """Return the Dice under which every pass is silent; the NIK's is asked for all pairs and does not count."""
    return min((each.floor for name, each in passes.items() if name != "nik"), default=cuts[0])


def _rules(thresholds: Thresholds, settings: LinkSettings) -> Rules:
    return Rules(thresholds.accept, thresholds.review, settings.cluster_cap, settings.confirm, settings.absence)
