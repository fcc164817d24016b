"""Releases as a page, for BPS and whoever else gets them: what is in each, how often, who approved, and the files.

Counts alone, and only what was released; nothing leaves before somebody approved it, and what does is an entry.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.background import BackgroundTask

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, forms, views
from api.pages.exports import Bundle
from api.pages.tables import Asked, Column, Table, asked
from api.services.layers import export, reading

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
ReleaseNumber = Annotated[int, Path(ge=1, le=2**31, examples=[1])]
RELEASES = Table("releases", (
    Column("release", cells.ID, lambda row: row.release.id),
    Column("as_of", cells.MOMENT, lambda row: row.release.at),
    Column("told", cells.NUMBER), Column("hidden", cells.NUMBER),
    Column("approved", cells.MOMENT, lambda row: row.release.approved_at, none="not_approved"),
    Column("who", cells.ID, lambda row: row.release.approved_by),
    Column("rules", cells.ID, lambda row: row.release.rules[:16]),
))  # fmt: skip


@router.get("/releases", operation_id="showReleases", responses=downloads.GIVEN)
def listed(request: Request, visit: Here, table: Annotated[Asked, Depends(asked(RELEASES))]) -> Response:
    """Show releases, newest first, and how their files are made."""
    view = RELEASES.view(request, reading.listed(visit.session, table.reach), table)
    visit.enter("RELEASES_LISTED", count=len(view.rows), **view.taken)
    return views.tabled(
        request, "releases.html", view, schema=export.schema(), approves=views.may(visit, "approveRelease"),
        takes=views.may(visit, "readReleaseFiles"),
    )  # fmt: skip


@router.get("/releases/{release}/files.zip", operation_id="readReleaseFiles", response_class=Bundle)
def files(
    visit: Here,
    release: ReleaseNumber,
    to: Annotated[str, Query(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9 ._-]+$", examples=["BPS"])],
) -> FileResponse:
    """Give an approved release as Parquet, CSV and their schema; the entry says for whom, and each file's digest."""
    path, said = export.zipped(visit.session, release, to)
    visit.enter("RELEASE_EXPORTED", release=release, to=to, files=[f"{name} {digest}" for name, digest in said.items()])
    return Bundle(path, filename=f"lapis-release-{release}.zip", headers={"cache-control": "no-store"},
                  background=BackgroundTask(path.unlink))  # fmt: skip


@router.post("/releases/{release}/approval", operation_id="sendReleaseApprovalForm", status_code=303,
             response_class=RedirectResponse, dependencies=[forms.OURS])  # fmt: skip
def approve(visit: Here, release: ReleaseNumber) -> RedirectResponse:
    """Approve that a release goes out; given again it is still one."""
    reading.approve(visit.session, release, visit.asked.entity, visit.service.centre.clock())
    visit.enter("RELEASE_APPROVED", release=release)
    return RedirectResponse("/pages/releases", 303)
