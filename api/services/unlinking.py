"""What a person's request does to her rows: a task for the agency that owns each, and no place in any person here.

The centre changes no row: its agency corrects or withdraws it. Until then a row to erase or restrict counts for nobody,
in no layer, and no link brings it back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from api.services import own_rows
from api.services.layers import due
from api.store import Membership, OwnerQuestion, Review, SubjectRow

Act = Literal["correct", "erase", "restrict"]
ACTS: dict[str, Act] = {"correction": "correct", "erasure": "erase", "objection": "restrict"}
"""By the kind of the request; access changes nothing."""
APART = ("erase", "restrict")
TOLD = ("correct", "erase")
"""What the owning agency is asked to do; a restriction is ours alone."""


def act(session: Session, request: int, kind: str, rows: Sequence[tuple[int, str]]) -> None:
    """Do what a request of that kind asks for with these rows (record, agency)."""
    if kind not in ACTS:
        return
    what = ACTS[kind]
    session.add_all(SubjectRow(record=record, request=request, agency=agency, act=what) for record, agency in rows)
    session.flush()
    if what in APART:
        records = [record for record, _ in rows]
        due.forget(session, records)
        for column in (Membership.record, Review.left, Review.right, OwnerQuestion.left, OwnerQuestion.right):
            _delete(session, column, records)


def apart(session: Session) -> set[int]:
    """Return the records that no link may see."""
    query = select(SubjectRow.record).where(col(SubjectRow.act).in_(APART), col(SubjectRow.done_at).is_(None))
    return set(session.exec(query))


def tasks(session: Session, agency: str) -> dict[int, Act]:
    """Return what an agency is asked to do with rows of its own, by record; to erase goes before to correct."""
    query = select(SubjectRow).where(SubjectRow.agency == agency, col(SubjectRow.act).in_(TOLD))
    found = session.exec(query.where(col(SubjectRow.done_at).is_(None)))
    return {each.record: _act(each.act) for each in sorted(found, key=lambda each: each.act)}


def _act(word: str) -> Act:
    return "erase" if word == "erase" else "correct"


def settle(session: Session, records: Collection[int], now: datetime) -> None:
    """Note that these rows were withdrawn: what was asked of their agency is done."""
    for part in own_rows.batches(list(records)):
        waits = (col(SubjectRow.record).in_(part), col(SubjectRow.done_at).is_(None))
        session.connection().execute(update(SubjectRow).where(*waits).values(done_at=now))


def _delete(session: Session, column: Any, records: Sequence[int]) -> None:
    for part in own_rows.batches(records):
        session.connection().execute(delete(column.class_).where(col(column).in_(part)))
