"""Requests of people about their own data: registered by an agency, approved by two, answered by the officer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import AwareDatetime, BaseModel, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms
from api.routes.bodies import Ref
from api.routes.forms import Closed, Limit
from api.services import subjects
from api.services.journal import Entry
from api.services.subjects import By, Channel, Draft, Kind, Outcome, Standing, State

router = APIRouter(prefix="/v1/subject-requests", tags=["subjects"])
reasoned = APIRouter(prefix="/v1/subject-requests", tags=["subjects"])
"""What asks for a purpose and a legal basis."""
Here = Annotated[Visit, VISIT]
RequestId = Annotated[str, Path(pattern="^request-[0-9]{1,9}$", examples=["request-3"])]


class NewSubjectRequest(Closed):
    """What a person asks, how and when; and of whom: a t1 token of her NIK, or a reference of an own row of hers."""

    kind: Kind = Field(examples=["access"])
    channel: Channel = Field(examples=["counter"])
    received_at: AwareDatetime = Field(examples=["2026-03-01T02:00:00Z"], description="when she asked")
    by: By = Field(examples=["nik"])
    token: Ref


class SubjectRequestView(BaseModel):
    """A request and how it stands: it must be answered by `due`."""

    request: str = Field(examples=["request-3"])
    agency: str
    kind: Kind
    channel: Channel
    received_at: datetime
    due: datetime
    late: bool
    state: State
    approved_by: list[str] = Field(examples=[["dpo"]], description="roles")
    outcome: Outcome | None


class SubjectRequestList(BaseModel):
    """Requests, those that wait first."""

    requests: list[SubjectRequestView]


class NewAnswer(Closed):
    """What came of a request: done, nobody found, or refused (the reasons go to the person in writing)."""

    outcome: Outcome = Field(examples=["done"])


class AnsweredView(BaseModel):
    """A closed request, and of how many rows its agencies have to do something."""

    request: SubjectRequestView
    rows: int
    agencies: list[str]


class SeenView(BaseModel):
    """One entry of the log about the person: when, what, in which roles and of which agency, and why."""

    at: datetime
    code: str = Field(examples=["PROFILE_READ"])
    role: str
    agency: str | None
    purpose: str
    basis: str


class TrailView(BaseModel):
    """What is on record of the person, and who read it when."""

    request: str
    found: bool
    aid: list[forms.AidView]
    seen: list[SeenView]


@router.post("", operation_id="createSubjectRequest", status_code=status.HTTP_201_CREATED)
def create(visit: Here, wanted: NewSubjectRequest) -> SubjectRequestView:
    """Register a request: at most 20 a day. The answer is the same whether the person is known here or not."""
    draft = Draft(wanted.kind, wanted.channel, wanted.received_at, wanted.by, bytes.fromhex(wanted.token))
    made = subjects.register(visit.session, visit.service.centre, visit.asked.agency or "", draft)
    about = {"request": subjects.name_of(made.request), "kind": wanted.kind, "channel": wanted.channel}
    visit.enter("SUBJECT_REGISTERED", **about, due=made.due.isoformat(timespec="seconds"))
    return _view(made)


@router.get("", operation_id="listSubjectRequests")
def listed(visit: Here, limit: Limit = 50) -> SubjectRequestList:
    """List requests, those that wait first; to an agency its own."""
    found = subjects.listed(visit.session, visit.asked.agency, visit.service.centre.clock(), limit)
    visit.enter("SUBJECTS_LISTED", count=len(found))
    return SubjectRequestList(requests=[_view(each) for each in found])


@router.post("/{request}/approvals", operation_id="approveSubjectRequest")
def approve(visit: Here, request: RequestId) -> SubjectRequestView:
    """Approve that a request is answered: one data-protection officer and one head of the PMO, two people."""
    asked = visit.asked
    found = subjects.approve(visit.session, visit.service.centre, _number(request), asked.entity, asked.roles)
    visit.enter("SUBJECT_APPROVED", request=request, state=found.state)
    return _view(found)


@router.post("/{request}/completion", operation_id="completeSubjectRequest")
def complete(visit: Here, request: RequestId, given: NewAnswer) -> AnsweredView:
    """Close a request: correction and erasure become tasks of the agencies; erased and objected rows are unlinked."""
    centre, by = visit.service.centre, visit.asked.entity
    done = subjects.close(visit.session, centre, _number(request), given.outcome, by)
    visit.enter(
        "SUBJECT_CLOSED", request=request, outcome=given.outcome, kind=done.standing.request.kind, rows=done.rows,
        person=None if done.person is None else forms.shown(done.person), agencies=list(done.agencies),
    )  # fmt: skip
    return AnsweredView(request=_view(done.standing), rows=done.rows, agencies=list(done.agencies))


@reasoned.get("/{request}/trail", operation_id="readTrail")
def trail(visit: Here, request: RequestId) -> TrailView:
    """Show what is on record of the person who asks, and who read it, when and why: as the law lets her know."""
    found = subjects.trail(visit.session, visit.service.centre, _number(request))
    person = None if found.match.person is None else forms.shown(found.match.person)
    visit.enter("TRAIL_READ", request=request, person=person, count=len(found.entries))
    aid = [forms.AidView.model_validate(row, from_attributes=True) for row in found.aid]
    seen = [_seen(each) for each in found.entries]
    return TrailView(request=request, found=bool(found.match.rows), aid=aid, seen=seen)


def _seen(entry: Entry) -> SeenView:
    event = entry.event
    agency = event.subject.get("agency")
    return SeenView(
        at=entry.at, code=event.code, role=event.role, agency=agency if isinstance(agency, str) else None,
        purpose=event.purpose, basis=event.basis,
    )  # fmt: skip


def _number(request: str) -> int:
    return int(request.removeprefix("request-"))


def _view(standing: Standing) -> SubjectRequestView:
    request = standing.request
    return SubjectRequestView.model_validate(
        {
            "request": subjects.name_of(request), "agency": request.agency, "kind": request.kind,
            "channel": request.channel, "received_at": request.received_at, "due": standing.due, "late": standing.late,
            "state": standing.state, "approved_by": list(standing.approved_by), "outcome": request.outcome,
        }
    )  # fmt: skip
