"""What must be on file: an agreement an agency, an impact assessment; and the records of processing (UU PDP, art. 31).

Papers stay with the officer: here are their numbers, days and digests. None in force, and production refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services.journal import WIB
from api.store import Agency, Agreement, Assessment, PendingEntry, json_text

LONGEST = timedelta(days=5 * 366)
"""An agreement is looked at again after five years at the latest."""
RENEW = timedelta(days=366)
"""An assessment serves for a year: attacks get better."""


@dataclass(frozen=True, slots=True)
class Paper:
    """An agreement as it is recorded: its number, its first and last day, and the SHA-256 (hex) of the signed paper."""

    number: str
    signed: date
    until: date
    digest: str


@dataclass(frozen=True, slots=True)
class OnFile:
    """An agency, its newest agreement if there is any, and whether that is in force."""

    agency: Agency
    agreement: Agreement | None
    in_force: bool


def record(session: Session, centre: Centre, agency: str, paper: Paper, by: str) -> Agreement:
    """Record an agreement; the newest counts. Raises ServiceError AGENCY_UNKNOWN or AGREEMENT_DAYS."""
    today = _today(centre)
    if session.get(Agency, agency) is None:
        raise ServiceError("AGENCY_UNKNOWN", "no such agency is enrolled", hint="the centre enrols it by its card")
    if not (paper.signed <= today and paper.signed < paper.until <= paper.signed + LONGEST):
        raise ServiceError("AGREEMENT_DAYS", "expected days of at most five years, signed by now", place="until")
    made = Agreement(
        agency=agency, number=paper.number, signed=paper.signed, until=paper.until, digest=paper.digest,
        recorded_by=by, recorded_at=centre.clock(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def assess(session: Session, centre: Centre, papers: tuple[str, str], signed: date, by: str) -> Assessment:
    """Record an impact assessment by the digests of its paper and of the attack report that belongs to it.

    Raises ServiceError ASSESSMENT_DAYS.
    """
    if not _today(centre) - RENEW < signed <= _today(centre):
        raise ServiceError("ASSESSMENT_DAYS", "expected a day of the last year", place="signed")
    digest, attacks = papers
    made = Assessment(digest=digest, attacks=attacks, signed=signed, recorded_by=by, recorded_at=centre.clock())
    session.add(made)
    session.flush()
    return made


def listed(session: Session, today: date) -> list[OnFile]:
    """Return every enrolled agency with its newest agreement."""
    newest = {each.agency: each for each in session.exec(select(Agreement).order_by(col(Agreement.id)))}
    agencies = session.exec(select(Agency).order_by(col(Agency.id)))
    return [OnFile(each, newest.get(each.id), _stands(newest.get(each.id), today)) for each in agencies]


def assessment(session: Session) -> Assessment | None:
    """Return the newest impact assessment."""
    return session.exec(select(Assessment).order_by(col(Assessment.id).desc()).limit(1)).first()


def check_agency(session: Session, centre: Centre, agency: str) -> None:
    """Raise ServiceError AGREEMENT_MISSING unless an agreement with the agency is in force."""
    newest = select(Agreement).where(Agreement.agency == agency).order_by(col(Agreement.id).desc()).limit(1)
    if not _stands(session.exec(newest).first(), _today(centre)):
        hint = "the data-protection officer records it: `lapis officer agreement`"
        raise ServiceError("AGREEMENT_MISSING", "no agreement with the agency is in force", place=agency, hint=hint)


def check_production(session: Session, centre: Centre) -> None:
    """Raise ServiceError ASSESSMENT_MISSING, or AGREEMENT_MISSING for the first agency without one."""
    found = assessment(session)
    if found is None or found.signed <= _today(centre) - RENEW:
        hint = "the data-protection officer records it: `lapis officer assessment`"
        raise ServiceError("ASSESSMENT_MISSING", "no impact assessment of the last year is on file", hint=hint)
    for each in listed(session, _today(centre)):
        if not each.in_force:
            check_agency(session, centre, each.agency.id)


def check_start(centre: Centre) -> None:
    """Refuse to start with real data unless all is on file; raises as `check_production`."""
    with Session(centre.store) as session:
        check_production(session, centre)


def processing(session: Session, centre: Centre, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the records of processing: what is stated of it, and what store and log show."""
    purposes: Counter[str] = Counter()
    rows: Sequence[str] = session.exec(select(json_text(PendingEntry.body, "purpose"))).all()
    purposes.update(purpose for purpose in rows if purpose)
    found = assessment(session)
    agencies = [
        {
            "agency": each.agency.id, "name": each.agency.name, "in_force": each.in_force,
            "agreement": each.agreement.number if each.agreement else None,
            "until": each.agreement.until.isoformat() if each.agreement else None,
        }
        for each in listed(session, _today(centre))
    ]  # fmt: skip
    return {
        **stated,
        "as_of": centre.clock().isoformat(timespec="seconds"),
        "recipients": agencies,
        "uses": dict(sorted(purposes.items())),
        "assessment": {"signed": found.signed.isoformat(), "digest": found.digest, "attacks": found.attacks}
        if found
        else None,
    }


def today(now: datetime) -> date:
    """Return the day in western Indonesia."""
    return now.astimezone(WIB).date()


def _today(centre: Centre) -> date:
    return today(centre.clock())


def _stands(agreement: Agreement | None, day: date) -> bool:
    return agreement is not None and agreement.signed <= day <= agreement.until
