"""The columns that are added to one sheet: their titles, and which cells each row gets. Knows no spreadsheet.

Cells are kept once for each distinct combination, and an index for each row: half a million rows need few megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Columns:
    """Hold `titles`, to stand in row `header_row` (1-based), and the cells of the rows below.

    `of`, int32 of shape (last row + 1,), leads from a sheet's row number to `texts`, or is -1: nothing is written
    there. Each of `texts` has as many cells as there are titles.
    """

    header_row: int
    titles: Cells
    texts: Sequence[Cells]
    of: NDArray[np.int32]

    def cells(self, row: int) -> Cells | None:
        """Return what row `row` (1-based) gets, or None."""
        if row == self.header_row:
            return self.titles
        place = int(self.of[row]) if 0 < row < len(self.of) else -1
        return self.texts[place] if place >= 0 else None


def widen(columns: Columns, titles: Cells, rows: Mapping[int, Cells]) -> Columns:
    """Return the columns with more of them at the right: what a pull brought, say, by row number.

    Rows without a word get empty cells; a row outside the list gets none at all.
    """
    added = [rows.get(row, ("",) * len(titles)) for row in range(len(columns.of))]
    index: dict[tuple[int, Cells], int] = {}
    of = np.full(len(columns.of), -1, np.int32)
    for row in np.flatnonzero(columns.of >= 0).tolist():
        of[row] = index.setdefault((int(columns.of[row]), added[row]), len(index))
    texts = [columns.texts[place] + cells for place, cells in index]
    return Columns(columns.header_row, columns.titles + titles, texts, of)
