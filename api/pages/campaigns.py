"""Campaigns as pages: whom each looks for, who approved it, which agencies asked, what came of it. It names nobody.

Opening and approving are done by command, under each one's own login; these pages change nothing.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import Visit
from api.access.admission import VISIT
from api.errors import ServiceError
from api.pages import cells, downloads, views
from api.pages.cells import named
from api.pages.tables import Asked, Column, Table, asked, taken
from api.routes.campaigns import Number
from api.services import campaigns, outcomes, pulls

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
CAMPAIGNS = Table("campaigns", (
    Column("campaign", cells.ID, lambda row: row.campaign.id), Column("state", named("campaign")),
    Column("programme", get=lambda row: row.campaign.programme),
    Column("criterion", named("criterion"), lambda row: row.campaign.criterion),
    Column("regency", cells.PLACE, lambda row: row.campaign.regency, none="everywhere"),
    Column("until", cells.DAY, lambda row: row.campaign.expires),
    Column("approvals", cells.NUMBER, lambda row: len(row.approved_by)),
))  # fmt: skip
GIVEN = Table("given", (
    Column("when", cells.MOMENT, lambda row: row.given_at), Column("role", named("role")),
    Column("who", cells.ID, lambda row: row.person),
), "given-")  # fmt: skip
PULLS = Table("pulls", (
    Column("agency"), Column("times", cells.NUMBER), Column("rows", cells.NUMBER), Column("last", cells.DAY),
), "pulls-")  # fmt: skip
OUTCOMES = Table("outcomes", (
    Column("outcome", named("word"), lambda row: row[0]),
    Column("rows", cells.NUMBER, lambda row: row[1], none="few"),
), "outcomes-")  # fmt: skip


@router.get("/campaigns", operation_id="showCampaigns", responses=downloads.GIVEN)
def listed(request: Request, visit: Here, table: Annotated[Asked, Depends(asked(CAMPAIGNS))]) -> Response:
    """Show campaigns, newest first."""
    now = visit.service.centre.clock()
    view = CAMPAIGNS.view(request, campaigns.listed(visit.session, now, in_force=False, limit=table.reach), table)
    visit.enter("CAMPAIGNS_LISTED", count=len(view.rows), **view.taken)
    return views.tabled(request, "campaigns.html", view)


@router.get("/campaigns/{campaign}", operation_id="showCampaign", responses=downloads.GIVEN)
def read(
    request: Request, visit: Here, campaign: Number, given: Annotated[Asked, Depends(asked(GIVEN))],
    pulled: Annotated[Asked, Depends(asked(PULLS))], came: Annotated[Asked, Depends(asked(OUTCOMES))],
) -> Response:  # fmt: skip
    """Show one campaign: who approved it, which work-lists were pulled, what came of them."""
    try:
        found = campaigns.find(visit.session, campaign)
    except ServiceError:
        raise ServiceError("NOT_FOUND", "no such campaign") from None
    shown = (
        GIVEN.view(request, pulls.approvals(visit.session, campaign), given),
        PULLS.view(request, pulls.of_campaign(visit.session, campaign), pulled),
        OUTCOMES.view(request, list(outcomes.summary(visit.session, campaign).items()), came),
    )
    visit.enter("CAMPAIGNS_LISTED", campaign=campaign, **taken(*shown))
    standing = campaigns.standing(visit.session, found, visit.service.centre.clock())
    return views.tabled(
        request, "campaign.html", *shown, campaign=found, state=standing.state, approvals=len(standing.approved_by),
        approves=bool(visit.asked.roles & set(campaigns.APPROVERS)),
    )  # fmt: skip
