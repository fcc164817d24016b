"""People's requests as a page: what each asks, how much of its three days is left, and the command that goes on.

Approving and answering are done with the officer's own login at the vault, by command; this page changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import views
from api.routes.forms import Limit
from api.services import subjects

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]


@router.get("/subjects", operation_id="showSubjects", response_class=HTMLResponse)
def shown(request: Request, visit: Here, limit: Limit = 50) -> HTMLResponse:
    """Show requests, those that wait first, and the time that is left."""
    now = visit.service.centre.clock()
    found = subjects.listed(visit.session, None, now, limit)
    visit.enter("SUBJECTS_LISTED", count=len(found))
    rows = [(each, subjects.name_of(each.request), _hours(each, now)) for each in found]
    return views.show(request, "subjects.html", rows=rows, roles_of=subjects.APPROVERS)


def _hours(standing: subjects.Standing, now: datetime) -> int | None:
    """Return the whole hours that are left, or nothing if it is closed."""
    if standing.state == "closed":
        return None
    return int((standing.due - now).total_seconds() // 3600)
