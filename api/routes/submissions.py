"""Sealed lists come in by parts, and are followed. An agency sees its own; nothing is opened here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response, status
from sqlmodel import Session

from api.access import Visit
from api.access.admission import VISIT
from api.errors import ServiceError
from api.routes.forms import AgencyId, JobView, Limit, ListId, NewUpload, UploadList, UploadView
from api.routes.jobs import view
from api.services import register, uploads
from api.store import Upload

router = APIRouter(prefix="/v1/submissions", tags=["submissions"])
Here = Annotated[Visit, VISIT]
OCTETS = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}, "required": True}


async def _part(request: Request) -> bytes:
    """Read a part; the guard has set its limit."""
    return await request.body()


@router.post("", operation_id="createSubmission", status_code=status.HTTP_201_CREATED,
             responses={200: {"description": "known already", "model": UploadView}})  # fmt: skip
def create(visit: Here, wanted: NewUpload, response: Response) -> UploadView:
    """Announce a list by its digest and size; announced again, it goes on where it stopped."""
    agency = visit.asked.agency or ""
    now = visit.service.centre.clock()
    if visit.service.production:
        register.check_agency(visit.session, visit.service.centre, agency)
    made, new = uploads.create(visit.session, visit.service.inbox, agency, (wanted.digest, wanted.size), now)
    visit.enter("SUBMISSION_ANNOUNCED", submission=made.id, octets=made.size)
    if not new:
        response.status_code = status.HTTP_200_OK
    return _view(made)


@router.get("", operation_id="listSubmissions")
def listed(visit: Here, agency: AgencyId = None, limit: Limit = 50) -> UploadList:
    """List submissions, newest first; an agency's own, for an agency."""
    found = uploads.listed(visit.session, agency or visit.asked.agency, limit)
    visit.enter("SUBMISSIONS_LISTED", count=len(found))
    return UploadList(submissions=[_view(each) for each in found])


@router.get("/{submission}", operation_id="readSubmission")
def read(visit: Here, submission: ListId) -> UploadView:
    """Say how much of a list is there."""
    found = uploads.find(visit.session, submission)
    visit.enter("SUBMISSION_READ", submission=found.id)
    return _view(found)


@router.patch("/{submission}", operation_id="sendPart", openapi_extra={"requestBody": OCTETS})
def send(
    visit: Here,
    submission: ListId,
    upload_offset: Annotated[int, Header(ge=0, le=4 * 2**30, description="where this part begins")],
    part: Annotated[bytes, Depends(_part)],
) -> UploadView:
    """Send the next part, of at most 8 MiB. What is answered is safe on disk."""
    found = uploads.find(visit.session, submission)
    visit.enter("PART_RECEIVED", submission=found.id, octets=len(part))
    uploads.append(visit.session, visit.service.inbox, found, upload_offset, part)
    return _view(found)


@router.post("/{submission}/complete", operation_id="completeSubmission", status_code=status.HTTP_202_ACCEPTED)
def complete(visit: Here, submission: ListId) -> JobView:
    """Check the whole and let it be taken in; asked again, the same job."""
    found = uploads.find(visit.session, submission)
    try:
        job = uploads.complete(visit.session, visit.service.inbox, found, visit.service.centre.clock())
    except ServiceError as error:
        if error.code == "UPLOAD_DAMAGED":
            _restart(visit, found.id)
        raise
    visit.enter("SUBMISSION_RECEIVED", submission=found.id, job=job.id)
    visit.service.jobs.nudge()
    return view(job, visit.service.jobs.progress(job.id))


def _restart(visit: Visit, submission: str) -> None:
    # In a transaction of its own: this request's is rolled back by the refusal.
    with Session(visit.service.centre.store) as session, session.begin():
        uploads.restart(session, submission)


def _view(upload: Upload) -> UploadView:
    return UploadView.model_validate(upload, from_attributes=True)
