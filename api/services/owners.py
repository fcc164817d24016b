"""Ask the owners of two rows whether it is one person: each about its own row alone, through its own pull.

An agency learns that somebody asks about a row of its own, and nothing of the other row or whose it is; that another
list may have the person cannot be hidden. So a question comes of an officer's own act, about rows that say money was
paid and that were there before, with the first weekly cut after it, few a cut. Whoever knows the person asks her: is
she on another list too? Two yes join, one no parts, silence leaves the pair where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pyarrow as pa
from sqlalchemy import and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import own_rows, reviews
from api.services.reviews import Pair
from api.store import Content, Decision, OwnerQuestion, Review
from linkage.encoding.tokens import TOKEN


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """An agency's answer to a question (its id) about one of its own rows (a reference, 32 bytes). Does not print."""

    question: str
    ref: bytes
    same: bool


@dataclass(frozen=True, slots=True)
class Told:
    """How many words were kept, how many were dropped, and how many pairs they settled."""

    kept: int
    dropped: int
    settled: int


def ask(session: Session, centre: Centre, pair: Pair, by: str) -> list[OwnerQuestion]:
    """Ask both owners of a pair in review.

    Raises ServiceError REVIEW_UNKNOWN, REVIEW_ASKED, or REVIEW_UNPAID: a row that names no payment may have been listed
    to find out, and nobody is asked about it.
    """
    left, right = min(pair), max(pair)
    if session.get(Review, (left, right)) is None:
        raise ServiceError("REVIEW_UNKNOWN", "no pair of these records waits for a decision")
    same = (col(OwnerQuestion.left) == left, col(OwnerQuestion.right) == right)
    if session.exec(select(OwnerQuestion.id).where(*same)).first() is not None:
        raise ServiceError("REVIEW_ASKED", "the owners of these rows were asked already")
    rows = session.exec(select(Content.record, Content.agency, Content.amount).where(
        col(Content.record).in_((left, right))))  # fmt: skip
    owners = {record: agency for record, agency, amount in rows if (amount or 0) > 0}
    if len(owners) < 2:
        raise ServiceError("REVIEW_UNPAID", "a row that names no payment is asked nobody about")
    asked = [
        OwnerQuestion(id=centre.entropy(16).hex(), left=left, right=right, record=record, agency=owners[record],
                      asked_by=by, asked_at=centre.clock())
        for record in (left, right)
    ]  # fmt: skip
    session.add_all(asked)
    return asked


def cut(session: Session, agency: str, day: date, room: int) -> None:
    """Give questions before the cut their turn, the oldest first; the rest waits for the next cut."""
    before = datetime.combine(day, time(), UTC)
    waits = (OwnerQuestion.agency == agency, col(OwnerQuestion.cut).is_(None), OwnerQuestion.asked_at < before)
    query = select(OwnerQuestion).where(*waits).order_by(col(OwnerQuestion.asked_at), col(OwnerQuestion.id))
    for question in session.exec(query.limit(max(0, room))):
        question.cut = day
        session.add(question)


def told(session: Session, agency: str, day: date) -> dict[int, str]:
    """Return the open question of each own record that has one, the oldest first: one a row at a time."""
    waits = (OwnerQuestion.agency == agency, col(OwnerQuestion.cut) <= day, col(OwnerQuestion.same).is_(None))
    query = select(OwnerQuestion).where(*waits).order_by(col(OwnerQuestion.asked_at), col(OwnerQuestion.id))
    found: dict[int, str] = {}
    for question in session.exec(query):
        found.setdefault(question.record, question.id)
    return found


def spent(session: Session, agency: str, day: date) -> int:
    """Return how many questions the agency is told with a cut."""
    same = (OwnerQuestion.agency == agency, OwnerQuestion.cut == day)
    return session.exec(select(func.count()).select_from(OwnerQuestion).where(*same)).one()


def answer(session: Session, centre: Centre, agency: str, words: Sequence[Word]) -> Told:
    """Keep an agency's answers about its own rows, each once.

    What is not an open question about that very row of its own is dropped: another's, an answer given before, a row
    that was withdrawn, a pair that was decided since. Raises ServiceError AGENCY_UNKNOWN or PULL_BUDGET, or VaultError.
    """
    own_rows.check(session, centre, agency, len(words))
    records = own_rows.find(session, centre, agency, pa.array([word.ref for word in words], TOKEN))
    own_rows.spend(session, centre, agency, len(words))
    questions = _locked(session, [word.question for word in words])
    kept, pairs = 0, set[Pair]()
    for word, record in zip(words, records, strict=True):
        question = questions.get(word.question)
        if question is None or not _open(question, agency, record):
            continue
        question.same, question.answered_at = word.same, centre.clock()
        session.add(question)
        kept += 1
        pairs.add((question.left, question.right))
    session.flush()
    settled = sum(_settle(session, centre, pair) for pair in sorted(pairs))
    return Told(kept, len(words) - kept, settled)


def _locked(session: Session, named: Sequence[str]) -> dict[str, OwnerQuestion]:
    """Lock the questions of the pairs that are asked about, and return them by id.

    Both owners may answer at one moment, each of whom must see the other's word: all are locked, and in one order.
    """
    mine = aliased(OwnerQuestion)
    ids = set[str]()
    for part in own_rows.batches(sorted(set(named))):
        same = and_(col(OwnerQuestion.left) == col(mine.left), col(OwnerQuestion.right) == col(mine.right))
        ids.update(session.exec(select(OwnerQuestion.id).join(mine, same).where(col(mine.id).in_(part))))
    found: dict[str, OwnerQuestion] = {}
    for part in own_rows.batches(sorted(ids)):
        query = select(OwnerQuestion).where(col(OwnerQuestion.id).in_(part)).order_by(col(OwnerQuestion.id))
        locked = session.exec(query.with_for_update().execution_options(populate_existing=True))
        found |= {each.id: each for each in locked}
    return found


def _open(question: OwnerQuestion, agency: str, record: int | None) -> bool:
    own = question.agency == agency and record is not None and question.record == record
    return own and question.cut is not None and question.same is None


def _settle(session: Session, centre: Centre, pair: Pair) -> bool:
    """Decide by the owners' answers, if they are enough."""
    query = select(OwnerQuestion).where(OwnerQuestion.left == pair[0], OwnerQuestion.right == pair[1])
    questions = session.exec(query).all()
    words = [each.same for each in questions]
    if False not in words and (None in words or len(words) < 2):
        return False
    asked = session.get(Review, pair)
    two_niks = asked is not None and asked.two_niks
    by_two = len({each.agency for each in questions}) > 1
    same = False not in words
    if same and two_niks and not by_two:
        return False
    now = centre.clock()
    made = Decision(left=pair[0], right=pair[1], same=same, decided_by=reviews.OWNERS, decided_at=now)
    made.by_two, made.two_niks = by_two, two_niks
    reviews.settle(session, made)
    return True
