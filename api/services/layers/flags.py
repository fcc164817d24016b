"""Flags wait for a person: list them with their rows, and keep what she found. Nothing is denied by a flag.

An outcome is kept beside the flag and not in it: the same rows under the same rule are the same flag, and other rows
are another, which nobody has looked at yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.services.findings import Outcome
from api.services.persons import suppress
from api.store import Content, Finding, FindingRow, FlagOutcome, LayerFlag, LayerFlagRow, LayerPerson, Membership

State = Literal["open", "settled"]
SENT_BACK: Outcome = "review-together"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flags are meant; nothing means all."""

    rule: str | None = None
    effect: str | None = None
    state: State | None = None
    regency: str | None = None


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One row that a flag wants looked at; rupiah."""

    person: int
    agency: str
    programme: str | None
    period: str | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class Flagged:
    """A flag with its rows, and what was found of it."""

    flag: LayerFlag
    rows: list[FlagRow]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows go back to their agencies at the next weekly cut."""

    rows: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person without a usable NIK: since when she is known (microseconds since 1970), why, and her layers."""

    person: int
    village: str | None
    reason: str
    since: int
    layers: int


def listed(session: Session, wanted: Wanted, after: str, limit: int) -> list[Flagged]:
    """Return flags by id, those after `after`."""
    query: Any = select(LayerFlag, FlagOutcome.outcome).join(
        FlagOutcome, col(FlagOutcome.flag) == col(LayerFlag.id), isouter=True
    )
    query = query.where(col(LayerFlag.id) > after)
    for column, value in ((LayerFlag.rule, wanted.rule), (LayerFlag.effect, wanted.effect)):
        query = query if value is None else query.where(column == value)
    if wanted.state is not None:
        settled = col(FlagOutcome.outcome).is_not(None)
        query = query.where(settled if wanted.state == "settled" else ~settled)
    if wanted.regency is not None:
        there = select(LayerFlagRow.flag).join(Content, col(Content.record) == col(LayerFlagRow.record))
        query = query.where(col(LayerFlag.id).in_(there.where(Content.regency == wanted.regency)))
    found = session.exec(query.order_by(col(LayerFlag.id)).limit(limit)).all()
    rows = _rows(session, [flag.id for flag, _ in found])
    return [Flagged(flag, [row for _, row in rows.get(flag.id, [])], outcome) for flag, outcome in found]


def _rows(session: Session, flags: list[str]) -> dict[str, list[tuple[int, FlagRow]]]:
    columns: Any = (
        LayerFlagRow.flag, Content.record, Membership.person, Content.agency, Content.programme, Content.period,
        Content.amount,
    )  # fmt: skip
    query: Any = select(*columns).join(Content, col(Content.record) == col(LayerFlagRow.record))
    query = query.join(Membership, col(Membership.record) == col(LayerFlagRow.record))
    query = query.where(col(LayerFlagRow.flag).in_(flags)).order_by(col(LayerFlagRow.flag), col(LayerFlagRow.record))
    found: dict[str, list[tuple[int, FlagRow]]] = {}
    for flag, record, *row in session.exec(query):
        found.setdefault(flag, []).append((record, FlagRow(*row)))
    return found


def settle(session: Session, centre: Centre, flag: str, outcome: Outcome, by: str) -> Kept:
    """Keep a person's finding of a flag; the later stands, as far as the earlier has not been told.

    Only `review-together` sends rows back, paid ones, and only where two agencies have rows in the flag. Raises
    ServiceError FLAG_UNKNOWN.
    """
    found = session.get(LayerFlag, flag)
    if found is None:
        raise ServiceError("FLAG_UNKNOWN", "no such flag stands", hint="its rows may have changed: list flags again")
    now = centre.clock()
    session.merge(FlagOutcome(flag=flag, rule=found.rule, outcome=outcome, found_by=by, found_at=now))
    same = select(Finding.id).where(Finding.flag == flag)
    untold = col(FindingRow.cut).is_(None)
    session.execute(delete(FindingRow).where(col(FindingRow.finding).in_(same), untold))
    rows = _rows(session, [flag]).get(flag, [])
    paid = [(record, row) for record, row in rows if (row.amount or 0) > 0]
    if outcome != SENT_BACK or not paid or len({row.agency for _, row in rows}) < 2:
        return Kept(0)
    finding = Finding(
        person=paid[0][1].person, programme=None, period="", outcome=outcome, found_by=by, found_at=now, flag=flag
    )
    session.add(finding)
    session.flush()
    for record, row in paid:
        session.add(FindingRow(record=record, finding=finding.id or 0, agency=row.agency))
    return Kept(len(paid))


def waiting(
    session: Session, village: str | None, after: tuple[int, int], limit: int
) -> list[Waiting]:  # fmt: skip
    """Return the persons without a usable NIK, the longest waiting first, those after (since, person)."""
    since, person = after
    query = select(LayerPerson).where(LayerPerson.nik_status != "ok")
    later = (col(LayerPerson.since) > since) | ((col(LayerPerson.since) == since) & (col(LayerPerson.person) > person))
    query = query.where(later)
    if village is not None:
        query = query.where(col(LayerPerson.village).startswith(village, autoescape=True))
    query = query.order_by(col(LayerPerson.since), col(LayerPerson.person)).limit(limit)
    return [
        Waiting(each.person, each.village, each.nik_status, each.since, each.layers) for each in session.exec(query)
    ]


def told(centre: Centre) -> dict[str, int | None]:
    """Return by rule how many flags nobody has looked at, in tens and none under ten."""
    with Session(centre.store) as session:
        return {rule: suppress(count) for rule, count in sorted(counted(session).items())}


def counted(session: Session) -> dict[str, int]:
    """Return how many flags nobody has looked at, by rule."""
    settled = select(FlagOutcome.flag)
    query = select(LayerFlag.rule, func.count()).where(col(LayerFlag.id).not_in(settled)).group_by(LayerFlag.rule)
    return dict(session.exec(query).all())
