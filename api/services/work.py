"""Jobs as rows: who waits, what became of it. It runs none of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from api.errors import ServiceError
from api.store import Job

INGEST, LINK = "ingest", "link"
WAITING, DONE, REFUSED = "waiting", "done", "refused"
COUNTS = ("rows", "known_rows", "run", "persons", "reviews")


def find(session: Session, job: str) -> Job:
    """Return a job; raises ServiceError NOT_FOUND."""
    found = session.get(Job, job)
    if found is None:
        raise ServiceError("NOT_FOUND", "no such job")
    return found


def start_link(session: Session, entropy: Callable[[int], bytes], now: datetime) -> Job:
    """Return the waiting link, or a new one: two that wait would do the same."""
    waiting = session.exec(select(Job).where(Job.kind == LINK, Job.state == WAITING)).first()
    if waiting is not None:
        return waiting
    job = Job(id=entropy(16).hex(), kind=LINK, created_at=now)
    session.add(job)
    session.flush()
    return job


def waiting(session: Session) -> list[tuple[str, str]]:
    """Return id and kind of the jobs that are not ended, oldest first."""
    query = select(Job.id, Job.kind).where(Job.state == WAITING).order_by(col(Job.created_at), Job.id)
    return list(session.exec(query).all())


def listed(session: Session, agency: str | None, limit: int) -> list[Job]:
    """Return the newest jobs, of one agency or of all."""
    query = select(Job).order_by(col(Job.created_at).desc(), Job.id).limit(limit)
    return list(session.exec(query.where(Job.agency == agency) if agency else query))


def end(session: Session, job: str, outcome: dict[str, Any], now: datetime) -> Job | None:
    """Write what became of a job, once; returns it, or nothing if it had ended before."""
    found = session.get_one(Job, job, with_for_update=True)
    if found.state != WAITING:
        return None
    found.state, found.ended_at = outcome["state"], now
    found.code, found.place = outcome.get("code"), outcome.get("place")
    for name in COUNTS:
        setattr(found, name, outcome.get(name))
    session.add(found)
    return found
