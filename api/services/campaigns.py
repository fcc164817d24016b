"""Referral: a campaign that two people approved, and the pull by which agencies learn which own rows it concerns.

Nothing is decrypted and nobody is named: an agency sends the references of its own rows, and gets one word a row back,
in the order asked. Never says a thing about a row that is not the asker's; that others know a person shows only as far
as the criterion that two people approved implies it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pyarrow as pa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import own_rows, persons
from api.services.layers import gaps
from api.store import Approval, Campaign, Content, LayerState, Membership, Submission

Criterion = Literal["without", "twice", "untouched", "unmet"]
"""`without`: the person is on no list of the programme; `twice`: two agencies paid her for it in one period;
`untouched`, `unmet`: she is in a gap that the programme is to close (`layers.gaps`), as the layers last saw her.

`twice` tells that another agency lists a person. So it looks only at rows that name a payment and were there when the
campaign was opened: a row that was listed to find out is not concerned.
"""
State = Literal["open", "in-force", "refused", "over"]
Suggestion = Literal["offer-programme", "review-together"]
SUGGESTIONS: dict[str, Suggestion] = {
    "without": "offer-programme", "twice": "review-together", "untouched": "offer-programme",
    "unmet": "offer-programme",
}  # fmt: skip
APPROVERS = ("dpo", "pmo-head")
"""One of each: two people who answer for different things."""
LONGEST = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign says: whom it looks for, where (a regency, or None for the province), and until when."""

    programme: str
    criterion: Criterion
    regency: str | None
    expires: date


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign, how it stands, and which roles approved it."""

    campaign: Campaign
    state: State
    approved_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agency gets: for each reference asked, in its order, whether the campaign concerns that row."""

    programme: str
    suggestion: Suggestion
    concerned: list[bool]


def open_campaign(session: Session, centre: Centre, draft: Draft, by: str) -> Standing:
    """Open a campaign; raises ServiceError PROGRAMME_UNKNOWN, CAMPAIGN_EXPIRY or NOTHING_LAYERED."""
    now = centre.clock()
    if draft.programme not in centre.programmes:
        raise ServiceError("PROGRAMME_UNKNOWN", "no such programme", place="programme")
    if not _day(now) < draft.expires <= _day(now + LONGEST):
        raise ServiceError("CAMPAIGN_EXPIRY", f"expected a day within {LONGEST.days} days", place="expires")
    if draft.criterion in gaps.CRITERIA and session.get(LayerState, 1) is None:
        raise ServiceError("NOTHING_LAYERED", "nobody knows of gaps yet", hint="run `lapis centre layer` first")
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
    return standing(session, campaign, now)


def listed(session: Session, now: datetime, *, in_force: bool, limit: int) -> list[Standing]:
    """Return campaigns, newest first; with `in_force` only those that answer."""
    query = select(Campaign).order_by(col(Campaign.id).desc())
    if in_force:
        query = query.where(col(Campaign.refused_at).is_(None), col(Campaign.expires) >= _day(now))
        query = query.where(*(_approved(role) for role in APPROVERS))
    return [standing(session, campaign, now) for campaign in session.exec(query.limit(limit))]


def approve(session: Session, centre: Centre, number: int, by: str, roles: Collection[str]) -> Standing:
    """Add one person's approval; given again it is still one.

    Raises ServiceError CAMPAIGN_UNKNOWN, CAMPAIGN_CLOSED, APPROVER_ROLE, or APPROVER_NOT_OTHER (the opener, or one
    person twice).
    """
    now = centre.clock()
    campaign = find(session, number)
    role = _approver(roles)
    if standing(session, campaign, now).state in {"refused", "over"}:
        raise ServiceError("CAMPAIGN_CLOSED", "it was refused, or is over", place=str(number))
    given = _given(session, number)
    if by == campaign.opened_by or any(each.person == by and each.role != role for each in given):
        raise ServiceError("APPROVER_NOT_OTHER", "another person must approve this", place=role)
    if not any(each.role == role for each in given):
        session.add(Approval(campaign=number, role=role, person=by, given_at=now))
        session.flush()
    return standing(session, campaign, now)


