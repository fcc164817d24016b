"""The access log's rows. Entries are pseudonyms, ids and counts; nothing updates or deletes one."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel


class PendingEntry(SQLModel, table=True):
    """An entry as its transaction left it, canonical JSON."""

    __tablename__ = "pending_entry"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime
    body: str
