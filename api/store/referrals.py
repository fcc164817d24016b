"""The tables of what comes back: outcomes of referrals, what a person found of an overlap, rows that were withdrawn.

All over records, which are random; nothing here names a reference or a person's number.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class Outcome(SQLModel, table=True):
    """What became of one row that a campaign concerned; told again, the later word stands."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign: int = Field(foreign_key="campaign.id", primary_key=True)
    record: int = Field(primary_key=True, sa_type=BigInteger)
    outcome: str
    day: date


class OutcomeCount(SQLModel, table=True):
    """What became of an agency's rows, where it tells numbers alone."""

    __tablename__ = "outcome_count"

    campaign: int = Field(foreign_key="campaign.id", primary_key=True)
    agency: str = Field(foreign_key="agency.id", primary_key=True)
    outcome: str = Field(primary_key=True)
    rows: int


class Finding(SQLModel, table=True):
    """What a person found of an overlap: whose, of which programme (or of all) and period."""

    __table_args__ = (Index("ix_finding_person", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="person.id", sa_type=BigInteger)
    programme: str | None
    period: str
    outcome: str
    found_by: str
    found_at: datetime
    flag: str | None = None
    """The flag of the layers that it is about, which has no period of its own."""


class FindingRow(SQLModel, table=True):
    """A paid row that a finding sends back to its agency: since which weekly cut, or not yet."""

    __tablename__ = "finding_row"
    __table_args__ = (Index("ix_finding_row_agency", "agency", "cut"), {"sqlite_with_rowid": False})

    record: int = Field(primary_key=True, sa_type=BigInteger)
    finding: int = Field(foreign_key="finding.id", primary_key=True)
    agency: str = Field(foreign_key="agency.id")
    cut: date | None = None


class Withdrawal(SQLModel, table=True):
    """A record that its agency withdrew; the next link forgets its filters too."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    record: int = Field(primary_key=True, sa_type=BigInteger)
    agency: str = Field(foreign_key="agency.id")
    day: date


class AnswerLimit(SQLModel, table=True):
    """How much an agency may learn, where it is not the centre's: rows asked about a day, rows sent back a cut."""

    __tablename__ = "answer_limit"

    agency: str = Field(foreign_key="agency.id", primary_key=True)
    rows_a_day: int
    rows_a_cut: int
