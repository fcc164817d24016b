"""Prove to an outsider that an entry stands in the log: its text, its path to the root, and a signed checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from api.errors import ServiceError
from api.services.sequencer import StoredTiles
from api.store import LogLeaf, PendingEntry, SignedCheckpoint
from vault.log import merkle


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry as its transaction left it, where it stands, the hashes up to the root (hex), and the signed note."""

    entry: str
    index: int
    path: tuple[str, ...]
    checkpoint: str


def of_entry(session: Session, entry: int | None) -> Proof:
    """Return an entry's proof under the newest checkpoint; raises ServiceError LOG_NOT_YET before there is one."""
    leaf = session.exec(select(LogLeaf).where(LogLeaf.entry == entry)).first()
    newest = session.exec(select(SignedCheckpoint).order_by(col(SignedCheckpoint.size).desc()).limit(1)).first()
    if leaf is None or newest is None or newest.size <= leaf.index:
        raise ServiceError("LOG_NOT_YET", "the entry is not under a checkpoint yet", hint="ask again in a few seconds")
    path = merkle.inclusion(StoredTiles(session), leaf.index, newest.size)
    body = session.get_one(PendingEntry, leaf.entry).body
    return Proof(body, leaf.index, tuple(each.hex() for each in path), newest.note)
