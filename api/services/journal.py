"""Write an entry of the access log in the caller's transaction, and read entries. It never commits and never decides.

If the entry cannot be committed, neither can what it tells of. Entries name parties by the vault's ids and people by
pseudonyms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import ColumnElement, String, cast, insert, literal, or_
from sqlmodel import Session, col, select

from api.errors import ServiceError
from api.services.events import EVENTS
from api.store import CasePerson, PendingEntry, json_text

OPERATOR = "operator"
"""The actor of what the centre's own commands do."""
WIB = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Event:
    """What happened (a code of the registry), who did it in which role, why, and to what: ids and counts."""

    code: str
    actor: str
    role: str
    purpose: str
    basis: str
    subject: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in the log."""

    number: int
    at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries are meant; nothing means all."""

    code: str | None = None
    actor: str | None = None
    person: str | None = None


def record(session: Session, event: Event, now: datetime) -> PendingEntry:
    """Insert a pending entry and return it; raises ServiceError EVENT_UNKNOWN."""
    entry = PendingEntry(created_at=now, body=_body(event, now))
    session.add(entry)
    return entry


def record_all(session: Session, events: Iterable[Event], now: datetime) -> None:
    """Insert many pending entries, in their order, at about a tenth of the cost; raises ServiceError EVENT_UNKNOWN."""
    rows = [{"created_at": now, "body": _body(event, now)} for event in events]
    if rows:
        # What returns the numbers is sent many rows a statement, and so are the database's own triggers run.
        session.connection().execute(insert(PendingEntry).returning(col(PendingEntry.id)), rows)


def _body(event: Event, now: datetime) -> str:
    """Return the entry's canonical JSON."""
    if event.code not in EVENTS:
        raise ServiceError("EVENT_UNKNOWN", "no such event in the registry", place=event.code)
    body = {name: getattr(event, name) for name in Event.__slots__}
    body |= {"version": 1, "at": now.isoformat(timespec="milliseconds"), "subject": dict(event.subject)}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entries(session: Session, sought: Sought, after: int, limit: int) -> list[Entry]:
    """Return entries in their order, those after `after`."""
    query = select(PendingEntry).where(col(PendingEntry.id) > after)
    for name, value in (("code", sought.code), ("actor", sought.actor)):
        if value is not None:
            query = query.where(json_text(PendingEntry.body, name) == value)
    if sought.person is not None:
        query = query.where(about(sought.person))
    return [entry_of(row) for row in session.exec(query.order_by(col(PendingEntry.id)).limit(limit))]


def about(person: str) -> ColumnElement[bool]:
    """Return the condition of entries about a person: alone, among several, or by a case that she is in."""
    said = json_text(PendingEntry.body, "subject", "persons")
    cases = select(literal("case-").concat(cast(CasePerson.case, String))).where(CasePerson.person == int(person, 16))
    return or_(
        json_text(PendingEntry.body, "subject", "person") == person,
        said.contains(f'"{person}"'),
        json_text(PendingEntry.body, "subject", "case").in_(cases),
    )


def entry_of(row: PendingEntry) -> Entry:
    """Return an entry as it was written."""
    body = json.loads(row.body)
    event = Event(**{name: body[name] for name in Event.__slots__})
    return Entry(row.id or 0, row.created_at, event)
