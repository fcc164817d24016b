"""The review queue: alarms and flagged entries that wait for somebody's verdict, and the verdict, once.

A verdict is a word of a closed list; nobody signs off what she did herself. It takes back no alarm and no flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import flags, journal
from api.services.journal import Entry
from api.store import Alarm, PendingEntry, SignOff
from policies.oversight_rules import OversightRules

Verdict = Literal["expected", "explained", "incident"]
"""Expected: as it should be. Explained: asked after, and in order. Incident: it goes on as one."""
ABOUT = re.compile(r"alarm-([0-9]{1,9})|entry-([0-9]{1,9})/([a-z-]{1,20})")
LOOK_BACK = timedelta(days=30)
"""How far back flags are looked for. Alarms wait for ever."""
MOST = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: an alarm, or an entry with one of its flags."""

    about: str
    name: str
    at: datetime
    alarm: Alarm | None = None
    entry: Entry | None = None


def waiting(session: Session, rules: OversightRules, now: datetime) -> list[Waiting]:
    """Return what waits for a verdict, newest first: alarms, then flags of the last thirty days."""
    signed = set(session.exec(select(SignOff.about)))
    found = [
        Waiting(f"alarm-{each.id}", each.code, each.first_at, alarm=each)
        for each in session.exec(select(Alarm).order_by(col(Alarm.id).desc()))
    ]
    flagged = flags.flagged(session, rules, now - LOOK_BACK, now)
    wanted = {
        number: sorted(names) for number, names in flagged.items()
        if any(f"entry-{number}/{name}" not in signed for name in names)
    }  # fmt: skip
    newest = sorted(wanted, reverse=True)[:MOST]
    entries = {each.number: each for each in _entries(session, newest)}
    found += [
        Waiting(f"entry-{number}/{name}", name, entries[number].at, entry=entries[number])
        for number in newest
        for name in wanted[number]
    ]
    return [each for each in found if each.about not in signed]


def sign(session: Session, centre: Centre, rules: OversightRules, given: tuple[str, Verdict], by: str) -> SignOff:
    """Keep a verdict; raises ServiceError NOT_FOUND, SIGNOFF_GIVEN, or SIGNOFF_OWN for what she did herself."""
    about, verdict = given
    _check(session, rules, about, by)
    signed = SignOff(about=about, verdict=verdict, signed_by=by, signed_at=centre.clock())
    try:
        with session.begin_nested():
            session.add(signed)
            session.flush()
    except IntegrityError:
        raise ServiceError("SIGNOFF_GIVEN", "somebody has signed this off", place=about) from None
    return signed


def _check(session: Session, rules: OversightRules, about: str, by: str) -> None:
    """Refuse what is no alarm and no flag, and one's own."""
    parts = ABOUT.fullmatch(about)
    if parts is None:
        raise ServiceError("NOT_FOUND", "no such alarm or flag")
    if parts[1]:
        alarm = session.get(Alarm, int(parts[1]))
        if alarm is None:
            raise ServiceError("NOT_FOUND", "no such alarm or flag")
        if alarm.raised_by == by:
            raise _own(about)
        return
    row = session.get(PendingEntry, int(parts[2]))
    flagged = flags.flagged(session, rules, row.created_at, row.created_at) if row else {}
    if row is None or parts[3] not in flagged.get(row.id or 0, ()):
        raise ServiceError("NOT_FOUND", "no such alarm or flag")
    event = journal.entry_of(row).event
    told = event.subject.get("approvers", ())
    if by == event.actor or by in (told if isinstance(told, list) else ()):
        raise _own(about)


def _own(about: str) -> ServiceError:
    return ServiceError("SIGNOFF_OWN", "another person must look at this", place=about)


def _entries(session: Session, numbers: Iterable[int]) -> list[Entry]:
    rows = session.exec(select(PendingEntry).where(col(PendingEntry.id).in_(list(numbers))))
    return [journal.entry_of(row) for row in rows]
