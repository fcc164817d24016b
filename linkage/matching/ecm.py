"""The boundary to recordlinkage: its ECM on binary complete patterns, which gives our EM its start.

No frame leaves here.

`recordlinkage.ECMClassifier` knows neither levels nor missing values nor weights: levels are cut to agree or not,
patterns with a missing field are left out, and a count becomes so many equal rows (scaled down to `ROWS`, for it
sorts them all).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import recordlinkage
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError
from linkage.matching.model import Class, Model
from linkage.matching.patterns import Field, Histogram

ROWS = 100_000
ENOUGH = 200
"""Complete pairs below which no start is taken from them."""

OTHERS: Mapping[str, tuple[float, Mapping[str, tuple[float, ...]]]] = {
    "family": (0.1, {"date": (0.96, 0.02, 0.02), "place": (0.1, 0.9), "nik": (0.997, 0.003), "kk": (0.05, 0.95)}),
    "neighbour": (0.5, {"date": (0.96, 0.03, 0.01), "place": (0.02, 0.98), "nik": (0.999, 0.001), "kk": (0.98, 0.02)}),
    "coeval": (0.4, {"date": (0.02, 0.78, 0.2), "place": (0.95, 0.05), "nik": (0.999, 0.001), "kk": (0.999, 0.001)}),
}
"""Where each kind of non-match starts: its share, and its fields. People meet because they share a card, a village or a
date, hardly ever by chance two of them, and one class for them all would take the lot for independent."""
TYPICAL_MATCH = {"name": 0.9, "date": 0.9, "place": 0.9, "nik": 0.85, "kk": 0.8}
TYPICAL_OTHER = {"name": 0.1, "date": 0.2, "place": 0.7, "nik": 0.01, "kk": 0.05}


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


def start(histogram: Histogram, cuts: tuple[float, ...]) -> Model:
    """Give the EM its first model: matches as ECM finds them, and kinds of non-match beside.

    Where there are too few complete patterns, or ECM finds a field that agrees more among others than among matches,
    typical values stand in. Deterministic.
    """
    binary = _from_ecm(histogram) or Binary(
        0.2,
        tuple(TYPICAL_MATCH[field.name] for field in histogram.fields),
        tuple(TYPICAL_OTHER[field.name] for field in histogram.fields),
    )
    others = 1 - binary.share
    return Model(
        cuts,
        histogram.fields,
        (
            Class("match", binary.share, _spread(histogram, binary.m)),
            *(Class(name, share * others, _other(histogram, binary.u, kind)) for name, (share, kind) in OTHERS.items()),
        ),
    )


def _from_ecm(histogram: Histogram) -> Binary | None:
    complete = (histogram.patterns >= 0).all(axis=1)
    if histogram.counts[complete].sum() < ENOUGH:
        return None
    agree = histogram.patterns[complete] >= [field.agrees for field in histogram.fields]
    try:
        found = fit_binary(agree.astype(np.int8), histogram.counts[complete])
    except MatchingError:
        return None
    sound = 0 < found.share < 1 and all(m > u for m, u in zip(found.m, found.u, strict=True))
    return found if sound else None


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


def _other(
    histogram: Histogram, u: tuple[float, ...], kind: Mapping[str, tuple[float, ...]]
) -> tuple[tuple[float, ...], ...]:
    found = _spread(histogram, u)
    return tuple(kind.get(field.name, row) for field, row in zip(histogram.fields, found, strict=True))
