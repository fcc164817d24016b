"""An agency's own desk: its newest lists, how sound they were over time, what it asked, and the cases it has to answer.

All of it is the agency's own, for its own people. Answering takes the agency's keys, and so the tool on its laptop.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, views
from api.pages.charts import lines
from api.pages.lists import SUBMISSIONS, Sent
from api.pages.tables import Asked, Column, Table, asked, taken
from api.services import pulls, uploads
from api.store import Job, Upload

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
NEWEST, LISTS = 10, 24
"""Lists that are shown, and lists whose soundness is drawn."""
OWN = Table("own_lists", SUBMISSIONS.columns, "lists-")
QUALITY = Table("quality", (
    Column("sent", cells.MOMENT, lambda row: row.at), Column("rows", cells.NUMBER),
    Column("nik_usable", cells.SHARE, lambda row: row.nik), Column("kk_usable", cells.SHARE, lambda row: row.kk),
    Column("dated", cells.SHARE),
), "quality-")  # fmt: skip
PULLS = Table("own_pulls", (
    Column("campaign", cells.ID, none="own_rows"), Column("times", cells.NUMBER), Column("rows", cells.NUMBER),
    Column("last", cells.DAY),
), "pulls-")  # fmt: skip
TICKETS = Table("tickets", (
    Column("case", cells.ID, lambda row: f"case-{row.case}"), Column("since", cells.MOMENT, lambda row: row.issued),
    Column("ends", cells.MOMENT, lambda row: row.until),
), "tickets-")  # fmt: skip


@router.get("/desk", operation_id="showDesk", responses=downloads.GIVEN)
def shown(
    request: Request, visit: Here, own: Annotated[Asked, Depends(asked(OWN, NEWEST))],
    sound: Annotated[Asked, Depends(asked(QUALITY, NEWEST))], pulled: Annotated[Asked, Depends(asked(PULLS, NEWEST))],
    cases: Annotated[Asked, Depends(asked(TICKETS, NEWEST))],
) -> Response:  # fmt: skip
    """Show the desk of the agency whose person asks."""
    agency = visit.asked.agency or ""
    told = pulls.quality(visit.session, agency, LISTS)
    tables = (
        TICKETS.view(request, pulls.tickets(visit.session, agency), cases),
        OWN.view(request, [_sent(visit, each) for each in uploads.listed(visit.session, agency, own.reach)], own),
        QUALITY.view(request, list(reversed(told)), sound),
        PULLS.view(request, pulls.of_agency(visit.session, agency), pulled),
    )
    visit.enter("SUBMISSIONS_LISTED", count=len(tables[1].rows), **taken(*tables))
    drawn = lines({name: [getattr(each, name) for each in told] for name in ("nik", "kk", "dated")})
    return views.tabled(request, "desk.html", *tables, drawn=drawn)


def _sent(visit: Visit, upload: Upload) -> Sent:
    job = visit.session.get(Job, upload.job) if upload.job else None
    return Sent(upload, job, visit.service.jobs.progress(job.id) if job else None)
