"""What agencies asked of campaigns, and how sound their lists are, as counts over time. It knows no row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from api.store import Approval, Case, CaseAnswer, Pull, Submission, Ticket


@dataclass(frozen=True, slots=True)
class Asked:
    """How often an agency asked about a campaign (None: its rows as such), how many rows in all, and when last."""

    campaign: int | None
    agency: str
    times: int
    rows: int
    last: date


@dataclass(frozen=True, slots=True)
class Quality:
    """How sound one list was, as shares of its rows: a usable NIK, a usable family card, a birth date that is one."""

    submission: int
    at: datetime
    rows: int
    nik: float
    kk: float
    dated: float


@dataclass(frozen=True, slots=True)
class Open:
    """A ticket that an agency has not answered; `until`: when its case ends; `answers`: whether the case takes any."""

    case: int
    issued: datetime
    until: datetime
    answers: bool


def of_campaign(session: Session, campaign: int) -> list[Asked]:
    """Return who asked about a campaign, by agency."""
    return _asked(session, Pull.campaign == campaign)


def of_agency(session: Session, agency: str) -> list[Asked]:
    """Return about which campaigns an agency asked, the newest first."""
    return sorted(_asked(session, Pull.agency == agency), key=lambda each: -(each.campaign or 0))


def _asked(session: Session, which: bool) -> list[Asked]:
    keys: Any = (col(Pull.campaign), col(Pull.agency))
    counted: Any = (func.count(), func.sum(Pull.rows), func.max(Pull.day))
    query: Any = select(*keys, *counted).where(which).group_by(*keys)
    return [Asked(campaign, agency, times, int(rows), last) for campaign, agency, times, rows, last in
            sorted(session.exec(query), key=lambda row: row[1])]  # fmt: skip


def approvals(session: Session, campaign: int) -> Sequence[Approval]:
    """Return who approved a campaign, in which role and when."""
    return session.exec(select(Approval).where(Approval.campaign == campaign).order_by(col(Approval.given_at))).all()


def quality(session: Session, agency: str, limit: int) -> list[Quality]:
    """Return how sound an agency's newest lists were, oldest first; a list that says nothing of it is left out."""
    query = select(Submission).where(Submission.agency == agency, col(Submission.visible_at).is_not(None))
    found = session.exec(query.order_by(col(Submission.id).desc()).limit(limit))
    return [each for row in reversed(found.all()) if (each := _quality(row)) is not None]


def _quality(row: Submission) -> Quality | None:
    told = json.loads(row.statistics)
    rows = told.get("rows", 0)
    if not rows or row.visible_at is None or "nik_status" not in told:
        return None
    dated = rows - told.get("missing", {}).get("birth_date", 0) - told.get("default_dates", 0)
    good = {name: told.get(f"{name}_status", {}).get("ok", 0) / rows for name in ("nik", "kk")}
    return Quality(row.id or 0, row.visible_at, rows, good["nik"], good["kk"], max(0, dated) / rows)


def tickets(session: Session, agency: str) -> list[Open]:
    """Return the tickets of an agency that it has not answered, the oldest first."""
    answered = select(CaseAnswer.case).where(CaseAnswer.agency == agency)
    query = select(Ticket, Case).join(Case, col(Case.id) == Ticket.case).where(Ticket.agency == agency)
    query = query.where(col(Ticket.case).not_in(answered)).order_by(col(Ticket.issued_at), col(Ticket.case))
    return [Open(ticket.case, ticket.issued_at, case.expires, case.officer_key is not None)
            for ticket, case in session.exec(query)]  # fmt: skip
