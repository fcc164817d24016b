"""Write an entry of the access log in the caller's transaction, and read entries. It never commits and never decides.

If the entry cannot be committed, neither can what it tells of. Entries name parties by the vault's ids and people by
pseudonyms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from api.errors import ServiceError
from api.services.events import EVENTS
from api.store import PendingEntry

OPERATOR = "operator"
"""The actor of what the centre's own commands do."""


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
    if event.code not in EVENTS:
        raise ServiceError("EVENT_UNKNOWN", "no such event in the registry", place=event.code)
    body = {"version": 1, "at": now.isoformat(timespec="milliseconds"), **asdict(event)}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    entry = PendingEntry(created_at=now, body=text)
    session.add(entry)
    return entry


def entries(session: Session, sought: Sought, after: int, limit: int) -> list[Entry]:
    """Return entries in their order, those after `after`."""
    query = select(PendingEntry).where(col(PendingEntry.id) > after)
    wanted = {"$.code": sought.code, "$.actor": sought.actor, "$.subject.person": sought.person}
    for path, value in wanted.items():
        if value is not None:
            query = query.where(func.json_extract(PendingEntry.body, path) == value)
    return [_entry(row) for row in session.exec(query.order_by(col(PendingEntry.id)).limit(limit))]


def _entry(row: PendingEntry) -> Entry:
    body = json.loads(row.body)
    event = Event(**{name: body[name] for name in Event.__slots__})
    return Entry(row.id or 0, row.created_at, event)
