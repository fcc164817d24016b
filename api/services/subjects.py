"""Requests of the people whom the rows are about (UU PDP, articles 5–8 and 30–33): registered, approved, answered.

Who asks is identified at a counter, by papers that stay there. What comes here is a token that the agency's own
tokeniser made, or the reference of a row of its own. The answer of the moment is the same whether we know the person
or not: two people approve before anything is matched, and an agency has few requests a day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import budget, journal, own_rows, persons, unlinking
from api.services.budget import Asked
from api.services.journal import Entry, Sought
from api.services.persons import AidRow
from api.services.staging import open_handles
from api.store import Agency, Content, HandleBlock, Membership, SubjectApproval, SubjectRequest, Submission, Token
from linkage.encoding.compartments import TOKENS
from linkage.encoding.tokens import TOKEN
from vault import hmac_batch, latest_version

Kind = Literal["access", "correction", "erasure", "objection"]
Channel = Literal["counter", "letter", "telephone", "online"]
By = Literal["nik", "ref"]
"""What says of whom: a t1 token of the NIK, or the agency's reference of a row of its own."""
Outcome = Literal["done", "not-found", "refused"]
State = Literal["registered", "approved", "closed"]
CLOCK = timedelta(hours=72)
"""3 × 24 hours from when the person asked."""
LATEST = timedelta(days=30)
"""How long ago a request may have been made that is registered now."""
A_DAY = 20
"""Requests of one agency in a day: a counter's, and no list of guesses."""
APPROVERS = ("dpo", "pmo-head")
MOST_ENTRIES = 5_000


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A request as it comes: what is wanted, how and when the person asked, and of whom. Does not print."""

    kind: Kind
    channel: Channel
    received_at: datetime
    by: By
    token: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """A request, how it stands, until when it must be answered, and whether that is past."""

    request: SubjectRequest
    state: State
    due: datetime
    late: bool
    approved_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a request is about, if anybody, and the rows: record and agency of each."""

    person: int | None
    rows: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Trail:
    """What the law lets a person know: the aid on record, and every entry of the log about her."""

    match: Match
    aid: list[AidRow]
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Closed:
    """What an answer came to: which person, how many rows, of which agencies."""

    standing: Standing
    person: int | None
    rows: int
    agencies: tuple[str, ...]


def register(session: Session, centre: Centre, agency: str, draft: Draft) -> Standing:
    """Register a request; its token is peppered at once and kept so.

    Raises ServiceError AGENCY_UNKNOWN, SUBJECT_TIME, SUBJECT_BUDGET, TOKEN_BUDGET or PULL_BUDGET, or VaultError.
    """
    now = centre.clock()
    if not now - LATEST <= draft.received_at <= now + timedelta(minutes=5):
        raise ServiceError("SUBJECT_TIME", f"expected a time of the last {LATEST.days} days", place="received_at")
    if session.exec(select(Agency.id).where(Agency.id == agency).with_for_update()).first() is None:
        raise ServiceError("AGENCY_UNKNOWN", "no such agency is enrolled", hint="the centre enrols it by its card")
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    today = select(func.count()).where(SubjectRequest.agency == agency, SubjectRequest.registered_at >= midnight)
    if session.exec(today).one() >= A_DAY:
        raise ServiceError("SUBJECT_BUDGET", f"at most {A_DAY} requests a day", place=agency, hint="tomorrow")
    made = SubjectRequest(
        agency=agency, kind=draft.kind, channel=draft.channel, received_at=draft.received_at, registered_at=now
    )
    if draft.by == "nik":
        made.token = _pepper(session, centre, agency, draft.token)
    else:
        own_rows.check(session, centre, agency, 1)
        (made.record,) = own_rows.find(session, centre, agency, pa.array([draft.token], TOKEN))
        own_rows.spend(session, centre, agency, 1)
    session.add(made)
    session.flush()
    return standing(session, made, now)


def _pepper(session: Session, centre: Centre, agency: str, token: bytes) -> bytes:
    """Return the t2 of a t1 token, counted like those of ingest."""
    asked = Asked(1, 0)
    day = budget.check(centre, agency, asked)
    with centre.login("ingest") as vault:
        found = hmac_batch(vault, "pepper", latest_version(vault, "pepper"), pa.array([token], TOKEN))
    budget.spend(session, agency, day, asked, centre.clock())
    peppered: bytes = found[0].as_py()
    return peppered


def find(session: Session, number: int) -> SubjectRequest:
    """Return a request; raises ServiceError SUBJECT_UNKNOWN."""
    found = session.get(SubjectRequest, number)
    if found is None:
        raise ServiceError("SUBJECT_UNKNOWN", "no such request")
    return found


def name_of(request: SubjectRequest) -> str:
    """Return what people and the log call a request."""
    return f"request-{request.id}"


def listed(session: Session, agency: str | None, now: datetime, limit: int) -> list[Standing]:
    """Return requests, those that wait first and of these the most urgent; to an agency its own alone."""
    query = select(SubjectRequest).order_by(
        col(SubjectRequest.closed_at).is_not(None), col(SubjectRequest.received_at), col(SubjectRequest.id)
    )
    if agency is not None:
        query = query.where(SubjectRequest.agency == agency)
    return [standing(session, each, now) for each in session.exec(query.limit(limit))]


