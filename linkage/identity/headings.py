"""Say which role a header cell names, by the table in `data/headers.csv`. Never looks at a row of the list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from linkage.identity.cells import Cell
from linkage.identity.labels import fold
from linkage.identity.tables import load_csv

_BRACKETS = re.compile(r"\([^()]*\)")
_PARTIAL = 0.7
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Label:
    """Name a role and how surely, 0–1."""

    role: str
    rank: float


@cache
def _spellings() -> dict[str, Label]:
    return {row["spelling"]: Label(row["role"], float(row["rank"])) for row in load_csv("headers")}


def name_role(cell: Cell) -> tuple[str, float] | None:
    """Return the role that a header cell names and how surely, or None."""
    label = read(cell)
    return (label.role, label.rank) if label else None


def read(cell: Cell, chosen: Mapping[str, Label] | None = None) -> Label | None:
    """Return what a header cell names; `chosen` has the operator's own headers, folded, and goes first."""
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return None
    if chosen and fold(cell) in chosen:
        return chosen[fold(cell)]
    for text in (fold(cell), fold(_BRACKETS.sub(" ", cell))):
        if text in _spellings():
            return _spellings()[text]
    words = fold(_BRACKETS.sub(" ", cell)).split()
    for length in range(len(words) - 1, 0, -1):
        label = _spellings().get(" ".join(words[:length]))
        if label:
            return Label(label.role, label.rank * _PARTIAL)
    return None
