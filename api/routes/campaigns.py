"""Campaigns: opened, approved and ended by people, asked by agencies about their own rows. No row is named here."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, BeforeValidator, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes import bodies
from api.routes.bodies import Outcomes, Refs
from api.routes.forms import MOST, Closed, Limit
from api.services import campaigns, outcomes
from api.services.campaigns import Criterion, Draft, Standing, State, Suggestion

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])
Here = Annotated[Visit, VISIT]
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Number = Annotated[int, Path(ge=1, le=MOST, examples=[3])]


def _day(given: object) -> object:
    """Take a day as it is written, and no count of seconds."""
    if not isinstance(given, str) or not DAY.fullmatch(given):
        raise ValueError
    return given


class NewCampaign(Closed):
    """Whom a campaign looks for.

    `without`: people on no list of the programme; `twice`: whom two agencies paid for it in one period; `untouched`:
    poor people on no layer; `unmet`: people with a need that it is for and that nothing meets.
    """

    programme: str = Field(pattern="^[A-Z0-9-]{1,20}$", examples=["PKH"], description="code")
    criterion: Criterion = Field(examples=["without"])
    regency: str | None = Field(None, pattern=r"^[0-9]{2}\.[0-9]{2}$", examples=["18.01"], description="or everywhere")
    expires: Annotated[date, BeforeValidator(_day)] = Field(examples=["2026-12-31"], description="within 180 days")


class CampaignView(BaseModel):
    """A campaign and how it stands; `outcomes` in tens, nothing under 10, and to staff alone."""

    id: int = Field(examples=[3])
    programme: str
    criterion: Criterion
    suggestion: Suggestion
    regency: str | None
    expires: date
    state: State
    opened_at: datetime
    approved_by: list[str] = Field(examples=[["dpo"]], description="roles")
    outcomes: dict[str, int | None] | None = None


class CampaignList(BaseModel):
    """Campaigns, newest first."""

    campaigns: list[CampaignView]


class Concerned(BaseModel):
    """For each reference, in the order asked, whether the campaign concerns that row; and what is suggested then."""

    campaign: int
    programme: str
    suggestion: Suggestion
    concerned: list[bool]


class ToldView(BaseModel):
    """How many own rows' words were kept, and how many words were about no own row."""

    kept: int
    dropped: int


@router.post("", operation_id="createCampaign", status_code=status.HTTP_201_CREATED)
def create(visit: Here, wanted: NewCampaign) -> CampaignView:
    """Open a campaign; it answers nothing until two others have approved it."""
    draft = Draft(wanted.programme, wanted.criterion, wanted.regency, wanted.expires)
    made = campaigns.open_campaign(visit.session, visit.service.centre, draft, visit.asked.entity)
    subject = {"programme": draft.programme, "criterion": draft.criterion, "regency": draft.regency}
    visit.enter("CAMPAIGN_OPENED", campaign=made.campaign.id, expires=draft.expires.isoformat(), **subject)
    return _view(made)


@router.get("", operation_id="listCampaigns")
def listed(visit: Here, limit: Limit = 50) -> CampaignList:
    """List campaigns, newest first; to an agency those that are in force."""
    to_agency = visit.asked.agency is not None
    found = campaigns.listed(visit.session, visit.service.centre.clock(), in_force=to_agency, limit=limit)
    visit.enter("CAMPAIGNS_LISTED", count=len(found))
    views = [_view(each) for each in found]
    if not to_agency:
        for view in views:
            view.outcomes = outcomes.summary(visit.session, view.id)
    return CampaignList(campaigns=views)


@router.post("/{campaign}/approvals", operation_id="approveCampaign")
def approve(visit: Here, campaign: Number) -> CampaignView:
    """Approve: one data-protection officer and one head of the PMO, two people, neither who opened it."""
    asked = visit.asked
    found = campaigns.approve(visit.session, visit.service.centre, campaign, asked.entity, asked.roles)
    visit.enter("CAMPAIGN_APPROVED", campaign=campaign, state=found.state)
    return _view(found)


@router.post("/{campaign}/refusal", operation_id="refuseCampaign")
def refuse(visit: Here, campaign: Number) -> CampaignView:
    """End a campaign for good, also one in force; one person is enough."""
    asked = visit.asked
    found = campaigns.refuse(visit.session, visit.service.centre, campaign, asked.entity, asked.roles)
    visit.enter("CAMPAIGN_REFUSED", campaign=campaign)
    return _view(found)


@router.post("/{campaign}/pulls", operation_id="pullCampaign", openapi_extra=bodies.published(Refs))
def pull(visit: Here, campaign: Number, asked: Annotated[Refs, bodies.taken(Refs)]) -> Concerned:
    """Ask which of its own rows a campaign concerns: at most 50,000 at once and 200,000 a day."""
    agency = visit.asked.agency or ""
    answer = campaigns.pull(visit.session, visit.service.centre, campaign, agency, bodies.columns(asked.refs))
    visit.enter("CAMPAIGN_PULLED", campaign=campaign, rows=len(asked.refs), concerned=sum(answer.concerned))
    return Concerned(
        campaign=campaign, programme=answer.programme, suggestion=answer.suggestion, concerned=answer.concerned
    )


@router.post("/{campaign}/outcomes", operation_id="sendOutcomes", openapi_extra=bodies.published(Outcomes))
def tell(visit: Here, campaign: Number, told: Annotated[Outcomes, bodies.taken(Outcomes)]) -> ToldView:
    """Tell what became of own rows, a word a row or numbers alone; told again, the later stands."""
    agency, centre = visit.asked.agency or "", visit.service.centre
    rows = {word: [bytes.fromhex(ref) for ref in refs] for word, refs in told.rows.items()}
    kept = outcomes.tell(visit.session, centre, campaign, agency, rows)
    if told.counts:
        outcomes.count(visit.session, centre, campaign, agency, told.counts)
    visit.enter("OUTCOMES_TOLD", campaign=campaign, rows=kept.kept, count=sum(told.counts.values()))
    return ToldView(kept=kept.kept, dropped=kept.dropped)


def _view(standing: Standing) -> CampaignView:
    campaign = standing.campaign
    return CampaignView(
        id=campaign.id or 0,
        programme=campaign.programme,
        criterion=cast(Criterion, campaign.criterion),
        suggestion=campaigns.SUGGESTIONS[campaign.criterion],
        regency=campaign.regency,
        expires=campaign.expires,
        state=standing.state,
        opened_at=campaign.opened_at,
        approved_by=list(standing.approved_by),
    )
