"""What this room refuses. Never carries a value about a person: codes, column names and counts only."""

from __future__ import annotations

import pyarrow as pa

from linkage.errors import LapisError


class MatchingError(LapisError):
    """A table, a model or a setting that cannot be linked with."""


def require(table: pa.Table, columns: tuple[str, ...], place: str) -> None:
    """Refuse a table that lacks one of `columns`: MISSING_COLUMN."""
    lacking = [name for name in columns if name not in table.column_names]
    if lacking:
        raise MatchingError("MISSING_COLUMN", f"expected column {', '.join(lacking)}", place=place)
