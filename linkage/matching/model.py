"""Fellegi and Sunter on the histogram of patterns, with levels and missing values. Never sees a pair.

Fields are independent among matches and among non-matches; a missing field says nothing. Weights are log2(m/u), the
prior is the share of matches among *all* pairs of records, candidates or not (Fellegi and Sunter, 1969).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError
from linkage.matching.patterns import Field, Levels

VERSION = 1
Reals = NDArray[np.float64]
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A frozen model: the name's `cuts`, the `fields`, the `prior`, and m and u for each level of each field."""

    cuts: tuple[float, ...]
    fields: tuple[Field, ...]
    prior: float
    m: Rows
    u: Rows

    def __post_init__(self) -> None:
        if not 0 < self.prior < 1 or len(self.m) != len(self.fields) or len(self.u) != len(self.fields):
            raise MatchingError("MODEL_SHAPE", "expected a prior, and m and u for every field", place="model")
        for field, m, u in zip(self.fields, self.m, self.u, strict=True):
            _check(m, field)
            _check(u, field)

    def to_json(self) -> str:
        """Write the model as canonical JSON, its version first."""
        fields = [{"agrees": each.agrees, "levels": each.levels, "name": each.name} for each in self.fields]
        body = {"version": VERSION, "cuts": self.cuts, "fields": fields, "m": self.m, "prior": self.prior, "u": self.u}
        return json.dumps(body, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Read `to_json`'s text. Raises MODEL_VERSION, MODEL_SHAPE."""
        try:
            body: dict[str, Any] = json.loads(text)
            version = body["version"]
        except (ValueError, KeyError, TypeError):
            raise MatchingError("MODEL_SHAPE", "expected a model in JSON", place="model") from None
        if version != VERSION:
            raise MatchingError("MODEL_VERSION", f"expected version {VERSION}", place="model")
        try:
            fields = tuple(Field(each["name"], int(each["levels"]), int(each["agrees"])) for each in body["fields"])
            m, u = (tuple(tuple(map(float, row)) for row in body[name]) for name in "mu")
            return cls(tuple(map(float, body["cuts"])), fields, float(body["prior"]), m, u)
        except (ValueError, KeyError, TypeError):
            raise MatchingError("MODEL_SHAPE", "expected a model in JSON", place="model") from None


def _check(levels: tuple[float, ...], field: Field) -> None:
    if len(levels) != field.levels or not all(0 < each <= 1 for each in levels) or abs(sum(levels) - 1) > 1e-6:
        raise MatchingError("MODEL_SHAPE", f"expected {field.levels} probabilities that sum to 1", place=field.name)


def probability(model: Model, patterns: Levels) -> Reals:
    """Return P(match | pattern) for int8[n, fields]: float64[n]."""
    if patterns.ndim != 2 or patterns.shape[1] != len(model.fields):
        raise MatchingError("PATTERN_SHAPE", f"expected {len(model.fields)} fields a pattern", place="model")
    odds = np.full(len(patterns), np.log(model.prior) - np.log1p(-model.prior))
    for values, m, u in zip(patterns.T, model.m, model.u, strict=True):
        # The last entry answers level -1.
        odds += np.array([*np.log(np.array(m) / np.array(u)), 0.0])[values]
    return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


def weights(model: Model) -> dict[str, tuple[float, ...]]:
    """Return log2(m/u) for each level of each field."""
    ratios = (np.log2(np.array(m) / np.array(u)) for m, u in zip(model.m, model.u, strict=True))
    return {field.name: tuple(row.tolist()) for field, row in zip(model.fields, ratios, strict=True)}
