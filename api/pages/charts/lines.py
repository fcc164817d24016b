"""Shares over time as lines: every series on one scale from nought to one, its points evenly apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP = 720, 200, 44, 10


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its name, its path (SVG), its points, and the last share."""

    name: str
    path: str
    points: Sequence[tuple[float, float, float]]
    last: float


def lines(series: Mapping[str, Sequence[float]]) -> list[Line]:
    """Lay series out; a point is x, y and the share."""
    return [_line(name, shares) for name, shares in series.items() if shares]


def _line(name: str, shares: Sequence[float]) -> Line:
    step = (WIDTH - LEFT - 20) / max(1, len(shares) - 1)
    points = [(LEFT + at * step, TOP + (1 - share) * HEIGHT, share) for at, share in enumerate(shares)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points)
    return Line(name, path, points, shares[-1])
