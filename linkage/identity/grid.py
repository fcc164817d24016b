"""What a sheet is once a file is open: a name, its rows, and which of them the operator does not see. Holds no file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from linkage.identity.cells import Cell

LARGEST = 40_000_000
"""More cells than this, from the corner to the last filled one, are no list of people."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Hold the 1-based numbers of hidden rows and the 0-based ones of hidden columns."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """Hold one sheet: `rows` opens it and yields its rows from row 1 and column A; they may be ragged.

    Only while rows are drawn is the sheet in memory. The sheet of a .csv has no name: an empty string. `hides` has the
    hidden rows and columns; `ragged` tells that a row longer than the header is one whose cells have moved;
    `since_1904` that a day written as a number counts from 1904.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[Sequence[Cell]]]
    hides: Hidden = Hidden()
    ragged: bool = False
    since_1904: bool = False
