"""Pairs in review as pages: the queue, and one pair with its evidence and the buttons. It names nobody."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, forms, views
from api.pages.charts import waterfall
from api.pages.tables import Asked, Column, Cursor, Table, asked
from api.routes.forms import shown as shown_person
from api.routes.reviews import After, PairId, begin, cursor_of, named, opine, question
from api.services import reviews as service
from api.services.reviews import WHYS, Answer, Said, Side, Waiting, Why
from linkage.matching import REASONS

router = APIRouter(prefix="/pages/reviews", tags=["pages"], default_response_class=HTMLResponse,
                   responses=downloads.GIVEN)  # fmt: skip
Here = Annotated[Visit, VISIT]
AnyReason = Annotated[
    Literal["", "DISPUTED", "NIK_CONFLICT", "TWO_NIKS", "CLUSTER_TOO_LARGE", "SAME_SOURCE", "NAMESAKES", "UNSURE"],
    Query(description="of one reason, or all"),
]


def state(row: Waiting) -> str:
    """Say where a pair stands."""
    return "second" if row.two_niks and row.yes else "asked" if row.asked else "waits"


def _person(side: Side) -> str | None:
    return None if side.person is None else shown_person(side.person)


REVIEWS = Table("reviews", (
    Column("reason", cells.named("doubt")),
    Column("agencies", get=lambda row: [each.agency or "–" for each in row.sides]),
    Column("likely", cells.SHARE, lambda row: row.probability), Column("state", cells.named("doubt-state"), state),
    Column("pair", cells.ID, lambda row: service.name_of((row.left, row.right))),
), whole=False)  # fmt: skip
SIDES = Table("sides", (
    Column("person", cells.ID, _person), Column("agency"), Column("programme"),
    Column("period", cells.MONTH, none="unwritten"),
), whole=False)  # fmt: skip


@router.get("", operation_id="showReviews")
def listed(
    request: Request, visit: Here, table: Annotated[Asked, Depends(asked(REVIEWS, 20))], reason: AnyReason = "",
    after: After = None,
) -> Response:  # fmt: skip
    """Show the queue, the least sure first."""
    found = service.waiting(visit.session, table.reach, reason or None, begin(after))
    view = REVIEWS.view(request, found, table, Cursor("after", cursor_of))
    persons = named(*view.rows)
    visit.enter("REVIEWS_LISTED", reason=reason or None, count=len(view.rows), persons=persons, **view.taken)
    return views.tabled(
        request, "reviews.html", view, chosen=reason, reasons=REASONS, opens=views.may(visit, "showReview"),
        name_of=service.name_of,
    )  # fmt: skip


@router.get("/{pair}", operation_id="showReview")
def shown(request: Request, visit: Here, pair: PairId, table: Annotated[Asked, Depends(asked(SIDES))]) -> Response:
    """Show one pair: who has the rows, the waterfall, and what can be done."""
    found = service.one(visit.session, service.pair_of(pair))
    view = SIDES.view(request, found.sides, table)
    visit.enter("REVIEW_READ", pair=pair, persons=named(found), **view.taken)
    return views.tabled(
        request, "review.html", view, pair=pair, found=found, fall=waterfall(found.why) if found.why else None,
        whys=WHYS, decides=views.may(visit, "sendReviewForm"),
        asks=views.may(visit, "sendOwnersForm") and not found.asked, opens=views.may(visit, "showPerson"),
        shown=shown_person,
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
