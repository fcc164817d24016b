"""The review queue as a page: alarms and flags that wait, each with a form for the verdict. It names no pseudonym."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, forms, views
from api.pages.cells import Kind
from api.pages.tables import Asked, Column, Table, asked
from api.routes.signoffs import ABOUT
from api.services import cases, signoffs, subjects
from api.services.signoffs import Verdict

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
MOST = 200
"""Requests looked at for late ones: those that wait come first."""


QUEUE = Table("queue", (
    Column("when", cells.MOMENT, lambda row: row.at),
    Column("what", Kind(lambda name, language: cells.label(name, "flag", language)), lambda row: row.name),
    Column("code", cells.ID, lambda row: row.about),
    Column("about", Kind(lambda code, language: cells.label(code, "event", language)),
           lambda row: row.alarm.about if row.alarm else row.entry.event.code),
    Column("place", cells.TEXT, lambda row: (row.alarm and row.alarm.place) or None),
    Column("verdict", get=lambda _row: None),
))  # fmt: skip


@router.get("/queue", operation_id="showQueue", response_class=HTMLResponse, responses=downloads.GIVEN)
def shown(request: Request, visit: Here, table: Annotated[Asked, Depends(asked(QUEUE))]) -> Response:
    """Show what waits for a verdict, and urgent cases that wait for their review."""
    now = visit.service.centre.clock()
    found = signoffs.waiting(visit.session, visit.service.oversight, now)
    view = QUEUE.view(request, found, table)
    visit.enter("QUEUE_LISTED", count=len(view.rows), **view.taken)
    alerts = [(f"case-{each.case}", each.code, each.since) for each in cases.alerts(visit.session, now)]
    waiting = subjects.listed(visit.session, None, now, MOST)
    late = [subjects.name_of(each.request) for each in waiting if each.late and each.state != "closed"]
    return views.tabled(request, "queue.html", view, alerts=alerts, late=late, verdicts=get_args(Verdict))


@router.post("/queue", operation_id="sendSignOffForm", status_code=303, response_class=RedirectResponse,
             dependencies=[forms.OURS])  # fmt: skip
def sign(
    visit: Here,
    about: Annotated[str, Form(pattern=ABOUT, examples=["alarm-3"])],
    verdict: Annotated[Verdict, Form()],
) -> RedirectResponse:
    """Sign one off, and show the rest."""
    made = signoffs.sign(
        visit.session, visit.service.centre, visit.service.oversight, (about, verdict), visit.asked.entity
    )
    visit.enter("SIGNED_OFF", about=made.about, verdict=made.verdict)
    return RedirectResponse("/pages/queue", 303)
