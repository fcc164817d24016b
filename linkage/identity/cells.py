"""What a cell holds, and a column as distinct values and codes, so that each value is read once.

Nothing here outlives the reading of one file.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None
T = TypeVar("T")

_CHUNK = 8192


@dataclass(frozen=True, slots=True, repr=False)
class Column:
    """Hold `values`, the distinct cells of a column, and `codes`, int32 of shape (rows,), an index into them."""

    values: Sequence[Cell]
    codes: NDArray[np.int32]

    def spread(self, of: Callable[[Cell], T]) -> tuple[list[T], NDArray[np.int32]]:
        """Apply `of` once to each distinct value; return the results and the codes that place them on rows."""
        return [of(value) for value in self.values], self.codes

    def flags(self, of: Callable[[Cell], bool]) -> NDArray[np.bool_]:
        """Apply a yes-or-no question to each value; return bool of shape (rows,)."""
        return np.fromiter((of(value) for value in self.values), np.bool_, len(self.values))[self.codes]

    def keep(self, rows: NDArray[np.bool_]) -> Column:
        """Return the column of the chosen rows, with the values that occur in them."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        return Column([self.values[code] for code in used], codes.astype(np.int32))


def encode(rows: Iterable[Sequence[Cell]], width: int) -> list[Column]:
    """Turn rows, which may be ragged, into `width` columns. Reads `rows` once, in chunks."""
    source, padding = iter(rows), ("",) * width
    seen: list[defaultdict[Cell, int]] = [_counter() for _ in range(width)]
    parts: list[list[NDArray[np.int32]]] = [[np.empty(0, np.int32)] for _ in range(width)]
    while chunk := list(islice(source, _CHUNK)):
        columns = islice(zip_longest(*chunk, padding, fillvalue=""), width)
        for index, cells, out in zip(seen, columns, parts, strict=True):
            out.append(_codes(index, cells[:-1]))
    return [Column(list(index), np.concatenate(out)) for index, out in zip(seen, parts, strict=True)]


def _counter() -> defaultdict[Cell, int]:
    """Return a dictionary that numbers its keys in the order in which they are asked for."""
    index: defaultdict[Cell, int] = defaultdict()
    index.default_factory = index.__len__
    return index


def _codes(index: defaultdict[Cell, int], cells: Sequence[Cell]) -> NDArray[np.int32]:
    if bool in set(map(type, cells)):
        # True equals 1 and would take its place.
        cells = [str(cell).upper() if isinstance(cell, bool) else cell for cell in cells]
    return np.fromiter(map(index.__getitem__, cells), np.int32, len(cells))


def is_blank(cell: Cell) -> bool:
    """Tell whether the cell holds nothing but white space."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_text(cell: Cell) -> str:
    """Return the cell as label text: whole numbers without `.0`, dates in ISO form. Not for NIK or KK."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
