"""What became of a campaign's rows, as their agency tells it: a word a row, or numbers alone. It judges nothing.

A word about a row that is not the teller's is counted and dropped. Whether the campaign concerned a row does not show:
whoever was registered since is not concerned any more, and after the end it would be an answer that nobody approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Literal, get_args

import pyarrow as pa
from sqlalchemy import delete, insert
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.services import campaigns, own_rows
from api.services.persons import suppress
from api.store import Outcome, OutcomeCount
from linkage.encoding.tokens import TOKEN

Word = Literal["visited", "registered", "already-served", "not-found", "moved", "deceased"]
WORDS: tuple[str, ...] = get_args(Word)
LATE = timedelta(days=60)
"""Visits take time: what became of a row may be told so long after the campaign is over."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many own rows' words were kept, and how many words were about no own row."""

    kept: int
    dropped: int


def tell(session: Session, centre: Centre, number: int, agency: str, rows: Mapping[Word, Sequence[bytes]]) -> Told:
    """Keep a word a row, by the rows' references; told again, the later word stands.

    Raises ServiceError CAMPAIGN_UNKNOWN, CAMPAIGN_NOT_IN_FORCE or PULL_BUDGET, or VaultError.
    """
    _in_time(session, centre, number)
    said = [(ref, word) for word, refs in rows.items() for ref in refs]
    own_rows.check(session, centre, agency, len(said))
    records = own_rows.find(session, centre, agency, pa.array([ref for ref, _ in said], TOKEN))
    kept = {record: word for record, (_, word) in zip(records, said, strict=True) if record is not None}
    own_rows.spend(session, centre, agency, len(said), number)
    today = centre.clock().astimezone(UTC).date()
    for part in own_rows.batches(list(kept)):
        session.execute(delete(Outcome).where(col(Outcome.campaign) == number, col(Outcome.record).in_(part)))
    if kept:
        words = [{"campaign": number, "record": record, "outcome": word, "day": today} for record, word in kept.items()]
        session.connection().execute(insert(Outcome), words)
    return Told(len(kept), records.count(None))


def count(session: Session, centre: Centre, number: int, agency: str, rows: Mapping[Word, int]) -> None:
    """Keep an agency's numbers in place of its earlier ones; raises as `tell`."""
    _in_time(session, centre, number)
    own_rows.spend(session, centre, agency, 0, number)
    mine = (col(OutcomeCount.campaign) == number, col(OutcomeCount.agency) == agency)
    session.execute(delete(OutcomeCount).where(*mine))
    session.add_all(OutcomeCount(campaign=number, agency=agency, outcome=word, rows=n) for word, n in rows.items())


def summary(session: Session, number: int) -> dict[str, int | None]:
    """Return how many rows came to what, words and numbers together: tens, nothing under 10."""
    words = select(Outcome.outcome, func.count()).where(Outcome.campaign == number).group_by(Outcome.outcome)
    numbers = select(OutcomeCount.outcome, func.sum(OutcomeCount.rows)).where(OutcomeCount.campaign == number)
    found: dict[str, int] = {}
    for word, rows in [*session.exec(words), *session.exec(numbers.group_by(OutcomeCount.outcome))]:
        found[word] = found.get(word, 0) + int(rows)
    return {word: suppress(rows) for word, rows in sorted(found.items())}


def _in_time(session: Session, centre: Centre, number: int) -> None:
    """Refuse words about a campaign that was never in force, or is over for too long."""
    campaign = campaigns.find(session, number)
    now = centre.clock()
    if campaigns.standing(session, campaign, now - LATE).state != "in-force":
        raise ServiceError("CAMPAIGN_NOT_IN_FORCE", "not approved by two people, refused or over", place=str(number))
