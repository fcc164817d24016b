"""Whole tables in and out as Arrow, in the caller's transaction. It knows no table and commits nothing.

SQLite: its own cursor, in parts; PostgreSQL: COPY. Statements are fixed texts of the caller's: nothing that was sent
to the service goes into one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from sqlalchemy import Connection

PART = 100_000
_BOOLS = {"true_values": ["t", "1"], "false_values": ["f", "0"]}


def read(connection: Connection, query: str, schema: pa.Schema) -> pa.Table:
    """Return what a query gives, its columns in the order of `schema`: integers, booleans and texts."""
    if connection.dialect.name == "postgresql":
        return _copy_out(connection, query, schema)
    cursor: Any = connection.exec_driver_sql(query).cursor
    parts = [schema.empty_table(), *_parts(cursor, schema)]
    return pa.concat_tables(parts)


def _parts(cursor: Any, schema: pa.Schema) -> Iterator[pa.Table]:
    while rows := cursor.fetchmany(PART):
        columns = zip(*rows, strict=True)
        arrays = [_array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _array(values: tuple[Any, ...], form: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(form):
        return pc.cast(pa.array(values, pa.int8()), form)
    return pa.array(values, form)


def _copy_out(connection: Connection, query: str, schema: pa.Schema) -> pa.Table:
    driver: Any = connection.connection.driver_connection
    sink = io.BytesIO()
    with driver.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            sink.write(block)
    if not sink.tell():
        return schema.empty_table()
    sink.seek(0)
    convert = pcsv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""], **_BOOLS
    )
    table = pcsv.read_csv(sink, pcsv.ReadOptions(column_names=schema.names), convert_options=convert)
    return table.cast(schema)


def write(connection: Connection, table: str, rows: pa.Table) -> None:
    """Insert rows; their columns are the table's."""
    if not len(rows):
        return
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv)') as copy:
            for batch in rows.combine_chunks().to_batches(PART):
                copy.write(_csv(batch))
        return
    marks = ", ".join("?" * len(rows.column_names))
    for batch in rows.combine_chunks().to_batches(PART):
        values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        connection.exec_driver_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values))  # noqa: S608 — fixed names


def _csv(batch: pa.RecordBatch) -> bytes:
    sink = io.BytesIO()
    pcsv.write_csv(batch, sink, pcsv.WriteOptions(include_header=False, quoting_style="needed"))
    return sink.getvalue()
