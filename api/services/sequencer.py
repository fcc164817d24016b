"""Give entries their place in the log, and sign how far it goes. Changes no entry and takes none back.

A batch is one transaction: its places and its tiles. Two sequencers at once would take one place twice, which the store
refuses: one of them fails, whole, and finds the rest at its next turn.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.store import LogLeaf, LogTile, PendingEntry, SignedCheckpoint
from vault import sign, signing_key
from vault.log import Checkpoint, Verifier, bundle, checkpoint, leaf_hash, merkle
from vault.log.merkle import TileId

KEY, ROLE = "log", "log"
BATCH = 10_000
LATE = 100_000
"""How far behind the newest place an entry may be committed and still be found: transactions end out of order."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The log as it was signed: entries in it, root in hex, and how many this turn added."""

    size: int
    root: str
    added: int


class StoredTiles(MutableMapping[TileId, bytes]):
    """The tree's tiles in the store, read once and written with the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[TileId, LogTile | None] = {}

    def __getitem__(self, tile: TileId) -> bytes:
        """Return a tile's hashes."""
        found = self._row(tile)
        if found is None:
            raise KeyError(tile)
        return found.hashes

    def __setitem__(self, tile: TileId, hashes: bytes) -> None:
        """Write a tile."""
        found = self._row(tile)
        if found is None:
            found = self._read[tile] = LogTile(level=tile.level, number=tile.number, hashes=hashes)
        found.hashes = hashes
        self._session.add(found)

    def __delitem__(self, tile: TileId) -> None:
        """Refuse: the log only grows."""
        raise ServiceError("LOG_ONLY_GROWS", "a tile is never taken back")

    def __iter__(self) -> Iterator[TileId]:
        """Yield all tiles."""
        return (TileId(*row) for row in self._session.exec(select(LogTile.level, LogTile.number)))

    def __len__(self) -> int:
        """Return how many there are."""
        return self._session.exec(select(func.count()).select_from(LogTile)).one()

    def _row(self, tile: TileId) -> LogTile | None:
        if tile not in self._read:
            self._read[tile] = self._session.get(LogTile, (tile.level, tile.number))
        return self._read[tile]


def seal(centre: Centre, origin: str) -> Sealed:
    """Place every entry that waits and sign a checkpoint if there is none of that size.

    Raises ServiceError LOG_BUSY, or VaultError: then entries have their place, and the next turn signs.
    """
    try:
        added = 0
        while count := _batch(centre):
            added += count
        return _sign(centre, origin, added)
    except DBAPIError:
        raise ServiceError(
            "LOG_BUSY", "another was faster, or the store is busy", hint="the next turn goes on"
        ) from None


def _sign(centre: Centre, origin: str, added: int) -> Sealed:
    with Session(centre.store) as session:
        size = _size(session)
        root = merkle.root(StoredTiles(session), size)
        signed = session.get(SignedCheckpoint, size)
    if signed is None:
        with centre.login(ROLE) as vault:
            key = signing_key(vault, KEY)
            made, verifier = Checkpoint(origin, size, root), Verifier(origin, key.public)
            note = checkpoint.sign(made, verifier, lambda text: sign(vault, key, text))
        with Session(centre.store) as session, session.begin():
            session.add(SignedCheckpoint(size=size, note=note, signed_at=centre.clock()))
    return Sealed(size, root.hex(), added)


def export(centre: Centre, origin: str, folder: Path) -> Sealed:
    """Write the log up to a fresh checkpoint as a bundle that anyone verifies offline."""
    sealed = seal(centre, origin)
    with centre.login(ROLE) as vault:
        verifier = Verifier(origin, signing_key(vault, KEY).public)
    with Session(centre.store) as session:
        note = session.get_one(SignedCheckpoint, sealed.size).note
        query = select(PendingEntry.body).join(LogLeaf).order_by(col(LogLeaf.index)).limit(sealed.size)
        bodies = (body.encode() for body in session.exec(query))
        bundle.write(folder, note, verifier, StoredTiles(session), bodies)
    return sealed


def _batch(centre: Centre) -> int:
    with Session(centre.store) as session, session.begin():
        size = _size(session)
        newest = session.exec(select(func.max(LogLeaf.entry))).one() or 0
        waiting = session.exec(
            select(PendingEntry.id, PendingEntry.body)
            .outerjoin(LogLeaf)
            .where(col(PendingEntry.id) > newest - LATE, col(LogLeaf.index).is_(None))
            .order_by(col(PendingEntry.id))
            .limit(BATCH)
        ).all()
        if waiting:
            places = [{"index": size + at, "entry": entry} for at, (entry, _) in enumerate(waiting)]
            session.connection().execute(insert(LogLeaf), places)
            merkle.append(StoredTiles(session), size, [leaf_hash(body.encode()) for _, body in waiting])
        return len(waiting)


def _size(session: Session) -> int:
    newest = session.exec(select(func.max(LogLeaf.index))).one()
    return 0 if newest is None else newest + 1
