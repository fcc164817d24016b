"""Alarms: what somebody must look at, raised by the service itself or by the reconciler. Each is kept once.

An alarm names ids, places and counts, and nothing about a person. It is never taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from api.store import Alarm


@dataclass(frozen=True, slots=True)
class Sign:
    """What was found: code, what it is about, where it shows, of which case or agency, how often, since when."""

    code: str
    about: str
    at: datetime
    place: str | None = None
    case: str | None = None
    agency: str | None = None
    count: int = 1


def raise_(session: Session, signs: Sequence[Sign], by: str | None, now: datetime) -> int:
    """Keep the alarms in the caller's transaction; return how many are new. One that is known only counts up."""
    new = 0
    for sign in signs:
        known = session.exec(select(Alarm).where(Alarm.code == sign.code, Alarm.about == sign.about)).first()
        if known is not None:
            known.count = max(known.count, sign.count)
            session.add(known)
            continue
        new += 1
        session.add(
            Alarm(
                code=sign.code, about=sign.about, agency=sign.agency, place=sign.place, case=sign.case,
                count=sign.count, at=sign.at, first_at=now, raised_by=by,
            )
        )  # fmt: skip
        session.flush()
    return new


def listed(session: Session, limit: int) -> Sequence[Alarm]:
    """Return alarms, newest first."""
    return session.exec(select(Alarm).order_by(col(Alarm.id).desc()).limit(limit)).all()
