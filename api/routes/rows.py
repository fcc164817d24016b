"""An agency's own rows: how they stand, and taking them back. Asked by reference; no row of another is named."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes import bodies
from api.routes.bodies import OwnAnswers, Refs
from api.services import feedback, owners, withdrawal
from api.services.feedback import Word

router = APIRouter(prefix="/v1", tags=["own rows"])
Here = Annotated[Visit, VISIT]


class FeedbackView(BaseModel):
    """A word for each reference, in the order asked, as of a weekly cut."""

    cut: date = Field(description="what a person found since waits for the next Monday")
    rows: list[Word]
    questions: dict[int, str] = Field({}, description="the question to answer, by the place of each row to `confirm`")


class OwnAnswersView(BaseModel):
    """How many answers were kept; the others are about no open question of an own row."""

    kept: int
    dropped: int


class WithdrawnView(BaseModel):
    """How many rows went, and how many references were of no own row."""

    withdrawn: int
    unknown: int


@router.post("/feedback", operation_id="readFeedback", openapi_extra=bodies.published(Refs))
def ask(visit: Here, asked: Annotated[Refs, bodies.taken(Refs)]) -> FeedbackView:
    """Ask how own rows stand; the answer of the moment is the same whether others know a person or not."""
    agency = visit.asked.agency or ""
    answer = feedback.ask(visit.session, visit.service.centre, agency, bodies.columns(asked.refs))
    reviews, doubts = (answer.rows.count(word) for word in ("review", "confirm"))
    visit.enter("FEEDBACK_GIVEN", rows=len(answer.rows), reviews=reviews, doubts=doubts, cut=answer.cut.isoformat())
    return FeedbackView(cut=answer.cut, rows=answer.rows, questions=dict(answer.questions))


@router.post("/own-answers", operation_id="sendOwnAnswers", openapi_extra=bodies.published(OwnAnswers))
def confirm(visit: Here, told: Annotated[OwnAnswers, bodies.taken(OwnAnswers)]) -> OwnAnswersView:
    """Say of own rows in doubt whether the person is on another list too; each question takes one answer."""
    agency = visit.asked.agency or ""
    words = [owners.Word(each.question, bytes.fromhex(each.ref), each.same) for each in told.answers]
    kept = owners.answer(visit.session, visit.service.centre, agency, words)
    visit.enter("OWNERS_ANSWERED", rows=kept.kept, dropped=kept.dropped, settled=kept.settled)
    return OwnAnswersView(kept=kept.kept, dropped=kept.dropped)


@router.post("/withdrawals", operation_id="withdrawRows", openapi_extra=bodies.published(Refs))
def withdraw(visit: Here, asked: Annotated[Refs, bodies.taken(Refs)]) -> WithdrawnView:
    """Take own rows back: they count no more, and the next link knows nothing of them; again, it changes nothing."""
    agency = visit.asked.agency or ""
    gone = withdrawal.withdraw(visit.session, visit.service.centre, agency, bodies.columns(asked.refs))
    visit.enter("ROWS_WITHDRAWN", rows=gone.rows, unknown=gone.unknown)
    return WithdrawnView(withdrawn=gone.rows, unknown=gone.unknown)
