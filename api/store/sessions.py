"""Browsers' sessions as rows: who, until when, and a sealed token that only the browser's cookie opens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


class WebSession(SQLModel, table=True):
    """One session; `id` is the SHA-256 of its cookie's secret, so that a stolen store opens no session."""

    __tablename__ = "web_session"

    id: str = Field(primary_key=True)
    entity: str
    roles: str
    agency: str | None
    began_at: datetime
    seen_at: datetime
    checked_at: datetime
    ends_at: datetime
    sealed: bytes = Field(sa_type=LargeBinary)
