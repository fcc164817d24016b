"""Jobs are followed and links begun. A job's answer has ids, counts and codes, and nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, status

from api.access import Visit
from api.access.admission import VISIT
from api.routes.forms import AgencyId, JobList, JobView, Limit, ListId, ProgressView
from api.service import Progress
from api.services import work
from api.store import Job

router = APIRouter(prefix="/v1", tags=["jobs"])
Here = Annotated[Visit, VISIT]


@router.get("/jobs", operation_id="listJobs")
def listed(visit: Here, agency: AgencyId = None, limit: Limit = 50) -> JobList:
    """List jobs, newest first; an agency's own, for an agency."""
    found = work.listed(visit.session, agency or visit.asked.agency, limit)
    visit.enter("JOBS_LISTED", count=len(found))
    return JobList(jobs=[view(each, visit.service.jobs.progress(each.id)) for each in found])


@router.get("/jobs/{job}", operation_id="readJob")
def read(visit: Here, job: ListId) -> JobView:
    """Say what became of a job, or how far it is."""
    found = work.find(visit.session, job)
    visit.enter("JOB_READ", job=found.id)
    return view(found, visit.service.jobs.progress(found.id))


@router.post("/links", operation_id="startLink", status_code=status.HTTP_202_ACCEPTED)
def link(visit: Here) -> JobView:
    """Link everything visible; while a link waits, asking again is asking for that one."""
    job = work.start_link(visit.session, visit.service.centre.entropy, visit.service.centre.clock())
    visit.enter("LINK_STARTED", job=job.id)
    visit.service.jobs.nudge()
    return view(job, visit.service.jobs.progress(job.id))


def view(job: Job, progress: Progress | None) -> JobView:
    """Show a job."""
    shown = JobView.model_validate(job, from_attributes=True)
    if progress is not None and job.state == work.WAITING:
        shown.progress = ProgressView.model_validate(progress, from_attributes=True)
    return shown
