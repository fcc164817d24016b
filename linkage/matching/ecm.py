"""The boundary to recordlinkage: its ECM on binary complete patterns, which gives our EM its start.

No frame leaves here.

`recordlinkage.ECMClassifier` knows neither levels nor missing values nor weights: levels are cut to agree or not,
patterns with a missing field are left out, and a count becomes so many equal rows (scaled down to `ROWS`, for it
sorts them all).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import recordlinkage
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError
from linkage.matching.model import Model
from linkage.matching.patterns import Field, Histogram

ROWS = 100_000
ENOUGH = 200
"""Complete pairs below which no start is taken from them."""

TYPICAL = {"name": 0.9, "date": 0.95, "place": 0.98, "nik": 0.85, "kk": 0.85}
"""P(agree) among matches, where there are too few complete patterns to learn it from."""


@dataclass(frozen=True, slots=True)
class Binary:
    """Two classes over binary fields.

    `share` of the matches; P(agree) of each field among matches `m` and among others `u`.
    """

    share: float
    m: tuple[float, ...]
    u: tuple[float, ...]


def fit_binary(agree: NDArray[np.int8], counts: NDArray[np.int64]) -> Binary:
    """Fit recordlinkage's ECM to binary complete patterns: `agree` int8[n, fields] of 0 and 1, each `counts` times.

    A field that never varies keeps its share in both classes. Raises NO_VARIETY when none varies.
    """
    scale = max(1.0, counts.sum() / ROWS)
    rows = np.repeat(agree.astype(np.int64), np.round(counts / scale).astype(np.int64), axis=0)
    constant = rows.mean(axis=0)
    # ECM expects both values in every column.
    varied = [at for at, share in enumerate(constant.tolist()) if 0 < share < 1]
    if not varied:
        raise MatchingError("NO_VARIETY", "expected a field that agrees for some pairs and not for others", place="ecm")
    classifier = recordlinkage.ECMClassifier(init="jaro", max_iter=1000, atol=1e-7)
    # On separable patterns ECM takes the logarithm of 0; the caller sees what came of it.
    with np.errstate(divide="ignore", invalid="ignore"):
        classifier.fit(pd.DataFrame(rows[:, varied], columns=varied))
    m, u = constant.copy(), constant.copy()
    m[varied] = [float(classifier.m_probs[at][1]) for at in varied]
    u[varied] = [float(classifier.u_probs[at][1]) for at in varied]
    return Binary(float(classifier.p), tuple(m.tolist()), tuple(u.tolist()))


def start(histogram: Histogram, cuts: tuple[float, ...], universe: float) -> Model:
    """Give the EM its first model: m as ECM finds it, u as the candidates show it, the prior over all pairs.

    Where there are too few complete patterns, or ECM finds a field that agrees more among others than among matches,
    typical values stand in. Deterministic.
    """
    agree = _from_ecm(histogram) or tuple(TYPICAL.get(field.name, 0.9) for field in histogram.fields)
    seen = tuple(tuple(_seen(histogram, at, field).tolist()) for at, field in enumerate(histogram.fields))
    u = tuple(tuple(count / sum(row) for count in row) for row in seen)
    prior = min(0.5, max(1.0, 0.2 * float(histogram.counts.sum())) / universe)
    return Model(cuts, histogram.fields, prior, _spread(histogram, agree), u)


def _from_ecm(histogram: Histogram) -> tuple[float, ...] | None:
    complete = (histogram.patterns >= 0).all(axis=1)
    if histogram.counts[complete].sum() < ENOUGH:
        return None
    agree = histogram.patterns[complete] >= [field.agrees for field in histogram.fields]
    try:
        found = fit_binary(agree.astype(np.int8), histogram.counts[complete])
    except MatchingError:
        return None
    sound = 0 < found.share < 1 and all(m > u for m, u in zip(found.m, found.u, strict=True))
    return found.m if sound else None


def _spread(histogram: Histogram, agree: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Spread P(agree) and P(not) over the levels as the levels lie in the whole histogram."""
    rows = []
    for at, field in enumerate(histogram.fields):
        seen = _seen(histogram, at, field)
        split = np.r_[np.full(field.agrees, 1 - agree[at]), np.full(field.levels - field.agrees, agree[at])]
        within = np.r_[
            seen[: field.agrees] / seen[: field.agrees].sum(), seen[field.agrees :] / seen[field.agrees :].sum()
        ]
        row = np.clip(split * within, 1e-6, None)
        rows.append(tuple((row / row.sum()).tolist()))
    return tuple(rows)


def _seen(histogram: Histogram, at: int, field: Field) -> NDArray[np.float64]:
    values = histogram.patterns[:, at]
    known = values >= 0
    seen = np.bincount(values[known], histogram.counts[known], field.levels)
    return seen.astype(np.float64) + 0.5
