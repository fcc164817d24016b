"""Comparison patterns: fields, their levels, and the histogram that everything statistical works on.

Never holds a pair.

A pattern gives each field a level: 0 is disagreement, higher is more agreement, -1 is missing. Missing is not
disagreement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.matching.errors import MatchingError

Levels = NDArray[np.int8]
ROWS_AT_ONCE = 1 << 22
"""Bounds the working memory: the codes of so many patterns."""


@dataclass(frozen=True, slots=True)
class Field:
    """A compared field: its name, how many levels it has, and from which level on it counts as agreement."""

    name: str
    levels: int
    agrees: int = 1


def fields(name_levels: int) -> tuple[Field, ...]:
    """List the fields of a linkage whose names have `name_levels` levels (one more than there are cut points)."""
    return (
        Field("name", name_levels, agrees=max(1, name_levels - 2)),
        Field("date", 3, agrees=2),
        Field("place", 2),
        Field("nik", 2),
        Field("kk", 2),
    )


@dataclass(frozen=True, slots=True)
class Histogram:
    """`patterns` int8[m, fields], all different, sorted by code, and `counts` int64[m]."""

    fields: tuple[Field, ...]
    patterns: Levels
    counts: NDArray[np.int64]


def mask(raw: Levels) -> Levels:
    """Drop what another field of the same pattern has said already; int8[n, 5]: name, date, place, nik, kk.

    A NIK carries its own date, so where NIKs agree the dates do; a family shares its village; and of two of one village
    that share a birth year, one in sixty does so by chance.
    """
    masked = raw.copy()
    for start in range(0, len(raw), ROWS_AT_ONCE):
        part, mine = raw[start : start + ROWS_AT_ONCE], masked[start : start + ROWS_AT_ONCE]
        _, date, place, nik, kk = part.T
        mine[:, 1][(nik == 1) | ((date == 1) & (place == 1))] = -1
        mine[:, 2][kk == 1] = -1
    return masked


def level(dice: NDArray[np.float32], cuts: tuple[float, ...]) -> Levels:
    """Turn Dice into levels by ascending cut points (a value on a cut belongs above it); NaN becomes -1."""
    if list(cuts) != sorted(set(cuts)):
        raise MatchingError("CUT_ORDER", "expected ascending cut points", place="name")
    levels = np.searchsorted(np.asarray(cuts, np.float32), dice, side="right").astype(np.int8)
    levels[np.isnan(dice)] = -1
    return levels


def cut_points(unlike: NDArray[np.float32], shares: tuple[float, ...], top: float) -> tuple[float, ...]:
    """Place a cut where only a given share of `unlike` (Dice of pairs that are hardly one person) lies above it.

    Equal factors between shares make equal steps of evidence on any similarity scale, plain or layered. `shares`
    descend; `top` is the cut for names that are the same, and namesakes are left out of the shares. Cuts are rounded
    to 0.01 so that two runs on like data agree.
    """
    below = unlike[unlike < top]
    raw = np.quantile(below, [1.0 - share for share in shares]) if len(below) else np.empty(0)
    cuts = sorted({round(float(cut), 2) for cut in raw if float(cut) < top - 0.01})
    return (*cuts, top)


def encode(patterns: Levels, of: tuple[Field, ...]) -> NDArray[np.int64]:
    """Write each pattern as one mixed-radix number."""
    written = np.zeros(len(patterns), np.int64)
    for column, field in enumerate(of):
        values = patterns[:, column].astype(np.int64) + 1
        if len(values) and not (values.min() >= 0 and values.max() <= field.levels):
            raise MatchingError("LEVEL_RANGE", f"expected levels -1 to {field.levels - 1}", place=field.name)
        written = written * (field.levels + 1) + values
    return written


def decode(written: NDArray[np.int64], of: tuple[Field, ...]) -> Levels:
    """Undo `encode`: int8[len(written), fields]."""
    columns = []
    for field in reversed(of):
        written, value = np.divmod(written, field.levels + 1)
        columns.append((value - 1).astype(np.int8))
    return np.stack(columns[::-1], axis=1)


def codes(of: tuple[Field, ...]) -> int:
    """Return how many codes `encode` may write."""
    return int(np.prod([field.levels + 1 for field in of]))


def count(patterns: Levels, of: tuple[Field, ...]) -> Histogram:
    """Count how often each pattern occurs; `patterns` int8[n, fields]."""
    counts = np.zeros(codes(of), np.int64)
    for start in range(0, len(patterns), ROWS_AT_ONCE):
        counts += np.bincount(encode(patterns[start : start + ROWS_AT_ONCE], of), minlength=len(counts))
    seen = np.flatnonzero(counts)
    return Histogram(of, decode(seen, of), counts[seen])
