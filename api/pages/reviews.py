"""Pairs in review as pages: the queue, and one pair with its evidence and the buttons. It names nobody."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import forms, views
from api.pages.charts import waterfall
from api.routes.forms import Limit
from api.routes.forms import shown as shown_person
from api.routes.reviews import After, PairId, cursor, look, opine, page, question
from api.services import reviews as service
from api.services.reviews import WHYS, Answer, Said, Why
from linkage.matching import REASONS

router = APIRouter(prefix="/pages/reviews", tags=["pages"], default_response_class=HTMLResponse)
Here = Annotated[Visit, VISIT]
AnyReason = Annotated[
    Literal["", "DISPUTED", "NIK_CONFLICT", "TWO_NIKS", "CLUSTER_TOO_LARGE", "SAME_SOURCE", "NAMESAKES", "UNSURE"],
    Query(description="of one reason, or all"),
]


@router.get("", operation_id="showReviews")
def listed(
    request: Request, visit: Here, reason: AnyReason = "", after: After = None, limit: Limit = 20
) -> HTMLResponse:
    """Show the queue, the least sure first."""
    found = page(visit, reason or None, after, limit)
    rows = [(service.name_of((each.left, each.right)), each) for each in found]
    return views.show(
        request, "reviews.html", rows=rows, chosen=reason, reasons=REASONS, limit=limit, after=cursor(found, limit),
        opens=views.may(visit, "showReview"),
    )  # fmt: skip


@router.get("/{pair}", operation_id="showReview")
def shown(request: Request, visit: Here, pair: PairId) -> HTMLResponse:
    """Show one pair: who has the rows, the waterfall, and what can be done."""
    found = look(visit, pair)
    return views.show(
        request, "review.html", pair=pair, found=found, fall=waterfall(found.why) if found.why else None, whys=WHYS,
        decides=views.may(visit, "sendReviewForm"), asks=views.may(visit, "sendOwnersForm") and not found.asked,
        opens=views.may(visit, "showPerson"), shown=shown_person,
    )  # fmt: skip


@router.post("/{pair}", operation_id="sendReviewForm", status_code=303, response_class=RedirectResponse,
             dependencies=[forms.OURS])  # fmt: skip
def decide(
    visit: Here, pair: PairId, answer: Annotated[Answer, Form()], reason: Annotated[Why, Form()]
) -> RedirectResponse:
    """Keep what she says; back to the queue, or to the pair where it still waits."""
    decided = opine(visit, pair, Said(answer, reason))
    there = "/pages/reviews" if decided else f"/pages/reviews/{pair}"
    return RedirectResponse(f"{there}?{views.reason(visit, {})}", 303)


@router.post("/{pair}/questions", operation_id="sendOwnersForm", status_code=303, response_class=RedirectResponse,
             dependencies=[forms.OURS])  # fmt: skip
def ask(visit: Here, pair: PairId) -> RedirectResponse:
    """Ask the owners, and show the pair again."""
    question(visit, pair)
    return RedirectResponse(f"/pages/reviews/{pair}?{views.reason(visit, {})}", 303)
