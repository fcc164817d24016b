"""The access log as files that an officer takes with her: the table that the page shows, and the bundle that proves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.access import Visit
from api.access.admission import VISIT
from api.pages import oversight
from api.pages.oversight import Sought
from api.services import exports, logbook

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]


class Table(Response):
    """A CSV file."""

    media_type = "text/csv"


class Bundle(FileResponse):
    """A zip file."""

    media_type = "application/zip"


@router.get("/log/table.csv", operation_id="readLogTable", response_class=Table)
def table(visit: Here, sought: Sought) -> Table:
    """Give the entries of a choice as CSV, newest first, at most 20,000."""
    looked = oversight.looked(visit, sought)
    lines = logbook.newest(visit.session, looked, None, exports.MOST)
    flagged = oversight.flags_of(visit, lines)
    visit.enter("LOG_EXPORTED", form="table", count=len(lines), person=looked.person)
    kept = {"content-disposition": 'attachment; filename="lapis-log.csv"', "cache-control": "no-store"}
    return Table(exports.table(lines, flagged), headers=kept)


@router.get("/log/bundle.zip", operation_id="readLogBundle", response_class=Bundle)
def bundle(visit: Here) -> Bundle:
    """Give the whole log up to its newest checkpoint, for `lapis officer verify`."""
    path, size = exports.bundle(visit.service.centre, visit.session)
    visit.enter("LOG_EXPORTED", form="bundle", count=size)
    return Bundle(
        path, filename="lapis-log.zip", headers={"cache-control": "no-store"}, background=BackgroundTask(path.unlink)
    )
