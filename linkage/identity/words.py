"""Find the published code that a cell names, by its spellings in `data/words.csv` and `data/signs.csv`.

A word that no table has stays unknown: no cell is passed on as it is, so that no free text leaves with a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from linkage.identity.cells import Cell, as_text
from linkage.identity.labels import fold
from linkage.identity.tables import load_csv

_BETWEEN = re.compile(r"[,;/+&\n|]| DAN ", re.IGNORECASE)
_LONGEST = 200


@cache
def spellings(name: str) -> Mapping[str, str]:
    """Return the codes of a list by folded spelling; an empty code is a word that says nothing."""
    return {row["spelling"]: row["code"] for row in load_csv("words") if row["list"] == name} | {
        fold(row["code"]): row["code"] for row in load_csv("words") if row["list"] == name and row["code"]
    }


@cache
def signs() -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return for each role of a living condition the list that it speaks of, and its codes by spelling."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for row in load_csv("signs"):
        found.setdefault(row["role"], (row["list"], {}))[1][row["spelling"]] = row["code"]
    return found


def parse(name: str, cell: Cell) -> str | None:
    """Return the code that the cell names, `""` if it says nothing by a known word, None if the word is unknown."""
    text = as_text(cell)
    return spellings(name).get(fold(text)) if len(text) <= _LONGEST and not isinstance(cell, bool) else None


def parse_all(name: str, cell: Cell) -> tuple[tuple[str, ...], bool]:
    """Return the codes that a cell names side by side, and whether each of its words is known."""
    text = as_text(cell)
    if len(text) > _LONGEST or isinstance(cell, bool):
        return (), False
    whole = spellings(name).get(fold(text))
    parts = [whole] if whole is not None else [spellings(name).get(fold(part)) for part in _BETWEEN.split(text)]
    return tuple(dict.fromkeys(part for part in parts if part)), all(part is not None for part in parts)


def parse_sign(role: str, cell: Cell) -> str | None:
    """Return what a living condition says, as `parse` does."""
    text = as_text(cell)
    return signs()[role][1].get(fold(text)) if len(text) <= _LONGEST else None
