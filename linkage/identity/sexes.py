"""Read the sex column by the table in `data/sexes.csv`."""

from __future__ import annotations

from functools import cache

from linkage.identity.cells import Cell, as_text
from linkage.identity.labels import fold
from linkage.identity.tables import load_csv


@cache
def _spellings() -> dict[str, str]:
    return {row["spelling"]: row["sex"] for row in load_csv("sexes")}


def parse(cell: Cell) -> str | None:
    """Return L (male), P (female), or None."""
    return None if isinstance(cell, bool) else _spellings().get(fold(as_text(cell)))
