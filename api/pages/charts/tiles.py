"""Lampung as fifteen tiles of one size, each about where its regency lies: no small regency is overlooked.

A tile shows a share in five steps of one hue, darker for more; what release rules hide has no step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SIDE, GAP = 96, 6
STEPS = 5
PLACES: Mapping[str, tuple[int, int]] = {
    "18.08": (2, 0), "18.12": (3, 0), "18.11": (4, 0),
    "18.13": (0, 1), "18.04": (1, 1), "18.03": (2, 1), "18.02": (3, 1), "18.05": (4, 1),
    "18.06": (1, 2), "18.10": (2, 2), "18.72": (3, 2), "18.07": (4, 2),
    "18.09": (2, 3), "18.71": (3, 3), "18.01": (4, 3),
}  # fmt: skip
"""Column and row of each regency and city by its official code (Kepmendagri 300.2.2-2138/2025)."""
WIDTH, HEIGHT = 5 * (SIDE + GAP) - GAP, 4 * (SIDE + GAP) - GAP


@dataclass(frozen=True, slots=True)
class Tile:
    """One regency: where its tile lies, what it shows, and how dark: 0 to 4, or None where nothing may be shown."""

    code: str
    x: int
    y: int
    value: float | None
    step: int | None


def tiles(values: Mapping[str, float | None]) -> list[Tile]:
    """Return a tile for every regency, in their official order; a step is a fifth of the largest value shown."""
    most = max((value for value in values.values() if value), default=0)
    return [
        Tile(code, x * (SIDE + GAP), y * (SIDE + GAP), values.get(code), step(values.get(code), most))
        for code, (x, y) in sorted(PLACES.items())
    ]


def step(value: float | None, most: float) -> int | None:
    """Return how dark a value is, as a fifth of the largest."""
    if value is None:
        return None
    return min(STEPS - 1, int(value / most * STEPS)) if most else 0
