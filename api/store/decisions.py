"""Tables of what people decide on pairs, and of how persons changed between runs. Never a name, only ids."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Decision(SQLModel, table=True):
    """That two records, `left` the smaller id, are one person or are not; every later link obeys it."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    left: int = Field(primary_key=True, sa_type=BigInteger)
    right: int = Field(primary_key=True, sa_type=BigInteger)
    same: bool
    decided_by: str
    decided_at: datetime


class PersonChange(SQLModel, table=True):
    """How many records a run moved from one person to another, and whether that was a merge, a split or a move."""

    __tablename__ = "person_change"
    __table_args__ = ({"sqlite_with_rowid": False},)

    run: int = Field(foreign_key="run.id", primary_key=True)
    before: int = Field(foreign_key="person.id", primary_key=True, sa_type=BigInteger)
    after: int = Field(foreign_key="person.id", primary_key=True, sa_type=BigInteger)
    records: int
    kind: str
