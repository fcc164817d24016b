"""What waits for an approver: cases with the time that is left, campaigns, people's requests, and releases.

It says which command approves each. No case is approved here: approvals are given in the vault, with an approver's own
login, and this service never holds one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, views
from api.pages.cells import named
from api.pages.tables import Asked, Column, Table, asked, taken
from api.services import campaigns, cases, subjects
from api.services.layers import reading
from api.store import Case

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
MOST = 200
"""Cases, campaigns and requests looked through: those that wait are new."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits: what it is about, and what each agency would be told of (own rows, by agency)."""

    name: str
    case: Case
    people: int
    rows: int
    disclosed: dict[str, int]
    approvals: int
    hours: int


CASES = Table("waiting_cases", (
    Column("case", cells.ID, lambda row: row.name), Column("why", named("purpose"), lambda row: row.case.purpose),
    Column("people", cells.NUMBER), Column("would_open", cells.NUMBER, lambda row: row.rows),
    Column("approvals", cells.NUMBER), Column("hours", cells.NUMBER),
    Column("ends", cells.MOMENT, lambda row: row.case.expires),
), "cases-")  # fmt: skip
CAMPAIGNS = Table("waiting_campaigns", (
    Column("campaign", cells.ID, lambda row: row.campaign.id),
    Column("programme", get=lambda row: row.campaign.programme),
    Column("criterion", named("criterion"), lambda row: row.campaign.criterion),
    Column("approvals", cells.NUMBER, lambda row: len(row.approved_by)),
    Column("until", cells.DAY, lambda row: row.campaign.expires),
), "campaigns-")  # fmt: skip
REQUESTS = Table("waiting_requests", (
    Column("request", cells.ID, lambda row: subjects.name_of(row.request)),
    Column("kind", named("kind"), lambda row: row.request.kind),
    Column("agency", get=lambda row: row.request.agency), Column("due", cells.MOMENT),
    Column("approvals", cells.NUMBER, lambda row: len(row.approved_by)),
), "requests-")  # fmt: skip


@router.get("/approvals", operation_id="showApprovals", responses=downloads.GIVEN)
def waiting(
    request: Request, visit: Here, of_cases: Annotated[Asked, Depends(asked(CASES))],
    of_campaigns: Annotated[Asked, Depends(asked(CAMPAIGNS))],
    of_requests: Annotated[Asked, Depends(asked(REQUESTS))],
) -> Response:  # fmt: skip
    """Show what waits, and the command that approves it."""
    now = visit.service.centre.clock()
    opened = campaigns.listed(visit.session, now, in_force=False, limit=MOST)
    asked_for = subjects.listed(visit.session, None, now, MOST)
    shown = (
        CASES.view(request, _cases(visit), of_cases),
        CAMPAIGNS.view(request, [each for each in opened if each.state == "open"], of_campaigns),
        REQUESTS.view(request, [each for each in asked_for if each.state == "registered"], of_requests),
    )
    visit.enter("CASES_LISTED", count=len(shown[0].rows), **taken(*shown))
    return views.tabled(request, "approvals.html", *shown, release=reading.unapproved(visit.session))


def _cases(visit: Visit) -> list[Waiting]:
    """Return the cases that wait, the one that ends first at the top."""
    now, found = visit.service.centre.clock(), []
    for case in cases.listed(visit.session, MOST):
        if cases.state(case, now) == "waiting":
            people, rows = cases.counts(visit.session, case)
            disclosed = Counter(each.agency for each in cases.requests(visit.session, case))
            left = int((case.expires - now).total_seconds() // 3600)
            given = len(cases.approvers(visit.session, case))
            found.append(Waiting(cases.name_of(case), case, people, rows, dict(sorted(disclosed.items())), given, left))
    return sorted(found, key=lambda each: each.case.expires)
