"""Link two files that are each free of duplicates, without truth: strangers within a file teach what chance does.

Never sees who a record is: `side` says which file it is of, and nothing else is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.evaluation.encoded import Met
from linkage.matching import Budget, one_to_one, patterns, threshold
from linkage.matching.merge import Comparison
from linkage.matching.one_to_one import Rivals
from linkage.matching.patterns import Levels

Side = NDArray[np.int8]

STEP = 10**0.25
"""Between two cut points, strangers become so much rarer."""
FEWEST = 3
"""Strangers above the highest learned cut point: fewer say nothing about chance."""
WIDEST = 0.04
"""Above it, cut points go on at this distance, for there the partners differ."""
SAME = 0.995
"""Dice from which on names are taken to be the same."""


@dataclass(frozen=True, slots=True)
class Paired:
    """`clusters`: record, cluster int64. `threshold`: the least probability accepted.

    `scored`: left, right int64 and score float64 of the pairs that stand one to one, accepted or not.
    """

    clusters: pa.Table
    threshold: float
    scored: pa.Table


def link(found: Comparison, side: Side, met: Mapping[str, Met], budget: Budget) -> Paired:
    """Link `found` (its records are positions 0 … n-1) one to one between the sides; `side` int8[n] of 0 and 1."""
    left, right = (found.candidates[end].to_numpy() for end in ("left", "right"))
    across = side[left] != side[right]
    sharing = {name: _sharing(each, side) for name, each in met.items()}
    within = sum(_pairs(count) for count in np.bincount(side, minlength=2).tolist())
    compared = within * max(sharing.values(), default=0.0)
    cuts = learn_cuts(found.candidates["dice"].to_numpy()[~across], compared)
    levels = _levels(found.candidates, cuts)
    u = (_name(levels[~across, 0], len(cuts) + 1, compared), _date(sharing, within), _place(sharing, within))
    rivals = _rivals(left[across], right[across], levels[across], side)
    weighed = one_to_one.weigh(rivals, u)
    dice = found.candidates["dice"].to_numpy()[across]
    stands = one_to_one.pair_up(rivals, weighed.probability, dice)
    chosen = threshold.choose(weighed.probability[stands], np.ones(int(stands.sum()), np.int64), budget)
    accepted = stands & (weighed.probability >= chosen.accept)
    low, high = np.minimum(left, right)[across], np.maximum(left, right)[across]
    clusters = np.arange(len(side))
    clusters[high[accepted]] = low[accepted]
    return Paired(
        clusters=pa.table({"record": np.arange(len(side)), "cluster": clusters}),
        threshold=chosen.accept,
        scored=pa.table({"left": low[stands], "right": high[stands], "score": weighed.probability[stands]}),
    )


def learn_cuts(strangers: NDArray[np.float32], compared: float) -> tuple[float, ...]:
    """Cut Dice where strangers become rarer by equal factors, and by equal steps where there are none.

    `strangers` float32[k]: those of `compared` pairs that reached a pass's floor.
    """
    falling = np.sort(strangers[~np.isnan(strangers)])[::-1]
    ranks = compared / STEP ** np.arange(1, 64)
    at = ranks[(ranks >= FEWEST) & (ranks < len(falling))].astype(np.int64)
    cuts = sorted({round(float(cut), 3) for cut in falling[at] if cut < SAME - 0.01})
    last = cuts[-1] if cuts else 0.5
    return (*cuts, *np.round(np.arange(last + WIDEST, SAME - 0.01, WIDEST), 3).tolist(), SAME)


def _levels(candidates: pa.Table, cuts: tuple[float, ...]) -> Levels:
    """Return int8[n, 3]: name, date, place, without what another of them has said already."""
    columns = [candidates[name].to_numpy() for name in ("date", "place", "nik", "kk")]
    raw = np.stack([patterns.level(candidates["dice"].to_numpy(), cuts), *columns], axis=1)
    return patterns.mask(raw)[:, :3]


def _rivals(left: NDArray[np.int64], right: NDArray[np.int64], levels: Levels, side: Side) -> Rivals:
    place = np.empty(len(side), np.int64)
    for each in (0, 1):
        place[side == each] = np.arange(int((side == each).sum()))
    first = side[left] == 0
    one, other = np.where(first, left, right), np.where(first, right, left)
    return Rivals(place[one], place[other], levels, (int((side == 0).sum()), int((side == 1).sum())))


def _pairs(count: int) -> float:
    return count * (count - 1) / 2


def _sharing(met: Met, side: Side) -> float:
    """Return the share of the pairs within a side that share a cell."""
    both = np.stack([met.cell, side[met.record].astype(np.int64)])
    counts = np.unique(both, axis=1, return_counts=True)[1].astype(np.float64)
    within = sum(_pairs(count) for count in np.bincount(side, minlength=2).tolist())
    return float((counts * (counts - 1) / 2).sum() / within) if within else 0.0


def _name(strangers: NDArray[np.int8], levels: int, compared: float) -> tuple[float, ...]:
    counts = np.bincount(strangers[strangers >= 0], minlength=levels)[1:]
    return _completed(((counts + 0.5) / max(1.0, compared)).tolist())


def _date(sharing: Mapping[str, float], within: float) -> tuple[float, ...]:
    date = sharing.get("date", 0.0)
    return _completed([max(sharing.get("year", 0.0) - date, 0.5 / within), max(date, 0.5 / within)])


def _place(sharing: Mapping[str, float], within: float) -> tuple[float, ...]:
    return _completed([max(sharing.get("village", 0.0), 0.5 / within)])


def _completed(upper: list[float]) -> tuple[float, ...]:
    scale = min(1.0, 0.9 / sum(upper))
    upper = [rate * scale for rate in upper]
    return (1.0 - sum(upper), *upper)
