"""Pairs of rows that the model would not judge: the queue, one pair's evidence, what a person says, who is asked.

Levels and bits, pseudonyms and the agencies' names; never what stands in a row.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, status
from pydantic import BaseModel, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes import forms
from api.routes.forms import Closed, Limit
from api.services import owners, reviews
from api.services.reviews import Answer, Pair, Said, Side, Waiting, Why
from linkage.matching import REASONS

router = APIRouter(prefix="/v1/reviews/pairs", tags=["people"])
Here = Annotated[Visit, VISIT]
PAIR = "^([0-7][0-9a-f]{15}){2}$"
EXAMPLE = "1c0ffee1234567891c0ffee987654321"
PairId = Annotated[str, Path(pattern=PAIR, examples=[EXAMPLE])]
Reason = Literal[
    "DISPUTED", "NIK_CONFLICT", "TWO_NIKS", "CLUSTER_TOO_LARGE", "SAME_SOURCE", "NAMESAKES", "UNSURE"
]  # as `REASONS`
AnyReason = Annotated[Reason | None, Query(description="of one reason", examples=["NIK_CONFLICT"])]
CURSOR = "^0(\\.[0-9]{1,20})?(e-[0-9]{1,3})?/([0-7][0-9a-f]{15}){2}$"
After = Annotated[str | None, Query(pattern=CURSOR, description="as the page before says")]
assert set(REASONS) == set(Reason.__args__)  # type: ignore[attr-defined]  # noqa: S101 - a fault of ours, found when it is loaded


class StepView(BaseModel):
    """What a field at a level adds, in bits; level -1: not known, or said by another field."""

    field: str = Field(examples=["name"])
    level: int
    levels: int
    bits: float


class EvidenceView(BaseModel):
    """The waterfall: log-odds in bits before anything is compared, what each field adds, the sum, the probability."""

    prior: float
    steps: list[StepView]
    total: float
    probability: float


class SideView(BaseModel):
    """Whose row it is, and which person it belongs to by now."""

    person: str | None = Field(examples=[forms.EXAMPLE_PERSON])
    agency: str | None = Field(examples=["baznas"])
    programme: str | None
    period: str | None


class ReviewView(BaseModel):
    """A pair in review. `two_people`: two must say yes, for each row's person has a NIK of its own."""

    pair: str = Field(examples=[EXAMPLE])
    reason: str = Field(examples=["NIK_CONFLICT"])
    probability: float | None
    two_people: bool
    yes: int = Field(description="how many people said yes so far")
    asked: bool = Field(description="whether the owners were asked")
    answered: int = Field(description="how many of them answered")
    sides: list[SideView]
    evidence: EvidenceView | None


class ReviewList(BaseModel):
    """A page of pairs, the least sure first; `after` asks for the next."""

    pairs: list[ReviewView]
    after: str | None = None


class Opinion(Closed):
    """What somebody says of a pair, and why."""

    answer: Answer = Field(examples=["no"])
    reason: Why = Field(examples=["relatives"])


class OpinionView(BaseModel):
    """What is in force by it from the next link on; nothing yet where she is unsure or a second person must say yes."""

    pair: str
    decided: Literal["same", "not-same"] | None


class AskedView(BaseModel):
    """Whose rows were asked about; each agency is told with the first weekly cut from now."""

    pair: str
    agencies: list[str]


@router.get("", operation_id="listReviews")
def listed(visit: Here, reason: AnyReason = None, after: After = None, limit: Limit = 50) -> ReviewList:
    """List pairs in review with their evidence, the least sure first."""
    found = reviews.waiting(visit.session, limit, reason, begin(after))
    visit.enter("REVIEWS_LISTED", reason=reason, count=len(found), persons=named(*found))
    last = cursor_of(found[-1]) if len(found) == limit else None
    return ReviewList(pairs=[view(each) for each in found], after=last)


@router.get("/{pair}", operation_id="readReview")
def read(visit: Here, pair: PairId) -> ReviewView:
    """Show one pair: pattern, weights, sum."""
    found = reviews.one(visit.session, reviews.pair_of(pair))
    visit.enter("REVIEW_READ", pair=pair, persons=named(found))
    return view(found)


@router.post("/{pair}/decisions", operation_id="decideReview")
def decide(visit: Here, pair: PairId, said: Opinion) -> OpinionView:
    """Say whether it is one person; said again, the later stands. The next link obeys."""
    return OpinionView(pair=pair, decided=opine(visit, pair, Said(said.answer, said.reason)))


@router.post("/{pair}/questions", operation_id="askOwners", status_code=status.HTTP_201_CREATED)
def ask(visit: Here, pair: PairId) -> AskedView:
    """Ask both owners, each about its own row."""
    return AskedView(pair=pair, agencies=question(visit, pair))


def begin(after: str | None) -> tuple[float, Pair] | None:
    """Read where a page begins."""
    distance, _, pair = (after or "").partition("/")
    return (float(distance), reviews.pair_of(pair)) if after else None


def cursor_of(last: Waiting) -> str:
    """Write where the next page begins."""
    return f"{reviews.distance(last)!r}/{reviews.name_of((last.left, last.right))}"


def named(*found: Waiting) -> list[str]:
    """Return the pseudonyms of pairs, as an entry names them."""
    return sorted({forms.shown(side.person) for each in found for side in each.sides if side.person is not None})


def opine(visit: Visit, pair: str, said: Said) -> Literal["same", "not-same"] | None:
    """Keep what she says, and enter it."""
    made = reviews.decide(visit.session, visit.service.centre, reviews.pair_of(pair), said, visit.asked.entity)
    decided: Literal["same", "not-same"] | None = None if made is None else "same" if made.same else "not-same"
    visit.enter("REVIEW_DECIDED", pair=pair, answer=said.answer, reason=said.why, decided=decided)
    return decided


def question(visit: Visit, pair: str) -> list[str]:
    """Ask the owners, and enter it."""
    made = owners.ask(visit.session, visit.service.centre, reviews.pair_of(pair), visit.asked.entity)
    agencies = [each.agency for each in made]
    visit.enter("OWNERS_ASKED", pair=pair, agencies=agencies)
    return agencies


def view(found: Waiting) -> ReviewView:
    """Return a pair as it goes out."""
    why = found.why
    steps = [StepView.model_validate(step, from_attributes=True) for step in why.steps] if why else []
    return ReviewView(
        pair=reviews.name_of((found.left, found.right)),
        reason=found.reason,
        probability=found.probability,
        two_people=found.two_niks,
        yes=found.yes,
        asked=found.asked,
        answered=found.answered,
        sides=[_side(each) for each in found.sides],
        evidence=EvidenceView(prior=why.prior, steps=steps, total=why.total, probability=why.probability)
        if why
        else None,
    )


def _side(side: Side) -> SideView:
    person = None if side.person is None else forms.shown(side.person)
    return SideView(person=person, agency=side.agency, programme=side.programme, period=side.period)
