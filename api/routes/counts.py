"""Runs and reviews, as counts: what the centre's own work came to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.access import Visit
from api.access.admission import VISIT
from api.routes.forms import Limit, ReviewCounts, RunList, RunView
from api.services import persons

router = APIRouter(prefix="/v1", tags=["work"])
Here = Annotated[Visit, VISIT]


@router.get("/runs", operation_id="listRuns")
def runs(visit: Here, limit: Limit = 50) -> RunList:
    """List linkage runs, newest first."""
    found = persons.runs(visit.session, limit)
    visit.enter("RUNS_LISTED", count=len(found))
    return RunList(runs=[RunView.model_validate(each, from_attributes=True) for each in found])


@router.get("/reviews", operation_id="countReviews")
def reviews(visit: Here) -> ReviewCounts:
    """Count the pairs that wait for a person, by reason."""
    found = persons.reviews(visit.session)
    visit.enter("REVIEWS_COUNTED", count=sum(found.values()))
    return ReviewCounts(reasons=found)
