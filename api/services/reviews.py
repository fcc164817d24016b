"""Pairs that the model would not judge alone: why it would not, and what people decide. Shows levels and bits, no text.

A decision joins or parts two records in every later link. Who may decide is the caller's to say; whether two rows are
one person their owners know, through a case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import journal
from api.services.journal import Event
from api.store import Decision, Review, Run
from linkage.matching import Explanation, Frozen, explain


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair of records in review: the reason, the probability, and the evidence for it (None of an older run)."""

    left: int
    right: int
    reason: str
    probability: float | None
    why: Explanation | None


def waiting(session: Session, most: int) -> list[Waiting]:
    """Return pairs in review, the least sure first: those nearest to one half."""
    found = session.exec(select(Review)).all()
    found = sorted(found, key=lambda each: (abs((each.probability or 0.0) - 0.5), each.left, each.right))[:most]
    models = {run: _model(session, run) for run in {each.run for each in found}}
    return [
        Waiting(each.left, each.right, each.reason, each.probability, _why(models[each.run], each.pattern))
        for each in found
    ]


def _model(session: Session, run: int) -> Frozen:
    return Frozen.from_json(session.get_one(Run, run).model)


def _why(frozen: Frozen, pattern: str | None) -> Explanation | None:
    return None if pattern is None else explain(frozen.model, np.array(pattern.split(","), np.int8))


def decide(session: Session, centre: Centre, pair: tuple[int, int], same: bool, by: str) -> Decision:
    """Keep a decision on a pair in review, or change an earlier one; the next link obeys it.

    Raises ServiceError REVIEW_UNKNOWN: nobody is asked about that pair.
    """
    left, right = min(pair), max(pair)
    asked = session.get(Review, (left, right))
    made = session.get(Decision, (left, right))
    if asked is None and made is None:
        raise ServiceError("REVIEW_UNKNOWN", "no pair of these records waits for a decision")
    now = centre.clock()
    made = made or Decision(left=left, right=right, same=same, decided_by=by, decided_at=now)
    made.same, made.decided_by, made.decided_at = same, by, now
    session.add(made)
    session.execute(delete(Review).where(col(Review.left) == left, col(Review.right) == right))
    subject = {"records": [left, right], "same": same}
    journal.record(session, Event("REVIEW_DECIDED", by, "officer", "", "", subject), now)
    return made
