"""Give entries their place in the log, and sign how far it goes. Changes no entry and takes none back.

A batch is one transaction: its places and its tiles. Two sequencers at once would take one place twice, which the store
refuses: one of them fails, whole, and finds the rest at its next turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import sqlalchemy
from sqlalchemy import Engine, Select, and_, bindparam, or_, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from api.centre import Centre
from api.errors import ServiceError
from api.store import LogLeaf, LogTile, PendingEntry, SignedCheckpoint, UnplacedEntry
from vault import sign, signing_key
from vault.log import Checkpoint, Verifier, bundle, checkpoint, leaf_hash, merkle
from vault.log.merkle import TileId

KEY, ROLE = "log", "log"
BATCH = 10_000
PLACE = text(
    'INSERT INTO log_leaf ("index", entry)'
    " SELECT :size + row_number() OVER (ORDER BY entry) - 1, entry"
    " FROM (SELECT entry FROM unplaced_entry ORDER BY entry LIMIT :limit) AS waiting"
)
"""Places for what is committed and has none: transactions end out of order, so no number says what was seen."""
LATE = timedelta(seconds=60)
"""How old an entry may be that has no place; then somebody must look."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The log as it was signed: entries in it, root in hex, and how many this turn added."""

    size: int
    root: str
    added: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many entries have no place yet, and for how many seconds the oldest of them."""

    entries: int
    seconds: float

    @property
    def late(self) -> bool:
        """Say whether somebody must look."""
        return self.seconds > LATE.total_seconds()


class StoredTiles(MutableMapping[TileId, bytes]):
    """The tree's tiles in the store, read once and written with the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[TileId, bytes | None] = {}

    def __getitem__(self, tile: TileId) -> bytes:
        """Return a tile's hashes."""
        if tile not in self._read:
            self.fetch([tile])
        found = self._read[tile]
        if found is None:
            raise KeyError(tile)
        return found

    def __setitem__(self, tile: TileId, hashes: bytes) -> None:
        """Write a tile."""
        self._session.merge(LogTile(level=tile.level, number=tile.number, hashes=hashes))
        self._read[tile] = hashes

    def __delitem__(self, tile: TileId) -> None:
        """Refuse: the log only grows."""
        raise ServiceError("LOG_ONLY_GROWS", "a tile is never taken back")

    def __iter__(self) -> Iterator[TileId]:
        """Yield all tiles."""
        return (TileId(*row) for row in self._session.exec(select(LogTile.level, LogTile.number)))

    def __len__(self) -> int:
        """Return how many there are."""
        return self._session.exec(select(func.count()).select_from(LogTile)).one()

    def fetch(self, tiles: Iterable[TileId]) -> None:
        """Read some tiles with one question; those that are not there are known to be missing."""
        wanted = list(tiles)
        self._read |= dict.fromkeys(wanted)
        named = {f"{name}{at}": getattr(tile, name) for at, tile in enumerate(wanted) for name in ("level", "number")}
        for level, number, hashes in self._session.connection().execute(_tiles(len(wanted)), named):
            self._read[TileId(level, number)] = hashes


@cache
def _tiles(count: int) -> Select[int, int, bytes]:
    """Ask for that many tiles: built once, for a proof's time is mostly that."""
    level, number = col(LogTile.level), col(LogTile.number)
    # One condition a tile: over pairs SQLite would read the whole table.
    each = [and_(level == bindparam(f"level{at}"), number == bindparam(f"number{at}")) for at in range(count)]
    return sqlalchemy.select(level, number, col(LogTile.hashes)).where(or_(*each))


def seal(centre: Centre, origin: str) -> Sealed:
    """Place every entry that waits and sign a checkpoint if there is none of that size.

    Raises ServiceError LOG_BUSY, or VaultError: then entries have their place, and the next turn signs.
    """
    with _busy():
        return _sign(centre, origin, place(centre.store))


