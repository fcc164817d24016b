"""Write what was made into the layers' tables, in the place of what they said of the same people. It computes nothing.

Rows go in in the order of their keys: an index then grows at its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pyarrow as pa
from sqlalchemy import Connection, text

from api.services.layers.made import Made
from api.store import bulk

_STALE = """
    SELECT id FROM layer_flag WHERE unit = 'person' AND unit_id IN (SELECT person FROM layer_due)
    UNION
    SELECT id FROM layer_flag WHERE unit = 'household' AND unit_id IN (SELECT p.household FROM layer_person AS p
    JOIN layer_due AS d ON d.person = p.person)
"""
_FLAGS_OF_DUE = (
    f"DELETE FROM layer_flag_row WHERE flag IN ({_STALE})",  # noqa: S608 — a text of our own
    f"DELETE FROM layer_flag WHERE id IN ({_STALE})",  # noqa: S608 — a text of our own
)
_DUE = "DELETE FROM layer_person WHERE person IN (SELECT person FROM layer_due)"
_TABLES = ("layer_flag_row", "layer_flag", "layer_person")


def put(connection: Connection, made: Made, *, whole: bool) -> None:
    """Put persons and flags in the place of everybody's, or of those of who is due and of their family cards'.

    Nobody is due afterwards.
    """
    if whole:
        _run(connection, *(f"DELETE FROM {table}" for table in _TABLES))  # noqa: S608 — names of our own
    else:
        _run(connection, *_FLAGS_OF_DUE, _DUE)
    bulk.write(connection, "layer_person", made.people.sort_by("person"))
    if not whole:
        # Once more, for the family cards that they have now.
        _run(connection, *_FLAGS_OF_DUE)
    _flags(connection, made.flags)
    _run(connection, "DELETE FROM layer_due")


def _run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(text(statement))


def _flags(connection: Connection, found: pa.Table) -> None:
    flags = found.append_column("id", pa.array(_names(found), pa.string())).sort_by("id").combine_chunks()
    bulk.write(connection, "layer_flag", flags.drop_columns(["records"]))
    lists = flags["records"].combine_chunks()
    owners = pa.compute.list_parent_indices(lists)
    pairs = {"flag": flags["id"].combine_chunks().take(owners), "record": lists.flatten()}
    bulk.write(connection, "layer_flag_row", pa.table(pairs))


def _names(flags: pa.Table) -> Iterator[str]:
    """Name each flag by what it is about: the same rows under the same rule are the same flag."""
    columns = zip(*(flags[name].to_pylist() for name in ("rule", "unit", "unit_id", "records")), strict=True)
    for rule, unit, number, records in columns:
        about = f"{rule}\0{unit}\0{number}\0{records}"
        yield hashlib.sha256(about.encode()).hexdigest()[:32]
