"""Expectation–maximisation over the histogram: from a start to a fitted model.

Never sees a pair, never draws a number.

Each round costs patterns × classes, whatever the number of pairs. Every level keeps a little weight (Dirichlet
smoothing), and for the match the ratio m/u never falls as agreement rises: it is the weight, not m itself, that has
to be monotone (of one person's two dates, few share only the year, but those that do are no evidence against).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError
from linkage.matching.model import Class, Model, memberships, unmatched
from linkage.matching.patterns import Histogram

Reals = NDArray[np.float64]
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Fitting:
    """How to fit: `smoothing` pairs a level, `rounds` at most, done when no probability moves by `tolerance`.

    Non-matches keep the start's levels of the `held` fields: two people rarely share a NIK, and that is what tells EM
    which class is the match. Without it a class of non-matches wanders off with the matches whose dates are wrong. In
    the other fields the start weighs as `trust` pairs of each class of non-matches: it is what holds a small list.
    Among matches each field disagrees with at least probability `doubt`: where NIKs agree, so do the dates in them,
    and EM would conclude that dates are never wrong; domain.md §7 has 1 to 5 % for each fault.
    """

    smoothing: float = 0.5
    rounds: int = 500
    tolerance: float = 1e-6
    held: frozenset[str] = frozenset({"nik"})
    trust: float = 100.0
    doubt: float = 0.02


def fit(histogram: Histogram, start: Model, fitting: Fitting, random_pairs: Histogram | None = None) -> Model:
    """Fit the start's classes to the histogram.

    With `random_pairs` (a histogram of record pairs drawn at random, hence strangers) the last class keeps the level
    probabilities that they show. Raises NO_PAIRS, FIELDS_DIFFER.
    """
    if histogram.fields != start.fields or (random_pairs and random_pairs.fields != start.fields):
        raise MatchingError("FIELDS_DIFFER", "expected the histogram of the model's fields", place="model")
    if not histogram.counts.sum():
        raise MatchingError("NO_PAIRS", "expected at least one candidate pair", place="model")
    strangers = (
        _levels(random_pairs, random_pairs.counts.astype(float), _flat(start, fitting)) if random_pairs else None
    )
    priors = [_flat(start, fitting), *(_trusting(each, fitting) for each in start.classes[1:])]
    model = start
    for _ in range(fitting.rounds):
        before, model = model, _round(histogram, model, fitting, priors)
        if strangers:
            model = replace(model, classes=(*model.classes[:-1], replace(model.classes[-1], levels=strangers)))
        if _moved(before, model) < fitting.tolerance:
            break
    return model


def _round(histogram: Histogram, model: Model, fitting: Fitting, priors: list[Rows]) -> Model:
    mass = memberships(model, histogram.patterns) * histogram.counts[:, None]
    shares = (mass.sum(axis=0) + fitting.smoothing) / (mass.sum() + fitting.smoothing * mass.shape[1])
    classes = [
        Class(each.name, float(share), _levels(histogram, column, prior))
        for each, share, column, prior in zip(model.classes, shares, mass.T, priors, strict=True)
    ]
    held = [at for at, field in enumerate(model.fields) if field.name in fitting.held]
    classes[1:] = [_hold(new, old, held) for new, old in zip(classes[1:], model.classes[1:], strict=True)]
    fitted = replace(model, classes=tuple(classes))
    rising = tuple(
        _rising(_doubt(m, fitting.doubt), u) for m, u in zip(classes[0].levels, unmatched(fitted), strict=True)
    )
    return replace(model, classes=(replace(classes[0], levels=rising), *classes[1:]))


def _flat(start: Model, fitting: Fitting) -> Rows:
    return tuple((fitting.smoothing,) * field.levels for field in start.fields)


def _trusting(start: Class, fitting: Fitting) -> Rows:
    return tuple(tuple(fitting.smoothing + fitting.trust * each for each in row) for row in start.levels)


def _hold(new: Class, old: Class, held: list[int]) -> Class:
    return replace(new, levels=tuple(old.levels[at] if at in held else row for at, row in enumerate(new.levels)))


def _levels(histogram: Histogram, mass: Reals, priors: Rows) -> Rows:
    """Share each field's known mass, with the prior's pairs, among its levels."""
    rows = []
    for field, values, prior in zip(histogram.fields, histogram.patterns.T, priors, strict=True):
        known = values >= 0
        sums = np.bincount(values[known], mass[known], field.levels) + prior
        rows.append(tuple((sums / sums.sum()).tolist()))
    return tuple(rows)


def _doubt(m: tuple[float, ...], least: float) -> tuple[float, ...]:
    """Raise level 0 to `least` at the cost of the others."""
    if m[0] >= least:
        return m
    return (least, *(each * (1 - least) / (1 - m[0]) for each in m[1:]))


def _rising(m: tuple[float, ...], u: tuple[float, ...]) -> tuple[float, ...]:
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
    pairs = zip(before.classes, after.classes, strict=True)
    return max(
        abs(x - y)
        for a, b in pairs
        for x, y in zip((a.share, *sum(a.levels, ())), (b.share, *sum(b.levels, ())), strict=True)
    )