def standing(session: Session, request: SubjectRequest, now: datetime) -> Standing:
    """Say how a request stands."""
    given = _given(session, request)
    due = request.received_at + CLOCK
    state: State = "registered"
    if request.closed_at is not None:
        state = "closed"
    elif {each.role for each in given} == set(APPROVERS) and len({each.person for each in given}) >= len(APPROVERS):
        state = "approved"
    late = (request.closed_at or now) > due
    return Standing(request, state, due, late, tuple(sorted(each.role for each in given)))


def approve(session: Session, centre: Centre, number: int, by: str, roles: Collection[str]) -> Standing:
    """Add one person's approval that the request is answered; given again it is still one.

    Raises ServiceError SUBJECT_UNKNOWN, SUBJECT_CLOSED, APPROVER_ROLE or APPROVER_NOT_OTHER.
    """
    request, now = find(session, number), centre.clock()
    _check_open(session, request, now)
    own = sorted(set(roles) & set(APPROVERS))
    if not own:
        raise ServiceError("APPROVER_ROLE", "this role approves no requests")
    given = _given(session, request)
    if any(each.person == by and each.role != own[0] for each in given):
        raise ServiceError("APPROVER_NOT_OTHER", "another person must approve this", place=own[0])
    if not any(each.role == own[0] for each in given):
        session.add(SubjectApproval(request=number, role=own[0], person=by, given_at=now))
        session.flush()
    return standing(session, request, now)


def trail(session: Session, centre: Centre, number: int) -> Trail:
    """Return what is on record of the person who asks, and who read it when; raises as `match`."""
    found = match(session, centre, number)
    if found.person is None:
        return Trail(found, [], [])
    about = Sought(person=persons_word(found.person))
    return Trail(
        found, persons.profile(session, found.person), journal.entries(session, about, after=0, limit=MOST_ENTRIES)
    )


def close(session: Session, centre: Centre, number: int, outcome: Outcome, by: str) -> Closed:
    """End a request and do what it asks for; of whom it was is forgotten, but for rows that wait for their agency.

    Raises ServiceError SUBJECT_UNKNOWN, SUBJECT_CLOSED, or as `match`; SUBJECT_NOT_FOUND if there is nobody to act on.
    """
    request, now = find(session, number), centre.clock()
    _check_open(session, request, now)
    found = Match(None, [])
    if outcome == "done":
        found = match(session, centre, number)
        if not found.rows:
            raise ServiceError("SUBJECT_NOT_FOUND", "no row of that person is here", hint="close it as not found")
        unlinking.act(session, number, request.kind, found.rows)
    request.closed_by, request.closed_at, request.outcome = by, now, outcome
    request.token = request.record = None
    session.add(request)
    session.flush()
    agencies = tuple(sorted({agency for _, agency in found.rows}))
    return Closed(standing(session, request, now), found.person, len(found.rows), agencies)


def match(session: Session, centre: Centre, number: int) -> Match:
    """Find whom a request is about, once two people have approved it.

    Raises ServiceError SUBJECT_UNKNOWN, SUBJECT_CLOSED, SUBJECT_NOT_APPROVED, or SUBJECT_AMBIGUOUS if the token leads
    to more than one person: nobody gets another's data.
    """
    request, now = find(session, number), centre.clock()
    _check_open(session, request, now)
    if standing(session, request, now).state != "approved":
        raise ServiceError("SUBJECT_NOT_APPROVED", "not approved by two people yet", place=name_of(request))
    records = [request.record] if request.record is not None else _records(session, centre, request.token)
    people = set(session.exec(select(Membership.person).where(col(Membership.record).in_(records))))
    if len(people) > 1:
        hint = "ask for it again by a row of the agency's own list"
        raise ServiceError("SUBJECT_AMBIGUOUS", "the token leads to more than one person", hint=hint)
    rows = select(Content.record, Content.agency)
    if people:
        person = people.pop()
        rows = rows.join(Membership, col(Membership.record) == col(Content.record))
        return Match(person, list(session.exec(rows.where(Membership.person == person))))
    return Match(None, list(session.exec(rows.where(col(Content.record).in_(records)))))


def persons_word(person: int) -> str:
    """Return a person's pseudonym as the log has it."""
    return f"{person:016x}"


def _records(session: Session, centre: Centre, token: bytes | None) -> list[int]:
    """Return the records of the rows that have a NIK's token, through the sealed maps, as the merge may."""
    handles = session.exec(select(Token.handle).where(Token.nik == token)).all() if token is not None else []
    if not handles:
        return []
    wanted, found = pa.array(handles, pa.int64()), []
    blocks = session.exec(select(HandleBlock).join(Submission).where(col(Submission.visible_at).is_not(None))).all()
    with centre.login("merge") as vault:
        for block in blocks:
            table = open_handles(vault, block)
            table = table.filter(pc.equal(pc.cast(table["compartment"], pa.string()), TOKENS))
            found += table.filter(pc.is_in(table["handle"], wanted))["record"].to_pylist()
    return found


def _given(session: Session, request: SubjectRequest) -> list[SubjectApproval]:
    return list(session.exec(select(SubjectApproval).where(SubjectApproval.request == request.id)))


def _check_open(session: Session, request: SubjectRequest, now: datetime) -> None:
    if standing(session, request, now).state == "closed":
        raise ServiceError("SUBJECT_CLOSED", "the request is closed", place=name_of(request))
