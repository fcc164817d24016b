"""A case as it went: each step with its time and who took it, from the store and the access log. Changes nothing.

Parties are the vault's ids, agencies their own. Of people it says how many, never which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from api.services import cases, journal
from api.services.journal import Entry
from api.store import Case, CaseAnswer, CaseApproval, LogLeaf, PendingEntry, Ticket, json_text

FROM_LOG = {"CASE_ENTRY_READ": "checked", "ANSWERS_READ": "answers-read"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when, what (a word of the pages), by whom or which agency, and a word or number more."""

    at: datetime
    what: str
    who: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A case's steps in their order, its place in the log, and what was or would be disclosed: references an agency."""

    steps: list[Step]
    place: int | None
    disclosed: dict[str, int]


def of_case(session: Session, case: Case, now: datetime) -> Timeline:
    """Return how a case went."""
    steps = [*_own(session, case), *_logged(session, case)]
    if case.expires <= now and case.refused_at is None:
        steps.append(Step(case.expires, "ended"))
    leaf = session.exec(select(LogLeaf).where(LogLeaf.entry == case.entry)).first()
    asked = Counter(each.agency for each in cases.requests(session, case))
    place = leaf.index + 1 if leaf else None
    return Timeline(sorted(steps, key=lambda step: step.at), place, dict(sorted(asked.items())))


def _own(session: Session, case: Case) -> Iterator[Step]:
    """Yield what the case's own rows say."""
    yield Step(case.opened_at, "urgent" if case.urgent else "asked", case.opened_by)
    for given in session.exec(select(CaseApproval).where(CaseApproval.case == case.id)):
        yield Step(given.seen_at, "approved", given.person)
    if case.refused_at is not None:
        yield Step(case.refused_at, "refused", case.refused_by or "", case.refused_for or "")
    if case.released_at is not None:
        yield Step(case.released_at, "released", case.released_by or "")
    for ticket in session.exec(select(Ticket).where(Ticket.case == case.id).order_by(col(Ticket.agency))):
        yield Step(ticket.issued_at, "ticket", ticket.agency)
        yield from _fetched(session, ticket)
    for answer in session.exec(select(CaseAnswer).where(CaseAnswer.case == case.id)):
        yield Step(answer.given_at, "answered", answer.agency)
    if case.reviewed_at is not None:
        yield Step(case.reviewed_at, "reviewed", case.reviewed_by or "", case.verdict or "")


def _fetched(session: Session, ticket: Ticket) -> Iterator[Step]:
    """Yield when an agency first fetched its tickets after this one was there."""
    query = _entries("TICKETS_LISTED").where(json_text(PendingEntry.body, "subject", "agency") == ticket.agency)
    query = query.where(col(PendingEntry.created_at) >= ticket.issued_at)
    first = session.exec(query.limit(1)).first()
    if first is not None:
        yield Step(first.created_at, "fetched", ticket.agency)


def _logged(session: Session, case: Case) -> Iterator[Step]:
    """Yield what only the log knows: who checked the case against its entry, and who fetched answers."""
    name = cases.name_of(case)
    for code, what in FROM_LOG.items():
        query = _entries(code).where(json_text(PendingEntry.body, "subject", "case") == name)
        entries: list[Entry] = [journal.entry_of(row) for row in session.exec(query)]
        yield from (Step(entry.at, what, entry.event.actor) for entry in entries)


def _entries(code: str) -> Any:
    return select(PendingEntry).where(json_text(PendingEntry.body, "code") == code).order_by(col(PendingEntry.id))
