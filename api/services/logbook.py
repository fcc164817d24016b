"""The access log as an officer reads it: newest first, sought by what she asks, and held against its signed checkpoint.

What is shown was proved: each entry's hash leads to the root that the vault's key signed. It changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.services import journal
from api.services.journal import WIB, Event
from api.services.sequencer import KEY, ROLE, StoredTiles
from api.store import LogLeaf, PendingEntry, SignedCheckpoint, UnplacedEntry, json_text
from linkage.errors import LapisError
from vault import VaultError, signing_key
from vault.log import LogError, Verifier, checkpoint, leaf_hash, merkle

Outcome = Literal["done", "denied", "refused"]
DENIED = ("ACCESS_DENIED",)
REFUSED = ("REQUEST_REFUSED", "LOGIN_REFUSED", "JOB_REFUSED")


@dataclass(frozen=True, slots=True)
class Looked:
    """Which entries are meant; nothing means all. Days are of western Indonesian time, both ends included.

    `person`: a pseudonym, also among several; `who`: how the vault's id of the party begins; `request`: `case-3`,
    `request-3` or a place in the log, from 1; `numbers`: these entries and no other.
    """

    person: str | None = None
    agency: str | None = None
    purpose: str | None = None
    outcome: Outcome | None = None
    since: date | None = None
    until: date | None = None
    who: str | None = None
    request: str | None = None
    numbers: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, its place in the log if it has one yet, and the octets that were hashed."""

    number: int
    index: int | None
    at: datetime
    event: Event
    body: bytes

    @property
    def outcome(self) -> Outcome:
        """Return what came of it."""
        return "denied" if self.event.code in DENIED else "refused" if self.event.code in REFUSED else "done"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the newest checkpoint vouches for. `fault`: the code of what is not right; then nothing is proved."""

    size: int
    root: str
    signed_at: datetime | None
    proved: int
    waiting: int
    fault: str | None = None


def newest(session: Session, looked: Looked, before: int | None, limit: int) -> list[Line]:
    """Return entries, newest first, those before `before`."""
    query: Any = select(PendingEntry, LogLeaf.index).outerjoin(LogLeaf)
    for path, value in (("purpose", looked.purpose), ("subject.agency", looked.agency)):
        if value is not None:
            query = query.where(_text(path) == value)
    query = _of_request(query, looked.request)
    if looked.person is not None:
        query = query.where(journal.about(looked.person))
    if looked.who is not None:
        query = query.where(_text("actor").startswith(looked.who, autoescape=True))
    if looked.numbers is not None:
        query = query.where(col(PendingEntry.id).in_(looked.numbers))
    if looked.outcome is not None:
        codes = {"denied": DENIED, "refused": REFUSED, "done": DENIED + REFUSED}[looked.outcome]
        among = _text("code").in_(codes)
        query = query.where(~among if looked.outcome == "done" else among)
    if looked.since is not None:
        query = query.where(col(PendingEntry.created_at) >= start(looked.since))
    if looked.until is not None:
        query = query.where(col(PendingEntry.created_at) < start(looked.until) + timedelta(days=1))
    if before is not None:
        query = query.where(col(PendingEntry.id) < before)
    return [_line(row, index) for row, index in session.exec(query.order_by(col(PendingEntry.id).desc()).limit(limit))]


def prove(centre: Centre, session: Session, lines: Sequence[Line]) -> Proof:
    """Hold the newest checkpoint and the lines under it against the vault's key; what is wrong is said, not raised."""
    signed = session.exec(select(SignedCheckpoint).order_by(col(SignedCheckpoint.size).desc()).limit(1)).first()
    waiting = session.exec(select(func.count()).select_from(UnplacedEntry)).one()
    if signed is None:
        return Proof(0, "", None, 0, waiting, "LOG_UNSIGNED")
    try:
        root = _root(centre, session, signed)
        under = [(line.index, line.body) for line in lines if line.index is not None and line.index < signed.size]
        tiles = StoredTiles(session)
        for index, body in under:
            path = merkle.inclusion(tiles, index, signed.size)
            merkle.check_inclusion(leaf_hash(body), index, signed.size, path, root)
    except (LogError, VaultError) as error:
        return Proof(signed.size, "", signed.signed_at, 0, waiting, _fault(error))
    return Proof(signed.size, root.hex(), signed.signed_at, len(under), waiting)


def _of_request(query: Any, request: str | None) -> Any:
    """Narrow to a case's or subject request's entries, or to the one at a place of the log."""
    if request is None:
        return query
    name, _, _ = request.partition("-")
    if name in {"case", "request"}:
        return query.where(_text(f"subject.{name}") == request)
    return query.where(col(LogLeaf.index) == int(request) - 1)


def _root(centre: Centre, session: Session, signed: SignedCheckpoint) -> bytes:
    """Return the root that the vault's key signed, if the tiles lead to it; raises LogError or VaultError."""
    with centre.login(ROLE) as vault:
        public = signing_key(vault, KEY).public
    opened = checkpoint.open_(signed.note, Verifier(signed.note.partition("\n")[0], public))
    if opened.size != signed.size or merkle.root(StoredTiles(session), signed.size) != opened.root:
        raise LogError("LOG_ROOT", "the tiles are not those that were signed")
    return opened.root


def _fault(error: LapisError) -> str:
    return "VAULT_AWAY" if isinstance(error, VaultError) else error.code


def _text(path: str) -> Any:
    return json_text(PendingEntry.body, *path.split("."))


def start(day: date) -> datetime:
    """Return when a day begins, in western Indonesian time."""
    return datetime(day.year, day.month, day.day, tzinfo=WIB)


def _line(row: PendingEntry, index: int | None) -> Line:
    body = json.loads(row.body)
    event = Event(**{name: body[name] for name in Event.__slots__})
    return Line(row.id or 0, index, row.created_at, event, row.body.encode())
