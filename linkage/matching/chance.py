"""How often two records agree by chance: u, counted over all pairs instead of guessed from candidates.

A pass knows how many pairs share its cells, and tokens how many share a number; both counts are exact and cost nothing.
Names are judged by strangers (see `strangers`). Never sees a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.matching import strangers
from linkage.matching.merge import Comparison
from linkage.matching.pairs import Ids
from linkage.matching.passes import Pass
from linkage.matching.patterns import Field, Levels
from linkage.matching.strangers import Strangers

ENOUGH = 1_000
"""Compared strangers below which their names tell too little."""
FADE = 4.0
"""Without strangers, each level of the name is taken to be so much rarer by chance than the one below."""


@dataclass(frozen=True, slots=True)
class Chance:
    """`universe`: all pairs of records. `rates`: for each field, the share of them at each level.

    A field that is `mixed` was counted over matches too, which the fit takes out again.
    """

    universe: float
    rates: tuple[tuple[float, ...], ...]
    mixed: tuple[bool, ...]


def measure(
    found: Comparison,
    raw: Levels,
    passes: Mapping[str, Pass],
    fields: tuple[Field, ...],
    cuts: tuple[float, ...] = (),
) -> Chance:
    """Count the rates; `raw` int8[n, 5] holds name, date, place, nik, kk of each candidate, before `patterns.mask`.

    `cuts`: the cut points of the name's levels, needed only where a similarity holds all that is known.
    A pass counts handles: exact where a record has one in an anchor, a tenth low where every twentieth has two. A year
    without its date is the one less the other, a tenth low where a year's cells are a regency's and a date's are not.
    """
    n = len(found.records)
    universe = max(1.0, n * (n - 1) / 2)
    agree = {name: passes[name].chance if name in passes else 0.0 for name in ("date", "year", "village")}
    rates = {
        "name": _names(found, raw[:, 0], strangers.find(found, passes, ENOUGH), fields[0].levels, cuts),
        "date": _floored([max(0.0, agree["year"] - agree["date"]), agree["date"]], universe),
        "place": _floored([agree["village"]], universe),
        "nik": _floored([_repeats(found.nik)], universe),
        "kk": _floored([_repeats(found.kk)], universe),
    }
    return Chance(
        universe, tuple(rates[field.name] for field in fields), tuple(field.name != "name" for field in fields)
    )


def _names(
    found: Comparison, level: NDArray[np.int8], kind: Strangers | None, levels: int, cuts: tuple[float, ...]
) -> tuple[float, ...]:
    """Share out the names of strangers over the levels; those under the floor are the rest of the pairs compared."""
    if kind is None or (kind.alone and not cuts):
        fading = FADE ** -np.arange(1, levels + 1)
        return tuple((fading / fading.sum()).tolist())
    known = kind.unlike & (level >= 0)
    counts = np.bincount(level[known], minlength=levels)[1:].astype(np.float64)
    if kind.alone:
        counts = strangers.tail(found.candidates["dice"].to_numpy()[known], cuts)
    return _floored(((counts + 0.5) / (kind.compared + 0.5 * levels)).tolist(), kind.compared)


def _repeats(codes: Ids) -> float:
    counts = np.unique(codes[codes >= 0], return_counts=True)[1].astype(np.float64)
    total = counts.sum()
    return float((counts * (counts - 1)).sum() / (total * (total - 1))) if total > 1 else 0.0


def _floored(upper: list[float], pairs: float) -> tuple[float, ...]:
    """Complete the upper levels' rates to probabilities, none of them nothing."""
    raised = [max(rate, 0.5 / pairs) for rate in upper]
    scale = min(1.0, 0.9 / sum(raised))
    raised = [rate * scale for rate in raised]
    return (1.0 - sum(raised), *raised)
