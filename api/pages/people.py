"""Pages about pseudonymous people. They ask the services that the API asks, with the same reason and the same entry."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, figures, views
from api.pages.fields import AnyProgramme, AnyRegency, regencies
from api.pages.tables import Asked, Column, Cursor, Table, asked
from api.routes import forms
from api.routes.forms import PersonId
from api.routes.people import CURSOR, cursor, cursor_of
from api.services import persons
from api.services.layers import reading, standing
from api.services.persons import Wanted
from policies.topology_rules import load_topology

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse, responses=downloads.GIVEN)
Here = Annotated[Visit, VISIT]
PERSON = Column("person", cells.ID, lambda row: forms.shown(row.person))
PERSONS = Table("persons", (PERSON, Column("rows", cells.NUMBER)), whole=False)
OVERLAPS = Table("overlaps", (
    PERSON, Column("period", cells.MONTH), Column("programmes"), Column("agencies"), Column("rows", cells.NUMBER),
), whole=False)  # fmt: skip
COVERAGE = Table("coverage", (
    Column("regency", cells.PLACE), Column("people", cells.NUMBER, none="hidden"),
    Column("untouched", cells.NUMBER, none="hidden"),
))  # fmt: skip
AID = Table("aid", (
    Column("period", cells.MONTH, none="unwritten"), Column("programme"), Column("agency"),
    Column("village", cells.PLACE, none="unwritten"), Column("regency", cells.PLACE, none="unwritten"),
    Column("amount", cells.RUPIAH, none="unwritten"),
))  # fmt: skip


@router.get("/persons", operation_id="showPersons")
def listed(
    request: Request,
    visit: Here,
    table: Annotated[Asked, Depends(asked(PERSONS))],
    programme: AnyProgramme = "",
    regency: AnyRegency = "",
    after: Annotated[str | None, Query(pattern=forms.PERSON, description="the last one of the page before")] = None,
) -> Response:
    """Show persons with rows of a programme or regency, by id."""
    wanted = Wanted(programme or None, regency or None)
    found = persons.listed(visit.session, wanted, forms.read(after) if after else -1, table.reach)
    view = PERSONS.view(request, found, table, Cursor("after", lambda row: forms.shown(row.person)))
    named = [forms.shown(each.person) for each in view.rows]
    subject = {"programme": wanted.programme, "regency": wanted.regency, "count": len(named), "persons": named}
    visit.enter("PERSONS_LISTED", **subject, **view.taken)
    return views.tabled(
        request, "persons.html", view, programme=programme, regency=regency, **_lists(visit),
        opens=views.may(visit, "showPerson"),
    )  # fmt: skip


@router.get("/persons/{person}", operation_id="showPerson")
def read(
    request: Request, visit: Here, person: PersonId, table: Annotated[Asked, Depends(asked(AID))]
) -> Response:  # fmt: skip
    """Show what one person got."""
    aid = persons.profile(visit.session, forms.read(person))
    view = AID.view(request, aid, table)
    visit.enter("PROFILE_READ", person=person, **view.taken)
    total = sum(row.amount or 0 for row in aid)
    return views.tabled(
        request, "person.html", view, person=person, total=total, without=sum(row.amount is None for row in aid),
        standing=standing.of(visit.session, forms.read(person)), titles=views.titles(),
        agencies=sorted({row.agency for row in aid}), programmes=sorted({row.programme for row in aid}),
        home=persons.home(visit.session, forms.read(person), load_topology().rank),
    )  # fmt: skip


@router.get("/overlaps", operation_id="showOverlaps")
def overlaps(
    request: Request,
    visit: Here,
    table: Annotated[Asked, Depends(asked(OVERLAPS))],
    kind: Annotated[
        Literal["agencies", "programmes"], Query(description="one programme from two agencies, or two programmes")
    ] = "agencies",
    programme: AnyProgramme = "",
    regency: AnyRegency = "",
    after: Annotated[str | None, Query(pattern=CURSOR, description="as the page before says")] = None,
) -> Response:
    """Show persons whom more than one agency or programme served in one period: for a person to judge."""
    across, wanted = kind == "programmes", Wanted(programme or None, regency or None)
    found = persons.overlaps(
        visit.session, wanted, across_programmes=across, after=cursor(after), limit=table.reach
    )  # fmt: skip
    view = OVERLAPS.view(request, found, table, Cursor("after", lambda row: cursor_of(row, across=across)))
    named = sorted({forms.shown(each.person) for each in view.rows})
    subject = {"programme": wanted.programme, "regency": wanted.regency, "count": len(view.rows), "persons": named}
    visit.enter("OVERLAPS_LISTED", **subject, **view.taken)
    return views.tabled(
        request, "overlaps.html", view, kind=kind, programme=programme, regency=regency, **_lists(visit),
        opens=views.may(visit, "showPerson"),
    )  # fmt: skip


@router.get("/coverage", operation_id="showCoverage")
def coverage(
    request: Request, visit: Here, table: Annotated[Asked, Depends(asked(COVERAGE))], programme: AnyProgramme = ""
) -> Response:  # fmt: skip
    """Show by regency how many people there are and how many of the poor nobody reached, as it was released."""
    release = reading.find(visit.session)
    view = COVERAGE.view(request, reading.coverage(visit.session, release, programme or None), table)
    visit.enter("COVERAGE_READ", programme=programme or None, release=release.id, **view.taken)
    return views.tabled(
        request,
        "coverage.html",
        view,
        release=release,
        programme=programme,
        poor=figures.says_who_is_poor(visit.session, release),
        **_lists(visit),
    )


def _lists(visit: Visit) -> dict[str, Any]:
    return {"programmes": sorted(visit.service.centre.programmes), "regencies": regencies()}
