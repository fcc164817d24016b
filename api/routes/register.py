"""What is on file: agreements with agencies, impact assessments, and the records of processing. Digests, no papers."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, status
from pydantic import BaseModel, BeforeValidator, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes.forms import Closed
from api.services import register
from api.services.register import OnFile, Paper
from policies.processing import load_processing

router = APIRouter(prefix="/v1", tags=["register"])
Here = Annotated[Visit, VISIT]
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DIGEST = "^[0-9a-f]{64}$"


def _day(given: object) -> object:
    """Take a day as it is written, and no count of seconds."""
    if not isinstance(given, str) or not DAY.fullmatch(given):
        raise ValueError
    return given


Day = Annotated[date, BeforeValidator(_day)]


class NewAgreement(Closed):
    """A signed agreement with an agency: its number, its days, and the SHA-256 of the paper."""

    agency: str = Field(pattern="^[a-z0-9-]{1,40}$", examples=["baznas"])
    number: str = Field(pattern="^[A-Za-z0-9./ -]{1,60}$", examples=["119/PKS/2026"])
    signed: Day = Field(examples=["2026-01-15"])
    until: Day = Field(examples=["2028-01-14"])
    digest: str = Field(pattern=DIGEST, examples=["9f" * 32])


class AgreementView(BaseModel):
    """An agency and its newest agreement, if there is any."""

    agency: str
    in_force: bool
    number: str | None = None
    signed: date | None = None
    until: date | None = None
    digest: str | None = None


class AgreementList(BaseModel):
    """Every enrolled agency."""

    agreements: list[AgreementView]


class NewAssessment(Closed):
    """A signed impact assessment and the attack report that is attached to it, by their SHA-256."""

    signed: Day = Field(examples=["2026-02-01"])
    digest: str = Field(pattern=DIGEST, examples=["9f" * 32])
    attacks: str = Field(pattern=DIGEST, examples=["7d" * 32])


class AssessmentView(BaseModel):
    """An impact assessment as it is recorded."""

    signed: date
    digest: str
    attacks: str
    recorded_at: datetime


class ProcessingView(BaseModel):
    """The records of processing (Law 27/2022, article 31)."""

    controller: dict[str, Any]
    activities: list[dict[str, Any]]
    measures: dict[str, Any]
    as_of: datetime
    recipients: list[dict[str, Any]]
    uses: dict[str, int] = Field(description="entries of the log by their purpose")
    assessment: dict[str, Any] | None


@router.post("/agreements", operation_id="createAgreement", status_code=status.HTTP_201_CREATED)
def create(visit: Here, wanted: NewAgreement) -> AgreementView:
    """Record an agreement with an agency; the newest counts."""
    paper = Paper(wanted.number, wanted.signed, wanted.until, wanted.digest)
    made = register.record(visit.session, visit.service.centre, wanted.agency, paper, visit.asked.entity)
    until = made.until.isoformat()
    visit.enter("AGREEMENT_RECORDED", agency=wanted.agency, number=made.number, until=until, digest=made.digest)
    in_force = made.until >= register.today(visit.service.centre.clock())
    return AgreementView.model_validate({**wanted.model_dump(mode="json"), "in_force": in_force})


@router.get("/agreements", operation_id="listAgreements")
def listed(visit: Here) -> AgreementList:
    """List every enrolled agency with its newest agreement."""
    found = register.listed(visit.session, register.today(visit.service.centre.clock()))
    visit.enter("REGISTER_READ", count=len(found))
    return AgreementList(agreements=[_view(each) for each in found])


@router.post("/assessments", operation_id="createAssessment", status_code=status.HTTP_201_CREATED)
def assess(visit: Here, wanted: NewAssessment) -> AssessmentView:
    """Record an impact assessment with the attack report that belongs to it: without one, production does not start."""
    papers = (wanted.digest, wanted.attacks)
    made = register.assess(visit.session, visit.service.centre, papers, wanted.signed, visit.asked.entity)
    visit.enter("ASSESSMENT_RECORDED", digest=made.digest, attacks=made.attacks, signed=made.signed.isoformat())
    return AssessmentView.model_validate(made, from_attributes=True)


@router.get("/processing", operation_id="readProcessing")
def processing(visit: Here) -> ProcessingView:
    """Give the records of processing: what is stated, who receives, and for what the log shows uses."""
    found = register.processing(visit.session, visit.service.centre, load_processing())
    visit.enter("REGISTER_READ", count=len(found["recipients"]))
    return ProcessingView.model_validate(found)


def _view(found: OnFile) -> AgreementView:
    paper = found.agreement
    more = {name: getattr(paper, name) for name in ("number", "signed", "until", "digest")} if paper else {}
    return AgreementView(agency=found.agency.id, in_force=found.in_force, **more)
