"""What officers oversee: the access log, with what was proved of it, and the cases. Looking is an entry."""

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
from api.services import cases, logbook
from api.services.logbook import Looked

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]
cases_router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
"""Of pages that ask for no purpose: they say nothing about anybody."""
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


@cases_router.get("/cases", operation_id="showCases")
def waiting(request: Request, visit: Here, limit: Limit = 50) -> HTMLResponse:
    """Show cases as counts, newest first. Approving is done in the vault, with each one's own login, and not here."""
    found = cases.listed(visit.session, limit)
    visit.enter("CASES_LISTED", count=len(found))
    now = visit.service.centre.clock()
    rows = [
        (each, cases.name_of(each), cases.state(each, now), cases.counts(visit.session, each),
         len(cases.approvers(visit.session, each)))
        for each in found
    ]  # fmt: skip
    return views.show(request, "cases.html", rows=rows)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ServiceError("REQUEST_INVALID", "not a day of the calendar") from None
