"""All that a run learns from its data, as one frozen value with a hash: what later runs judge by. Never fits a model.

Weights without thresholds are no version of a model: with other thresholds the same pair is judged otherwise. What the
policy decides (floors, caps) is not in it; the caller keeps the policy's hash beside.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from linkage.matching.errors import MatchingError
from linkage.matching.model import Model

VERSION = 1


@dataclass(frozen=True, slots=True)
class Frozen:
    """A `model` with its thresholds: accept p ≥ `accept`, review `review` ≤ p < `accept`.

    `records`, `candidates`: how much it was fitted to.
    """

    model: Model
    accept: float
    review: float
    records: int
    candidates: int

    def __post_init__(self) -> None:
        if not (0 < self.review <= self.accept and min(self.records, self.candidates) >= 0):
            raise MatchingError("MODEL_SHAPE", "expected review within 0 and accept, and counts", place="frozen")

    @property
    def hash(self) -> str:
        """Return SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Write it as canonical JSON, its version first."""
        body = {
            "version": VERSION,
            "accept": self.accept,
            "candidates": self.candidates,
            "model": json.loads(self.model.to_json()),
            "records": self.records,
            "review": self.review,
        }
        return json.dumps(body, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Frozen:
        """Read `to_json`'s text. Raises MODEL_VERSION, MODEL_SHAPE."""
        try:
            body: dict[str, Any] = json.loads(text)
            version = body["version"]
        except (ValueError, KeyError, TypeError):
            raise MatchingError("MODEL_SHAPE", "expected a frozen model in JSON", place="frozen") from None
        if version != VERSION or "model" not in body:
            raise MatchingError("MODEL_VERSION", f"expected version {VERSION} with thresholds", place="frozen")
        model = Model.from_json(json.dumps(body["model"]))
        try:
            limits = float(body["accept"]), float(body["review"])
            return cls(model, *limits, int(body["records"]), int(body["candidates"]))
        except (ValueError, KeyError, TypeError, OverflowError):
            raise MatchingError("MODEL_SHAPE", "expected a frozen model in JSON", place="frozen") from None