def refuse(session: Session, centre: Centre, number: int, by: str, roles: Collection[str]) -> Standing:
    """End a campaign, also one in force, for good; raises ServiceError CAMPAIGN_UNKNOWN or APPROVER_ROLE."""
    campaign = find(session, number)
    _approver(roles)
    if campaign.refused_at is None:
        campaign.refused_by, campaign.refused_at = by, centre.clock()
        session.add(campaign)
    return standing(session, campaign, centre.clock())


def pull(session: Session, centre: Centre, number: int, agency: str, refs: pa.Array) -> Answer:
    """Answer an agency about its own rows: refs fixed_size_binary(32)[n]; what is not its own is just not concerned.

    Raises ServiceError CAMPAIGN_UNKNOWN, CAMPAIGN_NOT_IN_FORCE or PULL_BUDGET, or VaultError.
    """
    campaign = find(session, number)
    if standing(session, campaign, centre.clock()).state != "in-force":
        raise ServiceError("CAMPAIGN_NOT_IN_FORCE", "not approved by two people, refused or over", place=str(number))
    own_rows.check(session, centre, agency, len(refs))
    wanted = concerned(session, campaign)
    records = own_rows.find(session, centre, agency, refs)
    own_rows.spend(session, centre, agency, len(refs), number)
    return Answer(campaign.programme, SUGGESTIONS[campaign.criterion], [record in wanted for record in records])


def find(session: Session, number: int) -> Campaign:
    """Return a campaign; raises ServiceError CAMPAIGN_UNKNOWN."""
    found = session.get(Campaign, number)
    if found is None:
        raise ServiceError("CAMPAIGN_UNKNOWN", "no such campaign", place=str(number))
    return found


def standing(session: Session, campaign: Campaign, now: datetime) -> Standing:
    """Say how a campaign stands."""
    given = _given(session, campaign.id)
    people, roles = {each.person for each in given}, {each.role for each in given}
    state: State = "open"
    if campaign.refused_at is not None:
        state = "refused"
    elif _day(now) > campaign.expires:
        state = "over"
    elif len(people) >= len(APPROVERS) and roles == set(APPROVERS):
        state = "in-force"
    return Standing(campaign, state, tuple(sorted(roles)))


def concerned(session: Session, campaign: Campaign) -> set[int]:
    """Return the records of every person the campaign looks for."""
    if campaign.criterion in gaps.CRITERIA:
        return gaps.rows(session, campaign.criterion, campaign.programme, campaign.regency, campaign.opened_at)
    records = _twice(session, campaign) if campaign.criterion == "twice" else _without(session, campaign)
    if campaign.regency is None:
        return records
    there: set[int] = set(session.exec(select(Content.record).where(Content.regency == campaign.regency)))
    return records & there


def _without(session: Session, campaign: Campaign) -> set[int]:
    query = select(Membership.record, Membership.person).join(Content, col(Content.record) == Membership.record)
    given = query.where(Content.programme == campaign.programme, *persons.standing())
    served = {person for _, person in session.exec(given)}
    return {record for record, person in session.exec(query) if person not in served}


def _twice(session: Session, campaign: Campaign) -> set[int]:
    query = select(Content.record, Membership.person, Content.period, Content.agency)
    query = query.join(Membership, col(Content.record) == col(Membership.record))
    query = query.join(Submission, col(Content.submission) == col(Submission.id))
    query = query.where(Content.programme == campaign.programme, col(Content.amount) > 0, *persons.standing())
    rows = session.exec(query.where(col(Submission.visible_at) <= campaign.opened_at)).all()
    agencies: dict[tuple[int, str | None], set[str]] = {}
    for _, person, period, agency in rows:
        agencies.setdefault((person, period), set()).add(agency)
    return {record for record, person, period, _ in rows if len(agencies[person, period]) > 1}


def _approver(roles: Collection[str]) -> str:
    own = sorted(set(roles) & set(APPROVERS))
    if not own:
        raise ServiceError("APPROVER_ROLE", "this role approves no campaigns")
    return own[0]


def _given(session: Session, number: int | None) -> list[Approval]:
    return list(session.exec(select(Approval).where(Approval.campaign == number)))


def _approved(role: str) -> ColumnElement[bool]:
    return select(Approval.person).where(Approval.campaign == Campaign.id, Approval.role == role).exists()


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
