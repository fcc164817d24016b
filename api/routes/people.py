"""Questions about pseudonymous people. Each needs a purpose and a legal basis, and leaves an entry that says so."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms
from api.routes.forms import Limit, PersonId, Programme, Regency
from api.services import persons
from api.services.layers import reading, standing
from api.services.layers.standing import Standing
from api.services.persons import Overlap, Wanted

router = APIRouter(prefix="/v1", tags=["people"])
Here = Annotated[Visit, VISIT]
CURSOR = r"^[0-7][0-9a-f]{15}/[0-9]{4}(-([0-9]{2}|[QT][0-9]))?(/[A-Z0-9-]{1,20})?$"


@router.get("/persons", operation_id="listPersons")
def listed(
    visit: Here,
    programme: Programme = None,
    regency: Regency = None,
    after: Annotated[str | None, Query(pattern=forms.PERSON, description="the last one of the page before")] = None,
    limit: Limit = 50,
) -> forms.PersonList:
    """List persons with rows of a programme or regency, by id."""
    found = persons.listed(visit.session, Wanted(programme, regency), forms.read(after) if after else -1, limit)
    named = [forms.shown(each.person) for each in found]
    visit.enter("PERSONS_LISTED", programme=programme, regency=regency, count=len(found), persons=named)
    page = [forms.PersonView(person=forms.shown(each.person), rows=each.rows) for each in found]
    return forms.PersonList(persons=page, after=page[-1].person if len(page) == limit else None)


@router.get("/persons/{person}", operation_id="readPerson")
def read(visit: Here, person: PersonId) -> forms.Profile:
    """Show what one person got, what she still needs, and what would fit."""
    aid = persons.profile(visit.session, forms.read(person))
    stands = standing.of(visit.session, forms.read(person))
    visit.enter("PROFILE_READ", person=person)
    return forms.Profile(
        person=person,
        aid=[forms.AidView.model_validate(row, from_attributes=True) for row in aid],
        standing=_stands(stands) if stands else None,
    )


def _stands(found: Standing) -> forms.StandingView:
    lists = {name: list(getattr(found, name)) for name in ("met", "unmet", "fitting", "causes", "flags")}
    return forms.StandingView(layers=found.layers, decile=found.decile or None, **lists)


@router.get("/overlaps", operation_id="listOverlaps")
def overlaps(
    visit: Here,
    kind: Annotated[
        Literal["agencies", "programmes"], Query(description="one programme from two agencies, or two programmes")
    ] = "agencies",
    programme: Programme = None,
    regency: Regency = None,
    after: Annotated[str | None, Query(pattern=CURSOR, description="as the page before says")] = None,
    limit: Limit = 50,
) -> forms.OverlapList:
    """List persons whom more than one agency or programme served in one period: for a person to judge."""
    across = kind == "programmes"
    found = persons.overlaps(
        visit.session, Wanted(programme, regency), across_programmes=across, after=cursor(after), limit=limit
    )
    named = sorted({forms.shown(each.person) for each in found})
    visit.enter("OVERLAPS_LISTED", programme=programme, regency=regency, count=len(found), persons=named)
    page = [
        forms.OverlapView(
            person=forms.shown(each.person), period=each.period, rows=each.rows,
            programmes=list(each.programmes), agencies=list(each.agencies),
        )
        for each in found
    ]  # fmt: skip
    last = cursor_of(found[-1], across=across) if len(page) == limit else None
    return forms.OverlapList(overlaps=page, after=last)


@router.get("/coverage", operation_id="readCoverage")
def coverage(visit: Here, programme: Programme = None) -> forms.Coverage:
    """Count people by regency, and the poor whom nobody reached: what was released, and null where it was not told."""
    release = reading.find(visit.session)
    found = reading.coverage(visit.session, release, programme)
    visit.enter("COVERAGE_READ", programme=programme, release=release.id)
    return forms.Coverage(regencies=[forms.CoveredView.model_validate(each, from_attributes=True) for each in found])


def cursor(after: str | None) -> tuple[int, str, str] | None:
    """Read where a page of overlaps begins."""
    if after is None:
        return None
    person, period, *programme = after.split("/")
    return forms.read(person), period, programme[0] if programme else ""


def cursor_of(last: Overlap, *, across: bool) -> str:
    """Write where the next page of overlaps begins."""
    return "/".join([forms.shown(last.person), last.period, *([] if across else last.programmes)])
