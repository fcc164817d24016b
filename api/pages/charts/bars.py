"""Bars beside their labels, all of one scale from zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, what it counts (None where nothing may be shown), and its length in thousandths."""

    label: str
    value: int | None
    length: int


def bars(counted: Iterable[tuple[str, int | None]]) -> list[Bar]:
    """Return the bars in their order; the largest has the whole length, and what is not nothing is seen."""
    rows = list(counted)
    most = max((value for _, value in rows if value), default=0)
    return [Bar(label, value, max(4, round(1000 * value / most)) if value else 0) for label, value in rows]
