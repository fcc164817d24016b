"""The access log as files that an officer takes with her: the table that the page shows, and the bundle that proves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.access import Visit
from api.access.admission import VISIT
from api.pages import oversight
from api.pages.downloads import TYPES
from api.pages.oversight import Choice, Sought
from api.services import exports, logbook
from api.services.logbook import Line

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]


class Csv(Response):
    """A CSV file."""

    media_type = "text/csv"


class Workbook(Response):
    """A workbook."""

    media_type = TYPES["xlsx"]


class Bundle(FileResponse):
    """A zip file."""

    media_type = "application/zip"


@router.get("/log/table.csv", operation_id="readLogTable", response_class=Csv)
def table(visit: Here, sought: Sought) -> Csv:
    """Give the entries of a choice as CSV, newest first, at most 20,000."""
    return Csv(exports.table(*_entries(visit, sought, "table")), headers=_kept("lapis-log.csv"))


@router.get("/log/table.xlsx", operation_id="readLogWorkbook", response_class=Workbook)
def workbook(visit: Here, sought: Sought) -> Workbook:
    """Give the entries of a choice as a workbook, newest first, at most 20,000."""
    return Workbook(exports.workbook(*_entries(visit, sought, "workbook")), headers=_kept("lapis-log.xlsx"))


def _entries(visit: Visit, sought: Choice, form: str) -> tuple[list[Line], Mapping[int, frozenset[str]]]:
    looked = oversight.looked(visit, sought)
    lines = logbook.newest(visit.session, looked, None, exports.MOST)
    flagged = oversight.flags_of(visit, lines)
    visit.enter("LOG_EXPORTED", form=form, count=len(lines), person=looked.person)
    return lines, flagged


def _kept(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}


@router.get("/log/bundle.zip", operation_id="readLogBundle", response_class=Bundle)
def bundle(visit: Here) -> Bundle:
    """Give the whole log up to its newest checkpoint, for `lapis officer verify`."""
    path, size = exports.bundle(visit.service.centre, visit.session)
    visit.enter("LOG_EXPORTED", form="bundle", count=size)
    return Bundle(
        path, filename="lapis-log.zip", headers={"cache-control": "no-store"}, background=BackgroundTask(path.unlink)
    )
