"""Pages about pseudonymous people. They ask the services that the API asks, with the same reason and the same entry."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import views
from api.pages.fields import AnyProgramme, AnyRegency, regencies
from api.routes import forms
from api.routes.forms import Limit, PersonId
from api.routes.people import CURSOR, cursor, cursor_of
from api.services import persons
from api.services.layers import standing
from api.services.persons import Wanted
from policies.topology_rules import load_topology

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]


@router.get("/persons", operation_id="showPersons")
def listed(
    request: Request,
    visit: Here,
    programme: AnyProgramme = "",
    regency: AnyRegency = "",
    after: Annotated[str | None, Query(pattern=forms.PERSON, description="the last one of the page before")] = None,
    limit: Limit = 50,
) -> HTMLResponse:
    """Show persons with rows of a programme or regency, by id."""
    wanted = Wanted(programme or None, regency or None)
    found = persons.listed(visit.session, wanted, forms.read(after) if after else -1, limit)
    named = [forms.shown(each.person) for each in found]
    subject = {"programme": wanted.programme, "regency": wanted.regency, "count": len(found), "persons": named}
    visit.enter("PERSONS_LISTED", **subject)
    rows = [(forms.shown(each.person), each.rows) for each in found]
    return views.show(
        request, "persons.html", limit=limit, rows=rows, after=rows[-1][0] if len(rows) == limit else None,
        programme=programme, regency=regency, **_lists(visit), opens=views.may(visit, "showPerson"),
    )  # fmt: skip


@router.get("/persons/{person}", operation_id="showPerson")
def read(request: Request, visit: Here, person: PersonId) -> HTMLResponse:
    """Show what one person got."""
    aid = persons.profile(visit.session, forms.read(person))
    visit.enter("PROFILE_READ", person=person)
    total = sum(row.amount or 0 for row in aid)
    return views.show(
        request, "person.html", person=person, aid=aid, total=total, without=sum(row.amount is None for row in aid),
        standing=standing.of(visit.session, forms.read(person)), titles=views.titles(),
        agencies=sorted({row.agency for row in aid}), programmes=sorted({row.programme for row in aid}),
        home=persons.home(visit.session, forms.read(person), load_topology().rank),
    )  # fmt: skip


@router.get("/overlaps", operation_id="showOverlaps")
def overlaps(
    request: Request,
    visit: Here,
    kind: Annotated[
        Literal["agencies", "programmes"], Query(description="one programme from two agencies, or two programmes")
    ] = "agencies",
    programme: AnyProgramme = "",
    regency: AnyRegency = "",
    after: Annotated[str | None, Query(pattern=CURSOR, description="as the page before says")] = None,
    limit: Limit = 50,
) -> HTMLResponse:
    """Show persons whom more than one agency or programme served in one period: for a person to judge."""
    across, wanted = kind == "programmes", Wanted(programme or None, regency or None)
    found = persons.overlaps(
        visit.session, wanted, across_programmes=across, after=cursor(after), limit=limit
    )  # fmt: skip
    named = sorted({forms.shown(each.person) for each in found})
    subject = {"programme": wanted.programme, "regency": wanted.regency, "count": len(found), "persons": named}
    visit.enter("OVERLAPS_LISTED", **subject)
    return views.show(
        request, "overlaps.html", limit=limit, rows=found, kind=kind, after=cursor_of(found[-1], across=across)
        if len(found) == limit else None, programme=programme, regency=regency, **_lists(visit),
        opens=views.may(visit, "showPerson"), shown=forms.shown,
    )  # fmt: skip


@router.get("/coverage", operation_id="showCoverage")
def coverage(request: Request, visit: Here, programme: AnyProgramme = "") -> HTMLResponse:
    """Show by regency how many people are on lists and whom no rupiah reached: tens, nothing under 10."""
    found = persons.coverage(visit.session, programme or None)
    visit.enter("COVERAGE_READ", programme=programme or None)
    return views.show(request, "coverage.html", rows=found, programme=programme, **_lists(visit))


def _lists(visit: Visit) -> dict[str, Any]:
    return {"programmes": sorted(visit.service.centre.programmes), "regencies": regencies()}
