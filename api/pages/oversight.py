"""The access log as a page, with what was proved of it. Looking at it is itself an entry."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.errors import ServiceError
from api.pages import views
from api.pages.fields import AnyAgency, AnyDay, AnyPerson
from api.pages.rendering import seconds_between
from api.routes.forms import Limit
from api.services import logbook
from api.services.logbook import Looked

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]
OUTCOMES = ("done", "denied", "refused")
SHOWN = ("person", "agency", "programme", "regency", "count", "rows", "persons", "submission", "job", "reason")
"""What of an entry's subject is shown, in this order."""


@router.get("/log", operation_id="showLog")
def read(
    request: Request,
    visit: Here,
    person: AnyPerson = "",
    agency: AnyAgency = "",
    why: Annotated[str, Query(max_length=40, pattern="^[a-z-]*$", examples=["targeting"])] = "",
    outcome: Annotated[Literal["", "done", "denied", "refused"], Query(description="what came of it")] = "",
    since: AnyDay = "",
    until: AnyDay = "",
    before: Annotated[int | None, Query(ge=1, le=2**53, examples=[100], description="as the page before says")] = None,
    limit: Limit = 50,
) -> HTMLResponse:
    """Show entries, newest first, and whether the log is whole."""
    looked = Looked(person or None, agency or None, why or None, outcome or None, _day(since), _day(until))
    lines = logbook.newest(visit.session, looked, before, limit)
    proof = logbook.prove(visit.service.centre, visit.session, lines)
    visit.enter("LOG_READ", count=len(lines), person=looked.person)
    now = visit.service.centre.clock()
    return views.show(
        request, "log.html", limit=limit, lines=lines, proof=proof,
        before=lines[-1].number if len(lines) == limit else None,
        age=seconds_between(proof.signed_at, now) if proof.signed_at else 0.0, shown=SHOWN, outcomes=OUTCOMES,
        purposes=visit.service.rules.purposes, opens=views.may(visit, "showPerson"),
        sought={"person": person, "agency": agency, "why": why, "outcome": outcome, "since": since, "until": until},
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ServiceError("REQUEST_INVALID", "not a day of the calendar") from None
