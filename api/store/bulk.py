"""Whole tables in and out as Arrow, in the caller's transaction. It knows no table and commits nothing.

Both databases write a row as a line of text, which Arrow reads: SQLite by its own `printf`, PostgreSQL by COPY. So no
value becomes a Python object on its way in. Statements are fixed texts of the caller's: nothing that was sent to the
service goes into one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
from sqlalchemy import Connection

PART = 100_000
"""Rows that are text at one time."""
_CONVERT = {
    "strings_can_be_null": True, "quoted_strings_can_be_null": False,
    "true_values": ["t", "1"], "false_values": ["f", "0"],
}  # fmt: skip
_QUOTES = {"sqlite": "'", "postgresql": '"'}
_NOTHING = {"sqlite": ["", "NULL"], "postgresql": [""]}
TEXTS = pa.dictionary(pa.int32(), pa.string())
"""A column of few different texts, each kept once."""


def read(connection: Connection, query: str, schema: pa.Schema) -> pa.Table:
    """Return what a query gives, its columns in the order of `schema`: integers, booleans, texts, `TEXTS`."""
    parts = list(_parts(connection, query, schema))
    return pa.concat_tables([schema.empty_table(), *parts]).unify_dictionaries()


def _parts(connection: Connection, query: str, schema: pa.Schema) -> Iterator[pa.Table]:
    lines = (
        _copied(connection, query) if connection.dialect.name == "postgresql" else _printed(connection, query, schema)
    )
    form = pcsv.ParseOptions(
        quote_char=_QUOTES[connection.dialect.name], newlines_in_values=True, ignore_empty_lines=False
    )
    names = pcsv.ReadOptions(column_names=schema.names)
    convert = pcsv.ConvertOptions(column_types=schema, null_values=_NOTHING[connection.dialect.name], **_CONVERT)
    while part := b"".join(islice(lines, PART)):
        yield pcsv.read_csv(io.BytesIO(part), names, form, convert).cast(schema)


def _printed(connection: Connection, query: str, schema: pa.Schema) -> Iterator[bytes]:
    """Yield each row as SQLite prints it: `%Q` quotes a text, and writes NULL without quotes."""
    marks = ",".join("%s" if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type) else "%Q"
                     for field in schema)  # fmt: skip
    names = ", ".join(f'"{name}"' for name in schema.names)
    printed = f"WITH q({names}) AS ({query}) SELECT CAST(printf('{marks}' || char(10), {names}) AS BLOB) FROM q"  # noqa: S608 — fixed names
    cursor: Any = connection.exec_driver_sql(printed).cursor
    return (line for (line,) in cursor)


def _copied(connection: Connection, query: str) -> Iterator[Any]:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        yield from copy


def write(connection: Connection, table: str, rows: pa.Table) -> None:
    """Insert rows; their columns are the table's."""
    batches = [batch for batch in rows.to_batches(PART) if len(batch)]
    if not batches:
        return
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv)') as copy:
            for batch in batches:
                copy.write(_csv(batch))
        return
    marks = ", ".join("?" * len(rows.column_names))
    for batch in batches:
        values: Iterable[Any] = zip(*map(_values, batch.columns), strict=True)
        connection.exec_driver_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values))  # noqa: S608 — fixed names


def _values(column: pa.Array) -> list[Any]:
    """Return a column as Python values; NumPy makes integers of it many times faster than Arrow."""
    if pa.types.is_integer(column.type) and not column.null_count:
        return list(column.to_numpy().tolist())
    return list(column.to_pylist())


def _csv(batch: pa.RecordBatch) -> bytes:
    sink = io.BytesIO()
    pcsv.write_csv(batch, sink, pcsv.WriteOptions(include_header=False, quoting_style="needed"))
    return sink.getvalue()
