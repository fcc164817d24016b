"""What a person found of an overlap: the only way by which anything of one agency's rows may ever reach another's.

Only rows that say money was paid go back to their agencies, only those that were there when the person looked, and not
before the weekly cut (`feedback`). It decides nothing about aid: that is the agencies'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import persons
from api.store import Content, Finding, FindingRow, Membership

Outcome = Literal["review-together", "both-may-stand", "not-one-person"]
"""`review-together` alone sends rows back."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which overlap: one person's aid of a period, of one programme or (None) of all."""

    person: int
    programme: str | None
    period: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The finding's number, and how many rows will go back at the next cut."""

    number: int
    rows: int


def record(session: Session, centre: Centre, overlap: Overlap, outcome: Outcome, by: str) -> Recorded:
    """Keep a person's finding; of one overlap the later stands, as far as the earlier has not been told.

    Raises ServiceError FINDING_NO_OVERLAP if less than two agencies have rows there.
    """
    rows = _rows(session, overlap)
    if len({agency for _, agency, _ in rows}) < 2:
        raise ServiceError("FINDING_NO_OVERLAP", "no two agencies have rows of that person, programme and period")
    _take_back(session, overlap)
    found = Finding(
        person=overlap.person,
        programme=overlap.programme,
        period=overlap.period,
        outcome=outcome,
        found_by=by,
        found_at=centre.clock(),
    )
    session.add(found)
    session.flush()
    if found.id is None:
        raise ServiceError("STORE_FAILED", "the store gave the finding no number")
    paid = [(record, agency) for record, agency, amount in rows if (amount or 0) > 0]
    sent = paid if outcome == "review-together" else []
    session.add_all(FindingRow(record=record, finding=found.id, agency=agency) for record, agency in sent)
    return Recorded(found.id, len(sent))


def _rows(session: Session, overlap: Overlap) -> list[tuple[int, str, int | None]]:
    query = select(Content.record, Content.agency, Content.amount)
    query = query.join(Membership, col(Content.record) == col(Membership.record))
    query = query.where(Membership.person == overlap.person, Content.period == overlap.period, *persons.standing())
    if overlap.programme is not None:
        query = query.where(Content.programme == overlap.programme)
    return list(session.exec(query))


def _take_back(session: Session, overlap: Overlap) -> None:
    same = select(Finding.id).where(
        Finding.person == overlap.person, Finding.programme == overlap.programme, Finding.period == overlap.period
    )
    session.execute(delete(FindingRow).where(col(FindingRow.finding).in_(same), col(FindingRow.cut).is_(None)))
