"""Collect what has to be said about rows, as a table of codes without a value, and the repairs to propose.

Columns of the verdicts: `sheet` string, `row` int32 (1-based), `column` string (a role), `code` and `severity` string.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.identity.codes import codes

VERDICT_SCHEMA = pa.schema(
    [
        pa.field("sheet", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("column", pa.string(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("severity", pa.string(), nullable=False),
    ]
)

PROPOSAL_SCHEMA = pa.schema(
    [
        pa.field("sheet", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("column", pa.string(), nullable=False),
        pa.field("proposal", pa.string(), nullable=False),
    ]
)


class Verdicts:
    """Gather verdicts of one sheet, many rows at a time."""

    def __init__(self, sheet: str, rows: NDArray[np.int32]) -> None:
        self.sheet = sheet
        self._rows = rows
        self._parts: list[tuple[NDArray[np.int32], str, str]] = []
        self._proposals: list[pa.Table] = []

    def add(self, column: str, code: str, where: NDArray[np.bool_]) -> None:
        """Say `code` about the rows that `where`, bool of shape (rows,), marks."""
        if where.any():
            self._parts.append((self._rows[where], column, code))

    def add_each(self, column: str, reasons: Sequence[str | None], of: NDArray[np.int32]) -> None:
        """Say about each row the reason, if any, of its value: `of` places the values' reasons on rows."""
        for code in sorted({reason for reason in reasons if reason}):
            self.add(column, code, np.array([reason == code for reason in reasons], np.bool_)[of])

    def add_at(self, row: int, column: str, code: str) -> None:
        """Say `code` about one row of the sheet, such as its header."""
        self._parts.append((np.array([row], np.int32), column, code))

    def propose(self, column: str, texts: pa.Array) -> None:
        """Propose a value for each row where `texts`, string of shape (rows,), is not null: for a person to confirm."""
        where = np.flatnonzero(texts.is_valid())
        rows, texts = pa.array(self._rows[where]), texts.take(pa.array(where))
        sheets, columns = (pa.repeat(pa.scalar(one), len(where)) for one in (self.sheet, column))
        self._proposals.append(pa.Table.from_arrays([sheets, rows, columns, texts], schema=PROPOSAL_SCHEMA))

    def proposals(self) -> pa.Table:
        """Return the proposals. They are values of people: they stay with the operator."""
        return pa.concat_tables([PROPOSAL_SCHEMA.empty_table(), *self._proposals])

    def table(self) -> pa.Table:
        """Return the verdicts in the order of rows."""
        rows = np.concatenate([part for part, _, _ in self._parts] or [np.empty(0, np.int32)])
        lengths = [len(part) for part, _, _ in self._parts]
        columns = np.repeat(np.array([column for _, column, _ in self._parts], object), lengths)
        names = np.repeat(np.array([code for _, _, code in self._parts], object), lengths)
        severities = np.repeat(np.array([codes()[code].severity for _, _, code in self._parts], object), lengths)
        order = np.argsort(rows, kind="stable")
        sheet = pa.repeat(pa.scalar(self.sheet), len(rows))
        arrays = [
            sheet,
            pa.array(rows[order]),
            *(pa.array(list(part[order]), pa.string()) for part in (columns, names, severities)),
        ]
        return pa.Table.from_arrays(arrays, schema=VERDICT_SCHEMA)
