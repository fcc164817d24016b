"""Record what the centre's own commands do to the vault, so that outsiders can hold the vault's trail against it.

It changes nothing in the vault, and records no value: names, counts and digests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.centre import Centre
from api.services import journal
from api.services.journal import Event

A_PAGE = 500
"""Changes in one entry: an entry has a largest size."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A part of the trail that was put aside: name, octets, SHA-256 (hex); and the old parts that were dropped."""

    part: str
    octets: int
    digest: str
    dropped: Sequence[str]


def record_run(centre: Centre, code: str, role: str, since: datetime, changes: Iterable[str]) -> None:
    """Record what a run changed, `kind:name` each, since it began; nothing if it changed nothing."""
    names = sorted(set(changes))
    with Session(centre.store) as session, session.begin():
        for start in range(0, len(names), A_PAGE):
            subject = {"since": since.isoformat(), "changes": names[start : start + A_PAGE]}
            journal.record(session, Event(code, role, role, "", "", subject), centre.clock())


def record_gate(centre: Centre, accessor: str) -> None:
    """Record that the gate before releases was tried, and by what the vault's trail knows that request."""
    with Session(centre.store) as session, session.begin():
        event = Event("VAULT_GATE_TRIED", journal.OPERATOR, "release", "", "", {"accessor": accessor})
        journal.record(session, event, centre.clock())


def record_rotation(centre: Centre, made: Rotation) -> None:
    """Record a rotation."""
    subject = {"part": made.part, "octets": made.octets, "digest": made.digest, "dropped": list(made.dropped)}
    with Session(centre.store) as session, session.begin():
        journal.record(session, Event("TRAIL_ROTATED", journal.OPERATOR, "service", "", "", subject), centre.clock())
