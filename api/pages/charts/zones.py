"""The line of probabilities from nought to one, cut by two thresholds: left apart, waiting, linked."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 960
LEAST = 150
"""Pixels: what lies between two thresholds stays wide enough for its words, so the line is not drawn to scale."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Where the line is cut, in pixels, and at which probabilities."""

    review_at: int
    accept_at: int
    review: float
    accept: float


def zones(review: float, accept: float) -> Zones:
    """Lay the thresholds out; neither zone is narrower than its words."""
    first = round(min(max(review * WIDTH, 2 * LEAST), WIDTH - 4 * LEAST))
    second = round(min(max(accept * WIDTH, first + 2 * LEAST), WIDTH - 2 * LEAST))
    return Zones(first, second, review, accept)
