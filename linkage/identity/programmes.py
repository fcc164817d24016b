"""Find the code of an aid programme by its spellings in `data/programmes.csv`. An unknown one stays unknown."""

from __future__ import annotations

from functools import cache

from linkage.identity.cells import Cell, as_text
from linkage.identity.labels import fold
from linkage.identity.tables import load_csv


@cache
def _spellings() -> dict[str, str]:
    table = {row["spelling"]: row["code"] for row in load_csv("programmes")}
    return {fold(code): code for code in table.values()} | table


def codes() -> tuple[str, ...]:
    """Return every programme code, in the order of the table."""
    return tuple(dict.fromkeys(row["code"] for row in load_csv("programmes")))


def parse(cell: Cell) -> str | None:
    """Return the code of the programme that the cell names, or None."""
    return _spellings().get(fold(as_text(cell)))


def find(title: str) -> str | None:
    """Return the one programme that a title names among other words; None if it names none or several."""
    padded = f" {fold(title)} "
    hits = {spelling: code for spelling, code in _spellings().items() if f" {spelling} " in padded}
    # A longer name swallows the shorter ones inside it: 'CSR SEMBAKO' is not SEMBAKO.
    longest = {
        code
        for spelling, code in hits.items()
        if not any(spelling != other and f" {spelling} " in f" {other} " for other in hits)
    }
    return longest.pop() if len(longest) == 1 else None
