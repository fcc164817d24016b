"""Tables of what people say and decide of pairs, and of how persons changed between runs. Never a name, only ids."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class Decision(SQLModel, table=True):
    """That two records, `left` the smaller id, are one person or are not; every later link obeys it.

    `by_two`: two people said so, or both owners; without it no two NIKs are joined. `two_niks`: each side had its own.
    """

    __table_args__ = ({"sqlite_with_rowid": False},)

    left: int = Field(primary_key=True, sa_type=BigInteger)
    right: int = Field(primary_key=True, sa_type=BigInteger)
    same: bool
    decided_by: str
    decided_at: datetime
    by_two: bool = False
    two_niks: bool = False


class ReviewOpinion(SQLModel, table=True):
    """What one person said of a pair, and why (a code); said again, the later stands."""

    __tablename__ = "review_opinion"
    __table_args__ = ({"sqlite_with_rowid": False},)

    left: int = Field(primary_key=True, sa_type=BigInteger)
    right: int = Field(primary_key=True, sa_type=BigInteger)
    person: str = Field(primary_key=True)
    answer: str
    reason: str
    said_at: datetime


class OwnerQuestion(SQLModel, table=True):
    """A question about one row of a pair, to its own agency: since which weekly cut it is told; then the answer, once.

    `id` is random and each row's own, so that two agencies cannot tell by it that they were asked about one pair.
    """

    __tablename__ = "owner_question"
    __table_args__ = (
        Index("ix_owner_question_agency", "agency", "cut"),
        Index("ix_owner_question_pair", "left", "right"),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(primary_key=True)
    left: int = Field(sa_type=BigInteger)
    right: int = Field(sa_type=BigInteger)
    record: int = Field(sa_type=BigInteger)
    agency: str = Field(foreign_key="agency.id")
    asked_by: str
    asked_at: datetime
    cut: date | None = None
    same: bool | None = None
    answered_at: datetime | None = None


class PersonChange(SQLModel, table=True):
    """How many records a run moved from one person to another, and whether that was a merge, a split or a move."""

    __tablename__ = "person_change"
    __table_args__ = ({"sqlite_with_rowid": False},)

    run: int = Field(foreign_key="run.id", primary_key=True)
    before: int = Field(foreign_key="person.id", primary_key=True, sa_type=BigInteger)
    after: int = Field(foreign_key="person.id", primary_key=True, sa_type=BigInteger)
    records: int
    kind: str
