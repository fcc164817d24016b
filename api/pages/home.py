"""The first page after signing in, and the question that comes before any about people: why, and on which basis."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.access.admission import service_of
from api.errors import ServiceError
from api.pages import overview, views

router = APIRouter(prefix="/pages", tags=["pages"])
ABOUT_PEOPLE = tuple(name for name in views.PLACES if name not in views.WITHOUT_REASON)


@router.get("", operation_id="showHome", response_class=HTMLResponse)
def home(request: Request) -> HTMLResponse:
    """Show how things stand, and what there is to do."""
    service = service_of(request)
    return views.show(
        request, "home.html", figures=overview.figures(service, views.places(service.rules, request.state.asked))
    )


@router.get("/reason", operation_id="askReason", response_class=HTMLResponse)
def reason(
    request: Request,
    to: Annotated[str, Query(json_schema_extra={"enum": list(ABOUT_PEOPLE)}, max_length=40)],
) -> HTMLResponse:
    """Ask why people are looked at, before a page about them."""
    rules, asked = service_of(request).rules, request.state.asked
    purposes = views.purposes(rules, asked, to) if to in ABOUT_PEOPLE else []
    if to not in ABOUT_PEOPLE:
        raise ServiceError("NOT_FOUND", "no such page")
    return views.show(request, "reason.html", to=to, target=views.PLACES[to], purposes=purposes, bases=rules.bases)
