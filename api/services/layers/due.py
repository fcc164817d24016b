"""Whom the layers must look at again. It computes nothing: it only keeps who changed since they were last made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from api.services import own_rows
from api.store import Content, LayerClaimed, LayerFlag, LayerFlagRow, LayerPerson, Membership, bulk

Ids = NDArray[np.int64]

_BY_CORRECTIONS = """
    SELECT DISTINCT other.person FROM layer_due AS due
    JOIN membership AS own ON own.person = due.person JOIN content AS held ON held.record = own.record
    JOIN content AS later ON later.corrects = held.record JOIN membership AS other ON other.record = later.record
    UNION
    SELECT DISTINCT other.person FROM layer_due AS due
    JOIN membership AS own ON own.person = due.person JOIN content AS held ON held.record = own.record
    JOIN membership AS other ON other.record = held.corrects
"""
"""Whose rows are corrected by rows of somebody due, or correct them: a chain of corrections is read as a whole."""


def mark(session: Session, persons: Ids) -> None:
    """Add persons (int64) to those who are due."""
    add(session.connection(), persons)


def add(connection: Connection, persons: Ids) -> None:
    """Add persons to those who are due, within a transaction."""
    fresh = np.setdiff1d(persons, known(connection))
    bulk.write(connection, "layer_due", pa.table({"person": pa.array(fresh, pa.int64())}))


def known(connection: Connection) -> Ids:
    """Return who is due, sorted."""
    found = bulk.read(connection, "SELECT person FROM layer_due ORDER BY person", _ONE)
    return np.asarray(found["person"].to_numpy(), dtype=np.int64)


_ONE = pa.schema([pa.field("person", pa.int64())])


def close(connection: Connection) -> Ids:
    """Add everyone whom corrections tie to somebody due, and return all of them, sorted."""
    while True:
        before = known(connection)
        tied = bulk.read(connection, _BY_CORRECTIONS, _ONE)["person"].to_numpy()
        add(connection, np.unique(tied))
        now = known(connection)
        if len(now) == len(before):
            return now


def forget(session: Session, records: Collection[int]) -> None:
    """Take rows that are withdrawn out of all layers at once: flags on them, and what is said of their persons.

    The persons come back with the next renewal, as far as other rows tell of them.
    """
    connection = session.connection()
    persons, submissions, flags = set[int](), set[int](), set[str]()
    for part in own_rows.batches(list(records)):
        for person, submission in [*connection.execute(_of(part)), *connection.execute(_chained(part))]:
            persons.add(person)
            submissions.add(submission)
        flags.update(_chosen(connection, LayerFlagRow.flag, LayerFlagRow.record, part))
    cards = _households(connection, persons)
    for part in own_rows.batches(sorted(cards)):
        flags.update(_chosen(connection, LayerFlag.id, LayerFlag.unit_id, part))
    _delete(connection, LayerFlag.id, flags)
    _delete(connection, LayerFlagRow.flag, flags)
    for part in own_rows.batches(sorted(cards)):
        persons.update(_chosen(connection, LayerPerson.person, LayerPerson.household, part))
    mark(session, np.array(sorted(persons), dtype=np.int64))
    _delete(connection, LayerPerson.person, persons)
    _delete(connection, LayerClaimed.submission, submissions)


def _of(records: Collection[object]) -> Any:
    columns: tuple[Any, ...] = (col(Membership.person), col(Content.submission))
    query: Any = select(*columns).join(Content, col(Content.record) == col(Membership.record))
    return query.where(col(Membership.record).in_(records))


def _chained(records: Collection[object]) -> Any:
    """Return who has, and what list brought, the rows that these correct or that correct them."""
    mine: Any = aliased(Content)
    columns: tuple[Any, ...] = (col(Membership.person), col(Content.submission))
    query: Any = select(*columns).join(Content, col(Content.record) == col(Membership.record))
    query = query.join(mine, or_(mine.corrects == Content.record, col(Content.corrects) == mine.record))
    return query.where(mine.record.in_(records))


def _chosen(connection: Connection, wanted: Any, by: Any, values: Collection[object]) -> list[Any]:
    query: Any = select(col(wanted)).where(col(by).in_(values))
    return list(connection.execute(query).scalars())


def _households(connection: Connection, persons: Collection[int]) -> set[int]:
    found = set[int]()
    for part in own_rows.batches(sorted(persons)):
        found.update(_chosen(connection, LayerPerson.household, LayerPerson.person, part))
    return found - {None}


def _delete(connection: Connection, column: Any, values: Collection[Any]) -> None:
    for part in own_rows.batches(list(values)):
        connection.execute(delete(column.class_).where(col(column).in_(part)))


def widen(connection: Connection) -> None:
    """Add everyone who shares a family card, as it was or as it is, with somebody due."""
    near = bulk.read(connection, _NEAR, _ONE)["person"].to_numpy()
    add(connection, np.unique(near))


_NEAR = """
    SELECT p.person FROM layer_person AS p WHERE p.household IN (
    SELECT m.household FROM layer_due AS d JOIN membership AS m ON m.person = d.person WHERE m.household IS NOT NULL
    UNION
    SELECT q.household FROM layer_due AS d JOIN layer_person AS q ON q.person = d.person
    WHERE q.household IS NOT NULL)
"""
