"""The tables of work under way: lists as they arrive, and jobs. Ids, counts and codes; never content, never a key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel


class Upload(SQLModel, table=True):
    """A sealed list as it arrives in parts: `received` of `size` octets are on disk, synced."""

    __table_args__ = (UniqueConstraint("agency", "digest"),)

    id: str = Field(primary_key=True)
    agency: str = Field(foreign_key="agency.id")
    digest: str
    size: int = Field(sa_type=BigInteger)
    received: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime
    job: str | None = None


class Job(SQLModel, table=True):
    """A job: waiting until it is done or refused; then its counts, or the code and place of the refusal."""

    id: str = Field(primary_key=True)
    kind: str
    agency: str | None = Field(default=None, index=True)
    upload: str | None = Field(default=None, foreign_key="upload.id")
    state: str = Field(default="waiting", index=True)
    created_at: datetime
    ended_at: datetime | None = None
    code: str | None = None
    place: str | None = None
    rows: int | None = None
    known_rows: int | None = None
    run: int | None = None
    persons: int | None = None
    reviews: int | None = None
