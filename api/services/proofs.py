"""Prove to an outsider that an entry stands in the log, and that the log continues what she saw of it before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from api.errors import ServiceError
from api.services.sequencer import StoredTiles
from api.store import LogLeaf, PendingEntry, SignedCheckpoint
from vault.log import merkle


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry as its transaction left it, where it stands, the hashes up to the root (hex), and the signed note.

    `continues`: the consistency proof from an older size, empty if that is 0 or the log is not that long.
    """

    entry: str
    index: int
    path: tuple[str, ...]
    checkpoint: str
    continues: tuple[str, ...]


def of_entry(session: Session, entry: int | None, since: int) -> Proof:
    """Return an entry's proof under the newest checkpoint, and from a log of `since` entries.

    Raises ServiceError LOG_NOT_YET before there is such a checkpoint.
    """
    leaf = session.exec(select(LogLeaf).where(LogLeaf.entry == entry)).first()
    newest = session.exec(select(SignedCheckpoint).order_by(col(SignedCheckpoint.size).desc()).limit(1)).first()
    if leaf is None or newest is None or newest.size <= leaf.index:
        raise ServiceError("LOG_NOT_YET", "the entry is not under a checkpoint yet", hint="ask again in a few seconds")
    tiles = StoredTiles(session)
    path = merkle.inclusion(tiles, leaf.index, newest.size)
    older = merkle.consistency(tiles, since, newest.size) if 0 < since <= newest.size else []
    body = session.get_one(PendingEntry, leaf.entry).body
    return Proof(body, leaf.index, _hex(path), newest.note, _hex(older))


def _hex(hashes: list[bytes]) -> tuple[str, ...]:
    return tuple(each.hex() for each in hashes)
