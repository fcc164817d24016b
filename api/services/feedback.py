"""How an agency's own rows stand: one word a row. It never says at once whether others know a person.

`known` and `unknown` say only whether the row is on record, which its agency knows. `review` does tell that another
agency lists the person, and cannot be hidden; so it comes of a person's finding alone, about a paid row, with the first
weekly cut after it, and to no more rows a cut than an agency's people can review. Rows that are added to find out
whether somebody was found come after the finding, and are no part of it. `confirm` asks about a row in doubt (see
`owners`), within the same cut. `correct` and `erase` say at once what a person asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import pyarrow as pa
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.services import own_rows, owners, unlinking
from api.services.unlinking import Act
from api.store import Finding, FindingRow

Word = Literal["known", "unknown", "review", "correct", "erase", "confirm"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A word for each reference, in the order asked, as of the cut (a Monday, UTC).

    `questions`: the id of the question to answer, by the place of each row whose word is `confirm`.
    """

    cut: date
    rows: list[Word]
    questions: Mapping[int, str] = field(default_factory=dict)


def ask(session: Session, centre: Centre, agency: str, refs: pa.Array) -> Feedback:
    """Answer an agency about its own rows: refs fixed_size_binary(32)[n].

    Raises ServiceError AGENCY_UNKNOWN or PULL_BUDGET, or VaultError.
    """
    own_rows.check(session, centre, agency, len(refs))
    records = own_rows.find(session, centre, agency, refs)
    own_rows.spend(session, centre, agency, len(refs))
    cut = last_cut(centre.clock())
    _cut(session, agency, cut, own_rows.bounds(session, centre, agency).rows_a_cut)
    told = select(FindingRow.record).where(FindingRow.agency == agency, col(FindingRow.cut) <= cut)
    back = set(session.exec(told))
    asked, open_ = unlinking.tasks(session, agency), owners.told(session, agency, cut)
    words = [_word(record, back, asked, open_) for record in records]
    doubts = {
        at: open_[record]
        for at, (record, word) in enumerate(zip(records, words, strict=True))
        if word == "confirm" and record is not None
    }
    return Feedback(cut, words, doubts)


def last_cut(now: datetime) -> date:
    """Return the Monday (UTC) that began this week."""
    today = now.astimezone(UTC).date()
    return today - timedelta(days=today.weekday())


def _word(record: int | None, back: set[int], asked: Mapping[int, Act], open_: Mapping[int, str]) -> Word:
    if record is None:
        return "unknown"
    if record in asked:
        return "erase" if asked[record] == "erase" else "correct"
    if record in open_:
        return "confirm"
    return "review" if record in back else "known"


def _cut(session: Session, agency: str, cut: date, most: int) -> None:
    """Give rows of findings before the cut their turn, the oldest findings first, then questions about rows in doubt.

    The rest waits for the next cut.
    """
    same = select(func.count()).where(FindingRow.agency == agency, FindingRow.cut == cut)
    room = most - session.exec(same).one() - owners.spent(session, agency, cut)
    before = datetime.combine(cut, time(), UTC)
    waiting = select(FindingRow).join(Finding).where(FindingRow.agency == agency, Finding.found_at < before)
    waiting = waiting.where(col(FindingRow.cut).is_(None)).order_by(col(Finding.id), col(FindingRow.record))
    turn = session.exec(waiting.limit(max(0, room))).all()
    for row in turn:
        row.cut = cut
        session.add(row)
    owners.cut(session, agency, cut, room - len(turn))
