"""Pairs that the model would not judge alone: why it would not, and what people decide. Shows levels and bits, no text.

A decision joins or parts two records in every later link. One person's word is enough, but not to join two that have a
NIK each: for that two people say yes. Whether two rows are one person their owners know best (`owners`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from sqlalchemy import delete, select, tuple_
from sqlmodel import Session, col, func

from api.centre import Centre
from api.errors import ServiceError
from api.services import own_rows
from api.store import Content, Decision, Membership, OwnerQuestion, Review, ReviewOpinion, Run
from linkage.matching import Explanation, Frozen, explain

Answer = Literal["yes", "no", "unsure"]
Why = Literal[
    "strong-evidence", "weak-evidence", "relatives", "misspelt", "shared-number", "asked-outside", "cannot-tell"
]
WHYS: tuple[Why, ...] = get_args(Why)
OWNERS = "owners"
"""Who decided, where both owners answered."""
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair: whose row it is, for which programme and period, and which person it belongs to by now."""

    record: int
    person: int | None
    agency: str | None
    programme: str | None
    period: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair of records in review: the reason, the probability, and the evidence for it (None where none is kept).

    `two_niks`: each has a NIK of its own, so that two people must say yes; `yes`: so many have. `asked`: its owners
    were asked, and `answered` so many of them.
    """

    left: int
    right: int
    reason: str
    probability: float | None
    two_niks: bool
    why: Explanation | None
    sides: tuple[Side, Side]
    yes: int
    asked: bool
    answered: int


@dataclass(frozen=True, slots=True)
class Said:
    """What one person says of a pair, and why."""

    answer: Answer
    why: Why


def waiting(
    session: Session, most: int, reason: str | None = None, after: tuple[float, Pair] | None = None
) -> list[Waiting]:
    """Return pairs in review, the least sure first: those nearest to one half; those after one of a page before."""
    unsure = func.abs(func.coalesce(col(Review.probability), 0.0) - 0.5)
    query: Any = select(Review)
    if reason is not None:
        query = query.where(col(Review.reason) == reason)
    if after is not None:
        query = query.where(tuple_(unsure, col(Review.left), col(Review.right)) > tuple_(after[0], *after[1]))
    query = query.order_by(unsure, col(Review.left), col(Review.right)).limit(most)
    return _shown(session, session.scalars(query).all())


def one(session: Session, pair: Pair) -> Waiting:
    """Return one pair in review; raises ServiceError REVIEW_UNKNOWN."""
    return _shown(session, [_asked(session, pair)])[0]


def distance(found: Waiting) -> float:
    """Return how far from one half a pair is, as the queue is ordered."""
    return abs((found.probability or 0.0) - 0.5)


def decide(session: Session, centre: Centre, pair: Pair, said: Said, by: str) -> Decision | None:
    """Keep what a person says of a pair in review or decided before; the next link obeys what comes of it.

    Returns the decision, or None where there is none yet: she is unsure, or a second person must say yes. Raises
    ServiceError REVIEW_UNKNOWN.
    """
    left, right = min(pair), max(pair)
    asked, made = session.get(Review, (left, right)), session.get(Decision, (left, right))
    if asked is None and made is None:
        raise _unknown()
    two_niks = asked.two_niks if asked else bool(made and made.two_niks)
    session.merge(ReviewOpinion(left=left, right=right, person=by, answer=said.answer, reason=said.why,
                                said_at=centre.clock()))  # fmt: skip
    session.flush()
    if said.answer == "unsure":
        return None
    by_two = len(_who(session, (left, right), said.answer)) > 1
    if said.answer == "yes" and two_niks and not by_two:
        return None
    return settle(session, Decision(left=left, right=right, same=said.answer == "yes", decided_by=by,
                                            decided_at=centre.clock(), by_two=by_two, two_niks=two_niks))  # fmt: skip


def settle(session: Session, decision: Decision) -> Decision:
    """Keep a decision in place of an earlier one; nobody is asked about the pair any more."""
    made = session.merge(decision)
    for table in (Review, OwnerQuestion):
        gone: Any = delete(table).where(col(table.left) == made.left, col(table.right) == made.right)
        session.execute(gone if table is Review else gone.where(col(OwnerQuestion.same).is_(None)))
    return made


def name_of(pair: Pair) -> str:
    """Write a pair's id."""
    return f"{pair[0]:016x}{pair[1]:016x}"


def pair_of(name: str) -> Pair:
    """Read a pair's id."""
    return int(name[:16], 16), int(name[16:], 16)


def _asked(session: Session, pair: Pair) -> Review:
    found = session.get(Review, pair)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> ServiceError:
    return ServiceError("REVIEW_UNKNOWN", "no pair of these records waits for a decision")


def _who(session: Session, pair: Pair, answer: Answer) -> set[str]:
    """Return who says that of a pair."""
    query = select(col(ReviewOpinion.person)).where(*_of(ReviewOpinion, pair), col(ReviewOpinion.answer) == answer)
    return set(session.scalars(query))


def _of(table: Any, pair: Pair) -> tuple[Any, Any]:
    return table.left == pair[0], table.right == pair[1]


def _shown(session: Session, found: Iterable[Review]) -> list[Waiting]:
    rows = list(found)
    judged = {each.run for each in rows if each.pattern is not None}
    models = {run: Frozen.from_json(session.get_one(Run, run).model) for run in judged}
    sides = _sides(session, {record for each in rows for record in (each.left, each.right)})
    pairs = [(each.left, each.right) for each in rows]
    yes, asked = _opinions(session, pairs), _questions(session, pairs)
    return [
        Waiting(
            each.left, each.right, each.reason, each.probability, each.two_niks,
            _why(models.get(each.run), each.pattern), (sides[each.left], sides[each.right]),
            yes.get(pair, 0), pair in asked, asked.get(pair, 0),
        )
        for each, pair in zip(rows, pairs, strict=True)
    ]  # fmt: skip


def _sides(session: Session, records: Iterable[int]) -> dict[int, Side]:
    wanted, found = sorted(records), dict[int, Side]()
    columns = (Content.record, Membership.person, Content.agency, Content.programme, Content.period)
    query: Any = select(*map(col, columns))
    query = query.join(Membership, col(Membership.record) == col(Content.record), isouter=True)
    for part in own_rows.batches(wanted):
        found |= {row[0]: Side(*row) for row in session.execute(query.where(col(Content.record).in_(part)))}
    return {record: found.get(record, Side(record, None, None, None, None)) for record in wanted}


def _opinions(session: Session, pairs: list[Pair]) -> dict[Pair, int]:
    """Count who says yes, by pair."""
    return _counted(session, ReviewOpinion, func.count(), pairs, col(ReviewOpinion.answer) == "yes")


def _questions(session: Session, pairs: list[Pair]) -> dict[Pair, int]:
    """Count the owners' answers, by pair that they were asked about."""
    return _counted(session, OwnerQuestion, func.count(col(OwnerQuestion.same)), pairs)


def _counted(session: Session, table: Any, count: Any, pairs: list[Pair], *where: Any) -> dict[Pair, int]:
    sides = col(table.left), col(table.right)
    found: dict[Pair, int] = {}
    for part in own_rows.batches(sorted({left for left, _ in pairs})):
        query: Any = select(*sides, count).where(sides[0].in_(part), *where).group_by(*sides)
        found |= {(left, right): number for left, right, number in session.execute(query)}
    return found


def _why(frozen: Frozen | None, pattern: str | None) -> Explanation | None:
    return None if frozen is None or pattern is None else explain(frozen.model, np.array(pattern.split(","), np.int8))
