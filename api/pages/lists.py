"""What became of the lists that an agency sent: for its own people, and for those at the centre who follow the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import views
from api.routes.forms import AgencyId, Limit, ListId
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


@router.get("/submissions", operation_id="showSubmissions")
def listed(request: Request, visit: Here, agency: AgencyId = None, limit: Limit = 50) -> HTMLResponse:
    """Show the lists that were sent, newest first; an agency's own, to its people."""
    found = uploads.listed(visit.session, agency or visit.asked.agency, limit)
    visit.enter("SUBMISSIONS_LISTED", count=len(found))
    return views.show(request, "submissions.html", rows=[_sent(visit, each) for each in found])


@router.get("/submissions/{submission}", operation_id="showSubmission")
def read(request: Request, visit: Here, submission: ListId) -> HTMLResponse:
    """Show how far one list is."""
    found = uploads.find(visit.session, submission)
    visit.enter("SUBMISSION_READ", submission=found.id)
    return views.show(request, "submission.html", sent=_sent(visit, found))


def _sent(visit: Visit, upload: Upload) -> Sent:
    job = visit.session.get(Job, upload.job) if upload.job else None
    return Sent(upload, job, visit.service.jobs.progress(job.id) if job else None)
