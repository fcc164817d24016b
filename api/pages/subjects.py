"""People's requests as a page: what each asks, how much of its three days is left, and the command that goes on.

Approving and answering are done with the officer's own login at the vault, by command; this page changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, views
from api.pages.cells import named
from api.pages.tables import Asked, Column, Table, asked
from api.services import subjects

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
SUBJECTS = Table("subjects", (
    Column("request", cells.ID, lambda row: subjects.name_of(row.request)),
    Column("asked", named("kind"), lambda row: row.request.kind), Column("agency", get=lambda row: row.request.agency),
    Column("sent", cells.MOMENT, lambda row: row.request.received_at), Column("state", named("standing")),
    Column("due", cells.MOMENT),
))  # fmt: skip


@router.get("/subjects", operation_id="showSubjects", response_class=HTMLResponse, responses=downloads.GIVEN)
def shown(request: Request, visit: Here, table: Annotated[Asked, Depends(asked(SUBJECTS))]) -> Response:
    """Show requests, those that wait first, and the time that is left."""
    now = visit.service.centre.clock()
    view = SUBJECTS.view(request, subjects.listed(visit.session, None, now, table.reach), table)
    visit.enter("SUBJECTS_LISTED", count=len(view.rows), **view.taken)
    left = {each.request.id: _hours(each, now) for each in view.rows}
    return views.tabled(request, "subjects.html", view, left=left, name_of=subjects.name_of)


def _hours(standing: subjects.Standing, now: datetime) -> int | None:
    """Return the whole hours that are left, or nothing if it is closed."""
    if standing.state == "closed":
        return None
    return int((standing.due - now).total_seconds() // 3600)
