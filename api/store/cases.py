"""The tables of cases: who asked for which pseudonyms, what the vault was asked, what came of it.

Requests are digests and sealed tokens, tickets and answers are sealed to their readers: no reference is here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class Case(SQLModel, table=True):
    """A case: opened by an officer; then refused, or released once. Its log entry is the one of its opening."""

    __tablename__ = "case_file"

    id: int | None = Field(default=None, primary_key=True)
    opened_by: str
    opened_at: datetime
    expires: datetime
    purpose: str
    basis: str
    urgent: bool
    officer_key: str | None
    manifest: str
    entry: int | None = Field(default=None, foreign_key="pending_entry.id")
    refused_by: str | None = None
    refused_at: datetime | None = None
    refused_for: str | None = None
    released_by: str | None = None
    released_at: datetime | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    verdict: str | None = None


class CasePerson(SQLModel, table=True):
    """A pseudonymous person whom a case is about."""

    __tablename__ = "case_person"

    case: int = Field(foreign_key="case_file.id", primary_key=True)
    person: int = Field(primary_key=True, sa_type=BigInteger)


class CaseRequest(SQLModel, table=True):
    """A request in the vault for one reference: SHA-256 of its ciphertext, accessor, and its token, sealed.

    The token goes when the case ends: nobody opens the request then.
    """

    __tablename__ = "case_request"
    __table_args__ = ({"sqlite_with_rowid": False},)

    case: int = Field(foreign_key="case_file.id", primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    agency: str = Field(foreign_key="agency.id")
    accessor: str
    token: bytes | None = Field(default=None, sa_type=LargeBinary)


class CaseApproval(SQLModel, table=True):
    """A person, by the vault's id, who approved every request of a case, as the vault said when asked."""

    __tablename__ = "case_approval"

    case: int = Field(foreign_key="case_file.id", primary_key=True)
    person: str = Field(primary_key=True)
    seen_at: datetime


class Ticket(SQLModel, table=True):
    """A released case's ticket for one agency, sealed to it."""

    case: int = Field(foreign_key="case_file.id", primary_key=True)
    agency: str = Field(foreign_key="agency.id", primary_key=True)
    sealed: str
    issued_at: datetime


class CaseAnswer(SQLModel, table=True):
    """An agency's answer to a ticket, sealed to the officer who opened the case."""

    __tablename__ = "case_answer"

    case: int = Field(foreign_key="case_file.id", primary_key=True)
    agency: str = Field(foreign_key="agency.id", primary_key=True)
    sealed: str
    given_at: datetime
