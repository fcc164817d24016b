"""Referral: a campaign that two people approved, and the pull by which agencies learn which own rows it concerns.

Nothing is decrypted and nobody is named: an agency sends the references of its own rows, and gets one word a row back,
in the order asked. Never says a thing about a row that is not the asker's; that others know a person shows only as far
as the criterion that two people approved implies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.services.staging import open_handles
from api.store import Approval, Campaign, Content, HandleBlock, Membership, Pull, Reference, Submission
from linkage.encoding.compartments import REFERENCES
from vault import hmac_batch, latest_version

Criterion = Literal["without", "twice"]
"""`without`: the person is on no list of the programme; `twice`: two agencies list her for it in one period."""
APPROVERS = ("dpo", "pmo-head")
"""One of each: two people who answer for different things."""
LONGEST = timedelta(days=180)
ROWS_A_DAY = 200_000
"""References that one agency may ask about in a day: its lists, not a province of guesses."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign says: whom it looks for, where (a regency, or None for the province), and until when."""

    programme: str
    criterion: Criterion
    regency: str | None
    expires: date


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agency gets: for each reference asked, in its order, whether the campaign concerns that row."""

    programme: str
    criterion: Criterion
    concerned: list[bool]


def open_campaign(centre: Centre, draft: Draft, by: str) -> int:
    """Open a campaign and return its number; raises ServiceError PROGRAMME_UNKNOWN or CAMPAIGN_EXPIRY."""
    now = centre.clock()
    if draft.programme not in centre.programmes:
        raise ServiceError("PROGRAMME_UNKNOWN", "no such programme", place="programme")
    if not now.date() < draft.expires <= (now + LONGEST).date():
        raise ServiceError("CAMPAIGN_EXPIRY", f"expected a day within {LONGEST.days} days", place="expires")
    with Session(centre.store) as session, session.begin():
        campaign = Campaign(
            programme=draft.programme,
            criterion=draft.criterion,
            regency=draft.regency,
            expires=draft.expires,
            opened_by=by,
            opened_at=now,
        )
        session.add(campaign)
        session.flush()
        return _number(campaign)


def approve(centre: Centre, number: int, by: str, role: str) -> bool:
    """Add one person's approval; return whether the campaign is in force now.

    Raises ServiceError CAMPAIGN_UNKNOWN, APPROVER_ROLE, or APPROVER_NOT_OTHER (the opener, or one person twice).
    """
    if role not in APPROVERS:
        raise ServiceError("APPROVER_ROLE", "this role approves no campaigns", place=role)
    with Session(centre.store) as session, session.begin():
        campaign = _campaign(session, number)
        given = session.exec(select(Approval).where(Approval.campaign == number)).all()
        if by == campaign.opened_by or any(each.person == by and each.role != role for each in given):
            raise ServiceError("APPROVER_NOT_OTHER", "another person must approve this", place=role)
        if not any(each.role == role for each in given):
            session.add(Approval(campaign=number, role=role, person=by, given_at=centre.clock()))
        session.flush()
        return _in_force(session, campaign, centre.clock())


def pull(centre: Centre, number: int, agency: str, refs: pa.Array) -> Answer:
    """Answer an agency about its own rows: refs fixed_size_binary(32)[n]; what is not its own is just not concerned.

    Raises ServiceError CAMPAIGN_UNKNOWN, CAMPAIGN_NOT_IN_FORCE or PULL_BUDGET, or VaultError.
    """
    with Session(centre.store) as session, session.begin():
        campaign = _campaign(session, number)
        if not _in_force(session, campaign, centre.clock()):
            raise ServiceError("CAMPAIGN_NOT_IN_FORCE", "not approved by two people, or over", place=str(number))
        _spend(session, campaign, agency, len(refs), centre.clock())
        wanted = _concerned(session, campaign)
        criterion: Criterion = "twice" if campaign.criterion == "twice" else "without"
        programme = campaign.programme
    with centre.login("ingest") as vault:
        lookup = hmac_batch(vault, "ref", latest_version(vault, "ref"), refs)
    records = _records(centre, agency, lookup)
    return Answer(programme, criterion, [record in wanted for record in records])


def _campaign(session: Session, number: int) -> Campaign:
    found = session.get(Campaign, number)
    if found is None:
        raise ServiceError("CAMPAIGN_UNKNOWN", "no such campaign", place=str(number))
    return found


def _number(campaign: Campaign) -> int:
    if campaign.id is None:
        raise ServiceError("STORE_FAILED", "the store gave the campaign no number")
    return campaign.id


def _in_force(session: Session, campaign: Campaign, now: datetime) -> bool:
    given = session.exec(select(Approval).where(Approval.campaign == campaign.id)).all()
    people, roles = {each.person for each in given}, {each.role for each in given}
    return len(people) >= len(APPROVERS) and roles == set(APPROVERS) and now.date() <= campaign.expires


def _spend(session: Session, campaign: Campaign, agency: str, rows: int, now: datetime) -> None:
    """Count the references asked against the agency's day; every pull stands in the store with its size."""
    today = now.date()
    spent = session.exec(select(func.sum(Pull.rows)).where(Pull.agency == agency, Pull.day == today)).one() or 0
    if spent + rows > ROWS_A_DAY:
        raise ServiceError(
            "PULL_BUDGET", "more rows than an agency may ask about in a day", place=agency, hint="tomorrow"
        )
    session.add(Pull(campaign=_number(campaign), agency=agency, day=today, rows=rows, asked_at=now))


def _concerned(session: Session, campaign: Campaign) -> set[int]:
    """Return the records of every person the campaign looks for."""
    of_programme = (
        select(Membership.person, Content.period, Content.agency)
        .join(Content, col(Content.record) == Membership.record)
        .where(Content.programme == campaign.programme)
    )
    rows = session.exec(of_programme).all()
    if campaign.criterion == "twice":
        agencies: dict[tuple[int, str | None], set[str]] = {}
        for person, period, agency in rows:
            agencies.setdefault((person, period), set()).add(agency)
        persons = {person for (person, _), who in agencies.items() if len(who) > 1}
    else:
        served = {person for person, _, _ in rows}
        persons = {person for person in session.exec(select(Membership.person).distinct()) if person not in served}
    query = select(Membership.record, Membership.person).join(Content, col(Content.record) == Membership.record)
    if campaign.regency is not None:
        query = query.where(Content.regency == campaign.regency)
    return {record for record, person in session.exec(query) if person in persons}


def _records(centre: Centre, agency: str, lookup: pa.Array) -> Sequence[int | None]:
    """Return the record of each look-up among the agency's own visible rows, None where there is none."""
    with Session(centre.store) as session:
        mine = session.exec(
            select(Reference.lookup, Reference.handle).where(
                Reference.agency == agency, col(Reference.lookup).in_(lookup.unique().to_pylist())
            )
        ).all()
        blocks = session.exec(
            select(HandleBlock)
            .join(Submission)
            .where(Submission.agency == agency, col(Submission.visible_at).is_not(None))
        ).all()
    handles = dict(mine)
    with centre.login("merge") as vault:
        records: dict[int, int] = {}
        for block in blocks:
            table = open_handles(vault, block)
            table = table.filter(pc.equal(pc.cast(table["compartment"], pa.string()), REFERENCES))
            records.update(zip(table["handle"].to_pylist(), table["record"].to_pylist(), strict=True))
    return [records.get(handles.get(each, -1)) for each in lookup.to_pylist()]
