"""The access log, read. Reading it is itself an entry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms
from api.routes.forms import Limit
from api.services import journal
from api.services.journal import Sought

router = APIRouter(prefix="/v1", tags=["log"])
Here = Annotated[Visit, VISIT]


class EntryView(BaseModel):
    """Who did what, when, why and to what."""

    number: int
    at: datetime
    code: str = Field(examples=["PROFILE_READ"])
    actor: str
    role: str
    purpose: str
    basis: str
    subject: dict[str, Any]


class Entries(BaseModel):
    """A page of the log; `after` asks for the next."""

    entries: list[EntryView]
    after: int | None = None


@router.get("/log", operation_id="readLog")
def read(
    visit: Here,
    code: Annotated[str | None, Query(pattern="^[A-Z_]{1,40}$", examples=["PROFILE_READ"])] = None,
    actor: Annotated[str | None, Query(pattern="^[A-Za-z0-9-]{1,64}$", description="the vault's id of a party")] = None,
    person: Annotated[str | None, Query(pattern=forms.PERSON, description="every look at one person")] = None,
    after: Annotated[int, Query(ge=0, le=forms.MOST, description="the last number of the page before")] = 0,
    limit: Limit = 50,
) -> Entries:
    """Read entries in their order."""
    found = journal.entries(visit.session, Sought(code, actor, person), after, limit)
    visit.enter("LOG_READ", count=len(found), person=person)
    page = [
        EntryView(
            number=each.number, at=each.at, code=each.event.code, actor=each.event.actor, role=each.event.role,
            purpose=each.event.purpose, basis=each.event.basis, subject=dict(each.event.subject),
        )
        for each in found
    ]  # fmt: skip
    return Entries(entries=page, after=page[-1].number if len(page) == limit else None)
