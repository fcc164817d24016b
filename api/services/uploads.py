"""Take a sealed list in by parts: made by digest and size, synced before it is acknowledged, whole before it is a job.

It opens nothing: what arrives is ciphertext, and stays so until ingest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from api.errors import ServiceError
from api.services import work
from api.store import Job, Upload
from linkage.encoding import envelope

MAX_SIZE = 4 * 2**30
MAX_OPEN = 20
"""Uploads of one agency that are not taken in yet: nobody fills the disk."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where parts lie, and the entropy of their names."""

    folder: Path
    entropy: Callable[[int], bytes]

    def path(self, upload: str) -> Path:
        """Return an upload's file."""
        return self.folder / f"{upload}.part"


def create(session: Session, inbox: Inbox, agency: str, wanted: tuple[str, int], now: datetime) -> tuple[Upload, bool]:
    """Return the agency's upload of that digest and size, and whether it is new; the same list twice is one upload.

    Raises ServiceError UPLOAD_DIFFERS (other size) or UPLOADS_OPEN.
    """
    digest, size = wanted
    known = session.exec(select(Upload).where(Upload.agency == agency, Upload.digest == digest)).first()
    if known is not None:
        if known.size != size:
            raise ServiceError("UPLOAD_DIFFERS", "known by this digest with another size", place=known.id)
        return known, False
    if _open(session, agency) >= MAX_OPEN:
        raise ServiceError("UPLOADS_OPEN", f"at most {MAX_OPEN} lists are on their way", hint="finish one first")
    upload = Upload(id=inbox.entropy(16).hex(), agency=agency, digest=digest, size=size, created_at=now)
    session.add(upload)
    session.flush()
    return upload, True


def _open(session: Session, agency: str) -> int:
    query = select(func.count()).select_from(Upload).where(Upload.agency == agency, col(Upload.job).is_(None))
    return session.exec(query).one()


def find(session: Session, upload: str) -> Upload:
    """Return an upload; raises ServiceError NOT_FOUND."""
    found = session.get(Upload, upload)
    if found is None:
        raise ServiceError("NOT_FOUND", "no such submission")
    return found


def append(session: Session, inbox: Inbox, upload: Upload, offset: int, part: bytes) -> int:
    """Write a part at `offset` durably and return how much is there now.

    The row is claimed first, so that of two writers at one offset one waits and is refused. What a killed run wrote
    beyond the acknowledged offset is overwritten. Raises ServiceError UPLOAD_OFFSET, UPLOAD_TOO_LONG or UPLOAD_CLOSED.
    """
    if upload.job is not None:
        raise ServiceError("UPLOAD_CLOSED", "this list is complete already", place=upload.id)
    reached = offset + len(part)
    if reached > upload.size:
        raise ServiceError("UPLOAD_TOO_LONG", "more than the size that was announced", place=upload.id)
    claim = update(Upload).where(col(Upload.id) == upload.id, col(Upload.received) == offset).values(received=reached)
    if session.connection().execute(claim).rowcount != 1:
        raise ServiceError("UPLOAD_OFFSET", "not the next octet", place=upload.id, hint="ask how much is there")
    handle = os.open(inbox.path(upload.id), os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.seek(offset)
        file.write(part)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    session.refresh(upload)
    return reached


def complete(session: Session, inbox: Inbox, upload: Upload, now: datetime) -> Job:
    """Check the whole and return its job; asked again, the same job, unless that one was refused.

    Raises ServiceError UPLOAD_SHORT, UPLOAD_DAMAGED (it starts anew), SUBMISSION_FOREIGN or EncodingError ENVELOPE_*.
    """
    if upload.job is not None:
        earlier = session.get_one(Job, upload.job)
        if earlier.state != work.REFUSED or not inbox.path(upload.id).exists():
            return earlier
    if upload.received != upload.size:
        raise ServiceError("UPLOAD_SHORT", "not all of it is there", place=upload.id, hint="send the rest first")
    with inbox.path(upload.id).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != upload.digest:
            raise ServiceError("UPLOAD_DAMAGED", "not what its digest announced", place=upload.id)
        if envelope.inspect(file).header.agency != upload.agency:
            raise ServiceError("SUBMISSION_FOREIGN", "an agency sends its own lists", place=upload.id)
    job = Job(id=inbox.entropy(16).hex(), kind=work.INGEST, agency=upload.agency, upload=upload.id, created_at=now)
    session.add(job)
    session.flush()
    upload.job = job.id
    session.add(upload)
    return job


def restart(session: Session, upload: str) -> None:
    """Forget what arrived of a damaged upload, so that it can be sent again."""
    session.connection().execute(update(Upload).where(col(Upload.id) == upload).values(received=0))


def listed(session: Session, agency: str | None, limit: int) -> list[Upload]:
    """Return the newest uploads, of one agency or of all."""
    query = select(Upload).order_by(col(Upload.created_at).desc(), Upload.id).limit(limit)
    return list(session.exec(query.where(Upload.agency == agency) if agency else query))
