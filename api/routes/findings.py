"""What a person found of an overlap. It needs a purpose and a legal basis, as looking at the overlap did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms
from api.routes.forms import Closed
from api.services import findings
from api.services.findings import Outcome, Overlap

router = APIRouter(prefix="/v1", tags=["people"])
Here = Annotated[Visit, VISIT]


class NewFinding(Closed):
    """Which overlap, and what was found: only `review-together` goes back to agencies, about paid rows alone."""

    person: str = Field(pattern=forms.PERSON, examples=[forms.EXAMPLE_PERSON])
    programme: str | None = Field(None, pattern="^[A-Z0-9-]{1,20}$", examples=["PKH"], description="or all of them")
    period: str = Field(pattern=r"^[0-9]{4}(-([0-9]{2}|[QT][0-9]))?$", examples=["2026-03"])
    outcome: Outcome = Field(examples=["review-together"])


class FindingView(BaseModel):
    """The finding's number, and how many rows go back to their agencies at the next weekly cut."""

    id: int
    rows: int


@router.post("/findings", operation_id="createFinding", status_code=status.HTTP_201_CREATED)
def create(visit: Here, found: NewFinding) -> FindingView:
    """Record what a person found of an overlap; of one overlap the later finding stands until it was told."""
    overlap = Overlap(forms.read(found.person), found.programme, found.period)
    made = findings.record(visit.session, visit.service.centre, overlap, found.outcome, visit.asked.entity)
    subject = {"person": found.person, "programme": found.programme, "period": found.period, "outcome": found.outcome}
    visit.enter("FINDING_RECORDED", finding=made.number, rows=made.rows, **subject)
    return FindingView(id=made.number, rows=made.rows)
