"""Open a Parquet file as one sheet, its column names as row 1. Keeps the types of cells; a number stays a number."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.identity.cells import Cell
from linkage.identity.errors import IdentityError
from linkage.identity.grid import LARGEST, Sheet

MAGIC = b"PAR1"
_BATCH = 8192
_LARGEST_UNPACKED = 2 * 1024**3
_KEPT = (str, bool, int, float, dt.datetime, dt.date, dt.time)


def read(data: bytes, file_name: str) -> Sheet:
    """Open the file. Raises IdentityError FILE_CUT, FILE_BROKEN, FILE_ENCRYPTED, FILE_TOO_LARGE."""
    if data.endswith(b"PARE"):
        raise IdentityError("FILE_ENCRYPTED", "the file is encrypted", place=file_name, hint="save it without a key")
    if not data.endswith(MAGIC) or len(data) < 12:
        raise IdentityError("FILE_CUT", "the end of the file is missing", place=file_name, hint="copy it again")
    file = _open(data)
    if file is None:
        raise _broken(file_name)
    groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
    vast = file.metadata.num_rows * max(1, file.metadata.num_columns) > LARGEST
    if vast or sum(group.total_byte_size for group in groups) > _LARGEST_UNPACKED:
        raise IdentityError("FILE_TOO_LARGE", "the table is too large", place=file_name, hint="split it")
    return Sheet("", False, partial(_rows, data, file_name))


def _open(data: bytes) -> pq.ParquetFile | None:
    try:
        return pq.ParquetFile(io.BytesIO(data))
    except (pa.ArrowException, OSError, ValueError):
        return None


def _broken(file_name: str) -> IdentityError:
    return IdentityError("FILE_BROKEN", "the file cannot be read", place=file_name, hint="save it again")


def _rows(data: bytes, file_name: str) -> Iterator[Sequence[Cell]]:
    file = _open(data)
    if file is not None:
        try:
            yield list(file.schema_arrow.names)
            for batch in file.iter_batches(_BATCH):
                columns = [list(map(_cell, column.to_pylist())) for column in batch.columns]
                yield from map(list, zip(*columns, strict=True))
        except (pa.ArrowException, OSError, ValueError, OverflowError):
            pass
        else:
            return
    # Raised out here so that the reader's own message is not chained to it.
    raise _broken(file_name)


def _cell(value: Any) -> Cell:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, _KEPT) else None
