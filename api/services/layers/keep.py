"""Write a picture into the layers' tables, in the place of what they said of the same people. It computes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from api.services.layers import due
from api.store import LayerPerson, bulk
from linkage.layering import Picture
from linkage.layering.columns import ints

_STALE = """
    SELECT id FROM layer_flag WHERE unit = 'person' AND unit_id IN (SELECT person FROM layer_due)
    UNION
    SELECT id FROM layer_flag WHERE unit = 'household' AND unit_id IN (SELECT p.household FROM layer_person AS p
    JOIN layer_due AS d ON d.person = p.person)
"""
_CLEAR = (
    f"DELETE FROM layer_flag_row WHERE flag IN ({_STALE})",  # noqa: S608 — a text of our own
    f"DELETE FROM layer_flag WHERE id IN ({_STALE})",  # noqa: S608 — a text of our own
    "DELETE FROM layer_person WHERE person IN (SELECT person FROM layer_due)",
    "DELETE FROM layer_due",
)
_EVERYTHING = tuple(
    f"DELETE FROM {table}"  # noqa: S608 — a text of our own
    for table in ("layer_flag_row", "layer_flag", "layer_person", "layer_due")
)


def clear(connection: Connection, picture: Picture, *, whole: bool) -> None:
    """Take out what is said of everybody, or of those who are due and of the family cards they had and have."""
    if whole:
        for statement in _EVERYTHING:
            connection.execute(text(statement))
        return
    cards = ints(picture.people, "household")
    due.drop_flags(connection, np.unique(cards[cards >= 0]).tolist())
    for statement in _CLEAR:
        connection.execute(text(statement))


def write(connection: Connection, picture: Picture) -> None:
    """Write persons and flags."""
    bulk.write(connection, "layer_person", people(picture))
    flags = picture.flags.append_column("id", pa.array(_names(picture.flags), pa.string()))
    bulk.write(connection, "layer_flag", flags.drop_columns(["records"]))
    lists = flags["records"].combine_chunks()
    owners = pa.compute.list_parent_indices(lists)
    pairs = {"flag": flags["id"].combine_chunks().take(owners), "record": lists.flatten()}
    bulk.write(connection, "layer_flag_row", pa.table(pairs))


def people(picture: Picture) -> pa.Table:
    """Return the rows of `layer_person`."""
    both = {name: picture.people[name] for name in picture.people.column_names}
    both |= {name: picture.profiles[name] for name in picture.profiles.column_names}
    both["since"] = both["since"].cast(pa.int64())
    return pa.table({name: both[name] for name in LayerPerson.model_fields})


def _names(flags: pa.Table) -> Iterator[str]:
    """Name each flag by what it is about: the same rows under the same rule are the same flag."""
    columns = zip(*(flags[name].to_pylist() for name in ("rule", "unit", "unit_id", "records")), strict=True)
    for rule, unit, number, records in columns:
        about = f"{rule}\0{unit}\0{number}\0{records}"
        yield hashlib.sha256(about.encode()).hexdigest()[:32]
