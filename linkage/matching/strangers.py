"""Pairs that are hardly one person: they teach which similarity of names is chance. Never sees who anyone is.

The best are neighbours in a village whose NIKs and dates are unlike. Where there are no NIKs, those with unlike dates;
without villages, those that share a year and not a date; and where one filter holds all that is known, every pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.matching.merge import Comparison
from linkage.matching.passes import Pass

Flags = NDArray[np.bool_]

STEP = 0.04
"""Between the cut points of a similarity that holds all that is known, from its floor up."""
NEAR = 0.05
"""The width in Dice of the two windows above the floor that show how fast strangers become rarer."""
LEAST = 0.005
"""The share of a level's pairs that is always left to chance: people of one name and one birth date do exist."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """`unlike` bool[n]: which candidates are strangers, those that reached the floor of about `compared` pairs.

    `alone`: the similarity is of all that is known, so matches are among them, and the tail has to be inferred.
    """

    unlike: Flags
    compared: float
    alone: bool = False


def find(found: Comparison, passes: Mapping[str, Pass], enough: int) -> Strangers | None:
    """Return the best kind of strangers of which at least `enough` pairs were compared; None if there is none."""
    date, place, nik = (found.candidates[name].to_numpy() for name in ("date", "place", "nik"))
    n = len(found.records)
    neighbours = n * (n - 1) / 2 * passes["village"].chance if "village" in passes else 0.0
    full, placed = (float(flags.mean()) ** 2 if n else 0.0 for flags in (found.full, found.dated & found.placed))
    year, day, record = (float(passes[name].compared) if name in passes else 0.0 for name in ("year", "date", "record"))
    kinds = (
        Strangers((nik == 0) & (date == 0) & (place == 1), neighbours * full),
        Strangers((nik <= 0) & (date == 0) & (place == 1), neighbours * placed),
        Strangers((nik <= 0) & (date == 1) & (place < 1), max(0.0, year - day)),
        Strangers((nik <= 0) & (date < 0) & (place < 0), record, alone=True),
    )
    for kind in kinds:
        # A kind that reached the floor more often than it was compared was misjudged.
        if 0 < kind.unlike.sum() <= kind.compared and kind.compared >= enough:
            return kind
    return None


def even_cuts(dice: NDArray[np.float32], top: float) -> tuple[float, ...]:
    """Return cut points at equal steps from the least Dice up, `top` last."""
    first = round(float(dice.min()), 2)
    return (*(round(cut, 2) for cut in np.arange(first, top - STEP / 2, STEP).tolist()), top)


def tail(dice: NDArray[np.float32], cuts: tuple[float, ...]) -> NDArray[np.float64]:
    """Return how many strangers there are at each level above the lowest, where matches are among them: float64[cuts].

    Above its floor the count of strangers falls about exponentially, ever faster, so the rate near the floor bounds it
    from above; matches are what exceeds it.
    """
    first = float(dice.min())
    near = int(((dice >= first) & (dice < first + NEAR)).sum())
    next_ = int(((dice >= first + NEAR) & (dice < first + 2 * NEAR)).sum())
    rate = np.log(max(1.0, near / max(1, next_))) / NEAR
    edges = np.array([*cuts, np.inf])
    seen = np.histogram(dice, edges)[0].astype(np.float64)
    above = near / -np.expm1(-rate * NEAR) * np.exp(-rate * (edges - first)) if rate else np.full(len(edges), np.inf)
    inferred = above[:-1] - np.where(np.isfinite(edges[1:]), above[1:], 0.0)
    return np.asarray(np.maximum(np.minimum(seen, inferred), LEAST * seen), np.float64)
