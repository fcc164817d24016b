"""Linked rows of the store as the layers read them (`layering.ROWS`). It reads pseudonyms and content, and no token.

All rows of a province do not stand in memory as the layers want them: they are read once, each different text kept
once, and handed out in parts between which nothing is tied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sqlalchemy import Connection
from sqlmodel import select

from api.store import Submission, bulk
from linkage.layering import ROWS
from linkage.layering.columns import Ints, ints
from linkage.layering.events import KNOWN
from linkage.layering.schema import SCHEMA

LISTS = tuple(field.name for field in SCHEMA if pa.types.is_list(field.type))
_MEMBERS = pa.schema([pa.field(name, pa.int64()) for name in ("record", "person", "household")])
_CONTENT = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("record", "corrects", "submission")),
        pa.field("agency", bulk.TEXTS),
        *(
            pa.field(field.name, bulk.TEXTS if field.name in LISTS or field.type == pa.string() else field.type)
            for field in SCHEMA
        ),
    ]
)
WITH_SUBMISSION = ROWS.append(pa.field("submission", pa.int64()))
"""`layering.ROWS`, and which submission brought each."""
PART = 500_000
"""Rows handed out at one time."""
_BOTH = pa.schema([*_CONTENT, *(_MEMBERS.field(name) for name in ("person", "household"))])
_COLUMNS = ", ".join(f"c.{name}" for name in _CONTENT.names)
_ALL = f"SELECT {_COLUMNS} FROM content AS c"  # noqa: S608 — names of our own schema
_MEMBERS_OF = "SELECT record, person, household FROM membership"
_LINKED = (
    f"SELECT {_COLUMNS}, m.person, m.household FROM content AS c"  # noqa: S608 — names of our own schema
    " JOIN membership AS m ON m.record = c.record"
)
_UNCLAIMED = """
    WITH RECURSIVE tied(record) AS (
    SELECT u.record FROM content AS u JOIN submission AS s ON s.id = u.submission
    WHERE s.id NOT IN (SELECT submission FROM layer_claimed)
    UNION SELECT CASE WHEN n.corrects = t.record THEN n.record ELSE n.corrects END FROM tied AS t
    JOIN content AS n ON n.corrects = t.record OR n.record = t.record WHERE n.corrects IS NOT NULL)
"""
"""The rows of lists that were not summed, and what corrects them or is corrected by them, however far."""


def every(connection: Connection) -> pa.Table:
    """Return all linked rows (`WITH_SUBMISSION`)."""
    return pa.concat_tables([WITH_SUBMISSION.empty_table(), *parts(connection)])


def parts(connection: Connection, most: int = PART) -> Iterator[pa.Table]:
    """Yield all linked rows (`WITH_SUBMISSION`) in parts of about `most`.

    Who ever shared a family card, and rows that correct each other, are in one part.
    """
    linked = _join(bulk.read(connection, _ALL, _CONTENT), bulk.read(connection, _MEMBERS_OF, _MEMBERS))
    moments = _moments(connection)
    part = _split(linked, most)
    order = np.argsort(part, kind="stable")
    for start, end in _runs(part[order]):
        yield _expand(linked.take(pa.array(order[start:end])), moments)


def due(connection: Connection) -> pa.Table:
    """Return the linked rows of who is due."""
    wanted = f"{_LINKED} JOIN layer_due AS d ON d.person = m.person"
    return _expand(bulk.read(connection, wanted, _BOTH), _moments(connection))


def unclaimed(connection: Connection) -> pa.Table:
    """Return the linked rows of lists whose claims are not up to date, and every row of their chains of corrections."""
    wanted = f"{_UNCLAIMED} {_LINKED} JOIN tied ON tied.record = c.record"
    return _expand(bulk.read(connection, wanted, _BOTH), _moments(connection))


def _join(content: pa.Table, members: pa.Table) -> pa.Table:
    """Put person and household beside the content of each linked row; the rest goes."""
    record, wanted = ints(members, "record"), ints(content, "record")
    order = np.argsort(record)
    at = np.searchsorted(record, wanted, sorter=order)
    at = order[np.minimum(at, len(record) - 1)] if len(record) else at
    linked = record[at] == wanted if len(record) else np.zeros(len(wanted), bool)
    if not linked.all():
        content, at = content.filter(pa.array(linked)), at[linked]
    for name in ("person", "household"):
        content = content.append_column(name, members[name].combine_chunks().take(pa.array(at)))
    return content


def _split(linked: pa.Table, most: int) -> Ints:
    """Return each row's part, by what ties persons: family cards, and rows that correct each other."""
    person, household = ints(linked, "person"), ints(linked, "household")
    record, corrects = ints(linked, "record"), ints(linked, "corrects")
    persons, who = np.unique(person, return_inverse=True)
    carded, named = np.flatnonzero(household >= 0), np.flatnonzero(corrects >= 0)
    cards, card = np.unique(household[carded], return_inverse=True)
    targets = np.unique(corrects[named])
    known = np.flatnonzero(np.isin(record, targets))
    chain = np.searchsorted(targets, np.concatenate([corrects[named], record[known]]))
    one = np.concatenate([who[carded], who[named], who[known]])
    other = np.concatenate([len(persons) + card, len(persons) + len(cards) + chain])
    size = len(persons) + len(cards) + len(targets)
    ties = coo_array((np.ones(len(one), bool), (one, other)), shape=(size, size))
    _, group = connected_components(ties, directed=False)
    mine = group[who]
    sizes = np.bincount(mine, minlength=1)
    return np.asarray(((np.cumsum(sizes) - sizes) // most)[mine], dtype=np.int64)


def _runs(ordered: Ints) -> Iterator[tuple[int, int]]:
    ends = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True]) + 1 if len(ordered) else np.zeros(0, np.int64)
    yield from zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False)


def _expand(linked: pa.Table, moments: tuple[pa.Array, pa.Array]) -> pa.Table:
    """Return rows as the layers want them (`WITH_SUBMISSION`)."""
    at = pc.index_in(linked["submission"].combine_chunks(), moments[0])
    columns = {
        name: _lists(linked[name]) if name in LISTS else linked[name].cast(WITH_SUBMISSION.field(name).type)
        for name in linked.column_names
    }
    columns["known"] = moments[1].take(at)
    return pa.table([columns[name] for name in WITH_SUBMISSION.names], schema=WITH_SUBMISSION)


def _lists(words: pa.ChunkedArray) -> pa.Array:
    """Split words at spaces; nothing is an empty list."""
    kinds = words.unify_dictionaries().combine_chunks()
    lists = pa.array([each.split() for each in kinds.dictionary.to_pylist()], pa.list_(pa.string()))
    return lists.take(kinds.indices)


def _moments(connection: Connection) -> tuple[pa.Array, pa.Array]:
    """Return submissions, and when each became visible."""
    query: Any = select(Submission.id, Submission.visible_at)
    found = connection.execute(query).all()
    return pa.array([each.id for each in found], pa.int64()), pa.array([each.visible_at for each in found], KNOWN)
