"""What became of the lists that an agency sent: for its own people, and for those at the centre who follow the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, views
from api.pages.cells import named
from api.pages.tables import Asked, Column, Table, asked
from api.routes.forms import AgencyId, ListId
from api.service import Progress
from api.services import uploads, work
from api.store import Job, Upload

router = APIRouter(prefix="/pages", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]


@dataclass(frozen=True, slots=True)
class Sent:
    """A list that was sent, its job once it is whole, and how far that is."""

    upload: Upload
    job: Job | None
    progress: Progress | None

    @property
    def state(self) -> str:
        """Return where it stands: sending, waiting, running, done, refused."""
        if self.job is None:
            return "sending"
        return "running" if self.job.state == work.WAITING and self.progress else self.job.state

    @property
    def share(self) -> int | None:
        """Return how much of the present step is done, in per cent."""
        if self.state == "sending":
            return 100 * self.upload.received // max(1, self.upload.size)
        return 100 * self.progress.done // max(1, self.progress.total) if self.progress else None

    @property
    def open(self) -> bool:
        """Say whether anything will still change by itself."""
        return self.state in {"sending", "waiting", "running"}


SUBMISSIONS = Table("submissions", (
    Column("sent", cells.MOMENT, lambda sent: sent.upload.created_at),
    Column("agency", get=lambda sent: sent.upload.agency), Column("state", named("state")),
    Column("taken_in", cells.NUMBER, lambda sent: sent.job and sent.job.rows),
    Column("known_rows", cells.NUMBER, lambda sent: sent.job and sent.job.known_rows),
))  # fmt: skip


@router.get("/submissions", operation_id="showSubmissions", responses=downloads.GIVEN)
def listed(
    request: Request, visit: Here, table: Annotated[Asked, Depends(asked(SUBMISSIONS))], agency: AgencyId = None
) -> Response:  # fmt: skip
    """Show the lists that were sent, newest first; an agency's own, to its people."""
    found = uploads.listed(visit.session, agency or visit.asked.agency, table.reach)
    view = SUBMISSIONS.view(request, [_sent(visit, each) for each in found], table)
    visit.enter("SUBMISSIONS_LISTED", count=len(view.rows), **view.taken)
    return views.tabled(request, "submissions.html", view)


@router.get("/submissions/{submission}", operation_id="showSubmission")
def read(request: Request, visit: Here, submission: ListId) -> HTMLResponse:
    """Show how far one list is."""
    found = uploads.find(visit.session, submission)
    visit.enter("SUBMISSION_READ", submission=found.id)
    return views.show(request, "submission.html", sent=_sent(visit, found))


def _sent(visit: Visit, upload: Upload) -> Sent:
    job = visit.session.get(Job, upload.job) if upload.job else None
    return Sent(upload, job, visit.service.jobs.progress(job.id) if job else None)
