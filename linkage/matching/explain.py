"""Why a pair has its probability: prior and evidence in bits, from its pattern alone. Never sees a name or a filter.

A waterfall: log-odds before anything is compared, what each field adds or takes, the sum, and the probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.matching.errors import MatchingError
from linkage.matching.model import Model, weights
from linkage.matching.patterns import Levels


@dataclass(frozen=True, slots=True)
class Step:
    """What a `field` at a `level` (-1: not known, or said by another field) of `levels` adds: `bits`."""

    field: str
    level: int
    levels: int
    bits: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`prior` and `total` log-odds in bits; the `steps` between, in the order of the fields; the `probability`."""

    prior: float
    steps: tuple[Step, ...]
    total: float
    probability: float


def explain(model: Model, pattern: Levels) -> Explanation:
    """Explain a pattern, int8[fields]. Raises PATTERN_SHAPE, LEVEL_RANGE."""
    if pattern.shape != (len(model.fields),):
        raise MatchingError("PATTERN_SHAPE", f"expected {len(model.fields)} fields", place="model")
    steps = []
    for field, level, bits in zip(model.fields, pattern.tolist(), weights(model).values(), strict=True):
        if not -1 <= level < field.levels:
            raise MatchingError("LEVEL_RANGE", f"expected levels -1 to {field.levels - 1}", place=field.name)
        steps.append(Step(field.name, level, field.levels, bits[level] if level >= 0 else 0.0))
    prior = float(np.log2(model.prior) - np.log2(1 - model.prior))
    total = prior + sum(step.bits for step in steps)
    return Explanation(prior, tuple(steps), total, float(1 / (1 + np.exp2(-total))))
