"""Alarms and flags that wait for a verdict, and the verdict: a word of a closed list, by somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes.forms import Closed
from api.services import signoffs
from api.services.signoffs import Verdict

router = APIRouter(prefix="/v1", tags=["oversight"])
Here = Annotated[Visit, VISIT]
ABOUT = "^(alarm-[0-9]{1,9}|entry-[0-9]{1,9}/[a-z-]{1,20})$"


class NewSignOff(Closed):
    """A verdict on an alarm, or on one flag of an entry."""

    about: str = Field(pattern=ABOUT, examples=["alarm-3", "entry-120/off-hours"])
    verdict: Verdict = Field(examples=["explained"])


class SignOffView(BaseModel):
    """A verdict as it is kept."""

    about: str
    verdict: Verdict
    signed_at: datetime


class WaitingView(BaseModel):
    """What waits: an alarm's or a flag's name, since when, and what it is about."""

    about: str
    name: str = Field(examples=["off-hours"])
    at: datetime
    case: str | None = None


class Queue(BaseModel):
    """What waits for a verdict: alarms first, then flags of the last thirty days, newest first."""

    waiting: list[WaitingView]


@router.get("/sign-offs/waiting", operation_id="listQueue")
def listed(visit: Here) -> Queue:
    """List what waits for a verdict."""
    found = signoffs.waiting(visit.session, visit.service.oversight, visit.service.centre.clock())
    visit.enter("QUEUE_LISTED", count=len(found))
    views = [
        WaitingView(about=each.about, name=each.name, at=each.at, case=each.alarm.case if each.alarm else None)
        for each in found
    ]
    return Queue(waiting=views)


@router.post("/sign-offs", operation_id="sendSignOff", status_code=status.HTTP_201_CREATED)
def sign(visit: Here, wanted: NewSignOff) -> SignOffView:
    """Sign an alarm or a flag off, once; not what one did oneself."""
    given = (wanted.about, wanted.verdict)
    made = signoffs.sign(visit.session, visit.service.centre, visit.service.oversight, given, visit.asked.entity)
    visit.enter("SIGNED_OFF", about=made.about, verdict=made.verdict)
    return SignOffView(about=made.about, verdict=wanted.verdict, signed_at=made.signed_at)
