"""What is known of pseudonymous persons: lists, one profile, overlaps. It sees content, and never a token.

Only linked rows are here, and only visible rows are linked. Counts of people are suppressed under 10 and rounded down
to tens, so that no difference of two of them tells of one person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from api.errors import ServiceError
from api.services import own_rows
from api.store import Content, Membership, Review, Run, Submission

THRESHOLD = 10
FIRST_STEP, LONGEST_STEP = 4_000, 200_000
"""Memberships that are looked through together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are meant; nothing means all."""

    programme: str | None = None
    regency: str | None = None

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """Return the query over those rows alone: aid, and no row that a later one replaced."""
        query = query.where(*standing())
        if self.programme is not None:
            query = query.where(col(Content.programme) == self.programme)
        return query if self.regency is None else query.where(col(Content.regency) == self.regency)


def standing() -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a row of aid that stands: not a register's, not withdrawn, not replaced by a later row."""
    later: Any = aliased(Content)
    replaced = select(later.record).where(later.corrects == col(Content.record)).exists()
    gone = func.coalesce(col(Content.status), "paid") == "withdrawn"
    return col(Content.programme).is_not(None), ~gone, ~replaced


@dataclass(frozen=True, slots=True)
class PersonRows:
    """A person and how many of the rows meant are hers."""

    person: int
    rows: int


@dataclass(frozen=True, slots=True)
class AidRow:
    """One row of aid; the amount in rupiah."""

    agency: str
    programme: str
    period: str | None
    amount: int | None
    regency: str | None
    village: str | None


@dataclass(frozen=True, slots=True)
class Home:
    """Where a person lives, by the list whose word goes first."""

    agency: str
    regency: str
    village: str | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """One person's aid of one period that more than one agency, or more than one programme, gave."""

    person: int
    period: str
    programmes: tuple[str, ...]
    agencies: tuple[str, ...]
    rows: int


def listed(session: Session, wanted: Wanted, after: int, limit: int) -> list[PersonRows]:
    """Return persons with rows as wanted, by id, those after `after`."""
    query: Any = select(col(Membership.person), func.count()).join(
        Content, col(Content.record) == col(Membership.record)
    )
    query = wanted.narrow(query).group_by(col(Membership.person)).order_by(col(Membership.person))
    found: list[PersonRows] = []
    for within in _windows(session, after):
        page = session.execute(query.where(within).limit(limit - len(found)))
        found += [PersonRows(person, rows) for person, rows in page]
        if len(found) >= limit:
            break
    return found


def _windows(session: Session, after: int) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that walk through persons in their order, few at first: who seeks a page stops when it is full.

    Without them a database groups everybody's rows before it gives the first person.
    """
    person, low, step = col(Membership.person), after, FIRST_STEP
    while True:
        query = select(person).where(person > low).order_by(person).offset(step).limit(1)
        high = session.execute(query).scalar()
        if high is None:
            yield person > low
            return
        yield and_(person > low, person <= high)
        low, step = high, min(2 * step, LONGEST_STEP)


def profile(session: Session, person: int) -> list[AidRow]:
    """Return a person's aid, oldest first; raises ServiceError NOT_FOUND."""
    columns = (Content.agency, Content.programme, Content.period, Content.amount, Content.regency, Content.village)
    query: Any = select(*map(col, columns)).join(Membership, col(Content.record) == col(Membership.record))
    query = Wanted().narrow(query.where(col(Membership.person) == person))
    rows = [AidRow(*row) for row in session.execute(query)]
    known = select(col(Membership.record)).where(col(Membership.person) == person).limit(1)
    if not rows and session.execute(known).first() is None:
        raise ServiceError("NOT_FOUND", "no such person")
    return sorted(rows, key=lambda row: (row.period or "", row.programme, row.agency))


def home(session: Session, person: int, rank: Callable[[str], int]) -> Home | None:
    """Return where a person lives: of the rows that stand and say so, by `rank` of their list, then the newest."""
    later: Any = aliased(Content)
    replaced = select(later.record).where(later.corrects == col(Content.record)).exists()
    columns = (Content.agency, Content.regency, Content.village, Submission.visible_at, Content.record)
    query: Any = select(*map(col, columns))
    query = query.join(Membership, col(Content.record) == col(Membership.record))
    query = query.join(Submission, col(Submission.id) == col(Content.submission))
    rows = session.execute(query.where(col(Membership.person) == person, col(Content.regency).is_not(None), ~replaced))
    best = min(rows, key=lambda row: (rank(row[0]), -row[3].timestamp(), row[2] is None, row[4]), default=None)
    return Home(*best[:3]) if best else None


def overlaps(
    session: Session, wanted: Wanted, *, across_programmes: bool, after: tuple[int, str, str] | None, limit: int
) -> list[Overlap]:
    """Return overlaps by person, period and programme, those after `after`.

    Two agencies gave one programme in one period; or, `across_programmes`, two programmes were given in one period.
    """
    person, period, programme = col(Membership.person), col(Content.period), col(Content.programme)
    keys = (person, period) if across_programmes else (person, period, programme)
    counted = programme if across_programmes else col(Content.agency)
    query: Any = select(*keys, func.count()).join(Content, col(Content.record) == col(Membership.record))
    query = wanted.narrow(query).where(period.is_not(None)).group_by(*keys)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after[: len(keys)]))
    query = query.having(func.count(counted.distinct()) > 1).order_by(*keys)
    found: list[tuple[tuple[Any, ...], int]] = []
    for within in _windows(session, -1 if after is None else after[0] - 1):
        page = session.execute(query.where(within).limit(limit - len(found)))
        found += [(tuple(row[: len(keys)]), row[-1]) for row in page]
        if len(found) >= limit:
            break
    given = _given(session, wanted, {key[0] for key, _ in found}, len(keys))
    return [
        Overlap(key[0], key[1], tuple(sorted(given[key].programmes)), tuple(sorted(given[key].agencies)), rows)
        for key, rows in found
    ]


@dataclass(frozen=True, slots=True)
class _Givers:
    """Which programmes of which agencies one overlap is of."""

    programmes: set[str]
    agencies: set[str]


def _given(session: Session, wanted: Wanted, people: set[int], parts: int) -> dict[tuple[Any, ...], _Givers]:
    """Return who gave what to people, by the first `parts` of person, period and programme."""
    made: dict[tuple[Any, ...], _Givers] = {}
    for some in own_rows.batches(sorted(people)):
        columns = (Membership.person, Content.period, Content.programme, Content.agency)
        query: Any = select(*map(col, columns)).distinct()
        query = query.join(Membership, col(Membership.record) == col(Content.record))
        query = wanted.narrow(query.where(col(Membership.person).in_(some), col(Content.period).is_not(None)))
        for *key, agency in session.execute(query):
            one = made.setdefault(tuple(key[:parts]), _Givers(set(), set()))
            one.programmes.add(key[2])
            one.agencies.add(agency)
    return made


def suppress(people: int) -> int | None:
    """Return a count of people in tens, or nothing if it is under the threshold."""
    return None if people < THRESHOLD else people - people % THRESHOLD


def runs(session: Session, limit: int) -> list[Run]:
    """Return the newest linkage runs."""
    return list(session.scalars(select(Run).order_by(col(Run.id).desc()).limit(limit)))


def reviews(session: Session) -> dict[str, int]:
    """Return how many pairs wait for a person, by reason."""
    query = select(col(Review.reason), func.count()).group_by(col(Review.reason)).order_by(col(Review.reason))
    return {str(reason): int(count) for reason, count in session.execute(query)}
