"""Fellegi and Sunter on the histogram of patterns, with levels and missing values. Never sees a pair.

Class 0 is the match; one or more further classes are what is not: strangers, and people of one family, who share a
family card and a village and so would pass for matches if all that is not a match had to be one class. Fields are
independent within a class; a missing field says nothing. Weights are log2(m/u), u over all non-matches in their
shares. Fellegi and Sunter 1969; Winkler 1988 for EM; classes beyond two as in latent class analysis (Goodman 1974).
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


@dataclass(frozen=True, slots=True)
class Class:
    """One class: its `share` of the candidate pairs, and for each field the probability of each level."""

    name: str
    share: float
    levels: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model: name levels' `cuts`, `fields`, and `classes`, the match first."""

    cuts: tuple[float, ...]
    fields: tuple[Field, ...]
    classes: tuple[Class, ...]

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or any(len(each.levels) != len(self.fields) for each in self.classes):
            raise MatchingError("MODEL_SHAPE", "expected two classes or more, each with every field", place="model")
        for each in self.classes:
            for field, levels in zip(self.fields, each.levels, strict=True):
                _check(levels, field.levels, field.name)
        _check(tuple(each.share for each in self.classes), len(self.classes), "shares")

    def to_json(self) -> str:
        """Write the model as canonical JSON, its version first."""
        body = {
            "version": VERSION,
            "classes": [{"levels": each.levels, "name": each.name, "share": each.share} for each in self.classes],
            "cuts": self.cuts,
            "fields": [{"agrees": each.agrees, "levels": each.levels, "name": each.name} for each in self.fields],
        }
        return json.dumps(body, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Read `to_json`'s text. Raises MODEL_VERSION, MODEL_SHAPE."""
        try:
            body: dict[str, Any] = json.loads(text)
            version = body["version"]
        except (ValueError, KeyError, TypeError) as error:
            raise MatchingError("MODEL_SHAPE", "expected a model in JSON", place="model") from error
        if version != VERSION:
            raise MatchingError("MODEL_VERSION", f"expected version {VERSION}", place="model")
        try:
            fields = tuple(Field(each["name"], int(each["levels"]), int(each["agrees"])) for each in body["fields"])
            classes = tuple(
                Class(each["name"], float(each["share"]), tuple(tuple(map(float, row)) for row in each["levels"]))
                for each in body["classes"]
            )
            return cls(tuple(map(float, body["cuts"])), fields, classes)
        except (ValueError, KeyError, TypeError) as error:
            raise MatchingError("MODEL_SHAPE", "expected a model in JSON", place="model") from error


def _check(values: tuple[float, ...], length: int, place: str) -> None:
    if len(values) != length or not all(0 < value <= 1 for value in values) or abs(sum(values) - 1) > 1e-6:
        raise MatchingError("MODEL_SHAPE", f"expected {length} probabilities that sum to 1", place=place)


def joint(model: Model, patterns: Levels) -> Reals:
    """Return log P(class, pattern) for each pattern (int8[n, fields]): float64[n, classes].

    Missing fields count nothing.
    """
    if patterns.ndim != 2 or patterns.shape[1] != len(model.fields):
        raise MatchingError("PATTERN_SHAPE", f"expected {len(model.fields)} fields a pattern", place="model")
    logs = np.tile(np.log([each.share for each in model.classes]), (len(patterns), 1))
    for column, values in enumerate(patterns.T):
        # The last entry answers level -1.
        table = np.array([(*np.log(each.levels[column]), 0.0) for each in model.classes])
        logs += table[:, values].T
    return logs


def memberships(model: Model, patterns: Levels) -> Reals:
    """Return P(class | pattern): float64[n, classes]."""
    logs = joint(model, patterns)
    scaled = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), np.float64)


def probability(model: Model, patterns: Levels) -> Reals:
    """Return P(match | pattern) for int8[n, fields]: float64[n]."""
    return memberships(model, patterns)[:, 0]


def unmatched(model: Model) -> tuple[tuple[float, ...], ...]:
    """Return u: for each field the probability of each level over all non-matches, in their shares."""
    others = model.classes[1:]
    shares = np.array([each.share for each in others]) / sum(each.share for each in others)
    return tuple(
        tuple((shares @ np.array([each.levels[at] for each in others])).tolist()) for at in range(len(model.fields))
    )


def weights(model: Model) -> dict[str, tuple[float, ...]]:
    """Return log2(m/u) for each level of each field."""
    m, u = model.classes[0].levels, unmatched(model)
    ratios = (np.log2(np.array(a) / np.array(b)) for a, b in zip(m, u, strict=True))
    return {field.name: tuple(row.tolist()) for field, row in zip(model.fields, ratios, strict=True)}
