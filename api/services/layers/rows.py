"""Linked rows of the store as the layers read them (`layering.ROWS`). It reads pseudonyms and content, and no token."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection
from sqlmodel import select

from api.store import Submission, bulk
from linkage.layering import ROWS
from linkage.layering.events import KNOWN
from linkage.layering.schema import SCHEMA

LISTS = tuple(field.name for field in SCHEMA if pa.types.is_list(field.type))
_MEMBERS = pa.schema([pa.field(name, pa.int64()) for name in ("record", "person", "household")])
_CONTENT = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("record", "corrects", "submission")),
        pa.field("agency", pa.string()),
        *(pa.field(field.name, pa.string() if field.name in LISTS else field.type) for field in SCHEMA),
    ]
)
WITH_SUBMISSION = ROWS.append(pa.field("submission", pa.int64()))
"""`layering.ROWS`, and which submission brought each."""
_COLUMNS = ", ".join(f"c.{name}" for name in _CONTENT.names)
_ALL = f"SELECT {_COLUMNS} FROM content AS c"  # noqa: S608 — names of our own schema
_DUE = f"{_ALL} JOIN membership AS m ON m.record = c.record JOIN layer_due AS d ON d.person = m.person"
_SENT = "submission IN (SELECT s.id FROM submission AS s WHERE s.id NOT IN (SELECT submission FROM layer_claimed))"
_TIED = "c.corrects IS NOT NULL OR c.record IN (SELECT k.corrects FROM content AS k WHERE k.corrects IS NOT NULL)"
_UNCLAIMED = f"{_ALL} WHERE c.{_SENT} OR {_TIED}"
_MEMBERS_OF = "SELECT m.record, m.person, m.household FROM membership AS m"
_UNCLAIMED_MEMBERS = f"{_MEMBERS_OF} JOIN content AS c ON c.record = m.record WHERE c.{_SENT} OR {_TIED}"


def every(connection: Connection) -> pa.Table:
    """Return all linked rows (`WITH_SUBMISSION`)."""
    members = bulk.read(connection, _MEMBERS_OF, _MEMBERS)
    return _join(connection, bulk.read(connection, _ALL, _CONTENT), members)


def due(connection: Connection) -> pa.Table:
    """Return the linked rows of who is due."""
    members = f"{_MEMBERS_OF} JOIN layer_due AS d ON d.person = m.person"
    return _join(connection, bulk.read(connection, _DUE, _CONTENT), bulk.read(connection, members, _MEMBERS))


def unclaimed(connection: Connection) -> pa.Table:
    """Return the linked rows of lists whose claims are not up to date, and every row of a chain of corrections."""
    content = bulk.read(connection, _UNCLAIMED, _CONTENT)
    return _join(connection, content, bulk.read(connection, _UNCLAIMED_MEMBERS, _MEMBERS))


def _join(connection: Connection, content: pa.Table, members: pa.Table) -> pa.Table:
    members = members.sort_by("record")
    record = members["record"].to_numpy()
    wanted = content["record"].to_numpy()
    at = np.searchsorted(record, wanted)
    linked = np.zeros(len(wanted), bool)
    inside = at < len(record)
    linked[inside] = record[at[inside]] == wanted[inside]
    content = content.filter(pa.array(linked))
    at = pa.array(at[linked])
    columns = {
        **{name: content[name] for name in content.column_names},
        **{name: members[name].combine_chunks().take(at) for name in ("person", "household")},
        **{name: _split(content[name]) for name in LISTS},
        "known": _known(connection, content["submission"]),
    }
    return pa.table([columns[name] for name in WITH_SUBMISSION.names], schema=WITH_SUBMISSION)


def _split(words: pa.ChunkedArray) -> pa.Array:
    """Split words at spaces; nothing is an empty list."""
    kinds = words.combine_chunks().dictionary_encode()
    lists = pa.array([each.split() for each in kinds.dictionary.to_pylist()], pa.list_(pa.string()))
    return lists.take(kinds.indices)


def _known(connection: Connection, submissions: pa.ChunkedArray) -> pa.Array:
    """Return when each submission became visible."""
    query: Any = select(Submission.id, Submission.visible_at)
    found = connection.execute(query).all()
    moments = pa.array([each.visible_at for each in found], KNOWN)
    at = pc.index_in(submissions.combine_chunks(), pa.array([each.id for each in found], pa.int64()))
    return moments.take(at)
