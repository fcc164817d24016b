"""Expectation–maximisation over the histogram: from a start to a fitted model. Never sees a pair, never draws a number.

Each round costs one step a pattern, whatever the number of pairs. With `Chance` given, u stays what chance makes it,
less the matches that were counted in; without, u is fitted too, as in ECM. Every level keeps a little weight (Dirichlet
smoothing), and m/u never falls as agreement rises: it is the weight, not m itself, that has to be monotone (of one
person's two dates, few share only the year, but those that do are no evidence against).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from linkage.matching.chance import Chance
from linkage.matching.errors import MatchingError
from linkage.matching.model import Model, Reals, Rows, probability
from linkage.matching.patterns import Histogram


@dataclass(frozen=True, slots=True)
class Fitting:
    """How to fit: `smoothing` pairs a level, `rounds` at most, done when no probability moves by `tolerance`.

    `least`: the share of a field's agreement by chance that is never taken for matches; without it a NIK, whose
    agreement is nearly all matches, would weigh without bound. `rows`: what a person has at most, on average; it
    keeps a list whose rows are nearly all alike from becoming one person.
    """

    smoothing: float = 0.5
    rounds: int = 500
    tolerance: float = 1e-7
    least: float = 0.02
    rows: float = 20.0


def fit(histogram: Histogram, start: Model, chance: Chance | None, fitting: Fitting) -> Model:
    """Fit the start to the histogram of candidates. Raises NO_PAIRS, FIELDS_DIFFER."""
    if histogram.fields != start.fields:
        raise MatchingError("FIELDS_DIFFER", "expected the histogram of the model's fields", place="model")
    if not histogram.counts.sum():
        raise MatchingError("NO_PAIRS", "expected at least one candidate pair", place="model")
    model = start
    for _ in range(fitting.rounds):
        before, model = model, _round(histogram, model, chance, fitting)
        if _moved(before, model) < fitting.tolerance:
            break
    return model


def _round(histogram: Histogram, model: Model, chance: Chance | None, fitting: Fitting) -> Model:
    if chance is not None:
        model = replace(model, u=_by_chance(model, chance, fitting.least))
    share = probability(model, histogram.patterns)
    matches, others = share * histogram.counts, (1 - share) * histogram.counts
    universe = chance.universe if chance else float(histogram.counts.sum())
    u = model.u if chance else _levels(histogram, others, fitting.smoothing)
    m = tuple(rising(row, by) for row, by in zip(_levels(histogram, matches, fitting.smoothing), u, strict=True))
    most = fitting.rows / np.sqrt(2 * universe) if chance else 1.0
    prior = min(max(matches.sum() / universe, 1e-12), most, 1 - 1e-9)
    return replace(model, prior=float(prior), m=m, u=u)


def _by_chance(model: Model, chance: Chance, least: float) -> Rows:
    """Take the matches out of what was counted over all pairs."""
    rows = []
    for rate, m, mixed in zip(chance.rates, model.m, chance.mixed, strict=True):
        if not mixed:
            rows.append(rate)
            continue
        upper = [max(r - model.prior * p, least * r) for r, p in zip(rate[1:], m[1:], strict=True)]
        rows.append((1.0 - sum(upper), *upper))
    return tuple(rows)


def _levels(histogram: Histogram, mass: Reals, smoothing: float) -> Rows:
    """Share each field's known mass among its levels."""
    rows = []
    for field, values in zip(histogram.fields, histogram.patterns.T, strict=True):
        known = values >= 0
        sums = np.bincount(values[known], mass[known], field.levels) + smoothing
        rows.append(tuple((sums / sums.sum()).tolist()))
    return tuple(rows)


def rising(m: tuple[float, ...], u: tuple[float, ...]) -> tuple[float, ...]:
    """Pool adjacent levels until m/u rises; the sum of m stays (isotonic regression of m/u with weights u)."""
    blocks: list[tuple[float, float, int]] = []
    for up, down in zip(m, u, strict=True):
        blocks.append((up, down, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            (up1, down1, n1), (up2, down2, n2) = blocks[-2:]
            blocks[-2:] = [(up1 + up2, down1 + down2, n1 + n2)]
    ratios = [up / down for up, down, n in blocks for _ in range(n)]
    return tuple(ratio * down for ratio, down in zip(ratios, u, strict=True))


def _moved(before: Model, after: Model) -> float:
    """Return the largest change of a probability, the prior's relative to itself, for it may be tiny."""
    rows = zip((*before.m, *before.u), (*after.m, *after.u), strict=True)
    largest = max(abs(x - y) for a, b in rows for x, y in zip(a, b, strict=True))
    return max(largest, abs(after.prior / before.prior - 1))
