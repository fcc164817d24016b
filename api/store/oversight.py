"""The data-protection officer's tables: what was looked at and signed off, agreements, assessments, subject requests.

No name, NIK or contact is here: who asked is a peppered token or a record, until the request is closed.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class SignOff(SQLModel, table=True):
    """One person's verdict on an alarm (`alarm-3`) or a flag (`entry-120/off-hours`), once."""

    __tablename__ = "sign_off"

    about: str = Field(primary_key=True)
    verdict: str
    signed_by: str
    signed_at: datetime


class Agreement(SQLModel, table=True):
    """A data-sharing agreement with an agency: its number, its days, and the SHA-256 (hex) of the signed paper."""

    id: int | None = Field(default=None, primary_key=True)
    agency: str = Field(foreign_key="agency.id", index=True)
    number: str
    signed: date
    until: date
    digest: str
    recorded_by: str
    recorded_at: datetime


class Assessment(SQLModel, table=True):
    """An impact assessment: SHA-256 (hex) of its paper and of the attack report that is attached to it."""

    id: int | None = Field(default=None, primary_key=True)
    digest: str
    attacks: str
    signed: date
    recorded_by: str
    recorded_at: datetime


class SubjectRequest(SQLModel, table=True):
    """A person's request, as an agency registered it. `token` or `record` says of whom, and goes at its end."""

    __tablename__ = "subject_request"

    id: int | None = Field(default=None, primary_key=True)
    agency: str = Field(foreign_key="agency.id", index=True)
    kind: str
    channel: str
    received_at: datetime
    registered_at: datetime
    token: bytes | None = Field(default=None, sa_type=LargeBinary)
    record: int | None = Field(default=None, sa_type=BigInteger)
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: str | None = None


class SubjectApproval(SQLModel, table=True):
    """One person's approval, in one role, that a request is answered."""

    __tablename__ = "subject_approval"

    request: int = Field(foreign_key="subject_request.id", primary_key=True)
    role: str = Field(primary_key=True)
    person: str
    given_at: datetime


class SubjectRow(SQLModel, table=True):
    """A row that a request is about and what is to be done: correct, erase, restrict; done once it is withdrawn.

    A row to erase or restrict belongs to no person any more, and no link sees it.
    """

    __tablename__ = "subject_row"
    __table_args__ = (Index("ix_subject_row_agency", "agency"), {"sqlite_with_rowid": False})

    record: int = Field(primary_key=True, sa_type=BigInteger)
    request: int = Field(foreign_key="subject_request.id", primary_key=True)
    agency: str = Field(foreign_key="agency.id")
    act: str
    done_at: datetime | None = None
