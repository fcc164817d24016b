"""The access log's rows. Entries are pseudonyms, ids and counts; nothing updates or deletes one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class PendingEntry(SQLModel, table=True):
    """An entry as its transaction left it, canonical JSON."""

    __tablename__ = "pending_entry"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime
    body: str


class UnplacedEntry(SQLModel, table=True):
    """An entry that has no place yet. The store itself writes this list, with what it is of, and nobody else can."""

    __tablename__ = "unplaced_entry"

    entry: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class LogLeaf(SQLModel, table=True):
    """Which place an entry has in the log, from 0 without a gap."""

    __tablename__ = "log_leaf"

    index: int = Field(primary_key=True, sa_type=BigInteger)
    entry: int = Field(foreign_key="pending_entry.id", unique=True)


class LogTile(SQLModel, table=True):
    """A tile of the log's tree; the last of a level grows. Made of the entries, and made again from them."""

    __tablename__ = "log_tile"

    level: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    hashes: bytes = Field(sa_type=LargeBinary)


class SignedCheckpoint(SQLModel, table=True):
    """The log's size and root as they were signed."""

    __tablename__ = "signed_checkpoint"

    size: int = Field(primary_key=True, sa_type=BigInteger)
    note: str
    signed_at: datetime