def place(store: Engine) -> int:
    """Give every entry that waits its place, batch by batch; return how many. Raises what the store does.

    What arrives meanwhile is for the next turn: where somebody always writes, this must end nevertheless.
    """
    added = 0
    while True:
        count = _batch(store)
        added += count
        if count < BATCH:
            return added


@contextmanager
def _busy() -> Iterator[None]:
    try:
        yield
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
            note = checkpoint.sign(made, verifier, lambda body: sign(vault, key, body))
        with Session(centre.store) as session, session.begin():
            session.add(SignedCheckpoint(size=size, note=note, signed_at=centre.clock()))
    return Sealed(size, root.hex(), added)


def prove(session: Session, index: int, size: int) -> list[bytes]:
    """Prove that entry `index` stands in the log of `size` entries; raises LogError LOG_RANGE or LOG_TILE_MISSING."""
    tiles, wanted, level = StoredTiles(session), set(), 0
    # Those above the entry, and those at the right edge: whatever else a proof needs is in them.
    while width := size >> merkle.HEIGHT * level:
        over = merkle.HEIGHT * (level + 1)
        wanted |= {TileId(level, index >> over), TileId(level, (width - 1) // merkle.WIDTH)}
        level += 1
    tiles.fetch(wanted)
    return merkle.inclusion(tiles, index, size)


def waiting(centre: Centre) -> Waiting:
    """Count the entries that have no place: a metric, and an alarm if one is late. Raises ServiceError LOG_BUSY."""
    with _busy(), Session(centre.store) as session:
        query = select(func.count(), func.min(PendingEntry.created_at)).select_from(UnplacedEntry)
        entries, oldest = session.exec(query.join(PendingEntry, col(PendingEntry.id) == UnplacedEntry.entry)).one()
    return Waiting(entries, (centre.clock() - oldest).total_seconds() if entries else 0.0)


def export(centre: Centre, origin: str, folder: Path, *, extend: bool = False) -> Sealed:
    """Write the log up to a fresh checkpoint as a bundle that anyone verifies offline, or extend the one there."""
    sealed = seal(centre, origin)
    with centre.login(ROLE) as vault:
        verifier = Verifier(origin, signing_key(vault, KEY).public)
    with Session(centre.store) as session:
        note = session.get_one(SignedCheckpoint, sealed.size).note
    write(centre.store, note, verifier, folder, extend=extend)
    return sealed


def write(store: Engine, note: str, verifier: Verifier, folder: Path, *, extend: bool = False) -> None:
    """Write the bundle of the log that `note` signs, or extend the older one there."""
    size = checkpoint.open_(note, verifier).size
    with Session(store) as session:

        def bodies(start: int) -> Iterator[bytes]:
            within = (col(LogLeaf.index) >= start, col(LogLeaf.index) < size)
            query = select(PendingEntry.body).join(LogLeaf).where(*within).order_by(col(LogLeaf.index))
            # Handed over in parts: a database would send the whole log at once.
            return (body.encode() for body in session.exec(query.execution_options(yield_per=BATCH)))

        bundle.write(folder, note, verifier, StoredTiles(session), bodies, extend=extend)


def _batch(store: Engine) -> int:
    with Session(store) as session, session.begin():
        size = _size(session)
        if not session.connection().execute(PLACE, {"size": size, "limit": BATCH}).rowcount:
            return 0
        # From here on whoever else is at it waits for this transaction, and then fails.
        fresh = select(PendingEntry.body).join(LogLeaf).where(col(LogLeaf.index) >= size).order_by(col(LogLeaf.index))
        leaves = [leaf_hash(body.encode()) for body in session.exec(fresh)]
        merkle.append(StoredTiles(session), size, leaves)
        return len(leaves)


def _size(session: Session) -> int:
    newest = session.exec(select(func.max(LogLeaf.index))).one()
    return 0 if newest is None else newest + 1
